/* cdp-score: profile lines in, profile lines with `score` out. */
#include <stdlib.h>
#include <string.h>

#include "filter.h"
#include "mem.h"
#include "model/modelling.h"
#include "model/scorer.h"
#include "output.h"
#include "score/points.h"
#include "who.h"

static struct opt_list files;
static const char *diff, *explain;
static bool check, ledger;

static const struct opt own[] = {
    {'r', "rules", "FILE", "a point file, cdp-score(5); may be given again",
	OPT_LIST, &files},
    {0, "check", NULL,
	"say what the rules mean, the attainable points and what is wrong",
	OPT_FLAG, &check},
    {0, "ledger", NULL, "write the entries that sum to the points", OPT_FLAG,
	&ledger},
    {0, "diff", "OLD",
	"in place of the lines: who is in another band than under OLD",
	OPT_TEXT, &diff},
    {0, "explain", "ID",
	"in place of the lines: what each element gave ID (profile_id or "
	"namespace:value)",
	OPT_TEXT, &explain},
    {0, NULL, NULL, NULL, OPT_FLAG, NULL},
};

static const struct opt *const tables[] = {
    own, model_options, filter_options, reject_options, NULL};

static const struct opt_program program = {"cdp-score",
    "-r RULES ... [FILE ...]\n"
    "-r RULES ... --check\n"
    "--diff OLD -r NEW [FILE ...]\n"
    "--fit FEATURES --at DATE ... [FILE ...]\n"
    "--model MODEL ... [-r RULES ...] [FILE ...]\n"
    "--lift EXPR --outcome EXPR [--treated EXPR] [FILE ...]\n"
    "--compare K/N:K/N",
    "Count every customer's points and name the band.", tables};

struct job {
	struct points *points, *old;
	struct scorer *models; /* NULL: none */
	struct js_plan *plan;
	int member;
	struct who *who;
	bool found; /* whom --explain names */
};

struct worker {
	const struct job *job;
	struct points_run *run, *old;
	struct scorer_run *models;
	struct buf text;
	bool found;
};

static void *
begin(void *cfg)
{
	struct job *job = cfg;
	struct worker *w = mem_alloc(1, sizeof *w);

	w->job = job;
	w->run = points_open(job->points, filter_now());
	if (job->old != NULL)
		w->old = points_open(job->old, filter_now());
	if (job->models != NULL)
		w->models = scorer_open(job->models);
	return w;
}

static void
end(void *cfg, void *state)
{
	struct worker *w = state;
	struct job *job = cfg;

	job->found |= w->found;
	points_close(w->run);
	if (w->old != NULL)
		points_close(w->old);
	if (w->models != NULL)
		scorer_close(w->models);
	buf_free(&w->text);
	free(w);
}

static void
write_line(struct worker *w, struct filter_line *l)
{
	struct splice_edit edit = {w->job->member, "score", NULL, 0};
	const char *lacks = NULL;

	w->text.len = 0;
	buf_byte(&w->text, '{');
	points_write(w->run, ledger, &w->text);
	if (w->models != NULL)
		lacks = scorer_write(w->models, l->js, filter_now(),
		    model_settings.why, files.n > 0, &w->text);
	if (lacks != NULL)
		die_at(&l->at, "%s", lacks);
	buf_byte(&w->text, '}');
	edit.value = w->text.p;
	edit.len = w->text.len;
	filter_splice(l, &edit, 1);
}

static const char *
count(struct points_run *run, struct filter_line *l)
{
	const char *missing, *reason = points_count(run, l->js, &missing);

	if (missing != NULL)
		die_at(&l->at, "%s", missing);
	return reason;
}

static enum filter_verdict
line(void *state, struct filter_line *l)
{
	struct worker *w = state;
	size_t before = l->out->len;

	if (w->job->who != NULL && !who_is(w->job->who, l->js))
		return FILTER_DROP;
	w->found = true;
	l->reason = count(w->run, l);
	if (l->reason == NULL && w->old != NULL)
		l->reason = count(w->old, l);
	if (l->reason != NULL)
		return FILTER_REJECT;
	if (w->old != NULL)
		points_diff(w->old, w->run, l->out);
	else if (w->job->who != NULL)
		points_explain(w->run, l->out);
	else
		write_line(w, l);
	return l->out->len > before ? FILTER_WROTE : FILTER_DROP;
}

static int
run_check(const struct job *job)
{
	struct buf b = {0};
	int faults = points_check(job->points, &b);

	output_text(filter_settings.output, filter_settings.gzip, &b);
	return faults > 0 ? NO : OK;
}

static int
run_lines(struct job *job, char **argv, int n)
{
	struct filter f = {.plan = job->plan,
	    .cfg = job,
	    .begin = begin,
	    .line = line,
	    .end = end,
	    .reads_profile =
		points_reads_profile(job->points) ||
		(job->models != NULL && scorer_reads_profile(job->models)),
	    .since = points_since(job->points, filter_now())};
	int status = filter_run(&f, argv, n);

	return who_status(job->who, job->found, status);
}

/* `--diff OLD NEW FILE ...` is short for `--diff OLD -r NEW FILE ...`. */
static int
check_usage(int first, int argc, char **argv)
{
	if (diff != NULL && files.n == 0 && first < argc) {
		files.item =
		    mem_grow(files.item, &files.cap, 1, sizeof *files.item);
		files.item[files.n++] = argv[first++];
	}
	if (files.n == 0 && model_settings.models.n == 0)
		usage_error("no rules: give -r FILE, see cdp-score(5), or a "
			    "fitted model with --model");
	if (model_settings.models.n > 0 && (diff != NULL || explain != NULL))
		usage_error("--model scores lines; it has --why instead");
	if (diff != NULL && files.n > 1)
		usage_error("--diff compares OLD with one file");
	if ((diff != NULL) + (explain != NULL) + ledger > 1)
		usage_error("--diff, --explain and --ledger: give one");
	return first;
}

int
main(int argc, char **argv)
{
	static struct job job;
	int first = opt_parse(&program, argc, argv), status;

	output_promise(filter_settings.output);
	model_settings.check = check;
	if (modelling_asked())
		return modelling_run(argv + first, argc - first);
	first = check_usage(first, argc, argv);
	job.plan = filter_plan();
	job.points = points_load(files.item, files.n);
	points_plan(job.points, job.plan);
	if (diff != NULL) {
		job.old = points_load(&diff, 1);
		points_plan(job.old, job.plan);
	}
	if (model_settings.models.n > 0)
		job.models = scorer_new(model_settings.models.item,
		    model_settings.models.n, job.plan);
	job.member = js_plan_member(job.plan, "score");
	if (explain != NULL)
		job.who = who_new(explain, job.plan);
	status = check ? run_check(&job)
		       : run_lines(&job, argv + first, argc - first);
	free(job.who);
	points_free(job.points);
	if (job.old != NULL)
		points_free(job.old);
	js_plan_free(job.plan);
	return status;
}
