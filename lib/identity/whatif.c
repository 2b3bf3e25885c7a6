#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "profile.h"
#include "whatif.h"

#define SHOWN 10 /* examples of each kind */

enum kind { SAME, RENAMED, MERGED, SPLIT, MOVED, KINDS };
static const char *const kinds[KINDS] = {
    "unchanged", "renamed", "merged", "split", "moved"};

/* A group: customers of both sides that share events, directly or through
 * others; node n is now's n-th, node now.n + n is then's. */
struct diff {
	const struct links *now, *then;
	uint32_t *parent;
	struct group {
		uint32_t now, then;
		uint64_t events;
	} * group; /* by root */
	struct {
		uint64_t now, then, events;
		struct buf shown;
		int nshown;
	} sum[KINDS];
};

static struct group *
group_of(struct diff *d, size_t i)
{
	return &d->group[union_root(d->parent, (uint32_t)i)];
}

static void
join_all(struct diff *d, const uint32_t *events)
{
	size_t n = d->now->n, total = n + d->then->n, i;
	size_t sets = evidence_sets(d->now->ev);
	const uint32_t *now = d->now->rank, *then = d->then->rank;

	d->parent = mem_alloc(total, sizeof *d->parent);
	d->group = mem_alloc(total, sizeof *d->group);
	for (i = 0; i < total; i++)
		d->parent[i] = (uint32_t)i;
	for (i = 0; i < sets; i++)
		if (events[i] > 0 && now[i] < n && then[i] < d->then->n)
			union_join(d->parent, now[i], (uint32_t)n + then[i]);
	for (i = 0; i < total; i++)
		if (i < n)
			group_of(d, i)->now++;
		else
			group_of(d, i)->then++;
	for (i = 0; i < sets; i++)
		if (events[i] > 0 && now[i] < n)
			group_of(d, now[i])->events += events[i];
}

static enum kind
kind_of(const struct group *g)
{
	if (g->now <= 1 && g->then <= 1)
		return SAME;
	return g->then <= 1 ? MERGED : g->now <= 1 ? SPLIT : MOVED;
}

static void
show(struct diff *d, enum kind kind, size_t from, uint32_t top)
{
	struct buf *b = &d->sum[kind].shown;
	size_t i, n = d->now->n, total = n + d->then->n;
	bool first = true, then = false;

	buf_adds(b, d->sum[kind].nshown++ > 0 ? ",{\"now\":[" : "{\"now\":[");
	for (i = from; i < total; i++) {
		if (i >= n && !then) {
			buf_adds(b, "],\"then\":[");
			then = first = true;
		}
		if (union_root(d->parent, (uint32_t)i) != top)
			continue;
		buf_adds(b, first ? "\"" : ",\"");
		profile_id(
		    i < n ? d->now : d->then, (uint32_t)(i < n ? i : i - n), b);
		buf_byte(b, '"');
		first = false;
	}
	buf_adds(b, "]}");
}

static void
judge(struct diff *d, uint32_t *other)
{
	size_t n = d->now->n, i;
	const struct group *g;
	enum kind kind;
	uint32_t top;

	for (i = 0; i < n + d->then->n; i++) {
		top = union_root(d->parent, (uint32_t)i);
		if (i >= n && other[top] == LINK_NONE)
			other[top] = (uint32_t)(i - n);
	}
	for (i = 0; i < n + d->then->n; i++) {
		g = &d->group[i];
		if (d->parent[i] != i)
			continue;
		kind = kind_of(g);
		if (kind == SAME && g->now == 1 && g->then == 1 &&
		    memcmp(d->now->customer[i].uuid,
			d->then->customer[other[i]].uuid, 16) != 0)
			kind = RENAMED;
		d->sum[kind].now += g->now;
		d->sum[kind].then += g->then;
		d->sum[kind].events += g->events;
		if (kind != SAME && d->sum[kind].nshown < SHOWN)
			show(d, kind, i, (uint32_t)i);
	}
}

uint64_t
whatif(const struct links *now, const struct links *then,
    const uint32_t *events, struct buf *out)
{
	struct diff d = {.now = now, .then = then};
	uint32_t *other;
	uint64_t changed = 0;
	int k;

	join_all(&d, events);
	other = mem_resize(NULL, now->n + then->n, sizeof *other);
	memset(other, 0xff, (now->n + then->n) * sizeof *other);
	judge(&d, other);
	buf_addf(
	    out, "{\"customers\":{\"now\":%zu,\"then\":%zu}", now->n, then->n);
	for (k = 0; k < KINDS; k++) {
		buf_addf(out,
		    ",\"%s\":{\"now\":%llu,\"then\":%llu,\"events\":%llu",
		    kinds[k], (unsigned long long)d.sum[k].now,
		    (unsigned long long)d.sum[k].then,
		    (unsigned long long)d.sum[k].events);
		if (k != SAME) {
			buf_adds(out, ",\"examples\":[");
			buf_add(out, d.sum[k].shown.p, d.sum[k].shown.len);
			buf_byte(out, ']');
			changed += d.sum[k].now;
		}
		buf_byte(out, '}');
		buf_free(&d.sum[k].shown);
	}
	buf_addf(out,
	    ",\"shared\":{\"now\":%zu,\"then\":%zu},"
	    "\"refused\":{\"now\":%zu,\"then\":%zu}}\n",
	    now->nshared, then->nshared, now->nrefused, then->nrefused);
	free(other);
	free(d.parent);
	free(d.group);
	return changed;
}
