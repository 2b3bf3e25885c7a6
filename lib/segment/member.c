#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../draw.h"
#include "inside.h"

void
segments_plan(struct segments *s, struct js_plan *plan, bool clock)
{
	static const struct js_step id = {"profile_id", 10, 0},
				    own = {"segments", 8, 0};

	ask_plan(&s->ask, plan);
	s->profile_id = js_plan_field(plan, &id, 1);
	s->segments = js_plan_field(plan, &own, 1);
	s->clock = clock;
	if (clock)
		history_plan(&s->history, plan);
}

bool
segments_read_profile(const struct segments *s)
{
	const struct segment *g;
	size_t i;

	for (i = 0; i < s->n; i++) {
		g = &s->item[i];
		if (ask_reads_profile(&s->ask, g->when) ||
		    (g->set != NULL && g->set->from_line) ||
		    (g->top != NULL && ask_reads_profile(&s->ask, g->top->by)))
			return true;
	}
	return false;
}

struct segments_run *
segments_open(const struct segments *s)
{
	struct segments_run *r = mem_alloc(1, sizeof *r);
	const struct set *set;
	int most = 0;
	size_t i;

	r->s = s;
	r->history.plan = &s->history;
	asker_open(&r->ask, &s->ask);
	r->in = mem_alloc(s->n, sizeof *r->in);
	r->taken = mem_alloc(s->groups, sizeof *r->taken);
	r->set = mem_alloc(s->n, sizeof *r->set);
	for (i = 0; i < s->n; i++) {
		set = s->item[i].set;
		if (set == NULL)
			continue;
		r->set[i] = expr_run_new(set->expr);
		if (set->n > most)
			most = set->n;
	}
	r->value = mem_alloc((size_t)most, sizeof *r->value);
	return r;
}

void
segments_close(struct segments_run *r)
{
	size_t i;

	for (i = 0; i < r->s->n; i++)
		if (r->set[i] != NULL)
			expr_run_free(r->set[i]);
	asker_close(&r->ask);
	history_close(&r->history);
	buf_free(&r->id);
	free(r->set);
	free(r->value);
	free(r->in);
	free(r->taken);
	free(r);
}

struct asker *
segments_asker(struct segments_run *r)
{
	return &r->ask;
}

const char *
segments_bind(struct segments_run *r, const struct js_line *line, int64_t now)
{
	const char *missing = NULL;
	struct js_val id = line->slot[r->s->profile_id];

	r->line = line;
	r->id.len = 0;
	r->who = "";
	r->salt = NULL;
	r->wholen = 0;
	if (id.type == JS_STRING)
		r->who = js_text(id, &r->id, &r->wholen);
	if (r->s->clock) {
		history_read(&r->history, line, now);
		r->seen = *line;
		r->seen.neach = r->history.n;
		r->line = &r->seen;
	}
	asker_bind(&r->ask, r->line, &missing);
	return missing;
}

const char *
segments_who(struct segments_run *r, size_t *n)
{
	*n = r->wholen;
	return r->who;
}

static void
sooner(int64_t *next, int64_t t)
{
	if (next != NULL && t < *next)
		*next = t;
}

/* The arms of a split stand together and share one draw. */
static bool
drawn(struct segments_run *r, const struct segment *g)
{
	if (r->salt == NULL || strcmp(r->salt, g->salt) != 0) {
		r->salt = g->salt;
		r->drawn = draw_unit(
		    draw_key(g->salt, strlen(g->salt), r->who, r->wholen));
	}
	return r->drawn >= g->from && r->drawn < g->to;
}

/* A number or an instant to rank by; NaN for anything else. */
static double
rank_value(struct segments_run *r, const struct top *t, int64_t now)
{
	struct expr_value v =
	    expr_eval(asker_run(&r->ask, t->by), t->by.id, now, NULL);

	if (v.type == EXPR_NUMBER)
		return v.exact ? dec_double(v.dec) : v.number;
	if (v.type == EXPR_TIME)
		return (double)v.time;
	return NAN;
}

/* All but the top; the clock moves `when` alone. */
static bool
base(struct segments_run *r, size_t i, int64_t t, int64_t *next)
{
	const struct segment *g = &r->s->item[i];
	int64_t due = WHEN_NEVER;
	bool in;

	if (g->salt != NULL && !drawn(r, g))
		return false;
	if (g->when.set >= 0) {
		in = expr_true(asker_run(&r->ask, g->when), g->when.id, t,
		    next == NULL ? NULL : &due);
		sooner(next, due);
		if (!in)
			return false;
	}
	return g->set == NULL || set_true(r, g->set, r->set[i]);
}

static bool
member(struct segments_run *r, size_t i, int64_t t, int64_t *next)
{
	const struct segment *g = &r->s->item[i];

	if (!base(r, i, t, next))
		return false;
	if (g->top != NULL &&
	    !top_in(g->top, rank_value(r, g->top, t), r->who, r->wholen))
		return false;
	if (g->group == NO_GROUP)
		return true;
	if (r->taken[g->group])
		return false;
	r->taken[g->group] = true;
	return true;
}

const bool *
segments_at(struct segments_run *r, int64_t t, int64_t *next)
{
	size_t i;

	if (next != NULL)
		*next = WHEN_NEVER;
	if (r->s->groups > 0)
		memset(r->taken, 0, r->s->groups * sizeof *r->taken);
	for (i = 0; i < r->s->n; i++)
		r->in[i] = member(r, i, t, next);
	return r->in;
}

void
segments_write(const struct segments_run *r, struct buf *b)
{
	char before = '[';
	size_t i;

	for (i = 0; i < segments_count(r->s); i++) {
		if (!r->in[i])
			continue;
		buf_byte(b, before);
		buf_jsons(b, r->s->item[i].name);
		before = ',';
	}
	buf_adds(b, before == '[' ? "[]" : "]");
}

/* The first pass: no top holds anybody yet, and none's base needs one. */
void
segments_look(struct segments_run *r, int64_t t)
{
	struct top *top;
	size_t i;

	segments_at(r, t, NULL);
	for (i = 0; i < r->s->n; i++) {
		top = r->s->item[i].top;
		if (top != NULL && base(r, i, t, NULL))
			top_offer(
			    top, rank_value(r, top, t), r->who, r->wholen);
	}
}

void
segments_looked(struct segments_run *r)
{
	size_t i;

	for (i = 0; i < r->s->n; i++)
		if (r->s->item[i].top != NULL)
			top_close(r->s->item[i].top);
}

#define ROUNDS 10000 /* instants at which something might have changed */

int64_t
segments_change(struct segments_run *r, size_t i, int64_t t)
{
	size_t from = i < r->s->n ? i : 0, n = i < r->s->n ? 1 : r->s->n;
	bool *before = mem_alloc(n, sizeof *before);
	int64_t due, at;
	int k;

	segments_at(r, t, &due);
	memcpy(before, r->in + from, n * sizeof *before);
	for (k = 0; k < ROUNDS && due != WHEN_NEVER; k++) {
		at = due;
		segments_at(r, at, &due);
		if (memcmp(r->in + from, before, n * sizeof *before) != 0) {
			due = at;
			break;
		}
	}
	segments_at(r, t, NULL);
	free(before);
	return due;
}

/* ---- step by step ---- */

enum step { STEP_PART, STEP_SET, STEP_DRAW, STEP_TOP, STEP_GROUP, STEP_NONE };

static int
parts(const struct segments *s, const struct segment *g)
{
	if (g->when.set < 0)
		return 0;
	return expr_parts(ask_set(&s->ask, g->when), g->when.id);
}

/* The kind of a segment's step number k. */
static enum step
kind(const struct segments *s, const struct segment *g, int k)
{
	const bool has[] = {[STEP_SET] = g->set != NULL,
	    [STEP_DRAW] = g->salt != NULL,
	    [STEP_TOP] = g->top != NULL,
	    [STEP_GROUP] = g->group != NO_GROUP};
	int step, n = parts(s, g);

	if (k < n)
		return STEP_PART;
	for (step = STEP_SET; step < STEP_NONE; step++)
		if (has[step] && n++ == k)
			break;
	return (enum step)step;
}

int
segments_steps(const struct segments *s, size_t i)
{
	int n = parts(s, &s->item[i]);

	while (kind(s, &s->item[i], n) != STEP_NONE)
		n++;
	return n;
}

void
segments_step_text(const struct segments *s, size_t i, int step, struct buf *b)
{
	const struct segment *g = &s->item[i];
	const char *p;
	size_t n;

	switch (kind(s, g, step)) {
	case STEP_PART:
		p = expr_part_text(
		    ask_set(&s->ask, g->when), g->when.id, step, &n);
		buf_add(b, p, n);
		break;
	case STEP_SET:
		buf_adds(b, "set ");
		buf_adds(b, g->set->text);
		break;
	case STEP_DRAW:
		buf_adds(b, "draw from ");
		buf_double(b, g->from);
		buf_adds(b, " to ");
		buf_double(b, g->to);
		buf_adds(b, " of salt ");
		buf_adds(b, g->salt);
		break;
	case STEP_TOP:
		buf_adds(b, "top ");
		buf_adds(b, g->top->text);
		buf_adds(b, " by ");
		buf_adds(
		    b, expr_text(ask_set(&s->ask, g->top->by), g->top->by.id));
		break;
	case STEP_GROUP:
		buf_adds(b, "first of group ");
		buf_adds(b, s->group[g->group]);
		break;
	case STEP_NONE:
		break;
	}
}

static bool
first_of_group(const struct segments_run *r, size_t i)
{
	size_t k;

	for (k = 0; k < i; k++)
		if (r->in[k] && r->s->item[k].group == r->s->item[i].group)
			return false;
	return true;
}

bool
segments_step_true(struct segments_run *r, size_t i, int step, int64_t t)
{
	const struct segment *g = &r->s->item[i];

	switch (kind(r->s, g, step)) {
	case STEP_PART:
		return expr_part_true(
		    asker_run(&r->ask, g->when), g->when.id, step, t, NULL);
	case STEP_SET:
		return set_true(r, g->set, r->set[i]);
	case STEP_DRAW:
		return drawn(r, g);
	case STEP_TOP:
		return top_in(
		    g->top, rank_value(r, g->top, t), r->who, r->wholen);
	case STEP_GROUP:
		return first_of_group(r, i);
	case STEP_NONE:
		break;
	}
	return true;
}
