/*
 * Customers: the anchor of each group (its earliest identifier), the
 * profile_id made of it, and what the customer's line lists.
 */
#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "link.h"
#include "mem.h"

struct named {
	unsigned char uuid[16];
	uint32_t root;
};

/* Earliest first seen, then priority, then bytes. */
static bool
earlier(const struct links *l, uint32_t a, uint32_t b)
{
	uint32_t p, q;

	if (l->first[a] != l->first[b])
		return l->first[a] < l->first[b];
	p = links_guard(l, a)->priority;
	q = links_guard(l, b)->priority;
	return p != q ? p < q : evidence_compare(l->ev, a, b) < 0;
}

/* By root: its anchor, where a set belongs to it.  rank holds roots for now. */
static uint32_t *
find_anchors(struct links *l)
{
	uint32_t *best = mem_resize(NULL, l->known, sizeof *best), root;
	size_t i;

	memset(best, 0xff, l->known * sizeof *best);
	for (i = 0; i < evidence_sets(l->ev); i++)
		if (l->rank[i] != LINK_NONE)
			best[l->rank[i]] = l->rank[i];
	for (i = 0; i < l->known; i++) {
		if (l->first[i] == EVIDENCE_NEVER || l->flag[i] & LINK_SHARED)
			continue;
		root = links_root(l, (uint32_t)i);
		if (best[root] != LINK_NONE &&
		    earlier(l, (uint32_t)i, best[root]))
			best[root] = (uint32_t)i;
	}
	return best;
}

/* By set: the root of the customer whose event it is. */
static void
find_owners(struct links *l)
{
	uint32_t set, *ids, id;
	size_t n;

	l->rank = mem_resize(
	    l->rank, evidence_sets(l->ev) + (size_t)1, sizeof *l->rank);
	for (set = 0; set < evidence_sets(l->ev); set++) {
		l->rank[set] = LINK_NONE;
		if (l->ev->first[set] == EVIDENCE_NEVER)
			continue;
		n = links_members(l, set, &ids);
		id = links_strongest(l, ids, n, false);
		if (id == LINK_NONE)
			id = links_strongest(l, ids, n, true);
		if (id != LINK_NONE)
			l->rank[set] = links_root(l, id);
	}
}

static int
by_uuid(const void *a, const void *b)
{
	return memcmp(a, b, sizeof((struct named *)0)->uuid);
}

static uint32_t
bucket_of(const struct named *x, int bits)
{
	const unsigned char *u = x->uuid;

	return ((uint32_t)u[0] << 24 | (uint32_t)u[1] << 16 |
		   (uint32_t)u[2] << 8 | u[3]) >>
	       (32 - bits);
}

/* The ids are hashes: as many buckets as customers, by their leading bits,
 * hold about one each. */
static struct named *
sort_named(struct named *all, size_t n)
{
	struct named *sorted = mem_resize(NULL, n, sizeof *sorted);
	uint32_t *start, bucket;
	int bits = 1;
	size_t i;

	while (bits < 24 && (size_t)1 << bits < n)
		bits++;
	start = mem_alloc(((size_t)1 << bits) + 2, sizeof *start);
	for (i = 0; i < n; i++)
		start[bucket_of(&all[i], bits) + 2]++;
	for (i = 2; i < ((size_t)1 << bits) + 2; i++)
		start[i] += start[i - 1];
	for (i = 0; i < n; i++)
		sorted[start[bucket_of(&all[i], bits) + 1]++] = all[i];
	for (bucket = 0; bucket < (uint32_t)1 << bits; bucket++)
		mem_sort(sorted + start[bucket],
		    start[bucket + 1] - (size_t)start[bucket], sizeof *sorted,
		    by_uuid);
	free(start);
	free(all);
	return sorted;
}

static void
name_customers(struct links *l, uint32_t *best)
{
	struct named *all;
	size_t i, n = 0;

	for (i = 0; i < l->known; i++)
		n += best[i] != LINK_NONE;
	all = mem_resize(NULL, n, sizeof *all);
	l->n = 0;
	for (i = 0; i < l->known; i++) {
		if (best[i] == LINK_NONE)
			continue;
		l->text.len = 0;
		evidence_text(l->ev, best[i], &l->text);
		uuid5_bytes(
		    l->g->space, l->text.p, l->text.len, all[l->n].uuid);
		all[l->n++].root = (uint32_t)i;
	}
	all = sort_named(all, n);
	l->anchor = mem_resize(NULL, n, sizeof *l->anchor);
	l->uuid = mem_resize(NULL, n, sizeof *l->uuid);
	for (i = 0; i < n; i++) {
		memcpy(l->uuid[i], all[i].uuid, sizeof l->uuid[i]);
		l->anchor[i] = best[all[i].root];
		best[all[i].root] = (uint32_t)i;
	}
	free(all);
}

/* From here on `best` is a root's rank. */
static void
list_members(struct links *l, const uint32_t *best)
{
	uint32_t root, *at;
	size_t i;

	l->start = mem_alloc(l->n + 2, sizeof *l->start);
	at = l->start + 1;
	for (i = 0; i < l->known; i++)
		if (l->first[i] != EVIDENCE_NEVER &&
		    !(l->flag[i] & LINK_SHARED) &&
		    best[root = links_root(l, (uint32_t)i)] != LINK_NONE)
			at[best[root] + 1]++;
	for (i = 1; i <= l->n; i++)
		at[i] += at[i - 1];
	l->member = mem_resize(NULL, at[l->n], sizeof *l->member);
	for (i = 0; i < l->known; i++)
		if (l->first[i] != EVIDENCE_NEVER &&
		    !(l->flag[i] & LINK_SHARED) &&
		    best[root = links_root(l, (uint32_t)i)] != LINK_NONE)
			l->member[at[best[root]]++] = (uint32_t)i;
}

static int
by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void
rank_sets(struct links *l, const uint32_t *best)
{
	uint32_t set, *ids;
	size_t n, i, cap = 0, k = 0;

	for (set = 0; set < evidence_sets(l->ev); set++) {
		l->rank[set] = l->rank[set] == LINK_NONE ? (uint32_t)l->n
							 : best[l->rank[set]];
		if (l->nshared == 0 || l->rank[set] == l->n)
			continue;
		n = links_members(l, set, &ids);
		for (i = 0; i < n; i++) {
			if (!(l->flag[ids[i]] & LINK_SHARED))
				continue;
			l->shares = mem_grow(
			    l->shares, &cap, l->nshares + 1, sizeof *l->shares);
			l->shares[l->nshares++] =
			    (uint64_t)l->rank[set] << 32 | ids[i];
		}
	}
	if (l->nshares == 0)
		return;
	mem_sort(l->shares, l->nshares, sizeof *l->shares, by_value);
	for (i = 0; i < l->nshares; i++)
		if (k == 0 || l->shares[k - 1] != l->shares[i])
			l->shares[k++] = l->shares[i];
	l->nshares = k;
}

void
links_settle(struct links *l)
{
	uint32_t *best;

	find_owners(l);
	best = find_anchors(l);
	name_customers(l, best);
	list_members(l, best);
	rank_sets(l, best);
	l->of_root = best;
}

uint32_t
links_customer(struct links *l, uint32_t id)
{
	return l->of_root[links_root(l, id)];
}
