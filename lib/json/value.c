#include <stdlib.h>

#include "json/skip.h"
#include "mem.h"

const uint8_t js_type_of[256] = {['{'] = JS_OBJECT,
    ['['] = JS_ARRAY,
    ['"'] = JS_STRING,
    ['t'] = JS_TRUE,
    ['f'] = JS_FALSE,
    ['n'] = JS_NULL,
    ['-'] = JS_NUMBER,
    ['0'] = JS_NUMBER,
    ['1'] = JS_NUMBER,
    ['2'] = JS_NUMBER,
    ['3'] = JS_NUMBER,
    ['4'] = JS_NUMBER,
    ['5'] = JS_NUMBER,
    ['6'] = JS_NUMBER,
    ['7'] = JS_NUMBER,
    ['8'] = JS_NUMBER,
    ['9'] = JS_NUMBER};

static void
utf8(struct buf *out, unsigned u)
{
	if (u < 0x80) {
		buf_byte(out, (char)u);
		return;
	}
	if (u < 0x800) {
		buf_byte(out, (char)(0xc0 | u >> 6));
	} else {
		if (u < 0x10000) {
			buf_byte(out, (char)(0xe0 | u >> 12));
		} else {
			buf_byte(out, (char)(0xf0 | u >> 18));
			buf_byte(out, (char)(0x80 | (u >> 12 & 63)));
		}
		buf_byte(out, (char)(0x80 | (u >> 6 & 63)));
	}
	buf_byte(out, (char)(0x80 | (u & 63)));
}

/* p: at a valid escape's backslash; returns the byte after it. */
static const char *
unescape(struct buf *out, const char *p)
{
	static const char code[128] = {['"'] = '"',
	    ['\\'] = '\\',
	    ['/'] = '/',
	    ['b'] = '\b',
	    ['f'] = '\f',
	    ['n'] = '\n',
	    ['r'] = '\r',
	    ['t'] = '\t'};
	unsigned u;

	if (p[1] != 'u') {
		buf_byte(out, code[(unsigned char)p[1] & 127]);
		return p + 2;
	}
	u = (unsigned)hex4(p + 2);
	if (u < 0xd800 || u > 0xdfff) {
		utf8(out, u);
		return p + 6;
	}
	u = 0x10000 + ((u & 0x3ff) << 10) + ((unsigned)hex4(p + 8) & 0x3ff);
	utf8(out, u);
	return p + 12;
}

void
js_decode(struct buf *out, const char *p, const char *end)
{
	while (p < end) {
		const char *b = memchr(p, '\\', (size_t)(end - p));

		buf_add(out, p, (size_t)((b == NULL ? end : b) - p));
		if (b == NULL)
			return;
		p = unescape(out, b);
	}
}

const char *
js_text(struct js_val v, struct buf *scratch, size_t *n)
{
	size_t at = scratch->len;

	*n = v.len;
	if (v.type != JS_STRING)
		return v.p;
	*n -= 2;
	if (!v.escaped)
		return v.p + 1;
	js_decode(scratch, v.p + 1, v.p + 1 + *n);
	*n = scratch->len - at;
	return scratch->p + at;
}

/* Compares piece by piece, so that an escaped string needs no copy. */
static bool
decodes_to(const char *p, const char *end, const char *text, size_t n)
{
	char bytes[4];

	while (p < end) {
		struct buf one = {bytes, 0, sizeof(bytes)};

		if (*p == '\\')
			p = unescape(&one, p);
		else
			buf_byte(&one, *p++);
		if (n < one.len || memcmp(text, one.p, one.len) != 0)
			return false;
		text += one.len;
		n -= one.len;
	}
	return n == 0;
}

bool
js_is(struct js_val v, const char *text, size_t n)
{
	if (v.type == JS_TEXT)
		return v.len == n && memcmp(v.p, text, n) == 0;
	if (v.type != JS_STRING)
		return false;
	if (v.escaped)
		return decodes_to(v.p + 1, v.p + v.len - 1, text, n);
	return v.len == n + 2 && memcmp(v.p + 1, text, n) == 0;
}

void
js_pad(struct buf *b)
{
	buf_room(b, JS_PAD);
	memset(b->p + b->len, '\n', JS_PAD);
}

void
js_raw(struct js_val v, struct buf *b)
{
	if (v.type == JS_MISSING)
		buf_adds(b, "null");
	else
		buf_add(b, v.p, v.len);
}

struct js_val
js_text_val(const char *p, size_t n)
{
	return (struct js_val){p, (uint32_t)n, JS_TEXT, 0};
}

bool
js_dec(struct js_val v, struct dec *out)
{
	return v.type == JS_NUMBER && dec_parse(v.p, v.len, out);
}

static double
slow_double(const char *p, size_t n)
{
	char *copy = mem_text(p, n);
	double d = strtod(copy, NULL);

	free(copy);
	return d;
}

/*
 * Up to 19 digits and no exponent: where the digits fit 53 bits and the power
 * of ten is exact, one division rounds once (Clinger 1990).
 */
double
js_double(struct js_val v)
{
	static const double power[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7,
	    1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
	    1e19, 1e20, 1e21, 1e22};
	const char *p = v.p, *end = v.p + v.len, *point = NULL;
	uint64_t c = 0;
	double d;

	if (v.len > 19)
		return slow_double(v.p, v.len);
	for (p += *p == '-'; p < end; p++) {
		if (is_digit(*p))
			c = c * 10 + (uint64_t)(*p - '0');
		else if (*p == '.')
			point = p;
		else
			return slow_double(v.p, v.len);
	}
	if (c >> 53 != 0)
		return slow_double(v.p, v.len);
	d = (double)c / power[point == NULL ? 0 : end - point - 1];
	return *v.p == '-' ? -d : d;
}

struct js_iter
js_iterate(struct js_val v)
{
	struct js_iter it = {NULL, NULL, v.type == JS_OBJECT};
	struct scan s = {0};

	if (v.type != JS_OBJECT && v.type != JS_ARRAY)
		return it;
	s.end = it.end = v.p + v.len - 1;
	it.p = space(&s, v.p + 1);
	return it;
}

static struct js_val
value_at(struct scan *s, const char *from, const char *to)
{
	return (struct js_val){from, (uint32_t)(to - from),
	    js_type_of[(unsigned char)*from], s->escaped && *from == '"'};
}

bool
js_next(struct js_iter *it, struct js_val *name, struct js_val *out)
{
	struct scan s = {.end = it->end};
	const char *p = it->p, *from;

	if (p >= it->end)
		return false;
	if (it->object) {
		from = p;
		p = string(&s, p + 1);
		if (name != NULL)
			*name = value_at(&s, from, p);
		p = colon(&s, p);
		s.escaped = false;
	}
	from = p;
	p = value(&s, p, 0);
	*out = value_at(&s, from, p);
	p = space(&s, p);
	it->p = p < it->end ? space(&s, p + 1) : p;
	return true;
}

struct js_val
js_member(struct js_val object, const char *name, size_t n)
{
	struct js_val found = {0}, k, v;
	struct js_iter it = js_iterate(object);

	if (object.type == JS_OBJECT)
		while (js_next(&it, &k, &v))
			if (js_is(k, name, n))
				found = v;
	return found;
}

struct js_val
js_element(struct js_val array, size_t i)
{
	struct js_val v;
	struct js_iter it = js_iterate(array);

	if (array.type == JS_ARRAY)
		while (js_next(&it, NULL, &v))
			if (i-- == 0)
				return v;
	return (struct js_val){0};
}

struct js_val
js_path(struct js_val v, const struct js_step *step, int n)
{
	for (int i = 0; i < n; i++)
		v = step[i].key != NULL ? js_member(v, step[i].key, step[i].len)
					: js_element(v, step[i].index);
	return v;
}
