#include <string.h>

#include "room.h"

static const char *const over_names[] = {[OVER_COUNT] = "count",
    [OVER_EXISTS] = "exists",
    [OVER_SUM] = "sum",
    [OVER_AVG] = "avg",
    [OVER_MIN] = "min",
    [OVER_MAX] = "max",
    [OVER_FIRST] = "first",
    [OVER_LAST] = "last",
    [OVER_DISTINCT] = "distinct",
    [OVER_ANY] = "any",
    [OVER_ALL] = "all",
    NULL};

/* ---- windows ---- */

static struct term *
bound(struct parser *p)
{
	const struct ground profile = {.where = AT_PROFILE};
	const struct ground *around = p->ground;
	struct term *t;

	p->ground = &profile;
	t = parse_sum(p);
	p->ground = around;
	if (!TYPE_MAY_BE(t->types, EXPR_TIME) &&
	    !TYPE_MAY_BE(t->types, EXPR_TEXT))
		parse_fail(p, t->from,
		    "a time expected as a window's bound, such as @2026-11-11 "
		    "or now - 30d");
	return t;
}

struct term *
parse_bounds(
    struct parser *p, struct term *from, struct term *to, uint32_t start)
{
	struct term *t = term_new(p->set, OP_WINDOW, 2);

	t->kind = WINDOW_BOUNDS;
	t->kid[0] = from;
	t->kid[1] = to;
	return parse_done(p, t, start);
}

static struct term *
calendar_window(struct parser *p, uint32_t start)
{
	static const char *const units[] = {
	    "day", "days", "week", "weeks", "month", "months", "year", "years"};
	struct term *t = term_new(p->set, OP_WINDOW, 2);
	struct val n = val_parse_number(p->tok.p, p->tok.len);
	size_t i;

	if (!n.exact || n.dec.scale != 0 || n.dec.c < 1 || n.dec.c > 100000)
		parse_fail(p, p->tok.from,
		    "a whole number from 1 to 100,000 expected");
	t->kind = WINDOW_CALENDAR;
	t->count = (int64_t)n.dec.c;
	lex_next(p);
	parse_want(p, "calendar", "the number (or write 30d)");
	need_zone(p, start, "a calendar window");
	for (i = 0; i < 8 && !lex_is(&p->tok, units[i]); i++)
		;
	if (i == 8)
		parse_fail(p, p->tok.from,
		    "days, weeks, months or years expected after 'calendar'");
	t->unit = (uint8_t)(i / 2);
	lex_next(p);
	return parse_done(p, t, start);
}

static struct term *
last_window(struct parser *p, uint32_t start)
{
	struct term *t;

	if (p->tok.kind == T_NUMBER)
		return calendar_window(p, start);
	t = term_new(p->set, OP_WINDOW, 2);
	t->kind = WINDOW_LAST;
	t->lit = parse_literal_span(p, "'last'")->lit;
	return parse_done(p, t, start);
}

static bool
begins_with_time(struct parser *p)
{
	const struct token *after = lex_peek(p);

	return after->kind == T_TIME || lex_is(after, "now");
}

struct term *
parse_window(struct parser *p)
{
	uint32_t start = p->tok.from;
	struct term *from = NULL, *to = NULL;

	if (parse_take(p, "last"))
		return last_window(p, start);
	if (lex_is(&p->tok, "between") && begins_with_time(p)) {
		lex_next(p);
		from = bound(p);
		parse_want(p, "and", "the window's first bound");
		return parse_bounds(p, from, bound(p), start);
	}
	if (parse_take(p, "since"))
		from = bound(p);
	if (parse_take(p, "before"))
		to = bound(p);
	return from == NULL && to == NULL ? NULL
					  : parse_bounds(p, from, to, start);
}

/* ---- aggregates ---- */

/* Is there a ':' before the bracket closes?  Only array forms have one. */
static bool
has_colon(struct parser *p)
{
	struct parser saved = *p;
	int depth = 0;
	bool yes = false;

	lex_next(p);
	do {
		lex_next(p);
		if (lex_is(&p->tok, "("))
			depth++;
		else if (lex_is(&p->tok, ")"))
			depth--;
		else if (lex_is(&p->tok, ":") && depth == 0)
			yes = true;
	} while (!yes && depth >= 0 && p->tok.kind != T_END);
	*p = saved;
	return yes;
}

static void
value_and_condition(struct parser *p, struct term *t, const char *name)
{
	bool values = t->kind != OVER_COUNT && t->kind != OVER_EXISTS &&
		      t->kind != OVER_ANY && t->kind != OVER_ALL;

	if (!values) {
		if (t->op == OP_OVER && t->kind == OVER_COUNT &&
		    lex_is(&p->tok, ")"))
			return;
		t->kid[0] = parse_or(p);
		check_condition(p, t->kid[0]);
		if (lex_is(&p->tok, "where"))
			parse_fail(p, p->tok.from,
			    "%s takes a condition alone, without 'where'",
			    name);
		return;
	}
	t->kid[1] = parse_or(p);
	if (parse_take(p, "where")) {
		t->kid[0] = parse_or(p);
		check_condition(p, t->kid[0]);
	}
}

static struct term *
over_array(struct parser *p, int kind, uint32_t from)
{
	struct ground item = {.where = AT_ITEM, .up = p->ground};
	struct term *t = term_new(p->set, OP_EACH, 3);

	if (kind == OVER_EXISTS)
		parse_fail(p, from,
		    "over an array it is written any(...: "
		    "...)");
	t->kind = (uint8_t)kind;
	t->kid[2] = parse_sum(p);
	parse_want(p, ":", "the array");
	item.level = p->ground->level + 1;
	if (item.level > MAX_ITEMS)
		parse_fail(p, from,
		    "more than %d array forms inside one "
		    "another",
		    MAX_ITEMS);
	t->count = item.level;
	p->ground = &item;
	value_and_condition(p, t, over_names[kind]);
	p->ground = item.up;
	parse_want(p, ")", "the array form");
	return parse_done(p, t, from);
}

void
parse_refuse_rows(struct parser *p, uint32_t from, const char *name)
{
	if (p->base == EXPR_ROW)
		parse_fail(p, from,
		    "%s asks about a customer, and this is a row of a file",
		    name);
}

/* The inside of an aggregate: paths read the event. */
struct inside {
	struct ground event;
	const struct ground *around;
	int step;
};

static void
go_inside(struct parser *p, struct inside *in)
{
	in->event =
	    (struct ground){.where = AT_EVENT, .level = p->ground->level};
	in->around = p->ground;
	in->step = p->step;
	p->ground = &in->event;
	p->step = 0;
}

static void
go_outside(struct parser *p, const struct inside *in)
{
	p->ground = in->around;
	p->step = in->step;
}

struct term *
parse_condition(struct parser *p, const char *name)
{
	struct inside in;
	struct term *t;

	parse_refuse_rows(p, p->tok.from, name);
	parse_want(p, "(", name);
	go_inside(p, &in);
	t = parse_or(p);
	check_condition(p, t);
	go_outside(p, &in);
	parse_want(p, ")", "the condition");
	return t;
}

static struct term *
over_history(struct parser *p, int kind, uint32_t from)
{
	struct term *t = term_new(p->set, OP_OVER, 3);
	struct inside in;

	parse_refuse_rows(p, from, over_names[kind]);
	t->kind = (uint8_t)kind;
	go_inside(p, &in);
	value_and_condition(p, t, over_names[kind]);
	go_outside(p, &in);
	parse_want(p, ")", over_names[kind]);
	t->kid[2] = parse_window(p);
	return parse_done(p, t, from);
}

/* ---- sequences ---- */

static struct term *
limit(struct parser *p)
{
	return parse_take(p, "within") ? parse_literal_span(p, "'within'")
				       : NULL;
}

static int
sequence_steps(struct parser *p, struct term **kid, uint8_t *without)
{
	int n = 0;

	do {
		lex_next(p);
		p->step++;
		if (n == MAX_STEPS || *without)
			parse_fail(p, p->tok.from,
			    *without ? "'without' is the last step"
				     : "more than %d steps",
			    MAX_STEPS);
		*without = n > 0 && parse_take(p, "without");
		kid[1 + 2 * n] = parse_or(p);
		check_condition(p, kid[1 + 2 * n]);
		kid[2 + 2 * n] = n == 0 ? NULL : limit(p);
		if (*without && kid[2 + 2 * n] == NULL)
			parse_fail(p, p->tok.from,
			    "'within' and a duration expected after the "
			    "step that must not follow");
		n++;
	} while (lex_is(&p->tok, ","));
	return n;
}

static struct term *
sequence(struct parser *p)
{
	uint32_t from = p->tok.from;
	struct term *kid[1 + 2 * MAX_STEPS], *t;
	struct inside in;
	uint8_t without = 0;
	int n;

	parse_refuse_rows(p, from, "sequence");
	lex_next(p);
	go_inside(p, &in);
	n = sequence_steps(p, kid, &without);
	go_outside(p, &in);
	parse_want(p, ")", "the sequence");
	if (n < 2)
		parse_fail(p, from, "a sequence has at least two steps");
	kid[0] = parse_window(p);
	t = term_new(p->set, OP_SEQUENCE, 1 + 2 * n);
	memcpy(t->kid, kid, (size_t)t->n * sizeof kid[0]);
	t->kind = without;
	return parse_done(p, t, from);
}

struct term *
parse_over(struct parser *p)
{
	uint32_t from = p->tok.from;
	bool array;
	int i;

	if (lex_is(&p->tok, "sequence"))
		return sequence(p);
	for (i = 0; over_names[i] != NULL; i++)
		if (lex_is(&p->tok, over_names[i]))
			break;
	if (over_names[i] == NULL)
		return NULL;
	array = has_colon(p);
	if (!array && i >= OVER_ANY)
		parse_fail(p, from,
		    "%s(...) goes over an array: %s(properties.products: "
		    "category = 'X'); over the history it is %s",
		    over_names[i], over_names[i],
		    i == OVER_ANY ? "exists(...)" : "not exists(not ...)");
	lex_next(p);
	lex_next(p);
	return array ? over_array(p, i, from) : over_history(p, i, from);
}

/* ---- functions ---- */

static int
arguments(struct parser *p, struct term **arg, const struct func *f)
{
	int n = 0, most = f->most < 0 ? 64 : f->most;

	lex_next(p);
	lex_next(p);
	if (lex_is(&p->tok, ")"))
		return 0;
	for (;;) {
		if (n == most)
			parse_fail(p, p->tok.from,
			    "%s takes at most %d argument%s", f->name, most,
			    most == 1 ? "" : "s");
		arg[n++] = parse_or(p);
		if (!parse_take(p, ","))
			return n;
	}
}

static _Noreturn void
unknown_function(struct parser *p)
{
	const char *name = arena_text(&p->set->arena, p->tok.p, p->tok.len);
	const char *near = err_nearest(name, func_names());

	if (near != NULL)
		parse_fail(p, p->tok.from, "no function %s; did you mean %s?",
		    err_quote(name, p->tok.len), near);
	parse_fail(
	    p, p->tok.from, "no function %s", err_quote(name, p->tok.len));
}

struct term *
parse_call(struct parser *p)
{
	uint32_t from = p->tok.from;
	int which = func_find(p->tok.p, p->tok.len), n;
	struct term *arg[64], *t;
	const struct func *f;

	if (which < 0)
		unknown_function(p);
	f = &funcs[which];
	if (f->zone)
		need_zone(p, from, f->name);
	if (f->who)
		parse_refuse_rows(p, from, f->name);
	n = arguments(p, arg, f);
	parse_want(p, ")", "the arguments");
	if (n < f->least)
		parse_fail(p, from, "%s takes at least %d argument%s", f->name,
		    f->least, f->least == 1 ? "" : "s");
	t = term_new(p->set, OP_CALL, n);
	t->kind = (uint8_t)which;
	memcpy(t->kid, arg, (size_t)n * sizeof arg[0]);
	return parse_done(p, t, from);
}
