#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "when.h"

#define SECOND ((int64_t)1000)
#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)
#define CYCLE (146097 * DAY) /* 400 years: dates and weekdays repeat */
#define WIDEST (26 * HOUR)   /* no clock is further from UTC */
#define MOST_FILE 65536

/*
 * off[i] holds before at[i], off[n] after the last.  A rule for the future
 * (the POSIX footer) is written out for one cycle of the calendar; later
 * instants are moved back by whole cycles.
 */
struct zone {
	struct zone *next;
	char *name;
	size_t n;
	int64_t *at, *off;
	size_t atcap, offcap;
	int64_t repeats; /* instants from here on repeat; WHEN_NEVER: none do */
};

/* The interval of a zone that the last question fell into. */
struct span {
	const struct zone *zone;
	int64_t from, to, off;
};

static _Thread_local struct span last;
static struct zone *zones;
static pthread_mutex_t reading = PTHREAD_MUTEX_INITIALIZER;
static struct zone utc = {.name = "UTC", .repeats = WHEN_NEVER};

static void
add(struct zone *z, int64_t at, int64_t off)
{
	z->at = mem_grow(z->at, &z->atcap, z->n + 1, sizeof *z->at);
	z->off = mem_grow(z->off, &z->offcap, z->n + 2, sizeof *z->off);
	z->at[z->n++] = at;
	z->off[z->n] = off;
}

/* ---- the POSIX footer: std offset [dst [offset] , rule , rule] ---- */

struct rule {
	char kind; /* 'J' 1-365 without 29 February, 'D' 0-365, 'M' */
	int month, week, day;
	int64_t time;
};

struct footer {
	int64_t std, dst;
	struct rule on, end;
};

static bool
number(const char **p, int *v)
{
	const char *s = *p;

	for (*v = 0; *s >= '0' && *s <= '9' && *v < 1000; s++)
		*v = *v * 10 + (*s - '0');
	if (s == *p)
		return false;
	*p = s;
	return true;
}

/* [+-]hh[:mm[:ss]] */
static bool
clock_time(const char **p, int64_t *ms)
{
	bool minus = **p == '-';
	int64_t unit = HOUR;
	int v;

	if (**p == '-' || **p == '+')
		++*p;
	for (*ms = 0; unit >= SECOND; unit /= 60) {
		if (!number(p, &v))
			return false;
		*ms += v * unit;
		if (**p != ':')
			break;
		++*p;
	}
	if (minus)
		*ms = -*ms;
	return true;
}

static bool
abbreviation(const char **p)
{
	const char *s = *p;

	if (*s == '<') {
		s = strchr(s, '>');
		if (s == NULL)
			return false;
		*p = s + 1;
		return true;
	}
	while ((*s >= 'A' && *s <= 'Z') || (*s >= 'a' && *s <= 'z'))
		s++;
	if (s - *p < 3)
		return false;
	*p = s;
	return true;
}

static bool
month_rule(const char **p, struct rule *r)
{
	++*p;
	r->kind = 'M';
	return number(p, &r->month) && *(*p)++ == '.' && number(p, &r->week) &&
	       *(*p)++ == '.' && number(p, &r->day) && r->month >= 1 &&
	       r->month <= 12 && r->week >= 1 && r->week <= 5 && r->day <= 6;
}

static bool
read_rule(const char **p, struct rule *r)
{
	if (*(*p)++ != ',')
		return false;
	if (**p == 'M') {
		if (!month_rule(p, r))
			return false;
	} else {
		r->kind = **p == 'J' ? 'J' : 'D';
		*p += r->kind == 'J';
		if (!number(p, &r->day) || r->day > 365)
			return false;
	}
	r->time = 2 * HOUR;
	if (**p != '/')
		return true;
	++*p;
	return clock_time(p, &r->time);
}

/* False: no daylight saving time in the future, or no footer. */
static bool
read_footer(const char *p, struct footer *f)
{
	if (!abbreviation(&p) || !clock_time(&p, &f->std) || !abbreviation(&p))
		return false;
	f->std = -f->std;
	f->dst = f->std + HOUR;
	if (*p != ',') {
		if (!clock_time(&p, &f->dst))
			return false;
		f->dst = -f->dst;
	}
	return read_rule(&p, &f->on) && read_rule(&p, &f->end) && *p == '\0';
}

/* The day of a year a rule names, as days since 1970. */
static int64_t
rule_day(const struct rule *r, int year)
{
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	int64_t first, next;

	if (r->kind == 'D')
		return when_days(year, 1, 1) + r->day;
	if (r->kind == 'J')
		return when_days(year, 1, 1) + r->day - 1 +
		       (leap && r->day >= 60);
	first = when_days(year, r->month, 1);
	next = r->month == 12 ? when_days(year + 1, 1, 1)
			      : when_days(year, r->month + 1, 1);
	/* 1970-01-01 was a Thursday, day 4 of a week that begins on 0. */
	first += (r->day - ((first + 4) % 7 + 7) % 7 + 7) % 7;
	first += 7 * (r->week - 1);
	while (first >= next)
		first -= 7;
	return first;
}

static void
add_year(struct zone *z, const struct footer *f, int year, int64_t after)
{
	int64_t on = rule_day(&f->on, year) * DAY + f->on.time - f->std;
	int64_t end = rule_day(&f->end, year) * DAY + f->end.time - f->dst;

	if (on < end && on > after)
		add(z, on, f->dst);
	if (end > after)
		add(z, end, f->std);
	if (on >= end && on > after)
		add(z, on, f->dst);
}

static void
write_out(struct zone *z, const struct footer *f)
{
	int64_t after = z->n > 0 ? z->at[z->n - 1] : INT64_MIN;
	struct civil c = {.year = 1900};
	int year;

	if (z->n > 0)
		when_civil(after, NULL, &c);
	for (year = c.year; year <= c.year + 402; year++)
		add_year(z, f, year, after);
	z->repeats = when_days(c.year + 401, 1, 1) * DAY;
}

/* ---- TZif, RFC 8536 ---- */

static int64_t
big_endian(const unsigned char *p, int width)
{
	uint64_t v = p[0] >= 128 ? UINT64_MAX : 0;
	int i;

	for (i = 0; i < width; i++)
		v = v << 8 | p[i];
	return (int64_t)v;
}

struct block {
	const unsigned char *data, *end;
	int64_t utcs, stds, leaps, times, types, chars;
	int width;
};

static bool
read_header(const unsigned char *p, size_t n, int width, struct block *b)
{
	int64_t size;

	if (n < 44 || memcmp(p, "TZif", 4) != 0)
		return false;
	b->utcs = big_endian(p + 20, 4);
	b->stds = big_endian(p + 24, 4);
	b->leaps = big_endian(p + 28, 4);
	b->times = big_endian(p + 32, 4);
	b->types = big_endian(p + 36, 4);
	b->chars = big_endian(p + 40, 4);
	b->width = width;
	b->data = p + 44;
	if (b->utcs < 0 || b->stds < 0 || b->leaps < 0 || b->times < 0 ||
	    b->types < 1 || b->chars < 0)
		return false;
	size = b->times * (width + 1) + b->types * 6 + b->chars +
	       b->leaps * (width + 4) + b->stds + b->utcs;
	b->end = b->data + size;
	return size <= (int64_t)n - 44;
}

/* Zones that count leap seconds ("right/...") are refused. */
static bool
read_block(const struct block *b, struct zone *z)
{
	const unsigned char *index = b->data + b->times * b->width;
	const unsigned char *types = index + b->times;
	int64_t i, at;

	if (b->leaps > 0)
		return false;
	z->off = mem_grow(z->off, &z->offcap, 1, sizeof *z->off);
	z->off[0] = big_endian(types, 4) * SECOND;
	for (i = 0; i < b->times; i++) {
		if (index[i] >= b->types)
			return false;
		at = big_endian(b->data + i * b->width, b->width);
		if (at < -((int64_t)1 << 40) || at > (int64_t)1 << 40)
			continue; /* "Big Bang" and the like */
		add(z, at * SECOND,
		    big_endian(types + 6 * index[i], 4) * SECOND);
	}
	return true;
}

static bool
read_tzif(const unsigned char *p, size_t n, struct zone *z)
{
	struct block b;
	struct footer f;
	const unsigned char *end = p + n, *newline;
	char text[128];
	bool old;

	if (!read_header(p, n, 4, &b))
		return false;
	old = p[4] == '\0';
	if (!old && !read_header(b.end, (size_t)(end - b.end), 8, &b))
		return false;
	if (!read_block(&b, z))
		return false;
	if (old || b.end == end || *b.end != '\n')
		return true;
	newline = memchr(b.end + 1, '\n', (size_t)(end - b.end - 1));
	if (newline == NULL || newline - b.end > (ptrdiff_t)sizeof text)
		return true;
	memcpy(text, b.end + 1, (size_t)(newline - b.end - 1));
	text[newline - b.end - 1] = '\0';
	if (read_footer(text, &f))
		write_out(z, &f);
	return true;
}

/* ---- names ---- */

static bool
sane(const char *name, size_t n)
{
	size_t i;
	char c;

	if (n == 0 || n > 64 || name[0] == '/' || name[0] == '.')
		return false;
	for (i = 0; i < n; i++) {
		c = name[i];
		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') || c == '/' || c == '_' ||
		    c == '-' || c == '+' || c == ':')
			continue;
		return false;
	}
	return true;
}

static bool
read_file(const char *name, struct zone *z)
{
	static unsigned char bytes[MOST_FILE]; /* under the lock */
	char path[128];
	size_t n;
	FILE *f;

	snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", name);
	f = fopen(path, "rbe");
	if (f == NULL)
		return false;
	n = fread(bytes, 1, sizeof bytes, f);
	fclose(f);
	return read_tzif(bytes, n, z);
}

static bool
two(const char *p, int most, int *v)
{
	if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9')
		return false;
	*v = (p[0] - '0') * 10 + (p[1] - '0');
	return *v <= most;
}

/* "+08:00", "+0800" */
static bool
fixed(const char *name, size_t n, struct zone *z)
{
	int hour, minute;

	if ((n != 6 && n != 5) || (name[0] != '+' && name[0] != '-') ||
	    (n == 6 && name[3] != ':') || !two(name + 1, 23, &hour) ||
	    !two(name + n - 2, 59, &minute))
		return false;
	z->off = mem_grow(z->off, &z->offcap, 1, sizeof *z->off);
	z->off[0] = (hour * 60 + minute) * 60 * SECOND;
	if (name[0] == '-')
		z->off[0] = -z->off[0];
	return true;
}

static struct zone *
make(const char *name, size_t n)
{
	struct zone *z = mem_alloc(1, sizeof *z);

	z->name = mem_text(name, n);
	z->repeats = WHEN_NEVER;
	if (fixed(name, n, z) || read_file(z->name, z))
		return z;
	free(z->at);
	free(z->off);
	free(z->name);
	free(z);
	return NULL;
}

static bool
named(const struct zone *z, const char *name, size_t n)
{
	return strncmp(z->name, name, n) == 0 && z->name[n] == '\0';
}

const struct zone *
zone_find(const char *name, size_t n)
{
	struct zone *z;

	if ((n == 3 && memcmp(name, "UTC", 3) == 0) ||
	    (n == 1 && name[0] == 'Z'))
		return &utc;
	if (!sane(name, n))
		return NULL;
	pthread_mutex_lock(&reading);
	for (z = zones; z != NULL; z = z->next)
		if (named(z, name, n))
			break;
	if (z == NULL && (z = make(name, n)) != NULL) {
		z->next = zones;
		zones = z;
	}
	pthread_mutex_unlock(&reading);
	return z;
}

const char *
zone_name(const struct zone *z)
{
	return z == NULL ? "UTC" : z->name;
}

/* ---- questions ---- */

/* Number of transitions at or before t. */
static size_t
interval(const struct zone *z, int64_t t)
{
	size_t low = 0, high = z->n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (z->at[middle] <= t)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* How far t has to go back for the table to answer for it. */
static int64_t
beyond(const struct zone *z, int64_t t)
{
	return t < z->repeats ? 0 : ((t - z->repeats) / CYCLE + 1) * CYCLE;
}

int64_t
zone_offset(const struct zone *z, int64_t t)
{
	int64_t back;
	size_t i;

	if (z == NULL || z == &utc)
		return 0;
	if (last.zone == z && t >= last.from && t < last.to)
		return last.off;
	back = beyond(z, t);
	i = interval(z, t - back);
	last.zone = z;
	last.from = i == 0 ? INT64_MIN : z->at[i - 1] + back;
	last.to = i == z->n ? INT64_MAX : z->at[i] + back;
	last.off = z->off[i];
	return last.off;
}

/* In a gap, *skip is the instant at which the clock was put forward. */
static int64_t
instant(const struct zone *z, int64_t local, enum zone_fit *fit, int64_t *skip)
{
	int64_t first = 0, t;
	size_t i, end, found = 0;

	end = interval(z, local + WIDEST);
	for (i = interval(z, local - WIDEST); i <= end; i++) {
		t = local - z->off[i];
		if ((i > 0 && t < z->at[i - 1]) || (i < z->n && t >= z->at[i]))
			continue;
		if (found++ == 0)
			first = t;
	}
	*fit = found > 1 ? ZONE_OVERLAP : found == 1 ? ZONE_ONE : ZONE_GAP;
	if (found > 0)
		return first;
	for (i = interval(z, local - WIDEST); i < end; i++)
		if (local - z->off[i] >= z->at[i] &&
		    local - z->off[i + 1] < z->at[i])
			break;
	*skip = z->at[i];
	return local - z->off[i];
}

static int64_t
resolve(const struct zone *z, int64_t local, enum zone_fit *fit, int64_t *skip)
{
	int64_t back, t;

	*fit = ZONE_ONE;
	if (z == NULL || z == &utc)
		return local;
	t = local - last.off;
	if (last.zone == z && last.from <= t - WIDEST && t + WIDEST < last.to)
		return t;
	back = beyond(z, local + WIDEST);
	t = instant(z, local - back, fit, skip) + back;
	*skip += back;
	if (*fit == ZONE_ONE)
		zone_offset(z, t); /* remembered for the next question */
	return t;
}

int64_t
zone_instant(const struct zone *z, int64_t local, enum zone_fit *fit)
{
	enum zone_fit here;
	int64_t skip = 0;

	return resolve(z, local, fit != NULL ? fit : &here, &skip);
}

int64_t
when_midnight(int64_t t, const struct zone *z, int64_t days)
{
	enum zone_fit fit;
	int64_t skip = 0, start;

	start = resolve(z, (when_day(t, z) + days) * DAY, &fit, &skip);
	return fit == ZONE_GAP ? skip : start;
}
