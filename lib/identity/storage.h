/*
 * The inside of a store, for store.c, settle.c and group.c only.  The store
 * owns all of it.
 */
#ifndef CDP_IDENTITY_STORAGE_H
#define CDP_IDENTITY_STORAGE_H

#include "spool.h"
#include "store.h"

/* An event as it stands in the file of heads; event.p is its offset in the
 * file of bytes. */
struct head {
	struct event e;
	uint32_t hash; /* of the decoded messageId */
};

struct store {
	uint64_t limit, held; /* bytes of events in memory */
	const char *dir;
	struct event *e; /* in memory ... */
	uint32_t *hash;
	size_t cap, hashcap;
	uint64_t n; /* events, wherever they lie */
	char **block;
	size_t nblock;
	char *room;
	size_t left, size;           /* size: of the latest block */
	struct spool *bytes, *heads; /* ... or spilled; else NULL */
	unsigned char *dead;         /* spilled: a bit an event */
};

static inline bool
store_dead(const struct store *s, uint64_t i)
{
	if (s->heads == NULL)
		return s->e[i].flags & EVENT_DEAD;
	return s->dead != NULL && s->dead[i / 8] >> i % 8 & 1;
}

#endif
