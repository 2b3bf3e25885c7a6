/* Draws, and a source whose events are drawn. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../mem.h"
#include "drawn.h"

#define TRIES 64

/* ---- events to come ---- */

void
drawn_clear(struct simulation *m, size_t first, size_t n)
{
	size_t i;

	m->npool = 0;
	m->spare = NONE;
	for (i = first; i < first + n; i++) {
		m->head[i] = NONE;
		m->first[i] = WHEN_NEVER;
	}
}

static int
pool_take(struct simulation *m)
{
	int i = m->spare;

	if (i != NONE) {
		m->spare = m->pool[i].after;
		return i;
	}
	m->pool = mem_grow(m->pool, &m->poolcap, m->npool + 1, sizeof *m->pool);
	return (int)m->npool++;
}

static void
unlink_at(struct simulation *m, int *at)
{
	int i = *at;

	*at = m->pool[i].after;
	m->pool[i].after = m->spare;
	m->spare = i;
}

static void
push(struct simulation *m, uint32_t replication, const struct pending *p)
{
	int *at = &m->head[replication], i;

	if (p->t > m->f->to)
		return;
	i = pool_take(m);
	while (*at != NONE &&
	       (m->pool[*at].t < p->t ||
		   (m->pool[*at].t == p->t && m->pool[*at].order < p->order)))
		at = &m->pool[*at].after;
	m->pool[i] = *p;
	m->pool[i].after = *at;
	*at = i;
	m->first[replication] = m->pool[m->head[replication]].t;
	m->next_known = m->lined_up = false;
}

static void
first_changed(struct simulation *m, uint32_t replication)
{
	int i = m->head[replication];

	m->first[replication] = i == NONE ? WHEN_NEVER : m->pool[i].t;
}

void
drawn_drop(struct simulation *m, uint32_t replication)
{
	unlink_at(m, &m->head[replication]);
	first_changed(m, replication);
}

void
drawn_cut(struct simulation *m, uint32_t replication, uint32_t order)
{
	int *at = &m->head[replication];

	while (*at != NONE)
		if (m->pool[*at].order >= order)
			unlink_at(m, at);
		else
			at = &m->pool[*at].after;
	first_changed(m, replication);
}

/* ---- draws ---- */

static double
unit(uint64_t key, uint64_t which)
{
	return draw_unit(draw_next(key, which));
}

/* Log-normal about its median, or fixed. */
static int64_t
delay(const struct drawn_delay *r, uint64_t key, uint64_t which)
{
	double z, d;

	if (r->sigma == 0)
		return r->median;
	z = draw_normal(draw_next(key, which));
	d = (double)r->median * exp(r->sigma * z);
	return d < 1 ? 1 : d > 1e13 ? (int64_t)1e13 : (int64_t)d;
}

/*
 * A reaction that would have come before the start did not come (the history
 * would hold it): it is drawn again, which is the conditional distribution.
 */
static void
react(struct simulation *m, uint32_t replication, uint64_t key, double rate,
    int64_t t, struct pending *p)
{
	const struct drawn_delays *all = &m->f->delay[p->response];
	const struct drawn_delay *d = &all->of[replication * all->each];
	uint64_t k;

	for (k = 0; k < TRIES && draw_unit(key) < rate; k++) {
		p->t = t + delay(d, key, k);
		if (p->t > m->f->from || t >= m->f->from) {
			push(m, replication, p);
			break;
		}
		key = draw_next(key, TRIES);
	}
}

void
drawn_react(struct simulation *m, uint32_t seq, const struct step *s,
    uint64_t draw, int64_t t, uint64_t came)
{
	const struct journeys *all = m->f->all;
	struct pending p = {.origin = seq};
	const double *rate;
	uint64_t what, key;
	size_t i, k;

	for (i = s->response0; i < s->response0 + s->nresponses; i++) {
		if (all->responses[i].branch != NONE)
			continue;
		p.response = (int)i;
		p.order = m->order++;
		what = m->who ^ all->responses[i].hash ^ draw ^
		       m->drawn[i]++ * 0x9e3779b97f4a7c15u;
		if (i - s->response0 < 64 && came >> (i - s->response0) & 1)
			continue;
		rate = m->f->rate + i * m->f->replications;
		for (k = m->lo; k < m->hi; k++) {
			key = draw_next(what, m->member[k]);
			if (draw_unit(key) < rate[m->member[k]])
				react(m, m->member[k], key, rate[m->member[k]],
				    t, &p);
		}
	}
}

/* At most one a day, at any time of it. */
static void
enter(struct simulation *m, size_t journey, uint32_t replication)
{
	const struct journey *j = &m->f->all->j[journey];
	uint64_t key = draw_next(m->who ^ j->hash, replication);
	struct pending p = {.response = NONE, .origin = (uint32_t)journey};
	double rate = m->f->enter[journey * m->f->replications + replication];
	size_t day;

	for (day = 0; day < m->f->days; day++) {
		if (unit(key, 2 * day) >= rate)
			continue;
		p.order = m->order + (uint32_t)day;
		p.t = m->f->from + (int64_t)day * DAY + 1 +
		      (int64_t)(unit(key, 2 * day + 1) * (double)(DAY - 1));
		push(m, replication, &p);
	}
}

void
drawn_entries(struct simulation *m)
{
	size_t i, k;

	for (i = 0; i < m->f->all->n; i++) {
		if (!journey_begins_by_rate(&m->f->all->j[i]))
			continue;
		for (k = m->lo; k < m->hi; k++)
			enter(m, i, m->member[k]);
		m->order += (uint32_t)m->f->days;
	}
}

/* ---- the source ---- */

static bool
peek(void *arg, struct happening *h)
{
	struct simulation *m = arg;
	const struct pending *p = &m->next;

	walk_mark(m);
	if (p->t == WHEN_NEVER)
		return false;
	*h = (struct happening){.t = p->t,
	    .event = NO_EVENT,
	    .kind = NONE,
	    .response = p->response,
	    .origin = p->origin,
	    .begins = p->response == NONE || m->f->begins[p->response]};
	return true;
}

static void
take(void *arg)
{
	walk_take(arg);
}

static bool
holds(void *arg, const struct journey *j, int expr, int64_t t, int64_t *next)
{
	struct simulation *m = arg;
	int i = replay_index(m->replay, j);
	struct cached *c = &m->holds[i][expr];
	struct replay *r = m->replay;
	uint64_t past = m->npast > 0 && m->f->sees[i][expr] ? m->serial : 0;

	if (c->turn != m->turn || c->past != past || t < c->from ||
	    t >= c->next) {
		c->turn = m->turn;
		c->past = past;
		c->from = t;
		if (past != 0)
			r = drawn_past_replay(m);
		c->value = r->source.holds(r, j, expr, t, &c->next);
	}
	if (next != NULL)
		*next = c->next;
	return c->value;
}

/* A drawn event is about the key of the instance that drew it. */
static bool
matches(void *arg, const struct journey *j, const struct trigger *on,
    const struct happening *h, const struct instance *x)
{
	struct simulation *m = arg;

	if (h->response == NONE) /* an entry by rate */
		return on == &j->entry.on &&
		       (size_t)h->origin == (size_t)(j - m->f->all->j);
	if (!m->f->matches[(size_t)h->response * m->f->all->ntriggers +
			   (size_t)on->id])
		return false;
	if (x != NULL && on->key != NONE && h->origin != x->seq)
		return false;
	return on->when == NONE || holds(m, j, on->when, h->t, NULL);
}

static bool
entry_holds(void *arg, const struct journey *j, int expr,
    const struct instance *x, int64_t t)
{
	struct simulation *m = arg;

	return m->replay->source.entry_holds(m->replay, j, expr, x, t);
}

/* A key of its own for every drawn entry. */
static void
key_of(void *arg, const struct journey *j, const struct happening *h,
    struct buf *b)
{
	struct simulation *m = arg;

	(void)j;
	buf_addf(b, "drawn-%u-%u", m->member[m->lo], h->origin);
	buf_int(b, h->t);
}

static bool
instant(void *arg, const struct journey *j, int expr, const struct instance *x,
    int64_t t, int64_t *at)
{
	struct simulation *m = arg;

	return m->replay->source.instant(m->replay, j, expr, x, t, at);
}

static bool
last(void *arg, const struct journey *j, const struct trigger *on, int64_t t,
    int64_t *at)
{
	struct simulation *m = arg;
	struct cached *c = &m->since[on->id];
	struct happening h = {.event = NO_EVENT, .kind = NONE};
	size_t i;

	for (i = m->npast; i-- > 0;) {
		h.t = m->past[i].t;
		h.response = m->past[i].response;
		if (h.response != NONE && h.t <= t &&
		    matches(m, j, on, &h, NULL)) {
			*at = h.t;
			return true;
		}
	}
	if (c->turn != m->turn) {
		c->turn = m->turn;
		c->value = m->replay->source.last(
		    m->replay, j, on, m->f->from, &c->from);
	}
	*at = c->from;
	return c->value;
}

static bool
address(void *arg, const struct channel *ch)
{
	struct simulation *m = arg;
	struct cached *c = &m->address[ch->number];

	if (ch->address == NULL)
		return true;
	if (c->turn != m->turn) {
		c->turn = m->turn;
		c->value = m->replay->source.address(m->replay, ch);
	}
	return c->value;
}

static const struct zone *
zone(void *arg, const struct journey *j)
{
	struct simulation *m = arg;

	return m->replay->source.zone(m->replay, j);
}

struct at_branch {
	const struct instance *x;
	const struct step *s;
};

/* Which edge, or NONE: else. */
static int
way(struct simulation *m, uint32_t replication, const void *arg)
{
	const struct at_branch *at = arg;
	const struct step *s = at->s;
	double u, sum = 0;
	size_t i;

	u = unit(draw_next(m->who ^ s->hash ^ at->x->draw, replication), 0);
	for (i = s->response0; i < s->response0 + s->nresponses; i++) {
		sum += m->f->rate[i * m->f->replications + replication];
		if (u < sum)
			return m->f->all->responses[i].branch;
	}
	return NONE;
}

static bool
chosen(void *arg, const struct instance *x, const struct step *s, int *edge)
{
	struct at_branch at = {x, s};

	if (s->nresponses == 0)
		return false;
	*edge = walk_part(arg, way, &at);
	return true;
}

static void
reached(void *arg, const struct instance *x, const struct step *s, int64_t t)
{
	if (s->type != STEP_BRANCH)
		drawn_react(arg, x->seq, s, x->draw, t, 0);
}

static bool
quota(void *arg, const struct instance *x, const struct step *s, int64_t t)
{
	struct simulation *m = arg;

	if (m->replay->cuts->cut[s->quota].set)
		return m->replay->source.quota(m->replay, x, s, t);
	if (m->scouts)
		drawn_arrive(m, s, t);
	return m->f->cut == NULL || drawn_quota(m, s, t);
}

struct source
drawn_source(struct simulation *m)
{
	return (struct source){.arg = m,
	    .peek = peek,
	    .take = take,
	    .matches = matches,
	    .holds = holds,
	    .entry_holds = entry_holds,
	    .key = key_of,
	    .instant = instant,
	    .last = last,
	    .address = address,
	    .zone = zone,
	    .chosen = chosen,
	    .reached = reached,
	    .quota = quota};
}
