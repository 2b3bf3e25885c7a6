/*
 * Union-find: groups of numbers, each known by its smallest.  The array of
 * parents, in which a root is its own, belongs to the caller.
 */
#ifndef CDP_IDENTITY_UNION_H
#define CDP_IDENTITY_UNION_H

#include <stdint.h>

/* Paths are halved on the way. */
static inline uint32_t
union_root(uint32_t *parent, uint32_t i)
{
	while (parent[i] != i) {
		parent[i] = parent[parent[i]];
		i = parent[i];
	}
	return i;
}

static inline void
union_join(uint32_t *parent, uint32_t a, uint32_t b)
{
	a = union_root(parent, a);
	b = union_root(parent, b);
	if (a < b)
		parent[b] = a;
	else
		parent[a] = b;
}

#endif
