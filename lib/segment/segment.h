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
const char *segments_name(const struct segments *, size_t i);
struct ask *segments_ask(struct segments *);
int segments_zone(struct segments *); /* the ask's set of the command line */
/* After the last expression is added. */
void segments_plan(struct segments *, struct js_plan *);
bool segments_read_profile(const struct segments *);

struct segments_run *segments_open(const struct segments *);
void segments_close(struct segments_run *);
struct asker *segments_asker(struct segments_run *);
/* False: a member is missing that a rule needs; *why says which. */
bool segments_bind(
    struct segments_run *, const struct js_line *, const char **why);
/*
 * Decides at time t.  The result has an element for each segment, the chosen
 * one last, and lives until the next call.  *next (may be NULL): an instant
 * before which the clock alone changes nothing, as expr_eval has it.
 */
const bool *segments_at(struct segments_run *, int64_t t, int64_t *next);
/* The profile_id of the bound line: its bytes without quotes. */
const char *segments_who(struct segments_run *, size_t *n);

/* ---- the top N by a value, which takes two passes ---- */

bool segments_rank(const struct segments *);          /* is there any? */
void segments_look(struct segments_run *, int64_t t); /* the bound line */
void segments_looked(struct segments_run *);

/* A conjunction's parts, for counts at every predicate. */
int segments_parts(const struct segments *, size_t i);
const char *segments_part(
    const struct segments *, size_t i, int part, size_t *n);
bool segments_part_true(struct segments_run *, size_t i, int part, int64_t t);

#endif
