/*
 * Two nights' profiles compared: who joined and left which segment, which
 * condition flipped, and whether an event or the clock did it.  The sides
 * belong to the caller.
 */
#ifndef CDP_SEGMENT_DIFF_H
#define CDP_SEGMENT_DIFF_H

#include "../output.h"
#include "segment.h"

/* One of the two nights.  Where the segments rank (segments_rank), their files
 * are read twice, and each side needs segments of its own, loaded alike. */
struct diff_side {
	struct segments *segments; /* planned with `clock` */
	char *const *files;
	int n;
	int64_t now;
};

/* Both are sorted by profile_id, as cdp-merge-id writes them.  Writes a JSON
 * object a change and returns how many there are. */
uint64_t segments_diff(const struct diff_side *old, const struct diff_side *new,
    const struct js_plan *, struct output *);

#endif
