/*
 * Times and values of the slow evaluator in oracle.h.  Nothing here owns
 * memory.
 */
#ifndef CDP_EXPR_ORACLE_VALUE_H
#define CDP_EXPR_ORACLE_VALUE_H

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define O_DAY 86400000LL
#define O_ZONE (8 * 3600000LL)

enum kind {
	K_NUM, /* n / 100 */
	K_TXT,
	K_TIME,
	K_SPAN,
	K_BOOL,
	K_NULL,
	K_NOW,
	K_PATH,
	K_NOT,
	K_AND,
	K_OR,
	K_CMP,
	K_IN,
	K_BETWEEN,
	K_MISSING,
	K_CONTAINS,
	K_STARTS,
	K_ENDS,
	K_HAS,
	K_ADD,
	K_SUB,
	K_MUL,
	K_AGG,
	K_EACH,
	K_SEQ,
	K_STOPPED,
	K_RESUMED,
	K_FIRST_TIME,
	K_OBSERVED,
	K_CALL,
};

enum window_kind { W_NONE, W_LAST, W_CALENDAR, W_SINCE, W_BEFORE, W_BETWEEN };
enum ground_kind { G_PROFILE, G_EVENT, G_ITEM, G_STEP };

/* A node of a random expression; what a, b, c are is seen in oracle(). */
struct tree {
	enum kind k;
	struct tree *a, *b, *c, *from, *to;
	const char *word;     /* operator, function, path, text */
	long long n;          /* number, time, calendar units */
	long long ms, months; /* duration: of a literal, window, step */
	enum window_kind window;
	enum ground_kind ground;
	int without;
};

enum type { A_NULL, A_BOOL, A_NUM, A_TXT, A_TIME, A_SPAN, A_JSON };

struct answer {
	enum type type;
	int truth;
	__extension__ __int128 p, q;
	char text[64];
	long long time, months;
	const json_t *json;
};

/* Events later than cut are not there. */
struct world {
	const json_t *profile, *event, *item, *step1;
	long long now, cut;
};

/* ---- times ---- */

/* Days since 1970 of a civil date, counting years from March. */
static long long
o_days(long long y, int m, int d)
{
	long long era, yoe, doy;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = y - era * 400;
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static long long
o_floor(long long a, long long b)
{
	return a / b - (a % b < 0);
}

/* The local date of an instant, by counting: slow and plain. */
static void
o_date(long long t, int *y, int *m, int *d)
{
	long long day = o_floor(t + O_ZONE, O_DAY);

	for (*y = 1969; o_days(*y + 1, 1, 1) <= day;)
		++*y;
	for (*m = 1; *m < 12 && o_days(*y, *m + 1, 1) <= day;)
		++*m;
	*d = (int)(day - o_days(*y, *m, 1)) + 1;
}

static long long
o_local_day(long long t)
{
	return o_floor(t + O_ZONE, O_DAY);
}

static long long
o_add_months(long long t, long long months)
{
	long long in_day = t + O_ZONE - o_local_day(t) * O_DAY, all;
	int y, m, d, length;

	if (months == 0)
		return t;
	o_date(t, &y, &m, &d);
	all = y * 12LL + m - 1 + months;
	y = (int)(all / 12);
	m = (int)(all % 12) + 1;
	length = (int)(o_days(m == 12 ? y + 1 : y, m == 12 ? 1 : m + 1, 1) -
		       o_days(y, m, 1));
	return o_days(y, m, d < length ? d : length) * O_DAY + in_day - O_ZONE;
}

/* Months first, then the rest: cdp's when_add does so for both signs. */
static long long
o_move(long long t, long long ms, long long months, int sign)
{
	return o_add_months(t, sign * months) + sign * ms;
}

/* YYYY-MM-DDTHH:MM:SS.mmmZ, or a date, of the zone. */
static int
o_time(const char *s, long long *t)
{
	int y, m, d, h, min, sec, ms, n = 0;

	if (sscanf(s, "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ%n", &y, &m, &d, &h, &min,
		&sec, &ms, &n) == 7 &&
	    n == 24 && s[n] == '\0') {
		*t = ((o_days(y, m, d) * 24 + h) * 60 + min) * 60000 +
		     sec * 1000 + ms;
		return 1;
	}
	if (sscanf(s, "%4d-%2d-%2d%n", &y, &m, &d, &n) == 3 && n == 10 &&
	    s[n] == '\0') {
		*t = o_days(y, m, d) * O_DAY - O_ZONE;
		return 1;
	}
	return 0;
}

/* ---- values ---- */

static struct answer
o_null(void)
{
	struct answer a = {.type = A_NULL, .q = 1};

	return a;
}

static struct answer
o_bool(int truth)
{
	struct answer a = {.type = A_BOOL, .truth = truth != 0, .q = 1};

	return a;
}

__extension__ typedef __int128 wide;

static struct answer
o_num(wide p, wide q)
{
	struct answer a = {.type = A_NUM};
	wide x = p < 0 ? -p : p, y = q, r;

	while (y != 0) {
		r = x % y;
		x = y;
		y = r;
	}
	a.p = x ? p / x : 0;
	a.q = x ? q / x : 1;
	return a;
}

static struct answer
o_text(const char *s)
{
	struct answer a = {.type = A_TXT, .q = 1};

	snprintf(a.text, sizeof a.text, "%s", s);
	return a;
}

static struct answer
o_span(long long ms, long long months)
{
	struct answer a = {.type = A_SPAN, .time = ms, .months = months};

	a.q = 1;
	return a;
}

static struct answer
o_at(long long t)
{
	struct answer a = {.type = A_TIME, .time = t, .q = 1};

	return a;
}

/* Numbers of the histories have at most two decimals. */
static struct answer
o_json(const json_t *j)
{
	struct answer a = o_null();
	double v;

	if (json_is_boolean(j))
		return o_bool(json_is_true(j));
	if (json_is_string(j))
		return o_text(json_string_value(j));
	if (json_is_number(j)) {
		v = json_number_value(j) * 100;
		return o_num((wide)(v < 0 ? v - 0.5 : v + 0.5), 100);
	}
	if (json_is_array(j) || json_is_object(j)) {
		a.type = A_JSON;
		a.json = j;
	}
	return a;
}

static int
o_truth(const struct answer *a)
{
	if (a->type == A_NULL)
		return 0;
	if (a->type == A_BOOL)
		return a->truth;
	if (a->type == A_TXT)
		return a->text[0] != '\0';
	if (a->type == A_JSON)
		return json_is_array(a->json) ? json_array_size(a->json) > 0
					      : json_object_size(a->json) > 0;
	return 1;
}

static int
o_sign(wide v)
{
	return (v > 0) - (v < 0);
}

/* A text beside a time is read as one. */
static void
o_pair(struct answer *a, struct answer *b)
{
	long long t;

	if (a->type == A_TIME && b->type == A_TXT && o_time(b->text, &t))
		*b = o_at(t);
	else if (b->type == A_TIME && a->type == A_TXT && o_time(a->text, &t))
		*a = o_at(t);
}

static int
o_equal(struct answer a, struct answer b)
{
	o_pair(&a, &b);
	if (a.type != b.type)
		return 0;
	switch (a.type) {
	case A_NULL:
		return 1;
	case A_BOOL:
		return a.truth == b.truth;
	case A_NUM:
		return a.p == b.p && a.q == b.q;
	case A_TXT:
		return strcmp(a.text, b.text) == 0;
	case A_JSON:
		return json_equal(a.json, b.json);
	default:
		return a.time == b.time && a.months == b.months;
	}
}

/* 2: no order. */
static int
o_order(struct answer a, struct answer b)
{
	o_pair(&a, &b);
	if (a.type != b.type || a.months != 0 || b.months != 0)
		return 2;
	if (a.type == A_NUM)
		return o_sign(a.p * b.q - b.p * a.q);
	if (a.type == A_TXT)
		return o_sign(strcmp(a.text, b.text));
	if (a.type == A_TIME || a.type == A_SPAN)
		return o_sign((wide)a.time - b.time);
	return 2;
}

static int
o_compare(const char *op, struct answer a, struct answer b)
{
	int o;

	if (op[0] == '=')
		return o_equal(a, b);
	if (op[0] == '!')
		return !o_equal(a, b);
	o = o_order(a, b);
	if (o == 2)
		return 0;
	return op[0] == '<' ? (o < 0 || (op[1] == '=' && o == 0))
			    : (o > 0 || (op[1] == '=' && o == 0));
}

static struct answer
o_arith(enum kind k, struct answer a, struct answer b)
{
	int sign = k == K_SUB ? -1 : 1;
	long long t, u;

	if (a.type == A_NUM && b.type == A_NUM)
		return k == K_MUL
			   ? o_num(a.p * b.p, a.q * b.q)
			   : o_num(a.p * b.q + sign * b.p * a.q, a.q * b.q);
	if (k == K_MUL)
		return o_null();
	if (a.type == A_SPAN && b.type == A_SPAN)
		return o_span(
		    a.time + sign * b.time, a.months + sign * b.months);
	if (k == K_ADD && a.type == A_SPAN)
		return o_arith(k, b, a);
	if (a.type == A_TXT && o_time(a.text, &t))
		a = o_at(t);
	if (a.type != A_TIME)
		return o_null();
	if (b.type == A_SPAN)
		return o_at(o_move(a.time, b.time, b.months, sign));
	if (b.type == A_TXT && o_time(b.text, &u))
		b = o_at(u);
	return k == K_SUB && b.type == A_TIME ? o_span(a.time - b.time, 0)
					      : o_null();
}

#endif
