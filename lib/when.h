/*
 * Instants (milliseconds since 1970-01-01T00:00:00Z, proleptic Gregorian),
 * durations, zones and calendar days.  Zones are read once from the system's
 * zoneinfo (RFC 8536), kept until exit, and shared by threads.
 */
#ifndef CDP_WHEN_H
#define CDP_WHEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

#define WHEN_MIN (-62135596800000) /* 0001-01-01T00:00:00.000Z */
#define WHEN_MAX 253402300799999   /* 9999-12-31T23:59:59.999Z */
#define WHEN_NEVER INT64_MAX       /* no further change */
#define WHEN_TEXT 24               /* 2026-11-11T02:00:00.000Z */

struct zone;

/* "Asia/Shanghai", "UTC", "+08:00"; NULL where there is no such zone. */
const struct zone *zone_find(const char *name, size_t n);
const char *zone_name(const struct zone *);
int64_t zone_offset(const struct zone *, int64_t t); /* ms east of UTC at t */

enum zone_fit { ZONE_ONE, ZONE_GAP, ZONE_OVERLAP };
/* Local wall time (ms as if UTC) to an instant.  In a gap: the instant as if
 * the clock had not been put forward; in an overlap: the earlier one. */
int64_t zone_instant(const struct zone *, int64_t local, enum zone_fit *);

/* RFC 3339 with a zone (Z or an offset); up to ms, further digits cut. */
bool when_parse(const char *p, size_t n, int64_t *t);
/* A date, or a date and time without zone, read in z; or as when_parse.
 * z NULL: only as when_parse. */
bool when_parse_in(const char *p, size_t n, const struct zone *z, int64_t *t);
void when_text(int64_t t, char out[WHEN_TEXT]); /* no NUL */
/* The same with quotes; WHEN_NEVER as null. */
void when_json(int64_t t, struct buf *);

struct duration {
	int64_t ms;
	int64_t months; /* mo and y; calendar lengths, need a zone */
};
/* 30s 30m 48h 7d 2w 3mo 1y; several in a row (1d12h). */
bool duration_parse(const char *p, size_t n, struct duration *);
/* t moved by sign * d; months by the calendar of z (NULL: UTC), the day of the
 * month clipped to the month's last. */
int64_t when_add(int64_t t, struct duration d, int sign, const struct zone *z);

struct civil {
	int year, month, day, hour, minute, second, ms;
	int weekday; /* 1 Monday ... 7 Sunday */
};
void when_civil(int64_t t, const struct zone *, struct civil *);
int64_t when_of_civil(
    const struct civil *, const struct zone *, enum zone_fit *);
int64_t when_days(int year, int month, int day); /* days since 1970-01-01 */
/* First instant of the local day that holds t, moved by `days` days. */
int64_t when_midnight(int64_t t, const struct zone *, int64_t days);
/* Number of the local day that holds t (days since 1970-01-01). */
int64_t when_day(int64_t t, const struct zone *);

#endif
