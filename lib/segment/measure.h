/*
 * Segments compared by sums over their members: `EXPR per EXPR as NAME, ...`.
 * A struct measures is read-only once made; a struct measured is one
 * thread's.
 */
#ifndef CDP_SEGMENT_MEASURE_H
#define CDP_SEGMENT_MEASURE_H

#include "segment.h"

struct measures;
struct measured;

/* between: two names, "A,B"; list: what is summed over the members of each,
 * divided by the sum behind `per`, else by the number of members. */
struct measures *measures_new(
    struct segments *, const char *between, const char *list);
void measures_free(struct measures *);
struct measured *measured_new(const struct measures *);
void measured_free(struct measured *);
void measured_line(
    struct measured *, struct segments_run *, const bool *in, int64_t now);
void measured_add(struct measured *to, const struct measured *from);
/* A tab separated table: both quotients, their ratio and the difference in
 * percent. */
void measured_table(const struct measured *, struct buf *);

#endif
