/* What can be said of a journey without any data. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

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

static void
reach(struct check *c, int i)
{
	int next;
	size_t k;

	if (i == STEP_END || c->seen[i])
		return;
	c->seen[i] = true;
	for (k = 0; check_way(&c->j->steps[i], k, &next); k++)
		reach(c, next);
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
	struct place at = place_in(&c->j->expr_at[r->expr], col - 1);
	const char *where = strstr(text, ": false where ");

	/* Every track event has a name, every event a time. */
	if (where != NULL &&
	    (strcmp(where, ": false where event is missing") == 0 ||
		strcmp(where, ": false where timestamp is missing") == 0))
		return;
	check_say(c, &at, CHECK_WARNING, NULL, "%s", text);
}

static void
no_address(struct check *c, const struct step *s)
{
	const struct journey *j = c->j;
	const struct channel *ch = &j->channels[s->channel];
	const char **known, *near;
	size_t i, n = 0;

	known = mem_alloc(j->nchannels + 1, sizeof *known);
	for (i = 0; i < j->nchannels; i++)
		if (j->channels[i].declared)
			known[n++] = j->channels[i].name;
	near = ch->declared ? NULL : err_nearest(ch->name, known);
	if (ch->declared || n == 0)
		check_say(c, &s->at, CHECK_WARNING, s,
		    "its channel names no \"address\": messages will have "
		    "no receiver but the profile_id");
	else
		check_say(c, &s->at, CHECK_WARNING, s,
		    "\"channels\" says nothing of %s%s%s%s: no address, "
		    "window or consent",
		    err_quote(ch->name, strlen(ch->name)),
		    near != NULL ? " (did you mean '" : "",
		    near != NULL ? near : "", near != NULL ? "'?)" : "");
	free(known);
}

/* Where clocks are put forward and back: New Year and July of 2022 tell. */
static bool
clock_changes(const struct journey *j)
{
	return j->zone != NULL &&
	       (j->recipient || zone_offset(j->zone, 1640995200000) !=
				    zone_offset(j->zone, 1656633600000));
}

/* Of so many days: are they local ones? */
static void
span_remark(struct check *c, const struct step *s)
{
	if (s->span.said || s->span.d.ms == 0 || !clock_changes(c->j))
		return;
	check_say(c, &s->at, CHECK_NOTE, s,
	    "days of 24 hours, whatever the clock does; for local days say "
	    "\"window\": \"calendar\", else \"rolling\"");
}

static void
step_remarks(struct check *c, const struct step *s)
{
	size_t i;

	span_remark(c, s);
	check_branches(c, s);
	if (s->type == STEP_MESSAGE &&
	    c->j->channels[s->channel].address == NULL)
		no_address(c, s);
	for (i = 0; s->type == STEP_SPLIT && i < s->nedges; i++)
		if (s->edges[i].weight == (i > 0 ? s->edges[i - 1].weight : 0))
			check_say(c, &s->at, CHECK_WARNING, s,
			    "nobody goes to '%s': its weight is 0",
			    s->edges[i].name);
}

/* A cap on a channel that the journey sends nothing on never counts. */
static void
cap_remarks(struct check *c)
{
	const struct journey *j = c->j;
	const struct cap *cap;
	size_t i;

	for (cap = j->caps; cap < j->caps + j->ncaps; cap++) {
		for (i = 0; i < j->nsteps && cap->channel != NONE; i++)
			if (j->steps[i].type == STEP_MESSAGE &&
			    j->channels[j->steps[i].channel].number ==
				cap->channel)
				break;
		if (i == j->nsteps)
			check_say(c, &cap->at, CHECK_WARNING, NULL,
			    "no message of the journey goes out on this cap's "
			    "channel: it caps nothing");
	}
}

static bool
takes(const struct trigger *on, int kind)
{
	int i;

	for (i = 0; on->event && i < on->nkinds; i++)
		if (on->kinds[i] == kind)
			return true;
	return on->event && on->nkinds == 0;
}

/* Does the journey wait for such an event, or ask for it by its name? */
static bool
awaits(const struct journey *j, const struct response *r)
{
	const char *const *name;
	size_t i, k;
	int n;

	if ((j->entry.kind == ENTRY_EVENT && takes(&j->entry.on, r->kind)) ||
	    (j->goal.set && takes(&j->goal.on, r->kind)))
		return true;
	for (i = 0; i < j->nexits; i++)
		if (takes(&j->exits[i].on, r->kind))
			return true;
	for (i = 0; i < j->nchannels; i++)
		if (j->channels[i].has_window &&
		    takes(&j->channels[i].since, r->kind))
			return true;
	for (i = 0; i < j->nsteps; i++)
		for (k = 0; k < j->steps[i].nedges; k++)
			if (takes(&j->steps[i].edges[k].on, r->kind))
				return true;
	for (n = 0; n < j->nexprs; n++)
		for (name = expr_event_names(j->set, n); *name != NULL; name++)
			if (strcmp(*name, r->event) == 0)
				return true;
	return false;
}

static void
response_remarks(struct check *c)
{
	const struct journeys *all = c->all;
	const struct response *r;
	size_t i;

	for (r = all->responses; r < all->responses + all->nresponses; r++) {
		if (r->branch != NONE || &all->j[r->journey] != c->j)
			continue;
		for (i = 0; i < all->n && !awaits(&all->j[i], r); i++)
			;
		if (i == all->n)
			check_say(c, &r->at, CHECK_WARNING, NULL,
			    "no journey waits for the event '%s' of this "
			    "reaction, or asks for it: it changes nothing",
			    r->event);
	}
}

static void
check_one(struct check *c)
{
	const struct journey *j = c->j;
	struct remarks r = {.check = c};
	size_t i;

	c->seen = mem_alloc(j->nsteps, sizeof *c->seen);
	c->colour = mem_alloc(j->nsteps, sizeof *c->colour);
	reach(c, j->first);
	check_loops(c);
	for (i = 0; i < j->nsteps; i++) {
		if (!c->seen[i])
			check_say(c, &j->steps[i].at, CHECK_ERROR, &j->steps[i],
			    "dead node: nothing leads to it");
		step_remarks(c, &j->steps[i]);
	}
	cap_remarks(c);
	response_remarks(c);
	for (r.expr = 0; r.expr < j->nexprs; r.expr++)
		expr_check(j->set, r.expr, remark, &r);
	check_walk(c);
	free(c->seen);
	free(c->colour);
}

bool
journeys_check(const struct journeys *all, struct buf *out)
{
	struct check c = {.all = all, .out = out, .good = true};

	for (c.j = all->j; c.j < all->j + all->n; c.j++)
		check_one(&c);
	if (all->n > 1)
		check_total(&c);
	return c.good;
}
