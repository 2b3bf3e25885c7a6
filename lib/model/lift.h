/*
 * How well a score orders people by what they did afterwards.  Equal scores
 * count as one step (shared out evenly), so the order of the rows never
 * matters.  Owns nothing.
 */
#ifndef CDP_LIFT_H
#define CDP_LIFT_H

#include <stddef.h>

struct lift_part { /* a tenth of the people, the highest scores first */
	double n, positives;
	double mean_score;
	double low, high; /* Wilson, 95 %, of positives / n */
	double lift;      /* rate over the rate of all */
	double gain;      /* share of all positives down to here */
};

/* parts of them, in out; y may be any outcome >= 0 (money): then low and high
 * mean nothing. */
void lift_table(const double *score, const double *y, size_t n, int parts,
    struct lift_part *out);

/* Standard error of an AUC (Hanley and McNeil 1982). */
double lift_auc_se(double auc, double positives, double negatives);

#endif
