/*
 * Tables about the whole population.  Each fills a report; the population
 * must have been fitted, or the rfm read from a model.  Owns nothing.
 */
#ifndef CDP_RFM_TABLE_H
#define CDP_RFM_TABLE_H

#include "../report.h"
#include "population.h"

/* Customers, orders and money by class, one block a class table. */
void table_segments(
    const struct rfm *, const struct population *, struct report *);
/* The same by R and F. */
void table_grid(const struct rfm *, const struct population *, struct report *);
/* Cumulative repeat purchases by week: counted and expected. */
void table_tracking(
    const struct rfm *, const struct population *, struct report *);
/* How many bought again 0, 1 ... 6, 7 and more times: counted and expected,
 * with chi-squared. */
void table_calibration(
    const struct rfm *, const struct population *, struct report *);
/* Purchasers, orders, money, repurchase. */
void table_totals(
    const struct rfm *, const struct population *, struct report *);

#endif
