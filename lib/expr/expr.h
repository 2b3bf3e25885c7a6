/*
 * The expression language, cdp-expr(7).  All expressions of a run are added
 * to one set and compiled into one plan; one scan of a line fetches every
 * field that any of them needs.  The set owns everything compiled and is
 * read-only once ready, so threads share it; each thread owns an expr_run.
 */
#ifndef CDP_EXPR_H
#define CDP_EXPR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../buf.h"
#include "../dec.h"
#include "../err.h"
#include "../json.h"
#include "../when.h"

/* What a path reads outside an aggregate. */
enum expr_ground {
	EXPR_PROFILE, /* a profile line */
	EXPR_EVENT,   /* one event of a profile line's history */
	EXPR_ROW,     /* a row that the caller hands over (cdp-ingest) */
};

enum expr_type {
	EXPR_NULL,
	EXPR_BOOL,
	EXPR_NUMBER, /* exact where `exact`, else the double */
	EXPR_TEXT,   /* decoded bytes */
	EXPR_TIME,   /* instant, ms */
	EXPR_SPAN,   /* duration */
	EXPR_JSON,   /* an array or object, raw */
};

struct expr_value {
	enum expr_type type;
	bool truth;
	bool exact;
	struct dec dec;
	double number;
	int64_t time;
	struct duration span;
	/* EXPR_TEXT, EXPR_JSON; EXPR_NUMBER: as it stands in the line, where
	 * the expression is a path, else NULL. */
	const char *p;
	size_t len;
};

struct expr_set;
struct expr_run;

struct expr_settings {
	const struct zone *zone; /* NULL: a calendar word is an error */
	bool recipient_zone;     /* traits.timezone first */
	/* A member that this program writes anew, so that a line may lack it;
	 * NULL: none.  Other members that programs make must be there if a
	 * rule reads them: expr_bind refuses a line without. */
	const char *owns;
};

struct expr_set *expr_set_new(const struct expr_settings *);
void expr_set_free(struct expr_set *);

/*
 * Compile one expression.  text need not end in NUL and is copied.  at: where
 * its first byte stands; a fault ends the program with die_at at the exact
 * column.  Returns its number: 0, 1, 2 ...
 */
int expr_add(struct expr_set *, enum expr_ground, const char *text, size_t n,
    const struct place *at);
/* The same without dying: -1, *col (1-based byte in text) and *why (owned by
 * the set) are set. */
int expr_try(struct expr_set *, enum expr_ground, const char *text, size_t n,
    size_t *col, const char **why);

/* As expr_add, but stops where the expression ends ("rfm.m as M, ..." ends
 * before "as"); *used is the number of bytes read, blanks after it too. */
int expr_add_part(struct expr_set *, enum expr_ground, const char *text,
    size_t n, const struct place *at, size_t *used);

/* The text as it was added, with NUL. */
const char *expr_text(const struct expr_set *, int id);

/* ---- after the last expr_add ---- */

/* Adds every field the expressions need to the caller's scan plan (for rows:
 * expr_row_path instead).  The set remembers the slots. */
void expr_plan(struct expr_set *, struct js_plan *);
/* EXPR_ROW: the paths the expressions read, in order, NULL at the end of the
 * list; the caller hands over their values in the same order. */
const char *expr_row_path(const struct expr_set *, int i);
/* The same path as steps (a path of one step is a column's name as it is;
 * expr_row_path joins several with dots). */
const struct js_step *expr_row_steps(const struct expr_set *, int i, int *n);
/* Does the expression read anything of the profile but `events`? */
bool expr_reads_profile(const struct expr_set *, int id);
/* Does it look at events?  Else one seen more changes nothing. */
bool expr_reads_events(const struct expr_set *, int id);
/* The instant to which the windows of all expressions reach back from now
 * (WHEN_MIN: to any that a profile names); 0: there are none. */
int64_t expr_since(const struct expr_set *, int64_t now);
/* The members of the profile that the set's expressions read: the i-th, NULL
 * at the end; one may come several times. */
const char *expr_member(const struct expr_set *, size_t i);
/* Does it read this member of the profile? */
bool expr_reads(const struct expr_set *, int id, const char *member);
/* Ends the program where it is no condition: a number, a time or a duration
 * is never false, so nobody means one.  at: as for expr_add. */
void expr_condition(struct expr_set *, int id, const struct place *at);
/* What a comparison of one value with constants (numbers, instants in ms), or
 * several joined by `and`, asks of it. */
struct expr_bounds {
	const void *of; /* which value: equal for equal ones of one set */
	double low, high;
	bool low_open, high_open; /* the end itself is not in it */
};
/* False: the expression is something else. */
bool expr_bounds(const struct expr_set *, int id, struct expr_bounds *);
/* Names of events that the expression compares with `event` (for journeys'
 * and messages' texts); NULL-terminated, may be empty. */
const char *const *expr_event_names(const struct expr_set *, int id);
/* What it means, as one English sentence. */
void expr_say(const struct expr_set *, int id, struct buf *);
/* --check: every place where null or a type can make it silently false, and
 * what can never be true; calls f once per remark. */
void expr_check(const struct expr_set *, int id,
    void (*f)(void *arg, size_t col, const char *remark), void *arg);

/* The operands of the outermost `and` (at least one part: the whole), for
 * counts at every predicate: how many, and each one's text. */
int expr_parts(const struct expr_set *, int id);
const char *expr_part_text(
    const struct expr_set *, int id, int part, size_t *n);

struct expr_run *expr_run_new(const struct expr_set *);
void expr_run_free(struct expr_run *);
/* Bind a scanned line.  Everything evaluated next is about it, until the next
 * bind; the line's bytes must stay.  False: a member that a rule needs is
 * missing; *why says which program to run first (the caller dies with it). */
bool expr_bind(struct expr_run *, const struct js_line *, const char **why);
void expr_bind_row(struct expr_run *, const struct js_val *values);

/*
 * The value at time t: events later than t are not seen, `now` is t.
 * *next (may be NULL): an instant after t before which the value cannot
 * change by the clock alone, that is with no member changed and no event seen
 * beyond those up to t (events of the line later than t do not count);
 * WHEN_NEVER if it cannot.  Never later than the first change, seldom
 * earlier: whoever wants the change itself evaluates again at *next.
 * Successive calls on one line with rising t are one sweep; going back in
 * time starts the sweep again.  Texts live until the next bind.
 */
struct expr_value expr_eval(
    struct expr_run *, int id, int64_t t, int64_t *next);
bool expr_true(struct expr_run *, int id, int64_t t, int64_t *next);
bool expr_part_true(
    struct expr_run *, int id, int part, int64_t t, int64_t *next);
/* EXPR_EVENT: about event number i of the bound line; aggregates inside it
 * see events up to t. */
struct expr_value expr_eval_event(
    struct expr_run *, int id, size_t event, int64_t t, int64_t *next);
bool expr_event_true(struct expr_run *, int id, size_t event, int64_t t);
/* The events (indices into the line) that made an aggregate-based expression
 * true or gave its value at t, for evidence: at most max, the latest ones;
 * returns how many. */
size_t expr_evidence(
    struct expr_run *, int id, int64_t t, size_t *events, size_t max);
/* The innermost predicates that decide, for --explain: appends a JSON array
 * of strings such as "rfm.r >= 4: false, rfm.r is 3". */
void expr_explain(struct expr_run *, int id, int64_t t, struct buf *);

bool expr_truth(struct expr_value); /* as a bare path is true */
void expr_json(struct expr_value, struct buf *);
/* For CSV cells: text bare, null empty, arrays joined by ';'. */
void expr_plain(struct expr_value, struct buf *);

#endif
