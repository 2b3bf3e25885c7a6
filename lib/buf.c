#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "buf.h"
#include "err.h"
#include "mem.h"

void
buf_room(struct buf *b, size_t more)
{
	if (b->len + more < more)
		die("out of memory");
	b->p = mem_grow(b->p, &b->cap, b->len + more, 1);
}

void
buf_addv(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	size_t room = 64;
	int n;

	for (;;) {
		buf_room(b, room);
		va_copy(again, ap);
		n = vsnprintf(b->p + b->len, room, fmt, again);
		va_end(again);
		if (n < 0)
			die("cannot format a message");
		if ((size_t)n < room)
			break;
		room = (size_t)n + 1;
	}
	b->len += (size_t)n;
}

void
buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_addv(b, fmt, ap);
	va_end(ap);
}

void
buf_int(struct buf *b, int64_t v)
{
	char text[24], *p = text + sizeof text;
	uint64_t u = v < 0 ? -(uint64_t)v : (uint64_t)v;

	if (v >= 0 && v < 10) {
		buf_byte(b, (char)('0' + v));
		return;
	}
	do
		*--p = (char)('0' + u % 10);
	while ((u /= 10) > 0);
	if (v < 0)
		*--p = '-';
	buf_add(b, p, (size_t)(text + sizeof text - p));
}

static void
escape(struct buf *b, unsigned char c)
{
	static const char names[] = "\b\f\n\r\t", letters[] = "bfnrt";
	const char *at = c != 0 ? strchr(names, c) : NULL;

	buf_byte(b, '\\');
	if (c == '"' || c == '\\')
		buf_byte(b, (char)c);
	else if (at != NULL)
		buf_byte(b, letters[at - names]);
	else
		buf_addf(b, "u%04x", c);
}

/* Is one of the eight bytes at p a quote, a backslash or below 0x20?  A borrow
 * may say yes for no, never no for yes. */
static bool
special(const char *p)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t v, quote, slash;

	memcpy(&v, p, sizeof v);
	quote = v ^ ones * '"';
	slash = v ^ ones * '\\';
	return ((((v - ones * 0x20) & ~v) | ((quote - ones) & ~quote) |
		    ((slash - ones) & ~slash)) &
		   ones * 0x80) != 0;
}

/* Length of the run at p that a JSON string holds as it is. */
static size_t
plain_run(const char *p, size_t n)
{
	size_t i = 0;
	unsigned char c;

#ifdef __SSE2__
	const __m128i quote = _mm_set1_epi8('"');
	const __m128i slash = _mm_set1_epi8('\\');
	const __m128i last = _mm_set1_epi8(0x1f);

	for (; n - i >= 16; i += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(p + i));
		__m128i hit =
		    _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(v, quote),
				     _mm_cmpeq_epi8(v, slash)),
			_mm_cmpeq_epi8(_mm_min_epu8(v, last), v));
		int mask = _mm_movemask_epi8(hit);

		if (mask != 0)
			return i + (size_t)__builtin_ctz((unsigned)mask);
	}
#endif
	/* the last eight again, with those before them: short texts are
	 * the rule */
	if (n >= 8 && i < n && n - i <= 16 && (n - i <= 8 || !special(p + i)) &&
	    !special(p + n - 8))
		return n;
	for (; i < n; i++) {
		c = (unsigned char)p[i];
		if (c < 0x20 || c == '"' || c == '\\')
			break;
	}
	return i;
}

void
buf_json(struct buf *b, const char *p, size_t n)
{
	size_t k = plain_run(p, n);
	char *to;

	if (b->cap - b->len < n + 2)
		buf_room(b, n + 2);
	to = b->p + b->len;
	*to++ = '"';
	if (k > 0)
		memcpy(to, p, k);
	b->len += k + 1;
	while (k < n) {
		escape(b, (unsigned char)p[k]);
		p += k + 1;
		n -= k + 1;
		k = plain_run(p, n);
		buf_add(b, p, k);
	}
	buf_byte(b, '"');
}

void
buf_jsons(struct buf *b, const char *s)
{
	if (s == NULL)
		buf_adds(b, "null");
	else
		buf_json(b, s, strlen(s));
}

void
buf_double(struct buf *b, double v)
{
	char text[32];
	int digits;

	if (!isfinite(v)) {
		buf_adds(b, "null");
		return;
	}
	for (digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof text, "%.*g", digits, v);
		if (strtod(text, NULL) == v)
			break;
	}
	buf_adds(b, text);
}

void
buf_free(struct buf *b)
{
	free(b->p);
	memset(b, 0, sizeof *b);
}
