/*
 * Files and standard input as one stream of lines: gzip by its magic bytes
 * (inflated in a thread of its own), a BOM dropped, CRLF and LF, lines of any
 * length.  A chunk's bytes belong to the chunk and live until it is given
 * back; what cannot be opened or read ends the program with status 2.
 */
#ifndef CDP_INPUT_H
#define CDP_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct input;

/* files: operands, "-" or none at all for stdin.  All are opened once, up
 * front, so that a missing one is known before any output.  max_line 0: no
 * limit. */
struct input *input_open(char *const *files, int n, uint64_t max_line);
struct input *input_spool(int fd); /* an unlinked temp file; owns fd */
void input_close(struct input *);
/* Call f whenever a read has waited for a tenth of a second. */
void input_on_lag(struct input *, void (*f)(void *), void *arg);
uint64_t input_bytes(const struct input *); /* read so far, inflated */
/* Bytes of all regular files named, 0 where that cannot be known. */
uint64_t input_size(const struct input *);

struct input_line {
	const char *p; /* without its end; JS_PAD bytes after it are readable,
			  the first of them '\n' */
	size_t len;
	struct place at; /* file and line; col 0 */
	bool unfinished; /* the last line of a file, and no newline ends it */
	bool too_long;   /* over max_line: p holds the first 64 KiB of it */
};

/* The next line, blank ones too; false at the end of the last file.  The line
 * lives until the next call. */
bool input_line(struct input *, struct input_line *);

/* Whole lines in a block, for workers that split it among themselves. */
struct input_chunk {
	char *p;
	size_t len, cap;
	const char *file;
	uint64_t line;   /* number of the first line in the file */
	bool unfinished; /* the last line has no newline of its own */
	bool too_long;   /* the chunk is one line over max_line, cut */
	uint64_t max;    /* the input's max_line */
};
bool input_chunk(struct input *, struct input_chunk *); /* reuses p, cap */
/* Cut the next line off the chunk (which must outlive the line); chunk->line
 * moves on with it. */
bool input_chunk_line(struct input_chunk *, size_t *pos, struct input_line *);

/*
 * A read that fails (an I/O error, truncated gzip) ends the program once all
 * whole lines before it are delivered.  Where these are still under way when
 * the fault is met (workers), hold it: the calls return false as at the end,
 * and input_check dies with it, if there is one.
 */
void input_hold(struct input *);
void input_check(const struct input *);

/*
 * Raw bytes instead of lines (ingest's decoders), gzip inflated, a BOM left:
 *	while (input_next_file(in, &name))
 *		while ((n = input_read(in, p, size)) > 0)
 * size is at least 2, best 256 KiB.
 */
bool input_next_file(struct input *, const char **name);
size_t input_read(struct input *, void *p, size_t n);

#endif
