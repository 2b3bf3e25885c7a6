/*
 * Byte strings with a number each, for the work on one record: emptying it
 * costs nothing, and it allocates nothing once warm.  The set owns copies of
 * the strings until it is emptied; a zeroed struct is an empty set.
 */
#ifndef CDP_KEYSET_H
#define CDP_KEYSET_H

#include <stdint.h>

#include "buf.h"

#define KEYSET_NONE SIZE_MAX

struct keyset {
	struct keyset_slot {
		uint64_t hash;
		size_t text; /* its length and bytes, in keyset.text */
		size_t value;
		uint32_t stamp;
	} * slot; /* open addressing; an earlier stamp is an empty slot */
	size_t slots, n;
	uint32_t stamp;
	struct buf text;
};

void keyset_empty(struct keyset *);
/* Give the string a number; returns the one it had, or KEYSET_NONE. */
size_t keyset_put(struct keyset *, const char *, size_t n, size_t value);
void keyset_free(struct keyset *);

#endif
