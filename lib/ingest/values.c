#include <string.h>

#include "values.h"

#define SHOWN 65536 /* bytes of an object that is too long */

struct reader {
	const struct values *to;
	struct rows *rows;
	struct place at;
	uint64_t line;
	bool in_array, want_comma, done;
	struct buf text;
};

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Drop bytes, counting lines. */
static void
take(struct reader *r, const char *p, size_t n)
{
	const char *end = p + n;

	for (; p < end && (p = memchr(p, '\n', (size_t)(end - p))); p++)
		r->line++;
	rows_take(r->rows, n);
}

static void
take_between(struct reader *r, const char *p, size_t n)
{
	if (r->to->between != NULL)
		r->to->between(r->to->arg, n);
	take(r, p, n);
}

/* How far an object was followed; its end may lie in bytes yet to come. */
struct follow {
	size_t at;
	int depth;
	bool quoted;
};

/* Offset behind the object that p begins with, 0: not within n bytes. */
static size_t
object_end(const char *p, size_t n, struct follow *f)
{
	size_t i;

	for (i = f->at; i < n; i++) {
		if (f->quoted) {
			if (p[i] == '\\')
				i++;
			else if (p[i] == '"')
				f->quoted = false;
		} else if (p[i] == '"')
			f->quoted = true;
		else if (p[i] == '{' || p[i] == '[')
			f->depth++;
		else if ((p[i] == '}' || p[i] == ']') && --f->depth == 0)
			return i + 1;
	}
	f->at = i;
	return 0;
}

/* The object's text, where what is not of the encoding stands as U+FFFD. */
static const char *
copy_object(struct reader *r, const char *p, size_t n)
{
	const char *end = p + n, *wrong, *why = NULL;
	struct buf *b = &r->text;

	b->len = 0;
	while (!rows_plain(r->rows) &&
	       /* cppcheck-suppress invalidFunctionArg */
	       (wrong = memchr(p, ROWS_WRONG, (size_t)(end - p))) != NULL) {
		buf_add(b, p, (size_t)(wrong - p));
		buf_adds(b, "\xef\xbf\xbd");
		p = wrong + 1;
		why = "not of the encoding";
	}
	buf_add(b, p, (size_t)(end - p));
	js_pad(b);
	return why;
}

static void
one_object(struct reader *r, const char *p, size_t n)
{
	uint64_t limit = r->to->max_line;
	struct follow f = {0};
	const char *why;
	size_t end;

	while ((end = object_end(p, n, &f)) == 0)
		if (!rows_bytes(r->rows, n, &p, &n))
			die_at(&r->at,
			    "the file ends in the middle of this object");
	why = copy_object(r, p, end);
	if (limit > 0 && end > limit) {
		why = "line too long";
		r->text.len = r->text.len < SHOWN ? r->text.len : SHOWN;
	}
	r->done = !r->to->object(
	    r->to->arg, &r->at, r->text.p, r->text.len, end, why);
	take(r, p, end);
}

/* Up to the next structural byte; false at the end. */
static bool
next_token(struct reader *r, const char **p, size_t *n)
{
	size_t i;

	while (!r->done && rows_bytes(r->rows, 0, p, n)) {
		for (i = 0; i < *n && is_space((*p)[i]); i++)
			;
		take_between(r, *p, i);
		if (i < *n) {
			*p += i;
			*n -= i;
			return true;
		}
	}
	return false;
}

static void
unexpected(const struct reader *r, char c)
{
	die_at(&r->at, "found %s, expected an object or an array of objects",
	    err_quote(&c, 1));
}

static void
token(struct reader *r, const char *p, size_t n)
{
	switch (*p) {
	case '{':
		if (r->in_array && r->want_comma)
			unexpected(r, *p);
		one_object(r, p, n);
		r->want_comma = true;
		return;
	case '[':
		if (r->in_array)
			unexpected(r, *p);
		r->in_array = true;
		r->want_comma = false;
		break;
	case ',':
		if (!r->in_array || !r->want_comma)
			unexpected(r, *p);
		r->want_comma = false;
		break;
	case ']':
		if (!r->in_array)
			unexpected(r, *p);
		r->in_array = r->want_comma = false;
		break;
	default:
		unexpected(r, *p);
	}
	take_between(r, p, 1);
}

void
values_read(const struct values *to, struct rows *rows)
{
	struct reader r = {.to = to, .rows = rows, .line = 1};
	const char *p;
	size_t n;

	r.at.file = rows_file(rows);
	while (next_token(&r, &p, &n)) {
		r.at.line = r.line;
		token(&r, p, n);
	}
	if (r.in_array && !r.done)
		die_at(&r.at, "the file ends in the middle of an array");
	buf_free(&r.text);
}
