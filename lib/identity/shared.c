/*
 * Identifiers that belong to nobody in particular: a shop's tablet, info@, a
 * family's phone.  From the strongest namespace down, so that what is shared
 * no longer speaks against weaker ones.  The measure is either the number of
 * different identifiers of one stronger namespace, or of different values of
 * a proxy (Amperity's "e-mail with more than n given names").
 */
#include <stdlib.h>

#include "link.h"
#include "mem.h"

struct sharing {
	struct links *l;
	uint32_t *set; /* sets that hold an identifier seen often */
	size_t n, cap;
	uint64_t *pair; /* identifier << 32 | what it was seen with */
	size_t npair, paircap;
	uint32_t *by_space, nspace;
};

static bool
guarded(const struct guard *g)
{
	return g->shared_ids > 0 || g->shared_values > 0;
}

static uint32_t
least(const struct guard *g)
{
	if (g->shared_ids == 0 || g->shared_values == 0)
		return g->shared_ids | g->shared_values;
	return g->shared_ids < g->shared_values ? g->shared_ids
						: g->shared_values;
}

/* Few sets, few others: only what stands in more sets than the limit can be
 * shared, and only sets with such a member are looked at again. */
static void
find_many(struct sharing *s)
{
	struct links *l = s->l;
	uint16_t *sets = mem_alloc(l->known, sizeof *sets);
	uint32_t set, *ids;
	size_t n, i;
	const struct guard *g;

	for (set = l->ev->singles; set < evidence_sets(l->ev); set++) {
		if (l->ev->first[set] == EVIDENCE_NEVER)
			continue;
		n = links_members(l, set, &ids);
		for (i = 0; i < n; i++) {
			g = links_guard(l, ids[i]);
			if (guarded(g) && sets[ids[i]] < UINT16_MAX &&
			    ++sets[ids[i]] > least(g) &&
			    !(l->flag[ids[i]] & LINK_MUST))
				l->flag[ids[i]] |= LINK_MANY;
			if (sets[ids[i]] == UINT16_MAX)
				l->flag[ids[i]] |= LINK_MANY;
		}
	}
	free(sets);
}

static void
list_sets(struct sharing *s)
{
	struct links *l = s->l;
	uint32_t set, *ids;
	size_t n, i;

	for (set = l->ev->singles; set < evidence_sets(l->ev); set++) {
		if (l->ev->first[set] == EVIDENCE_NEVER)
			continue;
		n = links_members(l, set, &ids);
		for (i = 0; i < n && !(l->flag[ids[i]] & LINK_MANY); i++)
			;
		if (i == n)
			continue;
		s->set = mem_grow(s->set, &s->cap, s->n + 1, sizeof *s->set);
		s->set[s->n++] = set;
	}
}

static void
add_pair(struct sharing *s, uint32_t id, uint32_t with)
{
	s->pair = mem_grow(s->pair, &s->paircap, s->npair + 1, sizeof *s->pair);
	s->pair[s->npair++] = (uint64_t)id << 32 | with;
}

/* What the set says of its member `id`. */
static void
witness(
    struct sharing *s, uint32_t set, uint32_t id, const uint32_t *ids, size_t n)
{
	struct links *l = s->l;
	const struct guard *g = links_guard(l, id);
	size_t i, m;
	const uint32_t *raw;
	uint32_t one;

	for (i = 0; g->shared_ids > 0 && i < n; i++)
		if (links_guard(l, ids[i])->priority < g->priority &&
		    !(l->flag[ids[i]] & LINK_SHARED))
			add_pair(s, id, ids[i]);
	if (g->shared_values == 0)
		return;
	raw = evidence_members(l->ev, set, &one, &m);
	for (i = 0; i < m; i++)
		if (l->ev->space[raw[i]] == g->proxy)
			add_pair(s, id, raw[i]);
}

static int
by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void
found(struct links *l, uint32_t id, uint32_t seen, uint32_t limit, bool values)
{
	if (l->flag[id] & LINK_SHARED)
		return;
	l->flag[id] |= LINK_SHARED;
	l->shared = mem_grow(
	    l->shared, &l->sharedcap, l->nshared + 1, sizeof *l->shared);
	l->shared[l->nshared++] = (struct link_shared){id, seen, limit, values};
}

/* One identifier's pairs [from, to), sorted: how many of each namespace? */
static void
judge(struct sharing *s, size_t from, size_t to)
{
	struct links *l = s->l;
	uint32_t id = (uint32_t)(s->pair[from] >> 32), most = 0, values = 0;
	const struct guard *g = links_guard(l, id);
	uint16_t space;
	size_t i;

	for (i = from; i < to; i++) {
		if (i > from && s->pair[i] == s->pair[i - 1])
			continue;
		space = l->ev->space[(uint32_t)s->pair[i]];
		s->by_space[space]++;
		if (space < l->ev->proxies)
			values = s->by_space[space];
		else if (s->by_space[space] > most)
			most = s->by_space[space];
	}
	for (i = from; i < to; i++)
		s->by_space[l->ev->space[(uint32_t)s->pair[i]]] = 0;
	if (g->shared_ids > 0 && most > g->shared_ids)
		found(l, id, most, g->shared_ids, false);
	if (g->shared_values > 0 && values > g->shared_values)
		found(l, id, values, g->shared_values, true);
}

static void
share_class(struct sharing *s, uint32_t priority)
{
	struct links *l = s->l;
	size_t i, k, n, from;
	uint32_t *ids;

	s->npair = 0;
	for (i = 0; i < s->n; i++) {
		n = links_members(l, s->set[i], &ids);
		for (k = 0; k < n; k++)
			if (l->flag[ids[k]] & LINK_MANY &&
			    links_guard(l, ids[k])->priority == priority)
				witness(s, s->set[i], ids[k], ids, n);
	}
	mem_sort(s->pair, s->npair, sizeof *s->pair, by_value);
	for (i = from = 0; i < s->npair; i++)
		if (i + 1 == s->npair ||
		    s->pair[i + 1] >> 32 != s->pair[i] >> 32) {
			judge(s, from, i + 1);
			from = i + 1;
		}
}

/* The next priority after p that has guarded namespaces, or 0. */
static uint32_t
next_class(const struct links *l, uint32_t p)
{
	uint32_t best = 0;
	size_t i;

	for (i = 0; i < l->nguard; i++)
		if (guarded(l->guard[i]) && l->guard[i]->priority > p &&
		    (best == 0 || l->guard[i]->priority < best))
			best = l->guard[i]->priority;
	return best;
}

void
links_share(struct links *l)
{
	struct sharing s = {.l = l};
	uint32_t p = next_class(l, 0);

	if (p == 0)
		return;
	find_many(&s);
	list_sets(&s);
	s.by_space = mem_alloc(intern_count(l->ev->spaces), sizeof(uint32_t));
	for (; p != 0 && s.n > 0; p = next_class(l, p))
		share_class(&s, p);
	free(s.set);
	free(s.pair);
	free(s.by_space);
}
