/*
 * One input file as bytes.  gzip is known by its magic bytes and inflated by
 * a thread of its own.  A source owns its descriptor (but for standard
 * input's) and keeps a pointer to its name.
 */
#ifndef CDP_SOURCE_H
#define CDP_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SOURCE_READ ((size_t)256 * 1024) /* the best size for source_read */

struct source;

/* Dies where the file cannot be opened or is a directory.  A regular file is
 * closed again where keep is false, and opened at the first read. */
struct source *source_open(const char *name, bool keep);
struct source *source_of(int fd); /* an unlinked temp file; owns fd */
void source_close(struct source *);
const char *source_name(const struct source *); /* "<stdin>" for "-" */
uint64_t source_size(const struct source *);    /* 0: not a regular file */
/*
 * Up to n bytes (n >= 2); 0 at the end and after a fault, where *fault is set
 * to a text that lives as long as the source.
 */
size_t source_read(struct source *, void *p, size_t n, const char **fault);
/* Call f whenever a read has waited for a tenth of a second. */
void source_on_lag(struct source *, void (*f)(void *), void *arg);

#endif
