#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "report.h"

struct cell {
	const char *name; /* a constant */
	size_t from, len; /* JSON text in bytes */
	bool first;       /* of its row */
};

struct report {
	struct buf bytes;
	struct cell *cell;
	size_t n, cap;
	bool fresh;
};

struct report *
report_new(void)
{
	return mem_alloc(1, sizeof(struct report));
}

void
report_row(struct report *r)
{
	r->fresh = true;
}

static struct cell *
begin(struct report *r, const char *name)
{
	struct cell *c;

	r->cell = mem_grow(r->cell, &r->cap, r->n + 1, sizeof *r->cell);
	c = &r->cell[r->n++];
	*c = (struct cell){name, r->bytes.len, 0, r->fresh};
	r->fresh = false;
	return c;
}

static void
end(struct report *r)
{
	struct cell *c = &r->cell[r->n - 1];

	c->len = r->bytes.len - c->from;
}

void
report_text(struct report *r, const char *name, const char *s)
{
	begin(r, name);
	buf_jsons(&r->bytes, s);
	end(r);
}

void
report_int(struct report *r, const char *name, int64_t v)
{
	begin(r, name);
	buf_int(&r->bytes, v);
	end(r);
}

/* n, whose first digit stands for 10^e, without the zeros at its end. */
static void
write_scaled(struct buf *b, uint64_t n, int e)
{
	char text[24], *p = text + sizeof text;
	int digit;

	for (digit = 0; n % 10 == 0; n /= 10)
		;
	for (; n > 0; n /= 10, digit++)
		*--p = (char)('0' + n % 10);
	if (e < 0)
		buf_add(b, "0.0000", (size_t)(1 - e));
	if (e < 0 || digit <= e + 1) {
		buf_add(b, p, (size_t)digit);
		for (; digit <= e; digit++)
			buf_byte(b, '0');
		return;
	}
	buf_add(b, p, (size_t)e + 1);
	buf_byte(b, '.');
	buf_add(b, p + e + 1, (size_t)(digit - e - 1));
}

/* What printf does with %.*g, for numbers from 0.0001 up that have more digits
 * than stand before the point: the product of v and a power of ten, exact in
 * two doubles, rounded.  False where that does not decide. */
static bool
write_plain(struct buf *b, double v, int digits)
{
	static const double power[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7,
	    1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
	    1e19};
	double size = fabs(v), high, rest;
	uint64_t n;
	int e;

	if (digits > 15 || !(size >= 1e-4) || size >= power[digits])
		return false;
	frexp(size, &e);
	e = (int)floor((e - 1) * 0.30103); /* or one more */
	e = e < -4 ? -4 : e;
	while (e < 0 ? size * power[-e - 1] >= 1 : size >= power[e + 1])
		e++;
	high = size * power[digits - 1 - e];
	n = (uint64_t)high;
	rest = (high - (double)n) + fma(size, power[digits - 1 - e], -high);
	if (fabs(rest - 0.5) < 1e-6)
		return false;
	n += rest > 0.5;
	if ((double)n >= power[digits]) {
		n /= 10;
		e++;
	}
	if ((double)n < power[digits - 1] || e >= digits)
		return false;
	if (v < 0)
		buf_byte(b, '-');
	write_scaled(b, n, e);
	return true;
}

void
report_digits(struct buf *b, double v, int digits)
{
	char text[40];

	if (!isfinite(v)) {
		buf_adds(b, "null");
		return;
	}
	if (write_plain(b, v, digits))
		return;
	snprintf(text, sizeof text, "%.*g", digits, v);
	/* Up to 15 digits are the shortest text of what they mean. */
	if (digits <= 15 && strchr(text, 'e') == NULL)
		buf_adds(b, text);
	else
		buf_double(b, strtod(text, NULL));
}

void
report_number(struct report *r, const char *name, double v, int digits)
{
	begin(r, name);
	report_digits(&r->bytes, v, digits);
	end(r);
}

void
report_dec(struct report *r, const char *name, struct dec v)
{
	begin(r, name);
	dec_text(v, &r->bytes);
	end(r);
}

static void
write_lines(const struct report *r, struct buf *out)
{
	size_t i;

	for (i = 0; i < r->n; i++) {
		const struct cell *c = &r->cell[i];

		if (c->first && i > 0)
			buf_adds(out, "}\n");
		buf_byte(out, c->first ? '{' : ',');
		buf_jsons(out, c->name);
		buf_byte(out, ':');
		buf_add(out, r->bytes.p + c->from, c->len);
	}
	if (r->n > 0)
		buf_adds(out, "}\n");
}

/* ---- text ---- */

/* A cell as people read it: no quotes, nothing for null. */
static void
plain(const struct report *r, const struct cell *c, const char **p, size_t *n)
{
	*p = r->bytes.p + c->from;
	*n = c->len;
	if (**p == '"') {
		(*p)++;
		*n -= 2;
	} else if (**p == 'n')
		*n = 0;
}

/* Columns on a terminal: what lies from U+1100 on is mostly CJK, two wide. */
static size_t
width(const char *p, size_t n)
{
	size_t w = 0, i;

	for (i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];

		if ((c & 0xc0) != 0x80)
			w += c >= 0xe2 ? 2 : 1;
	}
	return w;
}

static size_t
row_end(const struct report *r, size_t from)
{
	size_t i;

	for (i = from + 1; i < r->n && !r->cell[i].first; i++)
		;
	return i;
}

static bool
same_names(const struct report *r, size_t a, size_t b)
{
	size_t n = row_end(r, a) - a, i;

	if (row_end(r, b) - b != n)
		return false;
	for (i = 0; i < n; i++)
		if (strcmp(r->cell[a + i].name, r->cell[b + i].name) != 0)
			return false;
	return true;
}

static void
pad(struct buf *out, size_t n)
{
	while (n-- > 0)
		buf_byte(out, ' ');
}

/* Text stands left, numbers right. */
static void
place(
    struct buf *out, const char *p, size_t n, size_t wide, bool left, bool last)
{
	size_t gap = wide - width(p, n);

	if (!left)
		pad(out, gap);
	buf_add(out, p, n);
	if (left && !last)
		pad(out, gap);
	while (last && out->len > 0 && out->p[out->len - 1] == ' ')
		out->len--;
	buf_adds(out, last ? "\n" : "  ");
}

static void
write_block(const struct report *r, size_t from, size_t to, struct buf *out)
{
	size_t columns = row_end(r, from) - from, i, k, n, w;
	size_t *wide = mem_alloc(columns, sizeof *wide);
	bool *left = mem_alloc(columns, sizeof *left);
	const char *p;

	for (k = 0; k < columns; k++)
		wide[k] = strlen(r->cell[from + k].name);
	for (i = from; i < to; i++) {
		k = (i - from) % columns;
		plain(r, &r->cell[i], &p, &n);
		w = width(p, n);
		wide[k] = w > wide[k] ? w : wide[k];
		left[k] |= r->bytes.p[r->cell[i].from] == '"';
	}
	for (k = 0; k < columns; k++) {
		p = r->cell[from + k].name;
		place(out, p, strlen(p), wide[k], left[k], k + 1 == columns);
	}
	for (i = from; i < to; i++) {
		k = (i - from) % columns;
		plain(r, &r->cell[i], &p, &n);
		place(out, p, n, wide[k], left[k], k + 1 == columns);
	}
	free(wide);
	free(left);
}

static void
write_text(const struct report *r, struct buf *out)
{
	size_t from = 0, to;

	while (from < r->n) {
		to = row_end(r, from);
		while (to < r->n && same_names(r, from, to))
			to = row_end(r, to);
		if (from > 0)
			buf_byte(out, '\n');
		write_block(r, from, to, out);
		from = to;
	}
}

void
report_write(struct report *r, bool text, struct buf *out)
{
	if (text)
		write_text(r, out);
	else
		write_lines(r, out);
	buf_free(&r->bytes);
	free(r->cell);
	free(r);
}
