#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "filter_run.h"
#include "mem.h"
#include "thread.h"

#define MOST_WORKERS 256

/*
 * A ring of jobs: the reader fills them in order, each worker takes the next
 * filled one, the writer waits for them in order.  So the output does not
 * depend on the number of workers, and memory is bounded by the ring.
 */
enum state { EMPTY, FILLED, TAKEN, DONE };

struct job {
	enum state state;
	struct input_chunk chunk;
	struct buf out, side[FILTER_SIDES];
	struct note *note; /* what was set apart, and the end if there is one */
	size_t nnote, cap;
	struct counts n;
};

struct ring {
	struct run *run;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct job *job;
	size_t n;
	uint64_t filled, taken, written; /* jobs so far */
	bool ended;                      /* the reader */
};

struct hand {
	pthread_t thread;
	struct ring *ring;
	struct worker worker;
};

static struct job *
job_at(struct ring *g, uint64_t i)
{
	return &g->job[i % g->n];
}

static void *
read_jobs(void *arg)
{
	struct ring *g = arg;
	struct job *j;
	bool more = true;

	pthread_mutex_lock(&g->lock);
	while (more) {
		j = job_at(g, g->filled);
		if (j->state != EMPTY) {
			pthread_cond_wait(&g->changed, &g->lock);
			continue;
		}
		pthread_mutex_unlock(&g->lock);
		more = input_chunk(g->run->in, &j->chunk);
		pthread_mutex_lock(&g->lock);
		if (more) {
			j->state = FILLED;
			g->filled++;
		}
		g->ended = !more;
		pthread_cond_broadcast(&g->changed);
	}
	pthread_mutex_unlock(&g->lock);
	return NULL;
}

static void
keep_note(struct job *j, const struct note *why)
{
	j->note = mem_grow(j->note, &j->cap, j->nnote + 1, sizeof *j->note);
	j->note[j->nnote++] = *why;
}

static void
do_job(struct worker *w, struct job *j)
{
	struct input_line l;
	struct note why;
	size_t pos = 0;
	int verdict = FILTER_DROP;

	j->nnote = 0;
	j->n = (struct counts){0};
	w->out = j->out;
	w->out.len = 0;
	memcpy(w->side, j->side, sizeof w->side);
	while (verdict != LINE_FATAL && input_chunk_line(&j->chunk, &pos, &l)) {
		why = (struct note){0};
		verdict = worker_line(w, &l, &why);
		counts_add(&j->n, verdict, !w->run->f->no_output);
		if (verdict == FILTER_REJECT || verdict == LINE_FATAL)
			keep_note(j, &why);
		else if (verdict == FILTER_PASS)
			buf_add(&w->out, l.p, l.len + 1);
	}
	j->out = w->out;
	w->out = (struct buf){0};
	memcpy(j->side, w->side, sizeof j->side);
	memset(w->side, 0, sizeof w->side);
}

static void *
work(void *arg)
{
	struct hand *h = arg;
	struct ring *g = h->ring;
	struct job *j;

	pthread_mutex_lock(&g->lock);
	for (;;) {
		if (g->taken == g->filled) {
			if (g->ended)
				break;
			pthread_cond_wait(&g->changed, &g->lock);
			continue;
		}
		j = job_at(g, g->taken++);
		j->state = TAKEN;
		pthread_mutex_unlock(&g->lock);
		do_job(&h->worker, j);
		pthread_mutex_lock(&g->lock);
		j->state = DONE;
		pthread_cond_broadcast(&g->changed);
	}
	pthread_mutex_unlock(&g->lock);
	return NULL;
}

static void
add_counts(struct counts *to, const struct counts *n)
{
	to->read += n->read;
	to->written += n->written;
	to->rejected += n->rejected;
	to->filtered += n->filtered;
	to->blank += n->blank;
}

static void
write_job(struct run *r, struct job *j)
{
	size_t i;

	add_counts(&r->n, &j->n);
	run_put(r, j->out.p, j->out.len);
	write_sides(r, j->side);
	for (i = 0; i < j->nnote; i++)
		note_end(r, &j->note[i]);
	run_progress(r);
}

/* In order; what is written is flushed before a wait. */
static void
write_jobs(struct ring *g)
{
	struct job *j;
	bool flushed = false;

	pthread_mutex_lock(&g->lock);
	while (!g->ended || g->written < g->filled) {
		j = job_at(g, g->written);
		if (g->written == g->filled || j->state != DONE) {
			if (flushed || g->run->out == NULL) {
				pthread_cond_wait(&g->changed, &g->lock);
				continue;
			}
			pthread_mutex_unlock(&g->lock);
			output_flush(g->run->out);
			pthread_mutex_lock(&g->lock);
			flushed = true;
			continue;
		}
		pthread_mutex_unlock(&g->lock);
		write_job(g->run, j);
		pthread_mutex_lock(&g->lock);
		flushed = false;
		j->state = EMPTY;
		g->written++;
		pthread_cond_broadcast(&g->changed);
	}
	pthread_mutex_unlock(&g->lock);
}

static void
free_ring(struct ring *g)
{
	size_t i, k;

	for (i = 0; i < g->n; i++) {
		free(g->job[i].chunk.p);
		free(g->job[i].note);
		buf_free(&g->job[i].out);
		for (k = 0; k < FILTER_SIDES; k++)
			buf_free(&g->job[i].side[k]);
	}
	free(g->job);
	pthread_mutex_destroy(&g->lock);
	pthread_cond_destroy(&g->changed);
}

void
run_jobs(struct run *r)
{
	size_t n = filter_settings.jobs, i;
	struct ring g = {.run = r};
	struct hand *hand;
	pthread_t reader;

	if (n > MOST_WORKERS)
		n = MOST_WORKERS;
	pthread_mutex_init(&g.lock, NULL);
	pthread_cond_init(&g.changed, NULL);
	g.n = 2 * n + 2;
	g.job = mem_alloc(g.n, sizeof *g.job);
	hand = mem_alloc(n, sizeof *hand);
	input_hold(r->in);
	for (i = 0; i < n; i++) {
		hand[i].ring = &g;
		worker_begin(&hand[i].worker, r);
	}
	thread_start(&reader, read_jobs, &g);
	for (i = 0; i < n; i++)
		thread_start(&hand[i].thread, work, &hand[i]);
	write_jobs(&g);
	pthread_join(reader, NULL);
	for (i = 0; i < n; i++) {
		pthread_join(hand[i].thread, NULL);
		worker_end(&hand[i].worker);
	}
	free(hand);
	free_ring(&g);
	input_check(r->in);
}
