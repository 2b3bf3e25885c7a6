#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

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
buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	size_t room = 64;
	int n;

	for (;;) {
		buf_room(b, room);
		va_start(ap, fmt);
		n = vsnprintf(b->p + b->len, room, fmt, ap);
		va_end(ap);
		if (n < 0)
			die("cannot format a message");
		if ((size_t)n < room)
			break;
		room = (size_t)n + 1;
	}
	b->len += (size_t)n;
}

void
buf_int(struct buf *b, int64_t v)
{
	char text[24], *p = text + sizeof text;
	uint64_t u = v < 0 ? -(uint64_t)v : (uint64_t)v;

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

void
buf_json(struct buf *b, const char *p, size_t n)
{
	size_t i, from = 0;
	unsigned char c;

	buf_byte(b, '"');
	for (i = 0; i < n; i++) {
		c = (unsigned char)p[i];
		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		buf_add(b, p + from, i - from);
		escape(b, c);
		from = i + 1;
	}
	buf_add(b, p + from, n - from);
	buf_byte(b, '"');
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
