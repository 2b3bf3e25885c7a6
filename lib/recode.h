/*
 * Text in any of the usual encodings to UTF-8, by iconv, a line at a time, so
 * that one broken line spoils no other.  A recode belongs to one thread.
 */
#ifndef CDP_RECODE_H
#define CDP_RECODE_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

struct recode;

/* NULL: iconv does not know the encoding, or its newline is no newline
 * (UTF-7, EBCDIC, UTF-32). */
struct recode *recode_open(const char *encoding);
void recode_close(struct recode *);
bool recode_plain(const struct recode *); /* UTF-8: nothing to convert */

/* How a line ends: 1 byte '\n', or UTF-16's unit of 2 bytes. */
enum recode_unit { RECODE_BYTE, RECODE_WIDE_LITTLE, RECODE_WIDE_BIG };
enum recode_unit recode_unit(const struct recode *);

/* Appends the text as UTF-8.  False: *bad is the offset of the first byte that
 * is not of the encoding. */
bool recode_text(
    struct recode *, const char *p, size_t n, struct buf *out, size_t *bad);
/* Is it UTF-8 (RFC 3629: no surrogates, nothing overlong)? */
bool recode_valid(const char *p, size_t n, size_t *bad);

/* The encoding that the file's first bytes tell, and the length of the mark;
 * NULL: there is none. */
const char *recode_mark(const char *p, size_t n, size_t *len);

#endif
