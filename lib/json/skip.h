/*
 * Values that nobody wants: checked like the others, without recursion.
 */
#ifndef CDP_JSON_SKIP_H
#define CDP_JSON_SKIP_H

#include "json/token.h"

/* The decoded text of a valid string between its quotes [p, end). */
void js_decode(struct buf *, const char *p, const char *end);

/* The type of a value by its first byte. */
extern const uint8_t js_type_of[256];

/* After a key: the colon; returns the value's first byte. */
static inline const char *
colon(struct scan *s, const char *p)
{
	p = space(s, p);
	if (*p != ':')
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

/*
 * p: at the bracket that opens level depth + 1.  What the open levels are, is
 * kept as one bit each; '{' + 2 is '}', '[' + 2 is ']'.
 */
static const char *
skip(struct scan *s, const char *p, unsigned depth)
{
	uint64_t objects[JS_DEPTH / 64 + 1] = {0};
	unsigned base = depth;
	bool object;

open:
	if (++depth > JS_DEPTH)
		return fail(s, p, "nested too deep");
	object = *p == '{';
	objects[depth / 64] &= ~(UINT64_C(1) << depth % 64);
	objects[depth / 64] |= (uint64_t)object << depth % 64;
	p = space(s, p + 1);
	if (*p == (object ? '}' : ']'))
		goto close;
item:
	if (object && (p = key(s, p)) == NULL)
		return NULL;
	if (*p == '{' || *p == '[')
		goto open;
	if ((p = scalar(s, p)) == NULL)
		return NULL;
after:
	p = space(s, p);
	if (*p == ',') {
		p = space(s, p + 1);
		goto item;
	}
	if (*p != (object ? '}' : ']'))
		return fail(s, p,
		    object ? "expected ',' or '}'" : "expected ',' or ']'");
close:
	p++;
	if (--depth == base)
		return p;
	object = objects[depth / 64] >> depth % 64 & 1;
	goto after;
}

/* Any value inside level `depth`. */
static inline const char *
value(struct scan *s, const char *p, unsigned depth)
{
	return *p == '{' || *p == '[' ? skip(s, p, depth) : scalar(s, p);
}

#endif
