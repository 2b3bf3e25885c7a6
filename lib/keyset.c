#include <stdlib.h>
#include <string.h>

#include "intern.h"
#include "keyset.h"
#include "mem.h"

void
keyset_empty(struct keyset *k)
{
	if (++k->stamp == 0 && k->slots > 0)
		memset(k->slot, 0, k->slots * sizeof *k->slot);
	if (k->stamp == 0)
		k->stamp = 1;
	k->n = 0;
	k->text.len = 0;
}

static void
grow(struct keyset *k)
{
	struct keyset_slot *old = k->slot;
	size_t n = k->slots, i, at;

	if (k->stamp == 0)
		k->stamp = 1;
	k->slots = n == 0 ? 64 : 2 * n;
	k->slot = mem_alloc(k->slots, sizeof *k->slot);
	for (i = 0; i < n; i++) {
		if (old[i].stamp != k->stamp)
			continue;
		at = old[i].hash & (k->slots - 1);
		while (k->slot[at].stamp == k->stamp)
			at = (at + 1) & (k->slots - 1);
		k->slot[at] = old[i];
	}
	free(old);
}

static int
same(const struct keyset *k, const struct keyset_slot *s, const char *p,
    size_t n)
{
	const char *text = k->text.p + s->text;
	size_t len;

	memcpy(&len, text, sizeof len);
	return len == n && memcmp(text + sizeof len, p, n) == 0;
}

size_t
keyset_put(struct keyset *k, const char *p, size_t n, size_t value)
{
	uint64_t hash = intern_hash(p, n);
	struct keyset_slot *s;
	size_t at, had;

	if (2 * (k->n + 1) > k->slots)
		grow(k);
	at = hash & (k->slots - 1);
	for (; (s = &k->slot[at])->stamp == k->stamp;
	     at = (at + 1) & (k->slots - 1)) {
		if (s->hash != hash || !same(k, s, p, n))
			continue;
		had = s->value;
		s->value = value;
		return had;
	}
	*s = (struct keyset_slot){hash, k->text.len, value, k->stamp};
	buf_add(&k->text, &n, sizeof n);
	buf_add(&k->text, p, n);
	k->n++;
	return KEYSET_NONE;
}

void
keyset_free(struct keyset *k)
{
	free(k->slot);
	buf_free(&k->text);
}
