/*
 * Backtest: the response model is fitted to what happened before a time, the
 * rest is forecast by it, and the forecast is held against what happened.
 * A struct hindsight is one thread's and owns its counts; the journeys are the
 * run's.
 */
#ifndef CDP_JOURNEY_HINDSIGHT_H
#define CDP_JOURNEY_HINDSIGHT_H

#include "simulate.h"

struct hindsight;

/* at: the time; to: the end of the comparison. */
struct hindsight *hindsight_new(
    struct journeys *, const struct replay_plan *, int64_t at, int64_t to);
void hindsight_free(struct hindsight *);
/* Where the quotas were full, of all that happened; borrowed. */
void hindsight_quotas(struct hindsight *, const struct quota_cuts *);
/* First pass, every customer: count reactions before the time. */
void hindsight_look(struct hindsight *, const struct js_line *);
/* After it: put the estimates into the journeys' response model. */
void hindsight_fit(struct hindsight *);
/* Second pass: what each worker needs; its counts are added, and it is freed,
 * by hindsight_add. */
struct hindsight *hindsight_again(const struct hindsight *);
void hindsight_add(struct hindsight *to, struct hindsight *worker);
/* Count what happened after the time to those who were there. */
void hindsight_happened(struct hindsight *, const struct js_line *);
const struct tally *hindsight_actual(const struct hindsight *);
const uint64_t *hindsight_cycle(const struct hindsight *);
/* What happened is to be counted once more. */
void hindsight_clear(struct hindsight *);

#endif
