/*
 * The members that other filters make, as of an instant that is past: tags,
 * scores and segments are decided again by the rule files that a journey
 * names in `uses`, one kind after the other, as a pipe would run them.  A
 * struct uses is read-only once planned and shared by threads; a uses_run is
 * one thread's and borrows the customer's line.
 */
#ifndef CDP_JOURNEY_USES_H
#define CDP_JOURNEY_USES_H

#include <stdbool.h>
#include <stdint.h>

#include "../json.h"
#include "../rules.h"

struct uses;
struct uses_run;

/* Reads the files of the node, a name or a list; dies where a rule reads a
 * member that none of the files before it makes (unless snapshot). */
struct uses *uses_load(const struct node *, bool snapshot);
void uses_free(struct uses *);
/* Is the member decided by these files?  uses: NULL, of none. */
bool uses_makes(const struct uses *, const char *member);
bool uses_read_traits(const struct uses *);
void uses_plan(struct uses *, struct js_plan *);

struct uses_run *uses_open(const struct uses *);
void uses_close(struct uses_run *);
/*
 * The line as of t.  serial: changes with the customer and whenever `line`
 * does; seen: how many of its events lie at t or before.  NULL, and *why: the
 * line lacks what a rule needs.
 */
const struct js_line *uses_line(struct uses_run *, const struct js_line *line,
    uint64_t serial, size_t seen, int64_t t, const char **why);
/* Of the line that came last: it changes with its bytes. */
uint64_t uses_serial(const struct uses_run *);
/* An instant before which the clock alone changes nothing in it. */
int64_t uses_next(const struct uses_run *);

/* Is a member of the profile the same as of every moment, or told again? */
bool uses_timeless(const char *member);

#endif
