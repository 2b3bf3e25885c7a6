/*
 * Why two identifiers are one customer, or are not: the shortest chain of
 * evidence between them.  An explain owns its tables and borrows the links; it
 * lives until the program ends.
 */
#ifndef CDP_IDENTITY_EXPLAIN_H
#define CDP_IDENTITY_EXPLAIN_H

#include "link.h"
#include "store.h"

struct explain;

/* The id that an option names: "namespace:value", or a profile_id, old or
 * new, which is the UUIDv5 of one.  LINK_NONE: never seen. */
uint32_t explain_named(struct links *, const char *text);

struct explain *explain_new(struct links *, uint32_t a, uint32_t b);
/* Every customer's sorted events: which messages the chain rests on. */
void explain_customer(struct explain *, const struct event *, size_t n);
/* The answer, one line a step; true where they are one customer. */
bool explain_write(struct explain *, struct buf *out);

#endif
