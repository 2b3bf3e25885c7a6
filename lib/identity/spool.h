/*
 * An unlinked file that is written once, front to back, and then read: in
 * order, or at a place.  The spool owns the file and its buffers.
 */
#ifndef CDP_IDENTITY_SPOOL_H
#define CDP_IDENTITY_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

struct spool {
	int fd;
	struct buf out; /* not yet written */
	uint64_t len;   /* bytes put */
	struct buf in;  /* read ahead */
	size_t at;      /* in `in` */
	uint64_t next;  /* file offset behind `in` */
};

struct spool *spool_new(const char *dir);
void spool_put(struct spool *, const void *p, size_t n);
/* From the front again; what was put is written first. */
void spool_rewind(struct spool *);
/* The next n bytes, with 64 readable behind them, or NULL at the end; they
 * live until the next call. */
const char *spool_get(struct spool *, size_t n);
/* n bytes at an offset, into out (emptied first, 64 readable behind). */
void spool_at(struct spool *, uint64_t at, size_t n, struct buf *out);
void spool_free(struct spool *);

#endif
