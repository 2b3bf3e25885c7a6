/*
 * Several events with one messageId: which of them counts.  Every pass takes
 * the events whose hash falls to it, so that its table fits the limit.
 */
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "intern.h"
#include "mem.h"
#include "storage.h"

#define FREE UINT32_MAX
#define AHEAD 12
#define MOST (1u << 30) /* events in one pass */

struct slot {
	uint32_t hash, i;
};

struct settle {
	struct store *s;
	struct event *e;
	uint32_t *hash;
	uint64_t *seq; /* NULL: event i is the store's i-th */
	size_t n;
	struct slot *slots;
	size_t mask;
	struct buf a, b;
	uint64_t *loser; /* hashes of superseded bytes */
	size_t nloser, losercap;
	struct counts *counts;
};

/* The event with its bytes in memory. */
static struct event
load(struct settle *t, size_t i, struct buf *to)
{
	struct event e = t->e[i];

	if (t->s->bytes == NULL)
		return e;
	spool_at(t->s->bytes, (uint64_t)(uintptr_t)e.p, e.len, to);
	e.p = to->p;
	return e;
}

static bool
same_mid(const struct event *a, const struct event *b)
{
	struct event x = *a, y = *b;

	x.time = y.time = 0;
	return event_compare(&x, &y) == 0;
}

static void
kill_event(struct settle *t, size_t i)
{
	uint64_t k = t->seq != NULL ? t->seq[i] : i;

	if (t->s->dead != NULL)
		t->s->dead[k / 8] |= (unsigned char)(1 << k % 8);
	else
		t->s->e[k].flags |= EVENT_DEAD;
}

/* Stubs are counted by whoever holds their events. */
static void
lost(struct settle *t, const struct event *e)
{
	if (e->flags & EVENT_STUB)
		return;
	t->loser =
	    mem_grow(t->loser, &t->losercap, t->nloser + 1, sizeof *t->loser);
	t->loser[t->nloser++] = intern_hash(e->p, e->len);
}

/* True where event i and the slot's share the messageId: one of them dies. */
static bool
contest(struct settle *t, struct slot *slot, size_t i)
{
	struct event a = load(t, slot->i, &t->a), b = load(t, i, &t->b);
	int c;

	if (!same_mid(&a, &b))
		return false;
	c = event_prevails(&a, &b);
	if (c == 0) {
		c = (a.flags & EVENT_STUB) ? -1 : 1;
		if (!((a.flags | b.flags) & EVENT_STUB))
			t->counts->duplicate++;
	} else
		lost(t, c > 0 ? &b : &a);
	kill_event(t, c > 0 ? i : slot->i);
	if (c < 0)
		slot->i = (uint32_t)i;
	return true;
}

static void
place(struct settle *t, size_t i)
{
	size_t k = t->hash[i] & t->mask;

	for (; t->slots[k].i != FREE; k = (k + 1) & t->mask)
		if (t->slots[k].hash == t->hash[i] &&
		    contest(t, &t->slots[k], i))
			return;
	t->slots[k] = (struct slot){t->hash[i], (uint32_t)i};
}

static void
pass(struct settle *t)
{
	size_t size = 64, i;

	while (size < t->n + t->n / 2)
		size *= 2;
	t->mask = size - 1;
	t->slots = mem_resize(NULL, size, sizeof *t->slots);
	memset(t->slots, 0xff, size * sizeof *t->slots);
	for (i = 0; i < t->n; i++) {
		if (i + AHEAD < t->n)
			__builtin_prefetch(
			    &t->slots[t->hash[i + AHEAD] & t->mask], 1);
		place(t, i);
	}
	free(t->slots);
}

static int
by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The same bytes again are duplicates, also of an event that lost. */
static void
count(struct settle *t)
{
	size_t i;

	mem_sort(t->loser, t->nloser, sizeof *t->loser, by_value);
	for (i = 0; i < t->nloser; i++)
		if (i > 0 && t->loser[i] == t->loser[i - 1])
			t->counts->duplicate++;
		else
			t->counts->superseded++;
}

static void
gather(struct settle *t, uint64_t part, uint64_t parts)
{
	const struct head *h;
	size_t cap = 0, hashcap = 0, seqcap = 0;
	uint64_t i;

	free(t->e);
	free(t->hash);
	free(t->seq);
	t->e = NULL;
	t->hash = NULL;
	t->seq = NULL;
	t->n = 0;
	spool_rewind(t->s->heads);
	for (i = 0; i < t->s->n; i++) {
		h = (const void *)spool_get(t->s->heads, sizeof *h);
		if (h->hash % parts != part)
			continue;
		t->e = mem_grow(t->e, &cap, t->n + 1, sizeof *t->e);
		t->hash =
		    mem_grow(t->hash, &hashcap, t->n + 1, sizeof *t->hash);
		t->seq = mem_grow(t->seq, &seqcap, t->n + 1, sizeof *t->seq);
		t->e[t->n] = h->e;
		t->hash[t->n] = h->hash;
		t->seq[t->n++] = i;
	}
}

static void
settle_spilled(struct settle *t)
{
	uint64_t each = sizeof *t->e + sizeof *t->hash + sizeof *t->seq +
			3 * sizeof *t->slots;
	uint64_t parts, part;

	t->s->dead = mem_alloc((size_t)(t->s->n / 8 + 1), 1);
	spool_rewind(t->s->bytes);
	parts = t->s->n * each / t->s->limit + t->s->n / MOST + 1;
	for (part = 0; part < parts; part++) {
		gather(t, part, parts);
		pass(t);
	}
	free(t->e);
	free(t->hash);
	free(t->seq);
}

void
store_settle(struct store *s, struct counts *counts)
{
	struct settle t = {.s = s, .counts = counts};

	if (s->heads != NULL)
		settle_spilled(&t);
	else {
		t.e = s->e;
		t.hash = s->hash;
		t.n = (size_t)s->n;
		if (s->n >= FREE)
			die("more than 4,294,967,294 events in memory: give "
			    "-S");
		pass(&t);
		free(s->hash);
		s->hash = NULL;
		s->hashcap = 0;
	}
	count(&t);
	free(t.loser);
	buf_free(&t.a);
	buf_free(&t.b);
}
