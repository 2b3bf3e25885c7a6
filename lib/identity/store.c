#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "storage.h"

/* In memory: its place and number, and what settling and sorting take. */
#define PER_EVENT 17

struct store *
store_new(uint64_t limit, const char *dir)
{
	struct store *s = mem_alloc(1, sizeof *s);

	s->limit = limit;
	s->dir = dir;
	return s;
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
	struct event e;
	size_t i;

	s->bytes = spool_new(s->dir);
	s->heads = spool_new(s->dir);
	for (i = 0; i < s->in.n; i++) {
		e = hold_take(&s->in, i);
		put(s, &e, s->in.key[i]);
	}
	hold_free(&s->in);
}

void
store_add(struct store *s, const struct event *e, uint32_t hash)
{
	s->held += e->len + PER_EVENT;
	if (s->heads == NULL && s->limit > 0 && s->held > s->limit)
		spill(s);
	s->n++;
	if (s->heads != NULL)
		put(s, e, hash);
	else
		hold_add(&s->in, e, hash);
}
