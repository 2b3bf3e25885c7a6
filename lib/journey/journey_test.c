#include <stdlib.h>

#include "../test.h"
#include "simulate.h"

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
	    cmocka_unit_test(intervals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
