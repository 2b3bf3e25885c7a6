/*
 * Logistic regression by iteratively reweighted least squares (Newton), with
 * a ridge on the standardised coefficients.  A struct logistic owns its
 * arrays; logistic_free gives them back.
 */
#ifndef CDP_LOGISTIC_H
#define CDP_LOGISTIC_H

#include <stdbool.h>
#include <stddef.h>

struct logistic {
	int n; /* features */
	/* Feature i counts as (x - mean[i]) / sd[i] * beta[i]; a feature that
	 * never varied has sd 0 and beta 0. */
	double *mean, *sd, *beta, *se;  /* of the standardised features */
	double intercept, intercept_se; /* at the means */
	double ll;                      /* log-likelihood without the penalty */
	double ridge, rows, positives;
	int steps;
};

/*
 * x: rows by n, row major; y: 0 or 1; weight: NULL is 1 each.  The penalty is
 * ridge / 2 * sum of beta^2.  False: no maximum; *why (a constant) says what
 * is wrong with the data.
 */
bool logistic_fit(const double *x, const double *y, const double *weight,
    size_t rows, int n, double ridge, struct logistic *, const char **why);
void logistic_free(struct logistic *);

double logistic_logit(const struct logistic *, const double *x);
double logistic_p(double logit);
/* The coefficient of x itself, and the intercept at x = 0. */
double logistic_raw(const struct logistic *, int i);
double logistic_raw_intercept(const struct logistic *);

#endif
