#include <math.h>
#include <string.h>

#include "../stats.h"
#include "like.h"

/* Gamma(r+x)/Gamma(r), the Poisson-gamma part, and its derivative by r. */
static double
rising(double r, double x, double *by_r)
{
	if (by_r != NULL)
		*by_r = x > 0 ? digamma(r + x) - digamma(r) : 0;
	return x > 0 ? log_gamma(r + x) - log_gamma(r) : 0;
}

/* ln B(a + i, b + j) - ln B(a, b) and its derivatives. */
static double
log_beta_ratio(
    double a, double b, double i, double j, double *by_a, double *by_b)
{
	double all = a + b + i + j;

	if (by_a != NULL) {
		*by_a =
		    digamma(a + b) - digamma(all) + digamma(a + i) - digamma(a);
		*by_b =
		    digamma(a + b) - digamma(all) + digamma(b + j) - digamma(b);
	}
	return log_gamma(a + b) - log_gamma(all) + log_gamma(a + i) -
	       log_gamma(a) + log_gamma(b + j) - log_gamma(b);
}

/*
 * BG/NBD and MBG/NBD differ in when a customer may leave: after a repeat
 * purchase only, or also after the first.  So the customer came through
 * `stays` chances to leave, and either lives, or left at the last of
 * `leaves` chances.  Reference: rfm notes of Fader and Hardie, eq. 6.
 */
static double
beta_geometric(const double *p, const struct clv_case *c, double stays,
    double leaves, double *g)
{
	double r = p[0], alpha = p[1], a = p[2], b = p[3], n = r + c->x;
	double by_r, by_a = 0, by_b = 0, live, left, top, w;
	double head =
	    rising(r, c->x, g != NULL ? &by_r : NULL) + r * log(alpha) +
	    log_beta_ratio(a, b, 0, stays, g != NULL ? &by_a : NULL, &by_b);

	live = -n * log(alpha + c->T);
	left = leaves < 0 ? -INFINITY
			  : log(a / (b + leaves)) - n * log(alpha + c->tx);
	top = live > left ? live + log1p(exp(left - live))
			  : left + log1p(exp(live - left));
	if (g == NULL)
		return head + top;
	w = exp(live - top);
	g[0] = by_r + log(alpha) - w * log(alpha + c->T) -
	       (1 - w) * log(alpha + c->tx);
	g[1] = r / alpha - n * (w / (alpha + c->T) + (1 - w) / (alpha + c->tx));
	g[2] = by_a + (leaves < 0 ? 0 : (1 - w) / a);
	g[3] = by_b - (leaves < 0 ? 0 : (1 - w) / (b + leaves));
	return head + top;
}

double
like_bg(const double *p, const struct clv_case *c, double *g)
{
	return beta_geometric(p, c, c->x, c->x - 1, g);
}

double
like_mbg(const double *p, const struct clv_case *c, double *g)
{
	return beta_geometric(p, c, c->x + 1, c->x, g);
}

double
like_nbd(const double *p, const struct clv_case *c, double *g)
{
	double r = p[0], alpha = p[1], by_r;
	double ll = rising(r, c->x, g != NULL ? &by_r : NULL) + r * log(alpha) -
		    (r + c->x) * log(alpha + c->T);

	if (g != NULL) {
		g[0] = by_r + log(alpha) - log(alpha + c->T);
		g[1] = r / alpha - (r + c->x) / (alpha + c->T);
	}
	return ll;
}

/* x purchases whose mean is m; p, q, v as in Fader and Hardie's note 025. */
double
like_gamma(const double *par, const struct clv_case *c, double *g)
{
	double p = par[0], q = par[1], v = par[2], x = c->x, m = c->m;
	double px = p * x, sum = log(x * m + v);

	if (g != NULL) {
		g[0] =
		    x * (digamma(px + q) - digamma(px) + log(m) + log(x) - sum);
		g[1] = digamma(px + q) - digamma(q) + log(v) - sum;
		g[2] = q / v - (px + q) / (x * m + v);
	}
	return log_gamma(px + q) - log_gamma(px) - log_gamma(q) + q * log(v) +
	       (px - 1) * log(m) + px * log(x) - (px + q) * sum;
}

clv_like *
like_of(enum clv_kind kind)
{
	static clv_like *const of[] = {[CLV_BG] = like_bg,
	    [CLV_MBG] = like_mbg,
	    [CLV_PARETO] = like_pareto,
	    [CLV_NBD] = like_nbd,
	    [CLV_GAMMA] = like_gamma};

	return of[kind];
}
