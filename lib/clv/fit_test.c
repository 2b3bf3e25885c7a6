/*
 * CDNOW: parameters and log-likelihoods of maximum likelihood fits, verified
 * with scipy and published by Fader, Hardie and Lee (2005), CLVTools and
 * lifetimes; sums of predictions recomputed with scipy and mpmath.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "../stats.h"
#include "../test_near.h"
#include "../when.h"
#include "clv.h"

#define MOST 2400

struct customer {
	int id;
	int days[64]; /* of purchase, ascending */
	double spent[64];
	int n;
};

static struct customer customer[MOST];
static size_t customers;
static struct clv_case cases[MOST], spending[MOST];
static size_t spenders;
static double actual[MOST], bought[MOST];

static gzFile
data(const char *name)
{
	char path[4096];
	const char *dir = getenv("CDP_DATA");
	gzFile f;

	if (dir == NULL)
		dir = "../shared/data";
	snprintf(path, sizeof path, "%s/cdnow/%s", dir, name);
	f = gzopen(path, "r");
	if (f == NULL) {
		print_message("no %s: skipped\n", path);
		skip();
	}
	return f;
}

static void
add(int id, int date, double money)
{
	int day = (int)when_days(date / 10000, date / 100 % 100, date % 100);
	struct customer *c = customers > 0 ? &customer[customers - 1] : NULL;

	if (c == NULL || c->id != id) {
		c = &customer[customers++];
		c->id = id;
	}
	if (c->n == 0 || c->days[c->n - 1] != day)
		c->days[c->n++] = day;
	c->spent[c->n - 1] += money;
}

/* Calibration to 1997-09-30 in weeks, holdout of 39 weeks after it. */
static void
summarize(struct customer *c, size_t i)
{
	const int end = (int)when_days(1997, 9, 30);
	struct clv_case *k = &cases[i];
	double money = 0;
	int j;

	*k = (struct clv_case){0, 0, (end - c->days[0]) / 7., 0, 1};
	actual[i] = bought[i] = 0;
	for (j = 1; j < c->n; j++)
		if (c->days[j] > end) {
			actual[i]++;
			bought[i] += c->spent[j];
		} else {
			k->x++;
			k->tx = (c->days[j] - c->days[0]) / 7.;
			money += c->spent[j];
		}
	if (k->x > 0) {
		k->m = money / k->x;
		spending[spenders] = *k;
		spending[spenders].tx = spending[spenders].T = 0;
		spenders++;
	}
}

static void
load(void)
{
	char line[256];
	int master, id, date, cds;
	double money;
	gzFile f;
	size_t i;

	if (customers > 0)
		return;
	f = data("CDNOW_sample.txt.gz");
	while (gzgets(f, line, sizeof line) != NULL)
		if (sscanf(line, "%d %d %d %d %lf", &master, &id, &date, &cds,
			&money) == 5)
			add(id, date, money);
	gzclose(f);
	for (i = 0; i < customers; i++)
		summarize(&customer[i], i);
	assert_int_equal(customers, 2357);
	assert_int_equal(spenders, 946);
}

static struct clv_model
fit(enum clv_kind kind, double scale)
{
	static struct clv_case c[MOST];
	size_t n = kind == CLV_GAMMA ? spenders : customers, i;
	const char *why;
	struct clv_model m;

	memcpy(c, kind == CLV_GAMMA ? spending : cases, n * sizeof *c);
	for (i = 0; i < n; i++) {
		c[i].tx *= scale;
		c[i].T *= scale;
		if (kind != CLV_GAMMA)
			c[i].m = 0;
	}
	n = clv_compress(c, n);
	if (!clv_fit(kind, c, n, &m, &why))
		fail_msg("%s", why);
	return m;
}

static const struct published {
	enum clv_kind kind;
	double p[4], se[4], ll;
} exact[] = {
    {CLV_BG, {0.242594522430, 4.413602019014, 0.792922017226, 2.425906776826},
	{.0125574, .3782241, .1857338, .7054143}, -9582.4292066739},
    {CLV_PARETO,
	{0.55327704685318, 10.577683463302, 0.60623998912783, 11.668735288855},
	{.0476279, .8427226, .1872814, 6.2111146}, -9594.976178939543},
    {CLV_MBG, {0.524843159106, 6.183085279576, 0.891359390732, 1.614002240170},
	{.0832682, .6956206, .1547899, .5374948}, -9582.1357155537},
    {CLV_NBD, {0.384766135769, 12.072022844837}, {0}, -9763.657614672615},
    {CLV_GAMMA, {6.249572271324, 3.744224667132, 15.443520962589},
	{1.1900553, .2901331, 4.1594228}, -4055.9176948019},
};

static void
fits(void **state)
{
	const struct published *e;
	struct clv_model m;
	size_t i;
	int j;

	(void)state;
	load();
	for (i = 0; i < ROWS(exact); i++) {
		e = &exact[i];
		m = fit(e->kind, 1);
		assert_true(near(m.ll, e->ll, 1e-11));
		for (j = 0; j < clv_params(e->kind); j++) {
			assert_true(near(m.p[j], e->p[j], 1e-9));
			if (e->se[j] > 0)
				assert_true(near(m.se[j], e->se[j], 2e-5));
		}
	}
	/* In days: alpha is 7 times as large. */
	m = fit(CLV_BG, 7);
	assert_true(near(m.p[1], 7 * exact[0].p[1], 1e-9));
	assert_true(near(m.p[3], exact[0].p[3], 1e-9));
	assert_true(near(m.ll, -14363.5304429028, 1e-12));
}

/* lifetimes' table: weeks rounded to two decimals. */
static const struct published rounded[] = {
    {CLV_BG, {0.242592907204, 4.413531561205, 0.792886148099, 2.425753436494},
	{0}, -9582.4255605674},
    {CLV_PARETO,
	{0.55327550868952, 10.577612238682, 0.60621356867408, 11.66791123792},
	{0}, -9594.973929826864},
    {CLV_MBG, {0.524837983666, 6.182992019672, 0.891356155332, 1.613999334731},
	{0}, -9582.1326848999},
    {CLV_NBD, {0.384767674052, 12.072084990971}, {0}, 0},
    {CLV_GAMMA, {6.248802489709, 3.744588453288, 15.447748009465}, {0},
	-4055.9232435029},
};

static void
fits_of_rounded_weeks(void **state)
{
	static struct clv_case c[MOST], s[MOST];
	gzFile f = data("cdnow_customers_summary_with_transactions.csv.gz");
	const char *why;
	char line[256];
	struct clv_model m;
	size_t n = 0, k = 0, i;
	int id, j;

	(void)state;
	while (gzgets(f, line, sizeof line) != NULL) {
		struct clv_case v = {.weight = 1};

		if (sscanf(line, "%d,%lf,%lf,%lf,%lf", &id, &v.x, &v.tx, &v.T,
			&v.m) != 5)
			continue;
		if (v.x > 0)
			s[k++] = v;
		v.m = 0;
		c[n++] = v;
	}
	gzclose(f);
	for (i = 0; i < ROWS(rounded); i++) {
		bool money = rounded[i].kind == CLV_GAMMA;

		assert_true(clv_fit(
		    rounded[i].kind, money ? s : c, money ? k : n, &m, &why));
		if (rounded[i].ll < 0)
			assert_true(near(m.ll, rounded[i].ll, 1e-11));
		for (j = 0; j < clv_params(m.kind); j++)
			assert_true(near(m.p[j], rounded[i].p[j], 1e-9));
	}
}

/* The 39 weeks after the fit: sum of expectations, correlation, mean absolute
 * and root mean squared error, mean squared log error; bias of the cumulative
 * count at weeks 39 and 78. */
static void
holdout(void **state)
{
	static const struct {
		enum clv_kind kind;
		double sum, corr, mae, rmse, msle, at39, at78;
	} row[] = {
	    {CLV_NBD, 2929.820, .58338, 1.04102, 1.85952, .36225, .0003, .2417},
	    {CLV_PARETO, 1665.513107, .630223, .754523, 1.602848, .237737,
		.02765, -.01589},
	    {CLV_BG, 1653.408698, .625647, .785454, 1.607982, .234269, .01504,
		-.04111},
	    {CLV_MBG, 1576.728302, .627253, .764779, 1.607183, .231435, .00758,
		-.06662},
	};
	static double guess[MOST];
	double sum, mae, rmse, msle, first, later;
	size_t i, j;

	(void)state;
	load();
	for (i = 0; i < ROWS(row); i++) {
		struct clv_model m = fit(row[i].kind, 1);

		sum = mae = rmse = msle = first = later = 0;
		for (j = 0; j < customers; j++) {
			const struct clv_case *c = &cases[j];
			double e = clv_expect(&m, c->x, c->tx, c->T, 39);

			guess[j] = e;
			sum += e;
			mae += fabs(e - actual[j]) / (double)customers;
			rmse += pow(e - actual[j], 2) / (double)customers;
			msle += pow(log1p(e) - log1p(actual[j]), 2) /
				(double)customers;
			first += clv_expect_new(&m, c->T);
			later += clv_expect_new(&m, c->T + 39);
		}
		assert_true(near(sum, row[i].sum, 1e-6));
		assert_true(fabs(correlation(guess, actual, customers) -
				 row[i].corr) < 1e-5);
		assert_true(fabs(mae - row[i].mae) < 1e-5);
		assert_true(fabs(sqrt(rmse) - row[i].rmse) < 1e-5);
		assert_true(fabs(msle - row[i].msle) < 1e-5);
		assert_true(fabs(first / 2457 - 1 - row[i].at39) < 1e-4);
		assert_true(fabs(later / 4339 - 1 - row[i].at78) < 1e-4);
	}
}

/* How many bought 0, 1 ... 6, 7 and more times again in calibration. */
static void
chi_squares(void **state)
{
	static const double seen[] = {1411, 439, 214, 100, 62, 38, 29, 64};
	static const struct {
		enum clv_kind kind;
		double chi, digits;
	} row[] = {{CLV_BG, 4.8211, 1e-4}, {CLV_PARETO, 11.9900, 1e-4},
	    {CLV_MBG, 2.9546, 1e-4}, {CLV_NBD, 10.2653, 1e-4}};
	size_t i, j;
	int x;

	(void)state;
	load();
	for (i = 0; i < ROWS(row); i++) {
		struct clv_model m = fit(row[i].kind, 1);
		double chi = 0, rest = (double)customers;

		for (x = 0; x < 8; x++) {
			double expected = 0;

			for (j = 0; x < 7 && j < customers; j++)
				expected += clv_pmf(&m, cases[j].T, x);
			if (x == 7)
				expected = rest;
			rest -= expected;
			chi += pow(seen[x] - expected, 2) / expected;
		}
		assert_true(fabs(chi - row[i].chi) < row[i].digits);
	}
}

/* BG/NBD with Gamma-Gamma: money of the holdout; lifetimes' 12 months of
 * 4.345 weeks at 1 % a month; mean P(alive). */
static void
money(void **state)
{
	struct clv_model bg, gamma, other;
	struct clv_outlook o;
	double sum = 0, value = 0, v, alive[3] = {0};
	size_t i;

	(void)state;
	load();
	bg = fit(CLV_BG, 1);
	gamma = fit(CLV_GAMMA, 1);
	for (i = 0; i < customers; i++) {
		const struct clv_case *c = &cases[i];
		double spend = clv_spend(&gamma, c->x, c->m);

		sum += spend * clv_expect(&bg, c->x, c->tx, c->T, 39);
		clv_if_alive(&bg, c->x, c->T, 4.345, 12, .01, &o);
		v = spend * o.discounted * clv_alive(&bg, c->x, c->tx, c->T);
		value += v;
		if (i == 0)
			assert_true(near(v, 36.2739781, 1e-8));
		if (i == 5)
			assert_true(near(v, 283.5580871, 1e-8));
	}
	assert_true(near(sum, 59931.63, 1e-7));
	assert_true(near(value, 71507.9518, 1e-8));
	assert_true(near(clv_spend(&gamma, 0, 0), 35.170371266, 1e-10));
	for (i = 0; i < customers; i++)
		alive[0] += clv_alive(&bg, cases[i].x, cases[i].tx, cases[i].T);
	other = fit(CLV_MBG, 1);
	for (i = 0; i < customers; i++)
		alive[1] +=
		    clv_alive(&other, cases[i].x, cases[i].tx, cases[i].T);
	other = fit(CLV_PARETO, 1);
	for (i = 0; i < customers; i++)
		alive[2] +=
		    clv_alive(&other, cases[i].x, cases[i].tx, cases[i].T);
	assert_true(fabs(alive[0] / 2357 - .81344) < 5e-6);
	assert_true(fabs(alive[1] / 2357 - .44872) < 5e-6);
	assert_true(fabs(alive[2] / 2357 - .44628) < 5e-6);
}

/* Every customer's predictions against an independent table (scipy). */
static void
each_customer(void **state)
{
	gzFile f;
	char line[512];
	struct clv_model bg, mbg, pareto, gamma;
	double v[13];
	int id, n = 0;

	(void)state;
	load();
	f = data("reference_predictions.csv.gz");
	bg = fit(CLV_BG, 1);
	mbg = fit(CLV_MBG, 1);
	pareto = fit(CLV_PARETO, 1);
	gamma = fit(CLV_GAMMA, 1);
	while (gzgets(f, line, sizeof line) != NULL) {
		struct clv_case *c;

		if (sscanf(line,
			"%d,%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf,"
			"%lf",
			&id, v, v + 1, v + 2, v + 3, v + 4, v + 5, v + 6, v + 7,
			v + 8, v + 9, v + 10, v + 11, v + 12) != 14)
			continue;
		c = &cases[n];
		assert_true(
		    near(clv_alive(&bg, c->x, c->tx, c->T), v[4], 1e-8));
		assert_true(
		    near(clv_expect(&bg, c->x, c->tx, c->T, 39), v[5], 1e-8));
		assert_true(
		    near(clv_alive(&mbg, c->x, c->tx, c->T), v[6], 1e-8));
		assert_true(
		    near(clv_expect(&mbg, c->x, c->tx, c->T, 39), v[7], 1e-8));
		assert_true(
		    near(clv_alive(&pareto, c->x, c->tx, c->T), v[8], 1e-7));
		assert_true(near(
		    clv_expect(&pareto, c->x, c->tx, c->T, 39), v[9], 1e-7));
		assert_true(near(clv_spend(&gamma, c->x, c->m), v[10], 1e-8));
		n++;
	}
	gzclose(f);
	assert_int_equal(n, 2357);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(fits),
	    cmocka_unit_test(fits_of_rounded_weeks),
	    cmocka_unit_test(holdout),
	    cmocka_unit_test(chi_squares),
	    cmocka_unit_test(money),
	    cmocka_unit_test(each_customer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
