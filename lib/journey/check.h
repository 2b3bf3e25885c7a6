/*
 * What the files of --check share.  They borrow the journeys and the buffer
 * that takes the answer.
 */
#ifndef CDP_JOURNEY_CHECK_H
#define CDP_JOURNEY_CHECK_H

#include "graph.h"

enum gravity { CHECK_NOTE, CHECK_WARNING, CHECK_ERROR };

struct check {
	const struct journeys *all;
	const struct journey *j;
	struct buf *out;
	bool good; /* no error yet */
	bool *seen;
	unsigned char *colour; /* 0 new, 1 on the path, 2 done */
	bool endless;          /* a loop that takes no time was found */
	int64_t most;          /* messages in a week, of all yet */
	/* The widest cap that they share; apart: they share none. */
	const struct cap *cap;
	const struct zone *cap_zone;
	bool apart;
};

/* file:line:col: gravity: step: text */
void check_say(struct check *, const struct place *, enum gravity,
    const struct step *, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
/* Branches that are never taken, and those whose bounds overlap. */
void check_branches(struct check *, const struct step *);

/* Loops that take no time. */
void check_loops(struct check *);
/* Walks every way: messages put off too far; the most in 7 days. */
void check_walk(struct check *);
void check_total(struct check *); /* of all journeys, after their walks */
/* The k-th way out of a step, or STEP_END; false past the last. */
bool check_way(const struct step *, size_t k, int *next);

#endif
