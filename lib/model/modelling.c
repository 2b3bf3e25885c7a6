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
#include "inside.h"
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

void
modelling_put(struct report *r)
{
	struct buf b = {0};

	report_write(r, model_settings.text, &b);
	output_text(filter_settings.output, filter_settings.gzip, &b);
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

void
report_arms(struct report *r, double k1, double n1, double k2, double n2)
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

	if (p == NULL || *p != ':' ||
	    (p = read_rate(p + 1, &k2, &n2)) == NULL || *p != '\0')
		usage_error("--compare: expected such as 2000/200000:"
			    "2600/200000, not %s",
		    err_quote(model_settings.compare,
			strlen(model_settings.compare)));
	report_arms(r, k1, n1, k2, n2);
	modelling_put(r);
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
		job->at[i] = filter_time("--at", at->item[i]);
	job->dates = at->n;
	if (at->n == 0 && f->label_timed)
		usage_error("%s has a label that looks ahead: say from which "
			    "date with --at",
		    model_settings.fit);
	if (at->n == 0)
		job->at[job->dates++] = now;
	mem_sort(job->at, job->dates, sizeof *job->at, by_time);
	for (i = 1; i < job->dates; i++)
		if (job->at[i] == job->at[i - 1])
			usage_error("--at: the same date is given twice, its "
				    "customers would count twice");
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
	output_text(filter_settings.output, filter_settings.gzip, &b);
	return OK;
}

static void
put_model(const struct fitting *job, const struct trained *model)
{
	struct buf text = {0};
	struct report *report;

	if (model_settings.report) {
		report = report_new();
		trained_report(model, &job->rows, report);
		modelling_put(report);
		return;
	}
	trained_text(
	    model, &job->rows, job->at, job->dates, filter_now(), &text);
	output_text(filter_settings.output, filter_settings.gzip, &text);
}

static int
run_fit(char **files, int n)
{
	static struct fitting job;
	static struct filter f = {.cfg = &job,
	    .begin = fit_begin,
	    .line = fit_line,
	    .end = fit_end,
	    .no_output = true};
	struct orders_settings orders = {0};
	const struct js_step id = {"profile_id", 10, 0};
	struct trained model;
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
	put_model(&job, &model);
	trained_free(&model);
	return status;
}

int
modelling_run(char **files, int n)
{
	if (model_settings.compare != NULL)
		return run_compare();
	if (model_settings.fit != NULL)
		return run_fit(files, n);
	return modelling_lift(files, n);
}
