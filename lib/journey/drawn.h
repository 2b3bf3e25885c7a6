/*
 * What is drawn, and the replications that walk together; private to the
 * forecast.
 *
 * Replications whose draws have been alike so far stand at the same place at
 * the same time: one walk of the engine serves them all, and its counts go
 * to each.  They part where one of them takes an event that the others do not
 * have, or chooses another way; whoever is left behind is put on a stack and
 * walks on later.  The figures are those of R walks.
 */
#ifndef CDP_JOURNEY_DRAWN_H
#define CDP_JOURNEY_DRAWN_H

#include "../draw.h"
#include "simulate.h"

#define DAY 86400000LL
#define TOGETHER 256 /* replications that begin together */

struct pending { /* a drawn event to come, in its replication's list */
	int64_t t;
	uint32_t order; /* of the draw; one draw is one event */
	int response;   /* NONE: an entry by rate */
	uint32_t origin;
	int after; /* the one after it in the pool, or NONE */
};

struct ahead { /* a replication's first event, for sorting */
	int64_t t;
	uint32_t order, member;
};

struct taken { /* a drawn event that came */
	int64_t t;
	int response;
	uint32_t origin;
};

struct cached { /* a condition's value in [from, next) */
	uint32_t turn;
	uint64_t past; /* the drawn events that it saw */
	bool value;
	int64_t from, next;
};

struct reach { /* before the start: reactions may still come */
	struct instance x;
	const struct step *s;
	int64_t t;
	uint64_t came; /* bit: a response of the step; these came already */
};

struct simulation {
	struct forecast *f;
	struct replay *replay;
	struct engine engine;
	struct source source;
	struct tally tally; /* logs what the present walk counts */
	uint32_t *counts;   /* [width][replication], not yet in f->counts */
	uint64_t uncarried; /* no counter of them is greater */
	uint64_t customers;
	uint64_t who; /* (seed, customer) */
	uint32_t turn;
	/* the present walk: member[lo .. hi - 1] are its replications */
	uint32_t *member;
	size_t lo, hi;
	struct ahead *ahead;
	int *head;      /* by replication: the list of its events to come */
	int64_t *first; /* when its first comes, or WHEN_NEVER */
	struct pending *pool;
	size_t npool, poolcap;
	int spare;
	struct pending next;    /* the first of the walk's */
	bool next_known, takes; /* takes: next is taken, but not yet dropped */
	bool lined_up;          /* members by their first event, last first */
	uint32_t order;
	uint32_t *drawn; /* by response: how often */
	struct taken *past;
	size_t npast, pastcap;
	uint64_t serial, serials; /* of the past as it is; of all yet */
	struct drawn_past { /* the customer's line with the drawn events */
		struct replay replay;
		struct tally tally;
		uint64_t serial; /* of the past that it has */
		struct buf text;
		struct js_line line;
	} seen;
	int64_t *sends; /* of the walk's messages */
	size_t nsends, sendscap;
	/* the others, and the walk as of its last event or timer */
	struct buf stack, mark, start;
	size_t mark_log; /* what the walk had counted by then */
	bool scouts;
	bool marks; /* ways are chosen by draws */
	/* as of the start */
	struct reach *reach;
	size_t nreach, reachcap;
	struct cached **holds;  /* by journey, expression */
	struct cached *address; /* by channel's number */
	struct cached *since;   /* by trigger: the last real event */
};

/* Draws the reactions of all replications of the walk to a step reached; not
 * those (a bit each) that came already. */
void drawn_react(struct simulation *, uint32_t seq, const struct step *,
    uint64_t draw, int64_t t, uint64_t came);
/* The replay's: a step was reached before the start (arg: the simulation). */
void reach_note(
    void *, const struct instance *, const struct step *, int64_t t);
/* Keeps those to which a reaction may still come. */
void reach_sift(struct simulation *);
/* Draws their entries by rate. */
void drawn_entries(struct simulation *);
/* The source whose events are drawn; reads the customer from the replay. */
struct source drawn_source(struct simulation *);

/* The replay in which the customer's drawn events have happened. */
struct replay *drawn_past_replay(struct simulation *);
void drawn_past_free(struct simulation *);

/* Lists of events to come. */
void drawn_clear(struct simulation *, size_t first, size_t n);
/* Drops events that the replication drew at `order` or later. */
void drawn_cut(struct simulation *, uint32_t replication, uint32_t order);
/* Drops the replication's first event. */
void drawn_drop(struct simulation *, uint32_t replication);

/* May the customer pass?  And who comes, for a scout. */
bool drawn_quota(struct simulation *, const struct step *, int64_t t);
void drawn_arrive(struct simulation *, const struct step *, int64_t t);

/* Replications of the walk answer differently: go on with those that say as
 * the first does; the others go back to the last event or timer and walk
 * later.  Returns the answer. */
int walk_part(struct simulation *,
    int (*answer)(struct simulation *, uint32_t replication, const void *),
    const void *);
/* The first event of the walk is taken by those who have it. */
void walk_take(struct simulation *);
/* At every event or timer, before it. */
void walk_mark(struct simulation *);

#endif
