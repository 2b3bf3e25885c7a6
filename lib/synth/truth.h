/*
 * What is true of an invented world: whose each row is, and whose each
 * identifier.  Owns nothing.
 */
#ifndef CDP_SYNTH_TRUTH_H
#define CDP_SYNTH_TRUTH_H

#include "output.h"
#include "synth/world.h"

enum fate {
	FATE_KEPT,
	FATE_DUPLICATE,  /* the same bytes stand in the file before */
	FATE_SUPERSEDED, /* the same order comes again, with a new status */
	FATE_BAD         /* to be set apart by cdp-ingest */
};

void truth_rows_begin(struct output *);
void truth_row(struct output *, const char *file, uint64_t line,
    const struct person *, enum fate);
/* messageId,person: each event that a good row makes. */
void truth_messages_begin(struct output *);
void truth_messages(
    struct output *, const struct person *, const struct visit *, int row);
/* id,person: every identifier that a good row names, as cdp-ingest writes
 * it with the maps of maps.h.  Shops' tablets are nobody's and left out. */
void truth_ids(struct output *, const struct world *);

#endif
