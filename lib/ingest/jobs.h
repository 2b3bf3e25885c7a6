/*
 * Workers that make events of rows, for -j: the reader hands rows over in
 * batches, what comes of them is written in their order.  It owns its
 * workers and their batches; everything is called from the reader's thread.
 */
#ifndef CDP_INGEST_JOBS_H
#define CDP_INGEST_JOBS_H

#include "../rows.h"

struct ingest;
struct jobs;

/* For so many files.  NULL: one thread is wanted, or the map's rows must be
 * seen by one. */
struct jobs *jobs_new(struct ingest *, uint64_t threads, int files);
void jobs_free(struct jobs *);
/* A row of cells whose header stands, or a record; ordinal 0: it is asked
 * for by nobody. */
void jobs_cells(struct jobs *, const struct row *, uint64_t ordinal);
void jobs_record(struct jobs *, const struct place *, const char *p, size_t n,
    size_t size, uint64_t ordinal);
/* What is set apart without being looked at. */
void jobs_bad(struct jobs *, const struct place *, const char *why,
    const char *raw, size_t n, size_t size);
/* All that was handed over is written. */
void jobs_drain(struct jobs *);

/* ---- for a worker's ingest ---- */

struct batch;

/* What was written at the end of its lines, and of which rows; rows that
 * were set apart. */
void batch_made(
    struct batch *, size_t end, uint64_t wrote, uint64_t rows, uint64_t bytes);
void batch_bad(struct batch *, const struct place *, const char *why,
    const char *raw, size_t n);

#endif
