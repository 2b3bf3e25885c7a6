/*
 * Files joined by key: read whole at the start, of each row only the columns
 * that the map names.  A table owns what it holds.
 */
#ifndef CDP_INGEST_LOOKUP_H
#define CDP_INGEST_LOOKUP_H

#include "event.h"

struct table;

/* file NULL: the one that the map names, beside the map's own file. */
struct table *table_read(const struct map *, size_t lookup, const char *file);
void table_free(struct table *);
/* Sets the maker's fields of this lookup; an empty key has none.  False: there
 * is no such key, and the map says that there must be (why is set). */
bool table_join(const struct table *, struct maker *);

#endif
