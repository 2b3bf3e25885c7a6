#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../err.h"
#include "../expr/expr.h"
#include "../filter.h"
#include "../interval.h"
#include "../mem.h"
#include "../stats.h"
#include "inside.h"
#include "modelling.h"
#include "train.h"

struct triple {
	double score, y, t;
};

struct lifting {
	struct expr_set *set;
	int score, outcome, treated;
	struct triple *v;
	size_t n, cap;
	uint64_t without; /* score */
};

struct lifter {
	struct lifting *job;
	struct expr_run *run;
	struct triple *v;
	size_t n, cap;
	uint64_t without;
};

static void *
lift_begin(void *cfg)
{
	struct lifter *w = mem_alloc(1, sizeof *w);

	w->job = cfg;
	w->run = expr_run_new(w->job->set);
	return w;
}

/* A number as it is, true as 1, false and what is missing as 0.  A text is
 * true even where it says no, so it is none of these. */
static double
value(struct expr_value v, const char *option, const struct place *at)
{
	if (v.type == EXPR_NUMBER)
		return v.exact ? dec_double(v.dec) : v.number;
	if (v.type != EXPR_BOOL && v.type != EXPR_NULL)
		die_at(at,
		    "%s is neither a number nor true or false here; compare "
		    "it, as in traits.visit = 'yes'",
		    option);
	return expr_truth(v);
}

static enum filter_verdict
lift_line(void *state, struct filter_line *l)
{
	struct lifter *w = state;
	const struct lifting *job = w->job;
	int64_t now = filter_now();
	struct expr_value score;
	const char *lacks;
	struct triple *v;

	if (!expr_bind(w->run, l->js, &lacks))
		die_at(&l->at, "%s", lacks);
	score = expr_eval(w->run, job->score, now, NULL);
	if (score.type == EXPR_NULL) {
		w->without++;
		return FILTER_DROP;
	}
	w->v = mem_grow(w->v, &w->cap, w->n + 1, sizeof *w->v);
	v = &w->v[w->n++];
	v->score = value(score, "--lift", &l->at);
	v->y = value(
	    expr_eval(w->run, job->outcome, now, NULL), "--outcome", &l->at);
	v->t = job->treated >= 0 && expr_true(w->run, job->treated, now, NULL);
	return FILTER_DROP;
}

static void
lift_end(void *cfg, void *state)
{
	struct lifting *job = cfg;
	struct lifter *w = state;

	job->v = mem_grow(job->v, &job->cap, job->n + w->n + 1, sizeof *job->v);
	if (w->n > 0)
		memcpy(job->v + job->n, w->v, w->n * sizeof *w->v);
	job->n += w->n;
	job->without += w->without;
	expr_run_free(w->run);
	free(w->v);
	free(w);
}

static int
by_triple(const void *a, const void *b)
{
	const struct triple *p = a, *q = b;

	if (p->score != q->score)
		return p->score < q->score ? -1 : 1;
	if (p->y != q->y)
		return p->y < q->y ? -1 : 1;
	return (p->t > q->t) - (p->t < q->t);
}

static void
compare_arms(
    struct report *r, const double *y, const double *t, size_t n, bool rates)
{
	double sum[2] = {0}, count[2] = {0}, mean[2], var[2] = {0};
	struct difference d;
	size_t i;
	int k;

	for (i = 0; i < n; i++) {
		sum[t[i] > 0] += y[i];
		count[t[i] > 0]++;
	}
	if (rates) {
		report_arms(r, sum[0], count[0], sum[1], count[1]);
		return;
	}
	for (k = 0; k < 2; k++)
		mean[k] = sum[k] / count[k];
	for (i = 0; i < n; i++)
		var[t[i] > 0] +=
		    pow(y[i] - mean[t[i] > 0], 2) / (count[t[i] > 0] - 1);
	d = difference_means(
	    mean[0], var[0], count[0], mean[1], var[1], count[1]);
	report_row(r);
	report_number(r, "control", mean[0], 10);
	report_number(r, "treated", mean[1], 10);
	report_number(r, "difference", d.value, 10);
	report_number(r, "se", d.se, 8);
	report_number(r, "low", d.low, 5);
	report_number(r, "high", d.high, 5);
	report_number(r, "z", d.z, 4);
	report_number(r, "p", d.p, 3);
}

/* Tables of what cannot be compared look as if they said something. */
static void
question(const struct lifting *job)
{
	size_t n = job->n, i, treated = 0;
	bool same = true;

	for (i = 0; i < n; i++) {
		treated += job->v[i].t > 0;
		same &= job->v[i].y == job->v[0].y;
	}
	if (job->treated >= 0 && (treated == 0 || treated == n))
		die("--treated: %s of the %zu customers with a score was "
		    "treated, so there is nothing to compare",
		    treated == 0 ? "none" : "each", n);
	if (same)
		warning("the outcome of all %zu customers is the same: no "
			"score can tell them apart",
		    n);
	if (n < model_settings.parts)
		warning("%zu customers are fewer than %ju parts: give --parts",
		    n, (uintmax_t)model_settings.parts);
}

static void
report_all(struct lifting *job, struct report *r)
{
	double *column = mem_alloc(3 * job->n + 1, sizeof *column);
	double *score = column, *y = score + job->n, *t = y + job->n;
	int parts = (int)model_settings.parts;
	struct lift_part *part = mem_alloc((size_t)parts, sizeof *part);
	struct uplift u;
	bool rates = true;
	size_t i;

	/* Sums of doubles must not depend on the order of the lines. */
	mem_sort(job->v, job->n, sizeof *job->v, by_triple);
	for (i = 0; i < job->n; i++) {
		score[i] = job->v[i].score;
		y[i] = job->v[i].y;
		t[i] = job->v[i].t;
		rates &= y[i] == 0 || y[i] == 1;
	}
	lift_table(score, y, job->n, parts, part);
	report_lift(part, parts, rates, r);
	report_row(r);
	report_int(r, "customers", (int64_t)job->n);
	report_int(r, "without_score", (int64_t)job->without);
	report_number(r, "auc", rates ? auc(score, y, job->n) : NAN, 6);
	report_number(r, "random_auc", .5, 2);
	if (job->treated >= 0) {
		compare_arms(r, y, t, job->n, rates);
		uplift_measure(
		    score, y, t, job->n, 200, model_settings.seed, &u);
		report_uplift(&u, r);
	}
	free(column);
	free(part);
}

static int
add(struct lifting *job, const char *option, const char *text)
{
	struct place at = {option, 1, 1, NULL};

	if (text == NULL)
		return -1;
	return expr_add(job->set, EXPR_PROFILE, text, strlen(text), &at);
}

int
modelling_lift(char **files, int n)
{
	static struct lifting job;
	static struct filter f = {.cfg = &job,
	    .begin = lift_begin,
	    .line = lift_line,
	    .end = lift_end,
	    .no_output = true,
	    .reads_profile = true};
	struct expr_settings settings = {.zone = filter_zone(NULL)};
	struct report *r = report_new();
	int status;

	if (model_settings.outcome == NULL)
		usage_error("--lift needs --outcome EXPR: what people did");
	if (model_settings.parts < 2 || model_settings.parts > 1000)
		usage_error("--parts: expected 2 to 1000");
	job.set = expr_set_new(&settings);
	job.score = add(&job, "--lift", model_settings.lift);
	job.outcome = add(&job, "--outcome", model_settings.outcome);
	job.treated = add(&job, "--treated", model_settings.treated);
	f.plan = filter_plan();
	expr_plan(job.set, f.plan);
	status = filter_run(&f, files, n);
	if (job.n == 0)
		die("nobody has a score %s", err_quote(model_settings.lift,
						 strlen(model_settings.lift)));
	question(&job);
	report_all(&job, r);
	modelling_put(r);
	return status;
}
