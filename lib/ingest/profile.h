/*
 * What an export's columns look like, to be compared with the last one's:
 * null rates, distinct values, the commonest one's share.  Owns its counts.
 */
#ifndef CDP_INGEST_PROFILE_H
#define CDP_INGEST_PROFILE_H

#include "map.h"

struct profile;

struct profile *profile_new(void);
void profile_free(struct profile *);
void profile_columns(struct profile *, char *const *name, size_t n);
void profile_row(struct profile *, const struct js_val *cell, size_t n);
void profile_write(const struct profile *, const char *file);
/* Says what has drifted past the limits; false if something has. */
bool profile_compare(const struct profile *, const char *file);

#endif
