/*
 * Statistics of plain arrays: quantiles, correlation, ranks, and the two
 * special functions that libm lacks.  Owns nothing; NaN must not be among the
 * values.
 */
#ifndef CDP_STATS_H
#define CDP_STATS_H

#include <stddef.h>

/* The derivative of lgamma for x > 0: shift to x >= 12, then the asymptotic
 * series (Abramowitz and Stegun 6.3.18). */
double digamma(double x);
double log_gamma(double x); /* thread safe lgamma, x > 0 */

void sort_doubles(double *v, size_t n);
/* R's type 7: linear between order statistics.  v sorted, n > 0. */
double quantile(const double *v, size_t n, double p);

double mean_of(const double *v, size_t n);
double variance_of(const double *v, size_t n); /* n - 1 */
/* Pearson; NaN where one of them never varies. */
double correlation(const double *x, const double *y, size_t n);

/* Area under the ROC curve: P(score of a positive > score of a negative),
 * ties count half.  NaN without both kinds of label (0 and 1). */
double auc(const double *score, const double *label, size_t n);

/* Order of the scores from the highest; equal scores in order of index.  The
 * caller frees. */
size_t *order_descending(const double *score, size_t n);

/* Solve a x = b by Cholesky; a (n by n, symmetric, row major) is destroyed,
 * b becomes x.  0 where a is not positive definite. */
int cholesky_solve(double *a, double *b, int n);
/* Inverse of a symmetric positive definite matrix, in place; 0: it is not. */
int cholesky_invert(double *a, int n);

#endif
