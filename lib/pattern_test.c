#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pattern.h"
#include "test.h"

static struct pattern *
compile(const char *text, bool ignore_case)
{
	size_t at;
	const char *why;
	struct pattern *p =
	    pattern_compile(text, strlen(text), ignore_case, &at, &why);

	assert_non_null(p);
	return p;
}

static const struct {
	const char *pattern, *subject;
	bool ignore_case;
	enum pattern_verdict want;
} cases[] = {
    {"^138", "13800000000", false, PATTERN_YES},
    {"^138", "+13800000000", false, PATTERN_NO},
    {"", "", false, PATTERN_YES},
    {"^.$", "面", false, PATTERN_YES},
    {"面霜|精华", "玫瑰精华液", false, PATTERN_YES},
    {"vip", "VIP", false, PATTERN_NO},
    {"vip", "VIP", true, PATTERN_YES},
    {"^\\p{Han}+$", "上海", false, PATTERN_YES},
};

static void
matches(void **state)
{
	struct pattern_run *r = pattern_run_new();
	struct pattern *p;
	size_t i;

	(void)state;
	for (i = 0; i < ROWS(cases); i++) {
		p = compile(cases[i].pattern, cases[i].ignore_case);
		assert_int_equal(pattern_match(p, r, cases[i].subject,
				     strlen(cases[i].subject)),
		    cases[i].want);
		pattern_free(p);
	}
	pattern_run_free(r);
}

static void
groups(void **state)
{
	struct pattern_run *r = pattern_run_new();
	struct pattern *p = compile("(x)?(?<b>y+)", false);
	size_t from, to;

	(void)state;
	assert_int_equal(pattern_match(p, r, "zyyy", 4), PATTERN_YES);
	assert_false(pattern_group(r, 1, &from, &to));
	assert_true(pattern_group(r, 2, &from, &to));
	assert_int_equal(from, 1);
	assert_int_equal(to, 4);
	assert_false(pattern_group(r, 3, &from, &to));
	pattern_free(p);
	pattern_run_free(r);
}

/* Known catastrophic patterns on 2,000 bytes: a verdict within milliseconds,
 * and never a wrong "no". */
static void
limits(void **state)
{
	static const char *const bad[] = {"^(a+)+$", "^(a|aa)+$", "^(a|a)*$",
	    "^([a-zA-Z]+)*$", "(x+x+)+y", "^(.*?,){11}P"};
	struct pattern_run *r = pattern_run_new();
	struct pattern *p;
	char subject[2001];
	clock_t start = clock();
	size_t i;

	(void)state;
	memset(subject, 'a', sizeof subject);
	subject[2000] = '!';
	for (i = 0; i < ROWS(bad); i++) {
		p = compile(bad[i], false);
		assert_int_not_equal(
		    pattern_match(p, r, subject, sizeof subject), PATTERN_YES);
		pattern_free(p);
	}
	p = compile(bad[0], false);
	assert_int_equal(
	    pattern_match(p, r, subject, sizeof subject), PATTERN_LIMIT);
	pattern_free(p);
	assert_true(clock() - start < CLOCKS_PER_SEC);
	pattern_run_free(r);
}

static void
faults(void **state)
{
	static const struct {
		const char *text;
		size_t at;
	} bad[] = {{"a(b", 3}, {"[z", 2}, {"a**b(", 2}, {"\\C", 2}};
	const char *why;
	size_t i, at;

	(void)state;
	for (i = 0; i < ROWS(bad); i++) {
		assert_null(pattern_compile(
		    bad[i].text, strlen(bad[i].text), false, &at, &why));
		assert_int_equal(at, bad[i].at);
		assert_true(strlen(why) > 5);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(matches),
	    cmocka_unit_test(groups),
	    cmocka_unit_test(limits),
	    cmocka_unit_test(faults),
	};

	return cmocka_run_group_tests_name("pattern", tests, NULL, NULL);
}
