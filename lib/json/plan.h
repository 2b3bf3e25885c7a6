/*
 * What a plan looks like inside: a tree of wanted keys, built once and only
 * read by scans.  The plan owns its nodes and copies of their keys.
 */
#ifndef CDP_JSON_PLAN_H
#define CDP_JSON_PLAN_H

#include <string.h>

#include "json.h"

struct node;

/* A key as the scanner compares it: its first and last eight bytes tell most
 * keys apart without looking at the text. */
struct key {
	const char *p;
	size_t len;
	uint64_t head, tail;
};

struct member {
	struct key key;
	struct node *node; /* NULL: an empty place of the hash table */
};

struct element {
	size_t index;
	struct node *node;
};

struct node {
	struct member *member; /* open addressing, mask + 1 places */
	size_t nmember, mask;
	uint64_t filter; /* one bit for each member: key_bit */
	struct element *element;
	size_t nelement;
	int slot;    /* every node has one, asked for or not */
	int noted;   /* js_plan_member's number, or -1 */
	bool span;   /* noted, or events: where it stands is of interest */
	bool events; /* the record's member `events` */
	bool each;   /* and its elements fill rows */
};

struct js_plan {
	struct node *record, *event;
	int slots, columns, noted;
};

/* Eight bytes; the key of a line may be read past its end (JS_PAD). */
static inline uint64_t
key_word(const char *p)
{
	uint64_t w;

	memcpy(&w, p, sizeof(w));
	return w;
}

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define KEY_FIRST(w, n) ((w) & ((UINT64_C(1) << 8 * (n)) - 1))
#else
#define KEY_FIRST(w, n) ((w) & ~(UINT64_MAX >> 8 * (n)))
#endif

static inline struct key
key_of(const char *p, size_t n)
{
	struct key k = {p, n, 0, 0};

	if (n >= 8) {
		k.head = key_word(p);
		k.tail = key_word(p + n - 8);
	} else if (n > 0) {
		k.head = KEY_FIRST(key_word(p), n);
	}
	return k;
}

static inline size_t
key_hash(const struct key *k)
{
	uint64_t h = (k->head ^ k->tail << 23 ^ k->tail >> 41 ^ k->len) *
		     UINT64_C(0x9e3779b97f4a7c15);

	return (size_t)(h >> 32);
}

static inline bool
key_same(const struct key *a, const struct key *b)
{
	return a->head == b->head && a->len == b->len && a->tail == b->tail &&
	       (a->len <= 16 || memcmp(a->p + 8, b->p + 8, a->len - 16) == 0);
}

/* Most keys that nobody wants are told by their first byte (of an empty one:
 * the quote) and length. */
static inline uint64_t
key_bit(const char *p, size_t n)
{
	return UINT64_C(1) << (((unsigned char)*p + n) & 63);
}

static inline struct node *
node_member(const struct node *n, const struct key *k)
{
	size_t i = key_hash(k) & n->mask;

	for (; n->member[i].node != NULL; i = (i + 1) & n->mask)
		if (key_same(&n->member[i].key, k))
			return n->member[i].node;
	return NULL;
}

#endif
