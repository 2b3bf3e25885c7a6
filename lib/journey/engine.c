#include <stdlib.h>
#include <string.h>

#include "../draw.h"
#include "step.h"

const char *const state_names[] = {
    "waiting", "done", "exited", "goal", "dropped"};

void
engine_init(struct engine *e, const struct journeys *all, struct tally *tally)
{
	memset(e, 0, sizeof *e);
	e->all = all;
	e->tally = tally;
	e->x = mem_grow(NULL, &e->cap, 1, sizeof *e->x);
	e->past = mem_grow(NULL, &e->pastcap, 1, sizeof *e->past);
	e->sent = mem_grow(NULL, &e->sentcap, 1, sizeof *e->sent);
	e->watch = mem_alloc(all->n, sizeof *e->watch);
	e->inside = mem_alloc(all->n, sizeof *e->inside);
	e->last = mem_alloc(all->n, sizeof *e->last);
	e->has_last = mem_alloc(all->n, sizeof *e->has_last);
	e->refused = mem_alloc(all->n, sizeof *e->refused);
	e->unsent = mem_alloc(all->n, sizeof *e->unsent);
	e->memo = mem_alloc(all->nsteps + all->n, sizeof *e->memo);
}

void
engine_free(struct engine *e)
{
	free(e->x);
	free(e->past);
	free(e->slot);
	free(e->sent);
	free(e->watch);
	free(e->inside);
	free(e->last);
	free(e->has_last);
	free(e->refused);
	free(e->unsent);
	free(e->memo);
	buf_free(&e->keys);
	buf_free(&e->scratch);
}

void
engine_begin(struct engine *e, const struct source *source)
{
	size_t i;

	e->source = source;
	e->n = e->npast = e->nsent = e->keys.len = 0;
	e->nrecorded = e->lingering = e->nslot = 0;
	e->seq = 0;
	e->now = source->born;
	e->turn++;
	for (i = 0; i < e->all->n; i++) {
		e->inside[i] = e->has_last[i] = false;
		e->refused[i] = NULL;
		e->unsent[i].why = NULL;
	}
	entry_watch_all(e);
}

double
engine_unit(struct engine *e, size_t slot, const char *salt)
{
	struct draw_memo *m = &e->memo[slot];

	if (m->turn != e->turn) {
		m->turn = e->turn;
		m->unit = draw_unit(draw_key(
		    salt, strlen(salt), e->source->who, e->source->wholen));
	}
	return m->unit;
}

bool
engine_held_out(struct engine *e, const struct journey *j)
{
	return j->holdout > 0 &&
	       engine_unit(e, e->all->nsteps + (size_t)(j - e->all->j),
		   j->holdout_salt) < j->holdout;
}

const char *
engine_key(const struct engine *e, const struct instance *x)
{
	return e->keys.p + x->key;
}

/* ---- events ---- */

static void
goal(struct engine *e, struct instance *x, const struct happening *h)
{
	const struct journey *j = journey_of(e, x);
	const struct source *s = e->source;

	if (!j->goal.set || x->goal || h->t > x->deadline ||
	    !s->matches(s->arg, j, &j->goal.on, h, x))
		return;
	x->goal = true;
	tally_count(e->tally, &e->tally->goals[x->journey]);
	if (x->unsent && e->exogenous != NULL)
		e->exogenous[e->all->nsteps + x->journey]++;
	engine_note(e, WHAT_GOAL, x, h->t, NULL);
	if (x->lingers) {
		x->lingers = false;
		e->lingering--;
		e->dead = true;
		if (e->last[x->journey].seq == x->seq)
			e->last[x->journey] = *x;
	} else if (j->goal.exit)
		step_leave(e, x, h->t, GOAL, "goal_reached");
}

static void
exits(struct engine *e, struct instance *x, const struct happening *h)
{
	const struct journey *j = journey_of(e, x);
	const struct source *s = e->source;
	size_t i;

	for (i = 0; i < j->nexits; i++) {
		if (!j->exits[i].on.event ||
		    !s->matches(s->arg, j, &j->exits[i].on, h, x))
			continue;
		if (j->exits[i].timing == EXIT_NOW) {
			step_exit(e, x, h->t, (int)i);
			return;
		}
		x->pending |= 1ull << i;
	}
}

static void
event_for(struct engine *e, struct instance *x, const struct happening *h)
{
	const struct source *from = e->source;
	const struct step *s;
	size_t i;

	goal(e, x, h);
	if (x->state == AT_STEP)
		exits(e, x, h);
	if (x->state != AT_STEP)
		return;
	s = step_of(e, x);
	if (s->type == STEP_WAIT || s->type == STEP_TASK)
		for (i = 0; i < s->nedges; i++)
			if (s->edges[i].on.event &&
			    from->matches(from->arg, journey_of(e, x),
				&s->edges[i].on, h, x) &&
			    step_take(e, x, i, h->t))
				return;
	if (journey_of(e, x)->watches || s->looks)
		step_look(e, x, h->t);
}

/* Drop the instances that are over, the others keep their order. */
static void
tidy(struct engine *e)
{
	size_t i, n = 0;

	for (i = 0; i < e->n; i++)
		if (e->x[i].state == AT_STEP || e->x[i].lingers)
			e->x[n++] = e->x[i];
	e->n = n;
	e->dead = false;
}

static void
event(struct engine *e, const struct happening *h)
{
	size_t i, n = e->n;

	for (i = 0; i < n; i++)
		event_for(e, &e->x[i], h);
	if (h->begins)
		entry_by_event(e, h);
	if (e->all->clocked)
		entry_after_event(e, h->t);
	if (e->dead)
		tidy(e);
}

/* ---- the clock ---- */

static int64_t
due(const struct instance *x)
{
	if (x->lingers)
		return WHEN_NEVER;
	return x->until < x->recheck ? x->until : x->recheck;
}

/* a before b at the same instant */
static bool
earlier(const struct instance *a, const struct instance *b)
{
	if (a->phase != b->phase)
		return a->phase < b->phase;
	if (a->journey != b->journey)
		return a->journey < b->journey;
	return a->seq < b->seq;
}

static int
soonest(const struct engine *e, int64_t *t)
{
	int best = NONE;
	int64_t d;
	size_t i;

	*t = WHEN_NEVER;
	for (i = 0; i < e->n; i++) {
		d = due(&e->x[i]);
		if (d < *t || (d == *t && best != NONE &&
				  earlier(&e->x[i], &e->x[best]))) {
			*t = d;
			best = (int)i;
		}
	}
	return best;
}

static int
soonest_entry(const struct engine *e, int64_t *t)
{
	int best = NONE;
	size_t i;

	*t = WHEN_NEVER;
	for (i = 0; e->all->clocked && i < e->all->n; i++)
		if (e->watch[i] < *t) {
			*t = e->watch[i];
			best = (int)i;
		}
	return best;
}

/* Instances whose goal can no longer come. */
static void
forget(struct engine *e, int64_t t)
{
	size_t i;

	for (i = 0; e->lingering > 0 && i < e->n; i++)
		if (e->x[i].lingers && e->x[i].deadline < t) {
			e->x[i].lingers = false;
			e->lingering--;
			e->dead = true;
		}
}

/* One instance alone goes on as long as nothing else can come first: no event,
 * none that its own steps caused, and no entry. */
static void
alone(struct engine *e, int64_t before, int64_t until)
{
	struct instance *x = e->x;
	int64_t at;

	while (e->n == 1 && e->peeked && x->state == AT_STEP) {
		at = due(x);
		if (at >= before || at > until)
			break;
		e->now = at;
		step_timer(e, x, at);
	}
}

void
engine_run(struct engine *e, int64_t until)
{
	struct happening h;
	int64_t at, watch;
	int x, j;

	for (;;) {
		x = soonest(e, &at);
		j = soonest_entry(e, &watch);
		if (!e->source->peek(e->source->arg, &h))
			h.t = WHEN_NEVER;
		e->peeked = true;
		if (h.t > until && at > until && watch > until)
			break;
		if (h.t <= at && h.t <= watch) {
			e->now = h.t;
			e->source->take(e->source->arg);
			forget(e, h.t);
			event(e, &h);
		} else if (watch <= at) {
			e->now = watch;
			entry_by_clock(e, (size_t)j, watch);
		} else {
			e->now = at;
			step_timer(e, &e->x[x], at);
			alone(e, h.t < watch ? h.t : watch, until);
		}
		if (e->dead)
			tidy(e);
	}
	e->now = until;
}

void
engine_count_waiting(struct engine *e)
{
	size_t i;

	for (i = 0; i < e->n; i++)
		if (e->x[i].state == AT_STEP)
			tally_count(e->tally,
			    &e->tally->waiting[step_of(e, &e->x[i])->tally]);
}
