#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "quota.h"

struct arrival {
	int64_t t;
	const char *id;
	size_t len;
};

struct quota_arrivals {
	struct queue {
		struct arrival *a;
		size_t n, cap;
	} * queue;
	size_t n;
	struct arena arena;
};

struct quota_arrivals *
quota_arrivals_new(const struct journeys *all)
{
	struct quota_arrivals *q = mem_alloc(1, sizeof *q);

	q->n = all->nquotas;
	q->queue = mem_alloc(q->n + 1, sizeof *q->queue);
	return q;
}

void
quota_arrive(struct quota_arrivals *q, const struct step *s, int64_t t,
    const char *id, size_t len)
{
	struct queue *to = &q->queue[s->quota];
	struct arrival *a;

	to->a = mem_grow(to->a, &to->cap, to->n + 1, sizeof *to->a);
	a = &to->a[to->n++];
	a->t = t;
	a->len = len;
	a->id = arena_text(&q->arena, id, len);
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

static int
in_order(const void *x, const void *y)
{
	const struct arrival *a = x, *b = y;

	return compare(a->t, a->id, a->len, b->t, b->id, b->len);
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

struct quota_cuts *
quota_fit(struct quota_arrivals *q, const struct journeys *all)
{
	struct quota_cuts *cuts = mem_alloc(1, sizeof *cuts);
	const struct journey *j = NULL;
	const struct step *s;
	struct arrival *a;
	size_t i, max;

	cuts->n = q->n;
	cuts->cut = mem_alloc(q->n + 1, sizeof *cuts->cut);
	for (i = 0; i < q->n; i++) {
		s = step_of(all, i, &j);
		max = (size_t)s->max;
		cuts->cut[i].arrived = q->queue[i].n;
		if (q->queue[i].n >= max) {
			cuts->cut[i].set = true;
			cuts->cut[i].t = WHEN_MIN;
			cuts->cut[i].id = "";
		}
		if (q->queue[i].n >= max && max > 0) {
			mem_sort(q->queue[i].a, q->queue[i].n,
			    sizeof *q->queue[i].a, in_order);
			a = &q->queue[i].a[max - 1];
			cuts->cut[i].t = a->t;
			cuts->cut[i].len = a->len;
			cuts->cut[i].id =
			    arena_text(&cuts->arena, a->id, a->len);
		}
		free(q->queue[i].a);
	}
	free(q->queue);
	arena_free(&q->arena);
	free(q);
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
		buf_json(b, j->id, strlen(j->id));
		buf_adds(b, ",\"node\":");
		buf_json(b, s->id, strlen(s->id));
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
read_cut(struct quota_cuts *cuts, const struct node *v, size_t quota)
{
	static const char *const known[] = {"time", "messageId", NULL};
	struct quota_cut *c = &cuts->cut[quota];
	struct node cut, time, id;
	const char *s;

	if (!node_get(v, "cut", &cut))
		return;
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
		read_cut(cuts, v, i);
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
