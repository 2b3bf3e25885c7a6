#include <math.h>

#include "../stats.h"
#include "like.h"

double
clv_alive(const struct clv_model *m, double x, double tx, double T)
{
	const double *p = m->p;
	struct clv_case c = {x, tx, T, 0, 1};
	/* Against: left at the last chance, and was as quiet as this since. */
	double quiet = (p[0] + x) * log((p[1] + T) / (p[1] + tx));

	switch (m->kind) {
	case CLV_BG:
		return x > 0 ? 1 / (1 + p[2] / (p[3] + x - 1) * exp(quiet)) : 1;
	case CLV_MBG:
		return 1 / (1 + p[2] / (p[3] + x) * exp(quiet));
	case CLV_PARETO:
		return alive_pareto(p, &c);
	case CLV_NBD:
	case CLV_GAMMA:
		break;
	}
	return 1;
}

/*
 * (1 - (1-z)^e 2F1(p, e; c; z)) / e, e > -1, 0 <= z < 1: the expectation's
 * hypergeometric factor after Euler's transformation.  The direct form
 * overflows from x = 200 on.  Written so that e = 0 (a = 1) is no
 * singularity: the series less its first term has the factor e.  For several
 * z at once, which share the coefficients.
 */
#define ABREAST 16

static void
dropping(double e, double p, double c, const double *z, int n, double *out)
{
	double term[ABREAST], sum[ABREAST], step, l;
	int i, k, first = 0;

	for (k = 0; k < n; k++)
		term[k] = sum[k] = p / c * z[k];
	/* The smaller z, which stand first, are ready sooner. */
	for (i = 1; i < 1000000 && first < n; i++) {
		step = (p + i) * (e + i) / ((c + i) * (i + 1.));
		for (k = first; k < n; k++) {
			term[k] *= step * z[k];
			sum[k] += term[k];
		}
		while (
		    first < n && fabs(term[first]) <= 1e-17 * fabs(sum[first]))
			first++;
	}
	for (k = 0; k < n; k++) {
		l = log1p(-z[k]);
		out[k] = -(fabs(e * l) > 0 ? expm1(e * l) / e : l) -
			 exp(e * l) * sum[k];
	}
}

/* Of a customer who is there: purchases in (T, T + t[i]], t ascending. */
static void
expect_beta(const struct clv_model *m, double x, double T, const double *t,
    int n, double *out)
{
	double r = m->p[0], a = m->p[2], b = m->p[3], z[ABREAST];
	double more = m->kind == CLV_MBG; /* one chance to leave more */
	double c = a + b + x - 1 + more;
	int i;

	for (i = 0; i < n; i++)
		z[i] = t[i] / (m->p[1] + T + t[i]);
	dropping(a - 1, a + b - 1 + more - r, c, z, n, out);
	for (i = 0; i < n; i++)
		out[i] *= c;
}

static double
expect_pareto(const struct clv_model *m, double x, double T, double t)
{
	double s = m->p[2], beta = m->p[3];
	double l = log1p(t / (beta + T)), e = (s - 1) * l;

	return (m->p[0] + x) * (beta + T) / (m->p[1] + T) *
	       (fabs(e) > 0 ? -expm1(-e) / (s - 1) : l);
}

static void
expect_living(const struct clv_model *m, double x, double T, const double *t,
    int n, double *out)
{
	int i;

	if (m->kind == CLV_BG || m->kind == CLV_MBG) {
		expect_beta(m, x, T, t, n, out);
		return;
	}
	for (i = 0; i < n; i++)
		out[i] = m->kind == CLV_PARETO
			     ? expect_pareto(m, x, T, t[i])
			     : (m->p[0] + x) / (m->p[1] + T) * t[i];
}

double
clv_expect(const struct clv_model *m, double x, double tx, double T, double t)
{
	double living;

	if (t <= 0)
		return 0;
	expect_living(m, x, T, &t, 1, &living);
	return clv_alive(m, x, tx, T) * living;
}

double
clv_expect_new(const struct clv_model *m, double t)
{
	return clv_expect(m, 0, 0, 0, t);
}

/* P(x purchases in t) of a customer who stays. */
static double
pmf_staying(const struct clv_model *m, double t, int x)
{
	double r = m->p[0], alpha = m->p[1];

	if (t <= 0)
		return x == 0;
	return exp(log_gamma(r + x) - log_gamma(r) - log_gamma(x + 1.) +
		   r * log(alpha / (alpha + t)) + x * log(t / (alpha + t)));
}

/* Either the chances to leave were all survived, or the last one was not and
 * the purchases would have gone on. */
static double
pmf_beta(const struct clv_model *m, double t, int x)
{
	double a = m->p[2], b = m->p[3], before = 0, v;
	int stays = m->kind == CLV_MBG ? x + 1 : x, j;
	double base = log_gamma(a + b) - log_gamma(b);

	v = exp(base + log_gamma(b + stays) - log_gamma(a + b + stays)) *
	    pmf_staying(m, t, x);
	if (stays == 0)
		return v;
	for (j = 0; j < x; j++)
		before += pmf_staying(m, t, j);
	return v + a *
		       exp(base + log_gamma(b + stays - 1) -
			   log_gamma(a + b + stays)) *
		       (1 - before);
}

/* The customer lives through t, or leaves at u < t: by Gauss's rule of five
 * points on 64 panels. */
static double
pmf_pareto(const struct clv_model *m, double t, int x)
{
	static const double at[] = {-.9061798459386640, -.5384693101056831, 0,
	    .5384693101056831, .9061798459386640};
	static const double weight[] = {.2369268850561891, .4786286704993665,
	    .5688888888888889, .4786286704993665, .2369268850561891};
	double s = m->p[2], beta = m->p[3], sum = 0, u, half = t / 128;
	int i, j;

	for (i = 0; i < 64; i++)
		for (j = 0; j < 5; j++) {
			u = half * (2 * i + 1 + at[j]);
			sum += half * weight[j] * pmf_staying(m, u, x) * s /
			       beta * pow(beta / (beta + u), s + 1);
		}
	return sum + pmf_staying(m, t, x) * pow(beta / (beta + t), s);
}

double
clv_pmf(const struct clv_model *m, double t, int x)
{
	switch (m->kind) {
	case CLV_BG:
	case CLV_MBG:
		return pmf_beta(m, t, x);
	case CLV_PARETO:
		return pmf_pareto(m, t, x);
	case CLV_NBD:
		return pmf_staying(m, t, x);
	case CLV_GAMMA:
		break;
	}
	return NAN;
}

double
clv_spend(const struct clv_model *g, double x, double m)
{
	double p = g->p[0], q = g->p[1], v = g->p[2];

	if (p * x + q <= 1)
		return NAN;
	return p * (v + x * m) / (p * x + q - 1);
}

void
clv_if_alive(const struct clv_model *m, double x, double T, double period,
    int n, double rate, struct clv_outlook *o)
{
	double t[ABREAST], sum[ABREAST], before = 0, factor = 1;
	int i, k, many;

	o->discounted = 0;
	for (i = 0; i < n; i += many) {
		many = n - i < ABREAST ? n - i : ABREAST;
		for (k = 0; k < many; k++)
			t[k] = (i + k + 1) * period;
		expect_living(m, x, T, t, many, sum);
		for (k = 0; k < many; k++) {
			factor /= 1 + rate;
			o->discounted += (sum[k] - before) * factor;
			before = sum[k];
		}
	}
	o->purchases = before;
}
