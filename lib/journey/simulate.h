/*
 * Forecast: the same engine, its events drawn from the response model.  Each
 * customer is replayed up to the start; from there R replications run to the
 * end.  Draws are hashes of (seed, customer, node, response, instance,
 * replication), so order, threads and neighbours change nothing.
 *
 * A struct simulation is one thread's; a struct forecast is the run's and
 * owns the counts.
 */
#ifndef CDP_JOURNEY_SIMULATE_H
#define CDP_JOURNEY_SIMULATE_H

#include <pthread.h>

#include "replay.h"

struct drawn_arrival { /* at a quota; equal times by a hash of the customer */
	int64_t t;
	uint64_t tie;
};

#define FORECAST_REASONS 7
extern const char *const forecast_reasons[FORECAST_REASONS];
#define FORECAST_PRESSURE 21       /* the last stands for more, too */
#define FORECAST_CYCLE 128         /* so does this */
size_t forecast_cycle(int64_t ms); /* which of them */

struct forecast {
	const struct journeys *all;
	bool ready;
	const char *seed;
	size_t replications;
	int64_t from, to;
	size_t days;
	const struct js_plan *plan;
	const struct journey **owner; /* of the triggers */
	uint64_t *values;             /* room for one figure */
	/* matches[response * ntriggers + trigger]: takes the event's name,
	 * and its condition holds of it */
	bool *matches;
	bool **sees;  /* by journey, expression: it may see drawn events */
	bool *begins; /* by response: a journey may begin with it */
	/* [replication][width]: a tally's counters, then those of: */
	uint64_t *counts;
	size_t width;
	struct {
		size_t sent;                  /* [step][day] */
		size_t entries, goals, exits; /* [journey or rule][day] */
	} daily;
	size_t reasons; /* [step][FORECAST_REASONS]: skipped messages */
	size_t hours;   /* [journey][24]: messages, by hour of the local day */
	size_t put_off; /* [step]: messages that quiet hours put off */
	/* [k]: customers who get at most k in any 24 hours, in any 7 days */
	size_t pressure[2];
	size_t cycle; /* [FORECAST_CYCLE]: instances by their time to the end */
	struct tally tally;         /* over the first replication's */
	const struct tally *before; /* what was counted up to the start */
	const uint64_t *counted;    /* ... for the figure being written */
	/* A backtest's: what happened, or NULL; how often it lay inside. */
	const struct tally *actual;
	const uint64_t *actual_cycle;
	const uint64_t *happened;
	uint64_t inside, figures;
	/* Of the shares of a journey's people that are written: the greatest
	 * `mean_within`; wanted: so small (0: any). */
	double widest, wanted;
	/* The counter of the people that the figure being written is a share
	 * of, in the first replication's tally, or NULL; the shares. */
	const uint64_t *people;
	double *shares, so_far;
	/* What each replication believes of the response model: */
	double *rate; /* [response][replication] */
	struct drawn_delays {
		struct drawn_delay {
			int64_t median;
			double sigma;
		} * of;      /* [replication * each] */
		size_t each; /* 0: all believe the same */
	} * delay;           /* [response] */
	double *enter;       /* [journey][replication]: a day */
	uint64_t customers;
	uint64_t visits; /* of nodes, in runs that were too short */
	/* Quotas that the history left open: who is drawn to come, while they
	 * are fitted; and the last who gets in.  [quota][replication] */
	struct drawn_queue {
		struct drawn_arrival *a;
		size_t n, cap;
	} * queue;
	struct drawn_cut {
		bool set;
		struct drawn_arrival last;
	} * cut;              /* NULL: none yet, all pass */
	pthread_mutex_t lock; /* of the counts, while workers run */
};

/* seed, replications, from, to, plan are set by the caller; replay: any, begun
 * with made-up customers to see which reaction triggers what.  The second call
 * does nothing. */
void forecast_init(struct forecast *, struct replay *);
void forecast_free(struct forecast *);
/* Figures, one JSON object a line; dies where the balance fails. */
void forecast_write(struct forecast *, struct buf *);
/* The share that f->values, and so many up to the start, are of f->people: to
 * be called before the values are sorted. */
struct share {
	double n; /* people, on average */
	double mean, low, high;
};
struct share forecast_share(struct forecast *);
/* A backtest's: of 2-grams and cycle times, with how far replications lie from
 * their mean (Chapela-Campa et al., BPM 2023: NGD, CTD). */
void distances_write(const struct forecast *, struct buf *);
/* For --stats: visits of nodes over all replications, and how many a second. */
void forecast_stats(const struct forecast *, struct buf *);

/* A figure over the replications: mean, and the interval between order
 * statistics that holds the given share of new ones (`level` is the share
 * that so few replications can promise, (k2 - k1) / (R + 1)). */
struct figure {
	double mean, low, high, level;
	double error; /* half the 95 % interval of the mean itself */
};
struct figure forecast_figure(uint64_t *values, size_t n); /* sorts them */

#define FORECAST_MOST 10000 /* replications that precision may ask for */
/* --until-halfwidth: 0.5pp, or 0.005; replications is set. */
void forecast_until(struct forecast *, const char *text);
/* A forecast that is done (before is set): true where its shares' means are not
 * as narrow as wanted; it is then begun anew with as many replications as that
 * takes.  *unmet: that were more than FORECAST_MOST; it says so. */
bool forecast_again(struct forecast *, bool *unmet);

/* After all scouts: who gets the places that the history left.  False: the same
 * as the time before, so those behind them came as they will. */
bool forecast_close_quotas(struct forecast *, const struct quota_cuts *);

/* The customer's first reaction later than `after` and not after `until`: an
 * event of its kind, with the instance's key where the journey has one. */
bool reach_reacted(struct replay *, const struct response *,
    const struct instance *, int64_t after, int64_t until, int64_t *when);

struct simulation;

/* The replay's customer is begun by the caller (replay_begin). */
struct simulation *simulation_new(struct forecast *, struct replay *);
/* One that notes who comes to the quotas, and counts nothing. */
struct simulation *simulation_scout(struct forecast *, struct replay *);
void simulation_free(struct simulation *);
void simulate(struct simulation *);

#endif
