/*
 * Hillstrom's randomised e-mail campaign: 64,000 customers, three arms.
 * Numbers: scipy and scikit-learn, and two published analyses of the file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "../interval.h"
#include "../stats.h"
#include "../test_near.h"
#include "lift.h"
#include "logistic.h"
#include "uplift.h"

#define PEOPLE 64000
#define WIDE 11

enum { MENS_MAIL, WOMENS_MAIL, NO_MAIL };
enum { RECENCY, HISTORY, MENS, WOMENS, NEWBIE, RURAL, URBAN, WEB, MULTI };

static double feature[PEOPLE][9];
static int arm[PEOPLE];
static double visit[PEOPLE], conversion[PEOPLE], spend[PEOPLE];
static size_t rows;

static void
take(char *line)
{
	char *cell[12];
	double *f = feature[rows];
	size_t i;

	/* One segment's name holds a comma and stands in quotes. */
	for (i = 0; i < 12; i++) {
		cell[i] = strsep(&line, ",\r\n");
		if (cell[i][0] == '"')
			strsep(&line, ",");
	}
	f[RECENCY] = atof(cell[0]);
	f[HISTORY] = log(atof(cell[2]));
	f[MENS] = atof(cell[3]);
	f[WOMENS] = atof(cell[4]);
	f[RURAL] = strcmp(cell[5], "Rural") == 0;
	f[URBAN] = strcmp(cell[5], "Urban") == 0;
	f[NEWBIE] = atof(cell[6]);
	f[WEB] = strcmp(cell[7], "Web") == 0;
	f[MULTI] = strcmp(cell[7], "Multichannel") == 0;
	arm[rows] = cell[8][0] == 'M'   ? MENS_MAIL
		    : cell[8][0] == 'W' ? WOMENS_MAIL
					: NO_MAIL;
	visit[rows] = atof(cell[9]);
	conversion[rows] = atof(cell[10]);
	spend[rows] = atof(cell[11]);
	rows++;
}

static void
load(void)
{
	char path[4096], line[512];
	const char *dir = getenv("CDP_DATA");
	gzFile f;

	if (rows > 0)
		return;
	snprintf(path, sizeof path, "%s/hillstrom/hillstrom.csv.gz",
	    dir != NULL ? dir : "../shared/data");
	f = gzopen(path, "r");
	if (f == NULL) {
		print_message("no %s: skipped\n", path);
		skip();
	}
	gzgets(f, line, sizeof line);
	while (rows < PEOPLE && gzgets(f, line, sizeof line) != NULL)
		take(line);
	gzclose(f);
	assert_int_equal(rows, PEOPLE);
}

static struct difference
compare(const double *y, int mail, bool rate)
{
	double sum[3] = {0}, n[3] = {0}, mean[3], var[3] = {0};
	size_t i;
	int k;

	for (i = 0; i < rows; i++) {
		sum[arm[i]] += y[i];
		n[arm[i]]++;
	}
	for (k = 0; k < 3; k++)
		mean[k] = sum[k] / n[k];
	for (i = 0; i < rows; i++)
		var[arm[i]] += pow(y[i] - mean[arm[i]], 2) / (n[arm[i]] - 1);
	if (rate)
		return difference_rates(
		    sum[NO_MAIL], n[NO_MAIL], sum[mail], n[mail]);
	return difference_means(mean[NO_MAIL], var[NO_MAIL], n[NO_MAIL],
	    mean[mail], var[mail], n[mail]);
}

static void
arms(void **state)
{
	struct difference d;

	(void)state;
	load();
	d = compare(visit, MENS_MAIL, false);
	assert_true(near(d.value, .0765895637, 1e-9));
	assert_true(near(d.se, .0033858878, 1e-8));
	assert_true(fabs(d.low - .069953) < 1e-6);
	assert_true(fabs(d.high - .083226) < 1e-6);
	d = compare(visit, WOMENS_MAIL, false);
	assert_true(near(d.value, .0452331066, 2e-9));
	assert_true(near(d.se, .0032344621, 1e-7));
	assert_true(fabs(d.low - .038894) < 1e-6);
	assert_true(fabs(d.high - .051573) < 1e-6);
	d = compare(conversion, MENS_MAIL, false);
	assert_true(near(d.value, .0068050065, 1e-8));
	assert_true(near(d.se, .0009208728, 1e-7));
	d = compare(spend, MENS_MAIL, false);
	assert_true(near(d.value, .7698271559, 1e-9));
	assert_true(near(d.se, .1452465602, 1e-8));
	d = compare(spend, WOMENS_MAIL, false);
	assert_true(near(d.value, .4244122159, 1e-9));
	assert_true(near(d.se, .1303328585, 1e-8));
	d = compare(visit, MENS_MAIL, true);
	assert_true(near(d.value, .0765895637, 1e-9));
	assert_true(near(d.se, .0033858878, 1e-8));
}

static void
design(double x[][WIDE])
{
	size_t i;

	for (i = 0; i < rows; i++) {
		x[i][0] = arm[i] == MENS_MAIL;
		x[i][1] = arm[i] == WOMENS_MAIL;
		memcpy(x[i] + 2, feature[i], sizeof feature[i]);
	}
}

/* All 64,000 rows, maximum likelihood. */
static void
regression(void **state)
{
	static const double visits[] = {.6463513115, .4196750338, -.0545459086,
	    .1099028560, .5791728794, .7344359582, -.5188985481, .3556130688,
	    -.0159987864, .2651416007, .1051360719};
	static double x[PEOPLE][WIDE], p[PEOPLE];
	struct logistic m;
	const char *why;
	size_t i;
	int j;

	(void)state;
	load();
	design(x);
	assert_true(
	    logistic_fit(&x[0][0], visit, NULL, rows, WIDE, 0, &m, &why));
	assert_true(near(m.ll, -25605.373833669, 1e-12));
	assert_true(near(logistic_raw_intercept(&m), -3.0850519106, 1e-9));
	for (j = 0; j < WIDE; j++)
		assert_true(near(logistic_raw(&m, j), visits[j], 1e-8));
	for (i = 0; i < rows; i++)
		p[i] = logistic_logit(&m, x[i]);
	assert_true(near(auc(p, visit, rows), .646187505, 1e-8));
	logistic_free(&m);
	assert_true(
	    logistic_fit(&x[0][0], conversion, NULL, rows, WIDE, 0, &m, &why));
	assert_true(near(m.ll, -3214.452291276, 1e-12));
	assert_true(near(logistic_raw_intercept(&m), -6.2463133076, 1e-9));
	assert_true(near(logistic_raw(&m, 0), .7897674206, 1e-8));
	assert_true(near(logistic_raw(&m, 1), .4398675733, 1e-8));
	for (i = 0; i < rows; i++)
		p[i] = logistic_logit(&m, x[i]);
	assert_true(near(auc(p, conversion, rows), .645788484, 1e-8));
	logistic_free(&m);
}

struct half {
	double x[PEOPLE / 2][9], y[PEOPLE / 2], t[PEOPLE / 2];
	size_t n;
};

/* Rows of one mail and the control, every other row of the file. */
static void
pick(struct half *h, int mail, size_t from)
{
	size_t i;

	h->n = 0;
	for (i = from; i < rows; i += 2) {
		if (arm[i] != mail && arm[i] != NO_MAIL)
			continue;
		memcpy(h->x[h->n], feature[i], sizeof feature[i]);
		h->y[h->n] = visit[i];
		h->t[h->n++] = arm[i] == mail;
	}
}

static struct logistic
fit_arm(const struct half *h, double treated)
{
	static double x[PEOPLE / 2][9], y[PEOPLE / 2];
	struct logistic m;
	const char *why;
	size_t i, n = 0;

	for (i = 0; i < h->n; i++) {
		if (h->t[i] != treated)
			continue;
		memcpy(x[n], h->x[i], sizeof x[n]);
		y[n++] = h->y[i];
	}
	assert_true(logistic_fit(&x[0][0], y, NULL, n, 9, 1, &m, &why));
	return m;
}

static struct half learn, check;

static struct uplift
two_models(int mail, double *response)
{
	static double score[PEOPLE / 2], treated[PEOPLE / 2];
	struct logistic with, without;
	struct uplift u, r;
	size_t i;

	pick(&learn, mail, 0);
	pick(&check, mail, 1);
	with = fit_arm(&learn, 1);
	without = fit_arm(&learn, 0);
	for (i = 0; i < check.n; i++) {
		treated[i] = logistic_p(logistic_logit(&with, check.x[i]));
		score[i] = treated[i] -
			   logistic_p(logistic_logit(&without, check.x[i]));
	}
	uplift_measure(treated, check.y, check.t, check.n, 0, 0, &r);
	*response = r.qini;
	uplift_measure(score, check.y, check.t, check.n, 200, 1, &u);
	logistic_free(&with);
	logistic_free(&without);
	return u;
}

static void
qini(void **state)
{
	struct uplift u;
	double response;

	(void)state;
	load();
	u = two_models(WOMENS_MAIL, &response);
	assert_true(u.rows == 21471);
	assert_true(fabs(u.ate - .045649) < 5e-7);
	print_message("women's visit: Qini %.5f (response %.5f), top %.4f %.4f "
		      "%.4f, random sd %.5f\n",
	    u.qini, response, u.top[0], u.top[1], u.top[2], u.random_sd);
	assert_true(fabs(u.qini - .0690) < .005);
	assert_true(fabs(response - .03456) < .002);
	assert_true(fabs(u.top[2] - .0747) < .002);
	assert_true(fabs(u.random_sd - .0114) < .002);
	assert_true(u.distinguishable);
	u = two_models(MENS_MAIL, &response);
	print_message(
	    "men's visit: Qini %.5f (response %.5f), random sd %.5f\n", u.qini,
	    response, u.random_sd);
	assert_true(fabs(u.qini - .01293) < .005);
	assert_true(fabs(u.random_sd - .00998) < .002);
	assert_false(u.distinguishable);
}

static void
class_transformation(void **state)
{
	static double z[PEOPLE / 2], weight[PEOPLE / 2], score[PEOPLE / 2];
	struct logistic m;
	struct uplift u;
	const char *why;
	size_t i;

	(void)state;
	load();
	pick(&learn, WOMENS_MAIL, 0);
	pick(&check, WOMENS_MAIL, 1);
	uplift_transform(learn.y, learn.t, learn.n, z, weight);
	assert_true(
	    logistic_fit(&learn.x[0][0], z, weight, learn.n, 9, 1, &m, &why));
	for (i = 0; i < check.n; i++)
		score[i] = logistic_logit(&m, check.x[i]);
	uplift_measure(score, check.y, check.t, check.n, 0, 0, &u);
	print_message("class transformation: Qini %.5f, top %.4f %.4f %.4f\n",
	    u.qini, u.top[0], u.top[1], u.top[2]);
	assert_true(fabs(u.qini - .05869) < .005);
	logistic_free(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(arms),
	    cmocka_unit_test(regression),
	    cmocka_unit_test(qini),
	    cmocka_unit_test(class_transformation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
