/*
 * What the loops of lib/filter share: one thread (filter.c), -j (filter_jobs.c)
 * and several passes (filter_twice.c).  Private to them.  A run lives on
 * filter_run's stack.
 */
#ifndef CDP_FILTER_RUN_H
#define CDP_FILTER_RUN_H

#include <time.h>

#include "filter.h"
#include "input.h"
#include "output.h"

/* Where spooled lines came from: the n-th of the spool and those after it are
 * file's line and those after that. */
struct origin {
	uint64_t n, line;
	const char *file;
};

struct run {
	const struct filter *f;
	struct input *in;
	struct output *out; /* NULL under no_output and put */
	struct reject *rej;
	struct counts n;
	bool again;    /* files read twice: bad lines are counted already */
	bool repeated; /* a third pass or later: rejects are recorded */
	bool spooled;  /* the lines come from the spool now */
	struct origin *origin;
	size_t norigin, cap;
	struct timespec began;
	bool terminal, shown;
	int time_column; /* of the events' timestamp; -1: nobody reads it */
	uint64_t later;  /* events after filter_now */
	int64_t newest;  /* of the events up to it; WHEN_MIN: there is none */
};

/* How one line ended. */
struct note {
	struct place at;
	const char *reason; /* set apart */
	char *fatal;        /* ends the program */
	const char *raw;
	size_t len;
};

struct worker {
	struct run *run;
	void *state;
	struct js_line js;
	struct buf out;
	struct buf side[FILTER_SIDES];
	uint64_t later; /* as in run */
	int64_t newest;
};

enum { LINE_BLANK = FILTER_REJECT + 1, LINE_FATAL };

void worker_begin(struct worker *, struct run *);
void worker_end(struct worker *);
/* Reads a line: FILTER_PASS, FILTER_REJECT or one of the two above. */
int worker_scan(struct worker *, const struct input_line *, struct note *);
/* Judges a line: a filter_verdict or one of the two above.  FILTER_WROTE: the
 * line stands at the end of w->out. */
int worker_line(struct worker *, const struct input_line *, struct note *);

void counts_add(struct counts *, int verdict, bool output);
void run_put(struct run *, const char *p, size_t n);
void run_progress(struct run *);
void write_sides(struct run *, struct buf *side); /* and empty them */
/* Message, quarantine; or the end of the program. */
void note_end(struct run *, const struct note *);
void run_jobs(struct run *); /* filter_jobs.c */
void run_pass(struct run *); /* one, with the threads that were asked for */
void run_twice(struct run *, char *const *files, int n); /* filter_twice.c */
/* The ages of a line's events; and those of all lines of a worker. */
void note_times(struct worker *);
void add_times(const struct worker *);

#endif
