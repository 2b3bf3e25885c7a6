/*
 * The inside of a store, for store.c, settle.c and group.c only.  The store
 * owns all of it.
 */
#ifndef CDP_IDENTITY_STORAGE_H
#define CDP_IDENTITY_STORAGE_H

#include "hold.h"
#include "spool.h"
#include "store.h"

/* An event as it stands in the file of heads; event.p is its offset in the
 * file of bytes. */
struct head {
	struct event e;
	uint32_t hash; /* of the decoded messageId */
};

#define STORE_DEAD UINT32_MAX /* no set's code */

struct store {
	uint64_t limit, held; /* bytes of events in memory */
	const char *dir;
	uint64_t n;     /* events, wherever they lie */
	struct hold in; /* in memory; key: the hash of the messageId, then,
			 * settled, the set's code or STORE_DEAD */
	struct spool *bytes, *heads; /* ... or spilled; else NULL */
	unsigned char *dead;         /* once settled: a bit an event */
};

static inline bool
store_dead(const struct store *s, uint64_t i)
{
	return s->dead[i / 8] >> i % 8 & 1;
}

#endif
