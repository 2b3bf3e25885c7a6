#include <stdlib.h>
#include <string.h>

#include "../test.h"
#include "room.h"

/* Each row was worked out by hand from cdp-expr(7). */

#define PROFILE                                                               \
	"{\"profile_id\":\"1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed\","           \
	"\"ids\":{\"phone\":[\"+8613800000000\",\"+8613900000000\"]},"        \
	"\"traits\":{\"city\":\"上海\",\"age\":31,\"vip\":false,"           \
	"\"name\":\"\",\"none\":null,\"born\":\"1990-05-01\","                \
	"\"odd name\":{\"x\":\"a\\\"b\\u00e9\"},\"empty\":[],"                \
	"\"lat\":31.2304,\"lon\":121.4737},"                                  \
	"\"first_seen\":\"2026-10-01T00:00:00.000Z\","                        \
	"\"tags\":{\"vip\":{\"value\":\"gold\",\"from\":null},"               \
	"\"off\":{\"value\":false}},"                                         \
	"\"score\":{\"s1\":{\"points\":86,\"band\":8}},"                      \
	"\"rfm\":{\"r\":3,\"f\":5,\"m\":1299.50,\"class\":\"重要价值\"}," \
	"\"segments\":[\"a\",\"b\"],"                                         \
	"\"events\":["                                                        \
	"{\"event\":\"Follow\",\"timestamp\":\"2026-10-01T00:00:00.000Z\","   \
	"\"messageId\":\"1\"},"                                               \
	"{\"event\":\"Order Completed\","                                     \
	"\"timestamp\":\"2026-10-11T00:00:00.000Z\",\"messageId\":\"2\","     \
	"\"properties\":{\"amount\":19.99,\"sku\":\"A\",\"products\":["       \
	"{\"category\":\"X\",\"price\":5,\"quantity\":2},"                    \
	"{\"category\":\"Y\",\"price\":9.99,\"quantity\":1}]}},"              \
	"{\"event\":\"Product Viewed\","                                      \
	"\"timestamp\":\"2026-10-20T12:00:00.000Z\",\"messageId\":\"3\","     \
	"\"properties\":{\"sku\":\"B\"}},"                                    \
	"{\"event\":\"Order Completed\","                                     \
	"\"timestamp\":\"2026-10-31T16:00:00.000Z\",\"messageId\":\"4\","     \
	"\"properties\":{\"amount\":0.01,\"sku\":\"B\",\"products\":[]}},"    \
	"{\"event\":\"Order Completed\","                                     \
	"\"timestamp\":\"2026-11-01T00:00:00.000Z\",\"messageId\":\"5\","     \
	"\"properties\":{\"amount\":100,\"sku\":\"A\"}},"                     \
	"{\"event\":\"Refund\",\"timestamp\":\"2026-12-01T00:00:00.000Z\","   \
	"\"messageId\":\"6\"}]}"

struct asked {
	struct expr_set *set;
	struct js_plan *plan;
	struct js_line line;
	struct expr_run *run;
	char *text;
	int id;
};

static void
ask(struct asked *a, const char *expr, const char *line)
{
	struct expr_settings settings = {
	    .zone = zone_find("Asia/Shanghai", 13)};
	struct place at = {.file = "test", .line = 1, .col = 1};
	struct js_error e;
	const char *why;
	size_t n = strlen(line);

	memset(a, 0, sizeof *a);
	a->set = expr_set_new(&settings);
	a->plan = js_plan_new();
	a->id = expr_add(a->set, EXPR_PROFILE, expr, strlen(expr), &at);
	expr_plan(a->set, a->plan);
	a->text = mem_alloc(n + JS_PAD, 1);
	memcpy(a->text, line, n);
	a->text[n] = '\n';
	if (!js_scan(a->plan, a->text, n, &a->line, &e))
		fail_msg("%s at %zu", e.why, e.at);
	a->run = expr_run_new(a->set);
	if (!expr_bind(a->run, &a->line, &why))
		fail_msg("%s: %s", expr, why);
}

static void
answered(struct asked *a)
{
	expr_run_free(a->run);
	js_line_free(&a->line);
	js_plan_free(a->plan);
	expr_set_free(a->set);
	free(a->text);
}

static int64_t
instant(const char *text)
{
	int64_t t;

	if (!when_parse(text, strlen(text), &t))
		fail_msg("%s", text);
	return t;
}

#define NOW "2026-11-11T02:00:00Z"

static const struct {
	const char *expr, *value;
} values[] = {
    {"1", "1"},
    {"129.50", "129.5"},
    {"-3", "-3"},
    {"1e3", "1000"},
    {"'a\\d'", "\"a\\\\d\""},
    {"\"it's\"", "\"it's\""},
    {"'it\\'s'", "\"it's\""},
    {"true", "true"},
    {"null", "null"},
    {"36h", "\"1d12h\""},
    {"2w", "\"14d\""},
    {"18mo", "\"1y6mo\""},
    {"@2026-11-11", "\"2026-11-10T16:00:00.000Z\""},
    {"@2026-11-11T10:00:00+08:00", "\"2026-11-11T02:00:00.000Z\""},
    {"now", "\"2026-11-11T02:00:00.000Z\""},
    {"now - 1mo", "\"2026-10-11T02:00:00.000Z\""},
    /* paths */
    {"traits.city", "\"上海\""},
    {"traits.age", "31"},
    {"traits.`odd name`.x", "\"a\\\"bé\""},
    {"traits.missing", "null"},
    {"ids.phone[1]", "\"+8613900000000\""},
    {"tags.vip", "\"gold\""},
    {"tags.vip.from", "null"},
    {"score.s1.points", "86"},
    {"rfm.m", "1299.50"},
    {"rfm.m + 0", "1299.5"},
    {"profile.rfm.r", "3"},
    {"segments", "[\"a\",\"b\"]"},
    /* operators */
    {"1 + 2 * 3", "7"},
    {"(1 + 2) * 3", "9"},
    {"7 % 3", "1"},
    {"-7 % 3", "-1"},
    {"7.5 % 2", "1.5"},
    {"1 / 4", "0.25"},
    {"1 / 0", "null"},
    {"0.1 + 0.2", "0.3"},
    {"19.99 * 3", "59.97"},
    {"1 / 3 > 0.333 and 1 / 3 < 0.334", "true"},
    {"1 + null", "null"},
    {"null = null", "true"},
    {"null != 1", "true"},
    {"1 != 1.0", "false"},
    {"'1' = 1", "false"},
    {"'a' < 'b'", "true"},
    {"'a' < 1", "false"},
    {"not 'a' < 1", "true"},
    {"null < 1", "false"},
    {"true < false", "false"},
    {"traits.missing = null", "true"},
    {"traits.none is missing", "true"},
    {"traits.city is not missing", "true"},
    {"traits.missing != '北京'", "true"},
    {"2 in (1, 2)", "true"},
    {"3 not in (1, 2)", "true"},
    {"null in (1, null)", "true"},
    {"2 between 2 and 3", "true"},
    {"4 between 2 and 3", "false"},
    {"traits.missing not between 2 and 3", "true"},
    {"traits.city ~ '^上.$'", "true"},
    {"traits.city !~ '海'", "false"},
    {"traits.age ~ '3'", "false"},
    {"traits.age !~ '3'", "true"},
    {"'abc' contains 'b'", "true"},
    {"'abc' starts with 'ab'", "true"},
    {"'abc' ends with 'bc'", "true"},
    {"'abc' not ends with 'b'", "true"},
    {"ids.phone has '+8613900000000'", "true"},
    {"segments has 'c'", "false"},
    {"traits has 'age'", "true"},
    {"in segment 'a'", "true"},
    {"not in segment 'a'", "false"},
    {"has tag 'vip'", "true"},
    {"has tag 'none'", "false"},
    /* truth */
    {"not traits.vip", "true"},
    {"not traits.name", "true"},
    {"not traits.empty", "true"},
    {"not traits.none", "true"},
    {"not traits.city", "false"},
    {"tags.off or false", "false"},
    {"traits.city and traits.age", "true"},
    {"true or false and false", "true"},
    {"not true or true", "true"},
    /* times */
    {"first_seen < @2026-10-02", "true"},
    {"first_seen = @2026-10-01T08:00:00+08:00", "true"},
    {"now - first_seen > 41d", "true"},
    {"now - first_seen > 42d", "false"},
    {"now - first_seen", "\"41d2h\""},
    {"first_seen + 7d > now", "false"},
    {"traits.born < @1990-05-02", "true"},
    {"days_between(now, first_seen)", "41"},
    {"days_between(first_seen, now)", "41"},
    {"calendar_days_between(@2026-11-10T23:59:59+08:00, now)", "1"},
    {"year(now)", "2026"},
    {"month(now)", "11"},
    {"day(now)", "11"},
    {"hour(now)", "10"},
    {"weekday(now)", "3"},
    {"date(now)", "\"2026-11-11\""},
    {"date(first_seen)", "\"2026-10-01\""},
    {"observed_for 41d", "true"},
    {"observed_for 42d", "false"},
    /* functions */
    {"number('12.50')", "12.5"},
    {"number(' 7 ')", "7"},
    {"number('1,000')", "null"},
    {"number('')", "null"},
    {"text(1.50)", "\"1.5\""},
    {"text(true)", "\"true\""},
    {"lower('ABC上')", "\"abc上\""},
    {"upper('abc')", "\"ABC\""},
    {"length('上海x')", "3"},
    {"length(ids.phone)", "2"},
    {"length(traits)", "10"},
    {"abs(-2.5)", "2.5"},
    {"abs(-3d)", "\"3d\""},
    {"round(2.5)", "3"},
    {"round(-2.5)", "-3"},
    {"round(2.345, 2)", "2.35"},
    {"round(1250, -2)", "1300"},
    {"round(-1249.99, -2)", "-1200"},
    {"round(49, -2)", "0"},
    {"round(5e17, -18)", "1000000000000000000"},
    {"floor(-1.5)", "-2"},
    {"ceil(1.2)", "2"},
    {"floor(3)", "3"},
    {"coalesce(traits.missing, traits.none, 5)", "5"},
    {"if(traits.age > 30, 'old', 'young')", "\"old\""},
    {"least(3, 1, null)", "1"},
    {"greatest(3, 1)", "3"},
    {"trim('  a ')", "\"a\""},
    {"digits('+86 138-0013 8000')", "\"8613800138000\""},
    {"digits('none')", "null"},
    {"sha256('')", "null"},
    {"sha256('abc')", "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410"
		      "ff61f20015ad\""},
    {"round(distance(0, 0, 0, 180) / 1000, 2)", "20015.11"},
    {"distance(traits.lat, traits.lon, 31.2304, 121.4737) < 1", "true"},
    {"distance(91, 0, 0, 0)", "null"},
    /* history: what is later than now is not there */
    {"count()", "5"},
    {"count(event = 'Order Completed')", "3"},
    {"exists(event = 'Refund')", "false"},
    {"count(event = 'Order Completed' and properties.amount > 1)", "2"},
    {"count(event in ('Follow', 'Order Completed'))", "4"},
    {"count(event = 'Follow' or event = 'Product Viewed')", "2"},
    {"count(event != 'Follow')", "4"},
    {"sum(properties.amount where event = 'Order Completed')", "120"},
    {"sum(properties.amount)", "120"},
    {"avg(properties.amount)", "40"},
    {"min(properties.amount)", "0.01"},
    {"max(properties.amount)", "100"},
    {"first(properties.sku)", "\"A\""},
    {"last(properties.sku)", "\"A\""},
    {"distinct(properties.sku)", "2"},
    {"distinct(event)", "3"},
    {"sum(properties.nothing)", "0"},
    {"avg(properties.nothing)", "null"},
    {"last(event where properties.amount < 1)", "\"Order Completed\""},
    {"count(properties.amount > profile.rfm.r)", "2"},
    {"max(timestamp)", "\"2026-11-01T00:00:00.000Z\""},
    {"now - last(timestamp) > 10d", "true"},
    {"now - last(timestamp) > 11d", "false"},
    {"36h / 2 = 18h", "true"},
    {"3d - 1d = 2d", "true"},
    {"3d + 12h > 3d", "true"},
    {"abs(1d - 3d) = 2d", "true"},
    {"-3d < 0s", "true"},
    {"1d + now > now", "true"},
    /* quotients that do not end, and what is too large */
    {"7 % 0", "null"},
    {"7.5 % 2", "1.5"},
    {"10 / 4", "2.5"},
    {"floor(10 / 3)", "3"},
    {"ceil(10 / 3)", "4"},
    {"round(10 / 3, 2)", "3.33"},
    {"round(sum(properties.amount / 3), 6)", "40"},
    {"1e300 * 1e300", "null"},
    /* numbers come before texts */
    {"min(if(event = 'Follow', 'x', 3))", "3"},
    {"max(if(event = 'Follow', 'x', 3))", "\"x\""},
    /* months among themselves; what goes both ways has no order */
    {"3mo > 1mo", "true"},
    {"1y = 12mo", "true"},
    {"1y > 11mo", "true"},
    {"1mo - 1d < 2mo - 2d", "false"},
    {"1mo - 1d >= 2mo - 2d", "false"},
    {"1mo - 1d != 2mo - 2d", "true"},
    /* windows */
    {"count(event = 'Order Completed') last 30d", "2"},
    {"count(event = 'Order Completed') last 31d", "2"},
    {"count(event = 'Order Completed') last 32d", "3"},
    {"count() last 10d2h", "1"},
    {"count() last 1mo", "3"},
    {"count() last 11 calendar days", "2"},
    {"count() last 10 calendar days", "0"},
    {"count() last 1 calendar month", "2"},
    {"count() last 2 calendar months", "5"},
    {"count() last 2 calendar weeks", "0"},
    {"count() last 3 calendar weeks", "2"},
    {"count() last 1 calendar year", "5"},
    {"sum(properties.amount) since @2026-11-01", "100.01"},
    {"sum(properties.amount) before @2026-11-01", "19.99"},
    {"count() between @2026-10-11T00:00:00Z and @2026-11-01T00:00:00Z", "3"},
    {"count() since now - 30d", "3"},
    {"count() since first(timestamp where event = 'Product Viewed')", "3"},
    {"count() since last(timestamp where event = 'None')", "0"},
    {"count() > 4 and sum(properties.amount) last 30d = 100.01", "true"},
    {"count() between 4 and 6", "true"},
    /* arrays */
    {"exists(any(properties.products: category = 'X'))", "true"},
    {"sum(sum(properties.products: price * quantity))", "19.99"},
    {"count(all(properties.products: price > 5))", "4"},
    {"max(count(properties.products: price > 1))", "2"},
    {"any(segments: item = 'a')", "true"},
    {"count(segments: item starts with 'a')", "1"},
    {"count(event = 'Order Completed' and any(properties.products: "
     "price * 2 < outer.properties.amount))",
	"1"},
    {"max(max(properties.products: price where category = 'X'))", "5"},
    /* phrases */
    {"first time (event = 'Product Viewed') last 30d", "true"},
    {"first time (event = 'Order Completed') last 30d", "false"},
    {"stopped(event = 'Product Viewed') for 20d", "true"},
    {"stopped(event = 'Order Completed') for 20d", "false"},
    {"stopped(event = 'Refund') for 20d", "false"},
    {"resumed(event = 'Order Completed') after 20d", "true"},
    {"resumed(event = 'Order Completed') after 21d", "false"},
    {"resumed(event = 'Order Completed') after 20d last 11d", "true"},
    {"resumed(event = 'Order Completed') after 20d last 10d", "false"},
    /* sequences */
    {"sequence(event = 'Follow', event = 'Order Completed')", "true"},
    {"sequence(event = 'Follow', event = 'Order Completed' within 10d)",
	"true"},
    {"sequence(event = 'Follow', event = 'Order Completed' within 9d)",
	"false"},
    {"sequence(event = 'Order Completed', event = 'Follow')", "false"},
    {"sequence(event = 'Product Viewed', event = 'Order Completed' and "
     "properties.sku = step1.properties.sku)",
	"true"},
    {"sequence(event = 'Product Viewed', event = 'Order Completed' and "
     "properties.sku = step1.properties.sku within 11d)",
	"false"},
    {"sequence(event = 'Product Viewed', without event = 'Order Completed' "
     "within 11d)",
	"true"},
    {"sequence(event = 'Product Viewed', without event = 'Order Completed' "
     "within 12d)",
	"false"},
    {"sequence(event = 'Product Viewed', without event = 'None' within "
     "21d14h)",
	"true"},
    {"sequence(event = 'Product Viewed', without event = 'None' within "
     "21d14h1s)",
	"false"},
    {"sequence(event = 'Order Completed', event = 'Order Completed', event "
     "= 'Order Completed')",
	"true"},
    {"sequence(event = 'Order Completed', event = 'Order Completed' within "
     "1d) last 30d",
	"true"},
    {"sequence(event = 'Order Completed', event = 'Order Completed' within "
     "1d) last 10d3h",
	"false"},
};

static void
has_its_value(void **state)
{
	int64_t now = instant(NOW);
	struct buf b = {0};
	struct asked a;
	size_t i;

	(void)state;
	for (i = 0; i < ROWS(values); i++) {
		ask(&a, values[i].expr, PROFILE);
		b.len = 0;
		expr_json(expr_eval(a.run, a.id, now, NULL), &b);
		buf_byte(&b, '\0');
		if (strcmp(b.p, values[i].value) != 0)
			fail_msg("%s is %s, not %s", values[i].expr, b.p,
			    values[i].value);
		answered(&a);
	}
	buf_free(&b);
}

static const struct {
	const char *expr, *t, *next;
} clocks[] = {
    {"count(event = 'Order Completed') last 30d", NOW,
	"2026-11-30T16:00:00.001Z"},
    {"exists(event = 'Order Completed') last 30d", NOW,
	"2026-12-01T00:00:00.001Z"},
    {"count(event = 'Order Completed') last 30 calendar days", NOW,
	"2026-11-30T16:00:00Z"},
    {"count(event = 'Order Completed')", NOW, NULL},
    {"now > @2026-12-01T00:00:00Z", NOW, "2026-12-01T00:00:00.001Z"},
    {"now >= @2026-12-01T00:00:00Z", NOW, "2026-12-01T00:00:00Z"},
    {"now < @2026-12-01T00:00:00Z", NOW, "2026-12-01T00:00:00Z"},
    {"now > @2026-11-01T00:00:00Z", NOW, NULL},
    {"now - last(timestamp) > 30d", NOW, "2026-12-01T00:00:00.001Z"},
    {"now - last(timestamp) >= 30d", NOW, "2026-12-01T00:00:00Z"},
    {"days_between(now, last(timestamp)) >= 30", NOW, "2026-11-12T00:00:00Z"},
    {"hour(now) >= 12", NOW, "2026-11-11T03:00:00Z"},
    {"date(now)", NOW, "2026-11-11T16:00:00Z"},
    {"observed_for 42d", NOW, "2026-11-12T00:00:00Z"},
    {"observed_for 41d", NOW, NULL},
    {"now > @2026-12-01T00:00:00Z or traits.age > 3", NOW, NULL},
    {"now > @2026-12-01T00:00:00Z and traits.age < 3", NOW,
	"2026-12-01T00:00:00.001Z"},
    {"traits.age < 3 and now > @2026-12-01T00:00:00Z", NOW, NULL},
    {"count() since now - 30d", NOW, "2026-11-19T12:00:00.001Z"},
    {"count() between now - 40d and now - 20d", NOW,
	"2026-11-20T00:00:00.001Z"},
    {"count() before now - 20d", NOW, "2026-11-20T16:00:00.001Z"},
    {"count(timestamp > now - 30d)", NOW, "2026-11-19T12:00:00Z"},
    {"sequence(event = 'Product Viewed', without event = 'None' within 30d)",
	NOW, "2026-11-19T12:00:00Z"},
    {"stopped(event = 'Product Viewed') for 30d", NOW,
	"2026-11-19T12:00:00.001Z"},
};

static void
tells_when_it_changes(void **state)
{
	char text[WHEN_TEXT + 1] = "";
	struct asked a;
	int64_t next;
	size_t i;

	(void)state;
	for (i = 0; i < ROWS(clocks); i++) {
		ask(&a, clocks[i].expr, PROFILE);
		expr_eval(a.run, a.id, instant(clocks[i].t), &next);
		if (next == WHEN_NEVER)
			strcpy(text, "never");
		else
			when_text(next, text);
		if (next !=
		    (clocks[i].next ? instant(clocks[i].next) : WHEN_NEVER))
			fail_msg("%s changes at %s", clocks[i].expr, text);
		answered(&a);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(has_its_value),
	    cmocka_unit_test(tells_when_it_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
