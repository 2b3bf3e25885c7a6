/*
 * The rows of CSV and TSV files, and the lines of any text file, decoded to
 * UTF-8.  A bad row is set apart alone: reading goes on at the line behind its
 * first one.  What a row points to belongs to the rows and lives until the
 * next call.
 */
#ifndef CDP_ROWS_H
#define CDP_ROWS_H

#include "input.h"
#include "json.h"
#include "recode.h"

struct rows;

struct rows_settings {
	const char *encoding; /* unless a mark tells; NULL: UTF-8 */
	char delimiter;
	char quote;        /* 0: a quote is a character like any other */
	uint64_t max_line; /* of a row's text; 0: no limit but for a quote
			      that is not closed within 1 MiB */
};

enum rows_got {
	ROWS_END, /* of the file */
	ROWS_ROW,
	ROWS_BLANK, /* an empty line */
	ROWS_BAD    /* row->why says why, row->at.col where; no cells */
};

struct row {
	struct place at; /* its first line */
	const char *raw; /* as in the file, without the line's end */
	size_t rawlen;
	const char
	    *text; /* in UTF-8, JS_PAD bytes behind it readable (of a
		      line the first a newline); NULL: not of the encoding */
	size_t len;
	const struct js_val *cell; /* JS_TEXT */
	size_t ncell;
	const char *why;
	size_t size;     /* bytes of the file that are this row's, its line
			    ends too */
	bool unfinished; /* the file's last line, and no newline ends it */
};

struct rows *rows_new(struct input *, const struct rows_settings *);
void rows_free(struct rows *);
/* The next file of the input; false: there is none. */
bool rows_next_file(struct rows *);
const char *rows_file(const struct rows *);
bool rows_plain(const struct rows *);  /* is the current file UTF-8? */
size_t rows_mark(const struct rows *); /* length of its byte order mark */
enum rows_got rows_next(struct rows *, struct row *);
/* The next line as it is, without cells (NDJSON); UTF-8 is not checked. */
enum rows_got rows_line(struct rows *, struct row *);
/* Cells of one row's UTF-8 text that came from elsewhere (a mended reject);
 * JS_PAD bytes behind it readable.  ROWS_BAD: its quotes are wrong. */
enum rows_got rows_cells(struct rows *, struct row *);
/* For what is no text of lines (a JSON array): the bytes that are there, in
 * UTF-8, at least one more than `had`; false at the end.  Then take what was
 * used.  UTF-8 is not checked; what is not of another encoding becomes
 * ROWS_WRONG. */
#define ROWS_WRONG '\xff'
bool rows_bytes(struct rows *, size_t had, const char **p, size_t *n);
void rows_take(struct rows *, size_t used);

#endif
