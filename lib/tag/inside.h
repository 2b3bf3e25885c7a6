/*
 * What the files of this folder share.  A struct tags owns everything below
 * it; texts in rules live in its arena.
 */
#ifndef CDP_TAG_INSIDE_H
#define CDP_TAG_INSIDE_H

#include "../ask.h"
#include "../history.h"
#include "../intern.h"
#include "../keyset.h"
#include "../mem.h"
#include "../pattern.h"
#include "tags.h"

#define EVIDENCE_MOST 8

enum keep { KEEP_LAST, KEEP_FIRST, KEEP_ALL };

/* A rule that looks at single events. */
struct tag_match {
	const char **event; /* names, NULL at the end; NULL: any */
	struct ask_expr where, text, value;
	struct pattern **pattern; /* NULL at the end; NULL: none */
	int capture;              /* group whose text is the value; -1 */
	struct tag_word {
		const char *from;
		const char *to; /* JSON */
	} * word; /* `values`, from NULL at the end; NULL: as it comes */
	const char *other; /* JSON for values that `values` lacks, or NULL */
	enum keep keep;
	bool bounded; /* by within */
	struct duration within;
};

struct tag_file {
	struct rules *rules;
	struct node root;
	const char *id, *version; /* version NULL: none */
	int set;
	bool evidence, since; /* write them; since: `from` */
	struct tag_source *source;
	size_t sources;
	bool prefer;        /* else union */
	const char *merged; /* the `rule` of what they give */
};

/* A vocabulary made elsewhere, cdp-tags(5) `sources`. */
struct tag_source {
	const char *name;
	struct ask_expr tags;
	const char *split;       /* between key and value, or NULL */
	struct tag_word *rename; /* from NULL at the end; or NULL */
};

struct tag_rule {
	struct tag_file *file;
	struct node node;      /* the rule, for messages */
	const char *id, *full; /* full: FILE/ID@VERSION */
	uint32_t tag;          /* number in tags->names */
	const char *group;     /* NULL: none */
	int64_t priority;
	size_t order;                /* in the run */
	struct ask_expr when, value; /* value.set < 0: constant */
	const char *constant;        /* JSON */
	struct tag_match *match;     /* NULL: `when` */
	size_t unit;
};

/* Rules of which one at most is given: a group's, or those of one tag. */
struct tag_unit {
	size_t *rule; /* by priority, then order */
	size_t n, cap;
	bool since;
	bool all;    /* a rule keeps all values */
	bool events; /* a rule looks at events, not just at the clock */
};

struct tags {
	struct ask ask;
	struct arena text;
	struct tag_file *file;
	size_t files;
	struct tag_rule *rule;
	size_t rules, rulecap;
	struct tag_unit *unit;
	size_t units;
	struct intern *names; /* of the tags that rules give */
	size_t *unit_of;      /* by number of the name */
	struct history_plan history;
	int profile_id;
	bool matches;
	const struct tag_file *merger; /* the file with sources, or NULL */
};

/* What one unit says at an instant. */
struct tag_state {
	size_t rule;      /* NOBODY: none holds */
	struct buf value; /* JSON, where it is not the rule's constant */
	int64_t next;
};

#define NOBODY SIZE_MAX

/* An event that matches an event rule.  Times and ends never fall from one hit
 * to the next, so the hits in force at an instant lie side by side. */
struct tag_hit {
	size_t event;
	int64_t until;    /* WHEN_NEVER: for ever */
	size_t before;    /* the hit before it with the same value, or NOBODY */
	size_t from, len; /* its value in tags_run.hits_text */
};

struct tag_hits {
	struct tag_hit *item;
	size_t n, cap;
};

struct tag_given { /* the decision about a unit */
	struct tag_state now;
	int64_t from, until;
};

struct tag_merge {     /* one tag of the sources on this line */
	uint32_t name; /* in tags_run.merged */
	size_t first;  /* its entries, in the order of the sources */
	bool conflict, overruled;
};

struct tag_entry { /* what one source says of one tag */
	size_t merge, source;
	size_t from, len; /* a JSON array of values in tags_run.merge_text */
	size_t values;
	size_t next; /* of the same tag; NOBODY: the last */
};

struct tags_run {
	const struct tags *tags;
	int64_t now;
	struct asker ask;
	struct pattern_run *patterns;
	const char *fault; /* a constant: why the line cannot be done */
	struct history history;
	const struct js_line *line;
	struct js_line seen;    /* the line without events after now */
	struct tag_given *unit; /* one a unit */
	struct tag_hits *hits;  /* one a rule */
	struct keyset values;
	struct buf hits_text, text, value;
	struct tag_state probe;
	int64_t *due; /* one a unit: when to look again; WHEN_NEVER */
	size_t *heap; /* units, the soonest due on top */
	size_t heaped;
	size_t *wanted; /* units whose `from` is sought */
	size_t wants;
	size_t *steps;
	struct intern *merged;
	struct tag_merge *merge;
	size_t merges, mergecap;
	struct tag_entry *entry;
	size_t entries, entrycap;
	struct buf merge_text;
};

/* load.c */
void tag_match_load(struct tags *, struct tag_file *, struct tag_match *,
    const struct node *rule);
const char *tag_keep(struct tags *, const char *);
struct tag_word *tag_words_load(struct tags *, const struct node *object);
const char *tag_json(struct tags *, const struct node *); /* its text */

/* match.c */
void tag_hits_find(struct tags_run *, const struct tag_rule *);
/* Does the event rule hold at t?  Its value goes to *value. */
bool tag_hits_at(const struct tags_run *, const struct tag_rule *, int64_t t,
    struct buf *value, int64_t *next);
size_t tag_hits_evidence(const struct tags_run *, const struct tag_rule *,
    size_t *events, size_t most);

/* decide.c */
bool tag_rule_at(struct tags_run *, const struct tag_rule *, int64_t t,
    struct buf *value, int64_t *next);
void tag_decide(struct tags_run *);
const char *tag_value(const struct tags *, const struct tag_state *, size_t *n);

/* merge.c */
void tag_sources_load(struct tags *, struct tag_file *);
void tag_merge_line(struct tags_run *);
/* Its members without braces: "value":..,"from":.. */
void tag_merge_write(
    const struct tags_run *, const struct tag_merge *, struct buf *);
void tag_merge_count(const struct tags_run *, struct tags_merged *);

/* write.c */
/* Opens a line of a report: {"profile_id":"...". */
void tag_profile_id(const struct tags_run *, struct buf *);
void tag_name(const struct tags *, size_t rule, struct buf *);

#endif
