/*
 * What the files of an ingest share; see ingest.h.  Owns nothing of its own.
 */
#ifndef CDP_INGEST_RUN_H
#define CDP_INGEST_RUN_H

#include "../filter.h"
#include "../rows.h"
#include "event.h"
#include "group.h"
#include "header.h"
#include "ingest.h"
#include "jobs.h"
#include "lookup.h"
#include "profile.h"
#include "seen.h"
#include "values.h"

/* Bytes of the input by what became of them; skipped: marks, preambles,
 * headers, trailers, and what stands between JSON values. */
struct sizes {
	uint64_t written, rejected, filtered, duplicate, blank, skipped;
};

struct ingest {
	struct map *map;
	struct ingest_settings set;
	struct maker maker;
	struct table **table; /* one a lookup */
	struct gatherer *gatherer;
	struct twins *twins; /* where some event has no key */
	struct seen *seen;
	struct profile *profile;
	struct output *out;
	struct reject *reject;
	struct counts counts;
	uint64_t events, duplicates, skipped;
	struct sizes bytes;
	size_t size; /* of the row at hand */
	/* JSON files in other encodings are counted in UTF-8: by so much more
	 * (less) than they have */
	int64_t widened;
	uint64_t utf8;    /* what was taken of such a file */
	struct buf lines; /* events not yet written */
	/* rows */
	struct header header;
	int *position;    /* of each field in a row */
	bool plain_cells; /* nothing is to be trimmed or unmangled */
	bool only_empty;  /* nothing but an empty cell is missing */
	struct rest {
		struct buf key;
		int position;
	} * rest;
	size_t nrest, restcap;
	/* -j: the reader has the jobs, each worker the batch at hand */
	struct jobs *jobs;
	struct batch *batch;
	uint64_t ordinal, wrote; /* of the row at hand; 0: not known yet */
	/* JSON */
	struct js_plan *plan;
	struct js_line line;
	int *slot;
};

/* The maker's fields stand: go on with them. */
void ingest_row(
    struct ingest *, const struct place *, const char *raw, size_t n);
void ingest_bad(struct ingest *, const struct place *, const char *why,
    const char *raw, size_t n);
void ingest_finish(struct ingest *); /* what is gathered, and flush */
void ingest_end_of_file(struct ingest *);

/* A worker's ingest, and the sum of what it counted. */
void ingest_worker(const struct ingest *, struct ingest *worker);
void ingest_join(struct ingest *, struct ingest *worker);
/* Lines that a worker made of so many rows. */
void ingest_take(struct ingest *, const char *lines, size_t n, uint64_t wrote,
    uint64_t rows, uint64_t bytes);
/* The key of the group that a row belongs to; false: the row has none. */
bool ingest_cells_key(struct ingest *, const struct row *, struct text *key);
bool ingest_record_key(
    struct ingest *, const char *p, size_t n, struct text *key);
/* The same of the maker's fields. */
bool ingest_key(struct ingest *, struct text *key);

/* One input, by format. */
void ingest_rows(struct ingest *, struct input *);
void ingest_lines(struct ingest *, struct input *);
void ingest_values(struct ingest *, struct input *);
/* One row or record by itself (UTF-8, padded); size: its bytes in the file. */
void ingest_cells(struct ingest *, struct row *);
void ingest_record(struct ingest *, const struct place *, const char *p,
    size_t n, size_t size);
void ingest_header(struct ingest *, const char *file);
/* The header of the input's first file, and nothing else of it. */
void ingest_header_only(struct ingest *, struct input *);
struct rows_settings ingest_rows_settings(const struct ingest *);
void ingest_plan(struct ingest *);

#endif
