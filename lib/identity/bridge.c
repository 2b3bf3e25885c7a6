#include <stdlib.h>

#include "bridge.h"
#include "mem.h"

struct graph {
	struct links *l;
	uint64_t *edge; /* strong << 32 | weak, sorted */
	size_t n, cap;
	uint32_t *start, *to; /* both directions, by counting */
	/* depth first */
	uint32_t *order, *low, *size, *above, *next;
	uint32_t clock;
	struct bridge *found;
	size_t nfound, foundcap;
};

static int
by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void
add_edge(struct graph *g, uint32_t a, uint32_t b)
{
	if (a == b || a == LINK_NONE || b == LINK_NONE ||
	    links_root(g->l, a) != links_root(g->l, b))
		return;
	g->edge = mem_grow(g->edge, &g->cap, g->n + 1, sizeof *g->edge);
	g->edge[g->n++] = a < b ? (uint64_t)a << 32 | b : (uint64_t)b << 32 | a;
}

static void
list_edges(struct graph *g)
{
	struct links *l = g->l;
	uint32_t set, *ids, strong;
	size_t n, i, k = 0;

	for (set = l->ev->singles; set < evidence_sets(l->ev); set++) {
		if (l->ev->first[set] == EVIDENCE_NEVER)
			continue;
		n = links_members(l, set, &ids);
		strong = links_strongest(l, ids, n, false);
		for (i = 0; strong != LINK_NONE && i < n; i++)
			if (!(l->flag[ids[i]] & LINK_SHARED))
				add_edge(g, strong, ids[i]);
	}
	for (i = 0; i < l->must.n; i++)
		add_edge(g, l->must.pair[i][0], l->must.pair[i][1]);
	if (g->n > 0)
		mem_sort(g->edge, g->n, sizeof *g->edge, by_value);
	for (i = 0; i < g->n; i++)
		if (k == 0 || g->edge[k - 1] != g->edge[i])
			g->edge[k++] = g->edge[i];
	g->n = k;
}

static void
index_edges(struct graph *g)
{
	size_t i, n = g->l->known;
	uint32_t *at, a, b;

	g->start = mem_alloc(n + 2, sizeof *g->start);
	g->to = mem_alloc(2 * g->n, sizeof *g->to);
	at = g->start + 1;
	for (i = 0; i < g->n; i++) {
		at[(g->edge[i] >> 32) + 1]++;
		at[(uint32_t)g->edge[i] + 1]++;
	}
	for (i = 1; i <= n; i++)
		at[i] += at[i - 1];
	for (i = 0; i < g->n; i++) {
		a = (uint32_t)(g->edge[i] >> 32);
		b = (uint32_t)g->edge[i];
		g->to[at[a]++] = b;
		g->to[at[b]++] = a;
	}
}

static void
enter(struct graph *g, uint32_t v, uint32_t above)
{
	g->order[v] = g->low[v] = ++g->clock;
	g->size[v] = 1;
	g->above[v] = above;
	g->next[v] = g->start[v];
}

/* v is done: what it knows goes to the one above it. */
static void
leave(struct graph *g, uint32_t v)
{
	uint32_t up = g->above[v];

	if (up == LINK_NONE)
		return;
	if (g->low[v] < g->low[up])
		g->low[up] = g->low[v];
	g->size[up] += g->size[v];
	if (g->low[v] <= g->order[up])
		return;
	g->found =
	    mem_grow(g->found, &g->foundcap, g->nfound + 1, sizeof *g->found);
	g->found[g->nfound++] = (struct bridge){up, v, g->size[v], 0};
}

/* A stack would be as deep as the longest chain: `above` is the way back. */
static void
search(struct graph *g, uint32_t top)
{
	uint32_t v = top, w;

	enter(g, top, LINK_NONE);
	while (v != LINK_NONE) {
		if (g->next[v] == g->start[v + 1]) {
			leave(g, v);
			v = g->above[v];
			continue;
		}
		w = g->to[g->next[v]++];
		if (g->order[w] == 0) {
			enter(g, w, v);
			v = w;
		} else if (w != g->above[v] && g->order[w] < g->low[v])
			g->low[v] = g->order[w];
	}
}

/* The whole is known only now: which side is the smaller one? */
static void
weigh(struct graph *g, size_t from, uint32_t total)
{
	size_t i, k = from;
	struct bridge b;

	for (i = from; i < g->nfound; i++) {
		b = g->found[i];
		b.large = total - b.small;
		if (b.small > b.large) {
			b.large = b.small;
			b.small = total - b.large;
		}
		if (b.small > 1)
			g->found[k++] = b;
	}
	g->nfound = k;
}

static int
by_balance(const void *a, const void *b, void *arg)
{
	const struct bridge *x = a, *y = b;
	const struct evidence *ev = arg;
	int c;

	if (x->small != y->small)
		return x->small > y->small ? -1 : 1;
	if (x->large != y->large)
		return x->large > y->large ? -1 : 1;
	c = evidence_compare(ev, x->a, y->a);
	return c != 0 ? c : evidence_compare(ev, x->b, y->b);
}

struct bridge *
bridges_find(struct links *l, size_t *n)
{
	struct graph g = {.l = l};
	struct bridge *b;
	uint32_t v, swap;
	size_t from, i;

	list_edges(&g);
	index_edges(&g);
	g.order = mem_alloc(l->known, sizeof *g.order);
	g.low = mem_alloc(l->known, sizeof *g.low);
	g.size = mem_alloc(l->known, sizeof *g.size);
	g.above = mem_alloc(l->known, sizeof *g.above);
	g.next = mem_alloc(l->known, sizeof *g.next);
	for (v = 0; v < l->known; v++) {
		if (g.order[v] != 0 || g.start[v] == g.start[v + 1])
			continue;
		from = g.nfound;
		search(&g, v);
		weigh(&g, from, g.size[v]);
	}
	for (i = 0; i < g.nfound; i++) {
		b = &g.found[i];
		if (evidence_compare(l->ev, b->a, b->b) < 0)
			continue;
		swap = b->a;
		b->a = b->b;
		b->b = swap;
	}
	if (g.nfound > 0)
		mem_sort_by(
		    g.found, g.nfound, sizeof *g.found, by_balance, l->ev);
	free(g.edge);
	free(g.start);
	free(g.to);
	free(g.order);
	free(g.low);
	free(g.size);
	free(g.above);
	free(g.next);
	*n = g.nfound;
	return g.found;
}
