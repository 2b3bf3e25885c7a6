/*
 * What can be counted about segments.  A struct survey is one thread's;
 * survey_add folds it into another.  The tables are tab separated, with a
 * head.
 */
#ifndef CDP_SEGMENT_SURVEY_H
#define CDP_SEGMENT_SURVEY_H

#include "segment.h"

enum { SURVEY_OVERLAP = 1, SURVEY_STEPS = 2, SURVEY_DIGEST = 4 };

struct survey;

struct survey *survey_new(const struct segments *, unsigned kinds);
void survey_free(struct survey *);
/* in: what segments_at says of the bound line, at t. */
void survey_line(
    struct survey *, struct segments_run *, const bool *in, int64_t t);
void survey_add(struct survey *to, const struct survey *from);
void survey_counts(const struct survey *, struct buf *);
/* Each combination of segments that somebody has (UpSet's counts; Lex and
 * others 2014), the largest first. */
void survey_overlap(const struct survey *, struct buf *);
/* How many each condition leaves, and how many it holds for alone. */
void survey_steps(const struct survey *, struct buf *);
/* SHA-256 over the members' profile_ids, sorted by bytes, each with a newline
 * behind it: equal digests, equal members. */
void survey_digest(struct survey *, struct buf *);

#endif
