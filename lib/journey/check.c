/* What can be said of a journey without any data. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

#define WEEK (7 * 86400000LL)
#define PATHS 2000000 /* steps tried before the bound is given up */

void
check_say(struct check *c, const struct place *at, enum gravity gravity,
    const struct step *s, const char *fmt, ...)
{
	static const char *const words[] = {"note", "warning", "error"};
	va_list ap;

	if (gravity == CHECK_ERROR)
		c->good = false;
	buf_addf(c->out, "%s:%ju:%ju: %s: ", at->file, (uintmax_t)at->line,
	    (uintmax_t)at->col, words[gravity]);
	if (s != NULL)
		buf_addf(c->out, "%s: ", s->id);
	va_start(ap, fmt);
	buf_addv(c->out, fmt, ap);
	va_end(ap);
	buf_byte(c->out, '\n');
}

static bool
takes_no_time(const struct step *s)
{
	return s->type != STEP_DELAY && s->type != STEP_WAIT &&
	       s->type != STEP_TASK && s->type != STEP_EXIT;
}

/* The k-th way out of a step, or STEP_END; false past the last. */
static bool
way_out(const struct step *s, size_t k, int *next)
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

static void
reach(struct check *c, int i)
{
	int next;
	size_t k;

	if (i == STEP_END || c->seen[i])
		return;
	c->seen[i] = true;
	for (k = 0; way_out(&c->j->steps[i], k, &next); k++)
		reach(c, next);
}

/* A circle of steps that take no time would never end. */
static void
circle(struct check *c, int i)
{
	const struct step *s = &c->j->steps[i];
	int next;
	size_t k;

	c->colour[i] = 1;
	for (k = 0; takes_no_time(s) && way_out(s, k, &next); k++) {
		if (next == STEP_END)
			continue;
		if (c->colour[next] == 1)
			check_say(c, &s->at, CHECK_ERROR, s,
			    "endless loop: it leads back to where it "
			    "came from without a delay or a wait");
		else if (c->colour[next] == 0)
			circle(c, next);
	}
	c->colour[i] = 2;
}

static int64_t
span_least(const struct span *p)
{
	if (p->until != NONE || p->forever)
		return 0;
	if (p->calendar) /* a calendar day can end in a moment */
		return p->d.ms >= 86400000 ? p->d.ms - 86400000 : 0;
	return p->d.ms + p->d.months * 28 * 86400000LL;
}

/* Least time that the k-th way out takes. */
static int64_t
way_time(const struct step *s, size_t k)
{
	if (s->type == STEP_DELAY ||
	    ((s->type == STEP_WAIT || s->type == STEP_TASK) &&
		(k >= s->nedges || s->ranked)))
		return span_least(&s->span);
	return 0;
}

/* Bellman-Ford: a journey has few steps. */
static void
least_times(struct check *c)
{
	const struct journey *j = c->j;
	size_t round, i, k;
	int next;
	int64_t t;

	for (i = 0; i < j->nsteps; i++)
		c->least[i] = WHEN_NEVER;
	c->least[j->first] = 0;
	for (round = 0; round < j->nsteps; round++)
		for (i = 0; i < j->nsteps; i++)
			for (k = 0; c->least[i] != WHEN_NEVER &&
				    way_out(&j->steps[i], k, &next);
			     k++) {
				t = j->steps[i].span.since_entry
					? way_time(&j->steps[i], k)
					: c->least[i] +
					      way_time(&j->steps[i], k);
				if (next != STEP_END && t < c->least[next])
					c->least[next] = t;
			}
}

/* The most messages on a path of less than a week; each node once. */
static void
messages(struct check *c, int i, int64_t t, int n)
{
	const struct step *s;
	bool sends;
	int next;
	size_t k;

	if (i == STEP_END || t >= WEEK || c->tried++ > PATHS)
		return;
	s = &c->j->steps[i];
	sends = s->type == STEP_MESSAGE && c->colour[i] == 0;
	n += sends;
	if (n > c->most)
		c->most = n;
	if (c->colour[i] > 1)
		return;
	c->colour[i]++;
	for (k = 0; way_out(s, k, &next); k++)
		messages(c, next,
		    s->span.since_entry && way_time(s, k) > t
			? way_time(s, k)
			: t + (s->span.since_entry ? 0 : way_time(s, k)),
		    n);
	c->colour[i]--;
}

static int64_t
entries_in_week(const struct journey *j)
{
	const struct entry *e = &j->entry;
	unsigned bits;
	int64_t n = 0, after;

	if (e->kind == ENTRY_SCHEDULE) {
		for (bits = e->weekdays; bits != 0; bits &= bits - 1)
			n++;
		return e->every == ONCE || e->every == MONTHLY ? 1
		       : n > 0                                 ? n
							       : 7;
	}
	if (e->kind == ENTRY_DATE ||
	    (e->reentry == REENTRY_NEVER && e->key == NONE))
		return 1;
	after = e->after.ms + e->after.months * 28 * 86400000LL;
	if (e->reentry == REENTRY_AFTER && e->key == NONE && after > 0)
		return (WEEK + after - 1) / after;
	return INT64_MAX;
}

static int64_t
capped_week(const struct journey *j)
{
	int64_t least = INT64_MAX, n, per;
	size_t i;

	for (i = 0; i < j->ncaps; i++) {
		if (j->caps[i].channel != NONE)
			continue;
		per =
		    j->caps[i].per.ms + j->caps[i].per.months * 28 * 86400000LL;
		/* Seven times 24 hours touch eight calendar days. */
		n = per <= 0 ? INT64_MAX
			     : (WEEK + per - 1) / per + j->caps[i].calendar;
		if (n < INT64_MAX && j->caps[i].max * n < least)
			least = j->caps[i].max * n;
	}
	return least;
}

static void
pressure(struct check *c)
{
	int64_t entries = entries_in_week(c->j), cap = capped_week(c->j), n,
		least;
	bool many = true;

	memset(c->colour, 0, c->j->nsteps);
	c->most = 0;
	c->tried = 0;
	messages(c, c->j->first, 0, 0);
	n = entries == INT64_MAX ? INT64_MAX : entries * c->most;
	if (c->most == 0)
		n = 0;
	buf_addf(c->out, "%s: at most ", c->j->id);
	if (c->tried > PATHS)
		buf_adds(c->out, "an unknown number of");
	else if (n == INT64_MAX && cap == INT64_MAX)
		buf_addf(c->out,
		    "%d messages an entry, any number of entries, so no "
		    "bound on the",
		    c->most);
	else {
		least = n < cap ? n : cap;
		many = least != 1;
		buf_addf(c->out, "%jd", (intmax_t)least);
	}
	buf_addf(c->out, " message%s to one person in 7 days%s\n",
	    many ? "s" : "", cap < n ? " (by the frequency cap)" : "");
}

static void
quiet_windows(struct check *c)
{
	const struct journey *j = c->j;
	const struct channel *ch;
	const struct step *s;
	int64_t length, within;
	size_t i;

	if (!j->quiet.set)
		return;
	length = (j->quiet.to - j->quiet.from + 1440) % 1440 * 60000LL;
	for (i = 0; i < j->nsteps; i++) {
		s = &j->steps[i];
		if (s->type != STEP_MESSAGE || s->ignore_quiet ||
		    c->least[i] == WHEN_NEVER)
			continue;
		ch = &j->channels[s->channel];
		within = ch->within.ms + ch->within.months * 28 * 86400000LL;
		if (ch->has_window && j->quiet.fallback == FALLBACK_NEXT &&
		    c->least[i] + length > within)
			check_say(c, &s->at, CHECK_WARNING, s,
			    "quiet hours can put this message off until its "
			    "channel's window has closed: it would be lost "
			    "(fallback \"previous\" sends it before)");
	}
}

struct remarks {
	struct check *check;
	int expr;
};

static void
remark(void *arg, size_t col, const char *text)
{
	const struct remarks *r = arg;
	struct check *c = r->check;
	struct place at = c->j->expr_at[r->expr];
	const char *where = strstr(text, ": false where ");

	/* Every track event has a name, every event a time. */
	if (where != NULL &&
	    (strcmp(where, ": false where event is missing") == 0 ||
		strcmp(where, ": false where timestamp is missing") == 0))
		return;
	at.col += col - 1;
	check_say(c, &at, CHECK_WARNING, NULL, "%s", text);
}

static void
step_remarks(struct check *c, const struct step *s)
{
	check_branches(c, s);
	if (s->type == STEP_MESSAGE &&
	    c->j->channels[s->channel].address == NULL)
		check_say(c, &s->at, CHECK_WARNING, s,
		    "its channel names no \"address\": messages will have "
		    "no receiver but the profile_id");
}

static void
check_one(struct check *c)
{
	const struct journey *j = c->j;
	struct remarks r = {.check = c};
	size_t i;

	c->seen = mem_alloc(j->nsteps, sizeof *c->seen);
	c->colour = mem_alloc(j->nsteps, sizeof *c->colour);
	c->least = mem_alloc(j->nsteps, sizeof *c->least);
	reach(c, j->first);
	for (i = 0; i < j->nsteps; i++) {
		if (!c->seen[i])
			check_say(c, &j->steps[i].at, CHECK_ERROR, &j->steps[i],
			    "dead node: nothing leads to it");
		if (c->colour[i] == 0)
			circle(c, (int)i);
		step_remarks(c, &j->steps[i]);
	}
	least_times(c);
	quiet_windows(c);
	for (r.expr = 0; r.expr < j->nexprs; r.expr++)
		expr_check(j->set, r.expr, remark, &r);
	pressure(c);
	free(c->seen);
	free(c->colour);
	free(c->least);
}

bool
journeys_check(const struct journeys *all, struct buf *out)
{
	struct check c = {.all = all, .out = out, .good = true};

	for (c.j = all->j; c.j < all->j + all->n; c.j++)
		check_one(&c);
	return c.good;
}
