/*
 * The first pass of a run with quotas: everybody goes through the journeys
 * once, to find where the quotas are full.  It owns a replay of its own.
 */
#ifndef CDP_JOURNEY_PLACES_H
#define CDP_JOURNEY_PLACES_H

#include "replay.h"
#include "simulate.h"

struct places;

/* until: the end of the run; it goes on after now where there is a forecast,
 * NULL if there is none. */
struct places *places_new(const struct journeys *, const struct replay_plan *,
    int64_t now, int64_t until, struct forecast *);
void places_look(struct places *, const struct js_line *);
/* The cuts; frees. */
struct quota_cuts *places_found(struct places *);

#endif
