#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../err.h"
#include "../mem.h"
#include "../stats.h"
#include "train.h"

/* ---- rows ---- */

void
sample_begin(struct sample *r, const struct features *f)
{
	memset(r, 0, sizeof *r);
	r->f = f;
	r->size = sizeof(struct row) + f->n * sizeof(double);
	/* struct row wants the alignment of its decimal. */
	r->size += -r->size % _Alignof(struct row);
	r->missing = mem_alloc(f->n, sizeof *r->missing);
	r->null = mem_alloc(f->n, sizeof *r->null);
}

struct row *
sample_row(const struct sample *r, size_t i)
{
	return (struct row *)(r->p + i * r->size);
}

void
sample_free(struct sample *r)
{
	free(r->p);
	free(r->missing);
	free(r->null);
	memset(r, 0, sizeof *r);
}

void
sample_join(struct sample *to, struct sample *from)
{
	size_t i;

	to->p = mem_grow(to->p, &to->cap, to->n + from->n + 1, to->size);
	if (from->n > 0)
		memcpy(to->p + to->n * to->size, from->p, from->n * to->size);
	to->n += from->n;
	to->early += from->early;
	to->outside += from->outside;
	for (i = 0; i < to->f->n; i++)
		to->missing[i] += from->missing[i];
	sample_free(from);
}

static const char *
baseline(struct orders *o, const struct js_line *js, int64_t t,
    const struct zone *z, struct rfm_measure *m)
{
	struct rfm plain = {.orders.zone = z};
	const char *why;

	if (o == NULL)
		return NULL;
	why = orders_read(o, js, t);
	if (why == NULL)
		rfm_measure(&plain, o, t, m);
	return why;
}

static double
label(struct features_run *run, const struct features *f, int64_t t)
{
	int64_t until = t;

	if (f->label_timed)
		until = when_add(t, f->within, 1, f->zone);
	if (f->label_event)
		return features_event(run, f->label_expr, t, until);
	return features_true(run, f->label_expr, until);
}

const char *
sample_add(struct sample *r, struct features_run *run, const struct js_line *js,
    const int64_t *at, size_t n, double test_key, struct orders *orders)
{
	const struct features *f = r->f;
	int64_t first = features_first(run);
	const char *why = NULL;
	struct row *row;
	size_t i, k;

	for (i = 0; i < n && why == NULL; i++) {
		if (f->label_timed && first > at[i]) {
			r->early++;
			continue;
		}
		if (f->population_expr >= 0 &&
		    !features_true(run, f->population_expr, at[i])) {
			r->outside++;
			continue;
		}
		r->p = mem_grow(r->p, &r->cap, r->n + 1, r->size);
		row = sample_row(r, r->n++);
		memset(row, 0, r->size);
		features_at(run, at[i], row->x, r->null);
		for (k = 0; k < f->n; k++)
			r->missing[k] += r->null[k];
		if (f->treatment_expr >= 0)
			row->t = features_true(run, f->treatment_expr, at[i]);
		row->test = f->test_expr >= 0
				? features_true(run, f->test_expr, at[i])
				: test_key < f->test_share;
		row->y = label(run, f, at[i]);
		why = baseline(orders, js, at[i], f->zone, &row->m);
	}
	return why;
}

/* ---- fitting ---- */

static int
by_row(const void *a, const void *b, void *features)
{
	const struct row *r = a, *s = b;
	size_t n = *(const size_t *)features, i;

	if (r->test != s->test)
		return (int)r->test - (int)s->test;
	if (r->y != s->y)
		return r->y < s->y ? -1 : 1;
	if (r->t != s->t)
		return r->t < s->t ? -1 : 1;
	for (i = 0; i < n; i++)
		if (r->x[i] != s->x[i])
			return r->x[i] < s->x[i] ? -1 : 1;
	return 0;
}

struct part { /* columns of some rows */
	double *x, *y, *t, *w;
	size_t n;
};

static void
part_take(struct part *p, const struct sample *r, bool test, double treated)
{
	size_t i, width = r->f->n;
	const struct row *row;

	p->n = 0;
	p->x = mem_alloc(r->n * width + 1, sizeof *p->x);
	p->y = mem_alloc(r->n + 1, sizeof *p->y);
	p->t = mem_alloc(r->n + 1, sizeof *p->t);
	p->w = mem_alloc(r->n + 1, sizeof *p->w);
	for (i = 0; i < r->n; i++) {
		row = sample_row(r, i);
		if (row->test != test || (treated >= 0 && row->t != treated))
			continue;
		memcpy(p->x + p->n * width, row->x, width * sizeof *p->x);
		p->y[p->n] = row->y;
		p->t[p->n] = row->t;
		p->w[p->n++] = 1;
	}
}

static void
part_free(struct part *p)
{
	free(p->x);
	free(p->y);
	free(p->t);
	free(p->w);
}

/* Peduzzi et al. 1996: below ten rows of the rarer answer for each feature
 * the coefficients are mostly chance. */
enum { ROWS_A_FEATURE = 10 };

static void
warn_few(const struct sample *r, const char *who, const struct logistic *m)
{
	double rarer = fmin(m->positives, m->rows - m->positives);
	size_t i;

	for (i = 0; i < r->f->n; i++)
		if (m->sd[i] <= 0)
			warning("%s: the feature %s is the same in all rows of "
				"the %smodel and says nothing",
			    r->f->id, r->f->feature[i].name, who);
	if (rarer < ROWS_A_FEATURE * (double)r->f->n)
		warning("%s: the %smodel has %zu features, but only %.0f of "
			"its %.0f rows have the rarer label: fewer than %d for "
			"each feature say little",
		    r->f->id, who, r->f->n, rarer, m->rows, ROWS_A_FEATURE);
}

static void
fit_part(
    const struct sample *r, double treated, const char *who, struct logistic *m)
{
	struct part p;
	double *z;
	const char *why;
	bool fine;

	part_take(&p, r, false, treated);
	if (p.n == 0)
		die("no %scustomers to learn from", who);
	if (r->f->learner == LEARN_TRANSFORMATION) {
		z = mem_alloc(p.n, sizeof *z);
		uplift_transform(p.y, p.t, p.n, z, p.w);
		memcpy(p.y, z, p.n * sizeof *z);
		free(z);
	}
	fine = logistic_fit(
	    p.x, p.y, p.w, p.n, (int)r->f->n, r->f->ridge, m, &why);
	if (!fine)
		die("%s: the %smodel cannot be fitted: %s", r->f->id, who, why);
	warn_few(r, who, m);
	part_free(&p);
}

static double
predict(const struct trained *m, const struct features *f, const double *x)
{
	double p = logistic_p(logistic_logit(&m->model[0], x));

	switch (f->learner) {
	case LEARN_LOGISTIC:
		break;
	case LEARN_TWO_MODELS:
		return p - logistic_p(logistic_logit(&m->model[1], x));
	case LEARN_TRANSFORMATION:
		return 2 * p - 1;
	}
	return p;
}

/* ---- judging ---- */

static void
judge_rfm(struct trained *m, const struct sample *r, bool test)
{
	struct rfm rfm = {.bins = 5};
	struct population all = {0};
	double *score = mem_alloc(r->n + 1, sizeof *score), *y;
	struct lift_part part[DECILES];
	int s[RFM_MEASURES];
	const struct row *row;
	size_t i, n = 0, buyers = 0;
	int k;

	y = mem_alloc(r->n + 1, sizeof *y);
	for (i = 0; i < r->n; i++) {
		row = sample_row(r, i);
		if (row->m.orders > 0 && !row->test) {
			all.m =
			    mem_grow(all.m, &all.cap, all.n + 1, sizeof *all.m);
			all.m[all.n++] = row->m;
		}
	}
	rfm_fit_scales(&rfm, &all);
	for (i = 0; i < r->n; i++) {
		row = sample_row(r, i);
		if (row->test != test)
			continue;
		buyers += row->m.orders > 0;
		if (row->m.orders > 0) {
			rfm_scores(&rfm, &row->m, s);
			score[n] = s[RFM_R] + s[RFM_F] + s[RFM_M];
		}
		y[n++] = row->y;
	}
	m->rfm = buyers > 0 && all.n > 0;
	if (m->rfm) {
		m->rfm_auc = auc(score, y, n);
		lift_table(score, y, n, DECILES, part);
		m->rfm_lift = part[0].lift;
	}
	population_free(&all);
	for (k = 0; k < RFM_MEASURES; k++)
		free(rfm.scale[k].cut);
	free(score);
	free(y);
}

/* Nobody foretells customers so well. */
#define TOO_GOOD 0.99

static void
judge(struct trained *m, const struct sample *r, uint64_t seed)
{
	bool test = m->test_rows > 0;
	struct part p;
	double *score, *response;
	size_t i, width = r->f->n;

	part_take(&p, r, test, -1);
	score = mem_alloc(p.n + 1, sizeof *score);
	response = mem_alloc(p.n + 1, sizeof *response);
	for (i = 0; i < p.n; i++) {
		score[i] = predict(m, r->f, p.x + i * width);
		response[i] = logistic_logit(&m->model[0], p.x + i * width);
		m->test_positives += p.y[i];
	}
	m->auc = auc(score, p.y, p.n);
	m->auc_se = lift_auc_se(
	    m->auc, m->test_positives, (double)p.n - m->test_positives);
	lift_table(score, p.y, p.n, DECILES, m->decile);
	if (r->f->learner == LEARN_LOGISTIC && m->auc > TOO_GOOD)
		warning("%s tells the label almost without fault (AUC %.3f): "
			"does a feature know the answer?",
		    r->f->id, m->auc);
	if (r->f->learner == LEARN_LOGISTIC)
		judge_rfm(m, r, test);
	else {
		uplift_measure(score, p.y, p.t, p.n, 200, seed, &m->uplift);
		uplift_measure(response, p.y, p.t, p.n, 0, 0, &m->response);
	}
	free(score);
	free(response);
	part_free(&p);
}

void
train(struct sample *r, int64_t seed, struct trained *m)
{
	size_t i, n = r->f->n;

	memset(m, 0, sizeof *m);
	if (r->n == 0)
		die("%s: no customers at these dates", r->f->id);
	mem_sort_by(r->p, r->n, r->size, by_row, &n);
	m->rows = r->n;
	for (i = 0; i < r->n; i++) {
		m->test_rows += sample_row(r, i)->test;
		m->positives += sample_row(r, i)->y;
	}
	m->models = 1;
	if (r->f->learner == LEARN_TWO_MODELS) {
		fit_part(r, 1, "treated ", &m->model[0]);
		fit_part(r, 0, "untreated ", &m->model[1]);
		m->models = 2;
	} else
		fit_part(r, -1, "", &m->model[0]);
	judge(m, r, (uint64_t)seed);
}

void
trained_free(struct trained *m)
{
	int i;

	for (i = 0; i < m->models; i++)
		logistic_free(&m->model[i]);
}
