#include <math.h>

#include "interval.h"
#include "test.h"

/* Wilson 1927; the figures of mission rows J4 and J9. */
static void
wilson_intervals(void **state)
{
	static const struct {
		double k, n, low, high, digits;
	} row[] = {
	    {2000, 10000, .1923, .2080, 5e-5},
	    {750, 3000, .2348, .2658, 5e-5},
	    {2800, 7000, .3886, .4115, 5e-5},
	    {226, 565, .360, .441, 5e-4},
	    {0, 10, 0, .2775327998628893, 1e-12},
	    {10, 10, .7224672001371106, 1, 1e-12},
	    {0, 0, 0, 1, 0},
	};
	double low, high;
	size_t i;

	(void)state;
	for (i = 0; i < ROWS(row); i++) {
		wilson(row[i].k, row[i].n, Z95, &low, &high);
		assert_true(fabs(low - row[i].low) <= row[i].digits);
		assert_true(fabs(high - row[i].high) <= row[i].digits);
	}
}

/* Mission row D4: 200,000 an arm, +30 %. */
static void
differences(void **state)
{
	struct difference d = difference_rates(2000, 200000, 2600, 200000);

	(void)state;
	assert_true(fabs(d.z - 8.90) < .005);
	assert_true(fabs(d.low - .00234) < 5e-6);
	assert_true(fabs(d.high - .00366) < 5e-6);
	assert_true(fabs(d.ratio - .3) < 1e-12);
	d = difference_rates(1000, 200000, 1300, 200000);
	assert_true(fabs(d.z - 6.27) < .005);
	d = difference_rates(0, 100, 5, 100);
	assert_true(isnan(d.ratio));
	d = difference_means(10, 4, 100, 11, 9, 100);
	assert_true(fabs(d.se - sqrt(.13)) < 1e-15);
}

/* R: pnorm(-6), and qnorm(.975) the other way round. */
static void
normal(void **state)
{
	(void)state;
	assert_true(fabs(normal_cdf(-6) / 9.865876450376946e-10 - 1) < 1e-13);
	assert_true(fabs(normal_cdf(Z95) - .975) < 1e-15);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(wilson_intervals),
	    cmocka_unit_test(differences),
	    cmocka_unit_test(normal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
