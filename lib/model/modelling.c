#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../draw.h"
#include "../err.h"
#include "../expr/expr.h"
#include "../filter.h"
#include "../interval.h"
#include "../mem.h"
#include "../output.h"
#include "../stats.h"
#include "mem.h"
#include "modelling.h"
#include "train.h"

struct model_settings model_settings = {.parts = 10, .seed = 1};

const struct opt model_options[] = {
    {0, "model", "FILE", "apply a fitted model; may be given again", OPT_LIST,
	&model_settings.models},
    {0, "why", NULL, "write what each feature adds to a model's logit",
	OPT_FLAG, &model_settings.why},
    {0, "fit", "FEATURES", "fit the model that FEATURES describes and write it",
	OPT_TEXT, &model_settings.fit},
    {0, "at", "DATE", "learn from what was known at DATE; may be given again",
	OPT_LIST, &model_settings.at},
    {0, "report", NULL, "with --fit: print how good it is, not the model",
	OPT_FLAG, &model_settings.report},
    {0, "lift", "EXPR", "print how the score EXPR orders the outcome", OPT_TEXT,
	&model_settings.lift},
    {0, "outcome", "EXPR", "what people did, for --lift", OPT_TEXT,
	&model_settings.outcome},
    {0, "treated", "EXPR", "who was treated, by lot: print uplift as well",
	OPT_TEXT, &model_settings.treated},
    {0, "parts", "N", "parts of --lift; 10 if not given", OPT_COUNT,
	&model_settings.parts},
    {0, "seed", "N", "of the permutations that stand for chance", OPT_COUNT,
	&model_settings.seed},
    {0, "compare", "K/N:K/N", "compare two rates: control, then treated",
	OPT_TEXT, &model_settings.compare},
    {0, "text", NULL, "print tables aligned, not as NDJSON", OPT_FLAG,
	&model_settings.text},
    {0, NULL, NULL, NULL, OPT_FLAG, NULL},
};

bool
modelling_asked(void)
{
	const struct model_settings *s = &model_settings;

	return s->fit != NULL || s->lift != NULL || s->compare != NULL;
}

static void
put(const struct buf *b)
{
	struct output *o =
	    output_open(filter_settings.output, filter_settings.gzip);

	output_write(o, b->p, b->len);
	output_close(o);
}

static void
put_report(struct report *r)
{
	struct buf b = {0};

	report_write(r, model_settings.text, &b);
	put(&b);
	buf_free(&b);
}

/* ---- --compare ---- */

static const char *
read_rate(const char *p, double *k, double *n)
{
	char *end;

	*k = strtod(p, &end);
	if (end == p || *end != '/')
		return NULL;
	p = end + 1;
	*n = strtod(p, &end);
	if (end == p || !(*k >= 0 && *k <= *n && *n > 0))
		return NULL;
	return end;
}

static void
arms(struct report *r, double k1, double n1, double k2, double n2)
{
	struct difference d = difference_rates(k1, n1, k2, n2);
	const double k[] = {k1, k2}, n[] = {n1, n2};
	double low, high;
	int i;

	for (i = 0; i < 2; i++) {
		wilson(k[i], n[i], Z95, &low, &high);
		report_row(r);
		report_text(r, "arm", i == 0 ? "control" : "treated");
		report_number(r, "yes", k[i], 15);
		report_number(r, "of", n[i], 15);
		report_number(r, "rate", k[i] / n[i], 6);
		report_number(r, "low", low, 5);
		report_number(r, "high", high, 5);
	}
	report_row(r);
	report_number(r, "difference", d.value, 10);
	report_number(r, "se", d.se, 8);
	report_number(r, "low", d.low, 5);
	report_number(r, "high", d.high, 5);
	report_number(r, "relative", d.ratio, 5);
	report_number(r, "relative_low", d.ratio_low, 4);
	report_number(r, "relative_high", d.ratio_high, 4);
	report_number(r, "z", d.z, 4);
	report_number(r, "p", d.p, 3);
}

static int
run_compare(void)
{
	struct report *r = report_new();
	double k1, n1, k2, n2;
	const char *p = read_rate(model_settings.compare, &k1, &n1);

	if (p != NULL && *p == ':')
		p = read_rate(p + 1, &k2, &n2);
	else
		p = NULL;
	if (p == NULL || *p != '\0')
		usage_error("--compare: expected such as 2000/200000:"
			    "2600/200000, not %s",
		    err_quote(model_settings.compare,
			strlen(model_settings.compare)));
	arms(r, k1, n1, k2, n2);
	put_report(r);
	return OK;
}

/* ---- --fit ---- */

struct fitting {
	struct features f;
	struct sample rows;
	struct orders_rules *orders;
	int64_t *at;
	size_t dates;
	int profile_id;
};

struct fitter {
	struct fitting *job;
	struct features_run *run;
	struct orders *orders;
	struct sample rows;
};

static void *
fit_begin(void *cfg)
{
	struct fitter *w = mem_alloc(1, sizeof *w);

	w->job = cfg;
	w->run = features_open(&w->job->f);
	w->orders = orders_new(w->job->orders);
	sample_begin(&w->rows, &w->job->f);
	return w;
}

static enum filter_verdict
fit_line(void *state, struct filter_line *l)
{
	struct fitter *w = state;
	struct js_val id = l->js->slot[w->job->profile_id];
	const char *lacks = features_bind(w->run, l->js);
	double key;

	if (lacks != NULL)
		die_at(&l->at, "%s", lacks);
	key = draw_unit(
	    draw_key("test", 4, id.p, id.type == JS_MISSING ? 0 : id.len));
	l->reason = sample_add(
	    &w->rows, w->run, l->js, w->job->at, w->job->dates, key, w->orders);
	return l->reason != NULL ? FILTER_REJECT : FILTER_DROP;
}

static void
fit_end(void *cfg, void *state)
{
	struct fitting *job = cfg;
	struct fitter *w = state;

	sample_join(&job->rows, &w->rows);
	features_close(w->run);
	orders_free(w->orders);
	free(w);
}

static int
by_time(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void
read_dates(struct fitting *job)
{
	const struct opt_list *at = &model_settings.at;
	struct features *f = &job->f;
	int64_t now = filter_now(), until;
	size_t i;

	job->at = mem_alloc(at->n + 1, sizeof *job->at);
	for (i = 0; i < at->n; i++)
		if (!when_parse_in(
			at->item[i], strlen(at->item[i]), f->zone, &job->at[i]))
			usage_error("--at: expected a date%s, not %s",
			    f->zone == NULL ? " with a zone, or --tz" : "",
			    err_quote(at->item[i], strlen(at->item[i])));
	job->dates = at->n;
	if (at->n == 0 && f->label_timed)
		usage_error("%s has a label that looks ahead: say from which "
			    "date with --at",
		    model_settings.fit);
	if (at->n == 0)
		job->at[job->dates++] = now;
	mem_sort(job->at, job->dates, sizeof *job->at, by_time);
	until = job->at[job->dates - 1];
	if (f->label_timed)
		until = when_add(until, f->within, 1, f->zone);
	if (until > now)
		die("--at %s: its label is not over yet: it ends after --now",
		    at->n > 0 ? at->item[at->n - 1] : "now");
}

static void
read_file(struct features *f)
{
	static const char *const known[] = {"id", "version", "timezone",
	    "features", "label", "test", "population", "treatment", "learner",
	    "ridge", "order", "money", NULL};
	struct rules *rules = rules_read(model_settings.fit);
	struct node root = rules_root(rules);

	node_only(&root, known);
	features_read(f, &root);
	f->rules = rules;
	f->zone = filter_zone(f->timezone);
	if (f->label_text == NULL)
		node_need(&root, "label");
}

struct remark {
	struct buf *out;
	const char *name;
};

static void
remark(void *arg, size_t col, const char *text)
{
	struct remark *r = arg;

	buf_addf(r->out, "  %s, column %zu: %s\n", r->name, col, text);
}

static void
say(const struct features *f, const char *name, int id, struct buf *b)
{
	struct remark r = {b, name};

	if (id < 0)
		return;
	buf_addf(b, "%s: ", name);
	expr_say(f->set, id, b);
	buf_byte(b, '\n');
	expr_check(f->set, id, remark, &r);
}

/* What the file means, one line a feature. */
static int
check_features(const struct features *f)
{
	struct buf b = {0};
	size_t i;

	for (i = 0; i < f->n; i++)
		say(f, f->feature[i].name, f->feature[i].expr, &b);
	say(f, "population", f->population_expr, &b);
	say(f, "treatment", f->treatment_expr, &b);
	say(f, "test", f->test_expr, &b);
	say(f, "label", f->label_expr, &b);
	put(&b);
	buf_free(&b);
	return OK;
}

static int
run_fit(char **files, int n)
{
	static struct fitting job;
	struct filter f = {.cfg = &job,
	    .begin = fit_begin,
	    .line = fit_line,
	    .end = fit_end,
	    .no_output = true};
	struct orders_settings orders = {0};
	const struct js_step id = {"profile_id", 10, 0};
	struct trained model;
	struct buf text = {0};
	struct report *report;
	int status;

	read_file(&job.f);
	orders.order = job.f.order;
	orders.money = job.f.money;
	orders.zone = job.f.zone;
	f.plan = filter_plan();
	job.profile_id = js_plan_field(f.plan, &id, 1);
	features_plan(&job.f, f.plan, true);
	features_warn(&job.f);
	if (model_settings.check)
		return check_features(&job.f);
	job.orders = orders_rules_new(&orders, f.plan);
	sample_begin(&job.rows, &job.f);
	read_dates(&job);
	status = filter_run(&f, files, n);
	train(&job.rows, (int64_t)model_settings.seed, &model);
	if (model_settings.report) {
		report = report_new();
		trained_report(&model, &job.rows, report);
		put_report(report);
	} else {
		trained_text(
		    &model, &job.rows, job.at, job.dates, filter_now(), &text);
		put(&text);
	}
	buf_free(&text);
	trained_free(&model);
	return status;
}

/* ---- --lift ---- */

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

/* A number as it is, anything else by its truth. */
static double
value(struct expr_value v)
{
	if (v.type == EXPR_NUMBER)
		return v.exact ? dec_double(v.dec) : v.number;
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
	v->score = value(score);
	v->y = value(expr_eval(w->run, job->outcome, now, NULL));
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
		arms(r, sum[0], count[0], sum[1], count[1]);
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
	struct place at = {option, 1, 1};

	if (text == NULL)
		return -1;
	return expr_add(job->set, EXPR_PROFILE, text, strlen(text), &at);
}

static int
run_lift(char **files, int n)
{
	static struct lifting job;
	struct filter f = {.cfg = &job,
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
	report_all(&job, r);
	put_report(r);
	return status;
}

int
modelling_run(char **files, int n)
{
	if (model_settings.compare != NULL)
		return run_compare();
	if (model_settings.fit != NULL)
		return run_fit(files, n);
	return run_lift(files, n);
}
