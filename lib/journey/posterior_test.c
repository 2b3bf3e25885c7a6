#include <math.h>
#include <stdlib.h>

#include "../draw.h"
#include "../test.h"
#include "posterior.h"

#define DRAWS 20000

/*
 * Without a limit mu is mean + sqrt(var / (k - 1)) t(k - 1), and sigma
 * sqrt(k var / chi2(k - 1)); quantiles 0.025, 0.5, 0.975 from tables of t and
 * chi-square with 4 and 24 degrees (t 2.776, 2.064; chi-square 0.484, 3.357,
 * 11.143; 12.401, 23.337, 39.364).  The last: of a million normal numbers up to
 * 1 the mean is -phi(1) / Phi(1), the variance 1 + mean - mean^2, and mu 0 and
 * sigma 1 are found again.
 */
static const struct {
	struct delay_fit f;
	double mu[3], sigma[3], within;
} rows[] = {
    {{5, 10, 0.25, INFINITY}, {9.306, 10, 10.694}, {0.335, 0.6103, 1.606},
	0.03},
    {{25, 3, 1, 1000}, {2.5787, 3, 3.4213}, {0.7969, 1.0350, 1.4198}, 0.015},
    {{1000000, -0.287600, 0.629686, 1}, {0, 0, 0}, {1, 1, 1}, 0.015},
};

static int
by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void
near(double *draws, const double wanted[3], double within)
{
	static const double share[3] = {0.025, 0.5, 0.975};
	double d;
	int i;

	qsort(draws, DRAWS, sizeof *draws, by_size);
	for (i = 0; i < 3; i++) {
		d = draws[(int)(share[i] * DRAWS)] - wanted[i];
		if (!(fabs(d) < within * (i == 2 ? 2 : 1)))
			fail_msg("quantile %g: %g off", share[i], d);
	}
}

static void
delays(void **state)
{
	static double mu[DRAWS], sigma[DRAWS];
	struct delay_posterior *p;
	size_t i, k;

	(void)state;
	for (i = 0; i < ROWS(rows); i++) {
		p = delay_posterior_new(&rows[i].f);
		for (k = 0; k < DRAWS; k++)
			delay_posterior_draw(
			    p, draw_next(7, k), &mu[k], &sigma[k]);
		near(mu, rows[i].mu, rows[i].within);
		near(sigma, rows[i].sigma, rows[i].within);
		free(p);
	}
}

/* Delays that all but fill the time in which they were looked for: the median
 * is not sought beyond it. */
static void
far(void **state)
{
	static const struct delay_fit f = {3, 9.9, 0.01, 10};
	struct delay_posterior *p = delay_posterior_new(&f);
	double mu, sigma;
	uint64_t k;

	(void)state;
	for (k = 0; k < DRAWS; k++) {
		delay_posterior_draw(p, draw_next(8, k), &mu, &sigma);
		assert_true(mu <= 10 && sigma > 0 && sigma <= 10);
		assert_true(delay_sooner(&f, mu, sigma) >= 0.5);
	}
	free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(delays),
	    cmocka_unit_test(far),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
