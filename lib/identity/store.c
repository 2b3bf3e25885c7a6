#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "mem.h"
#include "storage.h"

#define BLOCK ((size_t)1 << 20)
#define LARGEST ((size_t)4 << 20)
#define PER_EVENT (sizeof(struct event) + sizeof(uint32_t))

struct store *
store_new(uint64_t limit, const char *dir)
{
	struct store *s = mem_alloc(1, sizeof *s);

	s->limit = limit;
	s->dir = dir;
	return s;
}

static void
drop_blocks(struct store *s)
{
	size_t i;

	for (i = 0; i < s->nblock; i++)
		free(s->block[i]);
	free(s->block);
	s->block = NULL;
	s->nblock = 0;
	s->left = 0;
}

static void
drop_heads(struct store *s)
{
	free(s->e);
	free(s->hash);
	s->e = NULL;
	s->hash = NULL;
}

static void
put(struct store *s, const struct event *e, uint32_t hash)
{
	struct head h = {*e, hash};

	h.e.p = (const char *)(uintptr_t)s->bytes->len;
	spool_put(s->bytes, e->p, e->len);
	spool_put(s->heads, &h, sizeof h);
}

/* Over the limit: what memory holds goes to files, and all that follows. */
static void
spill(struct store *s)
{
	uint64_t i;

	s->bytes = spool_new(s->dir);
	s->heads = spool_new(s->dir);
	for (i = 0; i < s->n; i++)
		put(s, &s->e[i], s->hash[i]);
	drop_blocks(s);
	drop_heads(s);
}

static const char *
copy(struct store *s, const char *p, size_t n)
{
	size_t want = n + 1 + JS_PAD;
	char *to;

	if (s->left < want) {
		s->size = s->size == 0        ? BLOCK
			  : s->size < LARGEST ? 2 * s->size
					      : LARGEST;
		s->left = want > s->size ? want : s->size;
		s->room = mem_resize(NULL, s->left, 1);
		s->block =
		    mem_resize(s->block, s->nblock + 1, sizeof *s->block);
		s->block[s->nblock++] = s->room;
	}
	to = s->room;
	memcpy(to, p, n);
	to[n] = '\n';
	s->room += n + 1;
	s->left -= n + 1;
	return to;
}

void
store_add(struct store *s, const struct event *e, uint32_t hash)
{
	size_t i = (size_t)s->n;

	s->held += e->len + PER_EVENT;
	if (s->heads == NULL && s->limit > 0 && s->held > s->limit)
		spill(s);
	s->n++;
	if (s->heads != NULL) {
		put(s, e, hash);
		return;
	}
	s->e = mem_grow(s->e, &s->cap, i + 1, sizeof *s->e);
	s->hash = mem_grow(s->hash, &s->hashcap, i + 1, sizeof *s->hash);
	s->e[i] = *e;
	s->e[i].p = copy(s, e->p, e->len);
	s->hash[i] = hash;
}

void
store_each(
    struct store *s, void (*see)(void *, const struct event *), void *arg)
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
		} else
			e = s->e[i];
		if (!store_dead(s, i))
			see(arg, &e);
	}
}
