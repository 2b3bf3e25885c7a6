/*
 * Export files to event lines: reads rows in the map's format, joins, gathers,
 * makes events, sets bad rows apart and counts.  An ingest owns all it opens.
 */
#ifndef CDP_INGEST_H
#define CDP_INGEST_H

#include "../opt.h"
#include "map.h"

struct ingest_settings {
	const char *output;
	bool gzip, dedupe;
	const char *dedupe_state;      /* file, or NULL */
	const struct opt_list *lookup; /* NAME=FILE */
	const struct opt_list *hash;   /* namespaces */
	const char *key_file;
	const char *profile_in, *profile_out;
};

struct ingest;

struct ingest *ingest_new(struct map *, const struct ingest_settings *);
void ingest_files(struct ingest *, char *const *files, int n);
/* The records of a --rejects file, mended. */
void ingest_rejects(struct ingest *, const char *file);
int ingest_close(struct ingest *); /* the exit status; frees */

#endif
