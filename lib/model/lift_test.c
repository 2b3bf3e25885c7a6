#include <math.h>

#include "../test.h"
#include "lift.h"
#include "logistic.h"
#include "uplift.h"

static int
near(double a, double b)
{
	return fabs(a - b) < 1e-12;
}

/* By hand: two parts of five people; the middle block of equal scores gives
 * half a person, and a third of its two positives a person, to the top. */
static void
ties_are_shared(void **state)
{
	static const double score[] = {9, 5, 5, 5, 1}, y[] = {1, 1, 0, 1, 0};
	static const double other[] = {1, 5, 5, 5, 9}, z[] = {0, 1, 1, 0, 1};
	struct lift_part a[2], b[2];

	(void)state;
	lift_table(score, y, 5, 2, a);
	assert_true(near(a[0].n, 2.5) && near(a[1].n, 2.5));
	assert_true(near(a[0].positives, 2) && near(a[1].positives, 1));
	assert_true(near(a[0].lift, 2 / 2.5 / .6));
	assert_true(near(a[0].gain, 2. / 3) && near(a[1].gain, 1));
	assert_true(near(a[0].mean_score, (9 + 1.5 * 5) / 2.5));
	lift_table(other, z, 5, 2, b);
	assert_true(near(a[0].positives, b[0].positives));
}

/* One feature, by hand: rates 1/4 and 3/4 give logits -+ ln 3. */
static void
two_by_two(void **state)
{
	static const double x[] = {0, 0, 0, 0, 1, 1, 1, 1};
	static const double y[] = {1, 0, 0, 0, 1, 1, 1, 0};
	static const double same[] = {1, 1, 1, 1, 1, 1, 1, 1};
	struct logistic m;
	const char *why;

	(void)state;
	assert_true(logistic_fit(x, y, NULL, 8, 1, 0, &m, &why));
	assert_true(near(logistic_raw(&m, 0), 2 * log(3)));
	assert_true(near(logistic_raw_intercept(&m), -log(3)));
	/* Variances of the four cells: 1/1 + 1/3 + 1/3 + 1/1. */
	assert_true(near(m.se[0] / m.sd[0], sqrt(8. / 3)));
	logistic_free(&m);
	assert_false(logistic_fit(x, same, NULL, 8, 1, 0, &m, &why));
	logistic_free(&m);
	/* Perfect separation has no maximum, but with a ridge it has. */
	assert_false(logistic_fit(x, x, NULL, 8, 1, 0, &m, &why));
	logistic_free(&m);
	assert_true(logistic_fit(x, x, NULL, 8, 1, 1, &m, &why));
	assert_true(logistic_raw(&m, 0) > 0);
	logistic_free(&m);
	/* A feature that never varies takes no part. */
	assert_true(logistic_fit(same, y, NULL, 8, 1, 0, &m, &why));
	assert_true(logistic_raw(&m, 0) == 0 && near(m.intercept, 0));
	logistic_free(&m);
}

/* By hand: eight people, the score finds the persuadable first. */
static void
perfect_ranking(void **state)
{
	static const double t[] = {1, 0, 1, 0, 1, 0, 1, 0};
	static const double y[] = {1, 0, 1, 0, 0, 1, 0, 1};
	static const double best[] = {4, 2, 4, 2, 2, 1, 2, 1};
	static const double flat[] = {1, 1, 1, 1, 1, 1, 1, 1};
	struct uplift u;

	(void)state;
	uplift_measure(best, y, t, 8, 0, 0, &u);
	assert_true(near(u.ate, 0));
	assert_true(near(u.qini, 1));
	uplift_measure(flat, y, t, 8, 50, 7, &u);
	assert_true(near(u.qini, 0) && near(u.top[0], 0));
	assert_false(u.distinguishable);
}

/* The answer is the same whatever the order of the people. */
static void
order_is_immaterial(void **state)
{
	double s[60], y[60], t[60], r[60], z[60], w[60];
	struct uplift u, v;
	int i;

	(void)state;
	for (i = 0; i < 60; i++) {
		s[i] = i * 37 % 11;
		y[i] = i * 17 % 5 < 2;
		t[i] = i * 29 % 3 == 0;
	}
	for (i = 0; i < 60; i++) {
		r[i] = s[59 - i];
		z[i] = y[59 - i];
		w[i] = t[59 - i];
	}
	uplift_measure(s, y, t, 60, 20, 3, &u);
	uplift_measure(r, z, w, 60, 20, 3, &v);
	assert_true(u.qini == v.qini && u.random_sd == v.random_sd);
	assert_true(u.top[1] == v.top[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ties_are_shared),
	    cmocka_unit_test(two_by_two),
	    cmocka_unit_test(perfect_ranking),
	    cmocka_unit_test(order_is_immaterial),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
