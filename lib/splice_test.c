#include <stdlib.h>

#include "json/messy.h"
#include "json/oracle.h"
#include "mem.h"
#include "splice.h"
#include "test.h"

static const char *const names[] = {"tags", "score", "events", "a"};

struct setup {
	struct js_plan *plan;
	struct js_line line;
	struct splice_edit edit[ROWS(names)];
};

static void
begin(struct setup *s)
{
	*s = (struct setup){.plan = js_plan_new()};
	for (size_t i = 0; i < ROWS(names); i++) {
		s->edit[i].name = names[i];
		s->edit[i].member = js_plan_member(s->plan, names[i]);
	}
}

static void
end(struct setup *s)
{
	js_line_free(&s->line);
	js_plan_free(s->plan);
}

static void
set(struct splice_edit *e, const char *value)
{
	e->value = value;
	e->len = value == NULL ? 0 : strlen(value);
}

/* line: a copy with padding is made in text. */
static void
read_line(struct setup *s, const char *line, size_t n, struct buf *text)
{
	struct js_error e;

	text->len = 0;
	buf_add(text, line, n);
	buf_room(text, JS_PAD);
	text->p[n] = '\n';
	assert_true(js_scan(s->plan, text->p, n, &s->line, &e));
}

/* tags := 9 and score := removed, or both written, expected by hand. */
static void
writes_as_expected(void **state)
{
	static const struct {
		const char *line, *tags, *score, *events, *want;
	} rows[] = {
	    {"{}", "9", NULL, "[]", "{\"tags\":9}\n"},
	    {" { } \r", "9", "1", NULL, " { \"tags\":9,\"score\":1} \r\n"},
	    {"{}", NULL, NULL, NULL, "{}\n"},
	    {"{\"x\":1}", "9", NULL, NULL, "{\"x\":1,\"tags\":9}\n"},
	    {"{\"x\":1 }", "9", NULL, NULL, "{\"x\":1 ,\"tags\":9}\n"},
	    {"{\"tags\":1}", "9", NULL, NULL, "{\"tags\":9}\n"},
	    {"{\"tags\":1}", NULL, NULL, NULL, "{}\n"},
	    {"{ \"tags\" : 1 , \"x\":2}", "9", NULL, NULL,
		"{ \"tags\":9 , \"x\":2}\n"},
	    {"{\"x\":1,\"tags\":1}", NULL, NULL, NULL, "{\"x\":1}\n"},
	    {"{\"tags\":1,\"x\":1}", NULL, NULL, NULL, "{\"x\":1}\n"},
	    {"{\"x\":1, \"tags\":1, \"y\":1}", NULL, NULL, NULL,
		"{\"x\":1, \"y\":1}\n"},
	    {"{\"tags\":1,\"tags\":2,\"tags\":3}", "9", NULL, NULL,
		"{\"tags\":9}\n"},
	    {"{\"tags\":1,\"tags\":2,\"tags\":3}", NULL, NULL, NULL, "{}\n"},
	    {"{\"tags\":1,\"x\":2,\"t\\u0061gs\":3}", "9", NULL, NULL,
		"{\"tags\":9,\"x\":2}\n"},
	    {"{\"score\":1,\"tags\":2}", "9", NULL, NULL, "{\"tags\":9}\n"},
	    {"{\"tags\":2,\"score\":1}", "9", NULL, NULL, "{\"tags\":9}\n"},
	    {"{\"score\":2}", "9", NULL, NULL, "{\"tags\":9}\n"},
	    {"{\"score\":2}", "9", "1", NULL, "{\"score\":1,\"tags\":9}\n"},
	    {"{\"x\":1,\"events\":[7]}", "9", "1", "keep",
		"{\"x\":1,\"tags\":9,\"score\":1,\"events\":[7]}\n"},
	    {"{\"events\":[7]}", "9", NULL, "keep",
		"{\"tags\":9,\"events\":[7]}\n"},
	    {"{\"x\":1,\"events\":[7]}", "9", NULL, NULL,
		"{\"x\":1,\"tags\":9}\n"},
	    {"{\"x\":1,\"events\":[7],\"y\":2}", "9", NULL, NULL,
		"{\"x\":1,\"tags\":9,\"y\":2}\n"},
	    {"{\"events\":[7]}", NULL, NULL, NULL, "{}\n"},
	    {"{\"events\":[7]}", NULL, NULL, "[8]", "{\"events\":[8]}\n"},
	    {"{\"events\":[7],\"tags\":1}", "9", NULL, "keep",
		"{\"events\":[7],\"tags\":9}\n"},
	    {"{\"tags\":{\"tags\":1},\"events\":[{\"tags\":2}]}", "9", NULL,
		"keep", "{\"tags\":9,\"events\":[{\"tags\":2}]}\n"},
	};
	struct setup s;
	struct buf text = {0}, out = {0};

	(void)state;
	begin(&s);
	for (size_t i = 0; i < ROWS(rows); i++) {
		bool keep = rows[i].events != NULL && *rows[i].events == 'k';

		set(s.edit + 0, rows[i].tags);
		set(s.edit + 1, rows[i].score);
		set(s.edit + 2, rows[i].events);
		if (i == 0) /* no edit of events where there is none */
			keep = true;
		read_line(&s, rows[i].line, strlen(rows[i].line), &text);
		out.len = 0;
		splice_line(&out, &s.line, s.edit, keep ? 2 : 3);
		buf_byte(&out, '\0');
		assert_string_equal(out.p, rows[i].want);
	}
	buf_free(&text);
	buf_free(&out);
	end(&s);
}

/* The same done to jansson's tree. */
static json_t *
expected(const struct buf *text, const struct splice_edit *edit, size_t n)
{
	json_t *root;

	if (oracle(text->p, text->len, &root) != ORACLE_YES)
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (edit[i].value == NULL)
			json_object_del(root, edit[i].name);
		else
			json_object_set_new(root, edit[i].name,
			    json_loadb(edit[i].value, edit[i].len,
				JSON_DECODE_ANY, NULL));
	return root;
}

static bool
is_edited(const struct setup *s, size_t n, int member)
{
	for (size_t i = 0; i < n; i++)
		if (s->edit[i].member == member)
			return true;
	return false;
}

/* What stands between the edited members stays, in order, byte for byte; only
 * commas and the white space beside them may go. */
static void
others_unchanged(const struct setup *s, size_t n, const struct buf *out)
{
	struct js_val record = {s->line.p, 0, JS_OBJECT, 0}, name, value;
	const char *at = out->p, *from = s->line.p;
	struct js_iter it;
	uint32_t start = 0;

	while (s->line.p[start] != '{')
		start++;
	record.p += start;
	record.len = s->line.close + 1 - start;
	it = js_iterate(record);
	for (size_t span = 0; js_next(&it, &name, &value);) {
		size_t len = (size_t)(value.p + value.len - name.p);

		while (span < s->line.nspan &&
		       s->line.span[span].to <= name.p - from)
			span++;
		if (span < s->line.nspan &&
		    s->line.span[span].from == name.p - from &&
		    is_edited(s, n, s->line.span[span].member))
			continue;
		at = memmem(at, (size_t)(out->p + out->len - at), name.p, len);
		assert_non_null(at);
		at += len;
	}
}

static void
agrees_with_jansson(void **state)
{
	static const char *const values[] = {
	    NULL, "1", "{\"value\":true}", "[]", "\"x\""};
	struct messy m = {99, 0};
	struct setup s;
	struct buf text = {0}, copy = {0}, out = {0}, twice = {0};
	int compared = 0;

	(void)state;
	begin(&s);
	for (int i = 0; i < 40000; i++) {
		size_t n = messy_below(&m, ROWS(names) + 1);
		json_t *want;

		text.len = out.len = twice.len = 0;
		messy_record(&m, &text);
		for (size_t k = 0; k < n; k++)
			set(s.edit + k, MESSY(&m, values));
		read_line(&s, text.p, text.len, &copy);
		splice_line(&out, &s.line, s.edit, n);
		others_unchanged(&s, n, &out);
		want = expected(&text, s.edit, n);
		read_line(&s, out.p, out.len - 1, &copy);
		if (want != NULL) {
			struct js_val v = {copy.p, 0, JS_OBJECT, 0};

			while (*v.p != '{')
				v.p++;
			v.len = s.line.close + 1 - (uint32_t)(v.p - copy.p);
			if (!oracle_same(v, want))
				fail_msg("not what jansson makes: %.*s",
				    (int)text.len, text.p);
			compared++;
		}
		splice_line(&twice, &s.line, s.edit, n);
		assert_int_equal(twice.len, out.len);
		assert_memory_equal(twice.p, out.p, out.len);
		json_decref(want);
	}
	assert_true(compared > 20000);
	buf_free(&text);
	buf_free(&copy);
	buf_free(&out);
	buf_free(&twice);
	end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(writes_as_expected),
	    cmocka_unit_test(agrees_with_jansson),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
