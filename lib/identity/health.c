#include <stdlib.h>
#include <string.h>

#include "bridge.h"
#include "health.h"
#include "mem.h"
#include "profile.h"

#define SHOWN 10
#define MATRIX 2048 /* namespaces: beyond, pairs are not looked at */

struct customer {
	uint64_t events;
	uint32_t rank, ids;
};

struct space {
	uint64_t ids, customers, most, alone, ignored, shared;
};

struct health {
	struct links *l;
	const uint32_t *events;
	struct customer *c;
	size_t n; /* customers that have events */
	uint64_t ids, total, single;
	struct space *space;
	size_t nspace;
	unsigned char *together; /* nspace x nspace */
	uint32_t *order;         /* namespaces in byte order */
	struct buf *out;
};

static void
count_customers(struct health *h)
{
	struct links *l = h->l;
	uint64_t *events = mem_alloc(l->n + 1, sizeof *events);
	size_t i;

	for (i = 0; i < evidence_sets(l->ev); i++)
		events[l->rank[i]] += h->events[i];
	h->c = mem_alloc(l->n, sizeof *h->c);
	for (i = 0; i < l->n; i++) {
		if (events[i] == 0)
			continue;
		h->c[h->n] = (struct customer){
		    events[i], (uint32_t)i, l->start[i + 1] - l->start[i]};
		h->total += events[i];
		h->ids += h->c[h->n].ids;
		h->single += h->c[h->n].ids == 1;
		h->n++;
	}
	free(events);
}

/* Which namespaces a customer holds, and how much of each. */
static void
count_one(struct health *h, const struct customer *c, uint32_t *here)
{
	const struct links *l = h->l;
	uint32_t i, *m = l->member, space;

	for (i = l->start[c->rank]; i < l->start[c->rank + 1]; i++) {
		space = l->ev->space[m[i]];
		h->space[space].ids++;
		if (here[space]++ == 0)
			h->space[space].customers++;
		if (here[space] > h->space[space].most)
			h->space[space].most = here[space];
		if (c->ids == 1)
			h->space[space].alone++;
	}
	for (i = l->start[c->rank]; i < l->start[c->rank + 1]; i++)
		here[l->ev->space[m[i]]] = 0;
}

static void
count_spaces(struct health *h)
{
	struct links *l = h->l;
	uint32_t *here, *ids, set;
	size_t i, k, n;

	h->nspace = intern_count(l->ev->spaces);
	h->space = mem_alloc(h->nspace, sizeof *h->space);
	if (h->nspace <= MATRIX)
		h->together = mem_alloc(h->nspace * h->nspace, 1);
	here = mem_alloc(h->nspace, sizeof *here);
	for (i = 0; i < h->n; i++)
		count_one(h, &h->c[i], here);
	free(here);
	for (i = 0; i < l->known; i++)
		if (l->canon[i] == LINK_NONE)
			h->space[l->ev->space[i]].ignored++;
	for (i = 0; i < l->nshared; i++)
		h->space[l->ev->space[l->shared[i].id]].shared++;
	for (set = 0; set < evidence_sets(l->ev); set++) {
		if (l->ev->first[set] == EVIDENCE_NEVER)
			continue;
		n = links_members(l, set, &ids);
		for (i = 0; h->together != NULL && i < n; i++)
			for (k = 0; k < n; k++)
				h->together[l->ev->space[ids[i]] * h->nspace +
					    l->ev->space[ids[k]]] = 1;
	}
}

/* ---- writing ---- */

static int
by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Nearest rank: the smallest value that p of all do not exceed. */
static void
write_spread(struct health *h, const char *name, bool events)
{
	static const int percent[] = {50, 90, 99, 100};
	uint64_t *v = mem_alloc(h->n + 1, sizeof *v);
	size_t i, at;

	for (i = 0; i < h->n; i++)
		v[i] = events ? h->c[i].events : h->c[i].ids;
	mem_sort(v, h->n, sizeof *v, by_number);
	buf_addf(h->out, ",\"%s\":{", name);
	for (i = 0; i < 4; i++) {
		at = (h->n * (size_t)percent[i] + 99) / 100;
		buf_addf(h->out, "%s\"%s\":%llu", i > 0 ? "," : "",
		    (const char *const[]){"p50", "p90", "p99", "max"}[i],
		    (unsigned long long)(h->n > 0 ? v[at - 1] : 0));
	}
	buf_byte(h->out, '}');
	free(v);
}

static void
write_space_name(struct health *h, uint32_t space)
{
	size_t n;
	const char *p = evidence_space_name(h->l->ev, (uint16_t)space, &n);

	buf_json(h->out, p, n);
}

static void
write_spaces(struct health *h)
{
	const struct space *s;
	size_t i;

	buf_adds(h->out, ",\"namespaces\":{");
	for (i = 0; i < h->nspace; i++) {
		if (h->order[i] < h->l->ev->proxies)
			continue;
		if (h->out->p[h->out->len - 1] != '{')
			buf_byte(h->out, ',');
		s = &h->space[h->order[i]];
		write_space_name(h, h->order[i]);
		buf_addf(h->out,
		    ":{\"ids\":%llu,\"customers\":%llu,\"most\":%llu,"
		    "\"alone\":%llu,\"ignored\":%llu,\"shared\":%llu}",
		    (unsigned long long)s->ids,
		    (unsigned long long)s->customers,
		    (unsigned long long)s->most, (unsigned long long)s->alone,
		    (unsigned long long)s->ignored,
		    (unsigned long long)s->shared);
	}
	buf_byte(h->out, '}');
}

static void
write_apart(struct health *h)
{
	size_t i, k;
	uint32_t a, b;

	buf_adds(h->out, ",\"never_together\":[");
	for (i = 0; h->together != NULL && i < h->nspace; i++)
		for (k = i + 1; k < h->nspace; k++) {
			a = h->order[i];
			b = h->order[k];
			if (h->space[a].ids == 0 || h->space[b].ids == 0 ||
			    h->together[a * h->nspace + b])
				continue;
			if (h->out->p[h->out->len - 1] != '[')
				buf_byte(h->out, ',');
			buf_byte(h->out, '[');
			write_space_name(h, a);
			buf_byte(h->out, ',');
			write_space_name(h, b);
			buf_byte(h->out, ']');
		}
	buf_byte(h->out, ']');
}

static int
by_size(const void *a, const void *b)
{
	const struct customer *x = a, *y = b;

	if (x->ids != y->ids)
		return x->ids > y->ids ? -1 : 1;
	if (x->events != y->events)
		return x->events > y->events ? -1 : 1;
	return x->rank < y->rank ? -1 : x->rank > y->rank;
}

static void
write_largest(struct health *h)
{
	size_t i;

	mem_sort(h->c, h->n, sizeof *h->c, by_size);
	buf_adds(h->out, ",\"largest\":[");
	for (i = 0; i < h->n && i < SHOWN; i++) {
		buf_adds(h->out,
		    i > 0 ? ",{\"profile_id\":\"" : "{\"profile_id\":\"");
		profile_id(h->l, h->c[i].rank, h->out);
		buf_addf(h->out, "\",\"ids\":%u,\"events\":%llu}", h->c[i].ids,
		    (unsigned long long)h->c[i].events);
	}
	buf_byte(h->out, ']');
}

static void
write_id(struct health *h, uint32_t id)
{
	struct buf text = {0};

	evidence_text(h->l->ev, id, &text);
	buf_json(h->out, text.p, text.len);
	buf_free(&text);
}

static void
write_bridges(struct health *h)
{
	size_t n, i;
	struct bridge *b = bridges_find(h->l, &n);

	buf_addf(h->out, ",\"bridges\":{\"links\":%zu,\"weakest\":[", n);
	for (i = 0; i < n && i < SHOWN; i++) {
		buf_adds(h->out, i > 0 ? ",{\"ids\":[" : "{\"ids\":[");
		write_id(h, b[i].a);
		buf_byte(h->out, ',');
		write_id(h, b[i].b);
		buf_addf(
		    h->out, "],\"sides\":[%u,%u]}", b[i].small, b[i].large);
	}
	buf_adds(h->out, "]}");
	free(b);
}

static double
share(uint64_t a, uint64_t b)
{
	return b > 0 ? (double)(a * 1000000 / b) / 1e6 : 0;
}

static bool
gate(struct health *h, const char *name, double value, double limit)
{
	if (limit < 0)
		return true;
	if (h->out->p[h->out->len - 1] != '{')
		buf_byte(h->out, ',');
	buf_addf(h->out, "\"%s\":{\"value\":", name);
	buf_double(h->out, value);
	buf_adds(h->out, ",\"limit\":");
	buf_double(h->out, limit);
	buf_adds(
	    h->out, value <= limit ? ",\"holds\":true}" : ",\"holds\":false}");
	return value <= limit;
}

/* The customers are sorted by size. */
static bool
write_gates(struct health *h)
{
	const struct guard_gates *g = &h->l->g->gates;
	uint64_t largest = h->n > 0 ? h->c[0].ids : 0, most = 0;
	bool ok;
	size_t i;

	for (i = 0; i < h->n; i++)
		if (h->c[i].events > most)
			most = h->c[i].events;
	buf_adds(h->out, ",\"gates\":{");
	ok = gate(h, "largest", (double)largest, g->largest);
	ok &= gate(h, "largest_share", share(most, h->total), g->largest_share);
	ok &= gate(h, "refused", (double)h->l->nrefused, g->refused);
	ok &= gate(h, "shared", (double)h->l->nshared, g->shared);
	ok &= gate(h, "single_share", share(h->single, h->n), g->single_share);
	buf_adds(h->out, "}");
	return ok;
}

bool
health(struct links *l, const uint32_t *events, struct buf *out)
{
	struct health h = {.l = l, .events = events, .out = out};
	bool ok;

	count_customers(&h);
	count_spaces(&h);
	h.order = spaces_in_order(l->ev);
	buf_addf(out, "{\"events\":%llu,\"customers\":%zu,\"ids\":%llu",
	    (unsigned long long)h.total, h.n, (unsigned long long)h.ids);
	buf_adds(out, ",\"consolidation\":");
	buf_double(out, h.ids > h.n ? share(h.ids - h.n, h.ids) : 0);
	buf_adds(out, ",\"single_share\":");
	buf_double(out, share(h.single, h.n));
	write_spread(&h, "ids_per_customer", false);
	write_spread(&h, "events_per_customer", true);
	write_spaces(&h);
	write_apart(&h);
	write_largest(&h);
	buf_addf(out, ",\"shared\":%zu,\"refused\":%zu,\"ignored\":%llu",
	    l->nshared, l->nrefused, (unsigned long long)l->ignored);
	write_bridges(&h);
	ok = write_gates(&h);
	buf_adds(out, "}\n");
	free(h.c);
	free(h.space);
	free(h.together);
	free(h.order);
	return ok;
}
