#include "../test.h"
#include "room.h"

#include "oracle.h"
#include "oracle_make.h"
#include "oracle_print.h"

/*
 * Random expressions over random histories: the evaluator and the oracle give
 * equal answers at rising instants, and no answer changes by the clock alone
 * before the next instant that was promised.
 */

/* ---- random histories ---- */

static void
any_json(struct buf *b)
{
	static const char *const values[] = {"1", "2.5", "-3", "0", "19.99",
	    "0.01", "\"5\"", "\"a\"", "\"\"", "null", "true", "false", "[]"};

	buf_adds(b, PICK(values));
}

static void
any_word(struct buf *b)
{
	static const char *const values[] = {
	    "\"a\"", "\"b\"", "\"ab\"", "\"\\u0061\"", "null", "3", "\"5\""};

	buf_adds(b, PICK(values));
}

static void
any_stamp(struct buf *b, long long t)
{
	if (below(8) == 0)
		any_word(b);
	else
		when_json(t, b);
}

static void
any_list(struct buf *b)
{
	unsigned n = below(4), i;

	if (below(8) == 0) {
		buf_adds(b, "null");
		return;
	}
	buf_byte(b, '[');
	for (i = 0; i < n; i++) {
		buf_adds(b, i > 0 ? "," : "");
		if (below(4) == 0) {
			any_json(b);
			continue;
		}
		buf_adds(b, "{\"p\":");
		any_json(b);
		buf_adds(b, ",\"c\":");
		any_word(b);
		buf_byte(b, '}');
	}
	buf_byte(b, ']');
}

static void
any_event(struct buf *b, long long t, unsigned i)
{
	static const char *const names[] = {"A", "A", "B", "C", "\\u0041"};

	buf_addf(b, "{\"event\":\"%s\",\"timestamp\":", PICK(names));
	when_json(t, b);
	buf_addf(b, ",\"messageId\":\"%u\",\"properties\":{\"n\":", i);
	any_json(b);
	buf_adds(b, ",\"s\":");
	any_word(b);
	buf_adds(b, ",\"when\":");
	any_stamp(b, any_instant());
	buf_adds(b, ",\"list\":");
	any_list(b);
	buf_adds(b, "}}");
}

static void
any_profile(struct buf *b)
{
	long long t = any_instant();
	unsigned n = below(11), i;

	b->len = 0;
	buf_adds(b, "{\"profile_id\":\"x\",\"traits\":{\"num\":");
	any_json(b);
	buf_adds(b, ",\"txt\":");
	any_word(b);
	buf_adds(b, ",\"none\":null,\"flag\":");
	buf_adds(b, below(2) ? "true" : "false");
	buf_adds(b, ",\"nick\":\"\",\"list\":");
	any_list(b);
	buf_adds(b, ",\"when\":");
	any_stamp(b, any_instant());
	buf_adds(b, ",\"date\":\"2026-03-15\"},\"first_seen\":");
	when_json(t, b);
	buf_adds(b, ",\"events\":[");
	for (i = 0; i < n; i++) {
		buf_adds(b, i > 0 ? "," : "");
		any_event(b, t, i);
		t += (long long)below(40) * 6 * 3600000 + below(3) / 2;
	}
	buf_adds(b, "]}");
}

/* ---- one expression ---- */

struct trial {
	struct expr_set *set;
	struct js_plan *plan;
	struct js_line line;
	struct expr_run *run;
	struct world world;
	json_t *tree;
	struct tree *expr;
	struct buf text, json;
	int id;
};

static bool
equal(const struct expr_value *v, const struct answer *a)
{
	double x;

	if ((int)v->type != (int)a->type)
		return false;
	switch (v->type) {
	case EXPR_BOOL:
		return v->truth == (a->truth != 0);
	case EXPR_NUMBER:
		x = (double)a->p / (double)a->q;
		return v->number - x < 1e-9 && x - v->number < 1e-9;
	case EXPR_TEXT:
		return v->len == strlen(a->text) &&
		       memcmp(v->p, a->text, v->len) == 0;
	case EXPR_TIME:
		return v->time == a->time;
	case EXPR_SPAN:
		return v->span.ms == a->time && v->span.months == a->months;
	default:
		return true;
	}
}

static void
begin(struct trial *t)
{
	struct expr_settings settings = {
	    .zone = zone_find("Asia/Shanghai", 13)};
	struct js_error e;
	json_error_t je;
	const char *why;
	size_t col, n;

	any_profile(&t->json);
	n = t->json.len;
	buf_room(&t->json, JS_PAD);
	t->json.p[n] = '\n';
	t->tree = json_loadb(t->json.p, n, 0, &je);
	assert_non_null(t->tree);
	t->world.profile = t->tree;
	used = 0;
	t->expr = below(6) == 0   ? history_condition(3)
		  : below(3) != 0 ? any_condition(4, G_PROFILE)
				  : any_value(4, G_PROFILE, below(4));
	t->text.len = 0;
	print(t->expr, &t->text, G_PROFILE);
	t->set = expr_set_new(&settings);
	t->plan = js_plan_new();
	t->id =
	    expr_try(t->set, EXPR_PROFILE, t->text.p, t->text.len, &col, &why);
	if (t->id < 0)
		fail_msg(
		    "%.*s: %zu: %s", (int)t->text.len, t->text.p, col, why);
	expr_plan(t->set, t->plan);
	assert_true(js_scan(t->plan, t->json.p, n, &t->line, &e));
	t->run = expr_run_new(t->set);
	assert_true(expr_bind(t->run, &t->line, &why));
}

static void
finish(struct trial *t)
{
	expr_run_free(t->run);
	js_plan_free(t->plan);
	expr_set_free(t->set);
	json_decref(t->tree);
}

static void
differ(const struct trial *t, const char *what, long long then,
    const struct expr_value *v, const struct answer *a)
{
	struct buf b = {0};
	char at[WHEN_TEXT], now[WHEN_TEXT];

	when_text(then, at);
	when_text(t->world.cut, now);
	expr_json(*v, &b);
	fprintf(stderr,
	    "%.*s\nof %.*s\nat %.24s (%s %.24s): %.*s, the oracle: type %d "
	    "truth %d number %g text %s time %lld\n",
	    (int)t->text.len, t->text.p, (int)t->json.len, t->json.p, now, what,
	    at, (int)b.len, b.p, a->type, a->truth, (double)a->p / (double)a->q,
	    a->text, a->time);
	fail();
}

/* The value at t, and that it stays until *next. */
static int64_t
ask(struct trial *t, long long now)
{
	struct expr_value v;
	struct answer a;
	int64_t next;
	long long room;
	int i;

	v = expr_eval(t->run, t->id, now, &next);
	t->world.now = t->world.cut = now;
	a = oracle(&t->world, t->expr);
	if (!equal(&v, &a))
		differ(t, "asked at", now, &v, &a);
	if (next <= now)
		differ(t, "next", next, &v, &a);
	room = next == WHEN_NEVER ? 200 * O_DAY : next - now - 1;
	for (i = 0; i < 6 && room > 0; i++) {
		t->world.now = now + (i == 0      ? room
					 : i == 1 ? 1 + room / 2
					 : i == 2 && room > 400 * O_DAY
					     ? 400 * O_DAY
					     : 1 + (long long)below(1000000) *
						       room / 1000000);
		if (t->world.now - now > 900 * O_DAY)
			t->world.now = now + 900 * O_DAY;
		a = oracle(&t->world, t->expr);
		if (!equal(&v, &a))
			differ(t, "still at", t->world.now, &v, &a);
	}
	return next;
}

static void
agrees_with_the_oracle(void **unused)
{
	const char *times = getenv("CDP_ORACLE"), *seed = getenv("CDP_SEED");
	long n = times != NULL ? atol(times) : 4000, i;
	struct trial t = {0};
	long long now, next;
	int k;

	(void)unused;
	if (seed != NULL)
		state = strtoull(seed, NULL, 10) | 1;
	for (i = 0; i < n; i++) {
		begin(&t);
		now = any_instant();
		for (k = 0; k < 5; k++) {
			next = ask(&t, now);
			now += any_ms() + below(5) * 6 * 3600000 + below(2);
			if (next < START + 90 * O_DAY && below(2))
				now = next;
		}
		ask(&t, any_instant());
		finish(&t);
	}
	js_line_free(&t.line);
	buf_free(&t.text);
	buf_free(&t.json);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(agrees_with_the_oracle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
