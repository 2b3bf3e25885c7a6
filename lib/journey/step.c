/* How one instance moves through its graph. */
#include <stdlib.h>
#include <string.h>

#include "../draw.h"
#include "step.h"

#define BUSY 1000 /* steps of one instance in one instant: a loop */

void
engine_tell(struct engine *e, enum what what, const struct instance *x,
    int64_t t, const char *why)
{
	struct note n = {.what = what, .x = x, .t = t, .why = why};

	n.j = journey_of(e, x);
	n.s = x->step == STEP_END ? NULL : step_of(e, x);
	n.until = x->until;
	e->observer.note(e->observer.arg, &n);
}

/* The instance is over; it may linger to see its goal. */
static void
end(struct engine *e, struct instance *x, int64_t t, enum state state,
    const char *why)
{
	const struct journey *j = journey_of(e, x);

	x->state = (uint8_t)state;
	x->why = why;
	x->since = t;
	x->until = x->recheck = WHEN_NEVER;
	e->lingering -= x->lingers;
	x->lingers = j->goal.set && !x->goal && x->deadline >= t;
	tally_count(e->tally, &e->tally->done[x->journey]);
	e->lingering += x->lingers;
	if (!x->lingers)
		e->dead = true;
	e->last[x->journey] = *x;
	e->has_last[x->journey] = true;
	engine_note(e, WHAT_ENDED, x, t, why);
}

void
step_leave(struct engine *e, struct instance *x, int64_t t, enum state state,
    const char *why)
{
	if (state == DROPPED)
		tally_count(e->tally, &e->tally->dropped[step_of(e, x)->tally]);
	else
		tally_count(e->tally, &e->tally->exited[step_of(e, x)->tally]);
	end(e, x, t, state, why);
}

bool
step_asks_history(const struct step *s)
{
	size_t i;

	for (i = 0; s->type == STEP_BRANCH && i < s->nedges; i++)
		if (s->edges[i].when != NONE)
			return true;
	return s->type == STEP_WAIT || s->type == STEP_TASK;
}

/* The way that the step is left was decided by the history. */
static void
decided(struct engine *e, const struct instance *x)
{
	if (x->unsent && e->exogenous != NULL)
		e->exogenous[step_of(e, x)->tally]++;
}

void
step_exit(struct engine *e, struct instance *x, int64_t t, int rule)
{
	x->rule = rule;
	decided(e, x);
	tally_count(
	    e->tally, &e->tally->rule[journey_of(e, x)->exits[rule].tally]);
	step_leave(e, x, t, EXITED, journey_of(e, x)->exits[rule].name);
}

/* The first exit rule of this timing whose moment has come, or NONE. */
static int
exit_due(
    struct engine *e, const struct instance *x, enum timing timing, int64_t t)
{
	const struct journey *j = journey_of(e, x);
	const struct source *s = e->source;
	size_t i;

	if (!(j->timings >> timing & 1))
		return NONE;
	for (i = 0; i < j->nexits; i++) {
		if (j->exits[i].timing != timing)
			continue;
		if (j->exits[i].on.event
			? x->pending >> i & 1
			: s->holds(s->arg, j, j->exits[i].on.when, t, NULL))
			return (int)i;
	}
	return NONE;
}

/* Conditions that are waited for: look again not later than *next. */
static bool
condition(struct engine *e, struct instance *x, int expr, int64_t t)
{
	const struct source *s = e->source;
	int64_t next = WHEN_NEVER;
	bool yes = s->holds(s->arg, journey_of(e, x), expr, t, &next);

	if (next < x->recheck)
		x->recheck = next;
	return yes;
}

static void walk(struct engine *, struct instance *, int64_t t);

static void
reached(struct engine *e, const struct instance *x, int64_t t)
{
	const struct step *s = step_of(e, x);

	if (s->nresponses > 0 && e->source->reached != NULL) {
		e->peeked = false;
		e->source->reached(e->source->arg, x, s, t);
	}
}

static bool
arrive(struct engine *e, struct instance *x, int step, int64_t t)
{
	const struct step *s = &journey_of(e, x)->steps[step];

	x->step = step;
	x->since = t;
	x->until = x->recheck = WHEN_NEVER;
	x->phase = PHASE_WAIT;
	x->best = NONE;
	tally_count(e->tally, &e->tally->entered[s->tally]);
	if (x->busy != t) {
		x->busy = t;
		x->visits = 0;
	}
	if (++x->visits > BUSY) {
		step_leave(e, x, t, DROPPED, "loop");
		return false;
	}
	engine_note(e, WHAT_REACHED, x, t, NULL);
	if (s->nresponses > 0 && s->type != STEP_MESSAGE)
		reached(e, x, t);
	return true;
}

/*
 * Leave by an edge: an index of edges[], or nedges (otherwise), or nedges + 1
 * (next).  False where the instance is over.
 */
static bool
move(struct engine *e, struct instance *x, size_t edge, int64_t t)
{
	const struct step *s = step_of(e, x);
	int rule = NONE, next;

	if (journey_of(e, x)->timings >> EXIT_END_OF_STEP & 1)
		rule = exit_due(e, x, EXIT_END_OF_STEP, t);
	if (rule != NONE) {
		step_exit(e, x, t, rule);
		return false;
	}
	next = edge < s->nedges    ? s->edges[edge].next
	       : edge == s->nedges ? s->otherwise
				   : s->next;
	tally_count(e->tally, &e->tally->edge[s->edge0 + edge]);
	if (x->unsent && step_asks_history(s))
		decided(e, x);
	if (s->nedges > 0 || edge == s->nedges)
		engine_note(e, WHAT_TOOK, x, t,
		    edge < s->nedges ? s->edges[edge].name : "else");
	if (next == STEP_END) {
		end(e, x, t, DONE, "done");
		return false;
	}
	return arrive(e, x, next, t);
}

int64_t
span_end(
    struct engine *e, const struct instance *x, const struct span *p, int64_t t)
{
	const struct journey *j = journey_of(e, x);
	const struct zone *z;
	int64_t from = p->since_entry ? x->entered : t, end;

	if (p->forever)
		return WHEN_NEVER;
	if (!p->calendar && p->until == NONE && p->d.months == 0)
		return from + p->d.ms > t ? from + p->d.ms : t;
	z = e->source->zone(e->source->arg, j);
	if (p->until != NONE) {
		if (!e->source->instant(
			e->source->arg, j, p->until, x, t, &end))
			return t;
		return end > t ? end : t;
	}
	if (!p->calendar)
		end = when_add(from, p->d, 1, z);
	else {
		end = when_add(from, (struct duration){0, p->d.months}, 1, z);
		end = when_midnight(end, z, p->d.ms / 86400000);
		if (p->at != NONE)
			end = zone_instant(z,
			    end + zone_offset(z, end) + p->at * 60000LL, NULL);
		else
			end = zone_instant(z,
			    end + zone_offset(z, end) +
				(from + zone_offset(z, from)) % 86400000,
			    NULL);
		/* "at 10:00" without days: the next one. */
		if (p->d.ms == 0 && p->d.months == 0 && end < from)
			end = zone_instant(z,
			    when_midnight(from, z, 1) +
				zone_offset(z, when_midnight(from, z, 1)) +
				p->at * 60000LL,
			    NULL);
	}
	return end > t ? end : t;
}

static void
wait_for(struct engine *e, struct instance *x, const struct span *p, int next,
    int64_t t)
{
	const struct journey *j = journey_of(e, x);

	x->until = span_end(e, x, p, t);
	if (next != STEP_END && j->quiet.set)
		x->until =
		    send_before_quiet(e, j, &j->steps[next], t, x->until);
	engine_note(e, WHAT_WAITS, x, t, NULL);
}

static size_t
branch(struct engine *e, const struct instance *x, int64_t t)
{
	const struct step *s = step_of(e, x);
	const struct source *from = e->source;
	const struct journey *j = journey_of(e, x);
	size_t i;
	int chosen;

	if (from->chosen != NULL && from->chosen(from->arg, x, s, &chosen))
		return chosen == NONE ? s->nedges : (size_t)chosen;
	for (i = 0; i < s->nedges; i++) {
		if (s->edges[i].when != NONE &&
		    !from->holds(from->arg, j, s->edges[i].when, t, NULL))
			continue;
		if (s->edges[i].where != NONE &&
		    !from->entry_holds(from->arg, j, s->edges[i].where, x, t))
			continue;
		return i;
	}
	return s->nedges;
}

size_t
step_split(struct engine *e, const struct journey *j, const struct step *s)
{
	double u;
	size_t i = 0;

	if (s->salt != NULL)
		u = engine_unit(e, s->tally, s->salt);
	else {
		e->scratch.len = 0;
		buf_adds(&e->scratch, j->id);
		buf_byte(&e->scratch, '/');
		buf_add(&e->scratch, s->id, strlen(s->id) + 1);
		u = engine_unit(e, s->tally, e->scratch.p);
	}
	while (i + 1 < s->nedges && u >= s->edges[i].weight)
		i++;
	return i;
}

/* A branch of a wait: go, or remember it until the wait ends. */
bool
step_take(struct engine *e, struct instance *x, size_t i, int64_t t)
{
	const struct step *s = step_of(e, x);

	if (s->ranked && i > 0) {
		if (x->best == NONE || (int)i < x->best)
			x->best = (int)i;
		return false;
	}
	if (s->type == STEP_TASK)
		engine_note(e, WHAT_TASK_ENDED, x, t, "done");
	if (move(e, x, i, t))
		walk(e, x, t);
	return true;
}

/* Conditions that a wait's branches hold already, or by now. */
static bool
wait_conditions(struct engine *e, struct instance *x, int64_t t)
{
	const struct step *s = step_of(e, x);
	size_t i;

	for (i = 0; i < s->nedges; i++)
		if (!s->edges[i].on.event &&
		    condition(e, x, s->edges[i].on.when, t) &&
		    step_take(e, x, i, t))
			return true;
	return false;
}

/* Exits by condition and waits by condition; true if it moved. */
bool
step_look(struct engine *e, struct instance *x, int64_t t)
{
	const struct journey *j = journey_of(e, x);
	const struct step *s = step_of(e, x);
	size_t i;

	x->recheck = WHEN_NEVER;
	for (i = 0; j->watches && i < j->nexits; i++)
		if (j->exits[i].timing == EXIT_NOW && !j->exits[i].on.event &&
		    condition(e, x, j->exits[i].on.when, t)) {
			step_exit(e, x, t, (int)i);
			return true;
		}
	if (s->type == STEP_WAIT || s->type == STEP_TASK)
		return wait_conditions(e, x, t);
	return false;
}

/* Steps that take no time: which edge they take; -1: the instance stays. */
static int
pass(struct engine *e, struct instance *x, int64_t t)
{
	const struct step *s = step_of(e, x);
	const struct source *from = e->source;

	switch (s->type) {
	case STEP_BRANCH:
		return (int)branch(e, x, t);
	case STEP_SPLIT:
		return (int)step_split(e, journey_of(e, x), s);
	case STEP_QUOTA:
		if (from->quota(from->arg, x, s, t))
			return (int)s->nedges + 1;
		engine_note(e, WHAT_SKIPPED, x, t, "quota_full");
		return (int)s->nedges;
	case STEP_TAG:
	case STEP_SCORE:
	case STEP_EMIT:
		if (!x->holdout)
			engine_note(e, WHAT_EFFECT, x, t, NULL);
		return (int)s->nedges + 1;
	case STEP_JUMP:
		return (int)s->nedges + 1;
	default:
		return -1;
	}
}

static void
stop(struct engine *e, struct instance *x, int64_t t)
{
	const struct step *s = step_of(e, x);

	switch (s->type) {
	case STEP_MESSAGE:
		x->phase = PHASE_SEND;
		x->until = t;
		break;
	case STEP_DELAY:
		wait_for(e, x, &s->span, s->next, t);
		break;
	case STEP_TASK:
		if (!x->holdout)
			engine_note(e, WHAT_TASK, x, t, NULL);
		wait_for(e, x, &s->span, s->otherwise, t);
		break;
	case STEP_WAIT:
		wait_for(e, x, &s->span, s->otherwise, t);
		break;
	case STEP_EXIT:
		if (s->reason != NULL)
			step_leave(e, x, t, EXITED, s->reason);
		else
			step_leave(e, x, t, DONE, "done");
		break;
	default:
		break;
	}
}

/* From a step just reached to the next that takes time. */
static void
walk(struct engine *e, struct instance *x, int64_t t)
{
	int edge;

	while ((edge = pass(e, x, t)) >= 0)
		if (!move(e, x, (size_t)edge, t))
			return;
	stop(e, x, t);
	if (x->state == AT_STEP && x->phase == PHASE_WAIT &&
	    (journey_of(e, x)->watches || step_of(e, x)->looks))
		step_look(e, x, t);
}

/* FNV-1a: the same on every machine, for the draws of an instance. */
static uint64_t
draw_bytes(uint64_t h, const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		h = (h ^ (unsigned char)p[i]) * 0x100000001b3u;
	return h;
}

void
engine_start(struct engine *e, size_t journey, int64_t t, uint32_t event)
{
	const struct journey *j = &e->all->j[journey];
	const struct entered *past = &e->past[e->npast - 1];
	struct instance *x;

	e->x = mem_grow(e->x, &e->cap, e->n + 1, sizeof *e->x);
	x = &e->x[e->n++];
	memset(x, 0, sizeof *x);
	x->journey = (uint32_t)journey;
	x->seq = e->seq++;
	x->entered = t;
	x->event = event;
	x->key = past->key;
	x->keylen = past->keylen;
	x->draw = draw_bytes(j->hash, engine_key(e, x), x->keylen);
	x->sent = past->sent;
	x->unsent = past->unsent;
	x->rule = NONE;
	x->busy = WHEN_MIN;
	x->deadline = !j->goal.set ? WHEN_MIN
		      : j->goal.within.ms == 0 && j->goal.within.months == 0
			  ? WHEN_NEVER
			  : when_add(t, j->goal.within, 1,
				e->source->zone(e->source->arg, j));
	x->holdout = engine_held_out(e, j);
	tally_count(e->tally, &e->tally->entries[journey]);
	if (x->holdout)
		tally_count(e->tally, &e->tally->holdouts[journey]);
	x->step = STEP_END;
	engine_note(e, WHAT_ENTERED, x, t, x->holdout ? "holdout" : NULL);
	if (arrive(e, x, j->first, t))
		walk(e, x, t);
}

static void
message(struct engine *e, struct instance *x, int64_t t)
{
	const struct step *s = step_of(e, x);
	int rule = NONE;
	struct decided d;

	if (journey_of(e, x)->timings >> EXIT_BEFORE_MESSAGE & 1)
		rule = exit_due(e, x, EXIT_BEFORE_MESSAGE, t);
	/* What passed here in no time was not looked at. */
	if (rule == NONE && journey_of(e, x)->watches)
		rule = exit_due(e, x, EXIT_NOW, t);
	if (rule != NONE) {
		step_exit(e, x, t, rule);
		return;
	}
	d = send_decide(e, x, t);
	if (d.what == DECIDE_LATER) {
		x->until = d.until;
		engine_note(e, WHAT_DELAYED, x, t, d.why);
		if (journey_of(e, x)->watches)
			step_look(e, x, t);
		return;
	}
	if (d.what == DECIDE_SEND)
		send_note(e, x, t);
	if (d.what != DECIDE_SKIP)
		reached(e, x, t);
	else
		e->unsent[x->journey] = (struct unsent){d.why, x->step, t};
	tally_count(e->tally, d.what == DECIDE_SEND ? &e->tally->sent[s->tally]
			      : d.what == DECIDE_SKIP
				  ? &e->tally->skipped[s->tally]
				  : &e->tally->recorded[s->tally]);
	if (e->observer.wants >> WHAT_SENT & 1)
		e->observer.note(e->observer.arg,
		    &(struct note){.what = d.what == DECIDE_SEND ? WHAT_SENT
					   : d.what == DECIDE_SKIP
					       ? WHAT_SKIPPED
					       : WHAT_RECORDED,
			.x = x,
			.j = journey_of(e, x),
			.s = s,
			.t = t,
			.until = x->until,
			.why = d.why,
			.by = d.by});
	if (move(e, x,
		d.what == DECIDE_SKIP && s->has_otherwise ? s->nedges
							  : s->nedges + 1,
		t))
		walk(e, x, t);
}

void
step_timer(struct engine *e, struct instance *x, int64_t t)
{
	const struct step *s = step_of(e, x);

	if (x->recheck <= t && step_look(e, x, t))
		return;
	if (x->until > t)
		return;
	if (x->phase == PHASE_SEND) {
		message(e, x, t);
		return;
	}
	if (s->type == STEP_TASK)
		engine_note(e, WHAT_TASK_ENDED, x, t, "not_done");
	if (move(e, x,
		s->type == STEP_DELAY ? s->nedges + 1
		: x->best != NONE     ? (size_t)x->best
				      : s->nedges,
		t))
		walk(e, x, t);
}
