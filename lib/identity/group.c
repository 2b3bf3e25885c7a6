/*
 * Events customer by customer: a counting sort in memory; past the limit,
 * files of customers with neighbouring profile_ids, each sorted by itself.
 */
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "storage.h"

#define AHEAD 10
#define ROUNDS 8  /* so many times the events are gone through */
#define PARTS 240 /* spill files open at once */

struct group {
	struct store *s;
	const struct evidence *ev;
	const uint32_t *rank; /* by set */
	size_t groups;
	void (*take)(void *, uint32_t, struct event *, size_t);
	void *arg;
	struct event *scratch;
	size_t cap;
};

static uint32_t
rank_of(const struct group *g, uint32_t code)
{
	return g->rank[evidence_set(g->ev, code)];
}

/* One customer's events, by their numbers in h. */
static void
hand_over(struct group *g, uint32_t rank, struct hold *h, const uint32_t *order,
    size_t n, const uint32_t *end)
{
	size_t i;

	if (n == 0)
		return;
	g->scratch = mem_grow(g->scratch, &g->cap, n, sizeof *g->scratch);
	for (i = 0; i < n; i++) {
		if (end - (order + i) > 2 * AHEAD)
			__builtin_prefetch(&h->at[order[i + 2 * AHEAD]]);
		if (end - (order + i) > AHEAD)
			hold_prefetch(h, order[i + AHEAD]);
		g->scratch[i] = hold_take(h, order[i]);
	}
	events_sort(g->scratch, n);
	g->take(g->arg, rank, g->scratch, n);
}

/* Hands out the events of the customers [a, b) of those that begin at rank
 * `from`; customer k's begin at start[k + 1], and then end there. */
static void
sort_some(struct group *g, struct hold *h, uint32_t from, uint32_t *start,
    size_t a, size_t b)
{
	size_t first = start[a + 1], n = start[b + 1] - first, i;
	uint32_t *order = mem_resize(NULL, n, sizeof *order);

	for (i = 0; i < h->n; i++)
		if (h->key[i] >= a && h->key[i] < b)
			order[start[h->key[i] + 1]++ - first] = (uint32_t)i;
	for (i = a; i < b; i++)
		hand_over(g, from + (uint32_t)i, h, order + (start[i] - first),
		    start[i + 1] - (size_t)start[i], order + n);
	free(order);
}

/* Hands out the events of ranks [from, to). */
static void
sort_part(struct group *g, struct hold *h, uint32_t from, uint32_t to)
{
	size_t width = to - from, step = width / ROUNDS + 1, i;
	uint32_t *start = mem_alloc(width + 2, sizeof *start);

	for (i = 0; i < h->n; i++) {
		if (h->key[i] == STORE_DEAD)
			continue;
		h->key[i] = rank_of(g, h->key[i]) - from;
		start[h->key[i] + 2]++;
	}
	for (i = 2; i < width + 2; i++)
		start[i] += start[i - 1];
	for (i = 0; i < width; i += step)
		sort_some(
		    g, h, from, start, i, i + step < width ? i + step : width);
	free(start);
}

/* Cut the ranks into ranges of about `goal` bytes; returns how many. */
static size_t
cut(struct group *g, uint32_t *part, uint32_t *first)
{
	uint64_t *size = mem_alloc(g->groups, sizeof *size), total = 0, sum = 0;
	uint64_t goal, i;
	const struct head *h;
	size_t parts = 0;

	spool_rewind(g->s->heads);
	for (i = 0; i < g->s->n; i++) {
		h = (const void *)spool_get(g->s->heads, sizeof *h);
		if (store_dead(g->s, i))
			continue;
		size[rank_of(g, h->e.set)] += h->e.len + sizeof h->e;
		total += h->e.len + sizeof h->e;
	}
	goal = total / (PARTS - 1) + 1;
	if (goal < g->s->limit / 2)
		goal = g->s->limit / 2;
	for (i = 0; i < g->groups; i++) {
		if (i == 0 ||
		    (sum > 0 && sum + size[i] > goal && parts < PARTS)) {
			first[parts++] = (uint32_t)i;
			sum = 0;
		}
		sum += size[i];
		part[i] = (uint32_t)parts - 1;
	}
	first[parts] = (uint32_t)g->groups;
	free(size);
	return parts;
}

static void
scatter(struct group *g, const uint32_t *part, struct spool **to)
{
	const struct head *h;
	const char *p;
	struct spool *out;
	uint64_t i;

	spool_rewind(g->s->heads);
	spool_rewind(g->s->bytes);
	for (i = 0; i < g->s->n; i++) {
		h = (const void *)spool_get(g->s->heads, sizeof *h);
		p = spool_get(g->s->bytes, h->e.len);
		if (store_dead(g->s, i))
			continue;
		out = to[part[rank_of(g, h->e.set)]];
		spool_put(out, &h->e, sizeof h->e);
		spool_put(out, p, h->e.len);
	}
}

/* A spill file as events in memory. */
static void
take_part(struct spool *f, struct hold *h)
{
	struct event one;
	const char *p;

	spool_rewind(f);
	while ((p = spool_get(f, sizeof one)) != NULL) {
		memcpy(&one, p, sizeof one);
		one.p = spool_get(f, one.len);
		hold_add(h, &one, one.set);
	}
	spool_free(f);
}

static void
group_spilled(struct group *g)
{
	uint32_t *part = mem_alloc(g->groups + 1, sizeof *part);
	uint32_t first[PARTS + 1];
	struct spool *f[PARTS];
	struct hold h = {0};
	size_t parts = cut(g, part, first), i;

	for (i = 0; i < parts; i++)
		f[i] = spool_new(g->s->dir);
	scatter(g, part, f);
	free(part);
	spool_free(g->s->bytes);
	spool_free(g->s->heads);
	g->s->bytes = g->s->heads = NULL;
	for (i = 0; i < parts; i++) {
		take_part(f[i], &h);
		sort_part(g, &h, first[i], first[i + 1]);
		hold_free(&h);
	}
}

void
store_group(struct store *s, const struct evidence *ev, const uint32_t *rank,
    size_t groups, void (*take)(void *, uint32_t, struct event *, size_t),
    void *arg)
{
	struct group g = {s, ev, rank, groups, take, arg, NULL, 0};

	if (groups == 0)
		return;
	if (s->heads != NULL)
		group_spilled(&g);
	else
		sort_part(&g, &s->in, 0, (uint32_t)groups);
	free(g.scratch);
}
