#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "quota.h"

/*
 * A customer's arrivals are a tree: whether a quota let the customer pass
 * decides where the next arrival is.  Both ways are walked; which of them is
 * real is found by taking all arrivals in the order of time.
 */
struct arrival {
	int64_t t;
	const char *id;
	size_t len;
	size_t quota;
	int passed, refused; /* the next arrival after it, or NONE */
};

#define WAYS 256 /* of one customer */

struct quota_arrivals {
	struct arrival *a;
	size_t n, cap;
	int *first; /* of each customer */
	size_t nfirst, firstcap;
	struct fork_taken { /* on the way that is walked */
		int arrival;
		bool pass;
	} * way;
	size_t len, forced, waycap, ways;
	bool *again; /* by quota: whom it refuses may come to one */
	struct arena arena;
};

static bool
leads_to_quota(const struct journey *j, int step, bool *seen)
{
	const struct step *s;
	size_t i;

	if (step == STEP_END || seen[step])
		return false;
	seen[step] = true;
	s = &j->steps[step];
	if (s->type == STEP_QUOTA || leads_to_quota(j, s->next, seen) ||
	    leads_to_quota(j, s->otherwise, seen))
		return true;
	for (i = 0; i < s->nedges; i++)
		if (leads_to_quota(j, s->edges[i].next, seen))
			return true;
	return false;
}

struct quota_arrivals *
quota_arrivals_new(const struct journeys *all)
{
	struct quota_arrivals *q = mem_alloc(1, sizeof *q);
	const struct journey *j;
	const struct step *s;
	bool *seen = mem_alloc(all->nsteps + 1, sizeof *seen);

	q->again = mem_alloc(all->nquotas + 1, sizeof *q->again);
	for (j = all->j; j < all->j + all->n; j++)
		for (s = j->steps; s < j->steps + j->nsteps; s++) {
			if (s->type != STEP_QUOTA)
				continue;
			memset(seen, 0, all->nsteps * sizeof *seen);
			q->again[s->quota] =
			    leads_to_quota(j, s->otherwise, seen);
		}
	free(seen);
	return q;
}

static void
arrivals_free(struct quota_arrivals *q)
{
	free(q->a);
	free(q->first);
	free(q->way);
	free(q->again);
	arena_free(&q->arena);
	free(q);
}

void
quota_customer(struct quota_arrivals *q)
{
	q->len = q->forced = q->ways = 0;
}

bool
quota_other_way(struct quota_arrivals *q)
{
	size_t k = q->len;

	if (++q->ways >= WAYS)
		return false;
	while (k-- > 0) {
		if (!q->way[k].pass ||
		    (k + 1 == q->len &&
			!q->again[q->a[q->way[k].arrival].quota]))
			continue;
		q->way[k].pass = false;
		q->forced = k + 1;
		q->len = 0;
		return true;
	}
	return false;
}

bool
quota_arrive(struct quota_arrivals *q, const struct step *s, int64_t t,
    const char *id, size_t len)
{
	struct arrival *a;
	const struct fork_taken *from;

	if (q->len < q->forced)
		return q->way[q->len++].pass;
	q->a = mem_grow(q->a, &q->cap, q->n + 1, sizeof *q->a);
	q->way = mem_grow(q->way, &q->waycap, q->len + 1, sizeof *q->way);
	if (q->len == 0) {
		q->first = mem_grow(
		    q->first, &q->firstcap, q->nfirst + 1, sizeof *q->first);
		q->first[q->nfirst++] = (int)q->n;
	} else {
		from = &q->way[q->len - 1];
		a = &q->a[from->arrival];
		*(from->pass ? &a->passed : &a->refused) = (int)q->n;
	}
	q->way[q->len++] = (struct fork_taken){(int)q->n, true};
	a = &q->a[q->n++];
	*a = (struct arrival){.t = t,
	    .id = arena_text(&q->arena, id, len),
	    .len = len,
	    .quota = (size_t)s->quota,
	    .passed = NONE,
	    .refused = NONE};
	return true;
}

static int
compare(int64_t t, const char *a, size_t n, int64_t u, const char *b, size_t m)
{
	int c;

	if (t != u)
		return t < u ? -1 : 1;
	c = memcmp(a, b, n < m ? n : m);
	return c != 0 ? c : n < m ? -1 : n > m;
}

/* a comes before b. */
static bool
sooner(const struct quota_arrivals *q, int a, int b)
{
	const struct arrival *x = &q->a[a], *y = &q->a[b];

	return compare(x->t, x->id, x->len, y->t, y->id, y->len) < 0;
}

/* A binary heap of arrivals, one a customer, the soonest at the top. */
static void
sink(const struct quota_arrivals *q, int *heap, size_t n, size_t i)
{
	size_t kid;
	int x = heap[i];

	while ((kid = 2 * i + 1) < n) {
		if (kid + 1 < n && sooner(q, heap[kid + 1], heap[kid]))
			kid++;
		if (!sooner(q, heap[kid], x))
			break;
		heap[i] = heap[kid];
		i = kid;
	}
	heap[i] = x;
}

static const struct step *
step_of(const struct journeys *all, size_t quota, const struct journey **of)
{
	const struct journey *j = NULL;
	size_t i;

	for (j = all->j; j < all->j + all->n; j++)
		for (i = 0; i < j->nsteps; i++)
			if (j->steps[i].quota == (int)quota) {
				*of = j;
				return &j->steps[i];
			}
	return NULL;
}

/* The last place of a quota is taken. */
static void
close_quota(struct quota_cuts *cuts, struct quota_cut *c, int64_t t,
    const char *id, size_t len)
{
	c->set = true;
	c->t = t;
	c->len = len;
	c->id = arena_text(&cuts->arena, id, len);
}

/* All arrivals in the order of time, each by the way its customer came. */
static void
take_in_order(
    struct quota_cuts *cuts, struct quota_arrivals *q, const uint64_t *max)
{
	int *heap = q->first;
	size_t n = q->nfirst, i;
	const struct arrival *a;
	struct quota_cut *c;
	bool full;

	for (i = n / 2; i-- > 0;)
		sink(q, heap, n, i);
	while (n > 0) {
		a = &q->a[heap[0]];
		c = &cuts->cut[a->quota];
		full = c->set;
		if (++c->arrived == max[a->quota])
			close_quota(cuts, c, a->t, a->id, a->len);
		heap[0] = full ? a->refused : a->passed;
		if (heap[0] == NONE)
			heap[0] = heap[--n];
		if (n > 0)
			sink(q, heap, n, 0);
	}
}

struct quota_cuts *
quota_fit(struct quota_arrivals *q, const struct journeys *all)
{
	struct quota_cuts *cuts = mem_alloc(1, sizeof *cuts);
	const struct journey *j = NULL;
	uint64_t *max = mem_alloc(all->nquotas + 1, sizeof *max);
	size_t i;

	cuts->n = all->nquotas;
	cuts->cut = mem_alloc(cuts->n + 1, sizeof *cuts->cut);
	for (i = 0; i < cuts->n; i++) {
		max[i] = (uint64_t)step_of(all, i, &j)->max;
		if (max[i] == 0)
			close_quota(cuts, &cuts->cut[i], WHEN_MIN, "", 0);
	}
	take_in_order(cuts, q, max);
	for (i = 0; i < cuts->n; i++)
		if (!cuts->cut[i].set)
			cuts->cut[i].left = max[i] - cuts->cut[i].arrived;
	free(max);
	arrivals_free(q);
	return cuts;
}

bool
quota_in(const struct quota_cuts *cuts, const struct step *s, int64_t t,
    const char *id, size_t len)
{
	const struct quota_cut *c = &cuts->cut[s->quota];

	return !c->set || compare(t, id, len, c->t, c->id, c->len) <= 0;
}

void
quota_write(
    const struct quota_cuts *cuts, const struct journeys *all, struct buf *b)
{
	const struct journey *j = NULL;
	const struct step *s;
	size_t i;

	buf_adds(b, "{\"format\":\"cdp-journey-model\",\"quotas\":[");
	for (i = 0; i < cuts->n; i++) {
		s = step_of(all, i, &j);
		buf_adds(b, i > 0 ? ",\n " : "\n ");
		buf_adds(b, "{\"journey\":");
		buf_jsons(b, j->id);
		buf_adds(b, ",\"node\":");
		buf_jsons(b, s->id);
		buf_adds(b, ",\"max\":");
		buf_int(b, s->max);
		buf_adds(b, ",\"arrived\":");
		buf_int(b, (int64_t)cuts->cut[i].arrived);
		if (cuts->cut[i].set) {
			buf_adds(b, ",\"cut\":{\"time\":");
			when_json(cuts->cut[i].t, b);
			buf_adds(b, ",\"messageId\":");
			buf_json(b, cuts->cut[i].id, cuts->cut[i].len);
			buf_byte(b, '}');
		}
		buf_byte(b, '}');
	}
	buf_adds(b, "\n]}\n");
}

static void
read_cut(
    struct quota_cuts *cuts, const struct node *v, size_t quota, int64_t max)
{
	static const char *const known[] = {"time", "messageId", NULL};
	struct quota_cut *c = &cuts->cut[quota];
	struct node cut, time, id;
	const char *s;

	if (!node_get(v, "cut", &cut)) {
		c->left = max - get_int(v, "arrived", 0, max - 1, 0);
		return;
	}
	node_object(&cut);
	node_only(&cut, known);
	time = node_need(&cut, "time");
	s = node_text(&time);
	if (!when_parse(s, strlen(s), &c->t))
		node_die(&time, "expected a time such as "
				"\"2026-11-11T02:00:00.000Z\"");
	id = node_need(&cut, "messageId");
	s = node_text(&id);
	c->len = strlen(s);
	c->id = arena_text(&cuts->arena, s, c->len);
	c->set = true;
}

static void
read_quota(struct quota_cuts *cuts, const struct node *v,
    const struct journeys *all, bool *seen)
{
	static const char *const known[] = {
	    "journey", "node", "max", "arrived", "cut", NULL};
	const struct journey *j = NULL;
	const struct step *s;
	struct node max;
	size_t i;

	node_object(v);
	node_only(v, known);
	node_need(v, "journey");
	node_need(v, "node");
	for (i = 0; i < all->nquotas; i++) {
		s = step_of(all, i, &j);
		if (strcmp(get_text(v, "journey", ""), j->id) != 0 ||
		    strcmp(get_text(v, "node", ""), s->id) != 0)
			continue;
		max = node_need(v, "max");
		if (node_int(&max, 0, INT64_MAX) != s->max)
			node_die(&max, "the journey says %jd: fit again",
			    (intmax_t)s->max);
		read_cut(cuts, v, i, s->max);
		seen[i] = true;
	}
}

struct quota_cuts *
quota_read(const char *file, const struct journeys *all)
{
	static const char *const known[] = {"format", "quotas", NULL};
	struct quota_cuts *cuts = mem_alloc(1, sizeof *cuts);
	struct rules *r = rules_read(file);
	struct node root = rules_root(r), list, v;
	bool *seen = mem_alloc(all->nquotas + 1, sizeof *seen);
	const struct journey *j = NULL;
	const struct step *s;
	size_t i;

	node_object(&root);
	node_only(&root, known);
	cuts->n = all->nquotas;
	cuts->cut = mem_alloc(cuts->n + 1, sizeof *cuts->cut);
	list = node_need(&root, "quotas");
	node_array(&list);
	for (i = 0; i < node_count(&list); i++) {
		v = node_at(&list, i);
		read_quota(cuts, &v, all, seen);
	}
	for (i = 0; i < all->nquotas; i++)
		if (!seen[i]) {
			s = step_of(all, i, &j);
			node_die(&list, "no quota %s of journey %s: fit again",
			    err_quote(s->id, strlen(s->id)),
			    err_quote(j->id, strlen(j->id)));
		}
	free(seen);
	rules_free(r);
	return cuts;
}

void
quota_free(struct quota_cuts *cuts)
{
	if (cuts == NULL)
		return;
	arena_free(&cuts->arena);
	free(cuts->cut);
	free(cuts);
}
