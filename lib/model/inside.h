/*
 * What modelling.c and lifting.c share.  Owns nothing.
 */
#ifndef CDP_MODEL_INSIDE_H
#define CDP_MODEL_INSIDE_H

#include "../report.h"

/* Writes a report where the options say, and frees it. */
void modelling_put(struct report *);
/* Rows of two rates, control first, and of their difference. */
void report_arms(struct report *, double k1, double n1, double k2, double n2);
int modelling_lift(char **files, int n);

#endif
