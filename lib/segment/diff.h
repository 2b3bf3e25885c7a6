/*
 * Two nights' profiles compared: who joined and left which segment, which
 * condition flipped, and whether an event or the clock did it.
 */
#ifndef CDP_SEGMENT_DIFF_H
#define CDP_SEGMENT_DIFF_H

#include "../output.h"
#include "segment.h"

/*
 * Both are sorted by profile_id, as cdp-merge-id writes them; old is decided
 * at `then`, new at `now`.  The segments are planned with `clock`.  Writes a
 * JSON object a change and returns how many there are.
 */
uint64_t segments_diff(const struct segments *, const struct js_plan *,
    const char *old, int64_t then, char *const *files, int n, int64_t now,
    struct output *);

#endif
