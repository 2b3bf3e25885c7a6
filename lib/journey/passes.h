/*
 * What must be known of all customers before the first is stepped: where the
 * quotas are full, how people reacted, who is drawn to come to quotas that
 * stay open.  Each takes a pass over the input; a struct passes owns the cuts
 * that it finds and borrows the rest.
 */
#ifndef CDP_JOURNEY_PASSES_H
#define CDP_JOURNEY_PASSES_H

#include "hindsight.h"

enum pass { PASS_NONE, PASS_QUOTAS, PASS_BACK, PASS_SCOUT };

struct passes {
	/* set by the caller */
	const struct journeys *all;
	const struct replay_plan *plan;
	int64_t now, until;         /* of the history; of the run */
	struct forecast *forecast;  /* NULL: none */
	struct hindsight *backtest; /* NULL: none */
	int64_t to;                 /* the end of the backtest */
	struct quota_cuts *cuts;    /* given, or found */
	/* its own */
	enum pass pass;
	bool moved; /* the last scouts found other cuts */
	size_t scouted;
	struct quota_arrivals *arrivals, *later;
	struct quota_cuts *happened; /* of the whole backtest */
	struct replay replay;
	struct tally tally;
	struct simulation *scout;
};

/* Begins the next pass; false: there is none, the customers can be stepped. */
bool passes_next(struct passes *);
void passes_look(struct passes *, const struct js_line *);
void passes_looked(struct passes *);
/* More replications: their scouts come again. */
void passes_again(struct passes *);
void passes_free(struct passes *);

#endif
