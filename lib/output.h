/*
 * Where data goes: standard output, or a file that appears whole or not at
 * all (temp file beside it, fsync, rename).  Writes are gathered in 128 KiB
 * blocks; the first failure ends the program with status 2.  A struct output
 * is its opener's until it is closed or kept.
 */
#ifndef CDP_OUTPUT_H
#define CDP_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

struct output;

/*
 * Called once the options are known and before rules or files are read: from
 * now on a death is told to the reader of standard output (unless the data go
 * to `file`) by a "{" without newline.  Dies where standard output is closed.
 */
void output_promise(const char *file);
/* file NULL: standard output, which is checked to be open.  gzip: compress.
 * If the program dies or is interrupted, a temp file goes away and standard
 * output gets what is whole and ends with "{" and no newline.  A file that is
 * no regular one (a device, a FIFO) is written in place. */
struct output *output_open(const char *file, bool gzip);
struct output *output_of(int fd); /* over an open file; owns fd */
void output_write(struct output *, const void *p, size_t n);
void output_flush(struct output *); /* for a reader who waits; not gzip */
uint64_t output_bytes(const struct output *);
/* Flush, fsync, rename, close; frees. */
void output_close(struct output *);
/* The same for what the program is there for: written out now, but under its
 * name only when the program ends well.  Whatever fails until then leaves no
 * file, and standard output unfinished. */
void output_keep(struct output *);
/* All of a text, to standard output where file is NULL or "-"; empties it. */
void output_text(const char *file, bool gzip, struct buf *);

/* An unlinked temp file in dir (NULL: $TMPDIR, else /tmp), mode 0600; a file
 * descriptor. */
int output_spill(const char *dir);

#endif
