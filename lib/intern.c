#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "err.h"
#include "intern.h"
#include "mem.h"

__extension__ typedef unsigned __int128 wide;

#define OVER ((uint64_t)1 << 32)

struct slot {
	uint32_t hash, id;
};

/* Open addressing, at most 3/4 full; texts lie back to back in one run. */
struct intern {
	struct slot *slots;
	size_t nslots;
	uint32_t *ends; /* text i ends here, its lower 32 bits */
	uint32_t *over; /* the first texts that end beyond 4 GB, 8 GB ... */
	size_t endcap, nover, overcap;
	char *bytes;
	size_t bytecap;
	uint32_t count;
};

static uint64_t seeds[4];
static pthread_once_t seeded = PTHREAD_ONCE_INIT;

static void
seed(void)
{
	if (getrandom(seeds, sizeof seeds, GRND_NONBLOCK) != sizeof seeds) {
		seeds[0] = (uint64_t)time(NULL);
		seeds[1] = (uint64_t)(uintptr_t)&seeds;
	}
}

static uint64_t
fold(uint64_t a, uint64_t b)
{
	wide m = (wide)a * b;

	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

static uint64_t
word(const char *p)
{
	uint64_t v;

	memcpy(&v, p, 8);
	return v;
}

static uint64_t
tail(const char *p, size_t n)
{
	uint64_t v = 0;

	if (n > 0)
		memcpy(&v, p, n);
	return v;
}

/* Multiply and fold, in the manner of wyhash (Wang Yi), with secret seeds. */
uint64_t
intern_hash(const char *p, size_t n)
{
	uint64_t h;

	pthread_once(&seeded, seed);
	h = seeds[0] ^ n;
	for (; n >= 16; p += 16, n -= 16)
		h = fold(word(p) ^ seeds[1], word(p + 8) ^ h);
	if (n >= 8)
		return fold(fold(word(p) ^ seeds[1], tail(p + 8, n - 8) ^ h),
		    seeds[2] | 1);
	return fold(fold(tail(p, n) ^ seeds[3], h | 1), seeds[2] | 1);
}

static void
put(struct intern *in, struct slot s)
{
	size_t k = s.hash & (in->nslots - 1);

	while (in->slots[k].id != INTERN_NONE)
		k = (k + 1) & (in->nslots - 1);
	in->slots[k] = s;
}

static void
empty(struct intern *in)
{
	memset(in->slots, 0xff, in->nslots * sizeof *in->slots);
}

struct intern *
intern_new(void)
{
	struct intern *in = mem_alloc(1, sizeof *in);

	in->nslots = 64;
	in->slots = mem_alloc(in->nslots, sizeof *in->slots);
	empty(in);
	return in;
}

/* Where a text begins: where the one before it ends. */
static uint64_t
start(const struct intern *in, uint32_t id)
{
	uint64_t at = id == 0 ? 0 : in->ends[id - 1];
	size_t i;

	for (i = 0; i < in->nover && in->over[i] < id; i++)
		at += OVER;
	return at;
}

const char *
intern_text(const struct intern *in, uint32_t id, size_t *n)
{
	uint64_t from = start(in, id);

	*n = in->ends[id] - (uint32_t)from;
	return in->bytes + from;
}

/* The slot that holds the text, or the free one where it belongs. */
static struct slot *
find(const struct intern *in, uint32_t hash, const char *p, size_t n)
{
	size_t i = hash & (in->nslots - 1), m;
	const char *text;

	for (;; i = (i + 1) & (in->nslots - 1)) {
		if (in->slots[i].id == INTERN_NONE)
			return &in->slots[i];
		if (in->slots[i].hash != hash)
			continue;
		text = intern_text(in, in->slots[i].id, &m);
		if (m == n && (n == 0 || memcmp(text, p, n) == 0))
			return &in->slots[i];
	}
}

static void
widen(struct intern *in)
{
	struct slot *old = in->slots;
	size_t n = in->nslots, i;

	in->nslots = n * 2;
	in->slots = mem_resize(NULL, in->nslots, sizeof *in->slots);
	empty(in);
	for (i = 0; i < n; i++)
		if (old[i].id != INTERN_NONE)
			put(in, old[i]);
	free(old);
}

void
intern_rest(struct intern *in)
{
	free(in->slots);
	in->slots = NULL;
}

void
intern_wake(struct intern *in)
{
	uint32_t id;
	const char *p;
	size_t n;

	if (in->slots != NULL)
		return;
	in->slots = mem_resize(NULL, in->nslots, sizeof *in->slots);
	empty(in);
	for (id = 0; id < in->count; id++) {
		p = intern_text(in, id, &n);
		put(in, (struct slot){(uint32_t)intern_hash(p, n), id});
	}
}

static uint32_t
add(struct intern *in, uint32_t hash, const char *p, size_t n)
{
	struct slot *s = find(in, hash, p, n);
	uint64_t from;

	if (s->id != INTERN_NONE)
		return s->id;
	if (in->count == INTERN_NONE - 1)
		die("more than 4,294,967,294 distinct strings");
	if (n >= OVER)
		die("a string of 4 GB");
	from = start(in, in->count);
	if ((from + n) / OVER > in->nover) {
		in->over = mem_grow(
		    in->over, &in->overcap, in->nover + 1, sizeof *in->over);
		in->over[in->nover++] = in->count;
	}
	in->bytes = mem_grow(in->bytes, &in->bytecap, from + n + 1, 1);
	if (n > 0)
		memcpy(in->bytes + from, p, n);
	in->ends = mem_grow(
	    in->ends, &in->endcap, in->count + (size_t)1, sizeof *in->ends);
	in->ends[in->count] = (uint32_t)(from + n);
	s->hash = hash;
	s->id = in->count++;
	if (in->count > in->nslots / 4 * 3)
		widen(in);
	return in->count - 1;
}

uint32_t
intern_add(struct intern *in, const char *p, size_t n)
{
	return add(in, (uint32_t)intern_hash(p, n), p, n);
}

#define BATCH 64

/* The id whose hash is that of the text: nearly always the text's own, if it
 * is known; INTERN_NONE where no text is. */
static uint32_t
likely(const struct intern *in, uint32_t hash)
{
	size_t i = hash & (in->nslots - 1);

	while (in->slots[i].id != INTERN_NONE && in->slots[i].hash != hash)
		i = (i + 1) & (in->nslots - 1);
	return in->slots[i].id;
}

/* Slot, end and bytes lie in three places, each known from the one before:
 * a round for each. */
static void
fetch_ahead(const struct intern *in, const uint32_t *hash, size_t n)
{
	uint32_t id[BATCH];
	const char *p;
	size_t i, k = 0;

	for (i = 0; i < n; i++)
		__builtin_prefetch(&in->slots[hash[i] & (in->nslots - 1)]);
	for (i = 0; i < n; i++) {
		id[k] = likely(in, hash[i]);
		if (id[k] == INTERN_NONE || id[k] == 0)
			continue;
		__builtin_prefetch(&in->ends[id[k++] - 1]);
	}
	for (i = 0; i < k; i++) {
		/* cppcheck-suppress uninitvar */
		p = in->bytes + start(in, id[i]);
		__builtin_prefetch(p);
		__builtin_prefetch(p + 24);
	}
}

void
intern_add_all(
    struct intern *in, const struct intern_key *key, size_t n, uint32_t *ids)
{
	uint32_t hash[BATCH];
	size_t i, k, m;

	for (i = 0; i < n; i += m) {
		m = n - i < BATCH ? n - i : BATCH;
		for (k = 0; k < m; k++)
			hash[k] =
			    (uint32_t)intern_hash(key[i + k].p, key[i + k].n);
		fetch_ahead(in, hash, m);
		for (k = 0; k < m; k++)
			ids[i + k] =
			    add(in, hash[k], key[i + k].p, key[i + k].n);
	}
}

uint32_t
intern_find(const struct intern *in, const char *p, size_t n)
{
	return find(in, (uint32_t)intern_hash(p, n), p, n)->id;
}

uint32_t
intern_count(const struct intern *in)
{
	return in->count;
}

void
intern_clear(struct intern *in)
{
	empty(in);
	in->count = 0;
	in->nover = 0;
}

void
intern_free(struct intern *in)
{
	if (in == NULL)
		return;
	free(in->slots);
	free(in->ends);
	free(in->over);
	free(in->bytes);
	free(in);
}
