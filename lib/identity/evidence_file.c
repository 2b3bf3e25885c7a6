#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "mem.h"
#include "evidence_file.h"
#include "when.h"

/* The events [from, to) of `order` carry one set; `first` is the place of the
 * earliest among the customer's events. */
struct bundle {
	size_t first, from, to;
};

struct evidence_file {
	const struct evidence *ev;
	const struct guards *g;
	struct output *out;
	uint64_t *order; /* set << 32 | place */
	size_t cap;
	struct bundle *bundle;
	size_t bundlecap;
	uint32_t *ids;
	size_t idcap;
	struct buf line;
};

struct evidence_file *
evidence_file_new(
    const struct evidence *ev, const struct guards *g, struct output *out)
{
	struct evidence_file *p = mem_alloc(1, sizeof *p);

	p->ev = ev;
	p->g = g;
	p->out = out;
	return p;
}

/* ---- writing ---- */

static int
by_text(const void *a, const void *b, void *arg)
{
	return evidence_compare(
	    arg, *(const uint32_t *)a, *(const uint32_t *)b);
}

static void
write_space(struct evidence_file *p, uint16_t space, bool proxy, struct buf *b)
{
	const char *name;
	size_t n;

	if (proxy) {
		name = p->g->proxy[space];
		n = strlen(name);
	} else
		name = evidence_space_name(p->ev, space, &n);
	buf_json(b, name, n);
	buf_adds(b, ":[");
}

/* Identifiers, or proxies, as an object of arrays. */
static void
write_members(
    struct evidence_file *p, const uint32_t *ids, size_t n, bool proxy)
{
	struct buf *b = &p->line;
	const char *v;
	size_t i, m;
	uint32_t last = UINT32_MAX;
	uint16_t space;

	buf_byte(b, '{');
	for (i = 0; i < n; i++) {
		space = p->ev->space[ids[i]];
		if ((space < p->ev->proxies) != proxy)
			continue;
		if (last != UINT32_MAX)
			buf_adds(b, space != last ? "]," : ",");
		if (space != last)
			write_space(p, space, proxy, b);
		last = space;
		v = evidence_value(p->ev, ids[i], &m);
		buf_json(b, v, m);
	}
	buf_adds(b, last != UINT32_MAX ? "]}" : "}");
}

static void
write_message(struct evidence_file *p, const struct event *e)
{
	struct js_val whole = {e->p, e->len, JS_OBJECT, 0}, version;
	unsigned char md[DIGEST_SIZE];
	struct buf *b = &p->line;

	if (e->flags & EVENT_STUB) {
		buf_add(b, e->p, e->len);
		return;
	}
	version = js_member(whole, "version", 7);
	buf_byte(b, '[');
	buf_add(b, e->p + e->mid - 1, e->midlen + (size_t)2);
	buf_byte(b, ',');
	when_json(e->time, b);
	buf_byte(b, ',');
	if (version.type == JS_NUMBER || version.type == JS_STRING)
		buf_add(b, version.p, version.len);
	else
		buf_adds(b, "null");
	digest_sha256(e->p, e->len, md);
	buf_adds(b, ",\"");
	digest_hex(md, 8, b);
	buf_adds(b, "\"]");
}

static void
write_bundle(
    struct evidence_file *p, const struct event *e, const struct bundle *bundle)
{
	struct buf *b = &p->line;
	const uint32_t *set;
	uint32_t one;
	size_t n, i;

	set = evidence_members(
	    p->ev, evidence_set(p->ev, e[bundle->first].set), &one, &n);
	p->ids = mem_grow(p->ids, &p->idcap, n, sizeof *p->ids);
	memcpy(p->ids, set, n * sizeof *p->ids);
	mem_sort_by(
	    p->ids, n, sizeof *p->ids, by_text, (void *)(uintptr_t)p->ev);
	b->len = 0;
	buf_adds(b, "{\"ids\":");
	write_members(p, p->ids, n, false);
	buf_adds(b, ",\"seen_with\":");
	write_members(p, p->ids, n, true);
	buf_adds(b, ",\"first_seen\":");
	when_json(e[bundle->first].time, b);
	buf_adds(b, ",\"last_seen\":");
	when_json(e[(uint32_t)p->order[bundle->to - 1]].time, b);
	buf_adds(b, ",\"count\":");
	buf_int(b, (int64_t)(bundle->to - bundle->from));
	buf_adds(b, ",\"messages\":[");
	for (i = bundle->from; i < bundle->to; i++) {
		if (i > bundle->from)
			buf_byte(b, ',');
		write_message(p, &e[(uint32_t)p->order[i]]);
	}
	buf_adds(b, "]}\n");
	output_write(p->out, b->p, b->len);
}

static int
by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static int
by_first(const void *a, const void *b)
{
	const struct bundle *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

void
evidence_file_write(struct evidence_file *p, const struct event *e, size_t n)
{
	size_t i, from, k = 0;

	p->order = mem_grow(p->order, &p->cap, n, sizeof *p->order);
	for (i = 0; i < n; i++)
		p->order[i] = (uint64_t)e[i].set << 32 | i;
	mem_sort(p->order, n, sizeof *p->order, by_value);
	for (i = from = 0; i < n; i++) {
		if (i + 1 < n && p->order[i + 1] >> 32 == p->order[i] >> 32)
			continue;
		p->bundle = mem_grow(
		    p->bundle, &p->bundlecap, k + 1, sizeof *p->bundle);
		p->bundle[k++] =
		    (struct bundle){(uint32_t)p->order[from], from, i + 1};
		from = i + 1;
	}
	mem_sort(p->bundle, k, sizeof *p->bundle, by_first);
	for (i = 0; i < k; i++)
		write_bundle(p, e, &p->bundle[i]);
}

/* ---- reading ---- */

static struct js_val
field(const struct js_line *l, const int *slot, int i)
{
	return l->slot[slot[i]];
}

static const char *
take_message(struct reader *r, struct js_val v, uint32_t set)
{
	struct js_val mid = js_element(v, 0), time = js_element(v, 1);
	struct batch *b = &r->batch;
	struct event e = {.p = v.p,
	    .len = v.len,
	    .set = set,
	    .flags = EVENT_STUB | (mid.escaped ? EVENT_ESCAPED : 0)};
	struct buf scratch = {0};
	const char *p;
	size_t n;

	if (v.type != JS_ARRAY || mid.type != JS_STRING ||
	    time.type != JS_STRING ||
	    !when_parse(time.p + 1, time.len - 2, &e.time))
		return "a message is not [messageId, time, version, digest]";
	e.mid = (uint32_t)(mid.p + 1 - v.p);
	e.midlen = (mid.len - 2) & EVENT_MID_MAX;
	p = event_mid(&e, &scratch, &n);
	if (!reader_leaves(r, &e, p, n) &&
	    !reader_forgets(r, e.time, b->id, b->n))
		store_add(r->store, &e, (uint32_t)intern_hash(p, n));
	buf_free(&scratch);
	return NULL;
}

/* {"traits.name": [...]}: paths that the rule file no longer names say
 * nothing. */
static void
take_proxies(struct reader *r, struct js_val seen)
{
	struct js_val list, v;
	struct js_iter it;
	const char *p;
	size_t i, n;

	for (i = 0; seen.type == JS_OBJECT && i < r->g->nproxy; i++) {
		list = js_member(seen, r->g->proxy[i], strlen(r->g->proxy[i]));
		if (list.type != JS_ARRAY)
			continue;
		it = js_iterate(list);
		while (js_next(&it, NULL, &v)) {
			r->text.len = 0;
			p = js_text(v, &r->text, &n);
			batch_key(&r->batch, (uint16_t)i, p, n);
		}
	}
}

static const char *
take_line(
    struct reader *r, const struct js_line *l, const int *slot, uint64_t *count)
{
	struct js_val messages = field(l, slot, 2), v;
	struct batch *b = &r->batch;
	struct js_iter it;
	const char *why, *at;
	uint32_t set;

	if (field(l, slot, 0).type != JS_OBJECT || messages.type != JS_ARRAY)
		return "not a line of evidence, as --evidence-out writes it";
	batch_empty(b);
	why = batch_ids(b, r->ev, field(l, slot, 0), &at);
	if (why != NULL)
		return why;
	take_proxies(r, field(l, slot, 1));
	batch_resolve(b, r->ev);
	links_learn(r->links[0]);
	set = evidence_code(r->ev, b->id, b->n);
	it = js_iterate(messages);
	while (js_next(&it, NULL, &v)) {
		why = take_message(r, v, set);
		if (why != NULL)
			return why;
		++*count;
	}
	batch_empty(b);
	return NULL;
}

uint64_t
evidence_file_read(struct reader *r, char *const *files, int n)
{
	struct input *in = input_open(files, n, 0);
	struct js_plan *plan = js_plan_new();
	struct js_step step[1];
	struct js_line l = {0};
	struct js_error e;
	struct input_line line;
	const char *why;
	uint64_t count = 0;
	int slot[3];

	js_steps("ids", step, 1);
	slot[0] = js_plan_field(plan, step, 1);
	js_steps("seen_with", step, 1);
	slot[1] = js_plan_field(plan, step, 1);
	js_steps("messages", step, 1);
	slot[2] = js_plan_field(plan, step, 1);
	while (input_line(in, &line)) {
		if (line.len == 0)
			continue;
		why = js_scan(plan, line.p, line.len, &l, &e)
			  ? take_line(r, &l, slot, &count)
			  : e.why;
		if (why != NULL)
			die_at(&line.at, "%s", why);
	}
	input_close(in);
	js_line_free(&l);
	js_plan_free(plan);
	return count;
}
