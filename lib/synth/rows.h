/*
 * How each source of the invented world writes what happened.  The rows go to
 * the caller's buffer, as UTF-8 and with their newline.
 */
#ifndef CDP_SYNTH_ROWS_H
#define CDP_SYNTH_ROWS_H

#include "synth/world.h"

/* One row of a visit, whole or (visit_broken) spoiled. */
typedef void row_fn(
    struct buf *, const struct person *, const struct visit *, int row);

struct source_file {
	const char *name, *map; /* file names in the directory */
	const char *head;       /* the header's row, or "" */
	const char *encoding;   /* NULL: UTF-8 */
	bool mark;              /* begins with U+FEFF */
	bool gzip;
	row_fn *row;
	const char *map_text;
};
extern const struct source_file source_files[SOURCES];

row_fn tmall_row, youzan_row, wechat_row, app_row, pos_row;
extern const char tmall_head[], youzan_head[], pos_head[];

/* In a row that is converted: becomes 0xff, which is of no encoding. */
#define ROW_BROKEN_BYTE '\x1a'

/* ---- pieces that the sources share ---- */

void add_fen(struct buf *, int64_t fen); /* 129.00 */
/* %Y-%m-%d %H:%M:%S in +08:00; slash: 2026/3/5 14:03 */
void add_local_time(struct buf *, int64_t t, bool slash);
/* A number of its own for each purchase: 18 digits. */
void add_order(struct buf *, const struct person *, const struct visit *);
/* What the chat and the app call a row. */
void add_message_id(struct buf *, const struct visit *, int row);
/* The phone that the row names, as 11 digits, masked or "": nothing. */
void add_phone(struct buf *, const struct person *, unsigned says);

#endif
