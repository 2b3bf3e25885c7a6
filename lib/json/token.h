/*
 * The tokens of RFC 8259, checked byte by byte.  All run without looking for
 * the end: the '\n' behind a line belongs to no token, so each stops there.
 * Each returns the byte after its token, or NULL with the error set.
 */
#ifndef CDP_JSON_TOKEN_H
#define CDP_JSON_TOKEN_H

#if defined(__SSE2__) && !defined(JS_SCALAR)
#include <emmintrin.h>
#define JS_SSE2
#endif

#include "json.h"

struct scan {
	const char *begin, *end;
	bool escaped; /* a backslash was met since this was cleared */
	struct js_val *out;
	struct js_line *line;
	const struct js_plan *plan;
	struct js_error error;
	/* Of a line that has an index; else stop is NULL. */
	const uint64_t *stop;
	const struct opening *opening;
	size_t nth; /* the next opening */
	bool slash;
};

__attribute__((cold, noinline)) static const char *
fail(struct scan *s, const char *p, const char *why)
{
	s->error.at = (size_t)(p - s->begin);
	s->error.why = p >= s->end  ? "unexpected end"
		       : *p == '\0' ? "NUL byte"
				    : why;
	return NULL;
}

static inline bool
is_digit(char c)
{
	return (unsigned char)(c - '0') < 10;
}

/* A newline within the text is white space; the one behind it is the end. */
static const char *
skip_space(const struct scan *s, const char *p)
{
	while (
	    *p == ' ' || *p == '\t' || *p == '\r' || (*p == '\n' && p < s->end))
		p++;
	return p;
}

static inline const char *
space(const struct scan *s, const char *p)
{
	return (unsigned char)*p > ' ' ? p : skip_space(s, p);
}

/* The next byte of a string that is not printable ASCII, or is " or \. */
#ifdef JS_SSE2
static inline const char *
plain(const char *p)
{
	const __m128i quote = _mm_set1_epi8('"');
	const __m128i backslash = _mm_set1_epi8('\\');
	const __m128i blank = _mm_set1_epi8(' ');

	for (;; p += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)p);
		/* signed: bytes from 0x80 are below the blank too */
		__m128i odd = _mm_or_si128(_mm_cmplt_epi8(v, blank),
		    _mm_or_si128(_mm_cmpeq_epi8(v, quote),
			_mm_cmpeq_epi8(v, backslash)));
		int mask = _mm_movemask_epi8(odd);

		if (mask != 0)
			return p + __builtin_ctz((unsigned)mask);
	}
}
#else
static const char stops[256] = {
#define X1 1
#define X4 X1, X1, X1, X1
#define X16 X4, X4, X4, X4
    X16, X16, ['"'] = 1, ['\\'] = 1, [128] = X16, X16, X16, X16, X16, X16, X16,
    X16
#undef X1
#undef X4
#undef X16
};

static inline const char *
plain(const char *p)
{
	while (!stops[(unsigned char)*p])
		p++;
	return p;
}
#endif

static int
hex4(const char *p)
{
	int v = 0;

	for (int i = 0; i < 4; i++) {
		int c = p[i];

		if (is_digit(p[i]))
			v = v * 16 + c - '0';
		else if ((c | 32) >= 'a' && (c | 32) <= 'f')
			v = v * 16 + (c | 32) - 'a' + 10;
		else
			return -1;
	}
	return v;
}

/* p: at the backslash.  Surrogates count only in pairs. */
static const char *
escape(struct scan *s, const char *p)
{
	int u;

	s->escaped = true;
	switch (p[1]) {
	case '"':
	case '\\':
	case '/':
	case 'b':
	case 'f':
	case 'n':
	case 'r':
	case 't':
		return p + 2;
	case 'u':
		break;
	default:
		return fail(s, p + 1, "invalid escape");
	}
	if ((u = hex4(p + 2)) < 0)
		return fail(s, p, "invalid escape");
	if (u < 0xd800 || u > 0xdfff)
		return p + 6;
	if (u >= 0xdc00 || p[6] != '\\' || p[7] != 'u' ||
	    (u = hex4(p + 8)) < 0xdc00 || u > 0xdfff)
		return fail(s, p, "lone surrogate");
	return p + 12;
}

static inline bool
is_tail(const unsigned char *u)
{
	return (*u & 0xc0) == 0x80;
}

/* One character of more than one byte, by RFC 3629's table; NULL if none. */
static inline const char *
wide(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;

	if (u[0] >= 0xe1 && u[0] <= 0xec)
		return is_tail(u + 1) && is_tail(u + 2) ? p + 3 : NULL;
	if (u[0] < 0xc2)
		return NULL;
	if (u[0] < 0xe0)
		return is_tail(u + 1) ? p + 2 : NULL;
	if (!is_tail(u + 1) || !is_tail(u + 2))
		return NULL;
	if (u[0] < 0xf0)
		return (u[0] == 0xe0      ? u[1] >= 0xa0
			   : u[0] == 0xed ? u[1] < 0xa0
					  : true)
			   ? p + 3
			   : NULL;
	if (u[0] > 0xf4 || !is_tail(u + 3) || (u[0] == 0xf0 && u[1] < 0x90) ||
	    (u[0] == 0xf4 && u[1] >= 0x90))
		return NULL;
	return p + 4;
}

/* The part of a string after its first byte that is not plain. */
static const char *
odd(struct scan *s, const char *p)
{
	const char *next;

	for (;; p = next) {
		if (*p == '"')
			return p + 1;
		if (*p & 0x80) {
			if ((next = wide(p)) == NULL)
				return fail(s, p, "invalid UTF-8");
		} else if (*p == '\\') {
			if ((next = escape(s, p)) == NULL)
				return NULL;
		} else if ((unsigned char)*p < ' ') {
			return fail(s, p, "control character in a string");
		} else {
			next = plain(p);
		}
	}
}

/* p: after the opening quote. */
static inline const char *
string(struct scan *s, const char *p)
{
	p = plain(p);
	return *p == '"' ? p + 1 : odd(s, p);
}

static inline const char *
digits(const char *p)
{
	while (is_digit(*p))
		p++;
	return p;
}

static inline const char *
number(struct scan *s, const char *p)
{
	p += *p == '-';
	if (!is_digit(*p))
		return fail(s, p, "invalid number");
	if (*p == '0') {
		if (is_digit(*++p))
			return fail(s, p, "number with a leading zero");
	} else {
		p = digits(p + 1);
	}
	if (*p == '.') {
		if (!is_digit(*++p))
			return fail(s, p, "invalid number");
		p = digits(p + 1);
	}
	if ((*p | 32) == 'e') {
		p++;
		p += *p == '+' || *p == '-';
		if (!is_digit(*p))
			return fail(s, p, "invalid number");
		p = digits(p + 1);
	}
	return p;
}

static const char *
word(struct scan *s, const char *p)
{
	if (memcmp(p, "true", 4) == 0 || memcmp(p, "null", 4) == 0)
		return p + 4;
	if (memcmp(p, "false", 5) == 0)
		return p + 5;
	return fail(s, p, "expected a value");
}

static inline const char *
scalar(struct scan *s, const char *p)
{
	if (*p == '"')
		return string(s, p + 1);
	if (is_digit(*p) || *p == '-')
		return number(s, p);
	return word(s, p);
}

#endif
