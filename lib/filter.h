/*
 * The loop that all profile filters share: lines in, function, lines out;
 * rejects, --strict, --stats, progress, -j with the order kept, exit status.
 * The filter owns its workers' states from begin to end.
 */
#ifndef CDP_FILTER_H
#define CDP_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "json.h"
#include "opt.h"
#include "output.h"
#include "reject.h"
#include "splice.h"
#include "when.h"

/* What every program takes.  Include filter_options in the opt_program's
 * tables; filter_settings holds what was given. */
extern const struct opt filter_options[];

struct filter_settings {
	const char *output, *now, *tz, *tmp;
	bool no_history, gzip;
	uint64_t jobs;
	struct reject_settings reject; /* --rejects --strict -q --stats ... */
};
extern struct filter_settings filter_settings;

/* --now, else $CDP_NOW, else the wall clock, in ms; asked once.  A date without
 * a zone is read in that of --tz, else of the first file whose zone was asked
 * for with filter_zone, else of $CDP_TZ: so ask after the files are read. */
int64_t filter_now(void);
/* An option's time, read in the same zones; what is none ends the program. */
int64_t filter_time(const char *option, const char *text);
/* --tz, else fallback (a file's "timezone"), else $CDP_TZ, else NULL. */
const struct zone *filter_zone(const char *fallback);

enum filter_verdict {
	FILTER_WROTE, /* the state appended a line to out */
	FILTER_PASS,  /* write the line as it came */
	FILTER_DROP,  /* leave it out: counted as filtered */
	FILTER_REJECT /* set it apart: reason and col are set */
};

#define FILTER_SIDES 4

struct filter_line {
	const struct js_line *js;
	struct place at;
	struct buf *out;
	struct buf *side;   /* FILTER_SIDES of them */
	const char *reason; /* for FILTER_REJECT: a constant */
	size_t col;
};

struct filter {
	struct js_plan *plan;
	void *cfg;
	void *(*begin)(void *cfg); /* a worker's own state */
	enum filter_verdict (*line)(void *state, struct filter_line *);
	/* Fold a worker's counts into cfg and free it; one after another. */
	void (*end)(void *cfg, void *state);
	/* More members for --stats, each as `,"name":value`; may be NULL. */
	void (*stats)(void *cfg, struct buf *);
	/* Programs that look at every line before the first is written: the
	 * good lines are spooled to -T and line runs on the spool.  Runs in
	 * one thread; may be NULL. */
	void (*look)(void *cfg, const struct js_line *);
	void (*looked)(void *cfg); /* between the two passes */
	/* Before a second pass: true asks to look at every line once more (and
	 * then for `looked`); may be NULL. */
	bool (*look_again)(void *cfg);
	/* After the second pass: true asks for one more, with workers begun
	 * anew; its counts replace those of the pass before.  With no_output
	 * and second_pass; may be NULL. */
	bool (*again)(void *cfg);
	/* Nothing is written, not even a file: every line that is not set
	 * apart counts as filtered.  The program prints its report itself. */
	bool no_output;
	/* With look and no_output: line runs all the same, for its reports or
	 * side files. */
	bool second_pass;
	/* In place of the output: gets what the lines append, in their order,
	 * in pieces that end at the end of a line's.  May be NULL. */
	void (*put)(void *cfg, const char *p, size_t n);
	/* The rules read more of the line than `events`: a line whose last_seen
	 * is later than filter_now ends the program (its tags or scores would
	 * know the future). */
	bool reads_profile;
	/* expr_since of the rules: if no event of any line is as late as that,
	 * a warning says so.  0: the rules have no windows. */
	int64_t since;
	/* Further files, in the order of the lines whatever -j is: what line
	 * appends to filter_line.side[i] is written to side[i], where that is
	 * not NULL.  The caller opens and closes them. */
	struct output *side[FILTER_SIDES];
};

/* Runs over the operands and returns the exit status. */
int filter_run(const struct filter *, char *const *files, int n);

/* Appends a line with the edits made and, under --no-history, no events.
 * The plan must have come from filter_plan. */
void filter_splice(struct filter_line *, const struct splice_edit *, size_t n);
/* A plan that knows `events` and last_seen (for the as-of check). */
struct js_plan *filter_plan(void);

#endif
