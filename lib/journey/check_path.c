/*
 * What can be said of the ways through a journey: loops that take no time,
 * the most messages that one person can get in 7 days, and messages that
 * quiet hours put off until their channel's window has closed.
 *
 * Every way from the entry is walked, each step at most twice.  Bounds are on
 * the safe side: a wait lasts as short as it may where messages come closer
 * for it.
 */
#include <stdlib.h>
#include <string.h>

#include "check.h"

#define DAY 86400000LL
#define WEEK (7 * DAY)
#define STEPS 2000000 /* steps walked before a bound is given up */

bool
check_way(const struct step *s, size_t k, int *next)
{
	if (k < s->nedges)
		*next = s->edges[k].next;
	else if (k == s->nedges)
		*next = s->otherwise;
	else if (k == s->nedges + 1)
		*next = s->next;
	else
		return false;
	return true;
}

static bool
waits(const struct step *s)
{
	return s->type == STEP_DELAY || s->type == STEP_WAIT ||
	       s->type == STEP_TASK;
}

/* Is the way taken when the step's time is over, and not before? */
static bool
at_end(const struct step *s, size_t k)
{
	return waits(s) && (k >= s->nedges || (s->ranked && k > 0));
}

/* ---- loops ---- */

enum takes { NO_TIME, MAYBE, TIME };

static enum takes
way_takes(const struct step *s, size_t k)
{
	const struct span *p = &s->span;

	if (s->type == STEP_EXIT)
		return TIME;
	if (!waits(s))
		return NO_TIME;
	if (!at_end(s, k))
		return s->edges[k].on.event ? TIME : MAYBE;
	if (p->forever || p->until != NONE)
		return TIME;
	/* "at 10:00" is over at once where one comes at 10:00. */
	return p->since_entry || (p->d.ms == 0 && p->d.months == 0) ? NO_TIME
								    : TIME;
}

static void
circle(struct check *c, int i, enum takes most)
{
	const struct step *s = &c->j->steps[i];
	int next;
	size_t k;

	c->colour[i] = 1;
	for (k = 0; check_way(s, k, &next); k++) {
		if (next == STEP_END || way_takes(s, k) > most)
			continue;
		if (c->colour[next] == 0)
			circle(c, next, most);
		else if (c->colour[next] == 1 && most == NO_TIME) {
			c->endless = true;
			check_say(c, &s->at, CHECK_ERROR, s,
			    "endless loop: it leads back to where it "
			    "came from without a delay or a wait");
		} else if (c->colour[next] == 1 && !c->endless)
			check_say(c, &s->at, CHECK_WARNING, s,
			    "a loop that is endless as long as a condition "
			    "in it holds: wait for an event, or add a delay");
	}
	c->colour[i] = 2;
}

void
check_loops(struct check *c)
{
	size_t i;
	int most;

	c->endless = false;
	for (most = NO_TIME; most <= MAYBE; most++) {
		memset(c->colour, 0, c->j->nsteps);
		for (i = 0; i < c->j->nsteps; i++)
			if (c->colour[i] == 0)
				circle(c, (int)i, (enum takes)most);
	}
}

/* ---- walks ---- */

/* How far a walk has come, in ms: elapsed sums the least times of the steps;
 * since the entry it is from least to most. */
struct clock {
	int64_t elapsed, least, most;
};

struct message { /* on the walk */
	int step;
	int64_t elapsed, most;
};

struct reached { /* a message step, over all walks */
	bool yes, said;
	int64_t least, most;
	size_t counted; /* when it was last */
};

struct walk {
	struct check *c;
	const struct journey *j;
	int64_t night; /* what quiet hours put off at most */
	struct message *sent;
	size_t nsent, week; /* on the walk; the most in a week */
	size_t counts;
	struct reached *at; /* by step */
	int64_t most;       /* the latest message */
	long steps;
};

static int64_t
later(int64_t t, int64_t by)
{
	return t == WHEN_NEVER || by == WHEN_NEVER ? WHEN_NEVER : t + by;
}

static int64_t
larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static bool
quiet_for(const struct walk *w, int step)
{
	return step != STEP_END && w->j->quiet.set &&
	       w->j->steps[step].type == STEP_MESSAGE &&
	       !w->j->steps[step].ignore_quiet;
}

/* The time that a span lasts, from least to most. */
static void
span_bounds(const struct span *p, int64_t *least, int64_t *most)
{
	*least = p->d.ms + p->d.months * 28 * DAY;
	*most = p->d.ms + p->d.months * 31 * DAY;
	if (p->until != NONE || p->forever) {
		*least = 0;
		*most = WHEN_NEVER;
	} else if (p->calendar) { /* a calendar day can end in a moment */
		*least = larger(*least - DAY, 0);
		*most += DAY;
	}
}

static struct clock
go(const struct walk *w, const struct step *s, size_t k, int next,
    struct clock t)
{
	int64_t least, most;

	if (!waits(s))
		return t;
	span_bounds(&s->span, &least, &most);
	if (!at_end(s, k))
		least = 0;
	else if (quiet_for(w, next) &&
		 w->j->quiet.fallback == FALLBACK_PREVIOUS)
		least = larger(least - w->night, 0);
	if (!s->span.since_entry) {
		t.elapsed += least;
		t.least += least;
		t.most = later(t.most, most);
		return t;
	}
	if (t.most != WHEN_NEVER)
		t.elapsed += larger(least - t.most, 0);
	t.least = larger(t.least, least);
	t.most = larger(t.most, most);
	return t;
}

/* Quiet hours that put off until the window has closed.  `waited`: a wait
 * stood right before it, which "previous" ends earlier. */
static void
window(struct walk *w, int i, const struct clock *t, bool waited)
{
	const struct step *s = &w->j->steps[i];
	const struct channel *ch = &w->j->channels[s->channel];
	int64_t within = ch->within.ms + ch->within.months * 28 * DAY;

	if (!ch->has_window || !quiet_for(w, i) || w->at[i].said ||
	    w->j->quiet.fallback == FALLBACK_SKIP ||
	    (waited && w->j->quiet.fallback == FALLBACK_PREVIOUS) ||
	    t->least > within || t->least + w->night <= within)
		return;
	w->at[i].said = true;
	check_say(w->c, &s->at, CHECK_WARNING, s,
	    "quiet hours can put this message off until its channel's window "
	    "has closed: it would be lost%s",
	    w->j->quiet.fallback == FALLBACK_NEXT && waited
		? " (fallback \"previous\" sends it before)"
		: "");
}

/* The messages less than a week before this one, each step once. */
static size_t
week_before(struct walk *w, int i, const struct clock *t)
{
	const struct message *m;
	size_t n = 1;

	w->at[i].counted = ++w->counts;
	for (m = w->sent; m < w->sent + w->nsent; m++) {
		if (t->elapsed - m->elapsed >= WEEK ||
		    (m->most != WHEN_NEVER && t->least - m->most >= WEEK) ||
		    w->at[m->step].counted == w->counts)
			continue;
		w->at[m->step].counted = w->counts;
		n++;
	}
	return n;
}

/* A message is sent once an instance.  `again`: it was skipped the last time,
 * and a loop can come by any number of times. */
static void
count(struct walk *w, int i, struct clock *t, bool again)
{
	struct reached *at = &w->at[i];
	size_t n = week_before(w, i, t);

	if (quiet_for(w, i) && w->j->quiet.fallback != FALLBACK_SKIP)
		t->most = later(t->most, w->night);
	if (n > w->week)
		w->week = n;
	w->sent[w->nsent++] = (struct message){i, t->elapsed, t->most};
	if (!at->yes || t->least < at->least)
		at->least = t->least;
	if (!at->yes || t->most > at->most)
		at->most = t->most;
	if (again)
		at->most = WHEN_NEVER;
	w->most = larger(w->most, at->most);
	at->yes = true;
}

static void
walk(struct walk *w, int i, struct clock t, bool waited)
{
	const struct step *s;
	bool sends;
	int next;
	size_t k;

	if (i == STEP_END || w->steps++ > STEPS)
		return;
	s = &w->j->steps[i];
	sends = s->type == STEP_MESSAGE;
	if (sends) {
		window(w, i, &t, waited);
		count(w, i, &t, w->c->colour[i] > 0);
	}
	if (w->c->colour[i] <= 1) {
		w->c->colour[i]++;
		for (k = 0; check_way(s, k, &next); k++)
			if (next != STEP_END)
				walk(w, next, go(w, s, k, next, t),
				    at_end(s, k));
		w->c->colour[i]--;
	}
	w->nsent -= sends;
}

/* ---- many entries ---- */

static int64_t
times_up(int64_t a, int64_t b)
{
	return a == INT64_MAX || b == INT64_MAX ? INT64_MAX : a * b;
}

/* At most n entries in any such time; INT64_MAX: no bound; 0: one in all. */
static int64_t
entries(const struct entry *e, int64_t *per)
{
	unsigned bits;
	int64_t n = 0;

	*per = DAY;
	for (bits = e->weekdays; bits != 0; bits &= bits - 1)
		n++;
	if (e->reentry == REENTRY_NEVER)
		return e->key == NONE ? 0 : INT64_MAX;
	if (e->kind == ENTRY_SCHEDULE) {
		*per = n > 0 ? WEEK : e->every == MONTHLY ? 28 * DAY : DAY;
		return e->every == ONCE ? 0 : n > 0 ? n : 1;
	}
	if (e->kind == ENTRY_DATE) {
		*per = 364 * DAY;
		return e->yearly;
	}
	*per = e->after.ms + e->after.months * 28 * DAY;
	return e->reentry == REENTRY_AFTER && e->key == NONE && *per > 0
		   ? 1
		   : INT64_MAX;
}

/* Entries that can have something between them in a week, if it happens up
 * to `late` after they began. */
static int64_t
in_week(const struct entry *e, int64_t late)
{
	int64_t per, n = entries(e, &per);

	if (n == 0)
		return 1;
	if (n == INT64_MAX || (late == WHEN_NEVER && e->concurrent))
		return INT64_MAX;
	if (late == WHEN_NEVER) /* the one that is on its way, too */
		return n * ((WEEK + per - 1) / per) + 1;
	return n * ((WEEK + late + per - 1) / per);
}

/* By the entries, and by each message for itself. */
static int64_t
bound(const struct walk *w)
{
	const struct entry *e = &w->j->entry;
	int64_t all = 0, one, least;
	size_t i;

	if (w->week == 0)
		return 0;
	least = times_up(in_week(e, w->most), (int64_t)w->week);
	for (i = 0; i < w->j->nsteps; i++) {
		if (!w->at[i].yes)
			continue;
		one = in_week(e, w->at[i].most == WHEN_NEVER
				     ? WHEN_NEVER
				     : w->at[i].most - w->at[i].least);
		all = one == INT64_MAX || all == INT64_MAX ? INT64_MAX
							   : all + one;
	}
	return all < least ? all : least;
}

/* How many a week a cap lets through; INT64_MAX: any number. */
static int64_t
cap_week(const struct cap *cap)
{
	int64_t per = cap->per.ms + cap->per.months * 28 * DAY;

	if (cap->max == 0)
		return 0;
	if (per <= 0)
		return INT64_MAX;
	/* Seven times 24 hours touch eight calendar days. */
	return cap->max * ((WEEK + per - 1) / per + cap->calendar);
}

/* A cap on one channel bounds a journey that sends on no other. */
static bool
caps_all(const struct walk *w, const struct cap *cap)
{
	size_t i;

	for (i = 0; i < w->j->nsteps; i++)
		if (w->at[i].yes && cap->channel != NONE &&
		    w->j->channels[w->j->steps[i].channel].number !=
			cap->channel)
			return false;
	return true;
}

static int64_t
capped_week(const struct walk *w)
{
	int64_t least = INT64_MAX;
	const struct cap *cap;

	for (cap = w->j->caps; cap < w->j->caps + w->j->ncaps; cap++)
		if (caps_all(w, cap) && cap_week(cap) < least)
			least = cap_week(cap);
	return least;
}

/* Caps on all channels and over the same time bound all journeys together: the
 * last message found no more than its own allows. */
static void
share_cap(const struct walk *w)
{
	const struct cap *cap, *mine = NULL;
	struct check *c = w->c;

	for (cap = w->j->caps; cap < w->j->caps + w->j->ncaps; cap++)
		if (cap->channel == NONE &&
		    (mine == NULL || cap_week(cap) < cap_week(mine)))
			mine = cap;
	if (mine == NULL || (mine->calendar && w->j->recipient))
		c->apart = true;
	else if (c->cap == NULL) {
		c->cap = mine;
		c->cap_zone = w->j->zone;
	} else if (mine->per.ms != c->cap->per.ms ||
		   mine->per.months != c->cap->per.months ||
		   mine->calendar != c->cap->calendar ||
		   (mine->calendar && w->j->zone != c->cap_zone))
		c->apart = true;
	else if (mine->max > c->cap->max)
		c->cap = mine;
}

static void
say_pressure(const struct walk *w)
{
	int64_t n = bound(w), cap = capped_week(w), least;
	struct buf *out = w->c->out;

	if (w->steps > STEPS)
		n = INT64_MAX;
	least = n < cap ? n : cap;
	w->c->most = least == INT64_MAX || w->c->most == INT64_MAX
			 ? INT64_MAX
			 : w->c->most + least;
	if (w->week > 0)
		share_cap(w);
	buf_addf(out, "%s: at most ", w->j->id);
	if (w->steps > STEPS && cap == INT64_MAX)
		buf_adds(out, "an unknown number of");
	else if (least == INT64_MAX)
		buf_addf(out,
		    "%zu messages an entry, any number of entries, so no "
		    "bound on the",
		    w->week);
	else
		buf_addf(out, "%jd", (intmax_t)least);
	buf_addf(out, " message%s to one person in 7 days%s\n",
	    least != 1 ? "s" : "", cap < n ? " (by the frequency cap)" : "");
}

void
check_total(struct check *c)
{
	int64_t least = c->most;

	if (c->cap != NULL && !c->apart && cap_week(c->cap) < least)
		least = cap_week(c->cap);
	if (least == INT64_MAX)
		buf_adds(c->out, "together: no bound on the messages");
	else
		buf_addf(c->out, "together: at most %jd message%s",
		    (intmax_t)least, least != 1 ? "s" : "");
	buf_addf(c->out, " to one person in 7 days%s\n",
	    least < c->most ? " (by the frequency caps)" : "");
}

void
check_walk(struct check *c)
{
	struct walk w = {.c = c, .j = c->j};

	if (c->j->quiet.set)
		w.night =
		    (c->j->quiet.to - c->j->quiet.from + 1440) % 1440 * 60000LL;
	w.sent = mem_alloc(3 * c->j->nsteps, sizeof *w.sent);
	w.at = mem_alloc(c->j->nsteps, sizeof *w.at);
	memset(c->colour, 0, c->j->nsteps);
	walk(&w, c->j->first, (struct clock){0}, false);
	say_pressure(&w);
	free(w.sent);
	free(w.at);
}
