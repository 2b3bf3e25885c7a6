#include <math.h>
#include <string.h>

#include "room.h"

struct val
val_double(double d)
{
	struct val v = {.type = EXPR_NUMBER};

	if (!isfinite(d))
		return val_null();
	v.number = d;
	return v;
}

double
val_number(const struct val *v)
{
	return v->exact ? dec_double(v->dec) : v->number;
}

struct val
val_parse_number(const char *p, size_t n)
{
	struct js_val js = {.p = p, .len = (uint32_t)n, .type = JS_NUMBER};
	struct dec d;

	if (dec_parse(p, n, &d))
		return val_dec(d);
	return val_double(js_double(js));
}

bool
val_whole(const struct val *v, int64_t least, int64_t most, int64_t *out)
{
	if (v->type != EXPR_NUMBER || !v->exact || v->dec.scale != 0 ||
	    v->dec.c < least || v->dec.c > most)
		return false;
	*out = (int64_t)v->dec.c;
	return true;
}

bool
val_truth(const struct val *v)
{
	switch (v->type) {
	case EXPR_NULL:
		return false;
	case EXPR_BOOL:
		return v->truth;
	case EXPR_TEXT:
		return v->len > 0;
	case EXPR_JSON: /* blanks may stand between the brackets */
		for (size_t i = 1; i + 1 < v->len; i++)
			if (strchr(" \t\r\n", v->p[i]) == NULL)
				return true;
		return false;
	default:
		return true;
	}
}

static int
number_order(const struct val *a, const struct val *b)
{
	double x, y;

	if (a->exact && b->exact)
		return a->dec.scale == b->dec.scale
			   ? (a->dec.c > b->dec.c) - (a->dec.c < b->dec.c)
			   : dec_cmp(a->dec, b->dec);
	x = val_number(a);
	y = val_number(b);
	return (x > y) - (x < y);
}

static int
text_order(const struct val *a, const struct val *b)
{
	size_t n = a->len < b->len ? a->len : b->len;
	int c = n > 0 ? memcmp(a->p, b->p, n) : 0;

	if (c == 0)
		return (a->len > b->len) - (a->len < b->len);
	return c < 0 ? -1 : 1;
}

static int
span_order(const struct val *a, const struct val *b)
{
	int months, ms;

	months = (a->span.months > b->span.months) -
		 (a->span.months < b->span.months);
	ms = (a->span.ms > b->span.ms) - (a->span.ms < b->span.ms);
	if (months == 0 || ms == 0 || months == ms)
		return months ? (ms || a->span.ms == 0 ? months : 2) : ms;
	return 2;
}

bool
val_equal(const struct val *a, const struct val *b)
{
	if (a->type != b->type)
		return false;
	switch (a->type) {
	case EXPR_NULL:
		return true;
	case EXPR_BOOL:
		return a->truth == b->truth;
	case EXPR_NUMBER:
		return number_order(a, b) == 0;
	case EXPR_TIME:
		return a->time == b->time;
	case EXPR_SPAN:
		return a->span.ms == b->span.ms &&
		       a->span.months == b->span.months;
	default:
		return text_order(a, b) == 0;
	}
}

int
val_order(const struct val *a, const struct val *b)
{
	if (a->type != b->type)
		return 2;
	switch (a->type) {
	case EXPR_NUMBER:
		return number_order(a, b);
	case EXPR_TEXT:
		return text_order(a, b);
	case EXPR_TIME:
		return (a->time > b->time) - (a->time < b->time);
	case EXPR_SPAN:
		return span_order(a, b);
	default:
		return 2;
	}
}

bool
val_ranks(const struct val *v)
{
	return v->type == EXPR_NUMBER || v->type == EXPR_TEXT ||
	       v->type == EXPR_TIME ||
	       (v->type == EXPR_SPAN && v->span.months == 0);
}

int
val_rank(const struct val *a, const struct val *b)
{
	static const int place[] = {[EXPR_NUMBER] = 0,
	    [EXPR_TIME] = 1,
	    [EXPR_SPAN] = 2,
	    [EXPR_TEXT] = 3,
	    [EXPR_JSON] = 4};

	if (a->type != b->type)
		return place[a->type] < place[b->type] ? -1 : 1;
	return val_order(a, b);
}

uint64_t
val_hash(const struct val *v)
{
	struct {
		int64_t word[4];
	} key = {{v->type, 0, 0, 0}};

	switch (v->type) {
	case EXPR_NUMBER:
		if (!v->exact) {
			memcpy(&key.word[1], &v->number, sizeof v->number);
			break;
		}
		key.word[1] = (int64_t)v->dec.c;
		key.word[2] = (int64_t)(v->dec.c >> 64);
		key.word[3] = v->dec.scale;
		break;
	case EXPR_TEXT:
	case EXPR_JSON:
		return intern_hash(v->p, v->len) ^ v->type;
	case EXPR_BOOL:
		key.word[1] = v->truth;
		break;
	default:
		key.word[1] = v->type == EXPR_SPAN ? v->span.ms : v->time;
		key.word[2] = v->type == EXPR_SPAN ? v->span.months : 0;
	}
	return intern_hash((const char *)&key, sizeof key);
}

bool
val_instant(const struct val *v, const struct zone *zone, int64_t *t)
{
	if (v->type == EXPR_TIME) {
		*t = v->time;
		return true;
	}
	return v->type == EXPR_TEXT && v->len >= 10 &&
	       when_parse_in(v->p, v->len, zone, t);
}

/* ---- arithmetic ---- */

static struct val
remainder_of(const struct val *a, const struct val *b)
{
	struct dec x = a->dec, y = b->dec, zero = dec_of(0), d;
	bool exact = a->exact && b->exact;

	while (exact && x.scale < y.scale) {
		exact = !__builtin_mul_overflow(x.c, 10, &x.c);
		x.scale++;
	}
	while (exact && y.scale < x.scale) {
		exact = !__builtin_mul_overflow(y.c, 10, &y.c);
		y.scale++;
	}
	if (!exact)
		return val_double(fmod(val_number(a), val_number(b)));
	if (y.c == 0)
		return val_null();
	d.c = x.c % y.c;
	d.scale = x.scale;
	if (!dec_add(d, zero, &d)) /* to normal form */
		return val_null();
	return val_dec(d);
}

static struct val
number_arith(int op, const struct val *a, const struct val *b)
{
	struct dec d;
	double x, y;

	if (op == OP_MOD)
		return remainder_of(a, b);
	if (a->exact && b->exact &&
	    (op == OP_ADD      ? dec_add(a->dec, b->dec, &d)
		: op == OP_SUB ? dec_sub(a->dec, b->dec, &d)
		: op == OP_MUL ? dec_mul(a->dec, b->dec, &d)
			       : dec_div(a->dec, b->dec, &d)))
		return val_dec(d);
	x = val_number(a);
	y = val_number(b);
	return val_double(op == OP_ADD   ? x + y
			  : op == OP_SUB ? x - y
			  : op == OP_MUL ? x * y
					 : x / y);
}

/* A slope that no formula follows any more. */
#define WILD 127

static int8_t
slopes(int8_t a, int8_t b, int sign)
{
	int s = a + sign * b;

	return a == WILD || b == WILD || s > 100 || s < -100 ? WILD : (int8_t)s;
}

static struct val
span_val(int64_t ms, int64_t months, int8_t slope)
{
	struct val v = {.type = EXPR_SPAN, .slope = slope};

	v.span.ms = ms;
	v.span.months = months;
	return v;
}

#define LONGEST 400000000000000 /* about 12,700 years of ms */

static struct val
spans_arith(const struct val *a, const struct val *b, int sign)
{
	int64_t ms = a->span.ms + sign * b->span.ms;
	int64_t months = a->span.months + sign * b->span.months;

	if (ms > LONGEST || ms < -LONGEST || months > 200000 ||
	    months < -200000)
		return val_null();
	return span_val(ms, months, slopes(a->slope, b->slope, sign));
}

static struct val
move_time(
    const struct val *t, const struct val *d, int sign, const struct zone *zone)
{
	struct val v = val_time(0);

	if (d->span.ms > LONGEST || d->span.ms < -LONGEST ||
	    d->span.months > 200000 || d->span.months < -200000)
		return val_null();
	v.time = when_add(t->time, d->span, sign, zone);
	if (v.time < WHEN_MIN || v.time > WHEN_MAX)
		return val_null();
	v.slope = slopes(t->slope, d->slope, sign);
	return v;
}

static struct val
scale_span(int op, const struct val *d, const struct val *by)
{
	double f = val_number(by), ms, months;

	if (op == OP_DIV)
		f = 1 / f;
	ms = (double)d->span.ms * f;
	months = (double)d->span.months * f;
	if (!(fabs(ms) < LONGEST) || !(fabs(months) < 200000) ||
	    months != trunc(months))
		return val_null();
	return span_val(llround(ms), (int64_t)months, d->slope == 0 ? 0 : WILD);
}

static bool
to_time(const struct val *v, const struct zone *zone, struct val *out)
{
	int64_t t;

	if (v->type == EXPR_TIME)
		*out = *v;
	else if (val_instant(v, zone, &t))
		*out = val_time(t);
	else
		return false;
	return true;
}

static struct val
time_arith(
    int op, const struct val *a, const struct val *b, const struct zone *zone)
{
	struct val x, y;

	if (op == OP_ADD && a->type == EXPR_SPAN && to_time(b, zone, &y))
		return move_time(&y, a, 1, zone);
	if ((op != OP_ADD && op != OP_SUB) || !to_time(a, zone, &x))
		return val_null();
	if (b->type == EXPR_SPAN)
		return move_time(&x, b, op == OP_ADD ? 1 : -1, zone);
	if (op == OP_SUB && to_time(b, zone, &y))
		return span_val(
		    x.time - y.time, 0, slopes(x.slope, y.slope, -1));
	return val_null();
}

struct val
val_arith(
    int op, const struct val *a, const struct val *b, const struct zone *zone)
{
	bool span_a = a->type == EXPR_SPAN, span_b = b->type == EXPR_SPAN;

	if (a->type == EXPR_NUMBER && b->type == EXPR_NUMBER)
		return number_arith(op, a, b);
	if (span_a && span_b)
		return op == OP_ADD   ? spans_arith(a, b, 1)
		       : op == OP_SUB ? spans_arith(a, b, -1)
				      : val_null();
	if (op == OP_MUL && span_b && a->type == EXPR_NUMBER)
		return scale_span(op, b, a);
	if ((op == OP_MUL || op == OP_DIV) && span_a && b->type == EXPR_NUMBER)
		return scale_span(op, a, b);
	return time_arith(op, a, b, zone);
}

struct val
val_neg(const struct val *v)
{
	struct val zero = val_int(0);

	if (v->type == EXPR_NUMBER)
		return number_arith(OP_SUB, &zero, v);
	if (v->type == EXPR_SPAN)
		return span_val(
		    -v->span.ms, -v->span.months, slopes(0, v->slope, -1));
	return val_null();
}

/* ---- in and out ---- */

struct expr_value
val_public(const struct val *v)
{
	struct expr_value out = {.type = v->type};

	switch (v->type) {
	case EXPR_BOOL:
		out.truth = v->truth;
		break;
	case EXPR_NUMBER:
		out.exact = v->exact;
		out.number = val_number(v);
		if (v->exact)
			out.dec = v->dec;
		break;
	case EXPR_TIME:
		out.time = v->time;
		break;
	case EXPR_SPAN:
		out.span = v->span;
		break;
	case EXPR_TEXT:
	case EXPR_JSON:
		out.p = v->p;
		out.len = v->len;
		break;
	default:
		break;
	}
	return out;
}

struct val
val_private(const struct expr_value *e)
{
	struct val v = {.type = (uint8_t)e->type};

	switch (e->type) {
	case EXPR_BOOL:
		v.truth = e->truth;
		break;
	case EXPR_NUMBER:
		return e->exact ? val_dec(e->dec) : val_double(e->number);
	case EXPR_TIME:
		v.time = e->time;
		break;
	case EXPR_SPAN:
		v.span = e->span;
		break;
	case EXPR_TEXT:
	case EXPR_JSON:
		v.p = e->p;
		v.len = e->len;
		break;
	default:
		break;
	}
	return v;
}
