#include <stdlib.h>
#include <string.h>

#include "../err.h"
#include "../mem.h"
#include "../splice.h"
#include "../when.h"
#include "arrival.h"

#define LONG 60000 /* ms */

void
arrival_plan(struct arrival_plan *p, struct js_plan *plan)
{
	struct js_step received = {"receivedAt", 10, 0};

	if (!p->wanted)
		return;
	p->plan = plan;
	p->received = js_plan_each(plan, &received, 1);
	p->whole = js_plan_each(plan, NULL, 0);
	p->member = js_plan_member(plan, "events");
}

static int
by_arrival(const void *x, const void *y, void *times)
{
	const uint32_t *a = x, *b = y;
	const int64_t *came = times;

	if (came[*a] != came[*b])
		return came[*a] < came[*b] ? -1 : 1;
	return *a < *b ? -1 : *a > *b;
}

static void
grow(struct arrival *a, size_t n)
{
	if (n < a->cap)
		return;
	a->cap = n * 2 + 1;
	a->came = mem_resize(a->came, a->cap, sizeof *a->came);
	a->order = mem_resize(a->order, a->cap, sizeof *a->order);
	a->place = mem_resize(a->place, a->cap, sizeof *a->place);
}

/* False: the event says when it came, but that is no time. */
static bool
read_came(struct arrival *a, size_t event, struct js_val v)
{
	int64_t t, *came = &a->came[event];

	*came = a->time[event];
	if (v.type == JS_MISSING || v.type == JS_NULL)
		return true;
	if (v.type != JS_STRING || !when_parse(v.p + 1, v.len - 2, &t))
		return false;
	a->told++;
	if (t > *came)
		*came = t;
	return true;
}

/* How many of n times are at t or before; they rise in this order, or as they
 * stand. */
static size_t
count_by(const int64_t *time, const uint32_t *order, size_t n, int64_t t)
{
	size_t low = 0, high = n, middle;

	while (low < high) {
		middle = (low + high) / 2;
		if (time[order != NULL ? order[middle] : middle] <= t)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool
arrival_begin(struct arrival *a, const struct js_line *line,
    const int64_t *time, size_t n, int64_t now, size_t *known,
    struct js_val *at)
{
	bool sorted = true;
	size_t i;

	grow(a, n);
	a->line = line;
	a->whole = true;
	a->time = time;
	a->n = a->seen = n;
	a->back = WHEN_MIN;
	a->serial++;
	for (i = 0; i < n; i++) {
		*at = js_each(line, i, a->plan->received);
		if (!read_came(a, i, *at))
			return false;
		a->order[i] = (uint32_t)i;
		sorted = sorted && (i == 0 || a->came[i - 1] <= a->came[i]);
	}
	if (!sorted)
		mem_sort_by(a->order, n, sizeof *a->order, by_arrival, a->came);
	*known = count_by(a->came, a->order, n, now);
	return true;
}

/* What happened and has not come yet; and what will be long on its way, so
 * that a line need not be made for every such event that happens. */
static bool
hidden(const struct arrival *a, size_t event, int64_t t)
{
	return t < a->came[event] &&
	       (a->time[event] <= t || a->came[event] - a->time[event] >= LONG);
}

/* Splice the events in and scan again. */
static void
splice(struct arrival *a, const struct js_line *line)
{
	struct splice_edit edit = {
	    a->plan->member, "events", a->events.p, a->events.len};

	splice_scan(&a->text, line, &edit, 1, a->plan->plan, &a->then);
}

/* The line without what is on its way at t, or will be for long. */
static void
build(struct arrival *a, const struct js_line *line, int64_t t)
{
	struct buf *b = &a->events;
	struct js_val v;
	size_t i;
	uint32_t place = 0;

	b->len = 0;
	a->back = WHEN_NEVER;
	buf_byte(b, '[');
	for (i = 0; i < a->n; i++) {
		a->place[i] = place;
		if (hidden(a, i, t)) {
			if (a->came[i] < a->back)
				a->back = a->came[i];
			continue;
		}
		if (place++ > 0)
			buf_byte(b, ',');
		v = js_each(line, i, a->plan->whole);
		buf_add(b, v.p, v.len);
	}
	a->place[i] = place;
	buf_byte(b, ']');
	splice(a, line);
}

/* Does `then` show, of the first so many events, those that came by t?  None
 * that it hides may have come, and so many must be left. */
static bool
good(const struct arrival *a, size_t happened, int64_t t)
{
	return t < a->back && a->place[happened] == a->seen;
}

const struct js_line *
arrival_at(
    struct arrival *a, const struct js_line *line, uint64_t base, int64_t t)
{
	size_t happened = count_by(a->time, NULL, a->n, t);

	a->seen = count_by(a->came, a->order, a->n, t);
	a->whole = a->seen == happened;
	if (a->whole)
		return line;
	if (base != a->base || !good(a, happened, t)) {
		build(a, line, t);
		a->base = base;
		a->serial++;
	}
	return &a->then;
}

uint32_t
arrival_place(const struct arrival *a, uint32_t event)
{
	return a->whole ? event : a->place[event];
}

void
arrival_free(struct arrival *a)
{
	js_line_free(&a->then);
	buf_free(&a->text);
	buf_free(&a->events);
	free(a->came);
	free(a->order);
	free(a->place);
}
