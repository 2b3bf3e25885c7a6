/*
 * Intervals and tests for rates and means: what stands beside every rate that
 * is printed.  Owns nothing.
 */
#ifndef CDP_INTERVAL_H
#define CDP_INTERVAL_H

#define Z95 1.9599639845400545 /* two-sided 95 % */

double normal_cdf(double z);
double normal_two_sided(double z); /* P(|Z| > |z|) */

/* Wilson's score interval of k out of n (Wilson 1927); n 0: [0, 1]. */
void wilson(double k, double n, double z, double *low, double *high);

struct difference {
	double value;     /* second minus first */
	double se;        /* unpooled: of the interval */
	double low, high; /* 95 % */
	double z;         /* proportions: pooled; means: value / se */
	double p;         /* two-sided */
	double ratio;     /* second / first - 1; NaN where the first is 0 */
	double ratio_low, ratio_high; /* 95 %, on the log scale (Katz 1978) */
};

/* k2 of n2 against k1 of n1: as the means of zeros and ones, but z, which is
 * the test of equal rates. */
struct difference difference_rates(double k1, double n1, double k2, double n2);
/* Means with sample variances (n - 1); the ratio by the delta method. */
struct difference difference_means(
    double mean1, double var1, double n1, double mean2, double var2, double n2);

#endif
