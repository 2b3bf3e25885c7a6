/* Replications of one customer: those that have drawn alike walk together. */
#include <stdlib.h>
#include <string.h>

#include "../mem.h"
#include "drawn.h"

/* ---- counts ---- */

static void
carry(struct simulation *m)
{
	struct forecast *f = m->f;
	size_t i, k, all = f->replications;

	pthread_mutex_lock(&f->lock);
	for (k = 0; k < all; k++)
		for (i = 0; i < f->width; i++)
			f->counts[k * f->width + i] += m->counts[i * all + k];
	pthread_mutex_unlock(&f->lock);
	memset(m->counts, 0, f->width * all * sizeof *m->counts);
	m->uncarried = 0;
}

/* What the walk logged, up to a place, counts for each of its replications,
 * which lie side by side: those that walk together share cache lines. */
static void
flush(struct simulation *m, size_t n)
{
	const uint32_t *log = m->tally.log, *end = log + n;
	uint32_t *row;
	size_t k;

	if (n > UINT32_MAX - m->uncarried)
		carry(m);
	m->uncarried += n;
	for (; log < end && !m->scouts; log++) {
		row = m->counts + *log * m->f->replications;
		for (k = m->lo; k < m->hi; k++)
			row[m->member[k]]++;
	}
	m->tally.nlog -= n;
	if (m->tally.nlog > 0)
		memmove(m->tally.log, end, m->tally.nlog * sizeof *log);
}

static size_t
reason(const char *why)
{
	size_t i = 0;

	while (
	    i + 1 < FORECAST_REASONS && strcmp(why, forecast_reasons[i]) != 0)
		i++;
	return i;
}

static void
note_sent(struct simulation *m, const struct note *n, size_t day)
{
	const struct forecast *f = m->f;
	const struct source *from = &m->source;
	int64_t ms = n->t + zone_offset(from->zone(from->arg, n->j), n->t);
	size_t hour = (size_t)(((ms % DAY + DAY) % DAY) / 3600000);

	tally_log(&m->tally, f->daily.sent + n->s->tally * f->days + day);
	tally_log(&m->tally, f->hours + (size_t)(n->j - f->all->j) * 24 + hour);
	m->sends =
	    mem_grow(m->sends, &m->sendscap, m->nsends + 1, sizeof *m->sends);
	m->sends[m->nsends++] = n->t;
}

static void
note(void *arg, const struct note *n)
{
	struct simulation *m = arg;
	const struct forecast *f = m->f;
	size_t day = (size_t)((n->t - f->from) / DAY), j;

	j = (size_t)(n->j - f->all->j) * f->days + day;
	switch (n->what) {
	case WHAT_SENT:
		note_sent(m, n, day);
		break;
	case WHAT_ENTERED:
		tally_log(&m->tally, f->daily.entries + j);
		break;
	case WHAT_GOAL:
		tally_log(&m->tally, f->daily.goals + j);
		break;
	case WHAT_ENDED:
		tally_log(
		    &m->tally, f->cycle + forecast_cycle(n->t - n->x->entered));
		if (n->x->state == EXITED && n->x->rule != NONE)
			tally_log(&m->tally,
			    f->daily.exits +
				n->j->exits[n->x->rule].tally * f->days + day);
		break;
	case WHAT_SKIPPED:
		if (n->s->type == STEP_MESSAGE)
			tally_log(&m->tally,
			    f->reasons + n->s->tally * FORECAST_REASONS +
				reason(n->why));
		break;
	case WHAT_DELAYED:
		if (strcmp(n->why, "quiet_hours") == 0)
			tally_log(&m->tally, f->put_off + n->s->tally);
		break;
	default:
		break; /* RECORDED comes along */
	}
}

/* The most messages within any so many milliseconds, up to the last that is
 * counted. */
static size_t
most(const struct simulation *m, int64_t within)
{
	size_t i, from = 0, n = 0;

	for (i = 0; i < m->nsends; i++) {
		while (m->sends[i] - m->sends[from] >= within)
			from++;
		if (i - from + 1 > n)
			n = i - from + 1;
	}
	return n < FORECAST_PRESSURE ? n : FORECAST_PRESSURE - 1;
}

/* ---- a walk's state ---- */

struct stand {
	size_t lo, hi, n, nsent, npast, keys, taken, sends, lingering;
	uint32_t seq, order;
	uint64_t serial;
	bool lined_up;
};

static void
save(const struct simulation *m, struct buf *to, size_t lo, size_t hi)
{
	const struct engine *e = &m->engine;
	size_t n = m->f->all->n;
	struct stand s = {.lo = lo,
	    .hi = hi,
	    .n = e->n,
	    .nsent = e->nsent,
	    .npast = e->npast,
	    .keys = e->keys.len,
	    .taken = m->npast,
	    .sends = m->nsends,
	    .lingering = e->lingering,
	    .seq = e->seq,
	    .order = m->order,
	    .serial = m->serial,
	    .lined_up = m->lined_up};

	buf_add(to, e->x, e->n * sizeof *e->x);
	buf_add(to, m->drawn, m->f->all->nresponses * sizeof *m->drawn);
	if (m->f->all->clocked) {
		buf_add(to, e->watch, n * sizeof *e->watch);
		buf_add(to, e->inside, n * sizeof *e->inside);
		buf_add(to, e->past, e->npast * sizeof *e->past);
	}
	buf_add(to, &s, sizeof s);
}

static void
pop(struct buf *from, void *to, size_t n)
{
	from->len -= n;
	if (n > 0)
		memcpy(to, from->p + from->len, n);
}

static void
restore(struct simulation *m, struct buf *from)
{
	struct engine *e = &m->engine;
	size_t n = m->f->all->n;
	struct stand s;

	pop(from, &s, sizeof s);
	if (m->f->all->clocked) {
		pop(from, e->past, s.npast * sizeof *e->past);
		pop(from, e->inside, n * sizeof *e->inside);
		pop(from, e->watch, n * sizeof *e->watch);
	}
	pop(from, m->drawn, m->f->all->nresponses * sizeof *m->drawn);
	if (s.n > e->cap)
		e->x = mem_grow(e->x, &e->cap, s.n, sizeof *e->x);
	pop(from, e->x, s.n * sizeof *e->x);
	e->n = s.n;
	e->nsent = s.nsent;
	e->npast = s.npast;
	e->nslot = 0;
	e->keys.len = s.keys;
	e->lingering = s.lingering;
	e->seq = s.seq;
	e->dead = false;
	m->npast = s.taken;
	m->nsends = s.sends;
	m->order = s.order;
	m->serial = s.serial;
	m->lo = s.lo;
	m->hi = s.hi;
	m->lined_up = s.lined_up;
	m->takes = m->next_known = false;
}

/* ---- walking ---- */

static void
swap(uint32_t *a, uint32_t *b)
{
	uint32_t x = *a;

	*a = *b;
	*b = x;
}

/* a's first event comes after b's. */
static bool
later(const struct simulation *m, uint32_t a, uint32_t b)
{
	if (m->first[a] != m->first[b])
		return m->first[a] > m->first[b];
	return m->first[a] != WHEN_NEVER &&
	       m->pool[m->head[a]].order > m->pool[m->head[b]].order;
}

/* Whose first event comes first stands last: those who have one, most often
 * few, by insertion. */
static void
line_up(struct simulation *m)
{
	struct ahead *a = m->ahead, x;
	size_t k, i, n = 0, to = m->lo;
	uint32_t r;

	for (k = m->lo; k < m->hi; k++) {
		r = m->member[k];
		if (m->first[r] == WHEN_NEVER) {
			m->member[to++] = r;
			continue;
		}
		x.t = m->first[r];
		x.order = m->pool[m->head[r]].order;
		x.member = r;
		for (i = n++; i > 0 && (a[i - 1].t < x.t ||
					   (a[i - 1].t == x.t &&
					       a[i - 1].order < x.order));
		     i--)
			a[i] = a[i - 1];
		a[i] = x;
	}
	for (i = 0; i < n; i++)
		m->member[to++] = a[i].member;
	m->lined_up = true;
}

static void
find_next(struct simulation *m)
{
	uint32_t r = m->member[m->hi - 1];

	m->next_known = true;
	m->next.t = m->first[r];
	if (m->next.t != WHEN_NEVER)
		m->next = m->pool[m->head[r]];
}

void
walk_mark(struct simulation *m)
{
	size_t k;

	if (m->takes) {
		for (k = m->lo; k < m->hi; k++)
			drawn_drop(m, m->member[k]);
		m->takes = m->next_known = m->lined_up = false;
	}
	if (m->tally.nlog > 4096)
		flush(m, m->tally.nlog);
	if (!m->next_known) {
		if (!m->lined_up && m->hi - m->lo > 1)
			line_up(m);
		find_next(m);
	}
	if (!m->marks || m->hi - m->lo == 1)
		return;
	m->mark.len = 0;
	save(m, &m->mark, m->lo, m->hi);
	m->mark_log = m->tally.nlog;
}

void
walk_take(struct simulation *m)
{
	size_t mid = m->hi - 1;
	struct taken *t;

	while (
	    mid > m->lo && !later(m, m->member[mid - 1], m->member[m->hi - 1]))
		mid--;
	if (mid > m->lo) {
		flush(m, m->tally.nlog);
		m->mark_log = 0;
		save(m, &m->stack, m->lo, mid);
		m->lo = mid;
	}
	m->takes = true;
	m->past = mem_grow(m->past, &m->pastcap, m->npast + 1, sizeof *m->past);
	t = &m->past[m->npast++];
	t->t = m->next.t;
	t->response = m->next.response;
	t->origin = m->next.origin;
	m->serial = ++m->serials;
}

int
walk_part(struct simulation *m,
    int (*answer)(struct simulation *, uint32_t, const void *), const void *arg)
{
	int say = answer(m, m->member[m->lo], arg);
	struct stand s;
	size_t k, mid = m->hi;

	for (k = m->lo; m->hi - m->lo > 1 && k < mid;)
		if (answer(m, m->member[k], arg) == say)
			swap(&m->member[k], &m->member[--mid]);
		else
			k++;
	if (mid < m->hi)
		m->next_known = m->lined_up = false;
	if (mid == m->hi || mid == m->lo)
		return say;
	flush(m, m->mark_log);
	m->mark_log = 0;
	memcpy(&s, m->mark.p + m->mark.len - sizeof s, sizeof s);
	s.lo = m->lo;
	s.hi = mid;
	s.lined_up = false;
	buf_add(&m->stack, m->mark.p, m->mark.len - sizeof s);
	buf_add(&m->stack, &s, sizeof s);
	for (k = m->lo; k < mid; k++)
		drawn_cut(m, m->member[k], s.order);
	m->lo = mid;
	return say;
}

/* Replications [first, first + n) from the start to the end. */
static void
walk(struct simulation *m, size_t first, size_t n)
{
	const struct engine *e = &m->engine;
	const struct reach *r;
	size_t i, len = m->start.len;

	restore(m, &m->start);
	m->start.len = len;
	m->lo = first;
	m->hi = first + n;
	m->lined_up = false;
	drawn_clear(m, first, n);
	for (i = first; i < first + n; i++)
		m->member[i] = (uint32_t)i;
	for (i = 0; i < e->n; i++)
		if (e->x[i].state == AT_STEP)
			tally_count(&m->tally,
			    &m->tally.started[m->f->all->j[e->x[i].journey]
						  .steps[e->x[i].step]
						  .tally]);
	drawn_entries(m);
	for (r = m->reach; r < m->reach + m->nreach; r++)
		drawn_react(m, r->x.seq, r->s, r->x.draw, r->t, r->came);
	for (;;) {
		engine_run(&m->engine, m->f->to);
		engine_count_waiting(&m->engine);
		tally_log(&m->tally, m->f->pressure[0] + most(m, DAY));
		tally_log(&m->tally, m->f->pressure[1] + most(m, 7 * DAY));
		flush(m, m->tally.nlog);
		if (m->stack.len == 0)
			break;
		restore(m, &m->stack);
	}
}

/* ---- before the start ---- */

static void *
copy(void *to, size_t *cap, const void *from, size_t n, size_t size)
{
	to = mem_grow(to, cap, n + 1, size);
	if (n > 0)
		memcpy(to, from, n * size);
	return to;
}

/* The replay's engine as of the start is where every replication begins. */
static void
snapshot(struct simulation *m)
{
	const struct engine *from = &m->replay->engine;
	struct engine *to = &m->engine;
	size_t n = m->f->all->n;

	reach_sift(m);
	to->x = copy(to->x, &to->cap, from->x, from->n, sizeof *to->x);
	to->sent = copy(
	    to->sent, &to->sentcap, from->sent, from->nsent, sizeof *to->sent);
	to->past = copy(
	    to->past, &to->pastcap, from->past, from->npast, sizeof *to->past);
	to->n = from->n;
	to->nsent = from->nsent;
	to->npast = from->npast;
	to->nslot = 0;
	to->nrecorded = from->nrecorded;
	to->lingering = from->lingering;
	to->seq = from->seq;
	to->keys.len = 0;
	buf_add(&to->keys, from->keys.p, from->keys.len);
	memcpy(to->watch, from->watch, n * sizeof *to->watch);
	memcpy(to->inside, from->inside, n * sizeof *to->inside);
	m->npast = m->nsends = m->order = 0;
	if (m->f->all->nresponses > 0)
		memset(m->drawn, 0, m->f->all->nresponses * sizeof *m->drawn);
	m->start.len = 0;
	save(m, &m->start, 0, 0);
}

void
simulate(struct simulation *m)
{
	struct replay *r = m->replay;
	size_t i, n, all = m->f->replications;

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
	m->customers++;
	for (i = 0; i < all; i += n) {
		n = all - i < TOGETHER ? all - i : TOGETHER;
		walk(m, i, n);
	}
}

struct simulation *
simulation_new(struct forecast *f, struct replay *r)
{
	struct simulation *m = mem_alloc(1, sizeof *m);
	size_t n = f->all->n, i;

	m->f = f;
	m->replay = r;
	m->tally = f->tally;
	tally_more(&m->tally);
	engine_init(&m->engine, f->all, &m->tally);
	m->engine.observer = (struct observer){m, note,
	    1u << WHAT_SENT | 1u << WHAT_ENTERED | 1u << WHAT_GOAL |
		1u << WHAT_ENDED | 1u << WHAT_SKIPPED | 1u << WHAT_DELAYED};
	m->counts = mem_alloc(f->replications * f->width, sizeof *m->counts);
	m->member = mem_alloc(f->replications, sizeof *m->member);
	m->ahead = mem_alloc(TOGETHER, sizeof *m->ahead);
	m->head = mem_alloc(f->replications, sizeof *m->head);
	m->first = mem_alloc(f->replications, sizeof *m->first);
	m->holds = mem_alloc(n, sizeof(struct cached *));
	for (i = 0; i < n; i++)
		m->holds[i] = mem_alloc(
		    (size_t)f->all->j[i].nexprs + 1, sizeof *m->holds[i]);
	m->address =
	    mem_alloc(intern_count(f->all->channels) + 1, sizeof *m->address);
	m->since = mem_alloc(f->all->ntriggers + 1, sizeof *m->since);
	m->drawn = mem_alloc(f->all->nresponses + 1, sizeof *m->drawn);
	for (i = 0; i < f->all->nresponses; i++)
		m->marks = m->marks || f->all->responses[i].branch != NONE;
	m->marks = m->marks || f->all->nquotas > 0;
	m->source = drawn_source(m);
	r->reached = reach_note;
	r->reached_arg = m;
	return m;
}

struct simulation *
simulation_scout(struct forecast *f, struct replay *r)
{
	struct simulation *m = simulation_new(f, r);

	m->scouts = true;
	return m;
}

void
simulation_free(struct simulation *m)
{
	size_t i;

	carry(m);
	m->f->customers += m->scouts ? 0 : m->customers;
	for (i = 0; i < m->f->all->n; i++)
		free(m->holds[i]);
	engine_free(&m->engine);
	free(m->tally.log);
	free(m->counts);
	free(m->member);
	free(m->ahead);
	free(m->head);
	free(m->first);
	free(m->pool);
	free(m->past);
	drawn_past_free(m);
	free(m->sends);
	buf_free(&m->stack);
	buf_free(&m->mark);
	buf_free(&m->start);
	free(m->holds);
	free(m->address);
	free(m->since);
	free(m->drawn);
	free(m->reach);
	free(m);
}
