#include <stdlib.h>
#include <string.h>

#include "../intern.h"
#include "inside.h"

/* Slots of an earlier stamp are empty, so a reset costs nothing. */
void
keys_reset(struct points_run *r)
{
	if (++r->stamp == 0) {
		memset(r->key, 0, r->keys * sizeof *r->key);
		r->stamp = 1;
	}
	r->keyed = 0;
	r->key_text.len = 0;
}

static void
grow(struct points_run *r)
{
	struct key_slot *old = r->key;
	size_t n = r->keys, i, at;

	r->keys = n == 0 ? 64 : 2 * n;
	r->key = mem_alloc(r->keys, sizeof *r->key);
	for (i = 0; i < n; i++) {
		if (old[i].stamp != r->stamp)
			continue;
		at = old[i].hash & (r->keys - 1);
		while (r->key[at].stamp == r->stamp)
			at = (at + 1) & (r->keys - 1);
		r->key[at] = old[i];
	}
	free(old);
}

static bool
same_key(const struct points_run *r, const struct key_slot *s, const char *p,
    size_t n)
{
	size_t len;

	memcpy(&len, r->key_text.p + s->text, sizeof len);
	return len == n &&
	       memcmp(r->key_text.p + s->text + sizeof len, p, n) == 0;
}

size_t
keys_note(struct points_run *r, const char *p, size_t n, size_t entry)
{
	uint64_t hash = intern_hash(p, n);
	struct key_slot *s;
	size_t at;

	if (2 * (r->keyed + 1) > r->keys)
		grow(r);
	at = hash & (r->keys - 1);
	for (; (s = &r->key[at])->stamp == r->stamp;
	     at = (at + 1) & (r->keys - 1))
		if (s->hash == hash && same_key(r, s, p, n))
			return s->entry;
	*s = (struct key_slot){hash, r->key_text.len, entry, r->stamp};
	buf_add(&r->key_text, &n, sizeof n);
	buf_add(&r->key_text, p, n);
	r->keyed++;
	return NOTHING;
}
