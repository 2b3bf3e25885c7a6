/*
 * The expressions of all rule files of a run: one set for each time zone that
 * the files name, bound to a line together.  A struct ask owns its sets and
 * is read-only once planned; an asker is one thread's.
 */
#ifndef CDP_ASK_H
#define CDP_ASK_H

#include <stdbool.h>
#include <stdint.h>

#include "expr/expr.h"
#include "rules.h"

struct ask {
	/* The member that this program writes anew, which no expression may
	 * read: its old value must not matter.  NULL: none. */
	const char *owns;
	struct ask_set {
		const struct zone *zone;
		bool recipient;
		struct expr_set *set;
	} * item;
	int n;
	size_t cap;
};

/* One compiled expression; set < 0: there is none. */
struct ask_expr {
	int set, id;
};

#define ASK_NONE ((struct ask_expr){-1, -1})

/* The set for a file, by the `timezone` of its root. */
int ask_of(struct ask *, const struct node *root);
/* Compile the text of a node; faults end the program at their column, and so
 * does reading what the program owns. */
struct ask_expr ask_add(
    struct ask *, int set, enum expr_ground, const struct node *text);
/* The same where a condition is expected. */
struct ask_expr ask_when(
    struct ask *, int set, enum expr_ground, const struct node *text);
/* As ask_add, from text of our own making; at: where messages point. */
struct ask_expr ask_text(struct ask *, int set, enum expr_ground,
    const char *text, const struct place *at);
const struct zone *ask_zone(const struct ask *, int set);
struct expr_set *ask_set(const struct ask *, struct ask_expr);
/* What it means, as a part of a sentence. */
void ask_say(const struct ask *, struct ask_expr, struct buf *);
void ask_plan(struct ask *, struct js_plan *);
/* Does the expression read a member of the profile besides `events`? */
bool ask_reads_profile(const struct ask *, struct ask_expr);
bool ask_reads_events(const struct ask *, struct ask_expr);
/* As expr_since, of all sets. */
int64_t ask_since(const struct ask *, int64_t now);
void ask_free(struct ask *);

struct asker {
	struct expr_run **run;
	int n;
};

void asker_open(struct asker *, const struct ask *);
/* As expr_bind: false where a member is missing that a rule needs. */
bool asker_bind(struct asker *, const struct js_line *, const char **why);
void asker_close(struct asker *);

static inline struct expr_run *
asker_run(const struct asker *a, struct ask_expr e)
{
	return a->run[e.set];
}

#endif
