/*
 * Sums over all customers: credit and value by channel, what was not credited
 * by reason, and their bootstrap.  Everything is summed as whole numbers, so
 * that the order of customers, -j and shards change nothing.  A struct totals
 * is one thread's until added to the run's.
 */
#ifndef CDP_ATTRIBUTE_TOTALS_H
#define CDP_ATTRIBUTE_TOTALS_H

#include "credit.h"

struct totals {
	struct intern *names; /* channels */
	struct total {
		uint64_t touches;
		int64_t credit; /* millionths */
		struct dec value;
		int64_t mine, mine_value; /* this customer's, millionths */
	} * total;
	size_t cap;
	struct intern *reasons;
	struct missed {
		uint64_t n;
		struct dec value;
	} * missed;
	size_t missedcap;
	uint64_t conversions, duplicates;
	struct dec value;
	/* bootstrap: [channel * replicates + i], millionths */
	size_t replicates;
	int64_t *credits, *values;
	size_t creditcap, valuecap;
	uint32_t *touched; /* channels of this customer */
	size_t ntouched, touchedcap;
};

void totals_init(struct totals *, size_t replicates);
void totals_free(struct totals *);
void totals_credit(
    struct totals *, const struct paths *, const struct shares *);
void totals_missed(struct totals *, const struct conversion *);
void totals_conversion(struct totals *, const struct conversion *);
/* The customer's end: resample (Poisson bootstrap: each customer counts
 * Poisson(1) times in each replicate, by a hash of seed and customer). */
void totals_customer(
    struct totals *, const char *seed, const char *who, size_t n);
void totals_add(struct totals *to, const struct totals *);
/* One JSON object a line, by channel name; dies where the sums do not hold. */
void totals_write(const struct totals *, enum model, struct buf *);

#endif
