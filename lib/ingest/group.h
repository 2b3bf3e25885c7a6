/*
 * Rows gathered by key to one event: the first value of each field, an array
 * of what the map says of each row, exact sums.  A gatherer owns copies of the
 * rows until they are handed back.
 */
#ifndef CDP_INGEST_GROUP_H
#define CDP_INGEST_GROUP_H

#include "event.h"

struct gatherer;

struct gathered_row { /* for what is set apart */
	struct gathered_row *next;
	struct place at;
	const char *raw;
	size_t len, size;
};

struct gatherer *gatherer_new(const struct map *);
void gatherer_free(struct gatherer *);
/* The maker's row is the next one to be added: does it begin another group
 * than the last one's? */
bool gatherer_changes(struct gatherer *, struct maker *);
struct text gatherer_key(struct gatherer *, struct maker *);
/* Add that row; size: its bytes in the file.  False: it is faulty, the maker's
 * why is set. */
bool gatherer_add(struct gatherer *, struct maker *, const struct place *,
    const char *raw, size_t n, size_t size);
/* The next group in the order of first rows, as the maker's fields and
 * gathered; the rows it is made of.  NULL: none is left, the gatherer is empty
 * again and the maker's fields are its own. */
const struct gathered_row *gatherer_next(struct gatherer *, struct maker *);

#endif
