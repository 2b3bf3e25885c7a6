/* Reactions in the history; and steps that were reached before a forecast
 * begins, to which one may still come. */
#include <math.h>

#include "../mem.h"
#include "drawn.h"

void
reach_note(void *arg, const struct instance *x, const struct step *s, int64_t t)
{
	struct simulation *m = arg;
	struct reach *r;

	if (s->type == STEP_BRANCH)
		return;
	m->reach =
	    mem_grow(m->reach, &m->reachcap, m->nreach + 1, sizeof *m->reach);
	r = &m->reach[m->nreach++];
	*r = (struct reach){.x = *x, .s = s, .t = t};
}

bool
reach_reacted(struct replay *p, const struct response *r,
    const struct instance *x, int64_t after, int64_t until, int64_t *when)
{
	const struct journey *j = &p->all->j[r->journey];
	int kind = r->kind;
	struct trigger on = {.event = true,
	    .kinds = &kind,
	    .nkinds = 1,
	    .where = NONE,
	    .when = NONE,
	    .key = j->entry.key};
	struct happening h = {.response = NONE};
	size_t i = p->n;

	while (i > 0 && p->time[i - 1] > after)
		i--;
	for (; i < p->n && p->time[i] <= until; i++) {
		h.t = p->time[i];
		h.event = (uint32_t)i;
		h.kind = p->kind[i];
		if (p->source.matches(p, j, &on, &h, x)) {
			*when = h.t;
			return true;
		}
	}
	return false;
}

/* Does the history hold the reaction?  Of several that are the same event
 * nobody can tell which came. */
static bool
came(struct simulation *m, const struct reach *at, size_t response)
{
	const struct response *r = &m->f->all->responses[response];
	int64_t when;
	size_t i;

	for (i = at->s->response0; i < at->s->response0 + at->s->nresponses;
	     i++)
		if (i != response && m->f->all->responses[i].kind == r->kind)
			return false;
	return reach_reacted(m->replay, r, &at->x, at->t, WHEN_MAX, &when);
}

/* Too late for it: seven standard deviations beyond the median. */
static bool
past(const struct simulation *m, const struct reach *at, size_t response)
{
	const struct response *r = &m->f->all->responses[response];

	return (double)(m->f->from - at->t) >
	       (double)r->median * exp(7 * r->sigma) * (r->sigma > 0 ? 2 : 1);
}

/* May a reaction to it still come?  Notes which came. */
static bool
still_open(struct simulation *m, struct reach *at)
{
	const struct step *s = at->s;
	bool open = false;
	size_t i;

	for (i = 0; i < s->nresponses; i++)
		if (i < 64 && (came(m, at, s->response0 + i) ||
				  past(m, at, s->response0 + i)))
			at->came |= 1ull << i;
		else
			open = true;
	return open;
}

void
reach_sift(struct simulation *m)
{
	size_t i, n = 0;

	for (i = 0; i < m->nreach; i++)
		if (still_open(m, &m->reach[i]))
			m->reach[n++] = m->reach[i];
	m->nreach = n;
}
