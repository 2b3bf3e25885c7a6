#include <stdlib.h>

#include "../test.h"
#include "simulate.h"
#include "world.h"

static const struct {
	const char *text, *member;
	bool reads;
} reads[] = {
    {"traits.lang = 'zh'", "traits", true},
    {"profile.traits.lang = 'zh'", "traits", true},
    {"properties.traits.lang = 'zh'", "traits", false},
    {"city = 'traits'", "traits", false},
    {"`traits`.x", "traits", false},
    {"count(event = 'X') > 1 and not tags.vip", "tags", true},
    {"mytags.vip or tags_x", "tags", false},
    {"tags", "tags", true},
    {"\"it's tags\"", "tags", false},
    {"'unclosed tags", "tags", false},
    {"exists(x) or score.a.points >= 3", "score", true},
};

static void
members(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ROWS(reads); i++)
		assert_int_equal(world_reads(reads[i].text, reads[i].member),
		    reads[i].reads);
}

/* Order statistics of 1 ... n: k = floor((n + 1) / 40), at least 1. */
static const struct {
	size_t n;
	double mean, low, high, level;
} figures[] = {
    {1, 1, 1, 1, 0},
    {39, 20, 1, 39, 0.95},
    {199, 100, 5, 195, 0.95},
    {100, 50.5, 2, 99, 97.0 / 101},
};

static void
intervals(void **state)
{
	uint64_t v[200];
	struct figure g;
	size_t i, k;

	(void)state;
	for (i = 0; i < ROWS(figures); i++) {
		for (k = 0; k < figures[i].n; k++)
			v[k] = figures[i].n - k;
		g = forecast_figure(v, figures[i].n);
		assert_true(g.mean == figures[i].mean);
		assert_true(g.low == figures[i].low);
		assert_true(g.high == figures[i].high);
		assert_true(g.level > figures[i].level - 1e-12 &&
			    g.level < figures[i].level + 1e-12);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(members),
	    cmocka_unit_test(intervals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
