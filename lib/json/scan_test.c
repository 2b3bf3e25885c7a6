#include <dirent.h>
#include <stdio.h>

#include "json/scalar.h"
#include "test.h"

typedef bool scan_fn(const struct js_plan *, const char *, size_t,
    struct js_line *, struct js_error *);
static scan_fn *const scanners[] = {js_scan, scalar_scan};

/* A copy with the sentinel and padding that a line has; n bytes of room. */
static char *
padded(const char *p, size_t n)
{
	char *copy = mem_alloc(n + JS_PAD, 1);

	memcpy(copy, p, n);
	memset(copy + n, '\n', 1);
	return copy;
}

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

/* ---- picking ---- */

/* One slot in one word: its text, or "-" where it is missing. */
static void
show(struct buf *out, const struct js_val *v)
{
	if (v->type == JS_MISSING)
		buf_byte(out, '-');
	else
		buf_add(out, v->p, v->len);
	buf_byte(out, ' ');
}

/* "a.[2].b": member, index, member. */
static int
steps(const char *path, size_t n, struct js_step *step)
{
	int count = 0;

	for (size_t i = 0; i <= n;) {
		size_t len = 0;

		while (i + len < n && path[i + len] != '.')
			len++;
		if (path[i] == '[')
			step[count++] = (struct js_step){
			    NULL, 0, strtoul(path + i + 1, NULL, 10)};
		else
			step[count++] = (struct js_step){path + i, len, 0};
		i += len + 1;
	}
	return count;
}

static size_t
name_paths(struct js_plan *plan, const char *paths, int *slot, bool each)
{
	struct js_step step[16];
	size_t n = 0;

	for (const char *p = paths; *p != '\0'; n++) {
		size_t len = strcspn(p, " ");
		int count = steps(p, len, step);

		slot[n] = each ? js_plan_each(plan, step, count)
			       : js_plan_field(plan, step, count);
		p += len + (p[len] == ' ');
	}
	return n;
}

static void
picks(const char *line, const char *fields, const char *each, const char *want)
{
	struct js_plan *plan = js_plan_new();
	int slot[16], column[16];
	size_t nslot = 0, ncolumn = 0, n = strlen(line);
	char *text = padded(line, n);

	if (fields != NULL)
		nslot = name_paths(plan, fields, slot, false);
	if (each != NULL)
		ncolumn = name_paths(plan, each, column, true);
	for (size_t k = 0; k < ROWS(scanners); k++) {
		struct js_line l = {0};
		struct buf out = {0};
		struct js_error e;

		assert_true(scanners[k](plan, text, n, &l, &e));
		for (size_t i = 0; i < nslot; i++)
			show(&out, &l.slot[slot[i]]);
		for (size_t i = 0; i < l.neach; i++) {
			buf_adds(&out, "| ");
			for (size_t c = 0; c < ncolumn; c++) {
				struct js_val v = js_each(&l, i, column[c]);

				show(&out, &v);
			}
		}
		buf_byte(&out, '\0');
		assert_string_equal(out.p, want);
		buf_free(&out);
		js_line_free(&l);
	}
	free(text);
	js_plan_free(plan);
}

static void
picks_fields(void **state)
{
	static const struct {
		const char *line, *fields, *each, *want;
	} rows[] = {
	    {"{}", "a", NULL, "- "},
	    {"{\"a\":1}", "a", NULL, "1 "},
	    {" { \"a\" : 1 , \"b\" : \"x\" } \r", "b a c", NULL, "\"x\" 1 - "},
	    {"{\"a\":{\"b\":[1, 2,{\"c\":null}]}}", "a.b.[2].c a.b a.b.[1]",
		NULL, "null [1, 2,{\"c\":null}] 2 "},
	    {"{\"a\":5}", "a a.b", NULL, "5 - "},
	    {"{\"a\":[5]}", "a.b a.[1] a.[0]", NULL, "- - 5 "},
	    {"{\"b\":1,\"a\":{\"\":7}}", "a..x a.", NULL, "- 7 "},
	    /* keys that share their first and last bytes */
	    {"{\"12345678\":1,\"123456789\":2,\"12345678x12345678\":3,"
	     "\"12345678y12345678\":4,\"12345678y1234567\":5,\"\":6}",
		"12345678y12345678 12345678 12345678y1234567", NULL, "4 1 5 "},
	    /* escaped keys */
	    {"{\"\\u0069ds\":{\"ph\\u006fne\":1},\"id\":2}", "ids.phone id",
		NULL, "1 2 "},
	    {"{\"a\\u0000\":1,\"a\":2}", "a", NULL, "2 "},
	    {"{\"\xe6\x89\x8b\xe6\x9c\xba\":1}", "\xe6\x89\x8b\xe6\x9c\xba",
		NULL, "1 "},
	    /* duplicates: the last wins, whole */
	    {"{\"a\":1,\"a\":2}", "a", NULL, "2 "},
	    {"{\"a\":{\"b\":1,\"c\":2},\"a\":{\"c\":3}}", "a.b a.c", NULL,
		"- 3 "},
	    {"{\"a\":{\"b\":1},\"\\u0061\":null}", "a.b a", NULL, "- null "},
	    {"{\"a\":{\"b\":{\"c\":1},\"b\":7}}", "a.b.c a.b", NULL, "- 7 "},
	    {"{\"a\":[1,2],\"a\":[3]}", "a.[0] a.[1]", NULL, "3 - "},
	    /* events */
	    {"{\"events\":[{\"e\":1},{\"f\":{\"g\":2}},7,{}]}", NULL, "e f.g",
		"| 1 - | - 2 | - - | - - "},
	    {"{\"events\":[{\"e\":1,\"e\":2},{\"e\":3}]}", "events.[1].e", "e",
		"3 | 2 | 3 "},
	    {"{\"events\":[{\"e\":1}],\"events\":[{\"e\":3}, {\"e\":4}]}", NULL,
		"e", "| 3 | 4 "},
	    {"{\"events\":[{\"e\":1}],\"events\":null}", "events", "e",
		"null "},
	    {"{\"events\":{\"e\":1}}", NULL, "e", ""},
	    {"{\"x\":{\"events\":[{\"e\":1}]}}", NULL, "e", ""},
	    {"{\"events\":[{\"p\":{\"a\":1},\"p\":2}]}", NULL, "p.a p",
		"| - 2 "},
	    {"{\"events\":[]}", "events", "e", "[] "},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		picks(rows[i].line, rows[i].fields, rows[i].each, rows[i].want);
}

static void
picks_wholes(void **state)
{
	static const char text[] = " {\"events\":[{\"e\":1}, 2]} ";
	struct js_plan *plan = js_plan_new();
	int record = js_plan_field(plan, NULL, 0);
	int event = js_plan_each(plan, NULL, 0);
	char *copy = padded(text, sizeof(text) - 1);
	struct js_line l = {0};
	struct js_error e;

	(void)state;
	assert_true(js_scan(plan, copy, sizeof(text) - 1, &l, &e));
	assert_int_equal(l.slot[record].len, sizeof(text) - 3);
	assert_ptr_equal(l.slot[record].p, copy + 1);
	assert_int_equal(l.neach, 2);
	assert_int_equal(js_each(&l, 0, event).type, JS_OBJECT);
	assert_int_equal(js_each(&l, 1, event).type, JS_NUMBER);
	js_line_free(&l);
	free(copy);
	js_plan_free(plan);
}

static void
same_path_same_slot(void **state)
{
	struct js_plan *plan = js_plan_new();
	struct js_step step[4];
	char name[32];
	int slot[300], n = js_steps("ids.phone", step, 4);

	(void)state;
	assert_int_equal(n, 2);
	assert_int_equal(
	    js_plan_field(plan, step, n), js_plan_field(plan, step, n));
	assert_int_not_equal(
	    js_plan_field(plan, step, n), js_plan_field(plan, step, 1));
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "name.%d", i);
		slot[i] = js_plan_field(plan, step, js_steps(name, step, 4));
	}
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "name.%d", i);
		assert_int_equal(slot[i],
		    js_plan_field(plan, step, js_steps(name, step, 4)));
	}
	assert_int_equal(
	    js_plan_member(plan, "tags"), js_plan_member(plan, "tags"));
	js_plan_free(plan);
}

static void
notes_spans(void **state)
{
	static const char text[] =
	    "{\"t\" : 1,\"\\u0074\":[2],\"x\":3, \"events\":[] }";
	struct js_plan *plan = js_plan_new();
	int t = js_plan_member(plan, "t"), ev = js_plan_member(plan, "events");
	char *copy = padded(text, sizeof(text) - 1);
	struct js_line l = {0};
	struct js_error e;

	(void)state;
	assert_true(js_scan(plan, copy, sizeof(text) - 1, &l, &e));
	assert_int_equal(l.nspan, 3);
	assert_int_equal(l.span[0].member, t);
	assert_memory_equal(copy + l.span[0].from, "\"t\" : 1", 7);
	assert_int_equal(l.span[0].to - l.span[0].from, 7);
	assert_int_equal(l.span[1].to - l.span[1].from, 12);
	assert_int_equal(l.span[2].member, ev);
	assert_int_equal(l.events, l.span[2].from);
	assert_int_equal(l.close, sizeof(text) - 2);
	assert_false(l.empty);
	assert_true(js_scan(plan,
	    "{ }\n                               "
	    "                               ",
	    3, &l, &e));
	assert_true(l.empty);
	assert_int_equal(l.events, 0);
	assert_int_equal(l.nspan, 0);
	js_line_free(&l);
	free(copy);
	js_plan_free(plan);
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
	    cmocka_unit_test(picks_fields),
	    cmocka_unit_test(picks_wholes),
	    cmocka_unit_test(same_path_same_slot),
	    cmocka_unit_test(notes_spans),
	    cmocka_unit_test(refuses_truncation),
	    cmocka_unit_test(wants_one_object),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
