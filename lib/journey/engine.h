/*
 * The one engine: it steps the instances of one customer through the graphs,
 * event by event and timer by timer, in the order of time.  Where events
 * come from and what is true is the source's affair (a history, or draws);
 * what is done about it is the observer's.
 *
 * At one instant: events first, in their order; then entries by the clock;
 * then timers; then sends; the last three by journey (priority, id), then in
 * the order of entry.
 *
 * An engine belongs to one thread and is used again for every customer.
 */
#ifndef CDP_JOURNEY_ENGINE_H
#define CDP_JOURNEY_ENGINE_H

#include "graph.h"

#define NO_EVENT UINT32_MAX

struct happening { /* an event, real or drawn */
	int64_t t;
	uint32_t event;  /* its index in the history, or NO_EVENT */
	int kind;        /* its name's number, or NONE */
	int response;    /* a drawn one: its number, else NONE */
	uint32_t origin; /* the instance that drew it */
	bool begins;     /* it may begin a journey */
};

enum phase { PHASE_WAIT, PHASE_SEND };
enum state { AT_STEP, DONE, EXITED, GOAL, DROPPED };
extern const char *const state_names[];

struct instance {
	uint32_t journey, seq;
	int step; /* where it is, or was last */
	uint8_t phase, state;
	bool holdout, goal, lingers;
	bool unsent;      /* has a message that the history does not hold */
	int best;         /* of a ranked wait: the best branch yet */
	int rule;         /* the exit rule that ended it, or NONE */
	const char *why;  /* it ended: a reason */
	uint64_t pending; /* exit rules that wait for their moment */
	int64_t entered, since, until, recheck, deadline;
	uint32_t event; /* of entry, or NO_EVENT */
	uint32_t key, keylen;
	uint64_t draw;
	int64_t busy; /* guard against loops that take no time */
	uint32_t visits;
	uint64_t sent; /* steps below 64 that were sent */
};

struct sent { /* a message that counts under the caps */
	int64_t t;
	int channel;
	bool recorded;        /* the history holds it */
	uint32_t key, keylen; /* the instance's, in engine.keys */
	size_t journey;
	int step;
	/* recorded ones: as the record spells them */
	const char *name, *node, *instance;
	size_t namelen, nodelen, instancelen;
};

struct source {
	void *arg;
	/* The next event not yet taken, or false. */
	bool (*peek)(void *, struct happening *);
	void (*take)(void *);
	bool (*matches)(void *, const struct journey *, const struct trigger *,
	    const struct happening *, const struct instance *);
	bool (*holds)(
	    void *, const struct journey *, int expr, int64_t t, int64_t *next);
	/* A condition on the entry event. */
	bool (*entry_holds)(void *, const struct journey *, int expr,
	    const struct instance *, int64_t t);
	void (*key)(void *, const struct journey *, const struct happening *,
	    struct buf *);
	/* An expression's instant, or false.  An instance that an event began:
	 * the expression is about that event. */
	bool (*instant)(void *, const struct journey *, int expr,
	    const struct instance *, int64_t t, int64_t *);
	/* The last event up to t that the trigger takes, or false. */
	bool (*last)(void *, const struct journey *, const struct trigger *,
	    int64_t t, int64_t *);
	bool (*address)(void *, const struct channel *);
	const struct zone *(*zone)(void *, const struct journey *);
	/* A branch that the response model takes by rate: its edge (or
	 * NONE: else); false where conditions decide. */
	bool (*chosen)(
	    void *, const struct instance *, const struct step *, int *edge);
	/* The step was reached (a message: sent), and people may react to it;
	 * NULL: nobody wants to know.  Only for steps with responses. */
	void (*reached)(
	    void *, const struct instance *, const struct step *, int64_t t);
	/* May pass the quota?  (Under --fit: always.) */
	bool (*quota)(
	    void *, const struct instance *, const struct step *, int64_t t);
	const char *who; /* profile_id: draws, message ids */
	size_t wholen;
	int64_t born; /* the first event: nobody enters before */
};

enum what {
	WHAT_ENTERED,
	WHAT_REFUSED, /* why: reentry_blocked, filter_failed ... */
	WHAT_REACHED,
	WHAT_WAITS,
	WHAT_SENT,
	WHAT_RECORDED, /* was sent before: the history says so */
	WHAT_SKIPPED,
	WHAT_DELAYED,
	WHAT_TOOK, /* a branch, an edge: why names it */
	WHAT_GOAL,
	WHAT_EFFECT,
	WHAT_TASK,
	WHAT_TASK_ENDED,
	WHAT_ENDED
};

struct note {
	enum what what;
	const struct instance *x; /* WHAT_REFUSED: NULL */
	const struct journey *j;
	const struct step *s; /* NULL: none */
	int64_t t, until;
	const char *why;
	const struct sent *by; /* frequency_cap: who won; else NULL */
};

#define OBSERVE_ALL (~0u)
#define OBSERVE_DEEDS                                                \
	(~(1u << WHAT_REACHED | 1u << WHAT_WAITS | 1u << WHAT_TOOK | \
	    1u << WHAT_REFUSED | 1u << WHAT_DELAYED))

struct observer {
	void *arg;
	void (*note)(void *, const struct note *);
	unsigned wants; /* bit 1 << what */
};

/* Counts of a run, by the steps' and edges' numbers.  Conservation at every
 * step: started (there when counting began) + entered = the sum of its edges
 * + exited + dropped + waiting. */
struct tally {
	uint64_t *entered, *exited, *dropped, *waiting, *sent, *skipped,
	    *recorded, *started; /* by step */
	uint64_t *edge, *rule;   /* by edge; by exit rule */
	uint64_t *entries, *refused, *holdouts, *goals, *done,
	    *contaminated; /* by journey */
	size_t nsteps, nedges, nrules, njourneys;
	/* Where one walk stands for several: what would be counted, by its
	 * place among the counters (entered[0] is 0); NULL: count. */
	uint32_t *log;
	size_t nlog, logcap;
};
void tally_init(struct tally *, const struct journeys *);
size_t tally_width(const struct tally *); /* how many counters it has */
/* The same counters in a block of somebody else's. */
void tally_over(struct tally *, const struct journeys *, uint64_t *block);
void tally_more(struct tally *); /* makes room in the log */
static inline void
tally_log(struct tally *t, size_t place)
{
	if (t->nlog == t->logcap)
		tally_more(t);
	t->log[t->nlog++] = (uint32_t)place;
}
static inline void
tally_count(struct tally *t, uint64_t *counter)
{
	if (t->log == NULL)
		++*counter;
	else
		tally_log(t, (size_t)(counter - t->entered));
}
void tally_zero(struct tally *);
void tally_add(struct tally *, const struct tally *);
void tally_free(struct tally *);
/* The first step where the balance fails, or NULL. */
const struct step *tally_check(const struct tally *, const struct journeys *);

struct engine {
	const struct journeys *all;
	const struct source *source;
	struct observer observer;
	struct tally *tally;
	/* What the history decided after a message that it does not hold, so
	 * that nobody could react to it: by step, then, by journey, its goals.
	 * NULL: not counted. */
	uint64_t *exogenous;
	int64_t now; /* the engine's clock */
	struct instance *x;
	size_t n, cap;
	struct entered { /* every entry yet: re-entry, keys */
		uint32_t journey, key, keylen;
		uint64_t draw;
		int64_t t;
		uint64_t sent; /* as instance.sent, of all with this key */
		bool unsent;
		uint32_t chain; /* by the key's hash: the one before, from 1 */
	} * past;
	size_t npast, pastcap;
	uint32_t *slot; /* the last of each chain, from 1 */
	size_t nslot;   /* 0: too few entries for chains */
	size_t slotcap;
	/* Recorded ones first, then those of the run; each in time's order. */
	struct sent *sent;
	size_t nsent, sentcap, nrecorded;
	size_t lingering;
	struct buf keys;
	int64_t *watch; /* by journey: when its entry is to be looked at */
	bool *inside;   /* by journey: its segment held */
	struct instance *last; /* by journey: the latest that ended */
	bool *has_last;
	const char **refused; /* by journey: why the latest did not enter */
	struct unsent { /* by journey: the latest message that was skipped */
		const char *why;
		int step;
		int64_t t;
	} * unsent;
	uint32_t seq;
	struct draw_memo { /* of splits and holdouts, for this customer */
		uint32_t turn;
		double unit;
	} * memo;
	uint32_t turn;
	bool dead;   /* an instance ended: tidy */
	bool peeked; /* the source's next event is still the same */
	struct buf scratch;
};

void engine_init(struct engine *, const struct journeys *, struct tally *);
void engine_free(struct engine *);
/* Begin a customer.  Recorded sends, by time, may be put into e->sent. */
void engine_begin(struct engine *, const struct source *);
/* Run to the instant, it included. */
void engine_run(struct engine *, int64_t until);
/* Count those who wait, at the end of a run. */
void engine_count_waiting(struct engine *);

/* Does the history decide which way the step is left, and not the clock, a
 * draw or the entry event? */
bool step_asks_history(const struct step *);

/* Count, by journey, a customer whose recorded sends lie on an arm that is not
 * the customer's (two customers were merged), or who is held out. */
void arms_count(struct engine *);
bool engine_held_out(struct engine *, const struct journey *);

/* A number in [0, 1) of (salt, customer), remembered under a slot. */
double engine_unit(struct engine *, size_t slot, const char *salt);

/* ---- between engine.c, entry.c and send.c ---- */
void entry_by_event(struct engine *, const struct happening *);
void entry_by_clock(struct engine *, size_t journey, int64_t t);
void entry_watch_all(struct engine *);
/* The latest entry yet of this key, or NULL. */
struct entered *entry_latest(
    const struct engine *, size_t journey, const char *key, size_t n);
void entry_after_event(struct engine *, int64_t t);
/* Of the entry that `past` holds last. */
void engine_start(struct engine *, size_t journey, int64_t t, uint32_t event);

enum decision { DECIDE_SEND, DECIDE_SKIP, DECIDE_LATER, DECIDE_RECORDED };
struct decided {
	enum decision what;
	const char *why;
	int64_t until;
	const struct sent *by;
};
struct decided send_decide(struct engine *, const struct instance *, int64_t t);
void send_note(struct engine *, struct instance *, int64_t t);
/* Where the timer's message would fall into quiet hours and may come before
 * them: the last instant before; else t. */
int64_t send_before_quiet(struct engine *, const struct journey *,
    const struct step *next, int64_t from, int64_t t);
int64_t span_end(
    struct engine *, const struct instance *, const struct span *, int64_t t);
void engine_tell(struct engine *, enum what, const struct instance *, int64_t t,
    const char *why);
/* Tell the observer, who seldom wants to know. */
static inline void
engine_note(struct engine *e, enum what what, const struct instance *x,
    int64_t t, const char *why)
{
	if (e->observer.wants >> what & 1)
		engine_tell(e, what, x, t, why);
}
const char *engine_key(const struct engine *, const struct instance *);

#endif
