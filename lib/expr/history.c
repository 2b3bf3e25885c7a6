#include <string.h>

#include "room.h"

#define MERGED 8 /* so many names of events are merged, more are tried */

/* ---- times ---- */

static void
ready_times(struct expr_run *r)
{
	size_t n = r->line->neach, i;

	if (r->time_line == r->line_stamp)
		return;
	r->time_line = r->line_stamp;
	r->time = mem_grow(r->time, &r->timecap, n, sizeof *r->time);
	for (i = 0; i < n; i++)
		r->time[i] = INT64_MIN;
}

static bool
parse_time(struct expr_run *r, size_t event, int64_t *t)
{
	struct js_val js = js_each(r->line, event, r->set->time_column);

	return js.type == JS_STRING && !js.escaped &&
	       when_parse(js.p + 1, js.len - 2, t);
}

int64_t
event_time(struct expr_run *r, size_t event)
{
	ready_times(r);
	if (r->time[event] == INT64_MIN &&
	    !parse_time(r, event, &r->time[event]))
		r->time[event] =
		    event == 0 ? WHEN_MIN : event_time(r, event - 1);
	return r->time[event];
}

/* First of [from, to) events at or after t. */
static size_t
first_since(struct expr_run *r, size_t from, size_t to, int64_t t)
{
	size_t mid;

	while (from < to) {
		mid = from + (to - from) / 2;
		if (event_time(r, mid) < t)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}

size_t
events_seen(struct expr_run *r)
{
	size_t n = r->line->neach, low = 0;

	if (r->seen_stamp == r->time_stamp)
		return r->seen;
	r->seen_stamp = r->time_stamp;
	if (n == 0 || event_time(r, n - 1) <= r->now)
		r->seen = n;
	else
		r->seen = first_since(r, low, n, r->now + 1);
	return r->seen;
}

/* ---- which events match ---- */

static void
append(struct list *l, size_t event)
{
	if (l->n == l->cap)
		l->at = mem_grow(l->at, &l->cap, l->n + 1, sizeof *l->at);
	l->at[l->n++] = (uint32_t)event;
}

static uint32_t
name_of(struct expr_run *r, size_t event)
{
	struct js_val js = js_each(r->line, event, r->set->name_column);
	size_t n;
	const char *p;

	if (js.type != JS_STRING)
		return INTERN_NONE;
	if (js.escaped) {
		r->scratch.len = 0;
		p = js_text(js, &r->scratch, &n);
		return intern_find(r->set->names, p, n);
	}
	n = js.len - 2;
	if ((r->set->name_lengths >> (n & 63) & 1) == 0)
		return INTERN_NONE;
	return intern_find(r->set->names, js.p + 1, n);
}

static struct list *
posting(struct expr_run *r, uint32_t name)
{
	size_t i, n = r->line->neach;
	uint32_t id;

	if (r->posting_stamp != r->line_stamp) {
		r->posting_stamp = r->line_stamp;
		for (i = 0; i < r->npostings; i++) {
			r->posting[i].n = 0;
			r->posting[i].stamp = r->line_stamp;
		}
		for (i = 0; i < n; i++) {
			id = name_of(r, i);
			if (id < r->npostings)
				append(&r->posting[id], i);
		}
	}
	return &r->posting[name];
}

static void
append_if(
    struct expr_run *r, struct list *l, const struct code *rest, size_t event)
{
	r->event = event;
	if (rest == NULL || eval_truth(r, rest))
		append(l, event);
}

/* Events of several names, in the order of the line. */
static void
merge_names(
    struct expr_run *r, struct list *l, const struct code *t, size_t end)
{
	struct list *from;
	size_t pos[MERGED] = {0}, event;
	int i, best;

	for (;;) {
		best = -1;
		event = end;
		for (i = 0; i < t->filter->nnames; i++) {
			from = posting(r, t->filter->names[i]);
			if (pos[i] < from->n && from->at[pos[i]] < event) {
				event = from->at[pos[i]];
				best = i;
			}
		}
		if (best < 0)
			return;
		pos[best]++;
		append_if(r, l, t->filter->rest, event);
	}
}

static void
filter(struct expr_run *r, struct list *l, const struct code *t, size_t end)
{
	const struct list *from;
	size_t i;

	if (t->filter->nnames == 1) {
		from = posting(r, t->filter->names[0]);
		for (i = 0; i < from->n && from->at[i] < end; i++)
			append_if(r, l, t->filter->rest, from->at[i]);
	} else if (t->filter->nnames > 1 && t->filter->nnames <= MERGED) {
		merge_names(r, l, t, end);
	} else {
		for (i = 0; i < end; i++)
			append_if(r, l, t->sub[0], i);
	}
}

static void
series(struct expr_run *r, struct list *l, const struct code *t, size_t end)
{
	const struct list *from = list_of(r, t->list_of);
	struct val v;
	size_t i;

	for (i = 0; i < from->n && from->at[i] < end; i++) {
		r->event = from->at[i];
		eval(r, t->sub[1], &v);
		if (v.type == EXPR_NULL)
			continue;
		if (v.slope != 0)
			next_at(r, r->now + 1);
		v.slope = 0;
		if (l->n == l->valcap)
			l->val = mem_grow(
			    l->val, &l->valcap, l->n + 1, sizeof *l->val);
		l->val[l->n] = v;
		append(l, from->at[i]);
	}
	if (from->next < r->next)
		r->next = from->next;
}

static void
fill(struct expr_run *r, struct list *l, const struct code *t)
{
	size_t event = r->event;
	int64_t before = r->next;
	size_t end = t->on & ON_NOW ? events_seen(r) : r->line->neach;

	l->n = 0;
	r->next = WHEN_NEVER;
	if (t->op == OP_SERIES)
		series(r, l, t, end);
	else
		filter(r, l, t, end);
	l->next = r->next;
	r->next = before;
	r->event = event;
}

const struct list *
list_of(struct expr_run *r, const struct code *t)
{
	uint64_t stamp = t->on & ON_NOW ? r->time_stamp : r->line_stamp;
	struct list *l;

	if (t->op == OP_FILTER && t->filter->posting)
		return posting(r, t->filter->names[0]);
	l = &r->list[t->id];
	if (l->stamp != stamp) {
		fill(r, l, t);
		l->stamp = stamp;
	}
	return l;
}

/* ---- windows ---- */

/* First instant of the local week, month or year that holds t, moved by n of
 * them. */
static int64_t
unit_start(int64_t t, const struct zone *zone, int unit, int64_t n)
{
	struct civil c;
	int64_t month;

	if (unit == UNIT_DAY)
		return when_midnight(t, zone, n);
	when_civil(t, zone, &c);
	if (unit == UNIT_WEEK)
		return when_midnight(t, zone, 7 * n - (c.weekday - 1));
	if (unit == UNIT_YEAR)
		n *= 12;
	month = unit == UNIT_YEAR ? 0 : c.month - 1;
	month += c.year * (int64_t)12 + n;
	if (month < 12 || month >= 9999 * 12)
		return n < 0 ? WHEN_MIN : WHEN_NEVER;
	c = (struct civil){.year = (int)(month / 12),
	    .month = (int)(month % 12) + 1,
	    .day = 1};
	return when_of_civil(&c, zone, NULL);
}

static void
bound(struct expr_run *r, struct bounds *b, const struct code *t, int64_t *at,
    int8_t *slope)
{
	struct val v;

	if (t == NULL)
		return;
	eval(r, t, &v);
	if (v.type == EXPR_TIME)
		*slope = v.slope;
	if (!val_instant(&v, r->zone, at))
		b->empty = true;
}

static void
set_bounds(struct expr_run *r, struct bounds *b, const struct code *w)
{
	b->from = INT64_MIN;
	b->to = INT64_MAX;
	b->from_slope = b->to_slope = 0;
	b->empty = false;
	switch (w->kind) {
	case WINDOW_LAST:
		b->from = when_add(r->now, w->span->span, -1, r->zone);
		b->from_slope = 1;
		break;
	case WINDOW_CALENDAR:
		if (r->zone == NULL)
			b->empty = true;
		else
			b->from =
			    unit_start(r->now, r->zone, w->unit, 1 - w->count);
		break;
	default:
		bound(r, b, w->sub[0], &b->from, &b->from_slope);
		bound(r, b, w->sub[1], &b->to, &b->to_slope);
	}
}

const struct bounds *
bounds_of(struct expr_run *r, const struct code *w)
{
	struct bounds *b = &r->window[w->id];
	int64_t before = r->next;
	size_t seen;

	if (b->stamp == r->time_stamp)
		return b;
	r->next = WHEN_NEVER;
	set_bounds(r, b, w);
	b->next = r->next;
	r->next = before;
	seen = events_seen(r);
	b->lo = b->from == INT64_MIN ? 0 : first_since(r, 0, seen, b->from);
	b->hi = b->to == INT64_MAX ? seen : first_since(r, 0, seen, b->to);
	if (b->empty || b->hi < b->lo)
		b->hi = b->lo;
	b->stamp = r->time_stamp;
	return b;
}

static size_t
position(const struct list *l, size_t event)
{
	size_t from = 0, to = l->n, mid;

	if (to > 0 && l->at[to - 1] < event)
		return to;
	while (from < to) {
		mid = from + (to - from) / 2;
		if (l->at[mid] < event)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}

void
list_range(struct expr_run *r, const struct list *l, const struct code *w,
    size_t *a, size_t *b)
{
	const struct bounds *bounds;

	if (w == NULL) {
		*a = 0;
		*b = position(l, events_seen(r));
		return;
	}
	bounds = bounds_of(r, w);
	*a = position(l, bounds->lo);
	*b = position(l, bounds->hi);
}

/* ---- when the clock moves a window ---- */

/*
 * now - 3mo goes back at some midnights (March 30 and 31 both begin on
 * February 28) and jumps where an offset changes.  It is never more than
 * four days off a straight line; near an event, go by days, and by minutes
 * where an offset changes.
 */
static void
months_next(struct expr_run *r, const struct bounds *b, const struct list *l)
{
	struct val now = val_time(r->now), from = now;
	size_t i = first_since(r, 0, events_seen(r), b->from - 4 * DAY_MS);
	size_t pos = position(l, i);
	int64_t t;

	now.slope = 1;
	if (pos == l->n || l->at[pos] >= events_seen(r))
		return;
	t = event_time(r, l->at[pos]) - b->from;
	if (t > 5 * DAY_MS) {
		next_at(r, r->now + t - 4 * DAY_MS);
		return;
	}
	from.time = b->from;
	next_by_months(r, &now, &from);
	pos = position(l, b->lo);
	if (pos < l->n && l->at[pos] < events_seen(r))
		next_at(r, r->now + event_time(r, l->at[pos]) - b->from + 1);
}

static void
leaves(
    struct expr_run *r, const struct code *w, const struct bounds *b, int64_t t)
{
	if (w->kind == WINDOW_CALENDAR)
		next_at(r, unit_start(t, r->zone, w->unit, w->count));
	else if (b->from_slope > 0 && b->from_slope <= 100)
		next_at(r, r->now + (t - b->from) / b->from_slope + 1);
}

void
window_next(struct expr_run *r, const struct code *w, const struct list *l,
    size_t leave, size_t enter)
{
	const struct bounds *b;

	if (w == NULL || !r->wanted)
		return;
	b = bounds_of(r, w);
	if (b->next < r->next)
		r->next = b->next;
	if (b->empty || l->n == 0)
		return;
	if (b->from_slope < 0 || b->to_slope < 0 || b->from_slope > 100 ||
	    b->to_slope > 100) {
		next_at(r, r->now + 1);
		return;
	}
	if (w->kind == WINDOW_LAST && w->span->span.months != 0) {
		months_next(r, b, l);
		return;
	}
	if (leave != NO_EVENT)
		leaves(r, w, b, event_time(r, l->at[leave]));
	if (enter < l->n && l->at[enter] < events_seen(r) && b->to_slope > 0)
		next_at(
		    r, r->now +
			   (event_time(r, l->at[enter]) - b->to) / b->to_slope +
			   1);
}
