#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "room.h"

static const char *const reserved[] = {"or", "and", "not", "in", "between",
    "contains", "starts", "ends", "has", "is", "true", "false", "null", "now",
    "as", NULL};

bool
is_reserved(const struct token *t)
{
	int i;

	if (t->kind == T_NAME)
		for (i = 0; reserved[i] != NULL; i++)
			if (lex_is(t, reserved[i]))
				return true;
	return false;
}

/* AND, Or, TRUE: words of other languages that are not ours. */
static const struct {
	const char *word, *ours;
} foreign[] = {{"like", "contains, starts with or ~"}, {"ilike", "~ '(?i)...'"},
    {"includes", "contains, or has for an array"}, {"equals", "="},
    {"matches", "~"}, {"exists", "is not missing"}, {"nil", "null"},
    {"none", "null"}};

static bool
same_word(const struct token *t, const char *word)
{
	return t->kind == T_NAME && t->len == strlen(word) &&
	       strncasecmp(t->p, word, t->len) == 0;
}

void
parse_foreign(struct parser *p, const struct token *t, bool operators)
{
	size_t i;

	for (i = 0; reserved[i] != NULL; i++)
		if (same_word(t, reserved[i]) && !lex_is(t, reserved[i]))
			parse_fail(p, t->from, "%s is written %s",
			    err_quote(t->p, t->len), reserved[i]);
	for (i = 0; operators && i < sizeof foreign / sizeof foreign[0]; i++)
		if (same_word(t, foreign[i].word))
			parse_fail(p, t->from, "%s is written %s",
			    err_quote(t->p, t->len), foreign[i].ours);
}

bool
parse_take(struct parser *p, const char *word)
{
	if (!lex_is(&p->tok, word))
		return false;
	lex_next(p);
	return true;
}

static const char *
found(const struct parser *p)
{
	const struct token *t = &p->tok;

	return t->kind == T_END ? "the end"
	       : t->kind == T_TEXT
		   ? err_quote(t->p, t->len)
		   : err_quote(p->text + t->from, t->to - t->from);
}

/* What may follow a whole expression. */
static const char *
near_word(const struct parser *p)
{
	static const char *const words[] = {"and", "or", "not", "in", "between",
	    "contains", "starts", "ends", "has", "is", "where", "last", "since",
	    "before", "within", NULL};
	int i;

	if (p->tok.kind != T_NAME)
		return NULL;
	for (i = 0; words[i] != NULL; i++)
		if (lex_is(&p->tok, words[i]))
			return NULL;
	return err_nearest(
	    arena_text(&p->set->arena, p->tok.p, p->tok.len), words);
}

_Noreturn void
parse_expected(struct parser *p, const char *what)
{
	const char *near = near_word(p);

	parse_fail(p, p->tok.from, "%s, found %s%s%s%s", what, found(p),
	    near != NULL ? "; did you mean " : "", near != NULL ? near : "",
	    near != NULL ? "?" : "");
}

void
parse_want(struct parser *p, const char *mark, const char *after)
{
	char what[80];

	if (parse_take(p, mark))
		return;
	snprintf(what, sizeof what, "'%s' expected after %s", mark, after);
	if (mark[0] == ')')
		parse_expected(p, what);
	parse_fail(p, p->tok.from, "%s, found %s", what, found(p));
}

void
need_zone(struct parser *p, size_t from, const char *what)
{
	const struct expr_settings *s = &p->set->settings;

	if (s->zone == NULL && !s->recipient_zone)
		parse_fail(p, from,
		    "%s needs a time zone: give --tz, \"timezone\" in the "
		    "rule file, or $CDP_TZ",
		    what);
}

/* A finished term: its place, its types, its canonical form. */
struct term *
parse_done(struct parser *p, struct term *t, uint32_t from)
{
	t->from = from;
	t->to = p->last;
	check_term(p, t);
	term_same(p->set, t);
	if (t->depth > MAX_DEPTH)
		parse_fail(p, from, "more than %d levels deep", MAX_DEPTH);
	return t;
}

static void
enter(struct parser *p)
{
	if (++p->deep > MAX_DEPTH)
		parse_fail(
		    p, p->tok.from, "more than %d levels deep", MAX_DEPTH);
}

static struct term *
unary(struct parser *p, enum op op, struct term *kid, uint32_t from)
{
	struct term *t = term_new(p->set, op, 1);

	t->kid[0] = kid;
	return parse_done(p, t, from);
}

static struct term *
binary(struct parser *p, enum op op, struct term *a, struct term *b)
{
	struct term *t = term_new(p->set, op, 2);

	t->kid[0] = a;
	t->kid[1] = b;
	return parse_done(p, t, a->from);
}

/* ---- literals ---- */

static struct term *
literal(struct parser *p, struct val v)
{
	struct term *t = term_new(p->set, OP_LITERAL, 0);
	uint32_t from = p->tok.from;

	t->lit = v;
	lex_next(p);
	return parse_done(p, t, from);
}

static struct val
span_of(const struct token *tok)
{
	struct val v = {.type = EXPR_SPAN};

	duration_parse(tok->p, tok->len, &v.span);
	return v;
}

struct term *
parse_literal_span(struct parser *p, const char *after)
{
	if (p->tok.kind != T_SPAN)
		parse_fail(p, p->tok.from,
		    "a duration such as 30d or 48h expected after %s, found "
		    "%s",
		    after, found(p));
	return literal(p, span_of(&p->tok));
}

static struct term *
time_literal(struct parser *p)
{
	const struct token *tok = &p->tok;
	const struct expr_settings *s = &p->set->settings;
	const struct zone *utc = zone_find("UTC", 3);
	struct val v = val_time(0);
	struct term *t;
	uint32_t from = tok->from;
	bool local = false;

	if (!when_parse(tok->p, tok->len, &v.time)) {
		if (!when_parse_in(tok->p, tok->len, utc, &v.time))
			parse_fail(p, tok->from,
			    "%s is no time; expected one such as @2026-11-11 "
			    "or @2026-11-11T10:00:00+08:00",
			    err_quote(tok->p, tok->len));
		need_zone(p, tok->from, "a time without an offset");
		local = s->recipient_zone;
		if (!local)
			when_parse_in(tok->p, tok->len, s->zone, &v.time);
	}
	t = term_new(p->set, OP_LITERAL, 0);
	t->lit = v;
	t->local = local;
	lex_next(p);
	return parse_done(p, t, from);
}

static bool
word_literal(const struct token *tok, struct val *v)
{
	if (lex_is(tok, "true") || lex_is(tok, "false"))
		*v = val_bool(tok->len == 4);
	else if (lex_is(tok, "null"))
		*v = val_null();
	else
		return false;
	return tok->kind == T_NAME;
}

/* ---- primaries ---- */

static struct term *
group(struct parser *p)
{
	uint32_t from = p->tok.from;
	struct term *t;

	lex_next(p);
	t = parse_or(p);
	parse_want(p, ")", "the expression in parentheses");
	t->from = from;
	t->to = p->last;
	return t;
}

static _Noreturn void
unexpected(struct parser *p)
{
	if (p->tok.kind == T_NAME && lex_is(&p->tok, "now"))
		lex_next(p);
	parse_fail(p, p->tok.from,
	    "a value, a path or a function expected, found %s", found(p));
}

static struct term *
named(struct parser *p)
{
	struct term *t = parse_phrase(p);
	struct val v;

	if (t != NULL)
		return t;
	if (word_literal(&p->tok, &v))
		return literal(p, v);
	if (lex_is(&p->tok, "now")) {
		t = term_new(p->set, OP_NOW, 0);
		lex_next(p);
		return parse_done(p, t, p->last - 3);
	}
	if (is_reserved(&p->tok))
		unexpected(p);
	if (!lex_is(lex_peek(p), "("))
		return parse_path(p);
	t = parse_over(p);
	return t != NULL ? t : parse_call(p);
}

static struct term *
primary(struct parser *p)
{
	switch (p->tok.kind) {
	case T_NUMBER:
		return literal(p, val_parse_number(p->tok.p, p->tok.len));
	case T_TEXT:
		return literal(p, val_text(p->tok.p, p->tok.len));
	case T_SPAN:
		return literal(p, span_of(&p->tok));
	case T_TIME:
		return time_literal(p);
	case T_QUOTED:
		return parse_path(p);
	case T_NAME:
		return named(p);
	case T_MARK:
		if (lex_is(&p->tok, "("))
			return group(p);
		/* fallthrough */
	default:
		unexpected(p);
	}
}

static struct term *
signed_term(struct parser *p)
{
	uint32_t from = p->tok.from;
	struct term *t;

	enter(p);
	if (!parse_take(p, "-")) {
		t = primary(p);
	} else {
		t = signed_term(p);
		if (t->op == OP_LITERAL && t->lit.type == EXPR_NUMBER) {
			struct term *negative = term_new(p->set, OP_LITERAL, 0);

			negative->lit = val_neg(&t->lit);
			t = parse_done(p, negative, from);
		} else {
			t = unary(p, OP_NEG, t, from);
		}
	}
	p->deep--;
	return t;
}

static struct term *
product(struct parser *p)
{
	struct term *t = signed_term(p);

	for (;;) {
		if (parse_take(p, "*"))
			t = binary(p, OP_MUL, t, signed_term(p));
		else if (parse_take(p, "/"))
			t = binary(p, OP_DIV, t, signed_term(p));
		else if (parse_take(p, "%"))
			t = binary(p, OP_MOD, t, signed_term(p));
		else
			return t;
	}
}

struct term *
parse_sum(struct parser *p)
{
	struct term *t = product(p);

	for (;;) {
		if (parse_take(p, "+"))
			t = binary(p, OP_ADD, t, product(p));
		else if (parse_take(p, "-"))
			t = binary(p, OP_SUB, t, product(p));
		else
			return t;
	}
}

/* ---- comparisons ---- */

static struct term *
in_list(struct parser *p, struct term *value)
{
	struct term *item[1024], *t;
	int n = 0;

	if (parse_take(p, "file"))
		return parse_listed(p, value);
	if (!lex_is(&p->tok, "("))
		parse_fail(p, p->tok.from,
		    "a list such as ('a', 'b') or file \"NAME\" expected "
		    "after 'in', found %s",
		    found(p));
	do {
		lex_next(p);
		if (n == 1024)
			parse_fail(p, p->tok.from,
			    "more than 1,024 values; put them in a file and "
			    "write in file \"NAME\"");
		item[n++] = parse_sum(p);
	} while (lex_is(&p->tok, ","));
	parse_want(p, ")", "the list");
	t = term_new(p->set, OP_IN, n + 1);
	t->kid[0] = value;
	memcpy(t->kid + 1, item, (size_t)n * sizeof item[0]);
	return parse_done(p, t, value->from);
}

static struct term *
between(struct parser *p, struct term *value)
{
	struct term *t = term_new(p->set, OP_BETWEEN, 3);

	t->kid[0] = value;
	t->kid[1] = parse_sum(p);
	parse_want(p, "and", "the lower bound of 'between'");
	t->kid[2] = parse_sum(p);
	return parse_done(p, t, value->from);
}

static struct term *
match(struct parser *p, struct term *value)
{
	struct term *t = term_new(p->set, OP_MATCH, 2);
	const char *why;
	size_t at;

	if (p->tok.kind != T_TEXT)
		parse_fail(p, p->tok.from,
		    "a pattern in quotes expected after '~', found %s",
		    found(p));
	t->pattern = pattern_compile(p->tok.p, p->tok.len, false, &at, &why);
	if (t->pattern == NULL)
		parse_fail(p, p->tok.from + 1 + at, "in the pattern: %s", why);
	t->kid[0] = value;
	t->kid[1] = literal(p, val_text(p->tok.p, p->tok.len));
	return parse_done(p, t, value->from);
}

static const struct {
	const char *word, *second;
	enum op op;
} comparisons[] = {{"=", NULL, OP_EQ}, {"!=", NULL, OP_NE}, {"<", NULL, OP_LT},
    {"<=", NULL, OP_LE}, {">", NULL, OP_GT}, {">=", NULL, OP_GE},
    {"contains", NULL, OP_CONTAINS}, {"starts", "with", OP_STARTS},
    {"ends", "with", OP_ENDS}, {"has", NULL, OP_HAS}, {"~", NULL, OP_MATCH},
    {"!~", NULL, OP_MATCH}, {"in", NULL, OP_IN}, {"between", NULL, OP_BETWEEN},
    {"is", NULL, OP_MISSING}};

#define COMPARISONS (sizeof comparisons / sizeof comparisons[0])

static struct term *
missing(struct parser *p, struct term *value)
{
	bool negated = parse_take(p, "not");
	struct term *t;

	if (lex_is(&p->tok, "null"))
		parse_fail(p, value->to + 1,
		    "'is %snull' is written is %smissing",
		    negated ? "not " : "", negated ? "not " : "");
	if (!parse_take(p, "missing"))
		parse_fail(p, p->tok.from,
		    "'missing' or 'not missing' expected after 'is', found "
		    "%s",
		    found(p));
	t = unary(p, OP_MISSING, value, value->from);
	return negated ? unary(p, OP_NOT, t, value->from) : t;
}

static struct term *
compared(struct parser *p, struct term *a, size_t which)
{
	bool negated = comparisons[which].word[0] == '!' &&
		       comparisons[which].op == OP_MATCH;
	struct term *t;

	lex_next(p);
	if (comparisons[which].second != NULL)
		parse_want(
		    p, comparisons[which].second, comparisons[which].word);
	switch (comparisons[which].op) {
	case OP_MATCH:
		t = match(p, a);
		return negated ? unary(p, OP_NOT, t, a->from) : t;
	case OP_IN:
		return in_list(p, a);
	case OP_BETWEEN:
		return between(p, a);
	case OP_MISSING:
		return missing(p, a);
	default:
		return binary(p, comparisons[which].op, a, parse_sum(p));
	}
}

static size_t
which_comparison(const struct token *tok)
{
	size_t i;

	for (i = 0; i < COMPARISONS; i++)
		if (lex_is(tok, comparisons[i].word))
			break;
	return i;
}

static struct term *
comparison(struct parser *p)
{
	struct term *t = parse_sum(p);
	bool negated = lex_is(&p->tok, "not");
	size_t which;

	if (negated)
		lex_next(p);
	which = which_comparison(&p->tok);
	if (which == COMPARISONS) {
		if (negated)
			parse_fail(p, p->tok.from,
			    "in, between, contains, starts with, ends with "
			    "or has expected after 'not', found %s",
			    found(p));
		return t;
	}
	t = compared(p, t, which);
	if (negated)
		t = unary(p, OP_NOT, t, t->from);
	if (which_comparison(&p->tok) != COMPARISONS)
		parse_fail(p, p->tok.from,
		    "comparisons do not chain; write a < b and b < c, or x "
		    "between a and b");
	return t;
}

static struct term *
negation(struct parser *p)
{
	uint32_t from = p->tok.from;
	struct term *t;

	if (!lex_is(&p->tok, "not"))
		return comparison(p);
	enter(p);
	lex_next(p);
	t = negation(p);
	check_condition(p, t);
	t = unary(p, OP_NOT, t, from);
	p->deep--;
	return t;
}

/* and, or: one term with all operands, so that a long chain is not deep. */
static struct term *
chain(struct parser *p, const char *word, enum op op,
    struct term *(*part)(struct parser *))
{
	struct term *first = part(p), *t, **kid = NULL;
	size_t n = 1, cap = 0;

	if (!lex_is(&p->tok, word))
		return first;
	check_condition(p, first);
	while (parse_take(p, word)) {
		if (n >= cap) {
			struct term **more = arena_alloc(
			    &p->set->arena, (n * 2 + 6) * sizeof *kid);

			if (kid != NULL)
				memcpy(more, kid, n * sizeof *kid);
			kid = more;
			cap = n * 2 + 6;
			kid[0] = first;
		}
		if (n == 60000)
			parse_fail(p, p->tok.from, "more than 60,000 operands");
		kid[n] = part(p);
		check_condition(p, kid[n++]);
	}
	t = term_new(p->set, op, (int)n);
	memcpy(t->kid, kid, n * sizeof *kid);
	return parse_done(p, t, first->from);
}

static struct term *
parse_and(struct parser *p)
{
	return chain(p, "and", OP_AND, negation);
}

struct term *
parse_or(struct parser *p)
{
	struct term *t;

	enter(p);
	t = chain(p, "or", OP_OR, parse_and);
	p->deep--;
	return t;
}
