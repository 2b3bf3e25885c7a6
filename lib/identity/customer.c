/*
 * Customers: the anchor of each group (its earliest identifier), the
 * profile_id made of it, and what the customer's line lists.
 */
#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "link.h"
#include "mem.h"

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

/* Shared identifiers of a set, for the line of the customer with that root. */
static void
note_shares(
    struct links *l, uint32_t root, const uint32_t *ids, size_t n, size_t *cap)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (!(l->flag[ids[i]] & LINK_SHARED))
			continue;
		l->shares =
		    mem_grow(l->shares, cap, l->nshares + 1, sizeof *l->shares);
		l->shares[l->nshares++] = (uint64_t)root << 32 | ids[i];
	}
}

/* By set: the root of the customer whose event it is. */
static void
find_owners(struct links *l)
{
	uint32_t set, *ids, id;
	size_t n, cap = 0;

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
		if (id == LINK_NONE)
			continue;
		l->rank[set] = links_root(l, id);
		if (l->nshared > 0)
			note_shares(l, l->rank[set], ids, n, &cap);
	}
}

static int
by_uuid(const void *a, const void *b)
{
	return memcmp(a, b, sizeof((struct link_customer *)0)->uuid);
}

#define BITS 12

static uint32_t
bucket_of(const struct link_customer *c)
{
	return ((uint32_t)c->uuid[0] << 8 | c->uuid[1]) >> (16 - BITS);
}

/* In place: by the leading bits, which are a hash's, into buckets of one
 * size, going round the cycles of who stands where another belongs ("American
 * flag sort", McIlroy, Bostic and McIlroy 1993); then each bucket. */
static void
sort_customers(struct link_customer *all, size_t n)
{
	uint32_t start[(1 << BITS) + 1] = {0}, next[1 << BITS], b, to;
	struct link_customer one, other;
	size_t i;

	for (i = 0; i < n; i++)
		start[bucket_of(&all[i]) + 1]++;
	for (b = 0; b < 1 << BITS; b++) {
		start[b + 1] += start[b];
		next[b] = start[b];
	}
	for (b = 0; b < 1 << BITS; b++)
		while (next[b] < start[b + 1]) {
			one = all[next[b]];
			while ((to = bucket_of(&one)) != b) {
				other = all[next[to]];
				all[next[to]++] = one;
				one = other;
			}
			all[next[b]++] = one;
		}
	for (b = 0; b < 1 << BITS; b++)
		mem_sort(all + start[b], start[b + 1] - (size_t)start[b],
		    sizeof *all, by_uuid);
}

/* From anchors by root to ranks by root. */
static void
name_customers(struct links *l, uint32_t *best)
{
	struct link_customer *c;
	size_t i;

	l->n = 0;
	for (i = 0; i < l->known; i++)
		l->n += best[i] != LINK_NONE;
	c = l->customer = mem_resize(NULL, l->n, sizeof *l->customer);
	for (i = 0; i < l->known; i++) {
		if (best[i] == LINK_NONE)
			continue;
		l->text.len = 0;
		evidence_text(l->ev, best[i], &l->text);
		uuid5_bytes(l->g->space, l->text.p, l->text.len, c->uuid);
		c++->anchor = best[i];
	}
	sort_customers(l->customer, l->n);
	for (i = 0; i < l->n; i++)
		best[links_root(l, l->customer[i].anchor)] = (uint32_t)i;
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
	uint32_t set;
	size_t i, k = 0;

	for (set = 0; set < evidence_sets(l->ev); set++)
		l->rank[set] = l->rank[set] == LINK_NONE ? (uint32_t)l->n
							 : best[l->rank[set]];
	for (i = 0; i < l->nshares; i++)
		l->shares[i] = (uint64_t)best[l->shares[i] >> 32] << 32 |
			       (uint32_t)l->shares[i];
	mem_sort(l->shares, l->nshares, sizeof *l->shares, by_value);
	for (i = 0; i < l->nshares; i++)
		if (k == 0 || l->shares[k - 1] != l->shares[i])
			l->shares[k++] = l->shares[i];
	l->nshares = k;
}

void
links_settle(struct links *l)
{
	find_owners(l);
	if (l->lines_only) {
		evidence_forget_sets(l->ev);
		free(l->canon);
		l->canon = NULL;
	}
	l->of_root = find_anchors(l);
	name_customers(l, l->of_root);
	list_members(l, l->of_root);
	rank_sets(l, l->of_root);
	if (l->lines_only) {
		free(l->of_root);
		l->of_root = NULL;
	}
}

uint32_t
links_customer(struct links *l, uint32_t id)
{
	return l->of_root[links_root(l, id)];
}
