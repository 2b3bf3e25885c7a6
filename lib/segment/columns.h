/*
 * Columns of a CSV file for people and their programs: `EXPR as NAME, ...`,
 * written by libcsv, in the encoding that a spreadsheet wants.  A struct
 * columns is read-only once made; a columns_run is one thread's.
 */
#ifndef CDP_SEGMENT_COLUMNS_H
#define CDP_SEGMENT_COLUMNS_H

#include "../ask.h"

struct columns;
struct columns_run;

/* encoding: NULL, "utf-8", "utf-8-bom", "gb18030" ...; guard: cells that a
 * spreadsheet would take for a formula get a ' in front. */
struct columns *columns_new(
    struct ask *, int set, const char *text, const char *encoding, bool guard);
void columns_free(struct columns *);
/* Does a column read anything of the profile besides `events`? */
bool columns_read_profile(const struct columns *, const struct ask *);
/* Does a column read this member of the line? */
bool columns_read(
    const struct columns *, const struct ask *, const char *member);
/* The mark of the encoding, and the row of names. */
void columns_head(const struct columns *, struct buf *);
struct columns_run *columns_open(const struct columns *);
void columns_close(struct columns_run *);
/* Appends the bound line's row. */
void columns_row(
    struct columns_run *, const struct asker *, int64_t now, struct buf *);

/*
 * Where the rows go: a file, or several of at most `most` rows each, with the
 * head in each ("list.csv" becomes "list-0001.csv" ...).  resume: a part that
 * is there already is left as it is.
 */
struct parts;
struct parts *parts_new(const char *file, bool gzip, uint64_t most, bool resume,
    const struct buf *head);
void parts_put(struct parts *, const char *p, size_t n); /* whole rows */
void parts_close(struct parts *);

#endif
