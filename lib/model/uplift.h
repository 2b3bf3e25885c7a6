/*
 * Who is moved by a treatment, from a randomised campaign, and whether a
 * score finds them.  Owns nothing.
 */
#ifndef CDP_UPLIFT_H
#define CDP_UPLIFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UPLIFT_TOPS 3 /* 10, 20, 30 % */

struct uplift {
	double rows, treated;
	double ate; /* mean outcome of the treated less the others' */
	/* Area between the Qini curve and the straight line, over the same of
	 * the perfect ranking (y t - y (1-t), negative effects included). */
	double qini;
	double top[UPLIFT_TOPS]; /* uplift among the top 10, 20, 30 % */
	/* Of random rankings of the same people: */
	int permutations;
	double random_sd, random_low, random_high; /* central 95 % */
	bool distinguishable;                      /* qini above random_high */
};

/* score: predicted uplift; y: outcome; treated: 0 or 1.  Equal scores are one
 * step of the curve.  seed: of the permutations. */
void uplift_measure(const double *score, const double *y, const double *treated,
    size_t n, int permutations, uint64_t seed, struct uplift *);

/* The outcome of class transformation (Jaskowski, Jaroszewicz 2012): y of the
 * treated, 1 - y of the others, each weighted by the other arm's share so
 * that arms need not be of one size; uplift is then 2 P(z = 1) - 1. */
void uplift_transform(const double *y, const double *treated, size_t n,
    double *z, double *weight);

#endif
