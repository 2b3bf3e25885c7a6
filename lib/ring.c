#include <stdint.h>
#include <stdlib.h>

#include "mem.h"
#include "ring.h"
#include "thread.h"

struct thread {
	pthread_t id;
	struct ring *ring;
};

struct ring {
	ring_work *work;
	void *arg;
	struct thread *thread;
	size_t threads;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool *done; /* of each place */
	size_t n;
	uint64_t filled, begun, taken; /* jobs so far */
	bool ended;
};

static void
tell(struct ring *r)
{
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->lock);
}

static void *
work(void *arg)
{
	struct thread *t = arg;
	struct ring *r = t->ring;
	size_t place;

	pthread_mutex_lock(&r->lock);
	for (;;) {
		while (r->begun == r->filled && !r->ended)
			pthread_cond_wait(&r->changed, &r->lock);
		if (r->begun == r->filled)
			break;
		place = r->begun++ % r->n;
		pthread_mutex_unlock(&r->lock);
		r->work(r->arg, (size_t)(t - r->thread), place);
		pthread_mutex_lock(&r->lock);
		r->done[place] = true;
		pthread_cond_broadcast(&r->changed);
	}
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

struct ring *
ring_new(size_t places, size_t threads, ring_work *f, void *arg)
{
	struct ring *r = mem_alloc(1, sizeof *r);
	size_t i;

	r->work = f;
	r->arg = arg;
	r->n = places;
	r->threads = threads;
	r->done = mem_alloc(places, sizeof *r->done);
	r->thread = mem_alloc(threads, sizeof *r->thread);
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->changed, NULL);
	for (i = 0; i < threads; i++) {
		r->thread[i].ring = r;
		thread_start(&r->thread[i].id, work, &r->thread[i]);
	}
	return r;
}

void
ring_free(struct ring *r)
{
	size_t i;

	ring_end(r);
	for (i = 0; i < r->threads; i++)
		pthread_join(r->thread[i].id, NULL);
	pthread_mutex_destroy(&r->lock);
	pthread_cond_destroy(&r->changed);
	free(r->thread);
	free(r->done);
	free(r);
}

size_t
ring_place(struct ring *r)
{
	size_t place;

	pthread_mutex_lock(&r->lock);
	while (r->filled - r->taken == r->n)
		pthread_cond_wait(&r->changed, &r->lock);
	place = r->filled % r->n;
	pthread_mutex_unlock(&r->lock);
	return place;
}

void
ring_fill(struct ring *r)
{
	pthread_mutex_lock(&r->lock);
	r->done[r->filled++ % r->n] = false;
	tell(r);
}

void
ring_end(struct ring *r)
{
	pthread_mutex_lock(&r->lock);
	r->ended = true;
	tell(r);
}

size_t
ring_held(struct ring *r)
{
	size_t held;

	pthread_mutex_lock(&r->lock);
	held = r->filled - r->taken;
	pthread_mutex_unlock(&r->lock);
	return held;
}

static bool
oldest_done(const struct ring *r)
{
	return r->taken < r->filled && r->done[r->taken % r->n];
}

bool
ring_ready(struct ring *r)
{
	bool ready;

	pthread_mutex_lock(&r->lock);
	ready = oldest_done(r);
	pthread_mutex_unlock(&r->lock);
	return ready;
}

bool
ring_oldest(struct ring *r, size_t *place)
{
	bool done;

	pthread_mutex_lock(&r->lock);
	while (!oldest_done(r) && !(r->ended && r->taken == r->filled))
		pthread_cond_wait(&r->changed, &r->lock);
	done = oldest_done(r);
	*place = r->taken % r->n;
	pthread_mutex_unlock(&r->lock);
	return done;
}

void
ring_take(struct ring *r)
{
	pthread_mutex_lock(&r->lock);
	r->taken++;
	tell(r);
}
