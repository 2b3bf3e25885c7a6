/* Quotas of a forecast: in every replication the places that the history left
 * go to those who are drawn to come first. */
#include <stdlib.h>
#include <string.h>

#include "../mem.h"
#include "drawn.h"

static int
by_time(const void *a, const void *b)
{
	const struct drawn_arrival *x = a, *y = b;

	if (x->t != y->t)
		return x->t < y->t ? -1 : 1;
	return x->tie < y->tie ? -1 : x->tie > y->tie;
}

/* In order, each once, and no more than there are places. */
static void
settle(struct drawn_queue *q, size_t places)
{
	size_t i, n = 0;

	mem_sort(q->a, q->n, sizeof *q->a, by_time);
	for (i = 0; i < q->n && n < places; i++)
		if (i == 0 || by_time(&q->a[i], &q->a[i - 1]) != 0)
			q->a[n++] = q->a[i];
	q->n = n;
}

void
drawn_arrive(struct simulation *m, const struct step *s, int64_t t)
{
	struct forecast *f = m->f;
	struct drawn_queue *q;
	size_t k, n = f->all->nquotas * f->replications;

	if (f->queue == NULL)
		f->queue = mem_alloc(n, sizeof *f->queue);
	for (k = m->lo; k < m->hi; k++) {
		q = &f->queue[(size_t)s->quota * f->replications +
			      m->member[k]];
		if (q->n >= 64 && q->n >= 2 * (size_t)s->max)
			settle(q, (size_t)s->max);
		q->a = mem_grow(q->a, &q->cap, q->n + 1, sizeof *q->a);
		q->a[q->n++] = (struct drawn_arrival){t, m->who};
	}
}

/* The cut of one quota in one replication. */
static struct drawn_cut
close_one(struct drawn_queue *q, size_t left)
{
	settle(q, left);
	if (q->n < left)
		return (struct drawn_cut){false, {0}};
	return (struct drawn_cut){true, q->a[left - 1]};
}

static bool
same_cut(const struct drawn_cut *a, const struct drawn_cut *b)
{
	return a->set == b->set &&
	       (!a->set || by_time(&a->last, &b->last) == 0);
}

bool
forecast_close_quotas(struct forecast *f, const struct quota_cuts *cuts)
{
	size_t n = f->all->nquotas * f->replications, i;
	struct drawn_cut *cut = mem_alloc(n + 1, sizeof *cut);
	const struct quota_cut *c;
	bool moved = false;

	for (i = 0; f->queue != NULL && i < n; i++) {
		c = &cuts->cut[i / f->replications];
		if (!c->set)
			cut[i] = close_one(&f->queue[i], (size_t)c->left);
		free(f->queue[i].a);
		moved =
		    moved || (f->cut == NULL ? cut[i].set
					     : !same_cut(&cut[i], &f->cut[i]));
	}
	free(f->queue);
	free(f->cut);
	f->queue = NULL;
	f->cut = cut;
	return moved;
}

struct at_quota {
	const struct step *s;
	int64_t t;
};

static int
is_in(struct simulation *m, uint32_t replication, const void *arg)
{
	const struct at_quota *at = arg;
	const struct drawn_cut *c =
	    &m->f->cut[(size_t)at->s->quota * m->f->replications + replication];
	struct drawn_arrival a = {at->t, m->who};

	return !c->set || by_time(&a, &c->last) <= 0;
}

bool
drawn_quota(struct simulation *m, const struct step *s, int64_t t)
{
	struct at_quota at = {s, t};

	return walk_part(m, is_in, &at) != 0;
}
