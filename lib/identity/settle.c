/*
 * Several events with one messageId: which of them counts.  Events are dealt
 * out by their hashes into parts whose table fits the processor's cache; of
 * spilled events every pass takes those that fit the limit.
 */
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "intern.h"
#include "mem.h"
#include "storage.h"

#define FREE UINT32_MAX
#define PART 8192       /* events in one part, about */
#define ROUNDS 8        /* so many times the hashes are gone through */
#define MOST (1u << 30) /* events in one pass */
#define AHEAD 24

struct slot {
	uint32_t hash, i;
};

struct settle {
	struct store *s;
	struct event *e; /* spilled events; in memory: NULL */
	uint64_t *seq;   /* which of the store's they are */
	uint32_t *hash;
	size_t n;
	struct slot *slots;
	size_t mask, cap;
	struct buf a, b;
	uint64_t *loser; /* hashes of superseded bytes */
	size_t nloser, losercap;
	struct counts *counts;
};

/* The event with its bytes in memory. */
static struct event
load(struct settle *t, size_t i, struct buf *to)
{
	struct event e;

	if (t->e == NULL)
		return hold_copy(&t->s->in, i, to);
	e = t->e[i];
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

	t->s->dead[k / 8] |= (unsigned char)(1 << k % 8);
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
settle_part(struct settle *t, const struct slot *all, size_t n)
{
	size_t size = 64, i, k;

	while (size < n + n / 2)
		size *= 2;
	t->mask = size - 1;
	t->slots = mem_grow(t->slots, &t->cap, size, sizeof *t->slots);
	memset(t->slots, 0xff, size * sizeof *t->slots);
	for (i = 0; i < n; i++) {
		k = all[i].hash & t->mask;
		for (; t->slots[k].i != FREE; k = (k + 1) & t->mask)
			if (t->slots[k].hash == all[i].hash &&
			    contest(t, &t->slots[k], all[i].i))
				break;
		if (t->slots[k].i == FREE)
			t->slots[k] = all[i];
	}
}

/* The parts [from, to) of all; i stands in part hash[i] >> low, which begins
 * at start. */
static void
deal(struct settle *t, size_t *start, size_t from, size_t to, int low)
{
	size_t first = start[from], n = start[to] - first, i, part;
	struct slot *all = mem_resize(NULL, n, sizeof *all);

	for (i = 0; i < t->n; i++) {
		part = (uint64_t)t->hash[i] >> low;
		if (part >= from && part < to)
			all[start[part]++ - first] =
			    (struct slot){t->hash[i], (uint32_t)i};
	}
	for (part = from, i = 0; part < to; part++) {
		settle_part(t, all + i, start[part] - first - i);
		i = start[part] - first;
	}
	free(all);
}

static void
pass(struct settle *t)
{
	size_t parts = 1, step, i, *start;
	int low = 32; /* the bits above it say the part */

	for (; low > 16 && t->n / parts > PART; low--)
		parts *= 2;
	start = mem_alloc(parts + 1, sizeof *start);
	for (i = 0; i < t->n; i++)
		start[((uint64_t)t->hash[i] >> low) + 1]++;
	for (i = 1; i <= parts; i++)
		start[i] += start[i - 1];
	step = parts > ROUNDS ? parts / ROUNDS : 1;
	for (i = 0; i < parts; i += step)
		deal(t, start, i, i + step, low);
	free(start);
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

/* What is left, shown; in memory the sets take the place of the hashes. */
static void
show(struct store *s, void (*see)(void *, const struct event *), void *arg)
{
	const struct head *h;
	struct event e;
	uint64_t i;

	if (s->heads != NULL)
		spool_rewind(s->heads);
	for (i = 0; i < s->n; i++) {
		if (s->heads != NULL) {
			h = (const void *)spool_get(s->heads, sizeof *h);
			e = h->e;
			e.p = NULL;
		} else {
			if (i + AHEAD < s->n)
				hold_prefetch_head(&s->in, i + AHEAD);
			e = hold_head(&s->in, i);
			s->in.key[i] = store_dead(s, i) ? STORE_DEAD : e.set;
		}
		if (!store_dead(s, i))
			see(arg, &e);
	}
}

void
store_settle(struct store *s, struct counts *counts,
    void (*see)(void *, const struct event *), void *arg)
{
	struct settle t = {.s = s, .counts = counts};

	s->dead = mem_alloc((size_t)(s->n / 8 + 1), 1);
	if (s->heads != NULL)
		settle_spilled(&t);
	else {
		if (s->n >= FREE)
			die("more than 4,294,967,294 events in memory: give "
			    "-S");
		t.hash = s->in.key;
		t.n = s->in.n;
		pass(&t);
	}
	count(&t);
	free(t.loser);
	free(t.slots);
	buf_free(&t.a);
	buf_free(&t.b);
	show(s, see, arg);
}
