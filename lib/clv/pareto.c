#include <math.h>

#include "../stats.h"
#include "like.h"

/*
 * Pareto/NBD.  Besides the customer who lives, the likelihood has the one who
 * left at some u in (tx, T]:
 *
 *   s * integral of (alpha+u)^-(r+x) (beta+u)^-(s+1) du
 *   = s / a * (tail(tx) - tail(T)),   a = r + s + x,
 *
 * where tail is Fader and Hardie's 2F1 (note 009, eq. 18-20) after Euler's
 * transformation, which keeps it between 1 and 1/(1-z) for any x.
 */

/* 2F1(1, q; c; z) for 0 <= z < 1, 0 < q < c, and its derivatives. */
struct hyper {
	double value, by_q, by_c, by_z;
};

#define TERMS 100000

static void
hyper(double q, double c, double z, struct hyper *h)
{
	double term = 1, sq = 0, sc = 0;
	int n;

	*h = (struct hyper){1, 0, 0, q / c};
	for (n = 0; n < TERMS && z > 0; n++) {
		sq += 1 / (q + n);
		sc += 1 / (c + n);
		term *= (q + n) / (c + n) * z;
		h->value += term;
		h->by_q += term * sq;
		h->by_c -= term * sc;
		if (n > 0)
			h->by_z += (n + 1) * term / z;
		if ((n + 1) * term <= 1e-17 * h->value * (1 - z))
			break;
	}
}

/* ln of the tail from u, and its derivatives by q, a, m (the larger of alpha
 * and beta) and k (the smaller). */
struct tail {
	double log, by_q, by_a, by_m, by_k;
};

static void
tail(double q, double a, double m, double k, double u, struct tail *t)
{
	double lm = log(m + u), lk = log(k + u), dz;
	struct hyper h;

	hyper(q, a + 1, (m - k) / (m + u), &h);
	t->log = -q * lm - (a - q) * lk + log(h.value);
	t->by_q = lk - lm + h.by_q / h.value;
	t->by_a = -lk + h.by_c / h.value;
	dz = h.by_z / h.value / (m + u);
	t->by_m = -q / (m + u) + dz * (k + u) / (m + u);
	t->by_k = -(a - q) / (k + u) - dz;
}

static void
gradient_of_sum(const double *p, const struct clv_case *c, const double w[3],
    const struct tail t[2], double *g)
{
	double alpha = p[1], s = p[2], beta = p[3], a = p[0] + s + c->x;
	double left = w[1] - w[2];
	double by_q = w[1] * t[0].by_q - w[2] * t[1].by_q;
	double by_a = w[1] * t[0].by_a - w[2] * t[1].by_a - left / a;
	double by_m = w[1] * t[0].by_m - w[2] * t[1].by_m;
	double by_k = w[1] * t[0].by_k - w[2] * t[1].by_k;
	int swap = alpha < beta;

	g[0] = by_a + (swap ? 0 : by_q) - w[0] * log(alpha + c->T);
	g[1] = (swap ? by_k : by_m) - w[0] * (p[0] + c->x) / (alpha + c->T);
	g[2] = by_a + (swap ? by_q : 0) + left / s - w[0] * log(beta + c->T);
	g[3] = (swap ? by_m : by_k) - w[0] * s / (beta + c->T);
}

/* The customer lives, or left after tx, or (to be taken off) after T: weights
 * that make 1 together; returns the log of their sum. */
static double
weigh(const double *p, const struct clv_case *c, struct tail t[2], double w[3])
{
	double r = p[0], alpha = p[1], s = p[2], beta = p[3], x = c->x;
	double a = r + s + x, m = fmax(alpha, beta), k = fmin(alpha, beta);
	double q = alpha < beta ? s + 1 : r + x;
	double live = -(r + x) * log(alpha + c->T) - s * log(beta + c->T);
	double top, sum;
	int i;

	tail(q, a, m, k, c->tx, &t[0]);
	tail(q, a, m, k, c->T, &t[1]);
	top = fmax(live, t[0].log + log(s / a));
	w[0] = exp(live - top);
	w[1] = s / a * exp(t[0].log - top);
	w[2] = s / a * exp(t[1].log - top);
	sum = w[0] + (w[1] - w[2]);
	for (i = 0; i < 3; i++)
		w[i] /= sum;
	return top + log(sum);
}

double
alive_pareto(const double *p, const struct clv_case *c)
{
	struct tail t[2];
	double w[3];

	weigh(p, c, t, w);
	return w[0];
}

double
like_pareto(const double *p, const struct clv_case *c, double *g)
{
	double r = p[0], alpha = p[1], s = p[2], beta = p[3], w[3];
	struct tail t[2];
	double sum = weigh(p, c, t, w);

	if (g != NULL) {
		gradient_of_sum(p, c, w, t, g);
		g[0] += digamma(r + c->x) - digamma(r) + log(alpha);
		g[1] += r / alpha;
		g[2] += log(beta);
		g[3] += s / beta;
	}
	return log_gamma(r + c->x) - log_gamma(r) + r * log(alpha) +
	       s * log(beta) + sum;
}
