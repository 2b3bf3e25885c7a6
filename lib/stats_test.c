#include <stdlib.h>

#include "stats.h"
#include "test_near.h"

/* mpmath, 30 digits. */
static void
digammas(void **state)
{
	static const struct {
		double x, digamma;
	} row[] = {
	    {0.01, -100.56088545786867},
	    {0.5, -1.9635100260214235},
	    {1, -0.57721566490153286},
	    {2.5, 0.70315664064524319},
	    {11.9, 2.4339335368825375},
	    {12, 2.442661679975812},
	    {100, 4.6001618527380874},
	    {1000000.0, 13.815510057964191},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ROWS(row); i++)
		assert_true(near(digamma(row[i].x), row[i].digamma, 2e-15));
}

/* R: quantile(c(1,2,4,8,16), c(0,.1,.25,.5,.9,1)), type 7. */
static void
quantiles(void **state)
{
	static const double v[] = {1, 2, 4, 8, 16};

	(void)state;
	assert_true(quantile(v, 5, 0) == 1);
	assert_true(near(quantile(v, 5, .1), 1.4, 1e-15));
	assert_true(quantile(v, 5, .25) == 2);
	assert_true(quantile(v, 5, .5) == 4);
	assert_true(near(quantile(v, 5, .9), 12.8, 1e-15));
	assert_true(quantile(v, 5, 1) == 16);
	assert_true(quantile(v, 1, .3) == 1);
}

/* By hand: pairs (positive, negative): 0.9>0.5, 0.9>0.4, 0.5=0.5, 0.5>0.4. */
static void
areas(void **state)
{
	static const double score[] = {.9, .5, .5, .4}, label[] = {1, 1, 0, 0};
	static const double x[] = {1, 2, 3}, y[] = {1, 2, 4};

	(void)state;
	assert_true(near(auc(score, label, 4), 3.5 / 4, 1e-15));
	assert_true(near(correlation(x, y, 3), 3 / sqrt(2 * 14. / 3), 1e-14));
	assert_true(near(variance_of(y, 3), 7. / 3, 1e-15));
}

static void
solving(void **state)
{
	double a[] = {4, 2, 2, 3}, b[] = {8, 8}, c[] = {4, 2, 2, 3};
	double bad[] = {1, 2, 2, 1};

	(void)state;
	assert_int_equal(cholesky_solve(a, b, 2), 1);
	assert_true(near(b[0], 1, 1e-15) && near(b[1], 2, 1e-15));
	assert_int_equal(cholesky_invert(c, 2), 1);
	assert_true(near(c[0], 3. / 8, 1e-15) && near(c[1], -.25, 1e-15));
	assert_int_equal(cholesky_invert(bad, 2), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(digammas),
	    cmocka_unit_test(quantiles),
	    cmocka_unit_test(areas),
	    cmocka_unit_test(solving),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
