#include <string.h>

#include "room.h"

/*
 * A sequence is searched depth first over the events that can be each step.
 * Where no condition looks back at an earlier step, whether a suffix of steps
 * can follow an event depends on that event alone, so one pass from the last
 * step to the first answers it; else each step tries its candidates in order.
 */

#define MOST_TRIED 1000000 /* bounds the time of one search */

struct search {
	struct expr_run *r;
	const struct code *t;
	const struct list *step[MAX_STEPS];
	size_t first, end; /* events of the window */
	size_t tried;
	int steps; /* to be found; `without` is not one of them */
};

static const struct code *
condition(const struct search *s, int k)
{
	return s->t->sub[1 + 2 * k];
}

/* Latest instant at which step k may follow an event at t. */
static int64_t
deadline(const struct search *s, int k, int64_t t)
{
	const struct code *limit = s->t->sub[2 + 2 * k];

	if (limit == NULL)
		return INT64_MAX;
	return when_add(t, limit->lit->span, 1, s->r->zone);
}

static size_t
after(const struct list *l, size_t event)
{
	size_t from = 0, to = l->n, mid;

	while (from < to) {
		mid = from + (to - from) / 2;
		if (l->at[mid] <= event)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}

static bool
fits(struct search *s, int k, size_t event)
{
	struct expr_run *r = s->r;

	r->event = event;
	return (condition(s, k)->on & ON_STEP) == 0 ||
	       eval_truth(r, condition(s, k));
}

/* Nothing that must not follow does, and its time has passed. */
static bool
stays_away(struct search *s)
{
	struct expr_run *r = s->r;
	int k = s->steps;
	size_t from = r->step[k - 1], pos;
	int64_t until;

	if (s->t->kind == 0)
		return true;
	until = deadline(s, k, event_time(r, from));
	for (pos = after(s->step[k], from); pos < s->step[k]->n; pos++) {
		if (s->step[k]->at[pos] >= events_seen(r) ||
		    event_time(r, s->step[k]->at[pos]) > until)
			break;
		if (fits(s, k, s->step[k]->at[pos]))
			return false;
	}
	if (until <= r->now)
		return true;
	next_at(r, until);
	return false;
}

static bool
follow(struct search *s, int k)
{
	struct expr_run *r = s->r;
	const struct list *l;
	size_t pos, event;
	int64_t until;

	if (k == s->steps)
		return stays_away(s);
	l = s->step[k];
	until = deadline(s, k, event_time(r, r->step[k - 1]));
	for (pos = after(l, r->step[k - 1]); pos < l->n; pos++) {
		event = l->at[pos];
		if (event >= s->end || event_time(r, event) > until ||
		    ++s->tried > MOST_TRIED)
			return false;
		if (!fits(s, k, event))
			continue;
		r->step[k] = event;
		if (follow(s, k + 1))
			return true;
	}
	return false;
}

static bool
looks_back(const struct code *t)
{
	int i;

	for (i = 1; i < t->n; i += 2)
		if (t->sub[i]->on & ON_STEP)
			return true;
	return false;
}

/*
 * Without looking back: walk the first steps from the latest; an event can be
 * step k if some later event within the limit can be step k + 1, and the
 * nearest of those is as good as any.
 */
static bool
quick(struct search *s, uint32_t *good, size_t *pos)
{
	struct expr_run *r = s->r;
	size_t event, best;
	int k;

	for (k = 0; k < s->steps; k++)
		good[k] = UINT32_MAX;
	for (event = s->end; event-- > s->first;) {
		for (k = 0; k < s->steps; k++) {
			const struct list *l = s->step[k];

			while (pos[k] > 0 && l->at[pos[k] - 1] > event)
				pos[k]--;
			if (pos[k] == 0 || l->at[pos[k] - 1] != event)
				continue;
			r->step[k] = event;
			if (k == s->steps - 1) {
				if (!stays_away(s))
					continue;
			} else {
				best = good[k + 1];
				if (best == UINT32_MAX || best == event ||
				    event_time(r, best) >
					deadline(
					    s, k + 1, event_time(r, event)))
					continue;
			}
			if (k == 0)
				return true;
			good[k] = (uint32_t)event;
		}
	}
	return false;
}

static bool
slow(struct search *s)
{
	size_t pos;

	for (pos = 0; pos < s->step[0]->n; pos++) {
		if (s->step[0]->at[pos] < s->first)
			continue;
		if (s->step[0]->at[pos] >= s->end)
			return false;
		s->r->step[0] = s->step[0]->at[pos];
		if (follow(s, 1))
			return true;
	}
	return false;
}

/* The clock alone ends it when an event leaves the window. */
static void
clock(struct search *s)
{
	const struct list *l;
	size_t a, b;
	int k;

	for (k = 0; k < s->steps; k++) {
		l = s->step[k];
		if (l->next < s->r->next)
			s->r->next = l->next;
		list_range(s->r, l, s->t->sub[0], &a, &b);
		window_next(s->r, s->t->sub[0], l, a == b ? NO_EVENT : a, b);
	}
}

void
eval_sequence(struct expr_run *r, const struct code *t, struct val *v)
{
	struct search s = {.r = r, .t = t};
	uint32_t good[MAX_STEPS + 1];
	size_t pos[MAX_STEPS], event = r->event;
	int k, n = t->n / 2;

	s.steps = n - (t->kind != 0);
	s.end = events_seen(r);
	if (t->sub[0] != NULL) {
		s.first = bounds_of(r, t->sub[0])->lo;
		s.end = bounds_of(r, t->sub[0])->hi;
	}
	for (k = 0; k < n; k++) {
		s.step[k] = list_of(r, t->steps[k]);
		pos[k] = s.step[k]->n;
	}
	*v = val_bool(looks_back(t) ? slow(&s) : quick(&s, good, pos));
	clock(&s);
	r->event = event;
}

/* resumed (c) after D: a match in the window whose forerunner is more than D
 * older. */
void
eval_resumed(struct expr_run *r, const struct code *t, struct val *v)
{
	const struct list *l = list_of(r, t->list_of);
	size_t a, b, i;
	int64_t until;
	bool yes = false;

	list_range(r, l, t->sub[1], &a, &b);
	for (i = b; i-- > a && i > 0 && !yes;) {
		until = when_add(
		    event_time(r, l->at[i - 1]), t->span->span, 1, r->zone);
		yes = event_time(r, l->at[i]) > until;
	}
	if (l->next < r->next)
		r->next = l->next;
	window_next(r, t->sub[1], l, a == b ? NO_EVENT : yes ? i + 1 : a, b);
	*v = val_bool(yes);
}
