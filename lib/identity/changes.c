#include <stdlib.h>
#include <string.h>

#include "changes.h"
#include "digest.h"
#include "mem.h"
#include "when.h"

/* A line of an earlier night: its ids are id[from] ... id[to - 1]. */
struct before {
	unsigned char uuid[16];
	size_t from, to;
};

struct changes {
	struct evidence *ev;
	struct links *l;
	struct before *old;
	size_t n, cap;
	uint32_t *id;
	size_t nid, idcap;
	uint64_t *move; /* rank << 32 | old line, sorted */
	size_t nmove, movecap;
	unsigned char *lives; /* by rank: it has a line */
	unsigned char *known; /* by id: some old line had it */
	struct buf *text;     /* by refusal: the first message */
	size_t *line;         /* where each line of `all` begins */
	size_t nline, linecap;
	struct buf all, scratch;
};

struct changes *
changes_new(struct evidence *ev)
{
	struct changes *c = mem_alloc(1, sizeof *c);

	c->ev = ev;
	return c;
}

/* ---- the earlier lines ---- */

static void
remember(struct changes *c, uint16_t space, struct js_val v)
{
	size_t n;
	const char *p;

	if (v.type != JS_STRING)
		return;
	c->scratch.len = 0;
	p = js_text(v, &c->scratch, &n);
	c->id = mem_grow(c->id, &c->idcap, c->nid + 1, sizeof *c->id);
	c->id[c->nid++] = evidence_id(c->ev, space, p, n);
}

static void
remember_ids(struct changes *c, struct js_val ids)
{
	struct js_val key, list, v;
	struct js_iter it, in;
	uint16_t space;
	size_t n;
	const char *p;

	if (ids.type != JS_OBJECT)
		return;
	it = js_iterate(ids);
	while (js_next(&it, &key, &list)) {
		if (list.type != JS_ARRAY)
			continue;
		c->scratch.len = 0;
		p = js_text(key, &c->scratch, &n);
		space = evidence_space(c->ev, p, n);
		in = js_iterate(list);
		while (js_next(&in, NULL, &v))
			remember(c, space, v);
	}
}

void
changes_before(
    void *arg, struct js_val id, struct js_val ids, struct js_val shared)
{
	struct changes *c = arg;
	struct before b = {.from = c->nid};

	if (id.type != JS_STRING || !uuid_parse(id.p + 1, id.len - 2, b.uuid))
		return;
	remember_ids(c, ids);
	if (c->nid == b.from)
		remember_ids(c, shared);
	b.to = c->nid;
	c->old = mem_grow(c->old, &c->cap, c->n + 1, sizeof *c->old);
	c->old[c->n++] = b;
}

/* ---- what became of them ---- */

static int
by_ends(const void *a, const void *b)
{
	const struct link_refused *x = a, *y = b;

	if (x->strong != y->strong)
		return x->strong < y->strong ? -1 : 1;
	return (x->weak > y->weak) - (x->weak < y->weak);
}

/* The first event that asked for a refused link. */
static void
note_refusal(struct changes *c, const struct event *e)
{
	struct links *l = c->l;
	struct link_refused key = {0}, *r;
	uint32_t *ids;
	size_t n, i;

	n = links_members(l, evidence_set(l->ev, e->set), &ids);
	if (n < 2)
		return;
	key.strong = links_strongest(l, ids, n, false);
	for (i = 0; i < n; i++) {
		key.weak = ids[i];
		r = bsearch(&key, l->refused, l->nrefused, sizeof key, by_ends);
		if (r == NULL || r->first != e->time)
			continue;
		if (c->text[r - l->refused].len == 0)
			buf_add(&c->text[r - l->refused], e->p + e->mid - 1,
			    e->midlen + (size_t)2);
	}
}

void
changes_begin(struct changes *c, struct links *l)
{
	c->l = l;
	c->lives = mem_alloc(l->n + 1, 1);
	c->known = mem_alloc(l->known, 1);
	c->text = mem_alloc(l->nrefused, sizeof *c->text);
	if (l->nrefused > 0)
		mem_sort(l->refused, l->nrefused, sizeof *l->refused, by_ends);
}

void
changes_customer(
    struct changes *c, uint32_t rank, const struct event *e, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (!(e[i].flags & EVENT_STUB))
			c->lives[rank] = 1;
		if (c->l->nrefused > 0)
			note_refusal(c, &e[i]);
	}
}

static int
by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static size_t
unique(uint64_t *v, size_t n)
{
	size_t i, k = 0;

	mem_sort(v, n, sizeof *v, by_value);
	for (i = 0; i < n; i++)
		if (k == 0 || v[k - 1] != v[i])
			v[k++] = v[i];
	return k;
}

static void
find_moves(struct changes *c)
{
	struct links *l = c->l;
	uint32_t id, rank;
	size_t i, k;

	for (i = 0; i < c->n; i++)
		for (k = c->old[i].from; k < c->old[i].to; k++) {
			id = l->canon[c->id[k]];
			if (id == LINK_NONE)
				continue;
			c->known[id] = 1;
			rank = links_customer(l, id);
			if (rank == LINK_NONE || !c->lives[rank])
				continue;
			c->move = mem_grow(c->move, &c->movecap, c->nmove + 1,
			    sizeof *c->move);
			c->move[c->nmove++] = (uint64_t)rank << 32 | i;
		}
	c->nmove = unique(c->move, c->nmove);
}

/* ---- the report ---- */

static struct buf *
line(struct changes *c, const char *what)
{
	c->line = mem_grow(c->line, &c->linecap, c->nline + 1, sizeof *c->line);
	c->line[c->nline++] = c->all.len;
	buf_addf(&c->all, "{\"change\":\"%s\"", what);
	return &c->all;
}

static void
add_uuid(struct buf *b, const unsigned char *u)
{
	struct buf hex = {0};

	digest_hex(u, 16, &hex);
	buf_addf(b, "\"%.8s-%.4s-%.4s-%.4s-%.12s\"", hex.p, hex.p + 8,
	    hex.p + 12, hex.p + 16, hex.p + 20);
	buf_free(&hex);
}

static void
add_id(struct changes *c, uint32_t id, struct buf *b)
{
	c->scratch.len = 0;
	evidence_text(c->ev, id, &c->scratch);
	buf_json(b, c->scratch.p, c->scratch.len);
}

static int
by_uuid(const void *a, const void *b)
{
	return memcmp(a, b, 16);
}

/* `,"name":["uuid",...]`, in byte order. */
static void
add_uuids(struct buf *b, const char *name, unsigned char (*u)[16], size_t n)
{
	size_t i;

	mem_sort(u, n, sizeof *u, by_uuid);
	buf_addf(b, ",\"%s\":[", name);
	for (i = 0; i < n; i++) {
		if (i > 0)
			buf_byte(b, ',');
		add_uuid(b, u[i]);
	}
	buf_byte(b, ']');
}

static int
by_text(const void *a, const void *b, void *arg)
{
	return evidence_compare(
	    arg, *(const uint32_t *)a, *(const uint32_t *)b);
}

static void
tell_joined(struct changes *c, uint32_t rank)
{
	struct links *l = c->l;
	uint32_t *ids = mem_alloc(
		     l->start[rank + 1] - (size_t)l->start[rank], sizeof *ids),
		 i, n = 0;
	struct buf *b;

	for (i = l->start[rank]; i < l->start[rank + 1]; i++)
		if (!c->known[l->member[i]])
			ids[n++] = l->member[i];
	if (n > 0) {
		mem_sort_by(ids, n, sizeof *ids, by_text, c->ev);
		b = line(c, "joined");
		buf_adds(b, ",\"profile_id\":");
		add_uuid(b, l->customer[rank].uuid);
		buf_adds(b, ",\"ids\":[");
		for (i = 0; i < n; i++) {
			if (i > 0)
				buf_byte(b, ',');
			add_id(c, ids[i], b);
		}
		buf_adds(b, "]}\n");
	}
	free(ids);
}

/* One customer of today, from the old lines move[from] ... move[to - 1]. */
static void
tell_customer(struct changes *c, uint32_t rank, size_t from, size_t to,
    const uint32_t *spread)
{
	struct links *l = c->l;
	unsigned char(*u)[16] = mem_alloc(to - from, sizeof *u);
	const unsigned char *old;
	struct buf *b;
	size_t i;

	for (i = from; i < to; i++)
		memcpy(u[i - from], c->old[(uint32_t)c->move[i]].uuid, 16);
	if (to == from) {
		b = line(c, "created");
		buf_adds(b, ",\"profile_id\":");
		add_uuid(b, l->customer[rank].uuid);
		buf_adds(b, "}\n");
	} else if (to - from > 1) {
		b = line(c, "merged");
		buf_adds(b, ",\"profile_id\":");
		add_uuid(b, l->customer[rank].uuid);
		add_uuids(b, "from", u, to - from);
		buf_adds(b, "}\n");
	} else {
		old = c->old[(uint32_t)c->move[from]].uuid;
		if (memcmp(old, l->customer[rank].uuid, 16) != 0 &&
		    spread[(uint32_t)c->move[from]] == 1) {
			b = line(c, "renamed");
			buf_adds(b, ",\"profile_id\":");
			add_uuid(b, l->customer[rank].uuid);
			buf_adds(b, ",\"from\":");
			add_uuid(b, old);
			buf_adds(b, "}\n");
		}
	}
	if (to > from)
		tell_joined(c, rank);
	free(u);
}

/* An old line that became several, into[0] ... into[n - 1], or none. */
static void
tell_old(struct changes *c, size_t i, const uint64_t *into, size_t n)
{
	unsigned char(*u)[16] = mem_alloc(n, sizeof *u);
	struct buf *b;
	size_t k;

	for (k = 0; k < n; k++)
		memcpy(u[k], c->l->customer[(uint32_t)into[k]].uuid, 16);
	b = line(c, n == 0 ? "gone" : "split");
	buf_adds(b, ",\"profile_id\":");
	add_uuid(b, c->old[i].uuid);
	if (n > 0)
		add_uuids(b, "into", u, n);
	buf_adds(b, "}\n");
	free(u);
}

static void
tell_olds(struct changes *c)
{
	uint64_t *by_old = mem_alloc(c->nmove, sizeof *by_old);
	size_t i, k = 0, from;

	for (i = 0; i < c->nmove; i++)
		by_old[i] = c->move[i] << 32 | c->move[i] >> 32;
	mem_sort(by_old, c->nmove, sizeof *by_old, by_value);
	for (i = 0; i < c->n; i++) {
		for (from = k; k < c->nmove && by_old[k] >> 32 == i; k++)
			;
		if (k - from != 1)
			tell_old(c, i, by_old + from, k - from);
	}
	free(by_old);
}

static void
tell_refused(struct changes *c)
{
	const struct link_refused *r;
	struct buf *b;
	const char *name;
	size_t i, n;

	for (i = 0; i < c->l->nrefused; i++) {
		r = &c->l->refused[i];
		b = line(c, "refused");
		buf_adds(b, ",\"ids\":[");
		add_id(c, r->strong, b);
		buf_byte(b, ',');
		add_id(c, r->weak, b);
		buf_adds(b,
		    r->cannot ? "],\"rule\":\"cannot\"" : "],\"rule\":\"max\"");
		if (!r->cannot) {
			name = evidence_space_name(c->ev, r->space, &n);
			buf_adds(b, ",\"namespace\":");
			buf_json(b, name, n);
			buf_addf(b, ",\"max\":%u", r->guard->max);
		}
		if (r->first != INT64_MIN) {
			buf_adds(b, ",\"timestamp\":");
			when_json(r->first, b);
			buf_adds(b, ",\"messageId\":");
			buf_add(b, c->text[i].p, c->text[i].len);
		}
		buf_adds(b, "}\n");
	}
}

static void
tell_shared(struct changes *c)
{
	const struct link_shared *s;
	const struct guard *g;
	struct buf *b;
	size_t i;

	for (i = 0; i < c->l->nshared; i++) {
		s = &c->l->shared[i];
		g = links_guard(c->l, s->id);
		b = line(c, "shared");
		buf_adds(b, ",\"id\":");
		add_id(c, s->id, b);
		buf_addf(b, ",\"seen_with\":%u,\"limit\":%u,\"of\":", s->seen,
		    s->limit);
		if (s->values)
			buf_jsons(b, c->l->g->proxy[g->proxy]);
		else
			buf_adds(b, "\"ids\"");
		buf_adds(b, "}\n");
	}
}

static void
tell_customers(struct changes *c, uint32_t *spread)
{
	size_t i = 0, from;
	uint32_t rank;

	for (rank = 0; rank < c->l->n; rank++) {
		for (from = i; i < c->nmove && c->move[i] >> 32 == rank; i++)
			;
		if (c->lives[rank])
			tell_customer(c, rank, from, i, spread);
	}
	tell_olds(c);
}

static int
by_bytes(const void *a, const void *b, void *all)
{
	const char *p = (const char *)all + *(const size_t *)a;
	const char *q = (const char *)all + *(const size_t *)b;

	while (*p == *q && *p != '\n') {
		p++;
		q++;
	}
	return (unsigned char)*p - (unsigned char)*q;
}

void
changes_write(struct changes *c, struct output *out)
{
	uint32_t *spread = mem_alloc(c->n, sizeof *spread);
	const char *p;
	size_t i;

	find_moves(c);
	for (i = 0; i < c->nmove; i++)
		spread[(uint32_t)c->move[i]]++;
	tell_customers(c, spread);
	tell_refused(c);
	tell_shared(c);
	mem_sort_by(c->line, c->nline, sizeof *c->line, by_bytes, c->all.p);
	for (i = 0; i < c->nline; i++) {
		p = c->all.p + c->line[i];
		output_write(out, p, (size_t)(strchr(p, '\n') - p) + 1);
	}
	free(spread);
}
