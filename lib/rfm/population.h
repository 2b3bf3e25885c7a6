/*
 * All customers at once, for what must see them all: cuts, thresholds, the
 * models of lifetime value.  Each thread fills a population of its own;
 * population_join folds one into another, and no result depends on the order.
 */
#ifndef CDP_POPULATION_H
#define CDP_POPULATION_H

#include "../stats.h"
#include "rfm.h"

struct population {
	struct rfm_measure *m; /* customers with orders */
	size_t n, cap;
	struct clv_case *life; /* customers who ever ordered */
	size_t lives, lifecap;
	uint64_t customers,
	    newcomers; /* newcomers: first order in the window */
	uint64_t unpriced, strays;
	char currency[8]; /* and mixed: as in struct orders */
	bool mixed;
	/* Purchase days: how many customers came first on a day, and how many
	 * repeat purchases it had; index 0 is day first_day. */
	int64_t first_day;
	uint32_t *first, *repeat;
	size_t days;
	bool calendar; /* wanted */
};

void population_add(struct population *, const struct rfm *,
    const struct rfm_measure *, const struct orders *, int64_t now);
/* What the orders of all lines had in common, once they are read. */
void population_note(struct population *, const struct orders *);
void population_join(struct population *, struct population *from);
void population_free(struct population *);

/* Cuts, class thresholds and, where wanted, the lifetime models; warnings go
 * to standard error, what cannot be fitted ends the program. */
void population_fit(struct population *, struct rfm *);

/* parts of it */
void rfm_fit_scales(struct rfm *, const struct population *);
void rfm_fit_thresholds(struct rfm *, const struct population *);
void rfm_fit_clv(struct rfm *, struct population *);

#endif
