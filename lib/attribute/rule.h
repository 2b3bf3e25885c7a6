/*
 * An attribution rule: what is a touch, what is a conversion, how far back
 * touches count, who gets the credit.  The rule owns its expressions and
 * texts; it is read-only once loaded.
 */
#ifndef CDP_ATTRIBUTE_RULE_H
#define CDP_ATTRIBUTE_RULE_H

#include "../expr/expr.h"
#include "../rules.h"
#include "../when.h"

#define RULE_EXPRS 16 /* more than a rule has */

enum model {
	FIRST_TOUCH,
	LAST_TOUCH,
	LAST_NON_DIRECT,
	LINEAR,
	POSITION_BASED,
	TIME_DECAY,
	MARKOV,
	SHAPLEY
};
extern const char *const model_names[]; /* NULL at the end */

struct window {              /* how far back touches count */
	const char *channel; /* whose; NULL: of those that have none */
	bool calendar;
	int64_t days;           /* calendar: this many local days */
	struct duration within; /* rolling; 0: no limit */
};

struct attribution {
	const char *id;
	struct rules *rules;
	struct expr_set *set;
	const struct zone *zone;
	int nexprs;
	struct place at[RULE_EXPRS]; /* the first byte of each; no file: made */
	/* touches: expressions on the event, -1 where absent */
	int touch, channel, link, published;
	const char *direct; /* name of the channel that is no touch */
	int conversion, value, dedupe;
	enum model model;
	double position[3];
	struct duration half_life;
	int order;
	struct window window;
	struct window *windows; /* of channels of their own */
	size_t nwindows, windowcap;
	struct duration link_ttl;
};

/* A model of this name, or -1. */
int model_named(const char *name, size_t n);

struct attribution *attribution_load(const char *file);
void attribution_free(struct attribution *);
/* What null or a type can make silently false, a line a remark; then what the
 * rule means, in a sentence or two. */
void attribution_say(const struct attribution *, struct buf *);

#endif
