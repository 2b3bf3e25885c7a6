#include <stdio.h>

#include "json/index.h"
#include "json/messy.h"
#include "json/oracle.h"
#include "json/plan.h"
#include "json/scalar.h"
#include "test.h"

/* A plan over the names that messy_record draws. */
struct plan {
	struct js_plan *plan;
	struct js_line a, b; /* by the index and step by step */
};

static void
plan_make(struct plan *p)
{
	static const char *const field[] = {"a", "ids.a", "tags.a.ids",
	    "properties.a long name of a member", "events"};
	static const char *const column[] = {"a", "ids", "properties.tags"};
	struct js_step step[8] = {{"tags", 4, 0}, {NULL, 0, 1}, {"a", 1, 0}};

	memset(p, 0, sizeof(*p));
	p->plan = js_plan_new();
	js_plan_field(p->plan, step, 3);
	for (size_t i = 0; i < ROWS(field); i++)
		js_plan_field(p->plan, step, js_steps(field[i], step, 8));
	for (size_t i = 0; i < ROWS(column); i++)
		js_plan_each(p->plan, step, js_steps(column[i], step, 8));
	js_plan_member(p->plan, "tags");
	js_plan_member(p->plan, "events");
}

static void
plan_end(struct plan *p)
{
	js_line_free(&p->a);
	scalar_line_free(&p->b);
	js_plan_free(p->plan);
}

static void
same_value(const struct js_val *a, const struct js_val *b)
{
	assert_ptr_equal(a->p, b->p);
	assert_int_equal(a->len, b->len);
	assert_int_equal(a->type, b->type);
	assert_int_equal(a->escaped, b->escaped);
}

/* The text at p is followed by a newline and the padding of a line. */
static bool
agree(struct plan *t, const char *p, size_t n)
{
	struct js_line *a = &t->a, *b = &t->b;
	struct js_error e = {0, NULL}, f = {0, NULL};
	bool ok;

	a->spaced = 0;
	ok = js_scan(t->plan, p, n, a, &e);
	assert_int_equal(scalar_scan(t->plan, p, n, b, &f), ok);
	if (!ok) {
		assert_string_equal(e.why, f.why);
		assert_int_equal(e.at, f.at);
		return false;
	}
	for (int i = 0; i < t->plan->slots; i++)
		same_value(&a->slot[i], &b->slot[i]);
	assert_int_equal(a->neach, b->neach);
	for (size_t i = 0; i < a->neach * a->neachcol; i++)
		same_value(&a->each[i], &b->each[i]);
	assert_int_equal(a->nspan, b->nspan);
	if (a->nspan > 0)
		assert_memory_equal(
		    a->span, b->span, a->nspan * sizeof(*a->span));
	assert_int_equal(a->close, b->close);
	assert_int_equal(a->events, b->events);
	assert_int_equal(a->empty, b->empty);
	return true;
}

static bool
able(void)
{
#ifdef __x86_64__
	return __builtin_cpu_supports("avx2") &&
	       __builtin_cpu_supports("pclmul");
#else
	return false;
#endif
}

/* Without the white space between tokens. */
static void
compact(struct buf *b)
{
	bool in = false;
	size_t n = 0;

	for (size_t i = 0; i < b->len; i++) {
		char c = b->p[i];

		if (!in && (c == ' ' || c == '\t'))
			continue;
		b->p[n++] = c;
		if (in && c == '\\')
			b->p[n++] = b->p[++i];
		else if (c == '"')
			in = !in;
	}
	b->len = n;
}

static void
end_line(struct buf *b)
{
	buf_byte(b, '\n');
	buf_room(b, JS_PAD);
	b->len--;
}

/* Random records, whole and damaged; whole ones must take the fast way. */
static void
agrees_at_random(void **state)
{
	struct messy m = {7, 0};
	struct index *x = mem_alloc(1, sizeof *x);
	struct plan plan;
	struct buf b = {0};
	struct js_error e;
	size_t good = 0, bad = 0;
	json_t *root;

	(void)state;
	plan_make(&plan);
	for (int i = 0; i < 60000; i++) {
		b.len = 0;
		messy_record(&m, &b);
		compact(&b);
		end_line(&b);
		assert_true(agree(&plan, b.p, b.len));
		assert_int_equal(index_line(x, b.p, b.len), able());
		messy_damage(&m, &b);
		end_line(&b);
		if (agree(&plan, b.p, b.len)) {
			good++;
		} else {
			bad++;
			assert_false(index_line(x, b.p, b.len));
			if (!js_valid(b.p, b.len, &e)) {
				assert_true(
				    oracle(b.p, b.len, &root) != ORACLE_YES);
				json_decref(root);
			}
		}
	}
	assert_true(good > 5000 && bad > 5000);
	index_free(x);
	buf_free(&b);
	plan_end(&plan);
}

/* What stands behind {"p":"...", at any place of a block. */
static const char *const tails[] = {
    "\"a\":1}",
    "\"a\":{}}",
    "\"a\":[]}",
    "\"tags\":[{\"a\":[[]]},{\"a\":0.5e+3}]}",
    "\"events\":[{\"a\":1,\"ids\":{\"a\":[\"x\"]}},{\"a\":-0.1,\"p\":[]}]}",
    "\"a\":\"\\\"\\\\\\u4fdd\\ud83d\\ude00\\\\\"}",
    "\"\\\\\\\\\":\"\\\\\\\\\\\\\",\"\\\"\":[\"\\\"\"]}",
    "\"a\":\"\xe4\xbf\x9d\xe6\xb8\xa9\xf0\x9f\x98\x80\xc3\xa9\"}",
    "\"a\":[true,false,null,-1,123456789012345678,1E5,0]}",
    "\"a key of more than sixty-four bytes, which a word cannot hold, "
    "not even one\":{\"b\":[1,{\"c\":2}]}}",
    "\"a key of more than sixty-four bytes, which a word cannot hold, "
    "and no value\"}",
    "\"a key of sixty-three bytes that ends at the end of one word 456\"}",
    "\"a\"}",
    "\"a\",\"b\":1}",
    "\"a\":1,}",
    "\"a\":1,\"b\"}",
    "\"a\":}",
    "\"a\":,\"b\":1}",
    "\"a\"::1}",
    "\"a\":1:2}",
    "\"a\":\"b\":\"c\"}",
    "\"a\"\"b\":1}",
    "\"a\":1\"b\":1}",
    "\"a\":\"b\"1}",
    "\"a\":\"b\"{}}",
    "\"a\":[1,2,]}",
    "\"a\":[,1]}",
    "\"a\":[1,\"b\":2]}",
    "\"a\":[\"b\":2]}",
    "\"a\":[1}",
    "\"a\":[1]]",
    "\"a\":{1}}",
    "\"a\":{1:2}}",
    "\"a\":{{}}}",
    "\"a\":{[]:1}}",
    "\"a\":{\"b\":1,2}}",
    "\"a\":{\"b\":1,[]}}",
    "\"a\":{\"b\"]}",
    "\"a\":{}{}}",
    "\"a\":[][]}",
    "\"a\":[] }",
    "\"a\": 1}",
    "\"a\":01}",
    "\"a\":1.}",
    "\"a\":.5}",
    "\"a\":1.2.3}",
    "\"a\":-}",
    "\"a\":+1}",
    "\"a\":1e}",
    "\"a\":1x}",
    "\"a\":tru}",
    "\"a\":nulll}",
    "\"a\":\\\"b\\\"}",
    "\"a\":\xe4\xbf\x9d}",
    "\"a\":\"\\x\"}",
    "\"a\":\"\\u12g4\"}",
    "\"a\":\"\\ud83d\"}",
    "\"a\":\"\x1f\"}",
    "\"a\":\x1a}",
    "\"a\":\"\t\"}",
    "\"a\":\"\xe4\xbf\"}",
    "\"a\":\"\xe4\"}",
    "\"a\":\"\xf0\x9f\x98\"}",
    "\"a\":\"\x80\"}",
    "\"a\":\"\xc0\xaf\"}",
    "\"a\":\"\xed\xa0\x80\"}",
    "\"a\":\"\xf4\x90\x80\x80\"}",
    "\"a\":\"b}",
    "\"a\":\"b\\\"}",
    "\"a\":1",
    "\"a\":1}}",
    "\"a\":1},{}",
    "\"a\":1},\"b\":2}",
    "\"a\":1}x",
    "\"a\":1} ",
    "\"a\":1}\"",
};

static void
pad_and_agree(struct plan *plan, struct index *x, size_t from, size_t to)
{
	struct buf b = {0};
	struct js_error e;

	for (size_t i = 0; i < ROWS(tails); i++)
		for (size_t n = from; n < to; n++) {
			b.len = 0;
			buf_adds(&b, "{\"p\":\"");
			for (size_t k = 0; k < n; k++)
				buf_byte(&b, 'x');
			buf_adds(&b, "\",");
			buf_adds(&b, tails[i]);
			end_line(&b);
			assert_int_equal(
			    agree(plan, b.p, b.len), js_valid(b.p, b.len, &e));
			if (index_line(x, b.p, b.len))
				assert_true(js_valid(b.p, b.len, &e));
		}
	buf_free(&b);
}

/* At the borders of words, vectors of words and chunks. */
static void
agrees_at_borders(void **state)
{
	struct index *x = mem_alloc(1, sizeof *x);
	struct plan plan;

	(void)state;
	plan_make(&plan);
	pad_and_agree(&plan, x, 0, 330);
	pad_and_agree(&plan, x, 4096 - 140, 4096 + 10);
	index_free(x);
	plan_end(&plan);
}

/* All sequences of four bytes at the edges of RFC 3629's table. */
static void
agrees_on_utf8(void **state)
{
	static const unsigned char edge[] = {0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f,
	    0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee,
	    0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff};
	static const size_t place[] = {10, 28, 30, 61, 62, 63, 93, 125, 127};
	size_t n = ROWS(edge);
	char line[140 + JS_PAD];
	struct index *x = mem_alloc(1, sizeof *x);
	struct js_error e;

	(void)state;
	memset(line, 'x', sizeof(line));
	memcpy(line, "{\"a\":\"", 6);
	memcpy(line + 136, "\"}\n", 3);
	for (size_t i = 0; i < n * n * n * n; i++) {
		char *p = line + place[i % ROWS(place)];

		p[0] = (char)edge[i / n / n / n];
		p[1] = (char)edge[i / n / n % n];
		p[2] = (char)edge[i / n % n];
		p[3] = (char)edge[i % n];
		assert_int_equal(index_line(x, line, 138),
		    able() && js_valid(line, 138, &e));
		memset(p, 'x', 4);
	}
	index_free(x);
}

/* Levels up to what the index takes and beyond, all brackets in one word. */
static void
agrees_on_depth(void **state)
{
	struct plan plan;
	struct buf b = {0};

	(void)state;
	plan_make(&plan);
	for (size_t depth = 1; depth < 140; depth++)
		for (size_t wrong = 0; wrong <= depth + 1; wrong++) {
			b.len = 0;
			buf_adds(&b, "{\"a\":");
			for (size_t i = 0; i < depth; i++)
				buf_byte(&b, '[');
			for (size_t i = 0; i < depth; i++)
				buf_byte(&b, i + 1 == wrong ? '}' : ']');
			buf_adds(&b, wrong == depth + 1 ? "]" : "}");
			end_line(&b);
			assert_int_equal(agree(&plan, b.p, b.len), wrong == 0);
		}
	buf_free(&b);
	plan_end(&plan);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(agrees_at_random),
	    cmocka_unit_test(agrees_at_borders),
	    cmocka_unit_test(agrees_on_utf8),
	    cmocka_unit_test(agrees_on_depth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
