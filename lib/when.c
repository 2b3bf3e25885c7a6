#include <string.h>

#include "when.h"

#define SECOND ((int64_t)1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define LONGEST ((int64_t)1 << 52) /* ms: no duration is longer */

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Howard Hinnant's days_from_civil: eras of 400 years from 1 March. */
int64_t
when_days(int year, int month, int day)
{
	int64_t y = year - (month <= 2), era = floor_div(y, 400);
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static void
date_of(int64_t days, struct civil *c)
{
	int64_t z = days + 719468, era = floor_div(z, 146097);
	unsigned doe = (unsigned)(z - era * 146097);
	unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	unsigned mp = (5 * doy + 2) / 153;

	c->day = (int)(doy - (153 * mp + 2) / 5 + 1);
	c->month = (int)(mp < 10 ? mp + 3 : mp - 9);
	c->year = (int)(yoe + era * 400 + (c->month <= 2));
	c->weekday = (int)(((days + 3) % 7 + 7) % 7) + 1;
}

void
when_civil(int64_t t, const struct zone *z, struct civil *c)
{
	int64_t local = t + zone_offset(z, t), days = floor_div(local, DAY);
	int rest = (int)(local - days * DAY);

	date_of(days, c);
	c->ms = rest % 1000;
	c->second = rest / 1000 % 60;
	c->minute = rest / 60000 % 60;
	c->hour = rest / 3600000;
}

int64_t
when_of_civil(const struct civil *c, const struct zone *z, enum zone_fit *fit)
{
	int64_t local = when_days(c->year, c->month, c->day) * DAY +
			c->hour * HOUR + c->minute * MINUTE +
			c->second * SECOND + c->ms;

	return zone_instant(z, local, fit);
}

int64_t
when_day(int64_t t, const struct zone *z)
{
	return floor_div(t + zone_offset(z, t), DAY);
}

static int
month_days(int year, int month)
{
	static const int days[] = {
	    31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && leap);
}

/* ---- reading ---- */

static bool
digits(const char *p, int n, int *v)
{
	int i;

	for (*v = 0, i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return false;
		*v = *v * 10 + (p[i] - '0');
	}
	return true;
}

static bool
read_date(const char *p, struct civil *c)
{
	return digits(p, 4, &c->year) && p[4] == '-' &&
	       digits(p + 5, 2, &c->month) && p[7] == '-' &&
	       digits(p + 8, 2, &c->day) && c->year >= 1 && c->month >= 1 &&
	       c->month <= 12 && c->day >= 1 &&
	       c->day <= month_days(c->year, c->month);
}

/* .5 .123 .123456: whole milliseconds; returns what follows, or NULL. */
static const char *
read_fraction(const char *p, const char *end, int *ms)
{
	int unit = 100;

	if (p == end || *p != '.')
		return p;
	if (++p == end || *p < '0' || *p > '9')
		return NULL;
	for (; p < end && *p >= '0' && *p <= '9'; p++, unit /= 10)
		*ms += (*p - '0') * unit;
	return p;
}

/* hh:mm[:ss[.f]]; returns what follows, or NULL. */
static const char *
read_clock(const char *p, const char *end, bool short_form, struct civil *c)
{
	if (end - p < 5 || !digits(p, 2, &c->hour) || p[2] != ':' ||
	    !digits(p + 3, 2, &c->minute) || c->hour > 23 || c->minute > 59)
		return NULL;
	p += 5;
	if (p == end || *p != ':')
		return short_form ? p : NULL;
	if (end - p < 3 || !digits(p + 1, 2, &c->second) || c->second > 60)
		return NULL;
	return read_fraction(p + 3, end, &c->ms);
}

static bool
read_offset(const char *p, const char *end, int64_t *off)
{
	int hour, minute;

	*off = 0;
	if (end - p == 1 && (*p == 'Z' || *p == 'z'))
		return true;
	if (end - p != 6 || (*p != '+' && *p != '-') || p[3] != ':' ||
	    !digits(p + 1, 2, &hour) || !digits(p + 4, 2, &minute) ||
	    hour > 23 || minute > 59)
		return false;
	*off = (hour * 60 + minute) * MINUTE;
	if (*p == '-')
		*off = -*off;
	return true;
}

/* A leap second is the last of a UTC month; it counts as the next second, as
 * POSIX has it. */
static bool
leap_fits(const struct civil *c, int64_t t)
{
	struct civil next;

	if (c->second < 60)
		return true;
	when_civil(t, NULL, &next);
	return next.day == 1 && next.hour == 0 && next.minute == 0 &&
	       next.second == 0;
}

static bool
in_range(int64_t t)
{
	return t >= WHEN_MIN && t <= WHEN_MAX;
}

/* A number of two digits; 100 where it is none. */
static inline int
two(const char *p)
{
	unsigned a = (unsigned)(p[0] - '0'), b = (unsigned)(p[1] - '0');

	return a > 9 || b > 9 ? 100 : (int)(a * 10 + b);
}

/* 2026-11-11T02:00:00.000Z: what nearly every event has.  False: read it the
 * long way. */
static bool
parse_usual(const char *p, int64_t *t)
{
	int century = two(p), year = two(p + 2), month = two(p + 5);
	int day = two(p + 8), hour = two(p + 11), minute = two(p + 14);
	int second = two(p + 17), ms = two(p + 20);
	unsigned last = (unsigned)(p[22] - '0');

	if (p[4] != '-' || p[7] != '-' || p[10] != 'T' || p[13] != ':' ||
	    p[16] != ':' || p[19] != '.' || p[23] != 'Z' || century < 1 ||
	    century > 99 || year > 99 || month < 1 || month > 12 || day < 1 ||
	    hour > 23 || minute > 59 || second > 59 || ms > 99 || last > 9)
		return false;
	if (day > 28 && day > month_days(century * 100 + year, month))
		return false;
	*t = when_days(century * 100 + year, month, day) * DAY + hour * HOUR +
	     minute * MINUTE + second * SECOND + ms * 10 + (int64_t)last;
	return true;
}

bool
when_parse(const char *p, size_t n, int64_t *t)
{
	const char *end = p + n, *rest;
	struct civil c = {0};
	int64_t off, at;

	if (n == WHEN_TEXT && parse_usual(p, t))
		return true;
	if (n < 20 || !read_date(p, &c) ||
	    (p[10] != 'T' && p[10] != 't' && p[10] != ' '))
		return false;
	rest = read_clock(p + 11, end, false, &c);
	if (rest == NULL || !read_offset(rest, end, &off))
		return false;
	at = when_of_civil(&c, NULL, NULL) - off;
	if (!in_range(at) || !leap_fits(&c, at))
		return false;
	*t = at;
	return true;
}

bool
when_parse_in(const char *p, size_t n, const struct zone *z, int64_t *t)
{
	struct civil c = {0};
	int64_t at;

	if (when_parse(p, n, t))
		return true;
	if (z == NULL || n < 10 || !read_date(p, &c))
		return false;
	if (n > 10 && ((p[10] != 'T' && p[10] != 't' && p[10] != ' ') ||
			  read_clock(p + 11, p + n, true, &c) != p + n))
		return false;
	at = when_of_civil(&c, z, NULL);
	if (!in_range(at) || !leap_fits(&c, at))
		return false;
	*t = at;
	return true;
}

/* ---- writing ---- */

static void
put(char *p, int n, int v)
{
	while (n-- > 0) {
		p[n] = (char)('0' + v % 10);
		v /= 10;
	}
}

void
when_text(int64_t t, char out[WHEN_TEXT])
{
	struct civil c;

	t = t < WHEN_MIN ? WHEN_MIN : t > WHEN_MAX ? WHEN_MAX : t;
	when_civil(t, NULL, &c);
	memcpy(out, "0000-00-00T00:00:00.000Z", WHEN_TEXT);
	put(out, 4, c.year);
	put(out + 5, 2, c.month);
	put(out + 8, 2, c.day);
	put(out + 11, 2, c.hour);
	put(out + 14, 2, c.minute);
	put(out + 17, 2, c.second);
	put(out + 20, 3, c.ms);
}

void
when_json(int64_t t, struct buf *b)
{
	if (t == WHEN_NEVER) {
		buf_adds(b, "null");
		return;
	}
	buf_room(b, WHEN_TEXT + 2);
	b->p[b->len] = '"';
	when_text(t, b->p + b->len + 1);
	b->p[b->len + 1 + WHEN_TEXT] = '"';
	b->len += WHEN_TEXT + 2;
}

/* ---- durations ---- */

static const struct unit {
	const char *name;
	int64_t ms, months;
} units[] = {
    {"y", 0, 12},
    {"mo", 0, 1},
    {"w", 7 * DAY, 0},
    {"d", DAY, 0},
    {"h", HOUR, 0},
    {"m", MINUTE, 0},
    {"s", SECOND, 0},
};

#define UNITS (sizeof units / sizeof *units)

static const char *
read_count(const char *p, const char *end, int64_t *v)
{
	const char *s = p;

	for (*v = 0; s < end && *s >= '0' && *s <= '9'; s++) {
		*v = *v * 10 + (*s - '0');
		if (*v > LONGEST)
			return NULL;
	}
	return s == p ? NULL : s;
}

static size_t
letters(const char *p, const char *end)
{
	const char *s = p;

	while (s < end && *s >= 'a' && *s <= 'z')
		s++;
	return (size_t)(s - p);
}

static bool
grow(struct duration *d, const struct unit *u, int64_t v)
{
	int64_t ms, months;

	if (__builtin_mul_overflow(v, u->ms, &ms) ||
	    __builtin_add_overflow(d->ms, ms, &d->ms) ||
	    __builtin_mul_overflow(v, u->months, &months) ||
	    __builtin_add_overflow(d->months, months, &d->months))
		return false;
	return d->ms <= LONGEST && d->months <= 120000;
}

/* Units from the longest down, each at most once. */
bool
duration_parse(const char *p, size_t n, struct duration *out)
{
	const char *end = p + n;
	struct duration d = {0, 0};
	size_t i = 0, len;
	int64_t v;

	if (n == 0)
		return false;
	for (; p < end; p += len, i++) {
		p = read_count(p, end, &v);
		if (p == NULL)
			return false;
		len = letters(p, end);
		while (i < UNITS && (strlen(units[i].name) != len ||
					memcmp(units[i].name, p, len) != 0))
			i++;
		if (i == UNITS || !grow(&d, &units[i], v))
			return false;
	}
	*out = d;
	return true;
}

static int64_t
add_months(int64_t t, int64_t months, const struct zone *z)
{
	struct civil c;
	int64_t m;
	int most;

	when_civil(t, z, &c);
	m = (int64_t)c.year * 12 + c.month - 1 + months;
	c.year = (int)floor_div(m, 12);
	c.month = (int)(m - (int64_t)c.year * 12) + 1;
	most = month_days(c.year, c.month);
	if (c.day > most)
		c.day = most;
	return when_of_civil(&c, z, NULL);
}

int64_t
when_add(int64_t t, struct duration d, int sign, const struct zone *z)
{
	if (d.months != 0)
		t = add_months(t, sign * d.months, z);
	return t + sign * d.ms;
}
