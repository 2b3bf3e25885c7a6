/*
 * A journey file as a graph: who enters, what waits for what, what is sent.
 * A struct journeys owns every text and array below it (one arena) and the
 * rule files; it is read-only once loaded, so threads share it.
 */
#ifndef CDP_JOURNEY_GRAPH_H
#define CDP_JOURNEY_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../expr/expr.h"
#include "../intern.h"
#include "../mem.h"
#include "../opt.h"
#include "../rules.h"
#include "../when.h"
#include "uses.h"

#define NONE (-1)
#define STEP_END (-1) /* a `next` that is absent: the journey is done */

/*
 * Something that is waited for: an event by name, a condition on it
 * (`where`), a condition on the profile (`when`).  Without any event part it
 * is a condition alone, looked at whenever it can change.
 */
struct trigger {
	bool event; /* has an event part */
	int *kinds; /* names it takes, as numbers in journeys.names */
	int nkinds; /* 0: any name */
	int where;  /* expression on the event, or NONE */
	int key;    /* expression on the event: the key it is about, or NONE */
	int when;   /* expression on the profile, or NONE */
	int id;     /* its number in the run, for tables of matches */
};

/* How long, from when, and on whose clock. */
struct span {
	struct duration d;
	bool calendar;    /* whole local days, at the same wall time or `at` */
	bool said;        /* the file says which */
	bool since_entry; /* else since the step was reached */
	int at;           /* minute of the local day, or NONE */
	int until; /* expression giving an instant (on the entry event, else
		      on the profile), or NONE */
	bool forever;
};

enum step_type {
	STEP_MESSAGE,
	STEP_DELAY,
	STEP_WAIT,
	STEP_BRANCH,
	STEP_SPLIT,
	STEP_QUOTA,
	STEP_TASK,
	STEP_TAG,
	STEP_SCORE,
	STEP_EMIT,
	STEP_JUMP,
	STEP_EXIT
};
extern const char *const step_types[];

struct edge { /* a branch or a variant */
	const char *name;
	struct trigger on; /* STEP_WAIT */
	int when, where;   /* STEP_BRANCH: profile; entry event */
	double weight;     /* STEP_SPLIT: cumulated, of 1 */
	int next;
};

struct variable {
	const char *name;
	int value; /* expression on the entry event, else on the profile */
};

struct step {
	const char *id;
	enum step_type type;
	struct place at;
	struct edge *edges;
	size_t nedges;
	int next;      /* message, delay, split's none, ... */
	int otherwise; /* else, on_timeout, on_full, on_skip */
	bool has_otherwise;
	struct span span; /* delay; timeout of a wait or task */
	bool ranked;      /* a wait that takes the best branch at its end */
	bool looks;       /* a wait with branches by condition alone */
	const char *salt;
	/* split: by step, the one arm that leads to it; negative: none, or
	 * several */
	int *arm;
	int64_t max; /* quota */
	/* message, task */
	int channel; /* index in journey.channels, or NONE */
	const char *template;
	int variant_by; /* expression; its text is added to the template */
	const char *const *variants; /* known ones, NULL at the end */
	const char *variant_else;
	bool ignore_quiet;
	struct duration expires; /* 0: with the channel's window */
	struct variable *variables;
	size_t nvariables;
	int assignee; /* task: expression */
	const char *const *contact;
	const char *name;   /* tag, emit: what */
	const char *points; /* score: text of the number */
	const char *reason; /* exit */
	uint64_t hash;      /* of journey and node id, for draws */
	int quota;          /* number of the quota in the run */
	size_t tally;       /* number of the step in the run */
	size_t edge0;       /* number of its first edge in the run */
	/* responses of the response model: [first, first + n) */
	size_t response0, nresponses;
};
/* Edges are counted in this order: edges[], then otherwise, then next. */

enum entry_kind { ENTRY_EVENT, ENTRY_SEGMENT, ENTRY_SCHEDULE, ENTRY_DATE };
enum every { ONCE, DAILY, WEEKLY, MONTHLY };
enum reentry { REENTRY_NEVER, REENTRY_ALWAYS, REENTRY_AFTER };

struct entry {
	enum entry_kind kind;
	struct trigger on;
	int key;    /* expression on the event, or NONE */
	int filter; /* expression on the profile, or NONE */
	int segment;
	int date; /* expression giving a date */
	bool yearly;
	int64_t days; /* moved by so many days */
	enum every every;
	int64_t once;      /* ONCE: the instant */
	int at;            /* minute of the local day */
	unsigned weekdays; /* bit 1 Monday ... bit 7 Sunday */
	int monthday;
	enum reentry reentry;
	struct duration after;
	bool concurrent;
};

enum timing { EXIT_NOW, EXIT_END_OF_STEP, EXIT_BEFORE_MESSAGE };
struct exit_rule {
	const char *name;
	struct trigger on;
	enum timing timing;
	size_t tally; /* number of the rule in the run */
};

struct goal {
	bool set, exit;
	struct trigger on;
	struct duration within; /* of entry; 0: no limit */
};

enum fallback { FALLBACK_NEXT, FALLBACK_PREVIOUS, FALLBACK_SKIP };
struct quiet {
	bool set;
	int from, to; /* minutes of the local day */
	enum fallback fallback;
};

struct channel {
	const char *name;
	bool declared;
	int number; /* of the name, among all journeys of the run */
	const char *const *address; /* namespaces in order, NULL at the end */
	bool has_window;
	struct trigger since; /* the customer's last such event */
	struct duration within;
	int consent; /* expression on the profile, or NONE */
};

struct cap {
	struct place at;
	int channel; /* its number, or NONE: any */
	int64_t max;
	struct duration per;
	bool calendar;
};

/* A reaction that the response model declares for a node. */
struct response {
	struct place at;
	const char *name;
	double rate;
	int64_t n, k; /* what the rate was estimated from, 0: not */
	int kind;     /* the event's number in journeys.names */
	const char *origin;
	const char *event; /* its name in simulated histories */
	int64_t median;    /* of the delay, ms */
	double sigma;      /* of the logarithm of the delay; 0: fixed */
	struct delay_fit { /* of the logarithms of k delays; k 0: none */
		int64_t k;
		double mean, var;
		double limit; /* of the longest that was looked for */
	} fit;
	size_t journey, step;   /* by index; the journey's after sorting */
	int branch;             /* a branch by rate: its edge, else NONE */
	const char *event_json; /* the event's line, for matching */
	uint64_t hash;          /* for draws */
};

struct journey {
	const char *id;
	int64_t version;
	int64_t priority;
	const char *file;
	struct rules *rules;
	struct expr_set *set;    /* its own: each file has its own zone */
	const struct zone *zone; /* NULL: none needed */
	bool recipient, snapshot;
	int nexprs;
	struct place *expr_at; /* where each stands; the first byte inside */
	size_t exprcap;
	bool reads_traits;
	struct uses *uses;   /* NULL: none */
	int64_t from, until; /* entries in [from, until) */
	struct entry entry;
	struct exit_rule *exits;
	size_t nexits;
	bool watches;     /* has exits by condition alone */
	unsigned timings; /* bit 1 << timing: has such an exit rule */
	struct goal goal;
	double holdout; /* share */
	const char *holdout_salt;
	struct quiet quiet;
	struct channel *channels;
	size_t nchannels;
	struct cap *caps;
	size_t ncaps;
	int consent;
	struct step *steps;
	size_t nsteps;
	int first;
	uint64_t hash;
	double entry_rate; /* of the response model: entries a day, or -1 */
	/* what it was estimated from: entries, in so many customers' days; 0
	 * days: it was not */
	double entry_k, entry_days;
	const char *entry_origin;
};

static inline bool
journey_begins_by_rate(const struct journey *j)
{
	return j->entry_rate > 0 || j->entry_days > 0;
}

struct journeys {
	struct journey *j; /* by priority (greatest first), then id */
	size_t n;
	struct intern *names;    /* of events, numbered */
	struct intern *channels; /* names, numbered */
	struct arena arena;
	bool capped;  /* a journey has a frequency cap */
	bool clocked; /* an entry comes by the clock */
	size_t ntriggers, nsteps, nedges, nrules, nquotas, nresponses;
	const struct trigger **triggers; /* by id */
	struct response *responses;
	size_t responsecap;
	int sent_kind; /* the number of "Message Sent" */
};

/* Reads the files (-r); dies at the first fault. */
struct journeys *journeys_load(const struct opt_list *files);
void journeys_free(struct journeys *);

/* Does an expression read more of a profile than `events`? */
bool journeys_read_profile(const struct journeys *);

/* --check: remarks, a line each; false where one of them is an error. */
bool journeys_check(const struct journeys *, struct buf *);

/* ---- for load_*.c ---- */
struct loader {
	struct journeys *all;
	struct journey *j;
	const char **ids; /* of the steps, NULL at the end */
};
void arms_find(struct journeys *, struct journey *);
int load_expr(struct loader *, enum expr_ground, const struct node *);
int load_expr_of(
    struct loader *, enum expr_ground, const struct node *up, const char *key);
const char *load_text(
    struct loader *, const struct node *up, const char *key, const char *fb);
struct trigger load_trigger(struct loader *, const struct node *up);
struct span load_span(struct loader *, const struct node *up, const char *key);
int load_clock(const struct node *); /* "10:00" */
int64_t load_time(struct loader *, const struct node *);
const char *const *load_texts(struct loader *, const struct node *);
int load_channel(struct loader *, const struct node *);
int load_target(struct loader *, const struct node *up, const char *key);
void load_entry(struct loader *, const struct node *root);
void load_policy(struct loader *, const struct node *root);
void load_steps(struct loader *, const struct node *root);
void load_responses(struct loader *, const struct node *root);

#endif
