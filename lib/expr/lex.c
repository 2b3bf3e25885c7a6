#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "room.h"

/* The message goes to the set, where expr_try's caller finds it. */
void
parse_fail(struct parser *p, size_t from, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(p->set->why, sizeof p->set->why, fmt, ap);
	va_end(ap);
	p->col = from + 1;
	longjmp(p->out, 1);
}

static bool
is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       c == '$' || c > 0x7f;
}

static int
byte_at(const struct parser *p, size_t i)
{
	return i < p->len ? (unsigned char)p->text[i] : -1;
}

static size_t
digits(const struct parser *p, size_t i)
{
	while (is_digit(byte_at(p, i)))
		i++;
	return i;
}

/* 2026-11-11, which would be a difference of three numbers. */
static bool
is_date(const struct parser *p, size_t from)
{
	return digits(p, from) == from + 4 && byte_at(p, from + 4) == '-' &&
	       digits(p, from + 5) == from + 7 && byte_at(p, from + 7) == '-' &&
	       digits(p, from + 8) == from + 10;
}

static void
take(struct parser *p, enum token_kind kind, size_t from, size_t to)
{
	p->tok.kind = kind;
	p->tok.from = (uint32_t)from;
	p->tok.to = (uint32_t)to;
	p->tok.p = p->text + from;
	p->tok.len = to - from;
	p->at = to;
}

/* 30d, 1d12h, or a number: 12 129.50 1e6 */
static void
lex_number(struct parser *p)
{
	size_t from = p->at, i = digits(p, from), to;
	struct duration d;
	int c = byte_at(p, i);

	if (is_date(p, from))
		parse_fail(
		    p, from, "a date is written @%.*s", 10, p->text + from);
	if (is_letter(c) && c != 'e' && c != 'E' && c < 0x80) {
		for (to = i;
		     is_letter(byte_at(p, to)) || is_digit(byte_at(p, to));)
			to++;
		if (from > 0 && p->text[from - 1] == '.')
			parse_fail(p, from,
			    "a name that begins with a digit is written in "
			    "backquotes: `%.*s`",
			    (int)(to - from), p->text + from);
		if (!duration_parse(p->text + from, to - from, &d))
			parse_fail(p, from,
			    "%s is no duration; expected one such as 30s, "
			    "30m, 48h, 7d, 2w, 3mo or 1y",
			    err_quote(p->text + from, to - from));
		take(p, T_SPAN, from, to);
		return;
	}
	if (c == '.' && is_digit(byte_at(p, i + 1)))
		i = digits(p, i + 1);
	c = byte_at(p, i);
	if (c == 'e' || c == 'E') {
		to = i + 1;
		if (byte_at(p, to) == '-' || byte_at(p, to) == '+')
			to++;
		if (!is_digit(byte_at(p, to)))
			parse_fail(p, i, "digits expected in the exponent");
		i = digits(p, to);
	}
	if (i - from > 1 && p->text[from] == '0' &&
	    is_digit(byte_at(p, from + 1)))
		parse_fail(p, from,
		    "a number does not begin with 0; text is "
		    "written in quotes");
	if (val_parse_number(p->text + from, i - from).type != EXPR_NUMBER)
		parse_fail(p, from, "%s is greater than any number",
		    err_quote(p->text + from, i - from));
	take(p, T_NUMBER, from, i);
}

static void
lex_time(struct parser *p)
{
	size_t from = p->at, i = from + 1;
	int c;

	for (; (c = byte_at(p, i)) == '-' || c == '+' || c == ':' || c == '.' ||
	       c == 'T' || c == 'Z' || is_digit(c);)
		i++;
	take(p, T_TIME, from, i);
	p->tok.p++;
	p->tok.len--;
}

/* A backslash stands for itself (so patterns read as they are) unless a
 * quote or a backslash follows. */
static void
lex_text(struct parser *p)
{
	size_t from = p->at, i, n = 0;
	int quote = p->text[from], c;
	char *out;

	for (i = from + 1; (c = byte_at(p, i)) != quote; i++) {
		if (c < 0)
			parse_fail(p, from, "no closing %c", quote);
		if (c == '\\')
			i++;
	}
	out = arena_alloc(&p->set->arena, i - from + 1);
	take(p, quote == '`' ? T_QUOTED : T_TEXT, from, i + 1);
	for (i = from + 1; (c = byte_at(p, i)) != quote; i++) {
		int after = byte_at(p, i + 1);

		if (c == '\\' && (after == quote || after == '\\')) {
			c = after;
			i++;
		}
		out[n++] = (char)c;
	}
	out[n] = '\0';
	p->tok.p = out;
	p->tok.len = n;
}

static void
lex_mark(struct parser *p)
{
	static const char *const marks[] = {
	    "!=", "<=", ">=", "!~", "<>", "==", "&&", "||", "=>", "=<", "=~"};
	static const char *const meant[] = {
	    NULL, NULL, NULL, NULL, "!=", "=", "and", "or", ">=", "<=", "~"};
	size_t from = p->at, i;

	for (i = 0; i < sizeof marks / sizeof marks[0]; i++)
		if (p->len - from >= 2 &&
		    memcmp(p->text + from, marks[i], 2) == 0) {
			if (meant[i] != NULL)
				parse_fail(p, from, "'%s' is written %s",
				    marks[i], meant[i]);
			take(p, T_MARK, from, from + 2);
			return;
		}
	if (p->text[from] == '!')
		parse_fail(p, from, "'!' is written not");
	if (strchr("=<>~+-*/%().,[]:", p->text[from]) == NULL)
		parse_fail(p, from, "%s has no meaning here",
		    err_quote(p->text + from, 1));
	take(p, T_MARK, from, from + 1);
}

/* The wide forms of ASCII, U+FF01 to U+FF5E, of a Chinese keyboard. */
static void
refuse_wide_ascii(struct parser *p, size_t from)
{
	int lead = byte_at(p, from), middle = byte_at(p, from + 1);
	int wide = ((middle & 3) << 6) | (byte_at(p, from + 2) & 0x3f);
	int c = wide - 1 + '!';

	if (lead != 0xef || middle < 0xbc || middle > 0xbd || wide < 1 ||
	    c > '~')
		return;
	if (is_letter(c) || is_digit(c))
		parse_fail(p, from,
		    "%s is the wide form of %c; a name that holds it is "
		    "written in backquotes",
		    err_quote(p->text + from, 3), c);
	parse_fail(p, from, "%s is the wide form of %c",
	    err_quote(p->text + from, 3), c);
}

/* Marks that look like ours, or stand for them on paper. */
static void
refuse_wide(struct parser *p, size_t from)
{
	static const char *const wide[][2] = {
	    {"\xe2\x80\x9c", "the wide form of \""},
	    {"\xe2\x80\x9d", "the wide form of \""},
	    {"\xe2\x80\x98", "the wide form of '"},
	    {"\xe2\x80\x99", "the wide form of '"},
	    {"\xe3\x80\x80", "the wide form of a blank"},
	    {"\xe3\x80\x81", "written ,"}, {"\xe2\x89\xa5", "written >="},
	    {"\xe2\x89\xa4", "written <="}, {"\xe2\x89\xa0", "written !="}};
	size_t i;

	refuse_wide_ascii(p, from);
	for (i = 0; i < sizeof wide / sizeof wide[0]; i++)
		if (p->len - from >= 3 &&
		    memcmp(p->text + from, wide[i][0], 3) == 0)
			parse_fail(p, from, "%s is %s",
			    err_quote(p->text + from, 3), wide[i][1]);
}

static void
lex_name(struct parser *p)
{
	size_t from = p->at, i = from;

	while (is_letter(byte_at(p, i)) || is_digit(byte_at(p, i))) {
		if ((byte_at(p, i) & 0xc0) == 0xc0)
			refuse_wide(p, i);
		i++;
	}
	take(p, T_NAME, from, i);
}

void
lex_next(struct parser *p)
{
	int c;

	p->last = p->tok.to;
	if (p->peeked) {
		p->tok = p->ahead;
		p->at = p->tok.to;
		p->peeked = false;
		return;
	}
	while ((c = byte_at(p, p->at)) == ' ' || c == '\t' || c == '\n' ||
	       c == '\r')
		p->at++;
	if (c < 0)
		take(p, T_END, p->at, p->at);
	else if (is_digit(c))
		lex_number(p);
	else if (c == '\'' || c == '"' || c == '`')
		lex_text(p);
	else if (c == '@')
		lex_time(p);
	else if (is_letter(c))
		lex_name(p);
	else
		lex_mark(p);
}

/* The token after the present one. */
const struct token *
lex_peek(struct parser *p)
{
	struct token now = p->tok;
	uint32_t last = p->last;
	size_t at = p->at;

	if (!p->peeked) {
		lex_next(p);
		p->ahead = p->tok;
		p->tok = now;
		p->last = last;
		p->at = at;
		p->peeked = true;
	}
	return &p->ahead;
}

bool
lex_is(const struct token *t, const char *word)
{
	return (t->kind == T_MARK || t->kind == T_NAME) &&
	       strlen(word) == t->len && memcmp(t->p, word, t->len) == 0;
}
