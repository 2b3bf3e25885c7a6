#include <stdlib.h>
#include <string.h>

#include "hold.h"
#include "err.h"
#include "json.h"
#include "mem.h"

#define KEY "\"messageId\":\""
#define HEAD (sizeof KEY - 1) /* time, set, flags */
#define APART                                                        \
	128u /* a flag: the text says it otherwise, the head and the \
	      * place of the messageId stand before it */

_Static_assert(HEAD == sizeof(int64_t) + sizeof(uint32_t) + 1, "a head fits");

static void
set_place(unsigned char to[5], uint64_t at)
{
	int i;

	for (i = 0; i < 5; i++)
		to[i] = (unsigned char)(at >> 8 * i);
}

/* Of one size, so that a place says its block; never moved, so that the
 * large pages under them stay large. */
#define BITS 26
#define BLOCK ((size_t)1 << BITS)

static char *
head_of(const struct hold *h, size_t i)
{
	const unsigned char *p = h->at[i];
	uint64_t at = (uint64_t)p[0] | (uint64_t)p[1] << 8 |
		      (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 |
		      (uint64_t)p[4] << 32;

	return h->block[at >> BITS] + (at & (BLOCK - 1));
}

static void
new_block(struct hold *h, size_t want)
{
	size_t k = (want + BLOCK) / BLOCK, i;
	char *p = mem_resize(NULL, k, BLOCK);

	h->block =
	    mem_grow(h->block, &h->blockcap, h->nblock + k, sizeof *h->block);
	for (i = 0; i < k; i++)
		h->block[h->nblock++] = p + i * BLOCK;
	p[0] = '\n';
	h->last = p;
	h->room = k * BLOCK;
	h->used = 1;
}

static void
remember(struct hold *h, size_t at, uint32_t key)
{
	uint64_t place = (h->nblock << BITS) - h->room + at;

	if (place >> 40 != 0)
		die("more than a terabyte of events in memory: give -S");
	h->at = mem_grow(h->at, &h->atcap, h->n + 1, sizeof *h->at);
	h->key = mem_grow(h->key, &h->keycap, h->n + 1, sizeof *h->key);
	set_place(h->at[h->n], place);
	h->key[h->n++] = key;
}

void
hold_add(struct hold *h, const struct event *e, uint32_t key)
{
	bool apart =
	    e->mid < HEAD || memcmp(e->p + e->mid - HEAD, KEY, HEAD) != 0;
	unsigned char flags = (unsigned char)(e->flags | (apart ? APART : 0));
	size_t extra = apart ? HEAD + sizeof e->mid : 0;
	size_t want = extra + e->len + 1 + JS_PAD;
	char *p, *head;

	if (h->nblock == 0 || h->used + want > h->room)
		new_block(h, want);
	p = h->last + h->used;
	h->used += extra + e->len + 1;
	if (apart)
		memcpy(p + HEAD, &e->mid, sizeof e->mid);
	memcpy(p + extra, e->p, e->len);
	p[extra + e->len] = '\n';
	head = apart ? p : p + e->mid - HEAD;
	memcpy(head, &e->time, sizeof e->time);
	memcpy(head + sizeof e->time, &e->set, sizeof e->set);
	memcpy(head + HEAD - 1, &flags, 1);
	remember(h, (size_t)(head - h->last), key);
}

struct event
hold_head(const struct hold *h, size_t i)
{
	const char *head = head_of(h, i);
	struct event e = {0};
	unsigned char flags;

	memcpy(&e.time, head, sizeof e.time);
	memcpy(&e.set, head + sizeof e.time, sizeof e.set);
	memcpy(&flags, head + HEAD - 1, 1);
	e.flags = flags;
	return e;
}

/* The length of a string's inside. */
static size_t
inside(const char *p, size_t n, bool escaped)
{
	const char *from = p;

	if (!escaped)
		return (size_t)((const char *)memchr(p, '"', n) - p);
	for (; *p != '"'; p += *p == '\\' ? 2 : 1)
		;
	return (size_t)(p - from);
}

/* Where the line that p stands in begins. */
static const char *
before(const char *p)
{
	while (p[-1] != '\n')
		p--;
	return p;
}

/* No event holds a newline, and one stands before and behind each. */
static struct event
find(const struct hold *h, size_t i)
{
	struct event e = hold_head(h, i);
	const char *head = head_of(h, i), *text;
	size_t rest;

	if (e.flags & APART) {
		memcpy(&e.mid, head + HEAD, sizeof e.mid);
		e.p = head + HEAD + sizeof e.mid;
	} else {
		e.p = before(head);
		e.mid = (uint32_t)(head + HEAD - e.p);
	}
	text = e.p + e.mid;
	rest = (size_t)((const char *)rawmemchr(text, '\n') - text);
	e.len = (uint32_t)(e.mid + rest);
	e.midlen = (uint32_t)inside(text, rest, e.flags & EVENT_ESCAPED) &
		   EVENT_MID_MAX;
	return e;
}

static struct event
restore(struct event e, char *bytes)
{
	if (!(e.flags & APART))
		memcpy(bytes + e.mid - HEAD, KEY, HEAD);
	e.flags &= ~APART & 0xff;
	e.p = bytes;
	return e;
}

struct event
hold_copy(const struct hold *h, size_t i, struct buf *to)
{
	struct event e = find(h, i);

	to->len = 0;
	buf_room(to, e.len + (size_t)1 + JS_PAD);
	buf_add(to, e.p, e.len);
	to->p[e.len] = '\n';
	return restore(e, to->p);
}

struct event
hold_take(struct hold *h, size_t i)
{
	struct event e = find(h, i);

	return restore(e, (char *)(uintptr_t)e.p);
}

void
hold_prefetch_head(const struct hold *h, size_t i)
{
	__builtin_prefetch(head_of(h, i));
}

void
hold_prefetch(const struct hold *h, size_t i)
{
	const char *p = head_of(h, i);
	int at;

	for (at = 0; at < 448; at += 64)
		__builtin_prefetch(p + at);
}

void
hold_free(struct hold *h)
{
	size_t i;

	for (i = 0; i < h->nblock; i++)
		if (i == 0 || h->block[i] != h->block[i - 1] + BLOCK)
			free(h->block[i]);
	free(h->block);
	free(h->at);
	free(h->key);
	memset(h, 0, sizeof *h);
}
