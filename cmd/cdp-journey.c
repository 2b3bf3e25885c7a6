#include <stdlib.h>
#include <string.h>

#include "filter.h"
#include "journey/message.h"
#include "journey/passes.h"
#include "journey/report.h"
#include "journey/table.h"
#include "mem.h"
#include "opt.h"
#include "output.h"
#include "who.h"

static struct opt_list rules;
static const char *side_name[FILTER_SIDES];
static const char *from_text, *to_text, *fit, *model, *explain, *trace, *dot;
static const char *seed = "1", *backtest, *until;
static uint64_t replications, simulated;
static bool check, arrival, as_text;

static const struct opt options[] = {
    {'r', "rules", "FILE", "read a journey from FILE; may be repeated",
	OPT_LIST, &rules},
    {0, "messages", "FILE",
	"write the messages to FILE; -: to stdout, and no profiles", OPT_TEXT,
	&side_name[SIDE_MESSAGES]},
    {0, "skipped", "FILE", "write the messages that are not sent, and why",
	OPT_TEXT, &side_name[SIDE_SKIPPED]},
    {0, "tasks", "FILE", "write the tasks of the staff", OPT_TEXT,
	&side_name[SIDE_TASKS]},
    {0, "emit", "FILE", "write what tag, score and emit nodes do, as events",
	OPT_TEXT, &side_name[SIDE_EVENTS]},
    {0, "from", "TIME", "only messages due from TIME on", OPT_TEXT, &from_text},
    {0, "to", "TIME", "only messages due before TIME", OPT_TEXT, &to_text},
    {0, "arrival", NULL, "see an event from when it came (receivedAt) on",
	OPT_FLAG, &arrival},
    {0, "fit", "FILE", "find where the quotas are full, write that to FILE",
	OPT_TEXT, &fit},
    {0, "model", "FILE", "take the quotas from a file that --fit wrote",
	OPT_TEXT, &model},
    {0, "explain", "WHO", "say in one line a journey where WHO stands, and why",
	OPT_TEXT, &explain},
    {0, "trace", "WHO", "show every step of WHO with its time", OPT_TEXT,
	&trace},
    {0, "dot", "FILE", "write the journeys with their counts for Graphviz",
	OPT_TEXT, &dot},
    {0, "simulate", "R", "forecast with R replications, from --now until --to",
	OPT_COUNT, &simulated},
    {0, "until-halfwidth", "X", "raise R until every share is within X",
	OPT_TEXT, &until},
    {0, "text", NULL, "print the forecast as tables, not as NDJSON", OPT_FLAG,
	&as_text},
    {0, "seed", "TEXT", "draw the forecast with this seed, not 1", OPT_TEXT,
	&seed},
    {0, "backtest", "TIME",
	"fit the reactions before TIME, forecast the rest, compare", OPT_TEXT,
	&backtest},
    {0, "check", NULL, "check the journeys without data", OPT_FLAG, &check},
    {0, NULL, NULL, NULL, OPT_FLAG, NULL},
};

static const struct opt *const tables[] = {
    options, filter_options, reject_options, NULL};

static const struct opt_program program = {"cdp-journey",
    "-r JOURNEY [FILE ...]\n-r JOURNEY --from TIME --to TIME [FILE ...]\n"
    "-r JOURNEY --simulate R --to TIME [FILE ...]\n"
    "-r JOURNEY --explain WHO [FILE ...]\n-r JOURNEY --check",
    "Step customers through journeys: who gets which message when, and why "
    "not.",
    tables};

struct config {
	struct journeys *all;
	struct replay_plan plan;
	struct tally tally;
	uint64_t *exogenous;  /* as the engine's */
	struct passes passes; /* before the run */
	struct output *side[FILTER_SIDES];
	bool due;
	int64_t now, from, to;
	struct who *who;
	bool found;
	uint64_t messages, skipped, tasks, tasks_done;
	uint64_t told; /* events that say when they came */
	struct forecast forecast;
	bool unmet;
	struct hindsight *backtest;
};

struct work { /* one worker's */
	struct config *cfg;
	struct replay replay;
	struct scribe scribe;
	struct tally tally;
	struct buf member, text;
	struct simulation *simulation;
	struct hindsight *hindsight;
};

/* ---- one line ---- */

static void
tracer(void *arg, const struct note *n)
{
	struct work *w = arg;

	report_note(&w->replay, n, &w->text);
}

static void *
begin(void *arg)
{
	struct work *w = mem_alloc(1, sizeof *w);
	int i;

	w->cfg = arg;
	tally_init(&w->tally, w->cfg->all);
	replay_init(&w->replay, w->cfg->all, &w->cfg->plan, &w->tally);
	w->replay.engine.exogenous =
	    mem_alloc(w->cfg->all->nsteps + w->cfg->all->n, sizeof(uint64_t));
	w->replay.cuts = w->cfg->passes.cuts;
	w->scribe.replay = &w->replay;
	w->scribe.from = w->cfg->from;
	w->scribe.to = w->cfg->to;
	for (i = 0; i < FILTER_SIDES; i++)
		w->scribe.wants[i] = w->cfg->side[i] != NULL;
	w->replay.engine.observer =
	    (struct observer){&w->scribe, scribe_note, OBSERVE_DEEDS};
	if (trace != NULL)
		w->replay.engine.observer =
		    (struct observer){w, tracer, OBSERVE_ALL};
	return w;
}

static void
end(void *arg, void *state)
{
	struct config *cfg = arg;
	struct work *w = state;
	uint64_t *counted = w->replay.engine.exogenous;
	size_t i;

	tally_add(&cfg->tally, &w->tally);
	for (i = 0; counted != NULL && i < cfg->all->nsteps + cfg->all->n; i++)
		cfg->exogenous[i] += counted[i];
	free(counted);
	cfg->messages += w->scribe.messages;
	cfg->skipped += w->scribe.skipped;
	cfg->tasks += w->scribe.tasks_all;
	cfg->tasks_done += w->scribe.tasks_done;
	cfg->told += w->replay.arrival.told;
	replay_free(&w->replay);
	scribe_free(&w->scribe);
	tally_free(&w->tally);
	buf_free(&w->member);
	buf_free(&w->text);
	free(w);
}

static enum filter_verdict
line(void *state, struct filter_line *l)
{
	struct work *w = state;
	const struct config *cfg = w->cfg;
	struct splice_edit edit = {cfg->plan.member, "journeys", NULL, 0};
	const char *why = replay_begin(&w->replay, l->js, cfg->now, &l->col);

	if (why != NULL) {
		l->reason = why;
		return FILTER_REJECT;
	}
	w->scribe.side = l->side;
	engine_run(&w->replay.engine, cfg->now);
	w->member.len = 0;
	report_member(&w->replay, &w->member);
	if (cfg->due)
		engine_run(&w->replay.engine, cfg->to - 1);
	arms_count(&w->replay.engine);
	scribe_tasks(&w->scribe);
	engine_count_waiting(&w->replay.engine);
	if (w->replay.fault != NULL)
		die_at(&l->at, "%s", w->replay.fault);
	edit.value = w->member.p;
	edit.len = w->member.len;
	filter_splice(l, &edit, 1);
	return FILTER_WROTE;
}

/* --explain and --trace: one customer's line, and nothing else. */
static enum filter_verdict
line_of_one(void *state, struct filter_line *l)
{
	struct work *w = state;
	struct config *cfg = w->cfg;
	const char *why;

	if (!who_is(cfg->who, l->js))
		return FILTER_DROP;
	cfg->found = true;
	why = replay_begin(&w->replay, l->js, cfg->now, &l->col);
	if (why != NULL) {
		l->reason = why;
		return FILTER_REJECT;
	}
	w->scribe.side = l->side;
	w->text.len = 0;
	engine_run(&w->replay.engine, cfg->now);
	if (explain != NULL)
		report_explain(&w->replay, cfg->now, &w->text);
	if (w->replay.fault != NULL)
		die_at(&l->at, "%s", w->replay.fault);
	l->side[SIDE_MESSAGES].len = 0;
	buf_add(&l->side[SIDE_MESSAGES], w->text.p, w->text.len);
	return FILTER_DROP;
}

/* ---- forecast ---- */

static void *
begin_forecast(void *arg)
{
	struct work *w = begin(arg);
	struct config *cfg = w->cfg;

	w->replay.engine.observer = (struct observer){0};
	free(w->replay.engine.exogenous);
	w->replay.engine.exogenous = NULL;
	forecast_init(&cfg->forecast, &w->replay);
	w->simulation = simulation_new(&cfg->forecast, &w->replay);
	if (cfg->backtest != NULL)
		w->hindsight = hindsight_again(cfg->backtest);
	return w;
}

static void
end_forecast(void *arg, void *state)
{
	struct config *cfg = arg;
	struct work *w = state;

	simulation_free(w->simulation);
	if (cfg->backtest != NULL)
		hindsight_add(cfg->backtest, w->hindsight);
	end(arg, w);
}

static enum filter_verdict
line_of_forecast(void *state, struct filter_line *l)
{
	struct work *w = state;
	struct config *cfg = w->cfg;
	const char *why =
	    replay_begin(&w->replay, l->js, cfg->forecast.from, &l->col);

	if (why != NULL) {
		l->reason = why;
		return FILTER_REJECT;
	}
	if (cfg->backtest != NULL && w->replay.n == 0)
		return FILTER_DROP;
	if (cfg->backtest != NULL)
		hindsight_happened(w->hindsight, l->js);
	simulate(w->simulation);
	engine_count_waiting(&w->replay.engine);
	if (w->replay.fault != NULL)
		die_at(&l->at, "%s", w->replay.fault);
	return FILTER_DROP;
}

static void
stats_of_forecast(void *arg, struct buf *b)
{
	const struct config *cfg = arg;

	forecast_stats(&cfg->forecast, b);
}

static bool
again(void *arg)
{
	struct config *cfg = arg;

	cfg->forecast.before = &cfg->tally;
	if (!forecast_again(&cfg->forecast, &cfg->unmet))
		return false;
	tally_zero(&cfg->tally);
	if (cfg->backtest != NULL)
		hindsight_clear(cfg->backtest);
	passes_again(&cfg->passes);
	return true;
}

static void
write_forecast(struct config *cfg)
{
	struct forecast *f = &cfg->forecast;
	struct buf b = {0}, table = {0};

	if (f->customers == 0 && cfg->backtest != NULL)
		warning("--backtest: nobody has a history before that time");
	f->before = &cfg->tally;
	if (cfg->backtest != NULL) {
		f->actual = hindsight_actual(cfg->backtest);
		f->actual_cycle = hindsight_cycle(cfg->backtest);
	}
	forecast_write(f, &b);
	if (cfg->backtest != NULL)
		hindsight_free(cfg->backtest);
	if (as_text)
		forecast_table(&b, &table);
	output_text(filter_settings.output, filter_settings.gzip,
	    as_text ? &table : &b);
	forecast_free(f);
}

/* ---- the passes before ---- */

static void
look(void *arg, const struct js_line *js)
{
	struct config *cfg = arg;

	passes_look(&cfg->passes, js);
}

static void
looked(void *arg)
{
	struct config *cfg = arg;
	struct buf b = {0};

	passes_looked(&cfg->passes);
	if (fit == NULL)
		return;
	quota_write(cfg->passes.cuts, cfg->all, &b);
	output_text(fit, false, &b);
}

static bool
look_again(void *arg)
{
	struct config *cfg = arg;

	return passes_next(&cfg->passes);
}

static void
begin_passes(struct config *cfg, struct filter *f)
{
	struct passes *p = &cfg->passes;

	p->all = cfg->all;
	p->plan = &cfg->plan;
	p->now = cfg->now;
	p->until = cfg->due ? cfg->to - 1 : cfg->now;
	if (fit != NULL && model == NULL && cfg->all->nquotas == 0)
		die("--fit: no journey has a quota");
	if (model != NULL)
		p->cuts = quota_read(model, cfg->all);
	if (replications > 0) {
		p->forecast = &cfg->forecast;
		p->now = p->until = cfg->forecast.from;
		p->to = cfg->forecast.to;
		p->backtest = cfg->backtest;
	}
	if (!passes_next(p))
		return;
	f->look = look;
	f->looked = looked;
	f->look_again = look_again;
}

/* ---- the run ---- */

static void
stats(void *arg, struct buf *b)
{
	struct config *cfg = arg;

	buf_byte(b, ',');
	report_counts(&cfg->tally, cfg->exogenous, cfg->all, b);
	buf_addf(b, ",\"messages\":%ju,\"skipped\":%ju",
	    (uintmax_t)cfg->messages, (uintmax_t)cfg->skipped);
	if (arrival)
		buf_addf(b, ",\"received\":%ju", (uintmax_t)cfg->told);
	if (cfg->tasks > 0)
		buf_addf(b, ",\"tasks\":{\"done\":%ju,\"of\":%ju}",
		    (uintmax_t)cfg->tasks_done, (uintmax_t)cfg->tasks);
}

static void
set_times(struct config *cfg)
{
	cfg->now = filter_now();
	cfg->from = WHEN_MIN;
	cfg->to = WHEN_NEVER;
	if (from_text != NULL)
		cfg->from = filter_time("--from", from_text);
	if (to_text == NULL)
		return;
	cfg->to = filter_time("--to", to_text);
	if (backtest == NULL &&
	    cfg->to <= (replications > 0 ? cfg->now : cfg->from))
		die("--to is not after --%s",
		    replications > 0 ? "now" : "from");
	if (replications > 0)
		return;
	cfg->due = true;
	if (side_name[SIDE_MESSAGES] == NULL)
		side_name[SIDE_MESSAGES] = "-";
}

static bool
is_stdout(const char *file)
{
	return file != NULL && strcmp(file, "-") == 0;
}

/* Files beside the profiles; "-" takes the profiles' place on stdout. */
static void
open_sides(struct config *cfg, struct filter *f)
{
	int i;

	f->no_output = f->no_output || is_stdout(dot);
	for (i = 0; i < FILTER_SIDES; i++) {
		if (side_name[i] == NULL)
			continue;
		if (is_stdout(side_name[i])) {
			if (f->no_output)
				die("two outputs want stdout");
			f->no_output = true;
			cfg->side[i] = output_open(
			    filter_settings.output, filter_settings.gzip);
		} else
			cfg->side[i] = output_open(side_name[i], false);
		f->side[i] = cfg->side[i];
	}
	f->second_pass = f->second_pass || fit == NULL;
	f->no_output = f->no_output || fit != NULL;
}

static void
close_all(struct config *cfg)
{
	const struct step *bad = tally_check(&cfg->tally, cfg->all);
	struct buf b = {0};
	int i;

	if (bad != NULL && cfg->who == NULL)
		die("node %s: those who entered are not all accounted for "
		    "(a bug)",
		    bad->id);
	for (i = 0; i < FILTER_SIDES; i++)
		if (cfg->side[i] != NULL)
			output_close(cfg->side[i]);
	if (dot != NULL) {
		report_dot(&cfg->tally, cfg->all, &b);
		output_text(
		    is_stdout(dot) ? filter_settings.output : dot, false, &b);
	}
	tally_free(&cfg->tally);
	free(cfg->exogenous);
	passes_free(&cfg->passes);
	free(cfg->who);
}

static void
set_forecast(struct config *cfg, struct filter *f)
{
	struct forecast *to = &cfg->forecast;

	if (to_text == NULL && backtest == NULL)
		usage_error("--simulate needs --to, the end of the forecast");
	to->seed = seed;
	to->replications = replications;
	to->from = cfg->now;
	to->to = cfg->to;
	to->plan = f->plan;
	f->begin = begin_forecast;
	f->line = line_of_forecast;
	f->end = end_forecast;
	f->stats = stats_of_forecast;
	f->no_output = true;
	f->second_pass = true;
	if (until != NULL) {
		forecast_until(to, until);
		f->again = again;
	}
	if (backtest == NULL)
		return;
	to->from = filter_time("--backtest", backtest);
	to->to = to_text == NULL ? cfg->now : cfg->to;
	if (to->to <= to->from)
		die("--backtest is not before the end of the comparison");
	if (cfg->all->nquotas > 0 && model != NULL)
		usage_error("--backtest finds the cuts of quotas itself: it "
			    "does not go with --model");
	cfg->backtest = hindsight_new(cfg->all, &cfg->plan, to->from, to->to);
}

static void
set_up(struct config *cfg, struct filter *f)
{
	const char *one = explain != NULL ? explain : trace;

	f->plan = filter_plan();
	f->cfg = cfg;
	f->begin = begin;
	f->line = line;
	f->end = end;
	f->stats = stats;
	cfg->plan.arrival.wanted = arrival;
	replay_plan(&cfg->plan, cfg->all, f->plan);
	f->reads_profile = journeys_read_profile(cfg->all);
	tally_init(&cfg->tally, cfg->all);
	cfg->exogenous =
	    mem_alloc(cfg->all->nsteps + cfg->all->n, sizeof(uint64_t));
	if (replications > 0)
		set_forecast(cfg, f);
	begin_passes(cfg, f);
	if (one != NULL) {
		cfg->who = who_new(one, f->plan);
		f->line = line_of_one;
		side_name[SIDE_MESSAGES] = "-";
		filter_settings.jobs = 1;
	}
	open_sides(cfg, f);
}

/* A forecast writes figures, and nothing else. */
static void
set_replications(void)
{
	int i;

	if (simulated > 0)
		replications = simulated;
	else if (backtest != NULL)
		replications = 199;
	if (until != NULL && replications == 0)
		usage_error("--until-halfwidth needs --simulate or --backtest");
	if (as_text && replications == 0)
		usage_error("--text needs --simulate or --backtest");
	for (i = 0; i < FILTER_SIDES; i++)
		if (replications > 0 && side_name[i] != NULL)
			usage_error("a forecast has no messages, tasks or "
				    "events to write");
	if (replications > 0 && (arrival || explain != NULL || trace != NULL ||
				    dot != NULL || fit != NULL))
		usage_error("a forecast does not go with --arrival, --explain, "
			    "--trace, --dot or --fit");
}

static int
run_check(struct journeys *all)
{
	struct js_plan *js = filter_plan();
	struct replay_plan plan = {0};
	struct buf b = {0};
	bool good = journeys_check(all, &b);

	replay_plan(&plan, all, js); /* reads models */
	output_text(filter_settings.output, filter_settings.gzip, &b);
	js_plan_free(js);
	return good ? OK : NO;
}

int
main(int argc, char **argv)
{
	static struct config cfg;
	static struct filter f;
	int first = opt_parse(&program, argc, argv), status;

	set_replications();
	if (rules.n == 0)
		usage_error("no journey: -r FILE");
	output_promise(filter_settings.output);
	cfg.all = journeys_load(&rules);
	if (check)
		return run_check(cfg.all);
	set_times(&cfg);
	set_up(&cfg, &f);
	status = filter_run(&f, argv + first, argc - first);
	if (replications > 0)
		write_forecast(&cfg);
	if (arrival && cfg.told == 0)
		warning("--arrival: no event says when it came (receivedAt)");
	status = who_status(cfg.who, cfg.found, status);
	if (cfg.unmet && status == OK)
		status = NO;
	close_all(&cfg);
	return status;
}
