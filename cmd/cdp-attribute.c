#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attribute/line.h"
#include "attribute/markov.h"
#include "attribute/totals.h"
#include "filter.h"
#include "intern.h"
#include "mem.h"
#include "output.h"
#include "who.h"

#define MODELS (SHAPLEY + 1)

static const char *rule, *compare, *totals_file, *fit, *model_file, *explain;
static const char *seed = "1";
static uint64_t bootstrap;
static bool check;

static const struct opt options[] = {
    {'r', "rules", "FILE", "read the attribution rule from FILE", OPT_TEXT,
	&rule},
    {0, "totals", "FILE", "write credit and value by channel to FILE", OPT_TEXT,
	&totals_file},
    {0, "compare", "MODELS",
	"write the totals of several models, not credit lines; all: every one",
	OPT_TEXT, &compare},
    {0, "bootstrap", "N", "add 95% intervals to totals, from N resamplings",
	OPT_COUNT, &bootstrap},
    {0, "seed", "TEXT", "resample with this seed, not 1", OPT_TEXT, &seed},
    {0, "fit", "FILE", "write the Markov model to FILE, and nothing else",
	OPT_TEXT, &fit},
    {0, "model", "FILE", "take the Markov model from a file that --fit wrote",
	OPT_TEXT, &model_file},
    {0, "explain", "WHO", "show the touches and conversions of WHO", OPT_TEXT,
	&explain},
    {0, "check", NULL, "check the rule and say what it means", OPT_FLAG,
	&check},
    {0, NULL, NULL, NULL, OPT_FLAG, NULL},
};

static const struct opt *const tables[] = {
    options, filter_options, reject_options, NULL};

static const struct opt_program program = {"cdp-attribute",
    "-r RULE [FILE ...]\n-r RULE --compare MODEL,... [FILE ...]\n"
    "-r RULE --fit MODEL [FILE ...]\n-r RULE --check",
    "Share out conversions among the touches before them.", tables};

struct config {
	struct attribution *rule;
	struct path_plan plan;
	bool wanted[MODELS];
	struct totals totals[MODELS];
	struct effects *effects;
	/* the first pass, for Markov */
	struct markov *markov;
	struct intern *channels;
	struct paths paths;
	uint32_t *sequence;
	size_t sequencecap;
	struct who *who;
	bool found;
	struct buf report;
};

struct work {
	struct config *cfg;
	struct paths paths;
	struct shares shares;
	struct totals totals[MODELS];
};

/* ---- one line ---- */

static void *
begin(void *arg)
{
	struct work *w = mem_alloc(1, sizeof *w);
	int m;

	w->cfg = arg;
	paths_init(&w->paths, w->cfg->rule, &w->cfg->plan);
	for (m = 0; m < MODELS; m++)
		totals_init(&w->totals[m], bootstrap);
	return w;
}

static void
end(void *arg, void *state)
{
	struct config *cfg = arg;
	struct work *w = state;
	int m;

	for (m = 0; m < MODELS; m++) {
		totals_add(&cfg->totals[m], &w->totals[m]);
		totals_free(&w->totals[m]);
	}
	paths_free(&w->paths);
	shares_free(&w->shares);
	free(w);
}

static void
one_model(struct work *w, enum model model, struct buf *out)
{
	struct paths *p = &w->paths;
	struct totals *t = &w->totals[model];
	const struct conversion *c;
	struct js_val id = p->js->slot[p->plan->profile_id];

	for (c = p->conversion; c < p->conversion + p->nconversion; c++) {
		totals_conversion(t, c);
		if (c->reason != NULL) {
			if (!c->duplicate)
				totals_missed(t, c);
			if (out != NULL)
				line_missed(out, p, c, model);
			continue;
		}
		credit(&w->shares, p, c, model, w->cfg->effects);
		totals_credit(t, p, &w->shares);
		if (out != NULL)
			line_credit(out, p, c, &w->shares, model);
	}
	totals_customer(t, seed, id.p + 1, id.len - 2);
}

static enum filter_verdict
line(void *state, struct filter_line *l)
{
	struct work *w = state;
	size_t before = l->out->len;
	int m;

	l->reason = paths_read(&w->paths, l->js, filter_now(), &l->col);
	if (l->reason != NULL)
		return FILTER_REJECT;
	for (m = 0; m < MODELS; m++)
		if (w->cfg->wanted[m])
			one_model(
			    w, (enum model)m, compare == NULL ? l->out : NULL);
	return l->out->len > before ? FILTER_WROTE : FILTER_DROP;
}

static enum filter_verdict
line_of_one(void *state, struct filter_line *l)
{
	struct work *w = state;

	if (!who_is(w->cfg->who, l->js))
		return FILTER_DROP;
	l->reason = paths_read(&w->paths, l->js, filter_now(), &l->col);
	if (l->reason != NULL)
		return FILTER_REJECT;
	w->cfg->found = true;
	line_explain(&w->cfg->report, &w->paths);
	return FILTER_DROP;
}

/* ---- Markov: the first pass ---- */

static uint32_t
channel_of(struct config *cfg, const struct touch *t)
{
	return intern_add(
	    cfg->channels, cfg->paths.text.p + t->name, t->namelen);
}

/* Converted paths, and the touches that led to nothing as one that did not. */
static void
look(void *arg, const struct js_line *js)
{
	struct config *cfg = arg;
	struct paths *p = &cfg->paths;
	const struct conversion *c;
	size_t i, n, col;

	if (paths_read(p, js, filter_now(), &col) != NULL)
		return;
	cfg->sequence = mem_grow(cfg->sequence, &cfg->sequencecap,
	    p->ntouch + 1, sizeof *cfg->sequence);
	for (c = p->conversion; c < p->conversion + p->nconversion; c++) {
		for (i = 0; i < c->n; i++)
			cfg->sequence[i] =
			    channel_of(cfg, &p->touch[p->on[c->from + i]]);
		markov_path(cfg->markov, cfg->sequence, c->n, true);
	}
	for (i = n = 0; i < p->ntouch; i++)
		if (!p->touch[i].used && !p->touch[i].expired)
			cfg->sequence[n++] = channel_of(cfg, &p->touch[i]);
	markov_path(cfg->markov, cfg->sequence, n, false);
}

static void
looked(void *arg)
{
	struct config *cfg = arg;
	struct effects *e = effects_new(cfg->rule->order);
	struct buf b = {0};
	const char *name;
	uint32_t i;
	size_t n;

	e->effect =
	    mem_alloc(intern_count(cfg->channels) + 1, sizeof *e->effect);
	for (i = 0; i < intern_count(cfg->channels); i++) {
		name = intern_text(cfg->channels, i, &n);
		e->effect[intern_add(e->channels, name, n)] =
		    markov_effect(cfg->markov, i);
	}
	e->rate = markov_rate(cfg->markov, MARKOV_ALL);
	e->paths = markov_paths(cfg->markov, &e->converted);
	cfg->effects = e;
	markov_free(cfg->markov);
	intern_free(cfg->channels);
	paths_free(&cfg->paths);
	free(cfg->sequence);
	if (fit == NULL)
		return;
	effects_write(e, &b);
	output_text(fit, false, &b);
}

/* ---- the run ---- */

static void
choose_models(struct config *cfg)
{
	const char *p = compare, *stop;
	int m;

	if (compare == NULL) {
		cfg->wanted[cfg->rule->model] = true;
		return;
	}
	if (strcmp(compare, "all") == 0) {
		memset(cfg->wanted, true, sizeof cfg->wanted);
		return;
	}
	for (; *p != '\0'; p = *stop == ',' ? stop + 1 : stop) {
		stop = strchrnul(p, ',');
		m = model_named(p, (size_t)(stop - p));
		if (m < 0)
			usage_error("--compare: no model %s, expected all or "
				    "first_touch, last_touch, "
				    "last_non_direct, linear, position_based, "
				    "time_decay, markov, shapley",
			    err_quote(p, (size_t)(stop - p)));
		cfg->wanted[m] = true;
	}
}

static void
begin_markov(struct config *cfg, struct filter *f)
{
	if (model_file != NULL) {
		cfg->effects = effects_read(model_file, cfg->rule->order);
		return;
	}
	if (!cfg->wanted[MARKOV] && fit == NULL)
		return;
	cfg->markov = markov_new(cfg->rule->order);
	cfg->channels = intern_new();
	paths_init(&cfg->paths, cfg->rule, &cfg->plan);
	f->look = look;
	f->looked = looked;
}

static void
set_up(struct config *cfg, struct filter *f)
{
	int m, i;

	f->plan = filter_plan();
	f->cfg = cfg;
	f->begin = begin;
	f->line = line;
	f->end = end;
	paths_plan(&cfg->plan, cfg->rule, f->plan);
	for (i = 0; i < cfg->rule->nexprs; i++)
		f->reads_profile =
		    f->reads_profile || expr_reads_profile(cfg->rule->set, i);
	for (m = 0; m < MODELS; m++)
		totals_init(&cfg->totals[m], bootstrap);
	choose_models(cfg);
	if (explain != NULL) {
		cfg->who = who_new(explain, f->plan);
		f->line = line_of_one;
		filter_settings.jobs = 1;
	} else
		begin_markov(cfg, f);
	f->second_pass = fit == NULL;
	f->no_output = explain != NULL || compare != NULL || fit != NULL;
}

static int
report(struct config *cfg, int status)
{
	int m;

	status = who_status(cfg->who, cfg->found, status);
	for (m = 0; m < MODELS; m++)
		if (cfg->wanted[m] && (compare != NULL || totals_file != NULL))
			totals_write(
			    &cfg->totals[m], (enum model)m, &cfg->report);
	if (fit == NULL && totals_file != NULL)
		output_text(totals_file, false, &cfg->report);
	else if (fit == NULL && (explain != NULL || compare != NULL))
		output_text(filter_settings.output, false, &cfg->report);
	for (m = 0; m < MODELS; m++)
		totals_free(&cfg->totals[m]);
	buf_free(&cfg->report);
	effects_free(cfg->effects);
	free(cfg->who);
	return status;
}

int
main(int argc, char **argv)
{
	static struct config cfg;
	static struct filter f;
	struct buf b = {0};
	int first = opt_parse(&program, argc, argv), status;

	if (rule == NULL)
		usage_error("no rule: -r FILE");
	output_promise(filter_settings.output);
	cfg.rule = attribution_load(rule);
	if (check) {
		attribution_say(cfg.rule, &b);
		output_text(filter_settings.output, filter_settings.gzip, &b);
		return OK;
	}
	set_up(&cfg, &f);
	status = filter_run(&f, argv + first, argc - first);
	status = report(&cfg, status);
	attribution_free(cfg.rule);
	return status;
}
