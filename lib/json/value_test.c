#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "json/both.h"
#include "json/messy.h"
#include "json/oracle.h"
#include "json/scalar.h"
#include "test.h"

/* The value of a text that is NUL-terminated and padded by its caller. */
static struct js_val
whole(char *text)
{
	struct js_error e;
	size_t n = strlen(text);
	struct js_val v = {text, (uint32_t)n, 0, 0};

	memset(text + n, '\n', 1);
	assert_true(js_valid(text, n, &e));
	v.type = js_type_of[(unsigned char)*text];
	v.escaped = v.type == JS_STRING && memchr(text, '\\', n) != NULL;
	return v;
}

static void
decodes_text(void **state)
{
	static const struct {
		char text[80];
		const char *want;
		size_t n;
	} rows[] = {
	    {"\"\"", "", 0},
	    {"\"plain\"", "plain", 5},
	    {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t", 8},
	    {"\"\\u0041\\u00e9\\u4fdd\"", "A\xc3\xa9\xe4\xbf\x9d", 6},
	    {"\"\\uD83D\\uDE00!\"", "\xf0\x9f\x98\x80!", 5},
	    {"\"\\udbff\\udfff\"", "\xf4\x8f\xbf\xbf", 4},
	    {"\"a\\u0000b\"", "a\0b", 3},
	    {"\"\\u07ff\\u0800\\uffff\"", "\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf",
		8},
	    {"12.50", "12.50", 5},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char text[160];
		struct buf b = {0};
		struct js_val v;
		size_t n;
		const char *p;

		memcpy(text, rows[i].text, sizeof(rows[i].text));
		v = whole(text);
		buf_adds(&b, "kept");
		p = js_text(v, &b, &n);
		assert_int_equal(n, rows[i].n);
		assert_memory_equal(p, rows[i].want, n);
		assert_memory_equal(b.p, "kept", 4);
		if (v.type == JS_STRING) {
			assert_true(js_is(v, rows[i].want, n));
			assert_false(js_is(v, "plainer", 7));
			assert_false(n > 0 && js_is(v, rows[i].want, n - 1));
		}
		buf_free(&b);
	}
}

static void
tells_texts_apart(void **state)
{
	struct js_val t = js_text_val("a\"b", 3);
	struct buf b = {0};
	size_t n;

	(void)state;
	assert_true(js_is(t, "a\"b", 3));
	assert_false(js_is(t, "a\"c", 3));
	assert_ptr_equal(js_text(t, &b, &n), t.p);
	assert_int_equal(n, 3);
	t.type = JS_NUMBER;
	assert_false(js_is(t, "a\"b", 3));
}

/* Against strtod, which glibc rounds correctly. */
static void
reads_doubles(void **state)
{
	static const char *const rows[] = {"0", "-0", "1", "19.99", "-19.99",
	    "0.1", "0.30000000000000004", "9007199254740991",
	    "9007199254740993", "9007199254740992.5", "123456789012345678",
	    "1e22", "1e23", "5e-324", "2.2250738585072011e-308", "1e400",
	    "-1e400", "179769313486231580793728971405301e276",
	    "0.000000000000000001", "8911407.904"};
	struct messy m = {7, 0};
	char text[120];

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct js_val v;

		snprintf(text, 60, "%s", rows[i]);
		v = whole(text);
		assert_true(js_double(v) == strtod(rows[i], NULL));
		assert_int_equal(signbit(js_double(v)) != 0, rows[i][0] == '-');
	}
	for (int i = 0; i < 20000; i++) {
		double want;

		snprintf(text, 60, "%zu.%0*zu", messy_below(&m, 1000000),
		    1 + i % 17, messy_below(&m, 10));
		want = strtod(text, NULL);
		assert_true(js_double(whole(text)) == want);
	}
}

static void
reads_decimals(void **state)
{
	char text[80] = "19.90", word[80] = "\"1\"";
	struct dec d;
	struct buf b = {0};

	(void)state;
	assert_true(js_dec(whole(text), &d));
	dec_text(d, &b);
	assert_memory_equal(b.p, "19.9", 4);
	assert_false(js_dec(whole(word), &d));
	buf_free(&b);
}

static void
iterates(void **state)
{
	char text[160] = "{ \"a\" : [ 1 , \"x\",[] ] , \"\\u0061\" :{}, "
			 "\"b\":[ ]}";
	struct js_val v = whole(text), k, item;
	struct js_iter it = js_iterate(v);
	struct js_step path[] = {{"a", 1, 0}, {NULL, 0, 1}};

	(void)state;
	assert_true(js_next(&it, &k, &item));
	assert_memory_equal(k.p, "\"a\"", k.len);
	assert_memory_equal(item.p, "[ 1 , \"x\",[] ]", item.len);
	assert_true(js_is(js_element(item, 1), "x", 1));
	assert_int_equal(js_element(item, 2).type, JS_ARRAY);
	assert_int_equal(js_element(item, 3).type, JS_MISSING);
	assert_true(js_next(&it, &k, &item));
	assert_int_equal(k.escaped, 1);
	assert_int_equal(item.type, JS_OBJECT);
	assert_int_equal(item.escaped, 0);
	assert_true(js_next(&it, NULL, &item));
	it = js_iterate(item);
	assert_false(js_next(&it, NULL, &item));
	assert_int_equal(js_member(v, "a", 1).type, JS_OBJECT);
	assert_int_equal(js_member(v, "c", 1).type, JS_MISSING);
	assert_int_equal(js_path(v, path, 2).type, JS_MISSING);
	it = js_iterate(js_text_val("[1]", 3));
	assert_false(js_next(&it, NULL, &item));
}

static void
finds_duplicates(void **state)
{
	static const struct {
		char text[100];
		long at; /* of the second key's quote; -1: none */
		size_t len;
	} rows[] = {
	    {"{}", -1, 0},
	    {"{\"a\":1,\"b\":{\"a\":1},\"c\":[{\"a\":1},{\"a\":2}]}", -1, 0},
	    {"{\"a\":\"a\",\"b\":\"a\"}", -1, 0},
	    {"{\"a\":1,\"a\":2}", 7, 3},
	    {"{\"a\":1,\"\\u0061\" :2}", 7, 8},
	    {"[1,{\"x\":{\"b\":[],\"b\":1}}]", 16, 3},
	    {"{\"a\":{\"b\":1},\"a\":{\"b\":1}}", 13, 3},
	    {"{\"\":1,\"\":2}", 6, 2},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char text[200];
		size_t n = 0;
		struct js_val v;
		const char *p;

		memcpy(text, rows[i].text, sizeof(rows[i].text));
		v = whole(text);
		p = js_duplicate(v.p, v.len, &n);
		assert_int_equal(p == NULL ? -1 : p - text, rows[i].at);
		assert_int_equal(n, rows[i].len);
	}
}

/* By the index of a line, and where there is none. */
static void
finds_duplicates_of_lines(void **state)
{
	static const struct {
		const char *text;
		int at;
		size_t len;
	} rows[] = {
	    {"{}", -1, 0},
	    {"{\"a\":\"a\",\"b\":{\"a\":\"b\"},\"c\":[\"a\",\"a\"]}", -1, 0},
	    {"{\"a\":[{\"b\":1},{\"b\":1}],\"b\":{}}", -1, 0},
	    {"{\"a\":1,\"a\":2}", 7, 3},
	    {"{\"\":1,\"\":2}", 6, 2},
	    {"{\"a\":1,\"b\":[[]],\"a\":2}", 16, 3},
	    {"{\"a\":{\"x\":1,\"x\":1},\"a\":2}", 12, 3},
	    {"{\"a\":{\"x\":1},\"a\":{\"x\":1}}", 13, 3},
	    {"{\"a\":1,\"\\u0061\":2}", 7, 8},
	    {"{\"a\":1, \"a\":2}", 8, 3},
	    {"{\"0123456789012345678901234567890123456789\":\"{\","
	     "\"b\":\"01234567890123456789\","
	     "\"0123456789012345678901234567890123456789\":0}",
		75, 42},
	};
	struct js_plan *plan = js_plan_new();

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct js_line line = {0};
		struct js_error e;
		size_t len = strlen(rows[i].text), n = 0;
		char *text = padded(rows[i].text, len);
		const char *p;

		assert_true(js_scan(plan, text, len, &line, &e));
		p = js_line_duplicate(&line, &n);
		assert_int_equal(p == NULL ? -1 : p - text, rows[i].at);
		assert_int_equal(n, rows[i].len);
		js_line_free(&line);
		free(text);
	}
	js_plan_free(plan);
}

/* One object of many members, the 5th and the 70th written twice. */
static void
finds_duplicates_in_large_objects(void **state)
{
	for (int members = 30; members < 400; members += 37) {
		struct buf b = {0};
		size_t n, fifth = 0;
		const char *p;

		(void)state;
		buf_byte(&b, '{');
		for (int i = 0; i < members; i++)
			buf_addf(&b, "\"m%d\":%d,", i, i);
		fifth = b.len;
		buf_adds(&b, "\"m5\":0,\"m20\":1}");
		buf_room(&b, JS_PAD);
		p = js_duplicate(b.p, b.len, &n);
		assert_ptr_equal(p, b.p + fifth);
		assert_int_equal(n, 4);
		assert_null(
		    js_duplicate("{\"a\":1}                    ", 7, &n));
		buf_free(&b);
	}
}

static void
check_text(const char *p, size_t n)
{
	char *copy = mem_alloc(n + JS_PAD, 1);
	json_t *root;
	struct js_error e;
	enum oracle_says says = oracle(p, n, &root);
	bool ok;

	memcpy(copy, p, n);
	copy[n] = '\n';
	ok = js_valid(copy, n, &e);
	assert_int_equal(ok, scalar_valid(copy, n, &e));
	if (says == ORACLE_NUL)
		assert_false(ok);
	else if (says == ORACLE_NO && ok)
		fail_msg("jansson refuses: %s", copy);
	else if (says == ORACLE_YES && !ok)
		fail_msg("jansson accepts: %s", copy);
	if (ok && says == ORACLE_YES) {
		struct scan s = {.begin = copy, .end = copy + n};
		const char *from = space(&s, copy);
		struct js_val v = {from, 0, 0, 0};

		v.len = (uint32_t)(value(&s, from, 0) - from);
		v.type = js_type_of[(unsigned char)*from];
		v.escaped = v.type == JS_STRING && s.escaped;
		if (!oracle_same(v, root))
			fail_msg("another value: %s", copy);
	}
	json_decref(root);
	free(copy);
}

static void
agrees_with_jansson(void **state)
{
	struct messy m = {2026, 0};
	struct buf b = {0};

	(void)state;
	for (int i = 0; i < 20000; i++) {
		b.len = 0;
		messy_value(&m, &b, 5);
		check_text(b.p, b.len);
		for (int k = 0; k < 5; k++) {
			messy_damage(&m, &b);
			check_text(b.p, b.len);
		}
	}
	buf_free(&b);
}

/* What js_scan puts into slots is what js_path finds; equal with the table-
 * driven scanner. */
static void
picks_what_paths_find(void **state)
{
	static const char *const paths[] = {"a", "ids", "ids.a", "tags.a.a",
	    "properties", "properties.tags", "events",
	    "a.a long name of a member", "ids.ids.ids", "ids.tags.events"};
	struct js_plan *plan = js_plan_new();
	struct js_step step[ROWS(paths)][4];
	int n[ROWS(paths)], slot[ROWS(paths)], column;
	int record = js_plan_field(plan, NULL, 0);
	struct js_line a = {0}, c = {0};
	struct messy m = {11, 0};
	struct buf b = {0};

	(void)state;
	for (size_t i = 0; i < ROWS(paths); i++) {
		n[i] = js_steps(paths[i], step[i], 4);
		slot[i] = js_plan_field(plan, step[i], n[i]);
	}
	column = js_plan_each(plan, step[2], n[2]);
	for (int k = 0; k < 50000; k++) {
		struct js_error e;
		struct js_val events;

		b.len = 0;
		messy_record(&m, &b);
		buf_room(&b, JS_PAD);
		b.p[b.len] = '\n';
		assert_true(js_scan(plan, b.p, b.len, &a, &e));
		assert_true(scalar_scan(plan, b.p, b.len, &c, &e));
		for (size_t i = 0; i < ROWS(paths); i++) {
			struct js_val v =
			    js_path(a.slot[record], step[i], n[i]);

			assert_ptr_equal(v.p, a.slot[slot[i]].p);
			assert_int_equal(v.len, a.slot[slot[i]].len);
			assert_int_equal(v.type, a.slot[slot[i]].type);
			assert_int_equal(v.escaped, a.slot[slot[i]].escaped);
			assert_ptr_equal(v.p, c.slot[slot[i]].p);
		}
		events = js_member(a.slot[record], "events", 6);
		assert_int_equal(a.neach, c.neach);
		for (size_t i = 0; i < a.neach; i++)
			assert_ptr_equal(js_each(&a, i, column).p,
			    js_path(js_element(events, i), step[2], n[2]).p);
		assert_int_equal(js_element(events, a.neach).type, JS_MISSING);
	}
	js_line_free(&a);
	scalar_line_free(&c);
	js_plan_free(plan);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(decodes_text),
	    cmocka_unit_test(tells_texts_apart),
	    cmocka_unit_test(reads_doubles),
	    cmocka_unit_test(reads_decimals),
	    cmocka_unit_test(iterates),
	    cmocka_unit_test(finds_duplicates),
	    cmocka_unit_test(finds_duplicates_of_lines),
	    cmocka_unit_test(finds_duplicates_in_large_objects),
	    cmocka_unit_test(agrees_with_jansson),
	    cmocka_unit_test(picks_what_paths_find),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
