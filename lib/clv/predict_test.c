/*
 * Single predictions against published examples and 60-digit arithmetic.
 */
#include "../test_near.h"
#include "like.h"

/* Fader, Hardie, Lee's rounded parameters; 1.226 is their printed example,
 * lifetimes asserts it too. */
static const struct clv_model rounded = {
    .kind = CLV_BG, .p = {.243, 4.414, .793, 2.426}};
static const struct clv_model exact = {.kind = CLV_BG,
    .p = {0.242594522430, 4.413602019014, 0.792922017226, 2.425906776826}};

static void
published_points(void **state)
{
	(void)state;
	assert_true(near(
	    clv_expect(&rounded, 2, 30.43, 38.86, 39), 1.226028174767, 1e-9));
	assert_true(
	    near(clv_alive(&rounded, 2, 30.43, 38.86), .726578570, 1e-9));
	assert_true(near(clv_expect(&exact, 2, 213 / 7., 272 / 7., 39),
	    1.225994455287, 1e-9));
	assert_true(clv_alive(&rounded, 0, 0, 38.86) == 1);
}

static void
new_customers(void **state)
{
	static const struct {
		double t, rounded, exact;
	} row[] = {
	    {.1429, .00782834752, .00781600040},
	    {1, .05326789117, .05318429150},
	    {3, .15086523089, .15063083921},
	    {31.8571, 1.04199606085, 1.04048914111},
	    {32, 1.04524332837, 1.04373204276},
	    {78, 1.86051905794, 1.85795839011},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ROWS(row); i++) {
		assert_true(near(
		    clv_expect_new(&rounded, row[i].t), row[i].rounded, 1e-9));
		assert_true(
		    near(clv_expect_new(&exact, row[i].t), row[i].exact, 1e-9));
	}
}

static void
counts(void **state)
{
	static const double at30[] = {.00199952145, .00151702363, .00116331501,
	    .00090031479, .00070236377, .00055179024, .00043619128,
	    .00034671714, .00027696126, .00022222605};
	static const struct clv_model all[] = {
	    {.kind = CLV_BG, .p = {.243, 4.414, .793, 2.426}},
	    {.kind = CLV_MBG, .p = {.525, 6.183, .891, 1.614}},
	    {.kind = CLV_PARETO, .p = {.553, 10.578, .606, 11.669}},
	    {.kind = CLV_NBD, .p = {.385, 12.072}}};
	double sum, mean;
	int x;
	size_t i;

	(void)state;
	assert_true(near(clv_pmf(&rounded, 2, 10), 1.07868964e-07, 1e-8));
	assert_true(near(clv_pmf(&rounded, 39, 0), .5737863521, 1e-9));
	for (x = 11; x <= 20; x++)
		assert_true(near(clv_pmf(&rounded, 30, x), at30[x - 11], 3e-8));
	/* Each model's counts add up, and their mean is its expectation. */
	for (i = 0; i < ROWS(all); i++) {
		for (sum = mean = 0, x = 0; x < 400; x++) {
			sum += clv_pmf(&all[i], 39, x);
			mean += x * clv_pmf(&all[i], 39, x);
		}
		assert_true(near(sum, 1, 1e-9));
		assert_true(near(mean, clv_expect_new(&all[i], 39), 1e-7));
	}
}

static double
log_likelihood(const struct clv_model *m, const struct clv_case *c)
{
	return like_of(m->kind)(m->p, c, NULL);
}

/* btyd asserts 100.7957, pymc 100.7869 and -.41792826. */
static void
single_likelihoods(void **state)
{
	struct clv_model m = {.p = {.25, 4, .8, 2.5}};
	struct clv_case c = {200, 38, 40, 0, 1}, none = {0, 0, 40, 0, 1};

	(void)state;
	m.kind = CLV_BG;
	assert_true(near(log_likelihood(&m, &c), 100.7956930927, 1e-11));
	assert_true(near(log_likelihood(&m, &none), -.5994738182, 1e-9));
	m.kind = CLV_MBG;
	assert_true(near(log_likelihood(&m, &c), 100.7869097610, 1e-11));
	assert_true(near(log_likelihood(&m, &none), -.4179282620, 1e-9));
}

/* BTYD's walkthrough prints 25.46; the numbers here have all digits. */
static void
pareto_points(void **state)
{
	static const struct clv_model m = {
	    .kind = CLV_PARETO, .p = {.5534, 10.5802, .6061, 11.6562}};
	/* mpmath, 60 digits, by direct integration over the time of leaving:
	 * x, tx, T, parameters, log-likelihood, P(alive). */
	static const struct {
		double x, tx, T, p[4], ll, alive;
	} row[] = {
	    {0, 0, 40, {0.55, 10.5, 0.6, 11.6}, -0.52548893619527776,
		0.29116942872505113},
	    {3, 20, 40, {0.55, 10.5, 0.6, 11.6}, -12.059775789120879,
		0.50209204550577816},
	    {3, 20, 40, {0.55, 200, 0.6, 1.5}, -17.299845647915128,
		0.63256412477319886},
	    {200, 38, 40, {0.55, 2, 0.6, 90}, 113.81741826193566,
		0.056170177977931469},
	    {5000, 39.9, 40, {0.55, 2, 0.6, 50}, 18898.69725343851,
		0.10626834147378491},
	    {5000, 39.9, 40, {0.55, 50, 0.6, 2}, 15085.696887365861,
		0.93751847851471903},
	};
	size_t i;

	(void)state;
	assert_true(near(clv_alive(&m, 26, 30.86, 31), .9979177666, 1e-9));
	assert_true(
	    near(clv_expect(&m, 26, 30.86, 31, 52), 25.4549135115, 1e-9));
	for (i = 0; i < ROWS(row); i++) {
		struct clv_model k = {.kind = CLV_PARETO};
		struct clv_case c = {row[i].x, row[i].tx, row[i].T, 0, 1};
		int j;

		for (j = 0; j < 4; j++)
			k.p[j] = row[i].p[j];
		assert_true(near(log_likelihood(&k, &c), row[i].ll, 1e-12));
		assert_true(
		    near(clv_alive(&k, c.x, c.tx, c.T), row[i].alive, 1e-9));
	}
}

/* mpmath, 60 digits, of the direct form, which overflows doubles from x = 200
 * on: r .25, alpha 4, a .8, b 2.5; tx 39.5, T 40; z = t / (alpha + T + t) is
 * .5, .9, .99. */
static void
no_overflow(void **state)
{
	static const struct {
		double x, t, bg, mbg;
	} row[] = {
	    {0, 44.0, 0.2205896894038852, 0.17143841224226067},
	    {0, 396.0, 1.2495943477111379, 1.037959243800401},
	    {0, 4356.0, 4.7311659653248803, 4.2474444473362598},
	    {1, 44.0, 0.79634905704768716, 0.88088103720076649},
	    {1, 396.0, 3.9649438257410226, 4.6706924551038391},
	    {1, 4356.0, 12.415151159964074, 15.513076206079159},
	    {10, 44.0, 7.3346720105231763, 7.4873613433484497},
	    {10, 396.0, 30.381792856776388, 31.714063058103274},
	    {10, 4356.0, 80.983159429259398, 85.707601736982626},
	    {200, 44.0, 143.60517112106212, 143.79138057044068},
	    {200, 396.0, 566.50047306100461, 568.03285937735311},
	    {200, 4356.0, 1466.721410858756, 1471.8481426956067},
	    {500, 44.0, 250.68636526302592, 250.96244632094543},
	    {500, 396.0, 987.20398864350849, 988.85129269710561},
	    {500, 4356.0, 2553.4767367476114, 2558.5475354899821},
	    {1000, 44.0, 9.9684880173139661, 9.9805671388633138},
	    {1000, 396.0, 39.233124691409578, 39.291822679404863},
	    {1000, 4356.0, 101.44643403450129, 101.61432052759682},
	    {5000, 44.0, 3.5316702596364315e-18, 3.5325369472150775e-18},
	    {5000, 396.0, 1.3893166540003162e-17, 1.3897367018671137e-17},
	    {5000, 4356.0, 3.591468938946235e-17, 3.5926688451728198e-17},
	};
	struct clv_model m = {.p = {.25, 4, .8, 2.5}};
	size_t i;

	(void)state;
	for (i = 0; i < ROWS(row); i++) {
		m.kind = CLV_BG;
		assert_true(near(clv_expect(&m, row[i].x, 39.5, 40, row[i].t),
		    row[i].bg, 2e-12));
		m.kind = CLV_MBG;
		assert_true(near(clv_expect(&m, row[i].x, 39.5, 40, row[i].t),
		    row[i].mbg, 2e-12));
	}
}

/* a = 1 and s = 1 are no singularities: the neighbours agree. */
static void
removable(void **state)
{
	struct clv_model m = {.kind = CLV_BG, .p = {.25, 4, 1, 2.5}};
	double at = clv_expect(&m, 5, 30, 40, 50);

	(void)state;
	m.p[2] = 1 + 1e-9;
	assert_true(near(clv_expect(&m, 5, 30, 40, 50), at, 1e-8));
	m.p[2] = 1 - 1e-9;
	assert_true(near(clv_expect(&m, 5, 30, 40, 50), at, 1e-8));
	m = (struct clv_model){.kind = CLV_PARETO, .p = {.5, 10, 1, 11}};
	at = clv_expect(&m, 5, 30, 40, 50);
	m.p[2] = 1 + 1e-9;
	assert_true(near(clv_expect(&m, 5, 30, 40, 50), at, 1e-8));
}

/* Hardie's sheet, customers 1 to 10, parameters 6.25, 3.74, 15.44. */
static void
spending(void **state)
{
	static const struct {
		double x, m, spend;
	} row[] = {
	    {2, 22.345, 24.65961286},
	    {1, 11.77, 18.91685206},
	    {0, 0, 35.2189781},
	    {7, 73.74142857142857, 71.47101527},
	    {2, 25.55, 27.28838583},
	};
	const struct clv_model g = {
	    .kind = CLV_GAMMA, .p = {6.25, 3.74, 15.44}};
	const struct clv_model flat = {.kind = CLV_GAMMA, .p = {6, .9, 15}};
	size_t i;

	(void)state;
	for (i = 0; i < ROWS(row); i++)
		assert_true(near(
		    clv_spend(&g, row[i].x, row[i].m), row[i].spend, 1e-9));
	assert_true(isnan(clv_spend(&flat, 0, 0)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(published_points),
	    cmocka_unit_test(new_customers),
	    cmocka_unit_test(counts),
	    cmocka_unit_test(single_likelihoods),
	    cmocka_unit_test(pareto_points),
	    cmocka_unit_test(no_overflow),
	    cmocka_unit_test(removable),
	    cmocka_unit_test(spending),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
