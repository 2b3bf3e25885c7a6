#include <stdlib.h>
#include <string.h>

#include "inside.h"

/*
 * Changes of the clock's looked at for one tag of one line, in each direction,
 * before the search for `from` or `until` is given up: so many, and some for
 * each event.  A tag that keeps all values has the first number only, for its
 * events too, as comparing its values is work.
 */
#define STEPS_MOST 4096
#define STEPS_EVENT 4

static bool
too_far(struct tags_run *r, size_t u, size_t steps)
{
	size_t most = STEPS_MOST;

	r->steps[u] += steps;
	if (!r->tags->unit[u].all)
		most += STEPS_EVENT * r->history.n;
	return r->steps[u] > most;
}

static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

bool
tag_rule_at(struct tags_run *r, const struct tag_rule *rule, int64_t t,
    struct buf *value, int64_t *next)
{
	struct expr_value v;
	int64_t n;

	value->len = 0;
	*next = WHEN_NEVER;
	if (rule->match != NULL)
		return tag_hits_at(r, rule, t, value, next);
	if (rule->when.set >= 0 &&
	    !expr_true(asker_run(&r->ask, rule->when), rule->when.id, t, next))
		return false;
	if (rule->value.set < 0)
		return true;
	v = expr_eval(asker_run(&r->ask, rule->value), rule->value.id, t, &n);
	*next = earlier(*next, n);
	if (v.type == EXPR_NULL)
		return false;
	expr_json(v, value);
	return true;
}

/* The first rule of the unit that holds at t. */
static void
unit_at(struct tags_run *r, const struct tag_unit *u, int64_t t,
    struct tag_state *s)
{
	int64_t next;
	size_t i;

	s->rule = NOBODY;
	s->next = WHEN_NEVER;
	for (i = 0; i < u->n && s->rule == NOBODY; i++) {
		if (tag_rule_at(
			r, &r->tags->rule[u->rule[i]], t, &s->value, &next))
			s->rule = u->rule[i];
		s->next = earlier(s->next, next);
	}
}

const char *
tag_value(const struct tags *t, const struct tag_state *s, size_t *n)
{
	const struct tag_rule *rule = &t->rule[s->rule];

	if (rule->match == NULL && rule->value.set < 0) {
		*n = strlen(rule->constant);
		return rule->constant;
	}
	*n = s->value.len;
	return s->value.p;
}

static bool
same(const struct tags *t, const struct tag_state *a, const struct tag_state *b)
{
	const char *p, *q;
	size_t n, m;

	if (a->rule == NOBODY || b->rule == NOBODY)
		return a->rule == b->rule;
	if (t->rule[a->rule].tag != t->rule[b->rule].tag)
		return false;
	p = tag_value(t, a, &n);
	q = tag_value(t, b, &m);
	return n == m && memcmp(p, q, n) == 0;
}

/* ---- the units that must be looked at again, as a binary heap ---- */

static void
heap_push(struct tags_run *r, size_t u)
{
	size_t i = r->heaped++, up;

	for (; i > 0; i = up) {
		up = (i - 1) / 2;
		if (r->due[r->heap[up]] <= r->due[u])
			break;
		r->heap[i] = r->heap[up];
	}
	r->heap[i] = u;
}

static size_t
heap_pop(struct tags_run *r)
{
	size_t top = r->heap[0], last = r->heap[--r->heaped], i = 0, k;

	while ((k = 2 * i + 1) < r->heaped) {
		if (k + 1 < r->heaped &&
		    r->due[r->heap[k + 1]] < r->due[r->heap[k]])
			k++;
		if (r->due[last] <= r->due[r->heap[k]])
			break;
		r->heap[i] = r->heap[k];
		i = k;
	}
	r->heap[i] = last;
	return top;
}

/*
 * `until`: from now on, at every instant at which a unit may change by the
 * clock, in the order of time, until it does.
 */
static void
look_ahead(struct tags_run *r)
{
	struct tag_given *g;
	size_t u;
	int64_t t;

	r->heaped = 0;
	for (u = 0; u < r->tags->units; u++) {
		g = &r->unit[u];
		g->until = WHEN_NEVER;
		r->due[u] = g->now.rule == NOBODY ? WHEN_NEVER : g->now.next;
		r->steps[u] = 0;
		if (r->due[u] != WHEN_NEVER)
			heap_push(r, u);
	}
	while (r->heaped > 0) {
		u = heap_pop(r);
		g = &r->unit[u];
		t = r->due[u];
		unit_at(r, &r->tags->unit[u], t, &r->probe);
		if (!same(r->tags, &r->probe, &g->now) || too_far(r, u, 1))
			g->until = t;
		else if (r->probe.next != WHEN_NEVER) {
			r->due[u] = r->probe.next;
			heap_push(r, u);
		}
	}
}

static bool
wants_since(const struct tags_run *r, size_t u)
{
	return r->unit[u].now.rule != NOBODY && r->tags->unit[u].since;
}

/* Decide the unit at t, and again before the next event where the clock may
 * change it by then. */
static void
look_back_at(struct tags_run *r, size_t u, int64_t t, int64_t end, size_t steps)
{
	struct tag_given *g = &r->unit[u];

	if (too_far(r, u, steps)) {
		g->from = WHEN_NEVER;
		return;
	}
	unit_at(r, &r->tags->unit[u], t, &r->probe);
	if (!same(r->tags, &r->probe, &g->now))
		g->from = WHEN_NEVER;
	else if (g->from == WHEN_NEVER)
		g->from = t;
	r->due[u] = r->probe.next;
	if (r->due[u] <= end)
		heap_push(r, u);
}

/* Every unit in the heap, until nothing is due up to `end`. */
static void
look_back_until(struct tags_run *r, int64_t end)
{
	size_t u;

	while (r->heaped > 0) {
		u = heap_pop(r);
		look_back_at(r, u, r->due[u], end, 1);
	}
}

/* The units that only the clock can change are done at once; returns whether
 * there are others, which are left in `wanted`. */
static bool
look_back_by_clock(struct tags_run *r)
{
	size_t u;

	r->wants = r->heaped = 0;
	for (u = 0; u < r->tags->units; u++) {
		r->unit[u].from = WHEN_NEVER;
		r->steps[u] = 0;
		if (!wants_since(r, u) || r->history.n == 0)
			continue;
		if (r->tags->unit[u].events)
			r->wanted[r->wants++] = u;
		else
			look_back_at(r, u, r->history.time[0], r->now, 0);
	}
	look_back_until(r, r->now);
	return r->wants > 0;
}

/*
 * `from`: the same sweep over the past, from the first event to now, at every
 * event and every change of the clock's; the last unbroken stretch counts.
 */
static void
look_back(struct tags_run *r)
{
	const struct history *h = &r->history;
	size_t i, k, u;
	int64_t end;

	if (!look_back_by_clock(r))
		return;
	for (i = 0; i < h->n; i++) {
		if (i + 1 < h->n && h->time[i + 1] == h->time[i])
			continue;
		end = i + 1 < h->n ? h->time[i + 1] - 1 : r->now;
		for (k = 0; k < r->wants; k++) {
			u = r->wanted[k];
			look_back_at(
			    r, u, h->time[i], end, r->tags->unit[u].all);
		}
		look_back_until(r, end);
	}
}

void
tag_decide(struct tags_run *r)
{
	const struct tags *t = r->tags;
	size_t i;

	r->hits_text.len = 0;
	for (i = 0; t->matches && i < t->rules; i++)
		if (t->rule[i].match != NULL)
			tag_hits_find(r, &t->rule[i]);
	for (i = 0; i < t->units; i++)
		unit_at(r, &t->unit[i], r->now, &r->unit[i].now);
	look_ahead(r);
	look_back(r);
}

/* ---- runs ---- */

struct tags_run *
tags_open(const struct tags *t, int64_t now)
{
	struct tags_run *r = mem_alloc(1, sizeof *r);

	r->tags = t;
	r->now = now;
	asker_open(&r->ask, &t->ask);
	r->patterns = pattern_run_new();
	r->history.plan = &t->history;
	r->unit = mem_alloc(t->units + 1, sizeof *r->unit);
	r->due = mem_alloc(t->units + 1, sizeof *r->due);
	r->heap = mem_alloc(t->units + 1, sizeof *r->heap);
	r->wanted = mem_alloc(t->units + 1, sizeof *r->wanted);
	r->steps = mem_alloc(t->units + 1, sizeof *r->steps);
	r->hits = mem_alloc(t->rules + 1, sizeof *r->hits);
	return r;
}

void
tags_set_now(struct tags_run *r, int64_t now)
{
	r->now = now;
}

const char *
tags_decide(
    struct tags_run *r, const struct js_line *line, const char **die_why)
{
	r->line = line;
	r->fault = NULL;
	*die_why = NULL;
	history_read(&r->history, line, r->now);
	/* What lies after now must not be seen when looking ahead either. */
	r->seen = *line;
	r->seen.neach = r->history.n;
	if (!asker_bind(&r->ask, &r->seen, die_why))
		return NULL;
	tag_decide(r);
	tag_merge_line(r);
	return r->fault;
}

int64_t
tags_next(const struct tags_run *r)
{
	int64_t next = WHEN_NEVER;
	size_t i;

	for (i = 0; i < r->tags->units; i++)
		next = earlier(next, r->unit[i].now.next);
	return next;
}

void
tags_close(struct tags_run *r)
{
	size_t i;

	for (i = 0; i < r->tags->units; i++)
		buf_free(&r->unit[i].now.value);
	for (i = 0; i < r->tags->rules; i++)
		free(r->hits[i].item);
	asker_close(&r->ask);
	pattern_run_free(r->patterns);
	history_close(&r->history);
	keyset_free(&r->values);
	buf_free(&r->hits_text);
	buf_free(&r->text);
	buf_free(&r->value);
	buf_free(&r->probe.value);
	buf_free(&r->merge_text);
	intern_free(r->merged);
	free(r->unit);
	free(r->due);
	free(r->heap);
	free(r->wanted);
	free(r->steps);
	free(r->hits);
	free(r->merge);
	free(r->entry);
	free(r);
}
