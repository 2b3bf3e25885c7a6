/* Phrases that mean a longer expression: first time (...), stopped (...). */
#include <string.h>

#include "room.h"

static struct term *
over_of(struct parser *p, int kind, struct term *cond, struct term *window,
    uint32_t from)
{
	struct term *t = term_new(p->set, OP_OVER, 3);

	t->kind = (uint8_t)kind;
	t->kid[0] = cond;
	t->kid[2] = window;
	return parse_done(p, t, from);
}

static struct term *
pair(
    struct parser *p, enum op op, struct term *a, struct term *b, uint32_t from)
{
	struct term *t = term_new(p->set, op, b == NULL ? 1 : 2);

	t->kid[0] = a;
	if (b != NULL)
		t->kid[1] = b;
	return parse_done(p, t, from);
}

static struct term *
means(struct parser *p, enum phrase kind, struct term *meaning,
    struct term *cond, struct term *window, uint32_t from)
{
	struct term *t = term_new(p->set, OP_MEANS, 3);

	t->kind = (uint8_t)kind;
	t->kid[0] = meaning;
	t->kid[1] = cond;
	t->kid[2] = window;
	return parse_done(p, t, from);
}

static struct term *
window_last(struct parser *p, struct val span, uint32_t from)
{
	struct term *w = term_new(p->set, OP_WINDOW, 2);

	w->kind = WINDOW_LAST;
	w->lit = span;
	return parse_done(p, w, from);
}

/* All that match up to the window's end lie in the window. */
static struct term *
first_time(struct parser *p, uint32_t from)
{
	struct term *cond, *w, *before = NULL, *all, *in;

	lex_next(p);
	lex_next(p);
	cond = parse_condition(p, "first time");
	w = parse_window(p);
	if (w == NULL)
		parse_fail(p, p->tok.from,
		    "a window such as last 30d expected after first time "
		    "(...)");
	if (w->kid[1] != NULL)
		before = parse_bounds(p, NULL, w->kid[1], from);
	all = over_of(p, OVER_COUNT, cond, before, from);
	in = over_of(p, OVER_COUNT, cond, w, from);
	in = pair(p, OP_AND, over_of(p, OVER_EXISTS, cond, w, from),
	    pair(p, OP_EQ, in, all, from), from);
	return means(p, PHRASE_FIRST_TIME, in, cond, w, from);
}

static struct term *
stopped(struct parser *p, uint32_t from)
{
	struct term *cond, *w, *t;

	lex_next(p);
	cond = parse_condition(p, "stopped");
	parse_want(p, "for", "stopped (...)");
	w = window_last(p, parse_literal_span(p, "'for'")->lit, from);
	t = pair(p, OP_NOT, over_of(p, OVER_EXISTS, cond, w, from), NULL, from);
	t = pair(p, OP_AND, over_of(p, OVER_EXISTS, cond, NULL, from), t, from);
	return means(p, PHRASE_STOPPED, t, cond, w, from);
}

static struct term *
resumed(struct parser *p, uint32_t from)
{
	struct term *t = term_new(p->set, OP_RESUMED, 2);

	lex_next(p);
	t->kid[0] = parse_condition(p, "resumed");
	parse_want(p, "after", "resumed (...)");
	t->lit = parse_literal_span(p, "'after'")->lit;
	t->kid[1] = parse_window(p);
	return parse_done(p, t, from);
}

static struct term *
plain_path(struct parser *p, enum where where, const char *name, uint32_t from)
{
	struct js_step step = {.key = name, .len = strlen(name)};
	struct term *t = term_new(p->set, OP_PATH, 0);

	t->path = path_same(p->set, where, 0, &step, 1);
	return parse_done(p, t, from);
}

/* first_seen <= now - D */
static struct term *
observed(struct parser *p, uint32_t from)
{
	struct term *span, *t;

	parse_refuse_rows(p, from, "observed_for");
	lex_next(p);
	span = parse_literal_span(p, "observed_for");
	t = parse_done(p, term_new(p->set, OP_NOW, 0), from);
	t = pair(p, OP_SUB, t, span, from);
	t = pair(
	    p, OP_LE, plain_path(p, AT_PROFILE, "first_seen", from), t, from);
	t = means(p, PHRASE_OBSERVED, t, NULL, NULL, from);
	t->lit = span->lit;
	return t;
}

static struct term *
member_of(struct parser *p, const char *member, uint32_t from)
{
	struct val v;
	struct term *t;

	parse_refuse_rows(p, from, member);
	lex_next(p);
	lex_next(p);
	if (p->tok.kind != T_TEXT)
		parse_fail(p, p->tok.from, "a name in quotes expected");
	v = val_text(p->tok.p, p->tok.len);
	lex_next(p);
	t = term_new(p->set, OP_LITERAL, 0);
	t->lit = v;
	parse_done(p, t, from);
	return pair(
	    p, OP_HAS, plain_path(p, AT_PROFILE, member, from), t, from);
}

struct term *
parse_phrase(struct parser *p)
{
	uint32_t from = p->tok.from;
	const struct token *after = lex_peek(p);

	if (lex_is(&p->tok, "in") && lex_is(after, "segment"))
		return member_of(p, "segments", from);
	if (lex_is(&p->tok, "has") && lex_is(after, "tag"))
		return member_of(p, "tags", from);
	if (lex_is(&p->tok, "first") && lex_is(after, "time"))
		return first_time(p, from);
	if (lex_is(&p->tok, "observed_for") && after->kind == T_SPAN)
		return observed(p, from);
	if (!lex_is(after, "("))
		return NULL;
	if (lex_is(&p->tok, "stopped"))
		return stopped(p, from);
	if (lex_is(&p->tok, "resumed"))
		return resumed(p, from);
	return NULL;
}
