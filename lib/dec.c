#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "dec.h"

#define DIGITS 38
#define EXACT_PLACES 18

__extension__ typedef unsigned __int128 dec_bits;

static const uint64_t small_powers[] = {1, 10, 100, 1000, 10000, 100000,
    1000000, 10000000, 100000000, 1000000000, 10000000000, 100000000000,
    1000000000000, 10000000000000, 100000000000000, 1000000000000000,
    10000000000000000, 100000000000000000, 1000000000000000000};

static dec_int
power(int n)
{
	return n <= 18   ? (dec_int)small_powers[n]
	       : n <= 36 ? (dec_int)small_powers[18] * small_powers[n - 18]
			 : (dec_int)small_powers[18] * small_powers[18] *
			       small_powers[n - 36];
}

static bool
fits(dec_int c)
{
	dec_int limit = power(DIGITS);

	return c > -limit && c < limit;
}

static struct dec
normal(dec_int c, int scale)
{
	struct dec d;

	if (c == 0)
		scale = 0;
	while (scale > 0 && c == (int64_t)c && (int64_t)c % 10 == 0) {
		c = (int64_t)c / 10;
		scale--;
	}
	while (scale > 0 && c % 10 == 0) {
		c /= 10;
		scale--;
	}
	d.c = c;
	d.scale = scale;
	return d;
}

struct dec
dec_of(int64_t v)
{
	return (struct dec){v, 0};
}

/* c * 10^n, or false. */
static bool
shift(dec_int c, int n, dec_int *out)
{
	if (n > DIGITS || __builtin_mul_overflow(c, power(n), out))
		return c == 0 && (*out = 0, true);
	return fits(*out);
}

static bool
scaled(dec_int c, long scale, struct dec *out)
{
	while (scale > DIGITS && c != 0 && c % 10 == 0) {
		c /= 10;
		scale--;
	}
	if (c == 0)
		scale = 0;
	if (scale > DIGITS || scale < -DIGITS)
		return false;
	if (scale < 0) {
		if (!shift(c, (int)-scale, &c))
			return false;
		scale = 0;
	}
	*out = normal(c, (int)scale);
	return true;
}

static long
exponent(const char *p, const char *end)
{
	long e = 0;
	bool minus = p < end && *p == '-';

	if (p < end && (*p == '-' || *p == '+'))
		p++;
	for (; p < end && e < 100000; p++)
		e = e * 10 + (*p - '0');
	return minus ? -e : e;
}

/* Most numbers: up to 18 bytes of digits with at most one point. */
static bool
parse_short(const char *p, size_t n, struct dec *out)
{
	const char *end = p + n, *point = NULL;
	bool minus = n > 0 && *p == '-';
	int64_t c = 0;
	int scale;

	if (n > 18)
		return false;
	for (p += minus; p < end; p++) {
		if (*p >= '0' && *p <= '9')
			c = c * 10 + (*p - '0');
		else if (*p == '.' && point == NULL)
			point = p;
		else
			return false;
	}
	scale = point == NULL ? 0 : (int)(end - point - 1);
	for (; scale > 0 && c % 10 == 0; scale--)
		c /= 10;
	*out = (struct dec){minus ? -c : c, scale};
	return true;
}

bool
dec_parse(const char *p, size_t n, struct dec *out)
{
	const char *end = p + n;
	bool minus = p < end && *p == '-', point = false;
	dec_int c = 0;
	uint64_t part = 0;
	int digits = 0;
	long scale = 0;

	if (parse_short(p, n, out))
		return true;
	for (p += minus; p < end; p++) {
		if (*p == '.') {
			point = true;
			continue;
		}
		if (*p < '0' || *p > '9')
			break;
		scale += point;
		if (digits < 18) {
			part = part * 10 + (uint64_t)(*p - '0');
			digits += part > 0;
			c = part;
			continue;
		}
		if (c > (power(DIGITS) - 10) / 10) {
			if (*p != '0' || !point)
				return false;
			scale--;
			continue;
		}
		c = c * 10 + (*p - '0');
	}
	if (p < end)
		scale -= exponent(p + 1, end);
	return scaled(minus ? -c : c, scale, out);
}

static bool
align(struct dec *a, struct dec *b)
{
	if (a->scale < b->scale) {
		if (!shift(a->c, b->scale - a->scale, &a->c))
			return false;
		a->scale = b->scale;
	} else if (b->scale < a->scale) {
		if (!shift(b->c, a->scale - b->scale, &b->c))
			return false;
		b->scale = a->scale;
	}
	return true;
}

bool
dec_add(struct dec a, struct dec b, struct dec *out)
{
	dec_int c;

	if (b.c == 0 || a.c == 0) {
		*out = b.c == 0 ? a : b;
		return true;
	}
	if (!align(&a, &b) || !fits(c = a.c + b.c))
		return false;
	*out = normal(c, a.scale);
	return true;
}

bool
dec_sub(struct dec a, struct dec b, struct dec *out)
{
	b.c = -b.c;
	return dec_add(a, b, out);
}

bool
dec_mul(struct dec a, struct dec b, struct dec *out)
{
	dec_int c;

	if (__builtin_mul_overflow(a.c, b.c, &c) || !fits(c))
		return false;
	return scaled(c, (long)a.scale + b.scale, out);
}

bool
dec_div(struct dec a, struct dec b, struct dec *out)
{
	int places;
	dec_int c;

	if (b.c == 0 || !align(&a, &b))
		return false;
	for (places = 0; places <= EXACT_PLACES; places++) {
		if (!shift(a.c, places, &c))
			return false;
		if (c % b.c == 0) {
			*out = normal(c / b.c, places);
			return true;
		}
	}
	return false;
}

/* 64 bits and 18 decimals: times 10^18 it still fits 128 bits. */
static bool
is_small(struct dec d)
{
	return d.c == (int64_t)d.c && d.scale <= 18;
}

/* Where 38 digits cannot align the two, the one with more digits before the
 * point wins; a double tells that apart safely. */
int
dec_cmp(struct dec a, struct dec b)
{
	double x, y;

	if (a.scale != b.scale && is_small(a) && is_small(b)) {
		a.c *= power(b.scale > a.scale ? b.scale - a.scale : 0);
		b.c *= power(a.scale > b.scale ? a.scale - b.scale : 0);
	} else if (a.scale != b.scale) {
		struct dec p = a, q = b;

		if (!align(&p, &q)) {
			x = dec_double(a);
			y = dec_double(b);
			return (x > y) - (x < y);
		}
		a = p;
		b = q;
	}
	return (a.c > b.c) - (a.c < b.c);
}

struct dec
dec_round(struct dec d, int places)
{
	dec_int unit, rest;

	if (places < 0) {
		if (d.scale - places > DIGITS)
			return dec_of(0);
		d.scale -= places;
		d = dec_round(d, 0);
		d.c *= power(-places);
		return d;
	}
	if (d.scale <= places)
		return d;
	unit = power(d.scale - places);
	rest = d.c % unit;
	d.c /= unit;
	if (rest >= unit - unit / 2)
		d.c++;
	else if (-rest >= unit - unit / 2)
		d.c--;
	return normal(d.c, places);
}

double
dec_double(struct dec d)
{
	const int64_t exact = (int64_t)1 << 53;
	struct buf b = {0};
	double v;

	if (d.c < exact && d.c > -exact && d.scale <= 22)
		return (double)d.c /
		       (d.scale <= 18
			       ? (double)small_powers[d.scale]
			       : 1e18 * (double)small_powers[d.scale - 18]);
	dec_text(d, &b);
	buf_byte(&b, '\0');
	v = strtod(b.p, NULL);
	buf_free(&b);
	return v;
}

bool
dec_of_double(double v, struct dec *out)
{
	char text[32];
	int digits;

	if (!isfinite(v))
		return false;
	for (digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof text, "%.*g", digits, v);
		if (strtod(text, NULL) == v)
			break;
	}
	return dec_parse(text, strlen(text), out);
}

void
dec_text(struct dec d, struct buf *b)
{
	char text[48], *end = text + sizeof text, *p = end;
	dec_bits u = d.c < 0 ? -(dec_bits)d.c : (dec_bits)d.c;
	uint64_t low;
	int n = 0;

	/* Two loops: to divide 128 bits is slow, and seldom needed. */
	for (; u > UINT64_MAX; u /= 10, n++) {
		if (n > 0 && n == d.scale)
			*--p = '.';
		*--p = (char)('0' + (int)(u % 10));
	}
	low = (uint64_t)u;
	do {
		if (n > 0 && n == d.scale)
			*--p = '.';
		*--p = (char)('0' + low % 10);
		low /= 10;
		n++;
	} while (low > 0 || n <= d.scale);
	if (d.c < 0)
		*--p = '-';
	buf_add(b, p, (size_t)(end - p));
}
