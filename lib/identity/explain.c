#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "explain.h"
#include "mem.h"
#include "profile.h"
#include "when.h"

#define MUST (UINT32_MAX - 1) /* a step that the rule file declares */

/* One step: from and to stood together in a set of the evidence. */
struct hop {
	uint32_t from, to, set;
	struct buf mid;
	int64_t time;
	uint64_t count;
	uint32_t next; /* of the same set, plus 1 */
};

struct explain {
	struct links *l;
	uint32_t a, b;
	bool one; /* customer */
	/* breadth first: the step by which an id was reached */
	uint32_t *from, *by;
	uint32_t *queue;
	size_t head, tail;
	/* by id: the sets that hold it */
	uint32_t *start, *set;
	struct hop *hop;
	size_t nhop;
	uint32_t *hop_of; /* by set: a hop through it, plus 1 */
};

uint32_t
explain_named(struct links *l, const char *text)
{
	unsigned char want[16], uuid[16];
	struct buf b = {0};
	uint32_t id;

	if (!uuid_parse(text, strlen(text), want))
		return links_named(l, text);
	for (id = 0; id < l->known; id++) {
		if (l->canon[id] != id || l->first[id] == EVIDENCE_NEVER)
			continue;
		b.len = 0;
		evidence_text(l->ev, id, &b);
		uuid5_bytes(l->g->space, b.p, b.len, uuid);
		if (memcmp(uuid, want, sizeof uuid) == 0)
			break;
	}
	buf_free(&b);
	return id < l->known ? id : LINK_NONE;
}

/* Does the chain run through this set?  Within one customer only through the
 * customer's own; else through all of the evidence. */
static bool
open_set(const struct explain *x, uint32_t set)
{
	if (x->l->ev->first[set] == EVIDENCE_NEVER)
		return false;
	return !x->one || x->l->rank[set] == links_customer(x->l, x->a);
}

static bool
open_id(const struct explain *x, uint32_t id)
{
	return !x->one || (!(x->l->flag[id] & LINK_SHARED) &&
			      links_root(x->l, id) == links_root(x->l, x->a));
}

/* The sets of every id, by counting. */
static void
index_sets(struct explain *x)
{
	struct links *l = x->l;
	uint32_t set, *ids, *at;
	size_t n, i;
	int pass;

	x->start = mem_alloc(l->known + 2, sizeof *x->start);
	at = x->start + 1;
	for (pass = 0; pass < 2; pass++) {
		for (set = 0; set < evidence_sets(l->ev); set++) {
			if (!open_set(x, set))
				continue;
			n = links_members(l, set, &ids);
			for (i = 0; n > 1 && i < n; i++)
				if (pass == 0)
					at[ids[i] + 1]++;
				else
					x->set[at[ids[i]]++] = set;
		}
		if (pass > 0)
			break;
		for (i = 1; i <= l->known; i++)
			at[i] += at[i - 1];
		x->set = mem_alloc(at[l->known], sizeof *x->set);
	}
}

static void
reach(struct explain *x, uint32_t id, uint32_t from, uint32_t by)
{
	if (x->by[id] != LINK_NONE || !open_id(x, id))
		return;
	x->from[id] = from;
	x->by[id] = by;
	x->queue[x->tail++] = id;
}

static void
reach_must(struct explain *x, uint32_t id)
{
	size_t i;
	int k;

	for (i = 0; i < x->l->must.n; i++)
		for (k = 0; k < 2; k++)
			if (x->l->must.pair[i][k] == id &&
			    x->l->must.pair[i][!k] != LINK_NONE)
				reach(x, x->l->must.pair[i][!k], id, MUST);
}

static void
search(struct explain *x)
{
	struct links *l = x->l;
	uint32_t id, *ids, k;
	size_t n, i;

	reach(x, x->a, x->a, 0);
	while (x->head < x->tail && x->by[x->b] == LINK_NONE) {
		id = x->queue[x->head++];
		for (k = x->start[id]; k < x->start[id + 1]; k++) {
			n = links_members(l, x->set[k], &ids);
			for (i = 0; i < n; i++)
				reach(x, ids[i], id, x->set[k]);
		}
		reach_must(x, id);
	}
}

static void
trace(struct explain *x)
{
	uint32_t id;
	size_t i;

	x->hop_of = mem_alloc(evidence_sets(x->l->ev), sizeof *x->hop_of);
	if (x->by[x->b] == LINK_NONE)
		return;
	for (id = x->b; id != x->a; id = x->from[id])
		x->nhop++;
	x->hop = mem_alloc(x->nhop, sizeof *x->hop);
	for (id = x->b, i = x->nhop; id != x->a; id = x->from[id]) {
		i--;
		x->hop[i].from = x->from[id];
		x->hop[i].to = id;
		x->hop[i].set = x->by[id];
		if (x->by[id] == MUST)
			continue;
		x->hop[i].next = x->hop_of[x->by[id]];
		x->hop_of[x->by[id]] = (uint32_t)i + 1;
	}
}

struct explain *
explain_new(struct links *l, uint32_t a, uint32_t b)
{
	struct explain *x = mem_alloc(1, sizeof *x);
	size_t i;

	x->l = l;
	x->a = a;
	x->b = b;
	x->one = links_root(l, a) == links_root(l, b);
	x->from = mem_alloc(l->known, sizeof *x->from);
	x->by = mem_alloc(l->known, sizeof *x->by);
	for (i = 0; i < l->known; i++)
		x->by[i] = LINK_NONE;
	x->queue = mem_alloc(l->known, sizeof *x->queue);
	index_sets(x);
	search(x);
	trace(x);
	return x;
}

void
explain_customer(struct explain *x, const struct event *e, size_t n)
{
	struct hop *h;
	uint32_t at;
	size_t i;

	for (i = 0; i < n; i++) {
		at = x->hop_of[evidence_set(x->l->ev, e[i].set)];
		for (; at != 0; at = h->next) {
			h = &x->hop[at - 1];
			if (h->count++ > 0)
				continue;
			h->time = e[i].time;
			buf_add(&h->mid, e[i].p + e[i].mid - 1,
			    e[i].midlen + (size_t)2);
		}
	}
}

static const struct link_refused *
refusal(const struct links *l, const struct hop *h)
{
	const struct link_refused *r;
	size_t i;

	for (i = 0; i < l->nrefused; i++) {
		r = &l->refused[i];
		if ((r->strong == h->from && r->weak == h->to) ||
		    (r->strong == h->to && r->weak == h->from))
			return r;
	}
	return NULL;
}

static void
write_why_not(struct explain *x, const struct hop *h, struct buf *out)
{
	struct links *l = x->l;
	const struct link_refused *r = refusal(l, h);
	const char *name;
	size_t n;

	if ((l->flag[h->from] | l->flag[h->to]) & LINK_SHARED) {
		buf_adds(out, "\tnot linked: ");
		evidence_text(l->ev,
		    l->flag[h->from] & LINK_SHARED ? h->from : h->to, out);
		buf_adds(out, " is shared");
	} else if (r != NULL && r->cannot)
		buf_adds(out, "\trefused: the rule file says cannot");
	else if (r != NULL) {
		name = evidence_space_name(l->ev, r->space, &n);
		buf_adds(out, "\trefused: max of ");
		buf_add(out, name, n);
		buf_addf(out, " is %u", r->guard->max);
	}
}

static void
write_hop(struct explain *x, const struct hop *h, struct buf *out)
{
	evidence_text(x->l->ev, h->from, out);
	buf_byte(out, '\t');
	evidence_text(x->l->ev, h->to, out);
	if (h->set == MUST)
		buf_adds(out, "\tmust, says the rule file");
	else {
		buf_byte(out, '\t');
		when_json(h->time, out);
		buf_byte(out, '\t');
		buf_add(out, h->mid.p, h->mid.len);
		buf_addf(out, "\t%llu event%s", (unsigned long long)h->count,
		    h->count == 1 ? "" : "s");
	}
	if (!x->one)
		write_why_not(x, h, out);
	buf_byte(out, '\n');
}

bool
explain_write(struct explain *x, struct buf *out)
{
	size_t i;

	evidence_text(x->l->ev, x->a, out);
	buf_adds(out, " and ");
	evidence_text(x->l->ev, x->b, out);
	buf_adds(out, x->one ? " are one customer, " : " are not one customer");
	if (x->one && links_customer(x->l, x->a) != LINK_NONE)
		profile_id(x->l, links_customer(x->l, x->a), out);
	if (!x->one && x->nhop == 0)
		buf_adds(out, ": no chain of events joins them");
	buf_byte(out, '\n');
	for (i = 0; i < x->nhop; i++)
		write_hop(x, &x->hop[i], out);
	return x->one;
}
