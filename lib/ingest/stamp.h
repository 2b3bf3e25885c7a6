/*
 * Times as exports write them, in declared formats and a declared zone.  A
 * stamp is read-only once made; it owns its formats.
 */
#ifndef CDP_INGEST_STAMP_H
#define CDP_INGEST_STAMP_H

#include "../when.h"
#include "cell.h"

struct stamp;

enum stamp_got {
	STAMP_OK,
	STAMP_UNKNOWN, /* in none of the formats */
	STAMP_GAP,     /* the clock was put forward over it: never was */
	STAMP_OVERLAP  /* it was twice; the earlier one is given */
};

struct stamp *stamp_new(const struct zone *); /* NULL: no zone is known */
void stamp_free(struct stamp *);
/*
 * iso (RFC 3339, or a date and time in the zone), epoch (by range), epoch_s,
 * epoch_ms, epoch_us, excel (days since 1900 in the zone), or a pattern of
 * %Y %m %d %H %I %M %S %f %p %z %b %y.  NULL, else what is wrong with it.
 */
const char *stamp_add(struct stamp *, const char *format);
enum stamp_got stamp_parse(const struct stamp *, struct text, int64_t *t);

#endif
