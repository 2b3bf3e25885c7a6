#include <ctype.h>
#include <math.h>
#include <string.h>

#include "../digest.h"
#include "../draw.h"
#include "room.h"

/* ---- numbers and texts ---- */

static bool
is_number(const char *p, size_t n)
{
	size_t i = n > 0 && p[0] == '-', from = i;

	while (i < n && p[i] >= '0' && p[i] <= '9')
		i++;
	if (i == from || (p[from] == '0' && i > from + 1))
		return false;
	if (i < n && p[i] == '.') {
		from = ++i;
		while (i < n && p[i] >= '0' && p[i] <= '9')
			i++;
		if (i == from)
			return false;
	}
	return i == n;
}

static void
trim_blanks(const char **p, size_t *n)
{
	while (*n > 0 && memchr(" \t\r\n", (*p)[*n - 1], 4) != NULL)
		--*n;
	while (*n > 0 && memchr(" \t\r\n", **p, 4) != NULL) {
		++*p;
		--*n;
	}
}

static struct val
number(struct expr_run *r, struct val *a, int n)
{
	const char *p = a->p;
	size_t len = a->len;

	(void)r;
	(void)n;
	if (a->type == EXPR_NUMBER)
		return *a;
	if (a->type != EXPR_TEXT)
		return val_null();
	trim_blanks(&p, &len);
	return is_number(p, len) ? val_parse_number(p, len) : val_null();
}

/* A text of the run's own, until the next bind. */
static struct val
keep(struct expr_run *r, struct buf *b)
{
	size_t n = b->len;
	char *p = arena_text(&r->texts, b->p, n);

	b->len = 0;
	return val_text(p, n);
}

static struct val
text(struct expr_run *r, struct val *a, int n)
{
	struct expr_value v;

	(void)n;
	if (a->type == EXPR_TEXT || a->type == EXPR_NULL)
		return *a;
	v = val_public(a);
	r->scratch.len = 0;
	if (a->type == EXPR_JSON)
		return val_text(a->p, a->len);
	expr_plain(v, &r->scratch);
	return keep(r, &r->scratch);
}

static struct val
change_case(struct expr_run *r, const struct val *a, char from, char to)
{
	char *p;
	size_t i;

	if (a->type != EXPR_TEXT)
		return val_null();
	p = arena_text(&r->texts, a->p, a->len);
	for (i = 0; i < a->len; i++)
		if (p[i] >= from && p[i] <= from + 25)
			p[i] = (char)(p[i] - from + to);
	return val_text(p, a->len);
}

static struct val
lower(struct expr_run *r, struct val *a, int n)
{
	(void)n;
	return change_case(r, a, 'A', 'a');
}

static struct val
upper(struct expr_run *r, struct val *a, int n)
{
	(void)n;
	return change_case(r, a, 'a', 'A');
}

static struct val
trim(struct expr_run *r, struct val *a, int n)
{
	struct val v = *a;

	(void)r;
	(void)n;
	if (a->type != EXPR_TEXT)
		return val_null();
	trim_blanks(&v.p, &v.len);
	return v;
}

/* +86 138-0013 8000 to 8613800138000. */
static struct val
digits(struct expr_run *r, struct val *a, int n)
{
	size_t i, len = 0;
	char *out;

	(void)n;
	if (a->type != EXPR_TEXT)
		return val_null();
	out = arena_alloc(&r->texts, a->len + 1);
	for (i = 0; i < a->len; i++)
		if (isdigit((unsigned char)a->p[i]))
			out[len++] = a->p[i];
	return len > 0 ? val_text(out, len) : val_null();
}

static struct val
length(struct expr_run *r, struct val *a, int n)
{
	struct js_val js = {.p = a->p, .len = (uint32_t)a->len}, item;
	struct js_iter it;
	int64_t count = 0;
	size_t i;

	(void)r;
	(void)n;
	if (a->type == EXPR_TEXT) {
		for (i = 0; i < a->len; i++)
			count += ((unsigned char)a->p[i] & 0xc0) != 0x80;
		return val_int(count);
	}
	if (a->type != EXPR_JSON)
		return val_null();
	js.type = a->p[0] == '[' ? JS_ARRAY : JS_OBJECT;
	for (it = js_iterate(js); js_next(&it, NULL, &item);)
		count++;
	return val_int(count);
}

static struct val
sha256(struct expr_run *r, struct val *a, int n)
{
	unsigned char sum[DIGEST_SIZE];

	(void)n;
	if (a->type != EXPR_TEXT || a->len == 0)
		return val_null();
	digest_sha256(a->p, a->len, sum);
	r->scratch.len = 0;
	digest_hex(sum, sizeof sum, &r->scratch);
	return keep(r, &r->scratch);
}

static struct val
absolute(struct expr_run *r, struct val *a, int n)
{
	struct val zero = val_int(0);

	(void)r;
	(void)n;
	if (a->type == EXPR_NUMBER && val_order(a, &zero) < 0)
		return val_neg(a);
	if (a->type == EXPR_SPAN && a->span.ms <= 0 && a->span.months <= 0) {
		if (a->slope != 0)
			next_at(r, r->now + 1);
		return val_neg(a);
	}
	return a->type == EXPR_NUMBER || a->type == EXPR_SPAN ? *a : val_null();
}

static struct val
round_number(struct expr_run *r, struct val *a, int n)
{
	int64_t places = 0;
	struct dec d;
	double f;

	(void)r;
	if (a->type != EXPR_NUMBER ||
	    (n == 2 && !val_whole(&a[1], -MOST_PLACES, MOST_PLACES, &places)))
		return val_null();
	if (a->exact)
		return val_dec(dec_round(a->dec, (int)places));
	if (dec_of_double(a->number, &d))
		return val_dec(dec_round(d, (int)places));
	f = round(a->number);
	return val_double(f);
}

static struct val
whole(const struct val *a, int sign)
{
	struct dec d, up;

	if (a->type != EXPR_NUMBER)
		return val_null();
	if (!a->exact && !dec_of_double(a->number, &d))
		return val_double(
		    sign < 0 ? floor(a->number) : ceil(a->number));
	if (a->exact)
		d = a->dec;
	up = dec_round(d, 0);
	if (sign * dec_cmp(up, d) < 0)
		dec_add(up, dec_of(sign), &up);
	return val_dec(up);
}

static struct val
floor_number(struct expr_run *r, struct val *a, int n)
{
	(void)r;
	(void)n;
	return whole(a, -1);
}

static struct val
ceil_number(struct expr_run *r, struct val *a, int n)
{
	(void)r;
	(void)n;
	return whole(a, 1);
}

/* ---- times ---- */

static bool
moment(struct expr_run *r, const struct val *a, struct val *t)
{
	int64_t at;

	if (!val_instant(a, r->zone, &at))
		return false;
	*t = val_time(at);
	t->slope = a->type == EXPR_TIME ? a->slope : 0;
	return true;
}

static struct val
time_of(struct expr_run *r, struct val *a, int n)
{
	struct val t;

	(void)n;
	return moment(r, a, &t) ? t : val_null();
}

/* Local time of day and date; false where there is no zone or no time. */
static bool
local(struct expr_run *r, const struct val *a, struct civil *c, bool hour)
{
	struct val t;

	if (r->zone == NULL || !moment(r, a, &t))
		return false;
	next_by_calendar(r, &t, hour);
	when_civil(t.time, r->zone, c);
	return true;
}

static struct val
date(struct expr_run *r, struct val *a, int n)
{
	struct civil c;

	(void)n;
	if (!local(r, a, &c, false))
		return val_null();
	r->scratch.len = 0;
	buf_addf(&r->scratch, "%04d-%02d-%02d", c.year, c.month, c.day);
	return keep(r, &r->scratch);
}

static struct val
year(struct expr_run *r, struct val *a, int n)
{
	struct civil c;

	(void)n;
	return local(r, a, &c, false) ? val_int(c.year) : val_null();
}

static struct val
month(struct expr_run *r, struct val *a, int n)
{
	struct civil c;

	(void)n;
	return local(r, a, &c, false) ? val_int(c.month) : val_null();
}

static struct val
day(struct expr_run *r, struct val *a, int n)
{
	struct civil c;

	(void)n;
	return local(r, a, &c, false) ? val_int(c.day) : val_null();
}

static struct val
hour(struct expr_run *r, struct val *a, int n)
{
	struct civil c;

	(void)n;
	return local(r, a, &c, true) ? val_int(c.hour) : val_null();
}

static struct val
weekday(struct expr_run *r, struct val *a, int n)
{
	struct civil c;

	(void)n;
	return local(r, a, &c, false) ? val_int(c.weekday) : val_null();
}

/* d moves by s a millisecond; |d| / day changes next after how long? */
static int64_t
next_whole_day(int64_t d, int s)
{
	int64_t way = d < 0 ? -d : d, by = s < 0 ? -s : s, left;

	if (d == 0 || (d > 0) == (s > 0))
		left = DAY_MS - way % DAY_MS;
	else if (way >= DAY_MS)
		return way % DAY_MS / by + 1;
	else
		left = way + DAY_MS;
	return (left + by - 1) / by;
}

static struct val
days_between(struct expr_run *r, struct val *a, int n)
{
	struct val x, y;
	int64_t d;
	int s;

	(void)n;
	if (!moment(r, &a[0], &x) || !moment(r, &a[1], &y))
		return val_null();
	d = x.time - y.time;
	s = x.slope - y.slope;
	if (x.slope > 100 || y.slope > 100)
		next_at(r, r->now + 1);
	else if (s != 0)
		next_at(r, r->now + next_whole_day(d, s));
	return val_int((d < 0 ? -d : d) / DAY_MS);
}

static struct val
calendar_days_between(struct expr_run *r, struct val *a, int n)
{
	struct val x, y;
	int64_t d;

	(void)n;
	if (r->zone == NULL || !moment(r, &a[0], &x) || !moment(r, &a[1], &y))
		return val_null();
	next_by_calendar(r, &x, false);
	next_by_calendar(r, &y, false);
	d = when_day(x.time, r->zone) - when_day(y.time, r->zone);
	return val_int(d < 0 ? -d : d);
}

/* ---- choices ---- */

static struct val
pick(struct expr_run *r, struct val *a, int n, int sign)
{
	struct val best = val_null();
	int i;

	for (i = 0; i < n; i++) {
		if (!val_ranks(&a[i]))
			continue;
		if (best.type == EXPR_NULL) {
			best = a[i];
			continue;
		}
		if (a[i].slope != 0 || best.slope != 0)
			next_by_order(r, OP_EQ, &a[i], &best);
		if (sign * val_rank(&a[i], &best) > 0)
			best = a[i];
	}
	return best;
}

static struct val
least(struct expr_run *r, struct val *a, int n)
{
	return pick(r, a, n, -1);
}

static struct val
greatest(struct expr_run *r, struct val *a, int n)
{
	return pick(r, a, n, 1);
}

/* SHA-256 of salt, 0, profile_id; see draw.h. */
static struct val
hash_bucket(struct expr_run *r, struct val *a, int n)
{
	struct val who = run_val(r, r->line->slot[r->set->who_slot]);
	int64_t buckets;

	(void)n;
	if (who.type != EXPR_TEXT || a->type != EXPR_TEXT ||
	    !val_whole(&a[1], 1, MOST_BUCKETS, &buckets))
		return val_null();
	return val_int((int64_t)(draw_key(a->p, a->len, who.p, who.len) %
				 (uint64_t)buckets));
}

/* Great circle (haversine), on the sphere of the Earth's mean radius (IUGG
 * 1980: 6,371,008.8 m); within 0.6 % of the ellipsoid. */
static struct val
distance(struct expr_run *r, struct val *a, int n)
{
	const double radian = 3.14159265358979323846 / 180, radius = 6371008.8;
	double v[4], x, y, h;
	struct val num;
	int i;

	for (i = 0; i < 4; i++) {
		num = number(r, &a[i], n);
		if (num.type != EXPR_NUMBER)
			return val_null();
		v[i] = val_number(&num) * radian;
		if (fabs(v[i]) > (i % 2 ? 180 : 90) * radian)
			return val_null();
	}
	x = sin((v[2] - v[0]) / 2);
	y = sin((v[3] - v[1]) / 2);
	h = x * x + cos(v[0]) * cos(v[2]) * y * y;
	return val_double(2 * radius * asin(sqrt(h > 1 ? 1 : h)));
}

#define N TYPE(EXPR_NULL)
#define NUM (TYPE(EXPR_NUMBER) | N)
#define TXT (TYPE(EXPR_TEXT) | N)
#define TIM (TYPE(EXPR_TIME) | N)
#define WHEN (TIM | TXT)

const struct func funcs[] = {{"coalesce", 1, -1, TYPE_ANY, TYPE_ANY, 0, 0, 1,
				 NULL, "the first known of %"},
    {"if", 3, 3, TYPE_ANY, TYPE_ANY, 0, 0, 1, NULL,
	"one of % (if, then, else)"},
    {"number", 1, 1, NUM, NUM | TXT, 0, 0, 0, number, "the number %"},
    {"text", 1, 1, TXT, TYPE_ANY, 0, 0, 0, text, "the text of %"},
    {"lower", 1, 1, TXT, TXT, 0, 0, 0, lower, "% in small letters"},
    {"upper", 1, 1, TXT, TXT, 0, 0, 0, upper, "% in capitals"},
    {"trim", 1, 1, TXT, TXT, 0, 0, 0, trim, "% without outer blanks"},
    {"digits", 1, 1, TXT, TXT, 0, 0, 0, digits, "the digits of %"},
    {"length", 1, 1, NUM, TXT | TYPE(EXPR_JSON), 0, 0, 0, length,
	"the length of %"},
    {"sha256", 1, 1, TXT, TXT, 0, 0, 0, sha256, "the SHA-256 of %"},
    {"abs", 1, 1, NUM | TYPE(EXPR_SPAN), NUM | TYPE(EXPR_SPAN), 0, 0, 0,
	absolute, "the absolute value of %"},
    {"round", 1, 2, NUM, NUM, 0, 0, 0, round_number, "% rounded"},
    {"floor", 1, 1, NUM, NUM, 0, 0, 0, floor_number, "% rounded down"},
    {"ceil", 1, 1, NUM, NUM, 0, 0, 0, ceil_number, "% rounded up"},
    {"time", 1, 1, TIM, WHEN, 0, 0, 1, time_of, "the time %"},
    {"date", 1, 1, TXT, WHEN, 1, 0, 1, date, "the date of %"},
    {"year", 1, 1, NUM, WHEN, 1, 0, 1, year, "the year of %"},
    {"month", 1, 1, NUM, WHEN, 1, 0, 1, month, "the month of %"},
    {"day", 1, 1, NUM, WHEN, 1, 0, 1, day, "the day of the month of %"},
    {"hour", 1, 1, NUM, WHEN, 1, 0, 1, hour, "the hour of %"},
    {"weekday", 1, 1, NUM, WHEN, 1, 0, 1, weekday,
	"the weekday (Monday is 1) of %"},
    {"days_between", 2, 2, NUM, WHEN, 0, 0, 1, days_between,
	"the whole days between %"},
    {"calendar_days_between", 2, 2, NUM, WHEN, 1, 0, 1, calendar_days_between,
	"the midnights between %"},
    {"least", 1, -1, TYPE_ANY, TYPE_ANY, 0, 0, 1, least, "the least of %"},
    {"greatest", 1, -1, TYPE_ANY, TYPE_ANY, 0, 0, 1, greatest,
	"the greatest of %"},
    {"hash_bucket", 2, 2, NUM, TXT | NUM, 0, 1, 0, hash_bucket,
	"the customer's bucket by salt and number %"},
    {"distance", 4, 4, NUM, NUM, 0, 0, 0, distance, "the metres between %"},
    {NULL, 0, 0, 0, 0, 0, 0, 0, NULL, NULL}};

const char *const *
func_names(void)
{
	static const char *const names[] = {"coalesce", "if", "number", "text",
	    "lower", "upper", "trim", "digits", "length", "sha256", "abs",
	    "round", "floor", "ceil", "time", "date", "year", "month", "day",
	    "hour", "weekday", "days_between", "calendar_days_between", "least",
	    "greatest", "hash_bucket", "distance", "count", "exists", "sum",
	    "avg", "min", "max", "first", "last", "distinct", "any", "all",
	    "sequence", "stopped", "resumed", NULL};

	return names;
}

int
func_find(const char *name, size_t n)
{
	int i;

	for (i = 0; funcs[i].name != NULL; i++)
		if (strlen(funcs[i].name) == n &&
		    memcmp(funcs[i].name, name, n) == 0)
			return i;
	return -1;
}

static struct val
coalesce(struct expr_run *r, const struct code *t)
{
	struct val v = val_null();
	int i;

	for (i = 0; i < t->n && v.type == EXPR_NULL; i++)
		eval(r, t->sub[i], &v);
	return v;
}

struct val
func_call(struct expr_run *r, const struct code *t)
{
	const struct func *f = &funcs[t->kind];
	struct val arg[64];
	int i;

	if (f->call == NULL) {
		if (t->kind == 0)
			return coalesce(r, t);
		eval(r, t->sub[eval_truth(r, t->sub[0]) ? 1 : 2], &arg[0]);
		return arg[0];
	}
	for (i = 0; i < t->n; i++) {
		eval(r, t->sub[i], &arg[i]);
		if (arg[i].slope != 0 && !f->moves)
			next_at(r, r->now + 1);
	}
	return f->call(r, arg, t->n);
}
