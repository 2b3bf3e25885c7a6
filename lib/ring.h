/*
 * A ring of places for jobs: one thread fills them in order, workers do each,
 * and they are taken back in the order in which they were filled.  So what
 * comes of them does not depend on the number of workers, and memory is
 * bounded by the ring.  A ring owns its threads; what a place holds is the
 * caller's, in an array of its own.
 */
#ifndef CDP_RING_H
#define CDP_RING_H

#include <stdbool.h>
#include <stddef.h>

#define RING_THREADS 256 /* more are of no use */

struct ring;

/* Do the job at a place.  Thread: which of them does it, from 0. */
typedef void ring_work(void *arg, size_t thread, size_t place);

/* Starts so many threads, or dies. */
struct ring *ring_new(size_t places, size_t threads, ring_work *, void *arg);
void ring_free(struct ring *); /* once all that was filled is done */

/* ---- for the thread that fills ---- */

size_t ring_place(struct ring *); /* the next place, once it is free */
void ring_fill(struct ring *);    /* it holds a job now */
void ring_end(struct ring *);     /* no job follows */

/* ---- for the thread that takes back, which may be the same ---- */

size_t ring_held(struct ring *); /* jobs filled and not taken back */
bool ring_ready(struct ring *);  /* the oldest of them is done */
/* The place of the oldest, once it is done; false: there is none and none
 * follows.  It stays the oldest until it is taken back. */
bool ring_oldest(struct ring *, size_t *place);
void ring_take(struct ring *);

#endif
