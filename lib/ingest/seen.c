#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../digest.h"
#include "../err.h"
#include "../input.h"
#include "../intern.h"
#include "../mem.h"
#include "../output.h"
#include "seen.h"

#define LEAST 1024

struct twins_slot {
	uint64_t hash, count;
};

/* Open addressing, at most half full; count 0 is a free slot. */
struct twins {
	struct twins_slot *slot;
	size_t slots, n;
};

struct twins *
twins_new(void)
{
	struct twins *t = mem_alloc(1, sizeof *t);

	t->slots = LEAST;
	t->slot = mem_alloc(t->slots, sizeof *t->slot);
	return t;
}

void
twins_free(struct twins *t)
{
	if (t != NULL)
		free(t->slot);
	free(t);
}

void
twins_clear(struct twins *t)
{
	memset(t->slot, 0, t->slots * sizeof *t->slot);
	t->n = 0;
}

static struct twins_slot *
twins_find(struct twins_slot *slot, size_t slots, uint64_t hash)
{
	size_t i = hash & (slots - 1);

	while (slot[i].count > 0 && slot[i].hash != hash)
		i = (i + 1) & (slots - 1);
	return &slot[i];
}

static void
twins_widen(struct twins *t)
{
	size_t slots = t->slots * 2, i;
	struct twins_slot *slot = mem_alloc(slots, sizeof *slot);

	for (i = 0; i < t->slots; i++)
		if (t->slot[i].count > 0)
			*twins_find(slot, slots, t->slot[i].hash) = t->slot[i];
	free(t->slot);
	t->slot = slot;
	t->slots = slots;
}

uint64_t
twins_add(struct twins *t, const char *p, size_t n)
{
	uint64_t hash = intern_hash(p, n);
	struct twins_slot *s = twins_find(t->slot, t->slots, hash);

	if (s->count++ > 0)
		return s->count;
	s->hash = hash;
	if (++t->n > t->slots / 2)
		twins_widen(t);
	return 1;
}

/* ---- lines ---- */

#define SUM 16

/* The sums in the order they came; slot holds their number + 1. */
struct seen {
	unsigned char *sum;
	size_t n, cap;
	uint32_t *slot;
	size_t slots;
};

struct seen *
seen_new(void)
{
	struct seen *s = mem_alloc(1, sizeof *s);

	s->slots = LEAST;
	s->slot = mem_alloc(s->slots, sizeof *s->slot);
	return s;
}

void
seen_free(struct seen *s)
{
	if (s == NULL)
		return;
	free(s->sum);
	free(s->slot);
	free(s);
}

static size_t
seen_find(const struct seen *s, const unsigned char *sum)
{
	uint64_t hash;
	size_t i;

	memcpy(&hash, sum, sizeof hash);
	for (i = hash & (s->slots - 1); s->slot[i] != 0;
	     i = (i + 1) & (s->slots - 1))
		if (memcmp(s->sum + (size_t)(s->slot[i] - 1) * SUM, sum, SUM) ==
		    0)
			break;
	return i;
}

static void
seen_widen(struct seen *s)
{
	size_t i;

	free(s->slot);
	s->slots *= 2;
	s->slot = mem_alloc(s->slots, sizeof *s->slot);
	for (i = 0; i < s->n; i++)
		s->slot[seen_find(s, s->sum + i * SUM)] = (uint32_t)i + 1;
}

static bool
add_sum(struct seen *s, const unsigned char *sum)
{
	size_t i = seen_find(s, sum);

	if (s->slot[i] != 0)
		return false;
	if (s->n == UINT32_MAX - 1)
		die("more than 4,294,967,294 lines to remember");
	s->sum = mem_grow(s->sum, &s->cap, (s->n + 1) * SUM, 1);
	memcpy(s->sum + s->n * SUM, sum, SUM);
	s->slot[i] = (uint32_t)++s->n;
	if (s->n > s->slots / 2)
		seen_widen(s);
	return true;
}

bool
seen_add(struct seen *s, const char *line, size_t n)
{
	unsigned char sum[DIGEST_SIZE];

	digest_sha256(line, n, sum);
	return add_sum(s, sum);
}

static int
nibble(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
				      : -1;
}

static bool
hex_sum(const char *p, size_t n, unsigned char *sum)
{
	size_t i;
	int high, low;

	if (n != 2 * SUM)
		return false;
	for (i = 0; i < SUM; i++) {
		high = nibble(p[2 * i]);
		low = nibble(p[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		sum[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}

void
seen_read(struct seen *s, const char *file)
{
	char *name = mem_text(file, strlen(file));
	unsigned char sum[SUM];
	struct input_line line;
	struct input *in;

	if (access(file, F_OK) == 0) {
		in = input_open(&name, 1, 0);
		while (input_line(in, &line)) {
			if (!hex_sum(line.p, line.len, sum))
				die_at(&line.at, "expected 32 hex digits");
			add_sum(s, sum);
		}
		input_close(in);
	}
	free(name);
}

void
seen_write(const struct seen *s, const char *file)
{
	struct output *o = output_open(file, false);
	struct buf b = {0};
	size_t i;

	for (i = 0; i < s->n; i++) {
		b.len = 0;
		digest_hex(s->sum + i * SUM, SUM, &b);
		buf_byte(&b, '\n');
		output_write(o, b.p, b.len);
	}
	buf_free(&b);
	output_close(o);
}
