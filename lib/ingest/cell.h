/*
 * What spreadsheets and exporters do to a cell, undone; and what its text is.
 * Results point into the cell or into the caller's scratch.
 */
#ifndef CDP_INGEST_CELL_H
#define CDP_INGEST_CELL_H

#include <stdbool.h>
#include <stddef.h>

#include "../buf.h"

struct text {
	const char *p;
	size_t len;
};

static inline struct text
text_of(const char *p, size_t n)
{
	return (struct text){p, n};
}

/* Without blanks at both ends (space, tab, CR, LF, NBSP, U+3000, BOM). */
struct text cell_trim(struct text);
/* ="00123", a leading ' or back-tick, and the blanks around, taken off. */
struct text cell_bare(struct text);
/* Full-width ASCII (U+FF01 to U+FF5E) as ASCII, U+3000 as a blank; the text
 * itself where there is none, else appended to scratch. */
struct text cell_narrow(struct text, struct buf *scratch);
/* A header's name as it is compared: narrow, then trimmed. */
struct text cell_name(struct text, struct buf *scratch);

bool cell_is_number(struct text); /* by JSON's grammar */
/* 1.38001E+10: digits are lost.  Needs a digit, an E and a digit. */
bool cell_is_scientific(struct text);
/* Digits, then ".0" or ".00": the length of the digits, else 0. */
size_t cell_whole(struct text);
/* Money as people write it to a JSON number: currency signs, a plus, commas
 * between groups of three, (1.00) for a negative, .5 and 007. */
bool cell_money(struct text, struct buf *out);
/* 1 0 true false yes no y n on off 是 否, any case: 1, 0, else -1. */
int cell_truth(struct text);

#endif
