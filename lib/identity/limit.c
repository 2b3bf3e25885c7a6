/*
 * Limits on what one customer may hold.  Where everything linked breaks no
 * limit, no order of linking would have broken one, so only groups that do
 * break one are taken apart and linked again, link by link: by priority of
 * the weaker end, first seen, bytes.
 */
#include <stdlib.h>

#include "link.h"
#include "mem.h"

struct one {
	uint32_t strong, weak;
	int64_t first;
	bool must;
};

/* How many values of a limited namespace a group holds. */
struct tally {
	uint32_t n, next;
	uint16_t space;
};

struct replay {
	struct links *l;
	struct one *link;
	size_t n, cap;
	uint32_t *head; /* by root: its tallies, LINK_NONE: none */
	struct tally *tally;
	size_t ntally, tallycap;
};

static bool
limited(const struct links *l, size_t id)
{
	return l->first[id] != EVIDENCE_NEVER && !(l->flag[id] & LINK_SHARED) &&
	       links_guard(l, (uint32_t)id)->max > 0;
}

static int
by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* (root, namespace) of every limited id whose group holds another. */
static uint64_t *
list_limited(struct links *l, size_t *n)
{
	unsigned char *many = mem_alloc(l->known, 1);
	uint64_t *key = NULL;
	size_t cap = 0, i;
	uint32_t root;

	for (i = 0; i < l->known; i++)
		if (limited(l, i)) {
			root = links_root(l, (uint32_t)i);
			many[root] += many[root] < 2;
		}
	for (*n = 0, i = 0; i < l->known; i++) {
		if (!limited(l, i))
			continue;
		root = links_root(l, (uint32_t)i);
		if (many[root] < 2)
			continue;
		key = mem_grow(key, &cap, *n + 1, sizeof *key);
		key[(*n)++] = (uint64_t)root << 16 | l->ev->space[i];
	}
	free(many);
	return key;
}

static bool
find_broken(struct links *l)
{
	size_t n, i, from;
	uint64_t *key = list_limited(l, &n);
	bool any = false;

	mem_sort(key, n, sizeof *key, by_value);
	for (i = from = 0; i < n; i++) {
		if (i + 1 < n && key[i + 1] == key[i])
			continue;
		if (i + 1 - from > l->guard[key[i] & 0xffff]->max) {
			l->flag[key[i] >> 16] |= LINK_BROKEN;
			any = true;
		}
		from = i + 1;
	}
	free(key);
	for (i = 0; i < l->cannot.n; i++) {
		uint32_t *p = l->cannot.pair[i], root;

		if (p[0] == LINK_NONE || p[1] == LINK_NONE)
			continue;
		root = links_root(l, p[0]);
		if (root != links_root(l, p[1]))
			continue;
		l->flag[root] |= LINK_BROKEN;
		any = true;
	}
	return any;
}

/* Every id of a broken group stands alone again. */
static void
take_apart(struct replay *r)
{
	struct links *l = r->l;
	size_t i;

	for (i = 0; i < l->known; i++)
		if (l->flag[links_root(l, (uint32_t)i)] & LINK_BROKEN)
			l->flag[i] |= LINK_BROKEN;
	r->head = mem_resize(NULL, l->known, sizeof *r->head);
	for (i = 0; i < l->known; i++) {
		r->head[i] = LINK_NONE;
		if (!(l->flag[i] & LINK_BROKEN))
			continue;
		l->parent[i] = (uint32_t)i;
		if (!limited(l, i))
			continue;
		r->tally = mem_grow(
		    r->tally, &r->tallycap, r->ntally + 1, sizeof *r->tally);
		r->head[i] = (uint32_t)r->ntally;
		r->tally[r->ntally++] =
		    (struct tally){1, LINK_NONE, l->ev->space[i]};
	}
}

static void
add_link(struct replay *r, uint32_t a, uint32_t b, int64_t first, bool must)
{
	if (!(r->l->flag[a] & LINK_BROKEN) || a == b)
		return;
	r->link = mem_grow(r->link, &r->cap, r->n + 1, sizeof *r->link);
	r->link[r->n++] = links_stronger(r->l, a, b)
			      ? (struct one){a, b, first, must}
			      : (struct one){b, a, first, must};
}

static void
list_links(struct replay *r)
{
	struct links *l = r->l;
	uint32_t set, *ids, strong;
	size_t n, i;

	for (set = l->ev->singles; set < evidence_sets(l->ev); set++) {
		if (l->ev->first[set] == EVIDENCE_NEVER)
			continue;
		n = links_members(l, set, &ids);
		if (n < 2)
			continue;
		strong = links_strongest(l, ids, n, false);
		for (i = 0; strong != LINK_NONE && i < n; i++)
			if (!(l->flag[ids[i]] & LINK_SHARED))
				add_link(r, strong, ids[i], l->ev->first[set],
				    false);
	}
	for (i = 0; i < l->must.n; i++)
		if (l->must.pair[i][0] != LINK_NONE &&
		    l->must.pair[i][1] != LINK_NONE)
			add_link(r, l->must.pair[i][0], l->must.pair[i][1],
			    INT64_MIN, true);
}

static int
by_turn(const void *a, const void *b, void *arg)
{
	const struct one *x = a, *y = b;
	const struct links *l = arg;
	uint32_t p, q;
	int c;

	if (x->must != y->must)
		return y->must - x->must;
	p = links_guard(l, x->weak)->priority;
	q = links_guard(l, y->weak)->priority;
	if (p != q)
		return p < q ? -1 : 1;
	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	c = x->weak != y->weak ? evidence_compare(l->ev, x->weak, y->weak) : 0;
	return c != 0 || x->strong == y->strong
		   ? c
		   : evidence_compare(l->ev, x->strong, y->strong);
}

/* The tally of a namespace in a group, or NULL. */
static struct tally *
tally_of(struct replay *r, uint32_t root, uint16_t space)
{
	uint32_t t;

	for (t = r->head[root]; t != LINK_NONE; t = r->tally[t].next)
		if (r->tally[t].space == space)
			return &r->tally[t];
	return NULL;
}

/* The strongest namespace whose limit the two groups together would break. */
static bool
breaks_max(struct replay *r, uint32_t a, uint32_t b, uint16_t *space)
{
	const struct links *l = r->l;
	const struct tally *x, *y;
	uint32_t t, p, q;
	bool found = false;

	for (t = r->head[b]; t != LINK_NONE; t = y->next) {
		y = &r->tally[t];
		x = tally_of(r, a, y->space);
		if (x == NULL || x->n + y->n <= l->guard[y->space]->max)
			continue;
		p = l->guard[y->space]->priority;
		q = l->guard[*space]->priority;
		if (!found || p < q ||
		    (p == q &&
			evidence_compare_spaces(l->ev, y->space, *space) < 0))
			*space = y->space;
		found = true;
	}
	return found;
}

static bool
breaks_cannot(struct replay *r, uint32_t a, uint32_t b)
{
	struct links *l = r->l;
	uint32_t x, y;
	size_t i;

	if (!(l->flag[a] & l->flag[b] & LINK_CANNOT))
		return false;
	for (i = 0; i < l->cannot.n; i++) {
		if (l->cannot.pair[i][0] == LINK_NONE ||
		    l->cannot.pair[i][1] == LINK_NONE)
			continue;
		x = links_root(l, l->cannot.pair[i][0]);
		y = links_root(l, l->cannot.pair[i][1]);
		if ((x == a && y == b) || (x == b && y == a))
			return true;
	}
	return false;
}

static void
refuse(struct replay *r, const struct one *one, bool cannot, uint16_t space)
{
	struct links *l = r->l;

	l->refused = mem_grow(
	    l->refused, &l->refusedcap, l->nrefused + 1, sizeof *l->refused);
	l->refused[l->nrefused++] =
	    (struct link_refused){one->strong, one->weak, one->first, cannot,
		space, cannot ? NULL : l->guard[space]};
}

static void
join(struct replay *r, uint32_t a, uint32_t b)
{
	struct links *l = r->l;
	uint32_t root, t, next;
	struct tally *x;

	union_join(l->parent, a, b);
	root = links_root(l, a);
	if (root == b) {
		b = a;
		a = root;
	}
	l->flag[a] |= l->flag[b] & LINK_CANNOT;
	for (t = r->head[b]; t != LINK_NONE; t = next) {
		next = r->tally[t].next;
		x = tally_of(r, a, r->tally[t].space);
		if (x != NULL) {
			x->n += r->tally[t].n;
			continue;
		}
		r->tally[t].next = r->head[a];
		r->head[a] = t;
	}
}

static bool
known_refusal(const struct links *l, const struct one *x)
{
	const struct link_refused *last;

	if (l->nrefused == 0)
		return false;
	last = &l->refused[l->nrefused - 1];
	return last->strong == x->strong && last->weak == x->weak;
}

static void
link_again(struct replay *r)
{
	struct links *l = r->l;
	const struct one *x;
	uint32_t a, b;
	uint16_t space = 0;
	size_t i;

	for (i = 0; i < r->n; i++) {
		x = &r->link[i];
		a = links_root(l, x->strong);
		b = links_root(l, x->weak);
		if (a == b || known_refusal(l, x))
			continue;
		if (breaks_cannot(r, a, b))
			refuse(r, x, true, 0);
		else if (!x->must && breaks_max(r, a, b, &space))
			refuse(r, x, false, space);
		else
			join(r, a, b);
	}
}

/* Of one link seen in several sets, the earliest; they stand together. */
static int
by_ends(const void *a, const void *b)
{
	const struct one *x = a, *y = b;

	if (x->strong != y->strong)
		return x->strong < y->strong ? -1 : 1;
	if (x->weak != y->weak)
		return x->weak < y->weak ? -1 : 1;
	return (x->first > y->first) - (x->first < y->first);
}

static void
drop_repeats(struct replay *r)
{
	size_t i, k = 0;

	mem_sort(r->link, r->n, sizeof *r->link, by_ends);
	for (i = 0; i < r->n; i++)
		if (k == 0 || r->link[k - 1].strong != r->link[i].strong ||
		    r->link[k - 1].weak != r->link[i].weak)
			r->link[k++] = r->link[i];
	r->n = k;
}

void
links_limit(struct links *l)
{
	struct replay r = {.l = l};

	if (!find_broken(l))
		return;
	take_apart(&r);
	list_links(&r);
	drop_repeats(&r);
	mem_sort_by(r.link, r.n, sizeof *r.link, by_turn, l);
	link_again(&r);
	free(r.link);
	free(r.head);
	free(r.tally);
}
