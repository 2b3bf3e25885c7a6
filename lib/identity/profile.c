#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "profile.h"
#include "when.h"

static int
by_space(const void *a, const void *b, void *arg)
{
	const char *p, *q;
	size_t n, m;
	int c;

	p = evidence_space_name(arg, (uint16_t) * (const uint32_t *)a, &n);
	q = evidence_space_name(arg, (uint16_t) * (const uint32_t *)b, &m);
	c = memcmp(p, q, n < m ? n : m);
	return c != 0 ? c : (n > m) - (n < m);
}

uint32_t *
spaces_in_order(const struct evidence *ev)
{
	uint32_t n = intern_count(ev->spaces), i;
	uint32_t *order = mem_alloc(n, sizeof *order);

	for (i = 0; i < n; i++)
		order[i] = i;
	mem_sort_by(order, n, sizeof *order, by_space, (void *)(uintptr_t)ev);
	return order;
}

static uint32_t *
rank_spaces(const struct evidence *ev)
{
	uint32_t n = intern_count(ev->spaces), i;
	uint32_t *order = spaces_in_order(ev);
	uint32_t *rank = mem_alloc(n, sizeof *rank);

	for (i = 0; i < n; i++)
		rank[order[i]] = i;
	free(order);
	return rank;
}

struct profiles *
profiles_new(
    struct links *l, struct output *out, bool no_history, bool trait_sources)
{
	struct profiles *w = mem_alloc(1, sizeof *w);

	w->l = l;
	w->out = out;
	w->no_history = no_history;
	w->trait_sources = trait_sources;
	w->traits = traits_new(l->g);
	w->space_rank = rank_spaces(l->ev);
	return w;
}

static int
by_line(const void *a, const void *b, void *arg)
{
	const struct profiles *w = arg;
	const struct links *l = w->l;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	uint32_t p = w->space_rank[l->ev->space[x]];
	uint32_t q = w->space_rank[l->ev->space[y]];

	if (p != q)
		return p < q ? -1 : 1;
	if (l->first[x] != l->first[y])
		return l->first[x] < l->first[y] ? -1 : 1;
	return evidence_compare(l->ev, x, y);
}

/* Customers have few identifiers. */
static void
sort_line(struct profiles *w, size_t n)
{
	size_t i, k;
	uint32_t id;

	if (n > 32) {
		mem_sort_by(w->ids, n, sizeof *w->ids, by_line, w);
		return;
	}
	for (i = 1; i < n; i++) {
		id = w->ids[i];
		for (k = i; k > 0 && by_line(&w->ids[k - 1], &id, w) > 0; k--)
			w->ids[k] = w->ids[k - 1];
		w->ids[k] = id;
	}
}

static size_t
list_shares(struct profiles *w, uint32_t rank)
{
	const struct links *l = w->l;
	size_t low = 0, high = l->nshares, mid, n;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (l->shares[mid] >> 32 < rank)
			low = mid + 1;
		else
			high = mid;
	}
	for (n = 0; low + n < l->nshares; n++) {
		if (l->shares[low + n] >> 32 != rank)
			break;
		w->ids = mem_grow(w->ids, &w->idcap, n + 1, sizeof *w->ids);
		w->ids[n] = (uint32_t)l->shares[low + n];
	}
	return n;
}

static size_t
list_ids(struct profiles *w, uint32_t rank)
{
	const struct links *l = w->l;
	size_t n = l->start[rank + 1] - (size_t)l->start[rank];

	w->ids = mem_grow(w->ids, &w->idcap, n + 1, sizeof *w->ids);
	memcpy(w->ids, l->member + l->start[rank], n * sizeof *w->ids);
	return n;
}

void
profiles_ids(struct profiles *w, uint32_t rank, bool shared, struct buf *out)
{
	const struct evidence *ev = w->l->ev;
	size_t n = shared ? list_shares(w, rank) : list_ids(w, rank), i, m;
	const char *p;
	bool opened;

	sort_line(w, n);
	buf_byte(out, '{');
	for (i = 0; i < n; i++) {
		opened =
		    i == 0 || ev->space[w->ids[i]] != ev->space[w->ids[i - 1]];
		if (i > 0)
			buf_adds(out, opened ? "]," : ",");
		if (opened) {
			p = evidence_space_name(ev, ev->space[w->ids[i]], &m);
			buf_json(out, p, m);
			buf_adds(out, ":[");
		}
		p = evidence_value(ev, w->ids[i], &m);
		buf_json(out, p, m);
	}
	buf_adds(out, n > 0 ? "]}" : "}");
}

void
profile_id(const struct links *l, uint32_t rank, struct buf *out)
{
	static const char hex[] = "0123456789abcdef";
	const unsigned char *u = l->customer[rank].uuid;
	int i;

	for (i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			buf_byte(out, '-');
		buf_byte(out, hex[u[i] >> 4]);
		buf_byte(out, hex[u[i] & 15]);
	}
}

static void
head(struct profiles *w, uint32_t rank, const struct event *e, size_t n)
{
	struct buf *b = &w->line;

	b->len = w->sources.len = 0;
	buf_adds(b, "{\"profile_id\":\"");
	profile_id(w->l, rank, b);
	buf_adds(b, "\",\"ids\":");
	profiles_ids(w, rank, false, b);
	buf_adds(b, ",\"shared_ids\":");
	profiles_ids(w, rank, true, b);
	buf_adds(b, ",\"traits\":");
	traits_fold(w->traits, e, n, b, w->trait_sources ? &w->sources : NULL);
	if (w->trait_sources) {
		buf_adds(b, ",\"trait_sources\":");
		buf_add(b, w->sources.p, w->sources.len);
	}
	buf_adds(b, ",\"first_seen\":");
	when_json(e[0].time, b);
	buf_adds(b, ",\"last_seen\":");
	when_json(e[n - 1].time, b);
}

static void
events(struct profiles *w, const struct event *e, size_t n)
{
	bool first = true;
	size_t i;

	output_write(w->out, ",\"events\":[", 11);
	for (i = 0; i < n; i++) {
		if (e[i].flags & EVENT_STUB)
			continue;
		if (!first)
			output_write(w->out, ",", 1);
		first = false;
		output_write(w->out, e[i].p, e[i].len);
	}
	output_write(w->out, "]", 1);
}

void
profiles_write(
    struct profiles *w, uint32_t rank, const struct event *e, size_t n)
{
	uint64_t real = 0;
	size_t i;

	for (i = 0; i < n; i++)
		real += !(e[i].flags & EVENT_STUB);
	if (real == 0)
		return;
	head(w, rank, e, n);
	output_write(w->out, w->line.p, w->line.len);
	if (!w->no_history)
		events(w, e, n);
	output_write(w->out, "}\n", 2);
	w->events += real;
	w->lines++;
}
