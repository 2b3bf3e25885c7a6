/*
 * Points, cdp-score(5): rule files to an exact score with its ledger and its
 * band.  A struct points is read-only once planned and shared by threads; a
 * points_run is one thread's and owns what it counted for the line it was
 * last given.
 */
#ifndef CDP_POINTS_H
#define CDP_POINTS_H

#include <stdbool.h>
#include <stdint.h>

#include "../ask.h"
#include "../buf.h"
#include "../json.h"
#include "../opt.h"

struct points;
struct points_run;

/* Read the rule files; a fault ends the program at its place. */
struct points *points_load(const char *const *files, size_t n);
void points_plan(struct points *, struct js_plan *);
/* Does any rule read a member of the line besides `events`? */
bool points_reads_profile(const struct points *);
int64_t points_since(const struct points *, int64_t now); /* expr_since */
const struct ask *points_ask(const struct points *);
/* What the rules mean, the attainable points, what is wrong with the bands;
 * the number of faults. */
int points_check(const struct points *, struct buf *);
void points_free(struct points *);

struct points_run *points_open(const struct points *, int64_t now);
void points_close(struct points_run *);
/* Count as of another instant from the next line on, and find points_next,
 * which costs time. */
void points_set_now(struct points_run *, int64_t now);

/*
 * Count a line's points at now.  NULL, or why the line cannot be counted
 * (reject it); *die: a member is missing that a rule needs: nothing of the
 * input can be done.
 */
const char *points_count(
    struct points_run *, const struct js_line *, const char **die);
/* An instant after now before which the clock alone changes no points. */
int64_t points_next(const struct points_run *);
/* Members "ID":{"points":..,"band":..}, comma separated, no braces. */
void points_write(struct points_run *, bool ledger, struct buf *);
/* One line of JSON for each element: what it gave and why. */
void points_explain(struct points_run *, struct buf *);
/* One line of JSON where the band differs from the other run's, both of one
 * file and counted on the same line. */
void points_diff(struct points_run *was, struct points_run *is, struct buf *);

#endif
