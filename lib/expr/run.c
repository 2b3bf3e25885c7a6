#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "room.h"

struct expr_run *
expr_run_new(const struct expr_set *set)
{
	struct expr_run *r = mem_alloc(1, sizeof *r);

	r->set = set;
	r->npostings = intern_count(set->names);
	r->posting = mem_alloc(r->npostings, sizeof *r->posting);
	r->memo = mem_alloc((size_t)set->nmemo, sizeof *r->memo);
	r->column = mem_alloc((size_t)set->ncolumn, sizeof *r->column);
	r->window = mem_alloc((size_t)set->nwindow, sizeof *r->window);
	r->list = mem_alloc((size_t)set->nlist, sizeof *r->list);
	r->sweep = mem_alloc((size_t)set->nover, sizeof *r->sweep);
	r->zone = set->settings.zone;
	r->patterns = pattern_run_new();
	for (size_t i = 0; i < r->npostings; i++)
		r->posting[i].next = WHEN_NEVER;
	return r;
}

static void
free_list(struct list *l)
{
	free(l->at);
	free(l->val);
}

static void
free_sweep(struct sweep *s)
{
	free(s->queue);
	free(s->slots);
	free(s->counts);
}

void
expr_run_free(struct expr_run *r)
{
	int i;

	if (r == NULL)
		return;
	for (i = 0; i < (int)r->npostings; i++)
		free_list(&r->posting[i]);
	for (i = 0; i < r->set->nlist; i++)
		free_list(&r->list[i]);
	for (i = 0; i < r->set->nover; i++)
		free_sweep(&r->sweep[i]);
	for (i = 0; i < r->set->ncolumn; i++)
		free(r->column[i].val);
	free(r->column);
	free(r->posting);
	free(r->memo);
	free(r->window);
	free(r->list);
	free(r->sweep);
	free(r->bag);
	free(r->time);
	arena_free(&r->texts);
	buf_free(&r->scratch);
	pattern_run_free(r->patterns);
	free(r);
}

/* The recipient's own zone, else the settings'. */
static void
bind_zone(struct expr_run *r)
{
	struct js_val js = r->line->slot[r->set->zone_slot];
	struct val v = run_val(r, js);

	r->zone = r->set->settings.zone;
	if (v.type != EXPR_TEXT || v.len == 0 || v.len > sizeof r->zone_text)
		return;
	if (v.len != r->zone_len || memcmp(v.p, r->zone_text, v.len) != 0) {
		memcpy(r->zone_text, v.p, v.len);
		r->zone_len = v.len;
		r->zone_named = zone_find(v.p, v.len);
	}
	if (r->zone_named != NULL)
		r->zone = r->zone_named;
}

static bool
bind_needs(struct expr_run *r, const char **why)
{
	const struct expr_set *set = r->set;
	size_t i;

	for (i = 0; i < set->nneeds; i++) {
		if (r->line->slot[set->needs[i].slot].type != JS_MISSING)
			continue;
		snprintf(r->why, sizeof r->why,
		    "the line has no member \"%s\", which a rule reads: run "
		    "%s first",
		    set->needs[i].member, set->needs[i].program);
		*why = r->why;
		return false;
	}
	return true;
}

static void
begin(struct expr_run *r)
{
	r->line_stamp = r->time_stamp = ++r->stamps;
	r->timed = false;
	r->nbag = 0;
	if (r->texts.used > 0)
		arena_reset(&r->texts);
}

bool
expr_bind(struct expr_run *r, const struct js_line *line, const char **why)
{
	begin(r);
	r->line = line;
	if (!bind_needs(r, why))
		return false;
	if (r->set->settings.recipient_zone)
		bind_zone(r);
	return true;
}

void
expr_bind_row(struct expr_run *r, const struct js_val *values)
{
	begin(r);
	r->row = values;
}

/* A memo made while no next instant was wanted has none. */
void
run_at(struct expr_run *r, int64_t t, bool wanted)
{
	r->next = WHEN_NEVER;
	if (r->timed && r->now == t && (r->wanted || !wanted))
		return;
	if (r->clock_stamp == 0 || r->now != t || r->wanted != wanted ||
	    r->set->settings.recipient_zone)
		r->clock_stamp = ++r->stamps;
	r->timed = true;
	r->wanted = wanted;
	r->now = t;
	r->time_stamp = ++r->stamps;
}

struct expr_value
expr_eval(struct expr_run *r, int id, int64_t t, int64_t *next)
{
	const struct code *code = r->set->all[id].code;
	struct expr_value out;
	struct js_val js;
	struct val v;

	run_at(r, t, next != NULL);
	eval(r, code, &v);
	if (v.slope != 0)
		next_at(r, t + 1);
	if (next != NULL)
		*next = r->next;
	out = val_public(&v);
	if (v.type == EXPR_NUMBER && code->op == OP_PATH) {
		js = run_field(r, code->path);
		out.p = js.p;
		out.len = js.len;
	}
	return out;
}

bool
expr_true(struct expr_run *r, int id, int64_t t, int64_t *next)
{
	bool yes;

	run_at(r, t, next != NULL);
	yes = eval_truth(r, r->set->all[id].code);
	if (next != NULL)
		*next = r->next;
	return yes;
}

struct expr_value
expr_eval_event(
    struct expr_run *r, int id, size_t event, int64_t t, int64_t *next)
{
	r->event = event;
	return expr_eval(r, id, t, next);
}

bool
expr_event_true(struct expr_run *r, int id, size_t event, int64_t t)
{
	r->event = event;
	return expr_true(r, id, t, NULL);
}
