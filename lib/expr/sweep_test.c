#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../mem.h"
#include "../test.h"
#include "expr.h"

/* ---- one line, many instants ---- */

#define EVENTS 100000
#define START 1700000000000

static char *
long_line(size_t n, size_t *len)
{
	struct buf b = {0};
	size_t i;

	buf_adds(&b, "{\"profile_id\":\"x\",\"events\":[");
	for (i = 0; i < n; i++) {
		buf_adds(&b, i > 0 ? ",{\"event\":\"" : "{\"event\":\"");
		buf_adds(&b, i % 3 ? "A" : "B");
		buf_adds(&b, "\",\"timestamp\":");
		when_json(START + (int64_t)i * 60000, &b);
		buf_addf(&b, ",\"properties\":{\"n\":%zu.%02zu,\"s\":\"%zu\"}}",
		    i % 1000, i % 100, i % 77);
	}
	buf_adds(&b, "]}");
	*len = b.len;
	buf_room(&b, JS_PAD);
	b.p[b.len] = '\n';
	return b.p;
}

static const char *const swept[] = {"count(event = 'A') last 30d >= 2",
    "sum(properties.n where event = 'A') last 1d", "max(properties.n) last 2d",
    "distinct(properties.s) last 7d", "last(properties.s where event = 'B')",
    "count() since last(timestamp where event = 'B')",
    "avg(properties.n) last 10 calendar days",
    "now - last(timestamp where properties.n > 990) > 1h"};

/* CPU seconds of asking all of them at every event of a line. */
static double
sweep(size_t n)
{
	struct expr_settings s = {.zone = zone_find("Asia/Shanghai", 13)};
	struct place at = {.file = "t", .line = 1, .col = 1};
	struct expr_set *set = expr_set_new(&s);
	struct js_plan *plan = js_plan_new();
	struct js_line line = {0};
	struct js_error e;
	struct expr_run *run;
	const char *why;
	int64_t next;
	size_t len, i, k;
	char *text = long_line(n, &len);
	clock_t from;
	double seconds;

	for (k = 0; k < ROWS(swept); k++)
		expr_add(set, EXPR_PROFILE, swept[k], strlen(swept[k]), &at);
	expr_plan(set, plan);
	run = expr_run_new(set);
	assert_true(js_scan(plan, text, len, &line, &e));
	from = clock();
	assert_true(expr_bind(run, &line, &why));
	for (i = 0; i < n; i++)
		for (k = 0; k < ROWS(swept); k++)
			expr_eval(
			    run, (int)k, START + (int64_t)i * 60000, &next);
	seconds = (double)(clock() - from) / CLOCKS_PER_SEC;
	expr_run_free(run);
	js_line_free(&line);
	js_plan_free(plan);
	expr_set_free(set);
	free(text);
	return seconds;
}

/* Ten times the events may cost fifteen times, not a hundred. */
static void
rises_in_one_sweep(void **state)
{
	double small = sweep(EVENTS / 10), large = sweep(EVENTS);

	(void)state;
	if (large > 15 * small + 0.5)
		fail_msg("%g s for a tenth, %g s for all", small, large);
}

/* ---- zones with daylight saving, worked out by hand ---- */

#define BERLIN                                                               \
	"{\"profile_id\":\"x\",\"traits\":{\"timezone\":\"Europe/Berlin\"}," \
	"\"events\":["                                                       \
	"{\"event\":\"A\",\"timestamp\":\"2026-03-28T22:59:59.999Z\"},"      \
	"{\"event\":\"A\",\"timestamp\":\"2026-03-28T23:00:00.000Z\"},"      \
	"{\"event\":\"A\",\"timestamp\":\"2026-03-29T21:59:59.999Z\"},"      \
	"{\"event\":\"A\",\"timestamp\":\"2026-03-29T22:00:00.000Z\"}]}"

static const struct {
	const char *expr, *t, *value, *next;
} summer[] = {
    /* March 29 has 23 hours: from 23:00Z to 22:00Z. */
    {"count() last 1 calendar day", "2026-03-29T21:59:59.999Z", "2",
	"2026-03-29T22:00:00.000Z"},
    {"count() last 1 calendar day", "2026-03-29T22:00:00Z", "1",
	"2026-03-30T22:00:00.000Z"},
    {"count() last 2 calendar days", "2026-03-30T12:00:00Z", "3",
	"2026-03-30T22:00:00.000Z"},
    {"hour(now)", "2026-03-29T00:59:59Z", "1", "2026-03-29T01:00:00.000Z"},
    {"hour(now)", "2026-03-29T01:00:00Z", "3", "2026-03-29T02:00:00.000Z"},
    {"count() last 24h", "2026-03-29T22:59:59.999Z", "4",
	"2026-03-29T23:00:00.000Z"},
    {"@2026-03-29T02:30 < now", "2026-03-29T01:30:00.001Z", "true", "never"},
    {"count() last 1mo", "2026-04-28T21:59:59Z", "4",
	"2026-04-28T22:00:00.000Z"},
    {"count() last 1mo", "2026-04-28T22:00:00Z", "3", NULL},
    {"calendar_days_between(now, @2026-03-29)", "2026-03-29T22:00:00Z", "1",
	"2026-03-30T22:00:00.000Z"},
};

static void
knows_summer_time(void **state)
{
	struct expr_settings s = {
	    .zone = zone_find("UTC", 3), .recipient_zone = true};
	struct place at = {.file = "t", .line = 1, .col = 1};
	char text[sizeof BERLIN + JS_PAD] = BERLIN "\n";
	struct buf b = {0};
	struct js_error e;
	const char *why;
	int64_t t, next;
	size_t i;

	(void)state;
	for (i = 0; i < ROWS(summer); i++) {
		struct expr_set *set = expr_set_new(&s);
		struct js_plan *plan = js_plan_new();
		struct js_line line = {0};
		struct expr_run *run;
		int id = expr_add(set, EXPR_PROFILE, summer[i].expr,
		    strlen(summer[i].expr), &at);

		expr_plan(set, plan);
		run = expr_run_new(set);
		assert_true(js_scan(plan, text, sizeof BERLIN - 1, &line, &e));
		assert_true(expr_bind(run, &line, &why));
		assert_true(when_parse(summer[i].t, strlen(summer[i].t), &t));
		b.len = 0;
		expr_json(expr_eval(run, id, t, &next), &b);
		buf_byte(&b, ' ');
		if (next == WHEN_NEVER)
			buf_adds(&b, "never");
		else {
			buf_room(&b, WHEN_TEXT);
			when_text(next, b.p + b.len);
			b.len += WHEN_TEXT;
		}
		buf_byte(&b, '\0');
		if (strncmp(b.p, summer[i].value, strlen(summer[i].value)) !=
			0 ||
		    (summer[i].next != NULL &&
			strcmp(strchr(b.p, ' ') + 1, summer[i].next) != 0))
			fail_msg(
			    "%s at %s: %s", summer[i].expr, summer[i].t, b.p);
		expr_run_free(run);
		js_line_free(&line);
		js_plan_free(plan);
		expr_set_free(set);
	}
	buf_free(&b);
}

/* ---- what only the clock moves is worked out once for all lines ---- */

#define IN(zone) "{\"traits\":{\"timezone\":\"" zone "\"},\"events\":[]}"

static const struct {
	const char *line, *t, *value;
} clock_rows[] = {
    {IN("Europe/Berlin"), "2026-03-30T22:30:00Z", "2026-02-27T23:30:00.000Z"},
    {IN("UTC"), "2026-03-30T22:30:00Z", "2026-02-28T22:30:00.000Z"},
    {IN("Europe/Berlin"), "2026-03-30T22:30:00Z", "2026-02-27T23:30:00.000Z"},
    {IN("Europe/Berlin"), "2026-04-10T00:00:00Z", "2026-03-10T01:00:00.000Z"},
    {IN("UTC"), "2026-04-10T00:00:00Z", "2026-03-10T00:00:00.000Z"},
    {IN("UTC"), "2026-03-30T22:30:00Z", "2026-02-28T22:30:00.000Z"},
};

static void
follows_the_clock(void **state)
{
	struct expr_settings s = {
	    .zone = zone_find("UTC", 3), .recipient_zone = true};
	struct place at = {.file = "t", .line = 1, .col = 1};
	struct expr_set *set = expr_set_new(&s);
	int id = expr_add(set, EXPR_PROFILE, "now - 1mo", 9, &at);
	struct js_plan *plan = js_plan_new();
	struct js_line line = {0};
	struct expr_run *run;
	char text[256] = "", value[WHEN_TEXT + 1] = "";
	struct js_error e;
	const char *why;
	int64_t t;
	size_t i, n;

	(void)state;
	expr_plan(set, plan);
	run = expr_run_new(set);
	for (i = 0; i < ROWS(clock_rows); i++) {
		n = strlen(clock_rows[i].line);
		memcpy(text, clock_rows[i].line, n);
		text[n] = '\n';
		assert_true(js_scan(plan, text, n, &line, &e));
		assert_true(expr_bind(run, &line, &why));
		assert_true(
		    when_parse(clock_rows[i].t, strlen(clock_rows[i].t), &t));
		when_text(expr_eval(run, id, t, NULL).time, value);
		assert_string_equal(value, clock_rows[i].value);
	}
	expr_run_free(run);
	js_line_free(&line);
	js_plan_free(plan);
	expr_set_free(set);
}

/* ---- why ---- */

#define LINE                                                                 \
	"{\"profile_id\":\"x\",\"rfm\":{\"r\":3},\"traits\":{},\"events\":[" \
	"{\"event\":\"A\",\"timestamp\":\"2026-03-01T00:00:00.000Z\","       \
	"\"properties\":{\"n\":5}},"                                         \
	"{\"event\":\"B\",\"timestamp\":\"2026-03-02T00:00:00.000Z\"},"      \
	"{\"event\":\"A\",\"timestamp\":\"2026-03-03T00:00:00.000Z\","       \
	"\"properties\":{\"n\":9}},"                                         \
	"{\"event\":\"A\",\"timestamp\":\"2026-03-04T00:00:00.000Z\","       \
	"\"properties\":{\"n\":9}}]}"

static const struct {
	const char *expr, *events, *story;
} whys[] = {
    {"rfm.r >= 4 and count(event = 'A') > 1", "0 2 3 ",
	"[\"rfm.r >= 4: false, rfm.r is 3\"]"},
    {"exists(event = 'B') or rfm.r > 5", "1 ",
	"[\"exists(event = 'B'): true\"]"},
    {"not (traits.city = 'x')", "",
	"[\"(traits.city = 'x'): false, traits.city is null\"]"},
    {"max(properties.n) = 9 and rfm.r = 3", "3 ",
	"[\"max(properties.n) = 9: true, max(properties.n) is 9\",\"rfm.r = "
	"3: true, rfm.r is 3\"]"},
    {"sequence(event = 'A', event = 'B', event = 'A')", "0 1 2 ",
	"[\"sequence(event = 'A', event = 'B', event = 'A'): true\"]"},
    {"traits.vip", "", "[\"traits.vip: false, it is null\"]"},
};

static void
says_why(void **state)
{
	struct place at = {.file = "t", .line = 1, .col = 1};
	char text[sizeof LINE + JS_PAD] = LINE "\n";
	size_t i, k, n, event[3];
	struct buf b = {0};
	struct js_error e;
	const char *why;
	int64_t t;

	(void)state;
	assert_true(when_parse("2026-03-05T00:00:00Z", 20, &t));
	for (i = 0; i < ROWS(whys); i++) {
		struct expr_set *set = expr_set_new(NULL);
		struct js_plan *plan = js_plan_new();
		struct js_line line = {0};
		struct expr_run *run;
		int id = expr_add(
		    set, EXPR_PROFILE, whys[i].expr, strlen(whys[i].expr), &at);

		expr_plan(set, plan);
		run = expr_run_new(set);
		assert_true(js_scan(plan, text, sizeof LINE - 1, &line, &e));
		assert_true(expr_bind(run, &line, &why));
		b.len = 0;
		n = expr_evidence(run, id, t, event, 3);
		for (k = 0; k < n; k++)
			buf_addf(&b, "%zu ", event[k]);
		buf_byte(&b, '\0');
		assert_string_equal(b.p, whys[i].events);
		b.len = 0;
		expr_explain(run, id, t, &b);
		buf_byte(&b, '\0');
		assert_string_equal(b.p, whys[i].story);
		expr_run_free(run);
		js_line_free(&line);
		js_plan_free(plan);
		expr_set_free(set);
	}
	buf_free(&b);
}

/* ---- lines that cannot be asked ---- */

static const struct {
	const char *line, *expr, *why;
} refused[] = {
    {"{\"profile_id\":\"x\"}", "rfm.r > 3", "cdp-rfm"},
    {"{\"profile_id\":\"x\"}", "tags.vip", "cdp-tag"},
    {"{\"profile_id\":\"x\"}", "in segment 'a'", "cdp-segment"},
};

static void
says_what_to_run_first(void **state)
{
	struct place at = {.file = "t", .line = 1, .col = 1};
	size_t i, n;

	(void)state;
	for (i = 0; i < ROWS(refused); i++) {
		struct expr_set *set = expr_set_new(NULL);
		struct js_plan *plan = js_plan_new();
		struct js_line line = {0};
		struct js_error e;
		struct expr_run *run;
		const char *why = "";
		char *text;

		expr_add(set, EXPR_PROFILE, refused[i].expr,
		    strlen(refused[i].expr), &at);
		expr_plan(set, plan);
		run = expr_run_new(set);
		n = strlen(refused[i].line);
		text = mem_alloc(n + JS_PAD, 1);
		memcpy(text, refused[i].line, n);
		text[n] = '\n';
		assert_true(js_scan(plan, text, n, &line, &e));
		assert_false(expr_bind(run, &line, &why));
		assert_non_null(strstr(why, refused[i].why));
		expr_run_free(run);
		js_line_free(&line);
		js_plan_free(plan);
		expr_set_free(set);
		free(text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rises_in_one_sweep),
	    cmocka_unit_test(knows_summer_time),
	    cmocka_unit_test(follows_the_clock),
	    cmocka_unit_test(says_why),
	    cmocka_unit_test(says_what_to_run_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
