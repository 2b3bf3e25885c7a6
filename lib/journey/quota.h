/*
 * Quotas: who is among the first N is known only once everybody was seen.
 * The cut of a quota is the (time, messageId) of the last who gets in.
 */
#ifndef CDP_JOURNEY_QUOTA_H
#define CDP_JOURNEY_QUOTA_H

#include "engine.h"

struct quota_cut {
	bool set;  /* false: never full */
	int64_t t; /* full after (t, id) */
	const char *id;
	size_t len;
	uint64_t arrived; /* in the fit */
	uint64_t left;    /* where it is not full: places that nobody took */
};

struct quota_cuts {
	struct quota_cut *cut; /* by step.quota */
	size_t n;
	struct arena arena;
};

struct quota_arrivals;

struct quota_arrivals *quota_arrivals_new(const struct journeys *);
/* A customer's first run; then again as long as there is another way. */
void quota_customer(struct quota_arrivals *);
bool quota_other_way(struct quota_arrivals *);
/* Does it pass, in this run? */
bool quota_arrive(struct quota_arrivals *, const struct step *, int64_t t,
    const char *id, size_t len);
/* The cuts of what arrived; frees the arrivals. */
struct quota_cuts *quota_fit(struct quota_arrivals *, const struct journeys *);
/* (t, id) is at or before the cut. */
bool quota_in(const struct quota_cuts *, const struct step *, int64_t t,
    const char *id, size_t len);
/* --fit writes, --model reads. */
void quota_write(
    const struct quota_cuts *, const struct journeys *, struct buf *);
struct quota_cuts *quota_read(const char *file, const struct journeys *);
void quota_free(struct quota_cuts *);

#endif
