#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../mem.h"
#include "../stats.h"
#include "logistic.h"

struct fitting {
	const double *x, *y, *weight;
	size_t rows;
	int n, wide; /* features; with the intercept, which stands last */
	double ridge;
	double *z;    /* one standardised row */
	double *beta; /* wide */
	double *gradient, *hessian;
};

static double
weight_of(const struct fitting *f, size_t i)
{
	return f->weight != NULL ? f->weight[i] : 1;
}

double
logistic_p(double logit)
{
	return logit >= 0 ? 1 / (1 + exp(-logit))
			  : exp(logit) / (1 + exp(logit));
}

static double
log1p_exp(double v)
{
	return v > 0 ? v + log1p(exp(-v)) : log1p(exp(v));
}

static void
standardise(const struct fitting *f, struct logistic *m)
{
	double total = 0, d;
	size_t i;
	int j;

	for (i = 0; i < f->rows; i++) {
		total += weight_of(f, i);
		for (j = 0; j < f->n; j++)
			m->mean[j] += weight_of(f, i) *
				      f->x[i * (size_t)f->n + (size_t)j];
	}
	for (j = 0; j < f->n; j++)
		m->mean[j] /= total;
	for (i = 0; i < f->rows; i++)
		for (j = 0; j < f->n; j++) {
			d = f->x[i * (size_t)f->n + (size_t)j] - m->mean[j];
			m->sd[j] += weight_of(f, i) * d * d;
		}
	for (j = 0; j < f->n; j++) {
		m->sd[j] = sqrt(m->sd[j] / total);
		if (m->sd[j] <= 1e-12 * fabs(m->mean[j]))
			m->sd[j] = 0;
	}
}

static void
row(const struct fitting *f, const struct logistic *m, size_t i)
{
	int j;

	for (j = 0; j < f->n; j++)
		f->z[j] =
		    m->sd[j] > 0
			? (f->x[i * (size_t)f->n + (size_t)j] - m->mean[j]) /
			      m->sd[j]
			: 0;
	f->z[f->n] = 1;
}

/* The penalised log-likelihood at beta, its gradient and minus its Hessian
 * (where wanted); *ll without the penalty. */
static double
evaluate(struct fitting *f, const struct logistic *m, bool derive, double *ll)
{
	double v, p, w, penalty = 0;
	int j, k, wide = f->wide;
	size_t i;

	*ll = 0;
	memset(f->gradient, 0, (size_t)wide * sizeof *f->gradient);
	memset(f->hessian, 0, (size_t)(wide * wide) * sizeof *f->hessian);
	for (i = 0; i < f->rows; i++) {
		row(f, m, i);
		for (v = 0, j = 0; j < wide; j++)
			v += f->z[j] * f->beta[j];
		w = weight_of(f, i);
		*ll += w * (f->y[i] * v - log1p_exp(v));
		if (!derive)
			continue;
		p = logistic_p(v);
		for (j = 0; j < wide; j++) {
			f->gradient[j] += w * (f->y[i] - p) * f->z[j];
			for (k = 0; k <= j; k++)
				f->hessian[j * wide + k] +=
				    w * p * (1 - p) * f->z[j] * f->z[k];
		}
	}
	for (j = 0; j < f->n; j++) {
		penalty += f->ridge / 2 * f->beta[j] * f->beta[j];
		f->gradient[j] -= f->ridge * f->beta[j];
		f->hessian[j * wide + j] += f->ridge;
		if (m->sd[j] <= 0)
			f->hessian[j * wide + j] += 1;
	}
	for (j = 0; j < wide; j++)
		for (k = 0; k < j; k++)
			f->hessian[k * wide + j] = f->hessian[j * wide + k];
	return *ll - penalty;
}

/* One Newton step, halved until it climbs; returns its size, NaN where there
 * is no way up. */
static double
step(struct fitting *f, const struct logistic *m, double at)
{
	double most = 0, ll, part = 1, slack = 1e-12 * (1 + fabs(at));
	double *way = mem_alloc((size_t)f->wide, sizeof *way);
	double *from = mem_alloc((size_t)f->wide, sizeof *from);
	int j, tries;

	memcpy(way, f->gradient, (size_t)f->wide * sizeof *way);
	memcpy(from, f->beta, (size_t)f->wide * sizeof *from);
	if (!cholesky_solve(f->hessian, way, f->wide))
		most = NAN;
	for (j = 0; j < f->wide; j++)
		most = fmax(fabs(way[j]), most) + (isnan(most) ? NAN : 0);
	for (tries = 0; tries < 30 && !isnan(most); tries++, part /= 2) {
		for (j = 0; j < f->wide; j++)
			f->beta[j] = from[j] + part * way[j];
		if (evaluate(f, m, false, &ll) >= at - slack)
			break;
	}
	free(way);
	free(from);
	return most;
}

static bool
climb(struct fitting *f, struct logistic *m)
{
	double at, most, largest;
	int turn, j;

	for (turn = 0; turn < 60; turn++) {
		at = evaluate(f, m, true, &m->ll);
		m->steps = turn;
		most = step(f, m, at);
		for (largest = 0, j = 0; j < f->wide; j++)
			largest = fmax(largest, fabs(f->beta[j]));
		if (!(largest < 40))
			return false;
		if (most < 1e-10)
			return true;
	}
	return false;
}

static void
keep(struct fitting *f, struct logistic *m)
{
	int j;

	evaluate(f, m, true, &m->ll);
	m->intercept = f->beta[f->n];
	if (!cholesky_invert(f->hessian, f->wide))
		return;
	m->intercept_se = sqrt(f->hessian[f->wide * f->wide - 1]);
	for (j = 0; j < f->n; j++) {
		m->beta[j] = m->sd[j] > 0 ? f->beta[j] : 0;
		m->se[j] = m->sd[j] > 0 ? sqrt(f->hessian[j * f->wide + j]) : 0;
	}
}

static double *
doubles(size_t n)
{
	return mem_alloc(n + 1, sizeof(double));
}

bool
logistic_fit(const double *x, const double *y, const double *weight,
    size_t rows, int n, double ridge, struct logistic *m, const char **why)
{
	size_t wide = (size_t)n + 1, i;
	struct fitting f = {x, y, weight, rows, n, n + 1, ridge, doubles(wide),
	    doubles(wide), doubles(wide), doubles(wide * wide)};
	bool fine;

	memset(m, 0, sizeof *m);
	m->n = n;
	m->ridge = ridge;
	m->mean = doubles(wide);
	m->sd = doubles(wide);
	m->beta = doubles(wide);
	m->se = doubles(wide);
	for (i = 0; i < rows; i++) {
		m->rows += weight_of(&f, i);
		m->positives += weight_of(&f, i) * y[i];
	}
	*why = "the label is the same everywhere";
	fine = m->positives > 0 && m->positives < m->rows;
	if (fine) {
		*why = "the features separate the label, or repeat each "
		       "other; a ridge helps";
		standardise(&f, m);
		f.beta[n] = log(m->positives / (m->rows - m->positives));
		fine = climb(&f, m);
	}
	if (fine)
		keep(&f, m);
	free(f.z);
	free(f.beta);
	free(f.gradient);
	free(f.hessian);
	return fine;
}

void
logistic_free(struct logistic *m)
{
	free(m->mean);
	free(m->sd);
	free(m->beta);
	free(m->se);
	memset(m, 0, sizeof *m);
}

double
logistic_logit(const struct logistic *m, const double *x)
{
	double v = m->intercept;
	int j;

	for (j = 0; j < m->n; j++)
		if (m->sd[j] > 0)
			v += m->beta[j] * (x[j] - m->mean[j]) / m->sd[j];
	return v;
}

double
logistic_raw(const struct logistic *m, int i)
{
	return m->sd[i] > 0 ? m->beta[i] / m->sd[i] : 0;
}

double
logistic_raw_intercept(const struct logistic *m)
{
	double v = m->intercept;
	int j;

	for (j = 0; j < m->n; j++)
		v -= logistic_raw(m, j) * m->mean[j];
	return v;
}
