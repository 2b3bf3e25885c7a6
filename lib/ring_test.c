#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "ring.h"
#include "test.h"
#include "thread.h"

enum { JOBS = 20000, PLACES = 7 };

/* Job i is the number i, and what comes of it i squared. */
struct squares {
	size_t number[PLACES], square[PLACES];
	size_t done[RING_THREADS]; /* by each thread */
	struct ring *ring;
};

static void
square(void *arg, size_t thread, size_t place)
{
	struct squares *s = arg;
	size_t n = s->number[place];

	if (n % 13 == 0)
		sched_yield(); /* let later jobs be done earlier */
	s->square[place] = n * n;
	s->done[thread]++;
}

static void
fill(struct squares *s, size_t n)
{
	s->number[ring_place(s->ring)] = n;
	ring_fill(s->ring);
}

static void
take(struct squares *s, size_t n)
{
	size_t place;

	assert_true(ring_oldest(s->ring, &place));
	assert_true(ring_ready(s->ring));
	assert_int_equal(s->square[place], n * n);
	ring_take(s->ring);
}

static void
end(struct squares *s, size_t jobs)
{
	size_t i, sum = 0;

	assert_int_equal(ring_held(s->ring), 0);
	assert_false(ring_ready(s->ring));
	ring_free(s->ring);
	for (i = 0; i < RING_THREADS; i++)
		sum += s->done[i];
	assert_int_equal(sum, jobs);
}

static void *
fill_all(void *arg)
{
	struct squares *s = arg;
	size_t n;

	for (n = 0; n < JOBS; n++)
		fill(s, n);
	ring_end(s->ring);
	return NULL;
}

/* One thread fills, another takes back. */
static void
keeps_order(void **state)
{
	static const size_t threads[] = {1, 2, 3, PLACES + 4};
	struct squares s;
	pthread_t filler;
	size_t i, n, place;

	(void)state;
	for (i = 0; i < ROWS(threads); i++) {
		memset(&s, 0, sizeof s);
		s.ring = ring_new(PLACES, threads[i], square, &s);
		thread_start(&filler, fill_all, &s);
		for (n = 0; n < JOBS; n++)
			take(&s, n);
		assert_false(ring_oldest(s.ring, &place));
		pthread_join(filler, NULL);
		end(&s, JOBS);
	}
}

/* The thread that fills takes back itself, when the ring is full. */
static void
serves_one_thread(void **state)
{
	struct squares s = {.ring = ring_new(PLACES, 2, square, &s)};
	size_t n, back = 0;

	(void)state;
	for (n = 0; n < JOBS; n++) {
		fill(&s, n);
		assert_true(ring_held(s.ring) <= PLACES);
		if (ring_held(s.ring) == PLACES)
			take(&s, back++);
	}
	while (ring_held(s.ring) > 0)
		take(&s, back++);
	end(&s, JOBS);
}

static void
ends_without_a_job(void **state)
{
	struct squares s = {.ring = ring_new(1, 3, square, &s)};
	size_t place;

	(void)state;
	ring_end(s.ring);
	assert_false(ring_oldest(s.ring, &place));
	end(&s, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(keeps_order),
	    cmocka_unit_test(serves_one_thread),
	    cmocka_unit_test(ends_without_a_job),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
