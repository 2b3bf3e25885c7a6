/*
 * A features file, cdp-features(5): what is asked of a customer at a date, and
 * the label that the time after it shows.  It is read-only once planned and
 * shared by threads; a struct features_run is one thread's.
 */
#ifndef CDP_FEATURES_H
#define CDP_FEATURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../buf.h"
#include "../json.h"
#include "../rules.h"
#include "../when.h"

enum learner { LEARN_LOGISTIC, LEARN_TWO_MODELS, LEARN_TRANSFORMATION };
extern const char *const learner_names[]; /* NULL at the end */

/* What becomes of a number before it is used. */
enum transform { AS_IT_IS, LOG, LOG1P };
extern const char *const transform_names[]; /* NULL at the end */

struct feature {
	const char *name, *text; /* the expression's */
	enum transform transform;
	int expr;
};

struct features {
	struct rules *rules;
	const char *id, *timezone;
	int64_t version;
	struct feature *feature;
	size_t n;
	enum learner learner;
	double ridge;
	const char *treatment, *population, *label_text;
	bool label_event; /* the label is an event, not an expression */
	bool label_timed; /* it has a window */
	struct duration within;
	const char *within_text;
	double test_share;         /* of customers, by hash */
	const char *test;          /* or an expression */
	const char *order, *money; /* of the baseline's orders; may be NULL */
	/* expressions; -1: not given */
	int treatment_expr, population_expr, label_expr, test_expr;
	int time; /* column of the scan plan */
	struct expr_set *set;
	const struct zone *zone;
};

/* Reads a features file, or the same members of a model file. */
void features_read(struct features *, const struct node *root);
/* Compiles the features (label too: also what only training needs) and adds
 * what they read to the plan. */
void features_plan(struct features *, struct js_plan *, bool label);
/* Warns of features that know the profile as it is now, not at a date. */
void features_warn(const struct features *);
bool features_read_profile(const struct features *);

struct features_run;

struct features_run *features_open(const struct features *);
void features_close(struct features_run *);
/* Everything that follows is about this line.  NULL, or what is missing and
 * which program makes it (the caller ends the program). */
const char *features_bind(struct features_run *, const struct js_line *);
/* The features at t into x (features->n numbers); a null counts as 0 and sets
 * missing[i].  A text ends the program. */
void features_at(struct features_run *, int64_t t, double *x, bool *missing);
/* An instant after t before which the clock alone changes none of them. */
int64_t features_next(struct features_run *, int64_t t);
bool features_true(struct features_run *, int expr, int64_t t);
/* Is there an event in (t, until] for which expr holds? */
bool features_event(struct features_run *, int expr, int64_t t, int64_t until);
/* Instant of the first event; INT64_MAX without events. */
int64_t features_first(const struct features_run *);

#endif
