#include <stdlib.h>

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

bool
history_read(struct history *h, const struct js_line *l, int64_t now)
{
	struct js_val v;
	int64_t t, last = INT64_MIN;

	h->line = l;
	h->n = 0;
	if (h->cap < l->neach)
		h->time = mem_grow(h->time, &h->cap, l->neach, sizeof *h->time);
	for (; h->n < l->neach; h->n++) {
		v = js_each(l, h->n, h->plan->time);
		if (v.type != JS_STRING || !when_parse(v.p + 1, v.len - 2, &t))
			return false;
		if (t < last)
			return false;
		if (t > now)
			break;
		h->time[h->n] = last = t;
	}
	return true;
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
