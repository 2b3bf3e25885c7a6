/*
 * Tags, cdp-tags(5): rule files to a decision for each tag of a line, with
 * when it began and when the clock alone will end it.  A struct tags is
 * read-only once planned and shared by threads; a tags_run is one thread's
 * and owns what it decided about the line it was last given.
 */
#ifndef CDP_TAGS_H
#define CDP_TAGS_H

#include <stdbool.h>
#include <stdint.h>

#include "../ask.h"
#include "../buf.h"
#include "../json.h"
#include "../opt.h"

struct tags;
struct tags_run;

/* Read the rule files; a fault ends the program at its place. */
struct tags *tags_load(const struct opt_list *files);
void tags_plan(struct tags *, struct js_plan *);
/* Does any rule read a member of the line besides `events`? */
bool tags_reads_profile(const struct tags *);
int64_t tags_since(const struct tags *, int64_t now); /* expr_since */
const struct ask *tags_ask(const struct tags *);
/* Every rule as an English sentence, remarks and faults; the number of rules
 * that can never decide anything. */
int tags_check(const struct tags *, struct buf *);
void tags_free(struct tags *);

struct tags_run *tags_open(const struct tags *, int64_t now);
void tags_close(struct tags_run *);
/* Decide as of another instant from the next line on. */
void tags_set_now(struct tags_run *, int64_t now);

/*
 * Decide every tag of a line at now.  NULL, or why the line cannot be read
 * (reject it); *die: a member is missing that a rule needs: nothing of the
 * input can be done.
 */
const char *tags_decide(
    struct tags_run *, const struct js_line *, const char **die);
/* An instant after now before which the clock alone changes no tag. */
int64_t tags_next(const struct tags_run *);
/* What was decided: the `tags` member's value. */
void tags_member(struct tags_run *, struct buf *);
/* One line of JSON for each rule: did it hold, why, what became of it. */
void tags_explain(struct tags_run *, struct buf *);
/* One line of JSON for each tag on which the sources disagree. */
void tags_conflicts(struct tags_run *, struct buf *);
/* Lines of JSON: what differs from the old value of `tags`. */
void tags_changes(struct tags_run *, struct js_val old, struct buf *);

/* ---- another run's lines, to compare with ---- */

struct tags_old;

/* All profiles of a file in memory: their ids and `tags`. */
struct tags_old *tags_old_read(const char *file);
/* Its tags, an object; JS_MISSING where the profile was not there. */
struct js_val tags_old_find(const struct tags_old *, const char *id, size_t n);
void tags_old_free(struct tags_old *);

/* ---- counts over a run ---- */

/* Entries of the sources: given = written + same + folded + dropped +
 * overruled. */
struct tags_merged {
	uint64_t given, written, same, folded, dropped, overruled, conflicts;
};

struct tags_count;

struct tags_count *tags_count_new(const struct tags *);
/* Count the run's decisions about its line. */
void tags_count_line(struct tags_run *, struct tags_count *);
void tags_count_add(struct tags_count *to, const struct tags_count *from);
struct tags_merged tags_count_merged(const struct tags_count *);
/* The table: tag, tagged, of, share, Wilson's interval; tab separated. */
void tags_coverage(const struct tags_count *, struct buf *);
void tags_count_free(struct tags_count *);

#endif
