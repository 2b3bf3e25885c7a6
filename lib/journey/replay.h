/*
 * A customer's real history as the engine's source: what would have been sent
 * when, and why not.  No randomness.  A struct replay is one thread's; it
 * borrows the line for the time of one customer.
 */
#ifndef CDP_JOURNEY_REPLAY_H
#define CDP_JOURNEY_REPLAY_H

#include "../filter.h"
#include "arrival.h"
#include "engine.h"
#include "quota.h"
#include "uses.h"
#include "world.h"

struct replay_plan { /* slots and columns in the scan plan */
	int profile_id, ids, traits, zone;
	int whole; /* the event itself */
	int time, event, message_id, properties;
	int member; /* `journeys` */
	struct world_plan world;
	struct arrival_plan arrival; /* wanted: an event is seen from when it
					came, not from when it happened */
};
/* Adds what replay and the expressions read; once, before any replay, but
 * after arrival.wanted. */
void replay_plan(struct replay_plan *, struct journeys *, struct js_plan *);

struct replay {
	const struct journeys *all;
	const struct replay_plan *plan;
	const struct quota_cuts *cuts; /* NULL: pass all, note arrivals */
	struct quota_arrivals *arrivals;
	struct engine engine;
	struct source source;
	const struct js_line *line;   /* as it came */
	const struct js_line *js;     /* the same without events after now, */
	struct js_line seen, then;    /* and so is the world's */
	struct expr_run **run;        /* by journey */
	const struct js_line **bound; /* the line it is bound to, */
	uint64_t *bound_at;           /* and of which customer and epoch */
	struct world world;
	struct uses_run **uses; /* by journey, NULL: it uses none */
	uint32_t turn;
	struct arrival arrival;
	int64_t *time; /* of the events up to now */
	int *kind;
	size_t happened;         /* events up to now */
	size_t n, at, cap;       /* those that had come; those that are taken */
	const struct zone *zone; /* the customer's, as of the world's epoch */
	size_t zone_epoch;
	bool has_zone;
	struct address { /* as they stand in the line, with quotes */
		struct js_val namespace, value;
	} address;
	const struct channel *addressed; /* whose address it is, */
	uint32_t addressed_turn;         /* and which customer's */
	bool has_address;
	struct buf text, key;
	const char *fault; /* what the line lacks, of expr_bind */
	/* Told of steps with responses; may be NULL. */
	void (*reached)(
	    void *arg, const struct instance *, const struct step *, int64_t t);
	void *reached_arg;
};

void replay_init(struct replay *, const struct journeys *,
    const struct replay_plan *, struct tally *);
void replay_free(struct replay *);

/*
 * Begin a customer whose line was scanned by the plan.  Events later than
 * `now` do not exist.  NULL, or why the line is to be set apart (a constant;
 * *col its column).  Then engine_run.
 */
const char *replay_begin(
    struct replay *, const struct js_line *, int64_t now, size_t *col);

/* For observers: the run bound to the customer as of t. */
struct expr_run *replay_run(struct replay *, const struct journey *, int64_t t);
/* The same to ask about an event of the line, whose place it may change. */
struct expr_run *replay_run_event(
    struct replay *, const struct journey *, int64_t t, uint32_t *event);
/* The address on a channel: the first id of its first namespace that the
 * customer has; NULL: none, or the channel names no namespace. */
const struct address *replay_address(struct replay *, const struct channel *);
int replay_index(const struct replay *, const struct journey *);

#endif
