/*
 * The first rows of a file, remembered by hashes: does a column's value stand
 * in several rows one after another, like the number of an order that has
 * several lines, and which columns differ within them?  Runs own their hashes.
 */
#ifndef CDP_INGEST_RUNS_H
#define CDP_INGEST_RUNS_H

#include "cell.h"

struct runs;

struct runs *runs_new(void);
void runs_free(struct runs *);
/* A cell of the row at hand, and that row's end. */
void runs_cell(struct runs *, size_t column, struct text);
void runs_row(struct runs *);
/* Is the column filled in every row, with some value in rows one after
 * another, and none that comes again later? */
bool runs_key(const struct runs *, size_t column);
/* Do filled cells of the column differ within a run of the key? */
bool runs_differ(const struct runs *, size_t key, size_t column);

#endif
