#include "room.h"

/* A calendar window begins at most so long ago. */
static struct duration
calendar_span(const struct term *w)
{
	static const int days[] = {[UNIT_DAY] = 1, [UNIT_WEEK] = 7};
	struct duration d = {0};

	if (w->unit == UNIT_DAY || w->unit == UNIT_WEEK)
		d.ms = w->count * days[w->unit] * DAY_MS;
	else
		d.months = w->count * (w->unit == UNIT_YEAR ? 12 : 1);
	return d;
}

/* What only the profile knows may be any time. */
static int64_t
first_bound(const struct term *t, int64_t now)
{
	if (t == NULL)
		return WHEN_MIN;
	if (t->op == OP_LITERAL && t->lit.type == EXPR_TIME && !t->local)
		return t->lit.time;
	if (t->op == OP_SUB && t->kid[0]->op == OP_NOW &&
	    t->kid[1]->op == OP_LITERAL && t->kid[1]->lit.type == EXPR_SPAN)
		return when_add(now, t->kid[1]->lit.span, -1, NULL);
	return WHEN_MIN;
}

static int64_t
window_since(const struct term *w, int64_t now)
{
	switch (w->kind) {
	case WINDOW_LAST:
		return when_add(now, w->lit.span, -1, NULL);
	case WINDOW_CALENDAR:
		return when_add(now, calendar_span(w), -1, NULL);
	default:
		return first_bound(w->kid[0], now);
	}
}

int64_t
expr_since(const struct expr_set *set, int64_t now)
{
	const struct term *t;
	int64_t since = 0, one;

	for (t = set->last; t != NULL; t = t->before) {
		if (t->op != OP_WINDOW)
			continue;
		one = window_since(t, now);
		if (since == 0 || one < since)
			since = one;
	}
	return since;
}
