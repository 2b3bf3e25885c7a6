/*
 * What was known when: an event that came in later than it happened
 * (receivedAt) is not there before.  A struct arrival is one thread's; it
 * borrows the customer's line.
 */
#ifndef CDP_JOURNEY_ARRIVAL_H
#define CDP_JOURNEY_ARRIVAL_H

#include "../buf.h"
#include "../json.h"

struct arrival_plan {
	bool wanted;
	const struct js_plan *plan;
	int received, whole; /* columns */
	int member;          /* `events` */
};
/* Adds what is read, if it is wanted. */
void arrival_plan(struct arrival_plan *, struct js_plan *);

struct arrival {
	const struct arrival_plan *plan;
	const struct js_line *line; /* as it came */
	const int64_t *time;        /* of its events, in order */
	int64_t *came;              /* by event: never before its time */
	uint32_t *order;            /* the events as they came */
	uint32_t *place; /* by event, and behind the last: in `then` */
	size_t n, cap;
	struct js_line then; /* the line without those on their way */
	struct buf text, events;
	int64_t back;    /* the first of them comes; WHEN_MIN: none was made */
	uint64_t base;   /* which line it was made of */
	bool whole;      /* the line shown is not `then`, but all of it */
	size_t seen;     /* events of the line shown that were known then */
	uint64_t serial; /* changes with the bytes of `then` */
	uint64_t told; /* over all customers: events that say when they came */
};

/*
 * Begin a customer: n events happened by now, at these times.  *known: how
 * many of them had come by now, the first of `order`.  False: the value *at
 * should say when an event came, and is no time.
 */
bool arrival_begin(struct arrival *, const struct js_line *,
    const int64_t *time, size_t n, int64_t now, size_t *known,
    struct js_val *at);
/*
 * The line as it was known at t: of the events up to t only those that had
 * come (events after t may be there).
 * line: the customer's as of t, base: which one, of those with other traits.
 * Then arrival.seen, arrival.serial and arrival_place are about it.
 */
const struct js_line *arrival_at(
    struct arrival *, const struct js_line *line, uint64_t base, int64_t t);
/* Where the event of the whole line stands in the one shown; it had come. */
uint32_t arrival_place(const struct arrival *, uint32_t event);
void arrival_free(struct arrival *);

#endif
