#include <dirent.h>
#include <stdio.h>

#include "json/both.h"

/* What both scanners say of a text: NULL, or why not and where. */
static const char *
verdict(const char *p, size_t n, size_t *at)
{
	struct js_error e = {0, NULL}, f = {0, NULL};
	char *copy = padded(p, n);
	bool ok = js_valid(copy, n, &e);

	assert_int_equal(ok, scalar_valid(copy, n, &f));
	if (!ok) {
		assert_string_equal(e.why, f.why);
		assert_int_equal(e.at, f.at);
	}
	free(copy);
	*at = e.at;
	return ok ? NULL : e.why;
}

struct text {
	const char *p;
	size_t n;
	const char *why;
	size_t at;
};

#define TEXT(s) s, sizeof(s) - 1

static void
says_where(void **state)
{
	static const struct text rows[] = {
	    {TEXT("{}"), NULL, 0},
	    {TEXT(" [ ] \r"), NULL, 0},
	    {TEXT("{\"a\":\n1}\n"), NULL, 0},
	    {TEXT(""), "unexpected end", 0},
	    {TEXT("{"), "unexpected end", 1},
	    {TEXT("{\"a"), "unexpected end", 3},
	    {TEXT("{\"a\""), "unexpected end", 4},
	    {TEXT("{\"a\":"), "unexpected end", 5},
	    {TEXT("{\"a\":1"), "unexpected end", 6},
	    {TEXT("{\"a\":1,"), "unexpected end", 7},
	    {TEXT("{\"a\":1,}"), "expected a key", 7},
	    {TEXT("{,}"), "expected a key", 1},
	    {TEXT("{\"a\" 1}"), "expected ':'", 5},
	    {TEXT("{\"a\":1 \"b\"}"), "expected ',' or '}'", 7},
	    {TEXT("{\"a\":1]"), "expected ',' or '}'", 6},
	    {TEXT("[1}"), "expected ',' or ']'", 2},
	    {TEXT("[1 2]"), "expected ',' or ']'", 3},
	    {TEXT("[1,]"), "expected a value", 3},
	    {TEXT("[,1]"), "expected a value", 1},
	    {TEXT("[tru]"), "expected a value", 1},
	    {TEXT("[True]"), "expected a value", 1},
	    {TEXT("[nul"), "expected a value", 1},
	    {TEXT("'a'"), "expected a value", 0},
	    {TEXT("{}{}"), "text after the value", 2},
	    {TEXT("1 2"), "text after the value", 2},
	    {TEXT("[01]"), "number with a leading zero", 2},
	    {TEXT("[-]"), "invalid number", 2},
	    {TEXT("[1.]"), "invalid number", 3},
	    {TEXT("[.5]"), "expected a value", 1},
	    {TEXT("[1e]"), "invalid number", 3},
	    {TEXT("[1e+]"), "invalid number", 4},
	    {TEXT("[+1]"), "expected a value", 1},
	    {TEXT("[0x1]"), "expected ',' or ']'", 2},
	    {TEXT("[-0.0e-0,1E5,-1e+99999]"), NULL, 0},
	    {TEXT("\"a\tb\""), "control character in a string", 2},
	    {TEXT("\"a\nb\""), "control character in a string", 2},
	    {TEXT("\"a\0b\""), "NUL byte", 2},
	    {TEXT("[1\0]"), "NUL byte", 2},
	    {TEXT("1\0"), "NUL byte", 1},
	    {TEXT("\"\\u0000\\u001f\x7f\""), NULL, 0},
	    {TEXT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), NULL, 0},
	    {TEXT("\"\\x\""), "invalid escape", 2},
	    {TEXT("\"\\u12g4\""), "invalid escape", 1},
	    {TEXT("\"\\u123"), "invalid escape", 1},
	    {TEXT("\"\\ud83d\\ude00\""), NULL, 0},
	    {TEXT("\"\\ud83d\""), "lone surrogate", 1},
	    {TEXT("\"\\ud83d\\u0041\""), "lone surrogate", 1},
	    {TEXT("\"\\ud83d\\ud83d\""), "lone surrogate", 1},
	    {TEXT("\"\\ude00\""), "lone surrogate", 1},
	    {TEXT("{\"\\ude00\":1}"), "lone surrogate", 2},
	    {TEXT("\xef\xbb\xbf{}"), "expected a value", 0},
	    {TEXT("[\xa0]"), "expected a value", 1},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		size_t at;
		const char *why = verdict(rows[i].p, rows[i].n, &at);

		if (rows[i].why == NULL)
			assert_null(why);
		else if (why == NULL)
			fail_msg("accepted: %s", rows[i].p);
		else
			assert_string_equal(why, rows[i].why);
		assert_int_equal(at, rows[i].at);
	}
}

/* RFC 3629, section 4: the only byte sequences there are. */
static bool
is_utf8(const unsigned char *u, size_t n)
{
	static const unsigned char table[][9] = {
	    {1, 0x20, 0x7f},
	    {2, 0xc2, 0xdf, 0x80, 0xbf},
	    {3, 0xe0, 0xe0, 0xa0, 0xbf, 0x80, 0xbf},
	    {3, 0xe1, 0xec, 0x80, 0xbf, 0x80, 0xbf},
	    {3, 0xed, 0xed, 0x80, 0x9f, 0x80, 0xbf},
	    {3, 0xee, 0xef, 0x80, 0xbf, 0x80, 0xbf},
	    {4, 0xf0, 0xf0, 0x90, 0xbf, 0x80, 0xbf, 0x80, 0xbf},
	    {4, 0xf1, 0xf3, 0x80, 0xbf, 0x80, 0xbf, 0x80, 0xbf},
	    {4, 0xf4, 0xf4, 0x80, 0x8f, 0x80, 0xbf, 0x80, 0xbf},
	};

	for (size_t r = 0; r < ROWS(table); r++) {
		size_t i = 0, m = table[r][0];

		while (m <= n && i < m && u[i] >= table[r][2 * i + 1] &&
		       u[i] <= table[r][2 * i + 2])
			i++;
		if (m <= n && i == m)
			return m == n || is_utf8(u + m, n - m);
	}
	return false;
}

/* All pairs, and all triples and quadruples over the bytes at the edges. */
static void
utf8_follows_the_table(void **state)
{
	static const unsigned char edge[] = {0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f,
	    0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee,
	    0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff};
	size_t n = ROWS(edge), at;
	unsigned char text[8] = "\"";

	(void)state;
	for (unsigned i = 0; i < 0x10000; i++) {
		text[1] = (unsigned char)(i >> 8);
		text[2] = (unsigned char)i;
		text[3] = '"';
		if (text[1] != '"' && text[1] != '\\' && text[2] != '"' &&
		    text[2] != '\\')
			assert_int_equal(verdict((char *)text, 4, &at) == NULL,
			    is_utf8(text + 1, 2));
	}
	for (size_t i = 0; i < n * n * n * n; i++) {
		text[1] = edge[i / n / n / n];
		text[2] = edge[i / n / n % n];
		text[3] = edge[i / n % n];
		text[4] = edge[i % n];
		text[5] = '"';
		assert_int_equal(verdict((char *)text, 6, &at) == NULL,
		    is_utf8(text + 1, 4));
	}
}

static void
nests(const char *open, const char *middle, const char *close, unsigned depth,
    bool ok)
{
	struct buf b = {0};
	size_t at;

	for (unsigned i = 0; i < depth; i++)
		buf_adds(&b, open);
	buf_adds(&b, middle);
	for (unsigned i = 0; i < depth; i++)
		buf_adds(&b, close);
	if (ok)
		assert_null(verdict(b.p, b.len, &at));
	else
		assert_string_equal(
		    verdict(b.p, b.len, &at), "nested too deep");
	buf_free(&b);
}

static void
bounds_depth(void **state)
{
	static const unsigned depth[] = {
	    1, 2, 63, 64, 65, 100, 1023, 1024, 1025, 2048, 100000, 10000000};

	(void)state;
	for (size_t i = 0; i < ROWS(depth); i++) {
		nests("[", "", "]", depth[i], depth[i] <= JS_DEPTH);
		nests("{\"a\":", "1", "}", depth[i], depth[i] <= JS_DEPTH);
		if (depth[i] <= 100000)
			nests("[{\"a\":", "[]", "}]", depth[i],
			    2 * depth[i] + 1 <= JS_DEPTH);
	}
}

/* The depth counts the same through members that the plan looks into. */
static void
bounds_wanted_depth(void **state)
{
	struct js_step step[JS_DEPTH + 8];
	struct js_line line = {0};
	struct js_error e;

	(void)state;
	for (size_t i = 0; i < ROWS(step); i++)
		step[i] = (struct js_step){"a", 1, 0};
	for (int wanted = 1; wanted < (int)ROWS(step); wanted += 205)
		for (int depth = 1022; depth < 1027; depth++) {
			struct js_plan *plan = js_plan_new();
			struct buf b = {0};

			js_plan_field(plan, step, wanted);
			for (int i = 0; i < depth; i++)
				buf_adds(&b, "{\"a\":");
			buf_adds(&b, "1");
			for (int i = 0; i < depth; i++)
				buf_adds(&b, "}");
			buf_adds(&b, "\n");
			buf_room(&b, JS_PAD);
			assert_int_equal(
			    js_scan(plan, b.p, b.len - 1, &line, &e),
			    depth <= JS_DEPTH);
			buf_free(&b);
			js_plan_free(plan);
		}
	js_line_free(&line);
}

/* y_ must pass, n_ must not; i_ is ours to say: numbers of any size and 500
 * arrays pass, broken text does not. */
static bool
suite_says(const char *name)
{
	return name[0] == 'y' || strncmp(name, "i_number", 8) == 0 ||
	       strcmp(name, "i_structure_500_nested_arrays.json") == 0;
}

static void
suite_file(const char *dir, const char *name)
{
	char path[4096], text[300000];
	FILE *f;
	size_t n, at;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "r");
	assert_non_null(f);
	n = fread(text, 1, sizeof(text), f);
	fclose(f);
	if ((verdict(text, n, &at) == NULL) != suite_says(name))
		fail_msg("JSONTestSuite: %s", name);
}

static void
agrees_with_the_suite(void **state)
{
	const char *data = getenv("CDP_DATA");
	char dir[4000];
	struct dirent *entry;
	DIR *d;
	int n = 0;

	(void)state;
	snprintf(dir, sizeof(dir), "%s/jsontestsuite/test_parsing",
	    data != NULL ? data : "../shared/data");
	if ((d = opendir(dir)) == NULL) {
		print_message("%s is absent: skipped\n", dir);
		skip();
	}
	while ((entry = readdir(d)) != NULL)
		if (strstr(entry->d_name, ".json") != NULL) {
			suite_file(dir, entry->d_name);
			n++;
		}
	closedir(d);
	assert_true(n >= 318);
}

/* Every proper prefix of a record is no record; both scanners agree. */
static void
refuses_truncation(void **state)
{
	struct js_plan *plan = js_plan_new();
	struct js_step step[4];
	struct js_line l = {0};
	struct js_error e;
	struct buf b = {0};

	(void)state;
	js_plan_field(plan, step, js_steps("ids.phone", step, 4));
	js_plan_each(plan, step, js_steps("properties.amount", step, 4));
	buf_adds(&b, "{\"ids\":{\"phone\":[\"+8613800000000\"]},\"events\":[");
	while (b.len < 2000)
		buf_adds(&b,
		    "{\"event\":\"Order Completed\",\"properties\":{"
		    "\"amount\":129.5e+1,\"\\u4fdd\":\"\xe4\xbf\x9d\\ud83d"
		    "\\ude00\",\"x\":[true,false,null,-0.5,{}]}},");
	buf_adds(&b, "0]}");
	for (size_t k = 0; k < ROWS(scanners); k++)
		for (size_t n = 0; n <= b.len; n++) {
			char *copy = padded(b.p, n);

			assert_int_equal(
			    scanners[k](plan, copy, n, &l, &e), n == b.len);
			free(copy);
		}
	buf_free(&b);
	js_line_free(&l);
	js_plan_free(plan);
}

static void
wants_one_object(void **state)
{
	static const struct text rows[] = {
	    {TEXT(""), "unexpected end", 0},
	    {TEXT("  "), "unexpected end", 2},
	    {TEXT("[]"), "expected an object", 0},
	    {TEXT(" 1"), "expected an object", 1},
	    {TEXT("{} {}"), "text after the record", 3},
	    {TEXT("{}x"), "text after the record", 2},
	    {TEXT("{\"a\":[1,2}"), "expected ',' or ']'", 9},
	    {TEXT("{\"a\":{\"b\":1]"), "expected ',' or '}'", 11},
	};
	struct js_plan *plan = js_plan_new();
	struct js_step step[4];
	struct js_line l = {0};
	struct js_error e;

	(void)state;
	js_plan_field(plan, step, js_steps("a.b", step, 4));
	for (size_t k = 0; k < ROWS(scanners); k++)
		for (size_t i = 0; i < ROWS(rows); i++) {
			char *copy = padded(rows[i].p, rows[i].n);

			assert_false(
			    scanners[k](plan, copy, rows[i].n, &l, &e));
			assert_string_equal(e.why, rows[i].why);
			assert_int_equal(e.at, rows[i].at);
			free(copy);
		}
	js_line_free(&l);
	js_plan_free(plan);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(says_where),
	    cmocka_unit_test(utf8_follows_the_table),
	    cmocka_unit_test(bounds_depth),
	    cmocka_unit_test(bounds_wanted_depth),
	    cmocka_unit_test(agrees_with_the_suite),
	    cmocka_unit_test(refuses_truncation),
	    cmocka_unit_test(wants_one_object),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
