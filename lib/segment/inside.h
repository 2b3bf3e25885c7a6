/*
 * What the files of this folder share.  Texts live in the arena of the struct
 * segments.
 */
#ifndef CDP_SEGMENT_INSIDE_H
#define CDP_SEGMENT_INSIDE_H

#include "../digest.h"
#include "../history.h"
#include "../mem.h"
#include "segment.h"

#define NO_GROUP (-1)

/* Set algebra: an expression whose paths are names of segments. */
struct set {
	char *text; /* as written */
	struct expr_set *expr;
	int id, n;
	size_t *segment; /* of each path; from_line: none */
	const char **name;
	size_t *len;
	bool from_line; /* the line's member `segments` instead */
};

struct rank { /* ordered by value, greatest first, then by id */
	double value;
	char id[UUID_TEXT]; /* padded with NUL */
};

struct top {
	uint64_t most; /* N */
	double share;  /* P / 100; negative: N is given */
	char *text;    /* as written */
	struct ask_expr by;
	uint64_t seen; /* members of the base */
	struct rank *heap;
	size_t n, cap;
	struct rank cut; /* the last one in; n == 0: none */
};

struct segment {
	const char *name; /* NULL: the chosen one */
	struct place at, when_at;
	const char *about;    /* description, or NULL */
	struct ask_expr when; /* set < 0: everybody */
	struct set *set;      /* NULL: everybody */
	int group;
	const char *salt; /* NULL: no draw */
	double from, to;  /* the draw's share, [from, to) */
	struct top *top;
	bool ranked; /* depends on a top: its own, or one of its set's */
};

struct segments {
	struct ask ask;
	struct arena text;
	struct rules **rules;
	size_t files, filecap;
	struct segment *item;
	size_t n, cap;
	bool chosen;
	const char **group;
	size_t groups, groupcap;
	int zone; /* set of the command line, -1: not asked yet */
	int profile_id, segments; /* slots */
	bool clock;               /* events later than now are cut off */
	struct history_plan history;
};

struct segments_run {
	const struct segments *s;
	struct asker ask;
	struct expr_run **set; /* one a segment, or NULL */
	struct js_val *value;  /* for the largest set */
	bool *in, *taken;
	const struct js_line *line;
	struct js_line seen; /* the line without events after now */
	struct history history;
	struct buf id;
	const char *who;
	size_t wholen;
	const char *salt; /* of the last draw for this line, or NULL */
	double drawn;
};

/* names: known ones stand before `before`; from_line where s is NULL. */
struct set *set_parse(const struct segments *, size_t before, const char *text,
    const struct place *);
void set_free(struct set *);
bool set_true(struct segments_run *, const struct set *, struct expr_run *);

struct top *top_new(const char *text, const struct place *);
void top_free(struct top *);
void top_offer(struct top *, double value, const char *id, size_t n);
void top_close(struct top *);
bool top_in(const struct top *, double value, const char *id, size_t n);

/* "20%" to 0.2; false: it is none. */
bool parse_percent(const char *text, double *share);

#endif
