#include <stdio.h>

#include "json/both.h"

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

static void
finds_columns(void **state)
{
	struct js_plan *plan = js_plan_new();
	struct js_step time = {"timestamp", 9, 0};
	int column;

	(void)state;
	assert_int_equal(js_plan_column(plan, "timestamp"), -1);
	column = js_plan_each(plan, &time, 1);
	assert_int_equal(js_plan_column(plan, "timestamp"), column);
	assert_int_equal(js_plan_column(plan, "event"), -1);
	js_plan_free(plan);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(picks_fields),
	    cmocka_unit_test(picks_wholes),
	    cmocka_unit_test(same_path_same_slot),
	    cmocka_unit_test(notes_spans),
	    cmocka_unit_test(finds_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
