/*
 * Values that nobody wants: checked like the others, without recursion.
 * Owns nothing.
 */
#ifndef CDP_JSON_SKIP_H
#define CDP_JSON_SKIP_H

#include "json/index.h"
#include "json/token.h"

/* The decoded text of a valid string between its quotes [p, end). */
void js_decode(struct buf *, const char *p, const char *end);

/* The type of a value by its first byte. */
extern const uint8_t js_type_of[256];

/* After a key: the colon; returns the value's first byte. */
static inline const char *
colon(struct scan *s, const char *p)
{
	if (*p != ':' && *(p = space(s, p)) != ':')
		return fail(s, p, "expected ':'");
	return space(s, p + 1);
}

static inline const char *
key(struct scan *s, const char *p)
{
	if (*p != '"')
		return fail(s, p, "expected a key");
	p = string(s, p + 1);
	return p == NULL ? NULL : colon(s, p);
}

static inline const char *
no_comma(struct scan *s, const char *p, char close)
{
	return fail(
	    s, p, close == '}' ? "expected ',' or '}'" : "expected ',' or ']'");
}

/*
 * p: at the bracket that opens level depth + 1.  closing holds the bracket
 * that each open level waits for; '{' + 2 is '}', '[' + 2 is ']'.
 */
static const char *
skip(struct scan *s, const char *p, unsigned depth)
{
	char closing[JS_DEPTH + 1], close;
	unsigned base = depth;

open:
	if (++depth > JS_DEPTH)
		return fail(s, p, "nested too deep");
	closing[depth] = close = (char)(*p + 2);
	p = space(s, p + 1);
	if (*p == close)
		goto close;
item:
	if (close == '}' && (p = key(s, p)) == NULL)
		return NULL;
	if (*p == '{' || *p == '[')
		goto open;
	if ((p = scalar(s, p)) == NULL)
		return NULL;
after:
	if (*p == ',' || *(p = space(s, p)) == ',') {
		p = space(s, p + 1);
		goto item;
	}
	if (*p != close)
		return no_comma(s, p, close);
close:
	p++;
	if (--depth == base)
		return p;
	close = closing[depth];
	goto after;
}

/* The stops of the line's index from p on, as far as a word reaches. */
static inline uint64_t
stops_from(const struct scan *s, const char *p)
{
	size_t at = (size_t)(p - s->begin);
	uint64_t w;

	memcpy(&w, (const char *)s->stop + at / 8, sizeof(w));
	return w >> at % 8;
}

/* The first stop at p or behind it. */
static inline const char *
stop(const struct scan *s, const char *p)
{
	uint64_t w;

	while ((w = stops_from(s, p)) == 0)
		p += 64 - (size_t)(p - s->begin) % 8;
	return p + __builtin_ctzll(w);
}

/* p: after the opening quote. */
static inline const char *
leap_string(struct scan *s, const char *p)
{
	const char *end = stop(s, p);

	if (s->slash && memchr(p, '\\', (size_t)(end - p)) != NULL)
		s->escaped = true;
	return end + 1;
}

/* A value of a line that has an index. */
static inline const char *
leap(struct scan *s, const char *p)
{
	if (*p == '"')
		return leap_string(s, p + 1);
	if (*p == '{' || *p == '[') {
		const struct opening *o = s->opening + s->nth;

		s->nth = o->next;
		return s->begin + o->to + 1;
	}
	return stop(s, p);
}

/* Any value inside level `depth`. */
static inline const char *
value(struct scan *s, const char *p, unsigned depth)
{
	if (s->stop != NULL)
		return leap(s, p);
	if (*p == '"')
		return string(s, p + 1);
	return *p == '{' || *p == '[' ? skip(s, p, depth) : scalar(s, p);
}

#endif
