/*
 * The names of a file's columns, as they are compared: narrow, trimmed, and
 * where one comes again with its number ("name#2").  A header owns its names.
 */
#ifndef CDP_INGEST_HEADER_H
#define CDP_INGEST_HEADER_H

#include "../intern.h"
#include "../rows.h"
#include "map.h"

struct header {
	struct arena arena;
	char **name;
	int *last; /* the greatest number that the name was given */
	struct intern *position;
	size_t n, cap, lasts;
};

void header_read(struct header *, const struct row *);
void header_names(struct header *, const char *const *name, size_t n);
void header_free(struct header *);
int header_find(const struct header *, const char *name); /* -1: no */
/* Does it have every column that the map needs of the row? */
bool header_fits(const struct header *, const struct map *);
/* Position of each field of the row (lookup -1) or of a lookup; others are
 * untouched.  A column that is missing ends the program unless it is
 * optional (then -1). */
void header_bind(const struct header *, const struct map *, int lookup,
    const char *file, int *position);

#endif
