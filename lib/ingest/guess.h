/*
 * What the cells of a column look like, counted, and the map that follows from
 * it.  A guess owns its columns.
 */
#ifndef CDP_INGEST_GUESS_H
#define CDP_INGEST_GUESS_H

#include "cell.h"

struct guess;

struct guess_input { /* what the file looks like */
	const char *format, *encoding, *why_encoding;
	char delimiter;
	size_t preamble;
	const char *trailer; /* first bytes of the rows behind the data */
	const char *preset;  /* a map that fits, or NULL */
	bool cut;            /* only a part of the file was looked at */
	bool no_header;      /* columns are called c1, c2 ... */
};

struct guess *guess_new(void);
void guess_free(struct guess *);
/* Number of the column of this name, a new one where there is none. */
size_t guess_column(struct guess *, struct text name);
void guess_cell(struct guess *, size_t column, struct text);
void guess_row(struct guess *); /* another row is done */
/* Is the cell a number, a time or an e-mail address, so no column's name? */
bool guess_is_data(struct guess *, struct text);
/* The map, as JSON with a note for each guess. */
void guess_map(
    const struct guess *, const struct guess_input *, struct buf *out);

#endif
