/*
 * What can be read of the engine's state: the member `journeys`, one line for
 * --explain, the steps for --trace, the counts for --stats and --dot.  Owns
 * nothing.
 */
#ifndef CDP_JOURNEY_REPORT_H
#define CDP_JOURNEY_REPORT_H

#include "replay.h"

/* The value of the member, as of the engine's clock. */
void report_member(const struct replay *, struct buf *);
/* One line a journey: where this customer stands, and by which rule. */
void report_explain(struct replay *, int64_t now, struct buf *);
/* One line of a trace. */
void report_note(const struct replay *, const struct note *, struct buf *);
/* `"journeys":{...}`: counts by journey and node; exogenous: as the engine's.
 */
void report_counts(const struct tally *, const uint64_t *exogenous,
    const struct journeys *, struct buf *);
/* The journeys as one Graphviz digraph; counts on the edges unless NULL. */
void report_dot(const struct tally *, const struct journeys *, struct buf *);

#endif
