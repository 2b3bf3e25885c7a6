#include <stdlib.h>
#include <string.h>

#include "room.h"

/* ---- evidence: the events behind a value ---- */

struct evidence {
	struct expr_run *r;
	size_t *events, n, max;
};

/* Keep the latest, each once, in the order of the line. */
static void
note(struct evidence *e, size_t event)
{
	size_t i = e->n;

	while (i > 0 && e->events[i - 1] > event)
		i--;
	if (i > 0 && e->events[i - 1] == event)
		return;
	if (e->n < e->max) {
		memmove(e->events + i + 1, e->events + i,
		    (e->n - i) * sizeof *e->events);
		e->events[i] = event;
		e->n++;
	} else if (i > 0) {
		memmove(e->events, e->events + 1, (i - 1) * sizeof *e->events);
		e->events[i - 1] = event;
	}
}

static void
note_range(struct evidence *e, const struct list *l, size_t a, size_t b)
{
	size_t from = b - a > e->max ? b - e->max : a;

	for (; from < b; from++)
		note(e, l->at[from]);
}

/* The extremes and ends are one event each, the rest all of the window. */
static void
note_over(struct evidence *e, const struct code *t)
{
	const struct list *l = list_of(e->r, t->list_of);
	struct val v;
	size_t a, b, i;

	list_range(e->r, l, t->sub[0], &a, &b);
	if (a == b)
		return;
	if (t->kind == OVER_FIRST) {
		note(e, l->at[a]);
	} else if (t->kind == OVER_LAST) {
		note(e, l->at[b - 1]);
	} else if (t->kind == OVER_MIN || t->kind == OVER_MAX) {
		eval_over(e->r, t, &v);
		for (i = b; i-- > a;)
			if (val_equal(&l->val[i], &v)) {
				note(e, l->at[i]);
				return;
			}
	} else {
		note_range(e, l, a, b);
	}
}

static void
note_sequence(struct evidence *e, const struct code *t)
{
	struct val v;
	int i;

	eval_sequence(e->r, t, &v);
	for (i = 0; v.truth && i < t->n / 2 - (t->kind != 0); i++)
		note(e, e->r->step[i]);
}

static void
collect(struct evidence *e, const struct code *t)
{
	size_t a, b;
	int i;

	if (t == NULL)
		return;
	switch (t->op) {
	case OP_OVER:
		note_over(e, t);
		return;
	case OP_SEQUENCE:
		note_sequence(e, t);
		return;
	case OP_RESUMED:
		list_range(e->r, list_of(e->r, t->list_of), t->sub[1], &a, &b);
		note_range(e, list_of(e->r, t->list_of), a, b);
		return;
	case OP_OR: /* only what is true made it true */
		for (i = 0; i < t->n; i++)
			if (eval_truth(e->r, t->sub[i]))
				collect(e, t->sub[i]);
		return;
	default:
		for (i = 0; i < t->n; i++)
			collect(e, t->sub[i]);
	}
}

size_t
expr_evidence(struct expr_run *r, int id, int64_t t, size_t *events, size_t max)
{
	struct evidence e = {.r = r, .events = events, .max = max};

	run_at(r, t, false);
	if (max > 0)
		collect(&e, r->set->all[id].root->same->code);
	return e.n;
}

/* ---- explanations ---- */

struct story {
	struct expr_run *r;
	const char *text;
	struct buf *out, line;
	bool any;
};

static void
add_value(struct story *s, const struct term *t)
{
	struct val v;

	eval(s->r, t->same->code, &v);
	expr_json(val_public(&v), &s->line);
}

static void
add_text(struct story *s, const struct term *t)
{
	buf_add(&s->line, s->text + t->from, t->to - t->from);
}

static bool
is_fixed(const struct term *t)
{
	return t == NULL || t->op == OP_LITERAL || t->op == OP_WINDOW;
}

/* "TEXT: true, PART is VALUE, PART is VALUE"; the text is all's, which is the
 * term or its opposite (x is not missing). */
static void
tell(struct story *s, const struct term *all, const struct term *t)
{
	bool yes = eval_truth(s->r, all->same->code);
	int i;

	s->line.len = 0;
	add_text(s, all);
	buf_adds(&s->line, yes ? ": true" : ": false");
	for (i = 0; i < t->n && t->op >= OP_EQ && t->op <= OP_MISSING; i++) {
		if (is_fixed(t->kid[i]))
			continue;
		buf_adds(&s->line, ", ");
		add_text(s, t->kid[i]);
		buf_adds(&s->line, " is ");
		add_value(s, t->kid[i]);
	}
	if (t->op == OP_PATH || t->op == OP_CALL) {
		buf_adds(&s->line, ", it is ");
		add_value(s, t);
	}
	if (s->any)
		buf_byte(s->out, ',');
	s->any = true;
	buf_json(s->out, s->line.p, s->line.len);
}

/* Of `and` that is false, and of `or` that is true, only the operands that
 * make it so decide. */
static void
decide(struct story *s, const struct term *t)
{
	bool yes = eval_truth(s->r, t->same->code);
	bool few = (t->op == OP_AND && !yes) || (t->op == OP_OR && yes);
	int i;

	if (term_is_opposite(t)) {
		tell(s, t, t->kid[0]);
	} else if (t->op == OP_NOT) {
		decide(s, t->kid[0]);
	} else if (t->op == OP_AND || t->op == OP_OR) {
		for (i = 0; i < t->n; i++)
			if (!few ||
			    eval_truth(s->r, t->kid[i]->same->code) == yes)
				decide(s, t->kid[i]);
	} else {
		tell(s, t, t);
	}
}

void
expr_explain(struct expr_run *r, int id, int64_t t, struct buf *out)
{
	struct story s = {.r = r, .text = r->set->all[id].text, .out = out};

	run_at(r, t, false);
	buf_byte(out, '[');
	decide(&s, r->set->all[id].root);
	buf_byte(out, ']');
	buf_free(&s.line);
}
