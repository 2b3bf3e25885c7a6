#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../dec.h"
#include "../mem.h"
#include "stamp.h"

#define DAY_MS 86400000
#define MOST 16

enum kind { ISO, EPOCH, EPOCH_S, EPOCH_MS, EPOCH_US, EXCEL, PATTERN };

struct format {
	enum kind kind;
	char *pattern;
};

struct stamp {
	const struct zone *zone;
	struct format format[MOST];
	int n;
};

struct stamp *
stamp_new(const struct zone *z)
{
	struct stamp *s = mem_alloc(1, sizeof *s);

	s->zone = z;
	return s;
}

void
stamp_free(struct stamp *s)
{
	int i;

	if (s == NULL)
		return;
	for (i = 0; i < s->n; i++)
		free(s->format[i].pattern);
	free(s);
}

/* ---- formats ---- */

static bool
has_zone(const char *pattern)
{
	return strstr(pattern, "%z") != NULL;
}

static const char *
check_pattern(const char *p)
{
	bool percent = false;

	for (; *p != '\0'; p++) {
		if (*p != '%')
			continue;
		percent = true;
		if (p[1] == '\0' || strchr("YmdHIMSfpzby%", p[1]) == NULL)
			return "a pattern knows %Y %m %d %H %I %M %S %f %p %z "
			       "%b %y";
		p++;
	}
	return percent ? NULL
		       : "expected iso, epoch, epoch_s, epoch_ms, epoch_us, "
			 "excel or a pattern such as %Y-%m-%d %H:%M:%S";
}

const char *
stamp_add(struct stamp *s, const char *format)
{
	static const char *const names[] = {
	    "iso", "epoch", "epoch_s", "epoch_ms", "epoch_us", "excel"};
	struct format *f = &s->format[s->n];
	const char *wrong;
	int i;

	if (s->n == MOST)
		return "more than 16 formats";
	for (i = 0; i < PATTERN; i++)
		if (strcmp(format, names[i]) == 0)
			break;
	f->kind = (enum kind)i;
	if (i == PATTERN && (wrong = check_pattern(format)) != NULL)
		return wrong;
	if (s->zone == NULL &&
	    (i == EXCEL || (i == PATTERN && !has_zone(format))))
		return "the time has no zone: name one in \"timezone\"";
	f->pattern = mem_text(format, strlen(format));
	s->n++;
	return NULL;
}

/* ---- local times ---- */

static enum stamp_got
in_zone(const struct zone *z, int64_t local, int64_t *t)
{
	enum zone_fit fit;

	*t = zone_instant(z, local, &fit);
	if (*t < WHEN_MIN || *t > WHEN_MAX)
		return STAMP_UNKNOWN;
	return fit == ZONE_GAP       ? STAMP_GAP
	       : fit == ZONE_OVERLAP ? STAMP_OVERLAP
				     : STAMP_OK;
}

static enum stamp_got
parse_iso(const struct zone *z, struct text s, int64_t *t)
{
	/* one that names its zone has 20 characters at least */
	if (s.len >= 20 && when_parse(s.p, s.len, t))
		return STAMP_OK;
	if (z == NULL || !when_parse_in(s.p, s.len, zone_find("UTC", 3), t))
		return STAMP_UNKNOWN;
	return in_zone(z, *t, t);
}

/* ---- numbers ---- */

/* The number s times `unit` ms, to the nearest ms. */
static bool
scaled(struct text s, int64_t unit, int64_t per, int64_t *ms)
{
	struct dec d, v;

	if (!cell_is_number(s) || !dec_parse(s.p, s.len, &d) ||
	    !dec_mul(d, dec_of(unit), &v))
		return false;
	if (per > 1 && !dec_div(v, dec_of(per), &v))
		return false;
	v = dec_round(v, 0);
	if (v.c < WHEN_MIN || v.c > WHEN_MAX)
		return false;
	*ms = (int64_t)v.c;
	return true;
}

/* Digits before the point tell the unit: 10 and fewer are seconds up to the
 * year 2286, 13 ms, 16 us; other lengths mean nothing. */
static enum kind
by_range(struct text s)
{
	size_t n = 0;

	while (n < s.len && s.p[n] >= '0' && s.p[n] <= '9')
		n++;
	return n >= 9 && n <= 10    ? EPOCH_S
	       : n >= 12 && n <= 13 ? EPOCH_MS
	       : n >= 15 && n <= 16 ? EPOCH_US
				    : EPOCH;
}

static enum stamp_got
parse_epoch(enum kind kind, struct text s, int64_t *t)
{
	bool ok;

	if (kind == EPOCH)
		kind = by_range(s);
	ok = kind == EPOCH_S    ? scaled(s, 1000, 1, t)
	     : kind == EPOCH_MS ? scaled(s, 1, 1, t)
	     : kind == EPOCH_US ? scaled(s, 1, 1000, t)
				: false;
	return ok ? STAMP_OK : STAMP_UNKNOWN;
}

/* Days since 1899-12-30 from 1900-03-01 on: before that day Excel counts a 29
 * February 1900 that never was. */
static enum stamp_got
parse_excel(const struct zone *z, struct text s, int64_t *t)
{
	int64_t ms;

	if (!scaled(s, DAY_MS, 1, &ms) || ms < (int64_t)61 * DAY_MS)
		return STAMP_UNKNOWN;
	return in_zone(z, ms + when_days(1899, 12, 30) * DAY_MS, t);
}

/* ---- patterns ---- */

struct reading {
	const char *p, *end;
	struct civil c;
	bool pm, am, zoned;
	int64_t offset;
};

static bool
number(struct reading *r, int least, int most, int *v)
{
	int n = 0;

	for (*v = 0; n < most && r->p < r->end && *r->p >= '0' && *r->p <= '9';
	     n++)
		*v = *v * 10 + (*r->p++ - '0');
	return n >= least;
}

static bool
word(struct reading *r, const char *w)
{
	size_t n = strlen(w);

	if ((size_t)(r->end - r->p) < n || strncasecmp(r->p, w, n) != 0)
		return false;
	r->p += n;
	return true;
}

static bool
month_name(struct reading *r)
{
	static const char *const names[] = {"jan", "feb", "mar", "apr", "may",
	    "jun", "jul", "aug", "sep", "oct", "nov", "dec"};
	int i;

	for (i = 0; i < 12; i++)
		if (word(r, names[i])) {
			r->c.month = i + 1;
			return true;
		}
	return false;
}

static bool
half_day(struct reading *r)
{
	r->am = word(r, "am") || word(r, "上午");
	r->pm = !r->am && (word(r, "pm") || word(r, "下午"));
	return r->am || r->pm;
}

/* Z, +08:00, +0800, +08 */
static bool
zone(struct reading *r)
{
	int hour, minute = 0, sign;

	r->zoned = true;
	r->offset = 0;
	if (word(r, "z") || word(r, "utc"))
		return true;
	if (r->p == r->end || (*r->p != '+' && *r->p != '-'))
		return false;
	sign = *r->p++ == '-' ? -1 : 1;
	if (!number(r, 2, 2, &hour))
		return false;
	if (r->p < r->end && *r->p == ':')
		r->p++;
	if (r->p < r->end && !number(r, 2, 2, &minute))
		return false;
	r->offset = (int64_t)sign * (hour * 60 + minute) * 60000;
	return hour < 24 && minute < 60;
}

static bool
fraction(struct reading *r)
{
	int unit = 100;
	const char *start = r->p;

	for (r->c.ms = 0; r->p < r->end && *r->p >= '0' && *r->p <= '9';
	     r->p++, unit /= 10)
		r->c.ms += (*r->p - '0') * unit;
	return r->p > start;
}

static bool
directive(struct reading *r, char d)
{
	switch (d) {
	case 'Y':
		return number(r, 4, 4, &r->c.year);
	case 'y':
		if (!number(r, 2, 2, &r->c.year))
			return false;
		r->c.year += r->c.year < 70 ? 2000 : 1900;
		return true;
	case 'm':
		return number(r, 1, 2, &r->c.month);
	case 'd':
		return number(r, 1, 2, &r->c.day);
	case 'H':
	case 'I':
		return number(r, 1, 2, &r->c.hour);
	case 'M':
		return number(r, 1, 2, &r->c.minute);
	case 'S':
		return number(r, 1, 2, &r->c.second);
	case 'f':
		return fraction(r);
	case 'p':
		return half_day(r);
	case 'z':
		return zone(r);
	case 'b':
		return month_name(r);
	default:
		return word(r, "%");
	}
}

static bool
read_pattern(struct reading *r, const char *pattern)
{
	const char *start;

	for (; *pattern != '\0'; pattern++) {
		if (*pattern == '%') {
			if (!directive(r, *++pattern))
				return false;
		} else if (*pattern == ' ') {
			for (start = r->p; r->p < r->end && *r->p == ' ';)
				r->p++;
			if (r->p == start)
				return false;
		} else if (r->p == r->end || *r->p++ != *pattern)
			return false;
	}
	return r->p == r->end;
}

/* 12 am is midnight and 12 pm is noon; 15 pm is nothing. */
static bool
twelve_hours(struct reading *r)
{
	if (!r->am && !r->pm)
		return true;
	if (r->c.hour < 1 || r->c.hour > 12)
		return false;
	r->c.hour = r->c.hour % 12 + (r->pm ? 12 : 0);
	return true;
}

static bool
real(const struct civil *c)
{
	struct civil again;
	int64_t day;

	if (c->year < 1 || c->month < 1 || c->month > 12 || c->day < 1 ||
	    c->hour > 23 || c->minute > 59 || c->second > 59)
		return false;
	day = when_days(c->year, c->month, c->day);
	when_civil(day * DAY_MS, NULL, &again);
	return again.day == c->day;
}

static enum stamp_got
parse_pattern(
    const struct zone *z, const char *pattern, struct text s, int64_t *t)
{
	struct reading r = {.p = s.p, .end = s.p + s.len};
	enum stamp_got got;

	/* the commonest one, read at one go where it has all its digits */
	if (s.len == 19 && strcmp(pattern, "%Y-%m-%d %H:%M:%S") == 0 &&
	    s.p[10] == ' ' && (got = parse_iso(z, s, t)) != STAMP_UNKNOWN)
		return got;

	r.c.month = r.c.day = 1;
	if (!read_pattern(&r, pattern) || !twelve_hours(&r) || !real(&r.c))
		return STAMP_UNKNOWN;
	if (!r.zoned)
		return in_zone(z, when_of_civil(&r.c, NULL, NULL), t);
	*t = when_of_civil(&r.c, NULL, NULL) - r.offset;
	return *t >= WHEN_MIN && *t <= WHEN_MAX ? STAMP_OK : STAMP_UNKNOWN;
}

enum stamp_got
stamp_parse(const struct stamp *s, struct text text, int64_t *t)
{
	enum stamp_got got = STAMP_UNKNOWN;
	int i;

	for (i = 0; i < s->n && got == STAMP_UNKNOWN; i++) {
		const struct format *f = &s->format[i];

		got = f->kind == ISO     ? parse_iso(s->zone, text, t)
		      : f->kind == EXCEL ? parse_excel(s->zone, text, t)
		      : f->kind == PATTERN
			  ? parse_pattern(s->zone, f->pattern, text, t)
			  : parse_epoch(f->kind, text, t);
	}
	return got;
}
