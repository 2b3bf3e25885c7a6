#include <math.h>

#include "../stats.h"
#include "like.h"

double
clv_alive(const struct clv_model *m, double x, double tx, double T)
{
	struct clv_case c = {x, tx, T, 0, 1};
	double alive = 1;

	like_of(m->kind)(m->p, &c, NULL, &alive);
	return alive;
}

/*
 * (1 - (1-z)^e 2F1(p, e; c; z)) / e, e > -1, 0 <= z < 1: the expectation's
 * hypergeometric factor after Euler's transformation.  The direct form
 * overflows from x = 200 on.  Written so that e = 0 (a = 1) is no
 * singularity: the series less its first term has the factor e.
 */
static double
dropping(double e, double p, double c, double z)
{
	double l = log1p(-z), term = p / c * z, sum = term;
	int n;

	for (n = 1; n < 1000000 && fabs(term) > 1e-17 * fabs(sum); n++) {
		term *= (p + n) * (e + n) / ((c + n) * (n + 1.)) * z;
		sum += term;
	}
	return -(fabs(e * l) > 0 ? expm1(e * l) / e : l) - exp(e * l) * sum;
}

static double
expect_beta(const struct clv_model *m, double x, double T, double t)
{
	double r = m->p[0], a = m->p[2], b = m->p[3];
	double z = t / (m->p[1] + T + t);
	double more = m->kind == CLV_MBG; /* one chance to leave more */

	return (a + b + x - 1 + more) *
	       dropping(a - 1, a + b - 1 + more - r, a + b + x - 1 + more, z);
}

static double
expect_pareto(const struct clv_model *m, double x, double T, double t)
{
	double s = m->p[2], beta = m->p[3];
	double l = log1p(t / (beta + T)), e = (s - 1) * l;

	return (m->p[0] + x) * (beta + T) / (m->p[1] + T) *
	       (fabs(e) > 0 ? -expm1(-e) / (s - 1) : l);
}

double
clv_expect(const struct clv_model *m, double x, double tx, double T, double t)
{
	if (t <= 0)
		return 0;
	switch (m->kind) {
	case CLV_BG:
	case CLV_MBG:
		return clv_alive(m, x, tx, T) * expect_beta(m, x, T, t);
	case CLV_PARETO:
		return clv_alive(m, x, tx, T) * expect_pareto(m, x, T, t);
	case CLV_NBD:
		return (m->p[0] + x) / (m->p[1] + T) * t;
	case CLV_GAMMA:
		break;
	}
	return NAN;
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

double
clv_value(const struct clv_model *m, const struct clv_case *c, double spend,
    double period, int n, double rate)
{
	double before = 0, now, value = 0;
	int i;

	for (i = 1; i <= n; i++) {
		now = clv_expect(m, c->x, c->tx, c->T, i * period);
		value += (now - before) * pow(1 + rate, -i);
		before = now;
	}
	return value * spend;
}
