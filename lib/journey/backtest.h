/*
 * Backtest: the response model is fitted to what happened before a time, the
 * rest is forecast by it, and the forecast is held against what happened.
 * A struct backtest is one thread's and owns its counts.
 */
#ifndef CDP_JOURNEY_BACKTEST_H
#define CDP_JOURNEY_BACKTEST_H

#include "simulate.h"

struct backtest;

/* at: the time; to: the end of the comparison. */
struct backtest *backtest_new(struct journeys *, const struct replay_plan *,
    const struct js_plan *, int64_t at, int64_t to);
void backtest_free(struct backtest *);
/* First pass, every customer: count reactions before the time. */
void backtest_look(struct backtest *, const struct js_line *);
/* After it: put the estimates into the journeys' response model. */
void backtest_fit(struct backtest *);
/* Second pass: a line without the events after the time (which lives until
 * the next call), and what happened after it. */
const struct js_line *backtest_line(struct backtest *, const struct js_line *);
const struct tally *backtest_actual(const struct backtest *);

#endif
