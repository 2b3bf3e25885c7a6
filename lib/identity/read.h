/*
 * Lines in, evidence and events out: event lines, and profile lines exploded
 * to their events, in any mix.  The reader owns its plan and scratch.
 */
#ifndef CDP_IDENTITY_READ_H
#define CDP_IDENTITY_READ_H

#include "evidence.h"
#include "forget.h"
#include "input.h"
#include "json.h"
#include "link.h"
#include "reject.h"
#include "store.h"

enum read_field {
	READ_WHOLE,
	READ_TYPE,
	READ_MID,
	READ_TIME,
	READ_IDS,
	READ_TRAITS,
	READ_CONTEXT, /* context.traits */
	READ_FIELDS
};

/*
 * Events of a chunk whose identifiers are looked up together: their memory
 * is asked for ahead (two thirds of the time of one by one).  Key k is
 * [end[k - 1], end[k]) of text, id[k] its number.
 */
struct batch {
	struct buf text;
	size_t *end;
	uint32_t *id;
	struct intern_key *key;
	uint32_t *sets; /* by event */
	size_t n, endcap, idcap, keycap, setcap;
	struct pending {
		struct event e;
		struct place at;
		uint32_t hash;
		size_t from, ids, proxies; /* keys from, from + 1, ... */
	} * event;
	size_t nevent, eventcap;
};

struct reader {
	struct evidence *ev;
	struct store *store;
	struct links *links[2]; /* an event counts where one can use it */
	struct reject *rejects;
	struct counts *counts;
	const struct guards *g;
	struct forgotten *forgotten; /* or NULL */
	int64_t now;                 /* later events are left out */
	bool anonymous;              /* keep events without identifier */
	/* An earlier profile line, before its events; may be NULL. */
	void (*profile)(
	    void *, struct js_val id, struct js_val ids, struct js_val shared);
	void *profile_arg;
	uint64_t profiles, later, retracted, forgot, dropped_members;
	/* private */
	struct js_plan *plan;
	struct js_line line;
	int *slot, *column; /* READ_FIELDS, then the proxies */
	int slot_events, slot_profile, slot_shared;
	const struct place *at;
	struct batch batch;
	struct buf text;
};

/* The caller has filled in what is not private. */
void reader_open(struct reader *);
void reader_chunk(struct reader *, struct input_chunk *);
void reader_close(struct reader *);

/* ---- the inside: read.c, batch.c, evidence_file.c ---- */

/* Keys of the identifiers; NULL, or why not and where. */
const char *batch_ids(
    struct batch *, struct evidence *, struct js_val ids, const char **at);
void batch_key(struct batch *, uint16_t space, const char *p, size_t n);
/* All keys to numbers. */
void batch_resolve(struct batch *, struct evidence *);
void batch_empty(struct batch *);
void batch_free(struct batch *);
/* All pending events into evidence and store. */
void reader_flush(struct reader *);
/* Later than now, or retracted: counted, and to be left out. */
bool reader_leaves(
    struct reader *, const struct event *, const char *mid, size_t n);
/* Forgotten, by the numbers of its identifiers: counted likewise. */
bool reader_forgets(
    struct reader *, int64_t time, const uint32_t *ids, size_t n);

#endif
