/*
 * Training: rows of features and labels, gathered from profile lines at one
 * or several dates without looking ahead; the fit; and how good it is on the
 * customers left out.  Each thread fills a struct sample, sample_join folds it
 * into another; no result depends on the order of the rows.
 */
#ifndef CDP_TRAIN_H
#define CDP_TRAIN_H

#include "../report.h"
#include "../rfm/population.h"
#include "features.h"
#include "lift.h"
#include "logistic.h"
#include "uplift.h"

struct row {
	double y, t; /* label; treated */
	bool test;
	struct rfm_measure m;
	double x[]; /* as many as features */
};

struct sample {
	const struct features *f;
	size_t size; /* of one row in bytes */
	char *p;
	size_t n, cap;
	uint64_t early;    /* not yet customers at the date */
	uint64_t outside;  /* not in the population */
	uint64_t *missing; /* of each feature */
	bool *null;        /* scratch, as many */
};

void sample_begin(struct sample *, const struct features *);
void sample_join(struct sample *, struct sample *from);
void sample_free(struct sample *);
struct row *sample_row(const struct sample *, size_t i);

/* Adds the rows of the bound line.  at: dates, ascending; test_key: a hash of
 * who it is.  orders (may be NULL) is read for the baseline.  NULL, or why the
 * line must be set apart. */
const char *sample_add(struct sample *, struct features_run *,
    const struct js_line *, const int64_t *at, size_t n, double test_key,
    struct orders *);

#define DECILES 10

struct trained {
	struct logistic model[2]; /* one; or of the treated and the others */
	int models;
	size_t rows, test_rows; /* judged on; 0: on the training rows */
	double positives, test_positives;
	double auc, auc_se;
	struct lift_part decile[DECILES];
	bool rfm; /* the baseline is known */
	double rfm_auc, rfm_lift;
	struct uplift uplift, response;
};

/* Ends the program where no model can be fitted. */
void train(struct sample *, int64_t seed, struct trained *);
void trained_free(struct trained *);

/* The model file's text, cdp-model(5). */
void trained_text(const struct trained *, const struct sample *,
    const int64_t *at, size_t n, int64_t now, struct buf *);
/* The same for people. */
void trained_report(
    const struct trained *, const struct sample *, struct report *);

/* Blocks of a report that --lift prints too. */
const char *uplift_verdict(const struct uplift *);
void report_uplift(const struct uplift *, struct report *);
void report_lift(const struct lift_part *, int n, bool rates, struct report *);

#endif
