/*
 * Fitted models applied line by line: each adds `"ID":{"probability":...}` or
 * `"ID":{"uplift":...}` to the member score.  The scorer is read-only and
 * shared by threads; a struct scorer_run is one thread's.
 */
#ifndef CDP_SCORER_H
#define CDP_SCORER_H

#include <stdbool.h>

#include "../buf.h"
#include "../json.h"

struct scorer;

/* Model files, cdp-model(5); what they read is added to the plan. */
struct scorer *scorer_new(const char *const *files, size_t n, struct js_plan *);
bool scorer_reads_profile(const struct scorer *);
/* The members of the profile that the k-th file reads: the i-th, NULL at the
 * end. */
const char *scorer_member(const struct scorer *, size_t k, size_t i);
void scorer_free(struct scorer *);

struct scorer_run;

struct scorer_run *scorer_open(const struct scorer *);
void scorer_close(struct scorer_run *);
/* The members of the models for this line at now, with commas between, and
 * one before where `more`.  why: contributions too.  NULL, or what the line
 * lacks (the caller ends the program). */
const char *scorer_write(struct scorer_run *, const struct js_line *,
    int64_t now, bool why, bool more, struct buf *);
/* An instant after now before which the clock alone changes none of them: of
 * the line that was written last. */
int64_t scorer_next(struct scorer_run *, int64_t now);

#endif
