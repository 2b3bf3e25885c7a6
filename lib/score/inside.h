/*
 * What the files of this folder share.  A struct points owns everything below
 * it; texts in rules live in its arena.
 */
#ifndef CDP_SCORE_INSIDE_H
#define CDP_SCORE_INSIDE_H

#include "../ask.h"
#include "../history.h"
#include "../keyset.h"
#include "../mem.h"
#include "points.h"

#define NOTHING SIZE_MAX

enum repeat { ONCE, LAST, MOST, ALWAYS, PER_KEY };
enum decay { DECAY_NONE, DECAY_EXPIRE, DECAY_LINEAR, DECAY_HALF_LIFE };

struct clamp { /* min and max of an element, a group or the total */
	bool has_min, has_max;
	struct dec min, max;
};

struct step { /* of tiers: from this number on, so many points */
	struct dec from, points;
};

struct points_file;

struct element {
	const struct points_file *file;
	struct node node; /* for messages */
	const char *id;
	size_t group; /* in the file; NOTHING: none */
	struct ask_expr when;
	const char **event; /* names, NULL at the end; NULL: any */
	struct ask_expr where;
	bool events; /* it looks at events */
	struct dec points;
	struct ask_expr worth; /* `points` as an expression, or `tiers.of` */
	struct step *step;     /* tiers; NULL: none */
	size_t steps;
	bool upper; /* tiers: bounds "(]" */
	enum repeat repeat;
	struct ask_expr key;
	int64_t times; /* events counted at most; 0: no limit */
	enum decay decay;
	struct duration period;
	struct dec percent;
	struct clamp clamp;
};

struct points_group {
	const char *id;
	bool exclusive, required;
	struct clamp clamp;
};

struct band {
	const char *id;      /* JSON */
	const char *content; /* JSON, or NULL */
	struct dec min, max;
	bool has_max; /* declared, not the next band's min */
	struct node node;
};

struct points_file {
	struct rules *rules;
	struct node root;
	const char *id, *version;
	int set;
	struct element *element;
	size_t elements;
	struct points_group *group;
	size_t groups;
	struct band *band; /* by min */
	size_t bands;
	bool upper; /* bounds "(]" */
	int places; /* each entry is rounded to so many; -1: exact */
	struct clamp clamp;
};

struct points {
	struct ask ask;
	struct arena text;
	struct points_file *file;
	size_t files;
	struct history_plan history;
	int profile_id;
};

enum entry_kind {
	BY_EVENT,
	BY_WHEN,
	BY_ELEMENT_CAP,
	BY_GROUP_CAP,
	BY_TOTAL_CAP
};

struct entry { /* a line of the ledger */
	enum entry_kind kind;
	size_t element; /* or the group */
	size_t event;   /* BY_EVENT */
	struct dec base, points;
};

struct account { /* one file's count for the line */
	struct entry *entry;
	size_t n, cap;
	struct dec points;
	size_t band;      /* NOTHING: none */
	size_t *replaced; /* by element: the one its group counts instead */
};

struct points_run {
	const struct points *points;
	int64_t now;
	bool sweeps;  /* `next` is wanted */
	int64_t next; /* the clock alone changes nothing before */
	struct asker ask;
	struct history history;
	const struct js_line *line;
	struct js_line seen; /* the line without events after now */
	struct account *account;
	struct keyset keys;
	struct buf text;
	const char *fault;
};

/* decay.c: points left of `base` at now, earned at t; false: none. */
bool decay_at(const struct element *, const struct zone *, struct dec base,
    int64_t t, int64_t now, struct dec *out);
/* The first instant after now at which that changes. */
int64_t decay_next(
    const struct element *, const struct zone *, int64_t t, int64_t now);

/* count.c */
size_t band_of(const struct points_file *, struct dec points);
/* What a number of tiers gives; false: none. */
bool step_of(const struct element *, struct dec number, struct dec *out);

/* write.c */
void score_profile_id(const struct points_run *, struct buf *);

/* reach.c: which points can come out at all, in units of 10^-scale. */
struct reach {
	int scale;
	bool known;     /* the numbers fit; else nothing below holds */
	int64_t lo, hi; /* of all sums */
	bool down, up;  /* no bound below, above: lo, hi say nothing */
	bool exact;     /* value holds every sum (near the bands) */
	int64_t *value; /* ascending */
	size_t n, cap;
};

void reach_of(const struct points_file *, struct reach *);
void reach_free(struct reach *);
struct dec reach_dec(const struct reach *, int64_t);
/* Can the points fall into the band? */
bool reach_band(const struct points_file *, const struct reach *, size_t band);

#endif
