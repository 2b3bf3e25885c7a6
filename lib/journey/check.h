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
	int64_t *least;        /* least time from entry to a step */
	/* the most messages in a week */
	int most;
	long tried;
};

/* file:line:col: gravity: step: text */
void check_say(struct check *, const struct place *, enum gravity,
    const struct step *, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
/* Branches that are never taken, and those whose bounds overlap. */
void check_branches(struct check *, const struct step *);

#endif
