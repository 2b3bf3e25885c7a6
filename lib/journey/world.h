/*
 * A customer as of an instant that is past: traits are folded again from the
 * events that had told them by then.  A struct world is one thread's; it
 * borrows the customer's line.
 */
#ifndef CDP_JOURNEY_WORLD_H
#define CDP_JOURNEY_WORLD_H

#include "../buf.h"
#include "../json.h"

struct world_plan {
	const struct js_plan *plan;
	bool wanted;               /* some expression reads traits */
	int type, traits, context; /* columns */
	int whole;                 /* slot of the line's traits */
	int member;
};

struct world {
	const struct world_plan *plan;
	const struct js_line *line; /* as it came */
	/* Where events are known later than they happen: since when, of the
	 * first ncame; NULL: they are known in their order. */
	const int64_t *came;
	size_t ncame;
	size_t seen;  /* what is known: the first events, */
	int64_t t;    /* or those that had come by then */
	size_t *told; /* events that tell traits, in order */
	size_t ntold, cap;
	size_t epoch; /* how many of them `then` knows; ntold: the line */
	struct js_line then;
	struct buf text, member;
	struct world_trait {
		struct js_val key, value;
	} * trait;
	size_t ntrait, traitcap;
};

void world_plan(struct world_plan *, struct js_plan *, int whole);
void world_begin(struct world *, const struct js_line *);
void world_free(struct world *);
/* The line at t, when its first `seen` events had happened.  The same pointer
 * and epoch as long as nothing was told in between. */
const struct js_line *world_at(struct world *, size_t seen, int64_t t);

#endif
