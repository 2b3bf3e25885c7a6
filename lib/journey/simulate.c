#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../draw.h"
#include "../interval.h"
#include "simulate.h"

#define DAY 86400000LL
#define TRIES 64

struct pending {
	struct happening h;
	uint32_t order;
};

struct cached { /* a condition's value in [from, next) */
	uint32_t turn;
	bool value;
	int64_t from, next;
};

struct reach { /* before the start: reactions may still come */
	uint32_t seq;
	const struct step *s;
	int64_t t;
	uint64_t draw;
	bool holdout;
};

struct simulation {
	struct forecast *f;
	struct replay *replay;
	struct engine engine;
	struct source source;
	struct pending *p; /* drawn events to come */
	size_t np, pcap;
	struct pending *past; /* drawn events taken, for channel windows */
	size_t npast, pastcap;
	uint32_t order;
	struct instance *start; /* as of the start */
	size_t nstart, startcap;
	int64_t *watch;
	bool *inside;
	struct cached **holds; /* by journey, expression */
	struct cached *entry;
	struct cached *address; /* by channel's number */
	struct cached *since;   /* by trigger: the last real event */
	uint32_t turn;
	struct reach *reach;
	size_t nreach, reachcap;
	uint64_t who; /* (seed, customer) */
	uint64_t replication;
	uint32_t *drawn; /* by response, this replication */
};

/* ---- draws ---- */

/* The stream of one choice of this customer in this replication. */
static uint64_t
stream(const struct simulation *m, uint64_t what)
{
	return draw_next(m->who ^ what, m->replication);
}

static double
unit(uint64_t key, uint64_t which)
{
	return draw_unit(draw_next(key, which));
}

static void
push(struct simulation *m, int64_t t, int response, uint32_t origin)
{
	struct pending *p;

	if (t > m->f->to)
		return;
	m->p = mem_grow(m->p, &m->pcap, m->np + 1, sizeof *m->p);
	p = &m->p[m->np++];
	p->order = m->order++;
	p->h = (struct happening){.t = t,
	    .event = NO_EVENT,
	    .kind = NONE,
	    .response = response,
	    .origin = origin,
	    .begins = response == NONE || m->f->begins[response]};
}

/* Log-normal about its median, or fixed. */
static int64_t
delay(const struct response *r, uint64_t key, uint64_t which)
{
	double z, d;

	if (r->sigma == 0)
		return r->median;
	z = normal_quantile(unit(key, which) * (1 - 0x1p-53) + 0x1p-54);
	d = (double)r->median * exp(r->sigma * z);
	return d < 1 ? 1 : d > 1e13 ? (int64_t)1e13 : (int64_t)d;
}

/*
 * Draw the reactions to a step reached at t.  A reaction that would have come
 * before the start did not come (the history would hold it): it is drawn
 * again, which is the conditional distribution.
 */
static void
react(struct simulation *m, uint32_t seq, const struct step *s, uint64_t draw,
    int64_t t)
{
	const struct response *r;
	const double *rate =
	    &m->f->rate[m->replication * m->f->all->nresponses];
	uint64_t key, k;
	size_t i;
	int64_t at;

	for (i = s->response0; i < s->response0 + s->nresponses; i++) {
		r = &m->f->all->responses[i];
		if (r->branch != NONE)
			continue;
		key = stream(
		    m, r->hash ^ draw ^
			   (uint64_t)m->drawn[i]++ * 0x9e3779b97f4a7c15u);
		for (k = 0; k < TRIES; k++) {
			if (draw_unit(key) >= rate[i])
				break;
			at = t + delay(r, key, k);
			if (at > m->f->from || t >= m->f->from) {
				push(m, at, (int)i, seq);
				break;
			}
			key = draw_next(key, TRIES);
		}
	}
}

/* ---- the source ---- */

static size_t
first_pending(const struct simulation *m)
{
	size_t i, best = 0;

	for (i = 1; i < m->np; i++)
		if (m->p[i].h.t < m->p[best].h.t ||
		    (m->p[i].h.t == m->p[best].h.t &&
			m->p[i].order < m->p[best].order))
			best = i;
	return best;
}

static bool
peek(void *arg, struct happening *h)
{
	struct simulation *m = arg;

	if (m->np == 0)
		return false;
	*h = m->p[first_pending(m)].h;
	return true;
}

static void
take(void *arg)
{
	struct simulation *m = arg;
	size_t i = first_pending(m);

	m->past = mem_grow(m->past, &m->pastcap, m->npast + 1, sizeof *m->past);
	m->past[m->npast++] = m->p[i];
	m->p[i] = m->p[--m->np];
}

static bool
holds(void *arg, const struct journey *j, int expr, int64_t t, int64_t *next)
{
	struct simulation *m = arg;
	struct cached *c = &m->holds[replay_index(m->replay, j)][expr];

	if (c->turn != m->turn || t < c->from || t >= c->next) {
		c->turn = m->turn;
		c->from = t;
		c->value =
		    m->replay->source.holds(m->replay, j, expr, t, &c->next);
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
	buf_addf(b, "drawn-%ju-%u", (uintmax_t)m->replication, h->origin);
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
	size_t i;

	for (i = m->npast; i-- > 0;)
		if (m->past[i].h.response != NONE && m->past[i].h.t <= t &&
		    matches(m, j, on, &m->past[i].h, NULL)) {
			*at = m->past[i].h.t;
			return true;
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

static bool
chosen(void *arg, const struct instance *x, const struct step *s, int *edge)
{
	struct simulation *m = arg;
	const struct response *r;
	double u, sum = 0;
	size_t i;

	if (s->nresponses == 0)
		return false;
	u = unit(stream(m, s->hash ^ x->draw), 0);
	*edge = NONE;
	for (i = s->response0; i < s->response0 + s->nresponses; i++) {
		r = &m->f->all->responses[i];
		sum += r->rate;
		if (u < sum) {
			*edge = r->branch;
			break;
		}
	}
	return true;
}

static void
reached(void *arg, const struct instance *x, const struct step *s, int64_t t)
{
	struct simulation *m = arg;

	if (s->type != STEP_BRANCH)
		react(m, x->seq, s, x->draw, t);
}

static bool
quota(void *arg, const struct instance *x, const struct step *s, int64_t t)
{
	struct simulation *m = arg;

	return m->replay->source.quota(m->replay, x, s, t);
}

static void
note(void *arg, const struct note *n)
{
	struct simulation *m = arg;
	const struct forecast *f = m->f;
	int64_t day;

	if (n->what != WHAT_SENT)
		return; /* RECORDED and SKIPPED come along */
	day = (n->t - f->from) / DAY;
	f->daily[(m->replication * f->all->nsteps + n->s->tally) * f->days +
		 (size_t)day]++;
}

/* ---- before the start ---- */

static void
reached_before(
    void *arg, const struct instance *x, const struct step *s, int64_t t)
{
	struct simulation *m = arg;
	struct reach *r;

	if (s->type == STEP_BRANCH)
		return;
	m->reach =
	    mem_grow(m->reach, &m->reachcap, m->nreach + 1, sizeof *m->reach);
	r = &m->reach[m->nreach++];
	r->seq = x->seq;
	r->s = s;
	r->t = t;
	r->draw = x->draw;
}

/* Did the instance's people react already? */
static bool
still_open(const struct simulation *m, const struct reach *r)
{
	size_t i;

	for (i = 0; i < m->nstart; i++)
		if (m->start[i].seq == r->seq)
			return m->start[i].state == AT_STEP ||
			       m->start[i].lingers;
	return false;
}

static void
snapshot(struct simulation *m)
{
	struct engine *from = &m->replay->engine, *to = &m->engine;
	size_t n = m->f->all->n, i, k;

	if (from->n > m->startcap)
		m->start =
		    mem_grow(m->start, &m->startcap, from->n, sizeof *m->start);
	if (from->n > 0)
		memcpy(m->start, from->x, from->n * sizeof *m->start);
	m->nstart = from->n;
	for (i = k = 0; i < m->nreach; i++)
		if (still_open(m, &m->reach[i]))
			m->reach[k++] = m->reach[i];
	m->nreach = k;
	memcpy(m->watch, from->watch, n * sizeof *m->watch);
	memcpy(m->inside, from->inside, n * sizeof *m->inside);
	to->nsent = to->npast = to->keys.len = 0;
	to->nrecorded = from->nrecorded;
	to->sent =
	    mem_grow(to->sent, &to->sentcap, from->nsent + 1, sizeof *to->sent);
	if (from->nsent > 0)
		memcpy(to->sent, from->sent, from->nsent * sizeof *to->sent);
	to->past =
	    mem_grow(to->past, &to->pastcap, from->npast + 1, sizeof *to->past);
	if (from->npast > 0)
		memcpy(to->past, from->past, from->npast * sizeof *to->past);
	buf_add(&to->keys, from->keys.p, from->keys.len);
}

static void
restore(struct simulation *m)
{
	struct engine *from = &m->replay->engine, *e = &m->engine;
	size_t n = m->f->all->n;

	e->x = mem_grow(e->x, &e->cap, m->nstart + 1, sizeof *e->x);
	if (m->nstart > 0)
		memcpy(e->x, m->start, m->nstart * sizeof *e->x);
	e->n = m->nstart;
	e->lingering = from->lingering;
	e->nsent = from->nsent;
	e->npast = from->npast;
	e->keys.len = from->keys.len;
	e->seq = from->seq;
	e->now = m->f->from;
	memcpy(e->watch, m->watch, n * sizeof *e->watch);
	memcpy(e->inside, m->inside, n * sizeof *e->inside);
	m->np = m->npast = 0;
	m->order = 0;
	if (m->f->all->nresponses > 0)
		memset(m->drawn, 0, m->f->all->nresponses * sizeof *m->drawn);
}

static void
count_start(const struct simulation *m, struct tally *t)
{
	const struct instance *x;

	for (x = m->start; x < m->start + m->nstart; x++)
		if (x->state == AT_STEP)
			t->started
			    [m->f->all->j[x->journey].steps[x->step].tally]++;
}

/* Entries by rate: at most one a day, at any time of it. */
static void
draw_entries(struct simulation *m, size_t journey)
{
	const struct journey *j = &m->f->all->j[journey];
	uint64_t key = stream(m, j->hash);
	size_t day;

	for (day = 0; j->entry_rate > 0 && day < m->f->days; day++)
		if (unit(key, 2 * day) < j->entry_rate)
			push(m,
			    m->f->from + (int64_t)day * DAY + 1 +
				(int64_t)(unit(key, 2 * day + 1) *
					  (double)(DAY - 1)),
			    NONE, (uint32_t)journey);
}

static void
replicate(struct simulation *m, size_t i)
{
	struct tally *t = &m->f->tally[i];
	size_t k;

	m->replication = i;
	m->engine.tally = t;
	restore(m);
	count_start(m, t);
	for (k = 0; k < m->f->all->n; k++)
		draw_entries(m, k);
	for (k = 0; k < m->nreach; k++)
		react(m, m->reach[k].seq, m->reach[k].s, m->reach[k].draw,
		    m->reach[k].t);
	engine_run(&m->engine, m->f->to);
	engine_count_waiting(&m->engine);
}

void
simulate(struct simulation *m)
{
	struct replay *r = m->replay;
	size_t i;

	m->turn++;
	m->nreach = 0;
	engine_run(&r->engine, m->f->from);
	snapshot(m);
	m->source.who = r->source.who;
	m->source.wholen = r->source.wholen;
	m->source.born = r->source.born;
	m->engine.source = &m->source;
	m->engine.turn++;
	m->who = draw_key(
	    m->f->seed, strlen(m->f->seed), r->source.who, r->source.wholen);
	m->f->customers++;
	for (i = 0; i < m->f->replications; i++)
		replicate(m, i);
}

struct simulation *
simulation_new(struct forecast *f, struct replay *r)
{
	struct simulation *m = mem_alloc(1, sizeof *m);
	size_t n = f->all->n, i;

	m->f = f;
	m->replay = r;
	engine_init(&m->engine, f->all, &f->tally[0]);
	m->engine.observer = (struct observer){m, note, 1u << WHAT_SENT};
	m->start = mem_grow(NULL, &m->startcap, 1, sizeof *m->start);
	m->watch = mem_alloc(n, sizeof *m->watch);
	m->inside = mem_alloc(n, sizeof *m->inside);
	m->holds = mem_alloc(n, sizeof(struct cached *));
	for (i = 0; i < n; i++)
		m->holds[i] = mem_alloc(
		    (size_t)f->all->j[i].nexprs + 1, sizeof *m->holds[i]);
	m->address =
	    mem_alloc(intern_count(f->all->channels) + 1, sizeof *m->address);
	m->since = mem_alloc(f->all->ntriggers + 1, sizeof *m->since);
	m->drawn = mem_alloc(f->all->nresponses + 1, sizeof *m->drawn);
	m->source = (struct source){.arg = m,
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
	r->reached = reached_before;
	r->reached_arg = m;
	return m;
}

void
simulation_free(struct simulation *m)
{
	size_t i;

	for (i = 0; i < m->f->all->n; i++)
		free(m->holds[i]);
	engine_free(&m->engine);
	free(m->holds);
	free(m->address);
	free(m->since);
	free(m->drawn);
	free(m->watch);
	free(m->inside);
	free(m->start);
	free(m->reach);
	free(m->p);
	free(m->past);
	free(m);
}
