/*
 * A forecast's lines as tables for people.  Owns nothing.
 */
#ifndef CDP_JOURNEY_TABLE_H
#define CDP_JOURNEY_TABLE_H

#include "../buf.h"

/* lines: what forecast_write wrote; they are freed. */
void forecast_table(struct buf *lines, struct buf *out);

#endif
