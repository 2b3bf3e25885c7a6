/*
 * What the files of rows share; see rows.h.  Owns nothing of its own.
 */
#ifndef CDP_ROWS_ROOM_H
#define CDP_ROWS_ROOM_H

#include <csv.h>

#include "rows.h"

/*
 * The file's bytes [from, to) of p are unread.  Lines are found in the file's
 * own encoding (a newline is never part of another character in those that
 * recode takes), so a row's raw bytes are at hand when it is bad.
 */
struct rows {
	struct input *in;
	struct rows_settings set;
	struct recode *recode;
	enum recode_unit unit;
	const char *file, *encoding;
	uint64_t line;
	char *p;
	size_t from, to, cap, mark;
	bool ended;
	struct buf text;  /* decoded */
	size_t taken;     /* of it, by rows_take */
	struct buf cells; /* unquoted by libcsv */
	struct js_val *cell;
	size_t ncell, cellcap;
	struct csv_parser csv;
	bool csv_ready;
};

/* More bytes behind `to`; what lies before `keep` may go. */
bool rows_fill(struct rows *, size_t *keep);

/* Bytes of a code unit. */
static inline size_t
rows_width(const struct rows *r)
{
	return r->unit == RECODE_BYTE ? 1 : 2;
}

#endif
