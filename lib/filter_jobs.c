#include <stdlib.h>
#include <string.h>

#include "filter_run.h"
#include "mem.h"
#include "ring.h"
#include "thread.h"

/* Some lines, and what came of them. */
struct job {
	struct input_chunk chunk;
	struct buf out, side[FILTER_SIDES];
	struct note *note; /* what was set apart, and the end if there is one */
	size_t nnote, cap;
	struct counts n;
};

struct jobs {
	struct run *run;
	struct ring *ring;
	struct job *job;
	struct worker *worker;
};

static void *
read_jobs(void *arg)
{
	struct jobs *g = arg;

	while (input_chunk(g->run->in, &g->job[ring_place(g->ring)].chunk))
		ring_fill(g->ring);
	ring_end(g->ring);
	return NULL;
}

static void
keep_note(struct job *j, const struct note *why)
{
	j->note = mem_grow(j->note, &j->cap, j->nnote + 1, sizeof *j->note);
	j->note[j->nnote++] = *why;
}

static void
do_job(void *arg, size_t thread, size_t place)
{
	struct jobs *g = arg;
	struct worker *w = &g->worker[thread];
	struct job *j = &g->job[place];
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

/* What is written is flushed before a wait. */
static void
write_jobs(struct jobs *g)
{
	size_t place;

	for (;;) {
		if (g->run->out != NULL && !ring_ready(g->ring))
			output_flush(g->run->out);
		if (!ring_oldest(g->ring, &place))
			break;
		write_job(g->run, &g->job[place]);
		ring_take(g->ring);
	}
}

static void
free_job(struct job *j)
{
	size_t i;

	free(j->chunk.p);
	free(j->note);
	buf_free(&j->out);
	for (i = 0; i < FILTER_SIDES; i++)
		buf_free(&j->side[i]);
}

void
run_jobs(struct run *r)
{
	size_t threads = filter_settings.jobs < RING_THREADS
			     ? filter_settings.jobs
			     : RING_THREADS;
	size_t places = 2 * threads + 2, i;
	struct jobs g = {.run = r};
	pthread_t reader;

	g.job = mem_alloc(places, sizeof *g.job);
	g.worker = mem_alloc(threads, sizeof *g.worker);
	for (i = 0; i < threads; i++)
		worker_begin(&g.worker[i], r);
	input_hold(r->in);
	g.ring = ring_new(places, threads, do_job, &g);
	thread_start(&reader, read_jobs, &g);
	write_jobs(&g);
	pthread_join(reader, NULL);
	ring_free(g.ring);
	for (i = 0; i < threads; i++)
		worker_end(&g.worker[i]);
	for (i = 0; i < places; i++)
		free_job(&g.job[i]);
	free(g.worker);
	free(g.job);
	input_check(r->in);
}
