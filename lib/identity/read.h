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
	uint32_t *set;
	size_t n, cap;
	struct buf text;
	const struct place *at;
};

/* The caller has filled in what is not private. */
void reader_open(struct reader *);
void reader_line(struct reader *, const struct input_line *);
void reader_close(struct reader *);

/* ---- for evidence files: the parts of a line into r->set ---- */

const char *reader_ids(struct reader *, struct js_val ids);
void reader_proxies(struct reader *, struct js_val seen_with);
/* Later than now, retracted or forgotten: counted, and left out. */
bool reader_leaves(
    struct reader *, const struct event *, const char *mid, size_t n);

#endif
