/*
 * What a model fitted before a date would have said about the time after it,
 * beside simple guesses.  Each thread fills one, backtest_join folds it into
 * another; the last lives until the program ends.
 */
#ifndef CDP_BACKTEST_H
#define CDP_BACKTEST_H

#include "../report.h"
#include "population.h"

struct backtest_case {
	struct clv_case life;
	struct rfm_measure m; /* at the date */
	double bought, money; /* repeat purchase days and money after it */
	double before;        /* purchase days in as long a time before it */
};

struct backtest {
	int64_t cut;  /* last instant before the date */
	int64_t now;  /* end of the holdout */
	int64_t days; /* its length */
	struct backtest_case *c;
	size_t n, cap;
	struct population calibration;
};

/* The orders of a customer, read up to b->cut and up to b->now. */
void backtest_add(struct backtest *, const struct rfm *,
    const struct orders *before, const struct orders *all);
void backtest_join(struct backtest *, struct backtest *from);
/* Fit and judge. */
void backtest_report(struct backtest *, struct rfm *, struct report *);

#endif
