#include <stdlib.h>
#include <string.h>

#include "../err.h"
#include "../expr/expr.h"
#include "../filter.h"
#include "../mem.h"
#include "../report.h"
#include "features.h"
#include "logistic.h"
#include "scorer.h"

struct one { /* model file */
	struct features f;
	struct logistic model[2];
	int models;
};

struct scorer {
	struct one *one;
	size_t n;
};

/* ---- reading ---- */

static double
member(const struct node *n, const char *key)
{
	struct node v = node_need(n, key);

	return node_number(&v);
}

static void
read_model(const struct features *f, const struct node *n, struct logistic *m)
{
	struct node list = node_need(n, "coefficients"), one;
	size_t i;

	m->n = (int)f->n;
	m->mean = mem_alloc(f->n, sizeof *m->mean);
	m->sd = mem_alloc(f->n, sizeof *m->sd);
	m->beta = mem_alloc(f->n, sizeof *m->beta);
	m->intercept = member(n, "intercept");
	if (node_count(&list) != f->n)
		node_die(&list, "expected one coefficient for each feature");
	for (i = 0; i < f->n; i++) {
		one = node_need(&list, f->feature[i].name);
		m->mean[i] = member(&one, "mean");
		m->sd[i] = member(&one, "sd");
		m->beta[i] = member(&one, "beta");
	}
}

static void
read_one(struct one *o, const char *file)
{
	static const char *const known[] = {"format", "version", "id",
	    "timezone", "learner", "treatment", "label", "features", "made",
	    "models", "report", NULL};
	static const char *const format[] = {"cdp-score model", NULL};
	struct rules *rules = rules_read(file);
	struct node root = rules_root(rules), n = node_need(&root, "format");
	struct node list;
	int i, want;

	node_word(&n, format);
	node_only(&root, known);
	n = node_need(&root, "version");
	node_int(&n, 1, 1);
	features_read(&o->f, &root);
	o->f.rules = rules;
	o->f.zone = filter_zone(o->f.timezone);
	list = node_need(&root, "models");
	want = o->f.learner == LEARN_TWO_MODELS ? 2 : 1;
	if (node_count(&list) != (size_t)want)
		node_die(&list, "expected %d", want);
	for (i = 0; i < want; i++) {
		n = node_at(&list, (size_t)i);
		read_model(&o->f, &n, &o->model[i]);
	}
	o->models = want;
}

struct scorer *
scorer_new(const char *const *files, size_t n, struct js_plan *plan)
{
	struct scorer *s = mem_alloc(1, sizeof *s);
	size_t i, k;

	s->one = mem_alloc(n + 1, sizeof *s->one);
	s->n = n;
	for (i = 0; i < n; i++) {
		read_one(&s->one[i], files[i]);
		for (k = 0; k < i; k++)
			if (strcmp(s->one[k].f.id, s->one[i].f.id) == 0)
				die("two models have the id %s",
				    err_quote(s->one[i].f.id,
					strlen(s->one[i].f.id)));
		features_plan(&s->one[i].f, plan, false);
	}
	return s;
}

bool
scorer_reads_profile(const struct scorer *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (features_read_profile(&s->one[i].f))
			return true;
	return false;
}

const char *
scorer_member(const struct scorer *s, size_t k, size_t i)
{
	return expr_member(s->one[k].f.set, i);
}

void
scorer_free(struct scorer *s)
{
	free(s->one);
	free(s);
}

/* ---- applying ---- */

struct scorer_run {
	const struct scorer *s;
	struct features_run **run;
	double *x;
	bool *missing;
};

struct scorer_run *
scorer_open(const struct scorer *s)
{
	struct scorer_run *r = mem_alloc(1, sizeof *r);
	size_t i, most = 0;

	r->s = s;
	r->run = mem_alloc(s->n + 1, sizeof(struct features_run *));
	for (i = 0; i < s->n; i++) {
		r->run[i] = features_open(&s->one[i].f);
		most = s->one[i].f.n > most ? s->one[i].f.n : most;
	}
	r->x = mem_alloc(most + 1, sizeof *r->x);
	r->missing = mem_alloc(most + 1, sizeof *r->missing);
	return r;
}

void
scorer_close(struct scorer_run *r)
{
	size_t i;

	for (i = 0; i < r->s->n; i++)
		features_close(r->run[i]);
	free(r->run);
	free(r->x);
	free(r->missing);
	free(r);
}

static void
number(struct buf *b, const char *key, double v, bool first)
{
	buf_addf(b, "%s\"%s\":", first ? "" : ",", key);
	report_digits(b, v, 9);
}

/* What each feature adds to the logit; with the intercept they sum to it. */
static void
contributions(const struct one *o, const struct logistic *m, const double *x,
    struct buf *b)
{
	int i;
	double v;

	buf_adds(b, "{\"(intercept)\":");
	report_digits(b, m->intercept, 9);
	for (i = 0; i < m->n; i++) {
		v = m->sd[i] > 0 ? m->beta[i] * (x[i] - m->mean[i]) / m->sd[i]
				 : 0;
		buf_byte(b, ',');
		buf_jsons(b, o->f.feature[i].name);
		buf_byte(b, ':');
		report_digits(b, v, 9);
	}
	buf_byte(b, '}');
}

static void
write_uplift(const struct one *o, const double *x, struct buf *b)
{
	double logit = logistic_logit(&o->model[0], x);
	double with = logistic_p(logit), without;

	if (o->models == 1) {
		number(b, "uplift", 2 * with - 1, true);
		return;
	}
	without = logistic_p(logistic_logit(&o->model[1], x));
	number(b, "uplift", with - without, true);
	number(b, "treated", with, false);
	number(b, "untreated", without, false);
}

static void
write_one(const struct one *o, const double *x, bool why, struct buf *b)
{
	static const char *const key[] = {"why", "why_untreated"};
	double logit = logistic_logit(&o->model[0], x);
	int i;

	buf_jsons(b, o->f.id);
	buf_adds(b, ":{");
	if (o->f.learner == LEARN_LOGISTIC) {
		number(b, "probability", logistic_p(logit), true);
		number(b, "logit", logit, false);
	} else
		write_uplift(o, x, b);
	for (i = 0; why && i < o->models; i++) {
		buf_addf(b, ",\"%s\":", key[i]);
		contributions(o, &o->model[i], x, b);
	}
	buf_byte(b, '}');
}

const char *
scorer_write(struct scorer_run *r, const struct js_line *js, int64_t now,
    bool why, bool more, struct buf *b)
{
	const char *lacks;
	size_t i;

	for (i = 0; i < r->s->n; i++) {
		lacks = features_bind(r->run[i], js);
		if (lacks != NULL)
			return lacks;
		features_at(r->run[i], now, r->x, r->missing);
		if (more || i > 0)
			buf_byte(b, ',');
		write_one(&r->s->one[i], r->x, why, b);
	}
	return NULL;
}

int64_t
scorer_next(struct scorer_run *r, int64_t now)
{
	int64_t next = INT64_MAX, one;
	size_t i;

	for (i = 0; i < r->s->n; i++) {
		one = features_next(r->run[i], now);
		if (one < next)
			next = one;
	}
	return next;
}
