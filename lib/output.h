/*
 * Where data goes: standard output, or a file that appears whole or not at
 * all (temp file beside it, fsync, rename).  Writes are gathered in 128 KiB
 * blocks; the first failure ends the program with status 2.
 */
#ifndef CDP_OUTPUT_H
#define CDP_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct output;

/* file NULL: standard output, which is checked to be open.  gzip: compress.
 * If the program dies later, a temp file goes away and standard output is
 * ended with "{" and no newline. */
struct output *output_open(const char *file, bool gzip);
void output_write(struct output *, const void *p, size_t n);
void output_flush(struct output *); /* for a reader who waits */
uint64_t output_bytes(const struct output *);
/* Flush, fsync, rename, close; frees. */
void output_close(struct output *);
/* Forget a file without touching what stands under its name; frees. */
void output_abandon(struct output *);

/* An unlinked temp file in dir (NULL: $TMPDIR, else /tmp), mode 0600; a file
 * descriptor. */
int output_spill(const char *dir);

#endif
