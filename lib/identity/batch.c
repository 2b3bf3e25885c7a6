#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "read.h"

void
batch_empty(struct batch *b)
{
	b->n = b->nevent = b->text.len = 0;
}

void
batch_free(struct batch *b)
{
	buf_free(&b->text);
	free(b->end);
	free(b->id);
	free(b->key);
	free(b->sets);
	free(b->event);
}

/* ---- identifiers of an event ---- */

void
batch_key(struct batch *b, uint16_t space, const char *p, size_t n)
{
	if (b->n == 0)
		b->text.len = 0;
	else
		b->text.len = b->end[b->n - 1];
	buf_add(&b->text, &space, sizeof space);
	buf_add(&b->text, p, n);
	b->end = mem_grow(b->end, &b->endcap, b->n + 1, sizeof *b->end);
	b->end[b->n++] = b->text.len;
}

/* A string, or a number by its text; null says nothing. */
static bool
add_value(struct batch *b, uint16_t space, struct js_val v)
{
	struct buf scratch = {0};
	size_t n;
	const char *p;

	if (v.type == JS_NULL)
		return true;
	if (v.type == JS_NUMBER) {
		batch_key(b, space, v.p, v.len);
		return true;
	}
	if (v.type != JS_STRING)
		return false;
	p = js_text(v, &scratch, &n);
	batch_key(b, space, p, n);
	buf_free(&scratch);
	return true;
}

static bool
add_space(
    struct batch *b, struct evidence *ev, struct js_val key, struct js_val v)
{
	struct js_val one;
	struct js_iter it;
	struct buf scratch = {0};
	uint16_t space;
	size_t n;
	const char *p = js_text(key, &scratch, &n);
	bool colon = memchr(p, ':', n) != NULL;

	space = colon ? 0 : evidence_space(ev, p, n);
	buf_free(&scratch);
	if (colon)
		return false;
	if (v.type != JS_ARRAY)
		return add_value(b, space, v);
	it = js_iterate(v);
	while (js_next(&it, NULL, &one))
		if (!add_value(b, space, one))
			return false;
	return true;
}

const char *
batch_ids(
    struct batch *b, struct evidence *ev, struct js_val ids, const char **at)
{
	struct js_val key, v;
	struct js_iter it;

	if (ids.type == JS_MISSING || ids.type == JS_NULL)
		return NULL;
	*at = ids.p;
	if (ids.type != JS_OBJECT)
		return "ids is not an object";
	it = js_iterate(ids);
	while (js_next(&it, &key, &v))
		if (!add_space(b, ev, key, v)) {
			*at = key.p;
			return "an identifier is not a string, or a namespace "
			       "holds a colon";
		}
	return NULL;
}

void
batch_resolve(struct batch *b, struct evidence *ev)
{
	size_t i, from = 0;

	b->key = mem_grow(b->key, &b->keycap, b->n + 1, sizeof *b->key);
	b->id = mem_grow(b->id, &b->idcap, b->n + 1, sizeof *b->id);
	for (i = 0; i < b->n; i++) {
		b->key[i].p = b->text.p + from;
		b->key[i].n = b->end[i] - from;
		from = b->end[i];
	}
	evidence_ids(ev, b->key, b->n, b->id);
}

/* ---- pending events ---- */

bool
reader_forgets(struct reader *r, int64_t time, const uint32_t *ids, size_t n)
{
	uint32_t id;
	size_t i;

	for (i = 0; r->forgotten != NULL && i < n; i++) {
		id = r->links[0]->canon[ids[i]];
		if (id == LINK_NONE ||
		    forgotten_until(r->forgotten, r->ev, id) < time)
			continue;
		r->forgot++;
		return true;
	}
	return false;
}

static bool
usable(const struct reader *r, const uint32_t *ids, size_t n)
{
	size_t i, k;

	for (k = 0; k < 2 && r->links[k] != NULL; k++)
		for (i = 0; i < n; i++)
			if (links_usable(r->links[k], ids[i]))
				return true;
	return false;
}

/* Which of its keys make up the event's set; false: it is left out. */
static bool
judge(struct reader *r, struct pending *p)
{
	uint32_t *ids = r->batch.id + p->from;
	size_t n = p->ids - (r->anonymous ? 1 : 0), i;

	if (reader_forgets(r, p->e.time, ids, n)) {
		r->counts->filtered++;
		return false;
	}
	if (!usable(r, ids, n)) {
		if (!r->anonymous) {
			reject_record(r->rejects, &p->at, "no_identifier",
			    p->e.p, p->e.len);
			return false;
		}
		ids[0] = ids[n];
		n = 1;
	}
	for (i = 0; i < p->proxies; i++)
		ids[n + i] = ids[p->ids + i];
	p->ids = evidence_sort(ids, n + p->proxies);
	return true;
}

void
reader_flush(struct reader *r)
{
	struct batch *b = &r->batch;
	struct pending *p;
	size_t i, n = 0, k = 0;

	if (b->nevent == 0)
		return;
	batch_resolve(b, r->ev);
	for (i = 0; i < 2 && r->links[i] != NULL; i++)
		links_learn(r->links[i]);
	b->sets = mem_grow(b->sets, &b->setcap, b->nevent, sizeof *b->sets);
	for (i = 0; i < b->nevent; i++) {
		p = &b->event[i];
		if (!judge(r, p))
			continue;
		b->event[n++] = *p;
		if (p->ids == 1)
			continue;
		b->key[k].p = (const char *)(b->id + p->from);
		b->key[k++].n = p->ids * sizeof *b->id;
	}
	intern_add_all(r->ev->sets, b->key, k, b->sets);
	for (i = k = 0; i < n; i++) {
		p = &b->event[i];
		p->e.set =
		    p->ids == 1 ? b->id[p->from] : EVIDENCE_SETS | b->sets[k++];
		store_add(r->store, &p->e, p->hash);
	}
	batch_empty(b);
}
