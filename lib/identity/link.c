#include <stdlib.h>
#include <string.h>

#include "link.h"
#include "mem.h"

struct links *
links_new(const struct guards *g, struct evidence *ev)
{
	struct links *l = mem_alloc(1, sizeof *l);

	l->g = g;
	l->ev = ev;
	return l;
}

void
links_free(struct links *l)
{
	if (l == NULL)
		return;
	free(l->guard);
	free(l->canon);
	free(l->flag);
	free(l->first);
	free(l->parent);
	free(l->rank);
	free(l->of_root);
	free(l->customer);
	free(l->start);
	free(l->member);
	free(l->shares);
	free(l->shared);
	free(l->refused);
	free(l->must.pair);
	free(l->cannot.pair);
	free(l->retract.pair);
	free(l->scratch);
	buf_free(&l->text);
	free(l);
}

/* ---- normal forms and ignored values ---- */

static const struct guard *
guard_of(struct links *l, uint16_t space)
{
	const char *name;
	size_t n, i;

	if (space >= l->nguard) {
		i = l->nguard;
		l->nguard = intern_count(l->ev->spaces);
		l->guard = mem_resize(l->guard, l->nguard, sizeof *l->guard);
		for (; i < l->nguard; i++) {
			name = evidence_space_name(l->ev, (uint16_t)i, &n);
			l->guard[i] = guards_find(l->g, name, n);
		}
	}
	return l->guard[space];
}

static bool
out_of_scope(const struct links *l, const struct guard *g, uint16_t space)
{
	const char *name;
	size_t n;

	if (!g->scoped)
		return false;
	name = evidence_space_name(l->ev, space, &n);
	return memchr(name, '@', n) == NULL;
}

static uint32_t
normal(struct links *l, uint32_t id)
{
	uint16_t space = l->ev->space[id];
	const struct guard *g = guard_of(l, space);
	const char *p;
	size_t n;

	p = evidence_value(l->ev, id, &n);
	if (space < l->ev->proxies || n == 0 || out_of_scope(l, g, space) ||
	    ignore_value(g->ignore, p, n))
		return LINK_NONE;
	if (g->normal == 0)
		return id;
	l->text.len = 0;
	normal_form(g->normal, p, n, &l->text);
	if (l->text.len == n && memcmp(l->text.p, p, n) == 0)
		return id;
	if (l->text.len == 0 || ignore_value(g->ignore, l->text.p, l->text.len))
		return LINK_NONE;
	return evidence_id(l->ev, space, l->text.p, l->text.len);
}

void
links_learn(struct links *l)
{
	uint32_t id;

	for (; l->known < intern_count(l->ev->ids); l->known++) {
		id = (uint32_t)l->known;
		l->canon = mem_grow(
		    l->canon, &l->canoncap, l->known + 1, sizeof *l->canon);
		l->canon[id] = normal(l, id);
		if (l->canon[id] == LINK_NONE &&
		    l->ev->space[id] >= l->ev->proxies)
			l->ignored++;
	}
}

/* ---- the identifiers of a set ---- */

const struct guard *
links_guard(const struct links *l, uint32_t id)
{
	return l->guard[l->ev->space[id]];
}

/* Weaker before anything is known of times: for retracted pairs. */
static bool
lower(const struct links *l, uint32_t a, uint32_t b)
{
	const struct guard *g = links_guard(l, a), *h = links_guard(l, b);

	if (g->priority != h->priority)
		return g->priority > h->priority;
	return evidence_compare(l->ev, a, b) > 0;
}

static size_t
retract(const struct links *l, uint32_t *ids, size_t n)
{
	size_t i, k, m;
	uint32_t a, b, gone;

	for (i = 0; i < l->retract.n; i++) {
		a = l->retract.pair[i][0];
		b = l->retract.pair[i][1];
		for (k = 0; k < n && ids[k] != a; k++)
			;
		for (m = 0; m < n && ids[m] != b; m++)
			;
		if (k == n || m == n || a == b)
			continue;
		gone = lower(l, a, b) ? a : b;
		for (k = m = 0; k < n; k++)
			if (ids[k] != gone)
				ids[m++] = ids[k];
		n = m;
	}
	return n;
}

/* Quadratic only for events that carry very many identifiers. */
static bool
holds(const uint32_t *ids, size_t n, uint32_t id)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (ids[i] == id)
			return true;
	return false;
}

size_t
links_members(struct links *l, uint32_t set, uint32_t **out)
{
	size_t n, i, k = 0;
	uint32_t id, one;
	const uint32_t *raw = evidence_members(l->ev, set, &one, &n);
	unsigned flags = 0;
	bool changed = false;

	l->scratch =
	    mem_grow(l->scratch, &l->scratchcap, n + 1, sizeof *l->scratch);
	*out = l->scratch;
	for (i = 0; i < n; i++) {
		id = l->canon[raw[i]];
		changed |= id != raw[i];
		if (id == LINK_NONE || (changed && holds(*out, k, id)))
			continue;
		flags |= l->flag[id];
		(*out)[k++] = id;
	}
	return flags & LINK_RETRACT ? retract(l, *out, k) : k;
}

bool
links_stronger(const struct links *l, uint32_t a, uint32_t b)
{
	const struct guard *g = links_guard(l, a), *h = links_guard(l, b);

	if (g->priority != h->priority)
		return g->priority < h->priority;
	if (l->first[a] != l->first[b])
		return l->first[a] < l->first[b];
	return evidence_compare(l->ev, a, b) < 0;
}

uint32_t
links_strongest(
    const struct links *l, const uint32_t *ids, size_t n, bool shared)
{
	uint32_t best = LINK_NONE;
	size_t i;

	for (i = 0; i < n; i++)
		if ((l->flag[ids[i]] & LINK_SHARED ? true : false) == shared &&
		    (best == LINK_NONE || links_stronger(l, ids[i], best)))
			best = ids[i];
	return best;
}

/* ---- the whole ---- */

uint32_t
links_named(struct links *l, const char *text)
{
	size_t n = strlen(text);
	const char *colon = memchr(text, ':', n);
	const struct guard *g;
	struct buf b = {0};
	uint32_t id = evidence_find(l->ev, text, n);

	if (id == INTERN_NONE && colon != NULL) {
		g = guards_find(l->g, text, (size_t)(colon - text));
		buf_add(&b, text, (size_t)(colon - text) + 1);
		normal_form(
		    g->normal, colon + 1, n - (size_t)(colon - text) - 1, &b);
		id = evidence_find(l->ev, b.p, b.len);
		buf_free(&b);
	}
	return id == INTERN_NONE || id >= l->known ? LINK_NONE : l->canon[id];
}

static void
name_pairs(struct links *l, const struct guard_pairs *from,
    uint32_t (**pair)[2], size_t *n, unsigned flag)
{
	size_t i;
	int k;

	*pair = mem_alloc(from->n, sizeof **pair);
	*n = from->n;
	for (i = 0; i < from->n; i++) {
		(*pair)[i][0] = links_named(l, from->pair[i].a);
		(*pair)[i][1] = links_named(l, from->pair[i].b);
		for (k = 0; k < 2; k++)
			if ((*pair)[i][k] != LINK_NONE)
				l->flag[(*pair)[i][k]] |= (unsigned char)flag;
	}
}

static void
begin(struct links *l)
{
	size_t n = l->known, i;

	l->flag = mem_alloc(n, sizeof *l->flag);
	l->first = mem_resize(NULL, n, sizeof *l->first);
	l->parent = mem_resize(NULL, n, sizeof *l->parent);
	for (i = 0; i < n; i++) {
		l->first[i] = EVIDENCE_NEVER;
		l->parent[i] = (uint32_t)i;
	}
	name_pairs(l, &l->g->must, &l->must.pair, &l->must.n, LINK_MUST);
	name_pairs(
	    l, &l->g->cannot, &l->cannot.pair, &l->cannot.n, LINK_CANNOT);
	name_pairs(
	    l, &l->g->retract, &l->retract.pair, &l->retract.n, LINK_RETRACT);
}

static void
date_ids(struct links *l)
{
	uint32_t set, *ids;
	size_t n, i;
	int64_t t;

	for (set = 0; set < evidence_sets(l->ev); set++) {
		t = l->ev->first[set];
		if (t == EVIDENCE_NEVER)
			continue;
		n = links_members(l, set, &ids);
		for (i = 0; i < n; i++)
			if (t < l->first[ids[i]])
				l->first[ids[i]] = t;
	}
}

static void
link_sets(struct links *l)
{
	uint32_t set, *ids, strong;
	size_t n, i;

	for (set = l->ev->singles; set < evidence_sets(l->ev); set++) {
		if (l->ev->first[set] == EVIDENCE_NEVER)
			continue;
		n = links_members(l, set, &ids);
		if (n < 2)
			continue;
		strong = links_strongest(l, ids, n, false);
		for (i = 0; i < n; i++)
			if (!(l->flag[ids[i]] & LINK_SHARED))
				union_join(l->parent, strong, ids[i]);
	}
	for (i = 0; i < l->must.n; i++)
		if (l->must.pair[i][0] != LINK_NONE &&
		    l->must.pair[i][1] != LINK_NONE)
			union_join(
			    l->parent, l->must.pair[i][0], l->must.pair[i][1]);
}

void
links_solve(struct links *l)
{
	links_learn(l);
	begin(l);
	date_ids(l);
	links_share(l);
	link_sets(l);
	links_limit(l);
	links_settle(l);
}
