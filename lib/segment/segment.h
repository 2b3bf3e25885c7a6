/*
 * Segments, cdp-segments(5): named conditions, set algebra over them,
 * exclusive groups, splits and samples by hash, the top N by a value.  A
 * struct segments is read-only once planned (but for the cuts of its tops,
 * which the first pass sets); a segments_run is one thread's.
 */
#ifndef CDP_SEGMENT_H
#define CDP_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../ask.h"
#include "../opt.h"

struct segments;
struct segments_run;

struct segments *segments_new(void);
void segments_free(struct segments *);
/* The segments of a file; faults end the program. */
void segments_read(struct segments *, const char *file);

/* What the command line asks for, as one more segment without a name. */
struct segments_pick {
	const char *where;    /* an expression, or NULL */
	const char *set;      /* names and `and`, `or`, `not`; or NULL */
	const char *top, *by; /* "500" or "20%", and an expression */
	const char *sample, *salt;
};
/* True where it asks for anything; then it is the last segment. */
bool segments_choose(struct segments *, const struct segments_pick *);

size_t segments_count(const struct segments *); /* without the chosen one */
size_t segments_all(const struct segments *);   /* with it */
const char *segments_name(const struct segments *, size_t i);
struct ask *segments_ask(struct segments *);
int segments_zone(struct segments *); /* the ask's set of the command line */
/* After the last expression is added.  clock: the line will be asked about
 * instants later than now, so events after now are cut off when it is bound. */
void segments_plan(struct segments *, struct js_plan *, bool clock);
bool segments_read_profile(const struct segments *);

struct segments_run *segments_open(const struct segments *);
void segments_close(struct segments_run *);
struct asker *segments_asker(struct segments_run *);
/* NULL, or which member a rule needs that the line lacks: the caller ends with
 * it. */
const char *segments_bind(
    struct segments_run *, const struct js_line *, int64_t now);
/*
 * Decides at time t.  The result has an element for each segment, the chosen
 * one last, and lives until the next call.  *next (may be NULL): an instant
 * before which the clock alone changes nothing, as expr_eval has it.
 */
const bool *segments_at(struct segments_run *, int64_t t, int64_t *next);
/* The member `segments`, as last decided; appended. */
void segments_write(const struct segments_run *, struct buf *);
/* The first instant after t at which the clock alone changes who is in
 * segment i (SIZE_MAX: in any); WHEN_NEVER.  Needs `clock`; ends with
 * segments_at(t). */
int64_t segments_change(struct segments_run *, size_t i, int64_t t);
/* The profile_id of the bound line: its bytes without quotes. */
const char *segments_who(struct segments_run *, size_t *n);

/* ---- the top N by a value, which takes two passes ---- */

bool segments_rank(const struct segments *);          /* is there any? */
void segments_look(struct segments_run *, int64_t t); /* the bound line */
void segments_looked(struct segments_run *);

/* ---- the conditions of a segment one by one: the operands of its outermost
 * `and`, then set, draw, top and group where it has them ---- */

int segments_steps(const struct segments *, size_t i);
void segments_step_text(
    const struct segments *, size_t i, int step, struct buf *);
/* After segments_at(t). */
bool segments_step_true(struct segments_run *, size_t i, int step, int64_t t);

/* --explain: appends an object a segment, each on a line of its own: whether
 * the bound line is in it, which condition holds, and when that can change. */
void segments_explain(struct segments_run *, int64_t t, struct buf *);
/* --check: what each segment means, a line each, and remarks. */
void segments_check(const struct segments *, struct buf *);

#endif
