#include <string.h>

#include "run.h"

/*
 * JSON values one after another, spread over lines as they may be: a file of
 * objects, or arrays of objects.  Only the end of each object is looked for
 * here; the scanner then judges it.
 */
struct reader {
	struct ingest *ingest;
	struct rows *rows;
	struct place at;
	uint64_t line;
	bool in_array, want_comma;
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

/* Offset behind the object that p begins with, 0: not within n bytes. */
static size_t
object_end(const char *p, size_t n, size_t from, int *depth, bool *quoted)
{
	size_t i;

	for (i = from; i < n; i++) {
		if (*quoted) {
			if (p[i] == '\\')
				i++;
			else if (p[i] == '"')
				*quoted = false;
		} else if (p[i] == '"')
			*quoted = true;
		else if (p[i] == '{' || p[i] == '[')
			++*depth;
		else if ((p[i] == '}' || p[i] == ']') && --*depth == 0)
			return i + 1;
	}
	return 0;
}

static void
one_object(struct reader *r, const char *p, size_t n)
{
	uint64_t limit = reject_settings.max_line;
	size_t end, had;
	int depth = 0;
	bool quoted = false;

	while ((end = object_end(p, n, 0, &depth, &quoted)) == 0) {
		had = n;
		if (!rows_bytes(r->rows, had, &p, &n))
			die_at(&r->at,
			    "the file ends in the middle of this object");
		depth = 0;
		quoted = false;
	}
	if (limit > 0 && end > limit) {
		r->ingest->counts.read++;
		ingest_bad(r->ingest, &r->at, "line too long", p,
		    end < 65536 ? end : 65536);
	} else {
		struct buf *b = &r->ingest->mended;

		b->len = 0;
		buf_room(b, end + JS_PAD);
		memcpy(b->p, p, end);
		memset(b->p + end, '\n', JS_PAD);
		ingest_record(r->ingest, &r->at, b->p, end);
	}
	take(r, p, end);
}

/* Up to the next structural byte; false at the end. */
static bool
next_token(struct reader *r, const char **p, size_t *n)
{
	size_t i;

	while (rows_bytes(r->rows, 0, p, n)) {
		for (i = 0; i < *n && is_space((*p)[i]); i++)
			;
		take(r, *p, i);
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
	take(r, p, 1);
}

void
ingest_values(struct ingest *g, struct input *in)
{
	struct rows_settings set = {.encoding = "UTF-8"};
	struct reader r = {.ingest = g};
	const char *p;
	size_t n;

	r.rows = rows_new(in, &set);
	while (rows_next_file(r.rows)) {
		r.line = 1;
		r.in_array = r.want_comma = false;
		r.at.file = rows_file(r.rows);
		while (next_token(&r, &p, &n)) {
			r.at.line = r.line;
			token(&r, p, n);
		}
		if (r.in_array)
			die_at(&r.at, "the file ends in the middle of an "
				      "array");
		ingest_end_of_file(g);
	}
	rows_free(r.rows);
}
