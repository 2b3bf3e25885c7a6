/*
 * Recency, frequency, money: what is measured, the scales that turn it into
 * scores, and the classes of scores.  A struct rfm holds the settings and,
 * once fitted or read from a model file, everything that applying needs; it is
 * then read-only and shared by threads.
 */
#ifndef CDP_RFM_H
#define CDP_RFM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../clv/clv.h"
#include "../rules.h"
#include "orders.h"

enum { RFM_R, RFM_F, RFM_M, RFM_MEASURES };

/* ---- measures ---- */

struct rfm_measure {
	int64_t recency; /* whole local days since the last order */
	uint64_t orders; /* 0: none of the others means anything */
	struct dec sum;
	double money; /* the sum, or the mean of an order */
	uint64_t tie; /* settles equal values under --ntile */
};

/* ---- scales ---- */

struct rfm_cut {
	double value;
	uint64_t tie;
};

/* n cuts make n + 1 scores; a value at a cut belongs to the lower bin. */
struct rfm_scale {
	struct rfm_cut *cut;
	int n;
};

/* ---- classes ---- */

enum rfm_threshold { BY_MEAN, BY_MEDIAN, BY_SCORE_MEAN, BY_SCORE, BY_GIVEN };

/* A class as it is called; json: as the member holds it. */
struct rfm_name {
	const char *text; /* NULL: none */
	const char *json;
	size_t len; /* of json */
};

struct rfm_class {
	struct rfm_name name;
	double low[RFM_MEASURES + 1], high[RFM_MEASURES + 1]; /* r f m fm */
	int bits; /* -1, or which measures must be high, exactly */
};

struct rfm_table {
	const char *id;
	struct rfm_class *class;
	size_t n;
	struct rfm_name otherwise, none;
	int bins;    /* scores it was made for, 0: any */
	bool splits; /* has a high and low */
	enum rfm_threshold by;
	bool equal_high;
	double threshold[RFM_MEASURES];
	/* The name of every combination of high measures and scores, so that no
	 * customer has to be tried against the classes; NULL: too many. */
	const struct rfm_name **map;
	json_t *json;        /* as it was written, for the model file */
	struct rules *rules; /* own the texts; NULL: the model file's do */
};

#define RFM_TABLES 8

struct rfm {
	struct orders_settings orders;
	const char *timezone;
	bool mean, merge_days, ntile, one, rfm_r;
	int bins;
	const char *window;     /* duration's text; NULL: all orders */
	struct duration length; /* of the window */
	struct rfm_scale scale[RFM_MEASURES];
	bool given[RFM_MEASURES]; /* the scale came from --cuts */
	struct rfm_table table[RFM_TABLES];
	size_t tables;

	bool clv; /* wanted or fitted */
	struct clv_model timing, spend;
	bool has_spend;
	int months;      /* horizon */
	double discount; /* a year */

	uint64_t customers, buyers, repeat_buyers;
	int64_t now;         /* of the fit */
	struct rules *rules; /* the model file's, which owns the texts */
};

/* The first instant of the window that ends now. */
int64_t rfm_window(const struct rfm *, int64_t now);
/* The measure of the orders up to now. */
void rfm_measure(const struct rfm *, const struct orders *, int64_t now,
    struct rfm_measure *);
/* What settles equal values under --ntile, by the customer's profile_id. */
uint64_t rfm_tie(struct js_val id);
/* Scores of a customer with orders. */
void rfm_scores(const struct rfm *, const struct rfm_measure *, int score[3]);
/* Its class; scores are not read where m->orders is 0. */
const struct rfm_name *rfm_class_of(const struct rfm *,
    const struct rfm_table *, const struct rfm_measure *, const int score[3]);

/* "r=30,90,180": cuts of one's own. */
void rfm_own_cuts(struct rfm *, const char *text);
/* A class table from a rule file; it joins rfm->table. */
void rfm_add_table(struct rfm *, const char *file);
void rfm_table_from(struct rfm *, const struct node *);
/* Maps the classes of all tables, once all scales are known. */
void rfm_map_classes(struct rfm *);
/* Dies where a table is made for another number of scores. */
void rfm_check_tables(const struct rfm *);

/* What the class tables mean, which classes no customer can reach, and what
 * fits none. */
void rfm_say(struct rfm *, struct buf *);

/* The life of a customer as the models see it, in weeks; false: no orders. */
bool rfm_life(
    const struct orders *, const struct zone *, int64_t now, struct clv_case *);

/* Appends the member's value. */
void rfm_member(const struct rfm *, const struct rfm_measure *, struct buf *);

/* Lines of JSON: the orders counted and left out, what each score and class
 * rests on. */
void rfm_explain(const struct rfm *, const struct orders *, int64_t now,
    const struct rfm_measure *, struct buf *);

/* ---- model files, cdp-model(5) ---- */

void rfm_model_text(const struct rfm *, struct buf *);
void rfm_model_read(struct rfm *, const char *file);

#endif
