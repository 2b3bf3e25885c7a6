#include <stdlib.h>
#include <string.h>

#include "../test.h"
#include "expr.h"

static struct expr_set *
shanghai(void)
{
	struct expr_settings s = {.zone = zone_find("Asia/Shanghai", 13)};

	return expr_set_new(&s);
}

/* ---- mistakes: the column, and words of the message ---- */

static const struct {
	const char *expr;
	size_t col;
	const char *why;
} mistakes[] = {
    {"", 1, "an expression expected"},
    {"1 +", 4, "a value, a path or a function expected, found the end"},
    {"cuont(event = 'a')", 1, "did you mean count?"},
    {"trait.city = 'x'", 1, "did you mean traits?"},
    {"count(propertys.x = 1)", 7, "did you mean properties?"},
    {"event = 'a'", 1, "belongs to events"},
    {"count(tags.vip)", 7, "profile.tags"},
    {"events", 1, "through aggregates"},
    {"rfm.r and true", 1, "compare it"},
    {"not count(event = 'a')", 5, "never false"},
    {"1 < 2 < 3", 7, "do not chain"},
    {"a = 'x", 5, "no closing '"},
    {"sum(amount)", 5, "expected properties.NAME"},
    {"30q > 1d", 1, "duration"},
    {"traits.x == 1", 10, "'==' is written ="},
    {"true && true", 6, "'&&' is written and"},
    {"traits.x = \xe2\x80\x9cx\xe2\x80\x9d", 12, "wide form"},
    {"traits.x \xef\xbc\x9d 1", 10, "wide form"},
    {"traits.\xff", 8, "UTF-8"},
    {"traits.x ~ '('", 14, "in the pattern"},
    {"traits.x ~ traits.y", 12, "a pattern in quotes"},
    {"@2026-13-01 < now", 1, "no time"},
    {"traits.x in file 'no-such-file'", 18, "cannot read"},
    {"traits.x in 'a'", 13, "a list"},
    {"count(event = 'a') last week", 25, "duration such as"},
    {"count(event = 'a') last 3 days", 27, "'calendar' expected"},
    {"first time (event = 'a')", 25, "window"},
    {"stopped (event = 'a') last 3d", 23, "'for' expected"},
    {"sequence(event = 'a')", 1, "two steps"},
    {"sequence(step1.event = 'a', event = 'b')", 10, "earlier step"},
    {"any(event = 'a')", 1, "exists(...)"},
    {"count(event = 'a' where true)", 19, "without 'where'"},
    {"sequence(event = 'a', without event = 'b')", 42, "'within' and"},
    {"sequence(event = 'a', without event = 'b' within 2d, true)", 54,
	"the last step"},
    {"resumed(event = 'a')", 21, "'after' expected"},
    {"observed_for 7", 14, "an operator"},
    {"has tag vip", 9, "a name in quotes"},
    {"hash_bucket('a')", 1, "at least 2 arguments"},
    {"traits.x in (1, 2", 18, "')' expected"},
    {"now - first_seen > 3mo", 20, "months and years differ"},
    {"(now - first_seen) / 1d", 1, "days_between"},
    {"1d + 'a' * 2", 6, "no such arithmetic"},
    {"round()", 1, "at least 1 argument"},
    {"round(1, 2, 3)", 13, "round takes at most 2 arguments"},
    {"traits.x is", 12, "'missing'"},
    {"round(1, 1.5) = 1", 10, "a whole number of places"},
    {"hash_bucket('a', 0) = 1", 18, "a whole number of buckets expected, from"},
    {"hash_bucket(5, 10) = 1", 13, "takes a text, not a number"},
    {"date(5) = 'x'", 6, "date takes a text or a time, not a number"},
    {"traits.a = 1e400", 12, "'1e400' is greater than any number"},
    {"count() between first_seen and now", 17, "written since T before T"},
    {"traits.x starts 'a'", 17, "expected after starts, found 'a'"},
    {"traits.x contians 'a'", 10, "found 'contians'; did you mean contains?"},
    {"(traits.x = 1 adn true)", 15, "found 'adn'; did you mean and?"},
    {"count() lst 30d > 1", 9, "did you mean last?"},
    {"count(true) within 3d > 1", 13, "the end expected, found 'within'"},
    {"traits.x 5", 10, "an operator or the end"},
    {"traits[x]", 8, "whole number"},
    {"tags.2nd", 6, "backquotes"},
    {"007", 1, "does not begin with 0"},
};

static void
names_the_column(void **state)
{
	const char *why;
	size_t i, col;

	(void)state;
	for (i = 0; i < ROWS(mistakes); i++) {
		struct expr_set *set = shanghai();
		int id = expr_try(set, EXPR_PROFILE, mistakes[i].expr,
		    strlen(mistakes[i].expr), &col, &why);

		if (id >= 0)
			fail_msg("%s is accepted", mistakes[i].expr);
		if (col != mistakes[i].col ||
		    strstr(why, mistakes[i].why) == NULL)
			fail_msg("%s: %zu: %s", mistakes[i].expr, col, why);
		expr_set_free(set);
	}
}

static void
wants_a_zone(void **state)
{
	static const char *const calendar[] = {"hour(now) > 3",
	    "@2026-11-11 < now", "count() last 3 calendar days",
	    "date(now) = 'x'"};
	struct expr_settings none = {.zone = NULL};
	const char *why;
	size_t i, col;

	(void)state;
	for (i = 0; i < ROWS(calendar); i++) {
		struct expr_set *set = expr_set_new(&none);

		assert_int_equal(expr_try(set, EXPR_PROFILE, calendar[i],
				     strlen(calendar[i]), &col, &why),
		    -1);
		assert_non_null(strstr(why, "needs a time zone"));
		expr_set_free(set);
	}
}

/* ---- sentences ---- */

static const struct {
	const char *expr, *says;
} sentences[] = {
    {"rfm.r >= 4 and count(event = \"Order Completed\") last 30d >= 2 and not "
     "tags.unsubscribed",
	"True when rfm.r is at least 4, and the count of \"Order Completed\" "
	"in the last 30 days is at least 2, and tags.unsubscribed is not "
	"set."},
    {"not exists(event = 'A' and properties.n > 3) last 7 calendar days",
	"True when there is no \"A\" where properties.n is more than 3 in the "
	"last 7 calendar days, this one included."},
    {"first_seen < now - 3mo",
	"True when first_seen is before now - 3 months."},
    {"stopped(event in ('A', 'B')) for 48h",
	"True when there was \"A\" or \"B\" but none in the last 2 days."},
    {"sequence(event = 'A', event = 'B' within 36h, without event = 'C' "
     "within 1h)",
	"True when \"A\", then \"B\" within 1 day 12 hours, and then no \"C\" "
	"within 1 hour."},
    {"sum(properties.amount where event = 'A') since @2026-11-01",
	"The value: the sum of properties.amount of \"A\" since 2026-11-01."},
    {"any(segments: item = 'a')",
	"True when any of segments satisfies: item is \"a\"."},
    {"observed_for 7d",
	"True when the customer has been known for at least 7 days."},
    {"traits.city", "The value of traits.city."},
};

static void
says_it_in_english(void **state)
{
	struct place at = {.file = "t", .line = 1, .col = 1};
	struct buf b = {0};
	size_t i;

	(void)state;
	for (i = 0; i < ROWS(sentences); i++) {
		struct expr_set *set = shanghai();
		int id = expr_add(set, EXPR_PROFILE, sentences[i].expr,
		    strlen(sentences[i].expr), &at);

		b.len = 0;
		expr_say(set, id, &b);
		buf_byte(&b, '\0');
		assert_string_equal(b.p, sentences[i].says);
		expr_set_free(set);
	}
	buf_free(&b);
}

/* ---- remarks ---- */

static const struct {
	const char *expr, *remarks; /* "col: remark\n" each */
} checks[] = {
    {"profile_id = 'x'", ""},
    {"count(event = 'A') >= 2", ""},
    {"exists(event != 'A')", "8: event != 'A': true for every event without "
			     "a name, such as a page view\n"},
    {"last_seen < 30d",
	"1: last_seen < 30d: can never be true, since a text is compared with "
	"a duration; the time since is now - last_seen\n"},
    {"now - last_seen < 30d", ""},
    {"not traits.off and tags.vip",
	"5: traits.off: true for every number, even 0, and every text but the "
	"empty one, even 'false'\n"},
    {"count(properties.coupon) > 1",
	"7: properties.coupon: true for every number, even 0, and every text "
	"but the empty one, even 'false'\n"},
    {"traits.x not in ('a', 'b')", "1: traits.x not in ('a', 'b'): true where "
				   "traits.x is missing or not a text\n"},
    {"traits.x !~ 'a'", "1: traits.x !~ 'a': true where traits.x is missing or "
			"not a text\n"},
    {"not traits.x in ('a', 'b')", "5: traits.x in ('a', 'b'): false where "
				   "traits.x is missing or not a text\n"},
    {"lower(traits.x) = 'a'", "7: lower(traits.x) = 'a': false where traits.x "
			      "is missing or not a text\n"},
    {"traits.x + 1 > 3", "1: traits.x + 1 > 3: false where traits.x is "
			 "missing or not a number\n"},
    {"date(traits.x) = 'a'", "6: date(traits.x) = 'a': false where traits.x "
			     "is missing or not a time\n"},
    {"traits.x between 1 and 3", "1: traits.x between 1 and 3: false where "
				 "traits.x is missing or not a number\n"},
    {"traits.x > traits.y",
	"1: traits.x > traits.y: false where traits.x is missing or of another "
	"type\n"
	"12: traits.x > traits.y: false where traits.y is missing or of "
	"another type\n"},
    {"coalesce(traits.x, 5) > 1", ""},
    {"coalesce(traits.x, traits.y) > 1",
	"1: coalesce(traits.x, traits.y) > 1: false where coalesce(traits.x, "
	"traits.y) is missing or not a number\n"},
    {"rfm.r between '1' and '3'",
	"1: rfm.r between '1' and '3': can never be true, since a number is "
	"not between a text and a text\n"},
    {"10 / count() > 3", "1: 10 / count() > 3: false where 10 / count() is "
			 "missing\n"},
    {"number(profile_id) > 3", "1: number(profile_id) > 3: false where "
			       "number(profile_id) is missing\n"},
    {"traits.age > 30", "1: traits.age > 30: false where traits.age is "
			"missing or not a number\n"},
    {"traits.age != 30", "1: traits.age != 30: true where traits.age is "
			 "missing or not a number\n"},
    {"ids.phone = '1'", "1: ids.phone = '1': can never be true, since an "
			"array is no text; write has instead\n"},
    {"rfm.r = '3'", "1: rfm.r = '3': can never be true, since a number is "
		    "compared with a text\n"},
    {"hash_bucket('s', 10) >= 10",
	"1: hash_bucket('s', 10) >= 10: can never be true\n"},
    {"length(profile_id) > 3 and length(profile_id) < 2",
	"1: can never be true: length(profile_id) > 3 excludes what follows "
	"it\n"},
    {"count() < 0", "1: count() < 0: can never be true\n"},
    {"count() between 5 and 3", "1: count() between 5 and 3: can never be "
				"true, since the lower bound is above the "
				"upper\n"},
    {"sum(properties.amount) > 3",
	"5: values of properties.amount that are not numbers are left out; "
	"number(...) reads texts\n"},
    {"profile_id ~ 'x' and rfm.m ~ '5'",
	"22: rfm.m ~ '5': can never be true, since a number is no text\n"},
    {"exists(`Order`)",
	"8: `Order`: true for every number, even 0, and every text but the "
	"empty one, even 'false'\n"
	"8: `Order`: event lines of cdp have no such member; "
	"a text is written in quotes\n"},
};

static void
note_remark(void *arg, size_t col, const char *remark)
{
	buf_addf(arg, "%zu: %s\n", col, remark);
}

static void
names_what_is_silent(void **state)
{
	struct place at = {.file = "t", .line = 1, .col = 1};
	struct buf b = {0};
	size_t i;

	(void)state;
	for (i = 0; i < ROWS(checks); i++) {
		struct expr_set *set = shanghai();
		int id = expr_add(set, EXPR_PROFILE, checks[i].expr,
		    strlen(checks[i].expr), &at);

		b.len = 0;
		expr_check(set, id, note_remark, &b);
		buf_byte(&b, '\0');
		if (strcmp(b.p, checks[i].remarks) != 0)
			fail_msg("%s:\n%s", checks[i].expr, b.p);
		expr_set_free(set);
	}
	buf_free(&b);
}

/* ---- lists of expressions, rows, names ---- */

static void
reads_parts_and_rows(void **state)
{
	static const char list[] = "traits.a + 1 as A, b";
	struct place at = {.file = "t", .line = 1, .col = 1};
	struct expr_set *set = shanghai();
	const char *const *names;
	size_t used, n;
	const char *p;
	static const char two[] =
	    "count(event = 'A' or event in ('B', 'A')) > 1 and traits.x";
	static const char row[] = "`order no` != '' and 状态 = 'x' and a.b";
	int id;

	(void)state;
	expr_add_part(set, EXPR_PROFILE, list, strlen(list), &at, &used);
	assert_int_equal(used, 13);
	id = expr_add(set, EXPR_PROFILE, two, strlen(two), &at);
	names = expr_event_names(set, id);
	assert_string_equal(names[0], "A");
	assert_string_equal(names[1], "B");
	assert_null(names[2]);
	assert_int_equal(expr_parts(set, id), 2);
	p = expr_part_text(set, id, 1, &n);
	assert_int_equal(n, 8);
	assert_memory_equal(p, "traits.x", 8);
	assert_true(expr_reads_profile(set, id));
	assert_true(expr_reads(set, id, "traits"));
	expr_condition(set, id, &at);
	id = expr_add(set, EXPR_PROFILE, "count(event = 'A')", 18, &at);
	assert_false(expr_reads_profile(set, id));
	assert_false(expr_reads(set, id, "traits"));
	expr_set_free(set);
	set = shanghai();
	expr_add(set, EXPR_ROW, row, strlen(row), &at);
	assert_string_equal(expr_row_path(set, 0), "order no");
	assert_string_equal(expr_row_path(set, 1), "状态");
	assert_string_equal(expr_row_path(set, 2), "a.b");
	assert_null(expr_row_path(set, 3));
	expr_set_free(set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_the_column),
	    cmocka_unit_test(wants_a_zone),
	    cmocka_unit_test(says_it_in_english),
	    cmocka_unit_test(names_what_is_silent),
	    cmocka_unit_test(reads_parts_and_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
