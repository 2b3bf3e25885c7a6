#include <stdlib.h>
#include <string.h>

#include "history.h"
#include "mem.h"
#include "when.h"

static int
column(struct js_plan *plan, const char *name)
{
	struct js_step s;

	js_steps(name, &s, 1);
	return js_plan_each(plan, &s, 1);
}

void
history_plan(struct history_plan *h, struct js_plan *plan)
{
	h->time = column(plan, "timestamp");
	h->event = column(plan, "event");
	h->id = column(plan, "messageId");
}

/* Stamps as cdp-ingest writes them compare as bytes. */
static bool
plain_stamp(struct js_val v)
{
	return v.type == JS_STRING && v.len == WHEN_TEXT + 2 &&
	       v.p[WHEN_TEXT] == 'Z' && v.p[11] == 'T';
}

static bool
parse_stamp(struct js_val v, int64_t *t)
{
	return v.type == JS_STRING && !v.escaped &&
	       when_parse(v.p + 1, v.len - 2, t);
}

static bool
follows(struct js_val before, struct js_val v, bool first)
{
	int64_t a, b;

	if (plain_stamp(v) && (first || plain_stamp(before)))
		return first || memcmp(before.p + 1, v.p + 1, WHEN_TEXT) <= 0;
	return parse_stamp(v, &b) &&
	       (first || (parse_stamp(before, &a) && a <= b));
}

const char *
history_fault(const struct js_line *l, int time, size_t *col)
{
	struct js_val before = {0}, v;
	size_t i;

	for (i = 0; i < l->neach; i++, before = v) {
		v = js_each(l, i, time);
		if (follows(before, v, i == 0))
			continue;
		*col = v.type == JS_MISSING ? 1 : (size_t)(v.p - l->p) + 1;
		return parse_stamp(v, &(int64_t){0})
			   ? "an event out of the order of time: make profiles "
			     "with "
			     "cdp-merge-id"
			   : "an event without a timestamp (RFC 3339, UTC): "
			     "make "
			     "profiles with cdp-merge-id";
	}
	return NULL;
}

void
history_read(struct history *h, const struct js_line *l, int64_t now)
{
	struct js_val v;
	int64_t t = WHEN_MIN;

	h->line = l;
	h->n = 0;
	if (h->cap < l->neach)
		h->time = mem_grow(h->time, &h->cap, l->neach, sizeof *h->time);
	for (; h->n < l->neach; h->n++) {
		v = js_each(l, h->n, h->plan->time);
		parse_stamp(v, &t);
		if (t > now)
			break;
		h->time[h->n] = t;
	}
}

struct js_val
history_event(const struct history *h, size_t i)
{
	return js_each(h->line, i, h->plan->event);
}

void
history_id(const struct history *h, size_t i, struct buf *b)
{
	struct js_val v = js_each(h->line, i, h->plan->id);

	if (v.type == JS_STRING)
		buf_add(b, v.p, v.len);
	else
		buf_adds(b, "null");
}

void
history_close(struct history *h)
{
	free(h->time);
}
