/*
 * Links that alone hold a customer together: where one is wrong, two people
 * are one.  The list belongs to the caller.
 */
#ifndef CDP_IDENTITY_BRIDGE_H
#define CDP_IDENTITY_BRIDGE_H

#include "link.h"

struct bridge {
	uint32_t a, b;
	uint32_t small; /* ids on the smaller side: 2 or more */
	uint32_t large;
};

/*
 * All bridges (Tarjan 1974) of the graph of identifiers whose two sides hold
 * at least two identifiers each, the most balanced first; *n gets how many.
 * The caller frees the list.
 */
struct bridge *bridges_find(struct links *, size_t *n);

#endif
