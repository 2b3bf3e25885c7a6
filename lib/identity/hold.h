/*
 * Events in memory.  What is known of an event lies in its own bytes, in the
 * place of the thirteen that say "messageId":" and are put back when it is
 * handed out: so an event costs its bytes, 5 for its place and 4 for a
 * number; 17 more where it is written otherwise.  The hold owns all of them.
 */
#ifndef CDP_IDENTITY_HOLD_H
#define CDP_IDENTITY_HOLD_H

#include "store.h"

struct hold {
	char **block; /* their bytes; a long event takes several, in one */
	size_t nblock, blockcap;
	char *last; /* the latest, and how much of it is used */
	size_t used, room;
	unsigned char (*at)[5]; /* where what is known of event i lies */
	uint32_t *key;          /* by event, for whoever holds them */
	size_t n, atcap, keycap;
};

/* Copies the event's bytes. */
void hold_add(struct hold *, const struct event *, uint32_t key);
/* Time, set and flags of event i; nothing else. */
struct event hold_head(const struct hold *, size_t i);
/* Event i with a copy of its bytes. */
struct event hold_copy(const struct hold *, size_t i, struct buf *to);
/* Event i where it lies: once, and nothing is known of it afterwards. */
struct event hold_take(struct hold *, size_t i);
/* Ask for the memory that hold_head, hold_take will need. */
void hold_prefetch_head(const struct hold *, size_t i);
void hold_prefetch(const struct hold *, size_t i);
void hold_free(struct hold *);

#endif
