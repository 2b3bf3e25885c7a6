#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "draw.h"
#include "err.h"
#include "filter.h"
#include "mem.h"
#include "opt.h"
#include "output.h"
#include "rfm/backtest.h"
#include "rfm/life.h"
#include "rfm/products.h"
#include "rfm/settings.h"
#include "rfm/table.h"
#include "who.h"

static const char *fit_file, *model_file, *table_name, *backtest_date;
static const char *explain;
static uint64_t top = 10;
static bool as_text, check;
static struct rfm rfm;

static const struct opt options[] = {
    {0, "fit", "FILE", "write the model of all customers to FILE, nothing else",
	OPT_TEXT, &fit_file},
    {0, "model", "FILE", "apply the model in FILE, line by line", OPT_TEXT,
	&model_file},
    {0, "table", "NAME",
	"print segments, grid, totals, products, tracking or calibration",
	OPT_TEXT, &table_name},
    {0, "top", "N", "products in each list; 10 if not given", OPT_COUNT, &top},
    {0, "backtest", "DATE", "fit before DATE and judge the time after it",
	OPT_TEXT, &backtest_date},
    {0, "text", NULL, "print tables aligned, not as NDJSON", OPT_FLAG,
	&as_text},
    {0, "explain", "ID",
	"in place of the lines: what ID's scores rest on (profile_id or "
	"namespace:value)",
	OPT_TEXT, &explain},
    {0, "check", NULL, "say what the class tables mean, read nothing", OPT_FLAG,
	&check},
    {0, NULL, NULL, NULL, OPT_FLAG, NULL},
};

static const struct opt *const tables[] = {
    options, rfm_options, filter_options, reject_options, NULL};

static const struct opt_program program = {"cdp-rfm",
    "[--clv] [FILE ...]\n--fit MODEL [FILE ...]\n--model MODEL [FILE ...]\n"
    "--table NAME [FILE ...]\n--backtest DATE [FILE ...]",
    "Scores customers by recency, frequency and money of their orders.",
    tables};

static const struct {
	const char *name;
	bool clv;
	void (*fill)(
	    const struct rfm *, const struct population *, struct report *);
} table_list[] = {
    {"segments", false, table_segments},
    {"grid", false, table_grid},
    {"totals", false, table_totals},
    {"products", false, NULL},
    {"tracking", true, table_tracking},
    {"calibration", true, table_calibration},
};

#define TABLES (sizeof table_list / sizeof *table_list)

/* What a run holds, and each thread of it. */
struct run {
	struct js_plan *plan;
	struct orders_rules *rules;
	int profile_id, rfm, clv; /* slot and members of the plan */
	struct population all;
	struct backtest backtest;
	struct orders *looking;    /* in the first of two passes */
	struct products *products; /* NULL: not asked for */
	struct who *who;           /* whom to explain, or NULL */
	bool found;                /* and there is such a line */
	int column;                /* of products */
};

struct worker {
	struct run *run;
	struct orders *orders, *before;
	struct population part;
	struct backtest backtest;
	bool found;
	struct products *products;
	struct life *life; /* begun with the first line that has a clv */
	struct buf rfm, clv;
};

/* ---- options ---- */

/* One answer a run, and no option that would change nothing or that the model
 * fixes. */
static void
one_answer(void)
{
	if ((fit_file != NULL) + (table_name != NULL) +
		(backtest_date != NULL) + (explain != NULL) + check >
	    1)
		usage_error("--fit, --table, --backtest, --explain and "
			    "--check: give one");
	if (as_text && table_name == NULL && backtest_date == NULL)
		usage_error("--text is of --table and --backtest");
	if (model_file == NULL)
		return;
	if (fit_file != NULL || backtest_date != NULL)
		usage_error("--model applies, it goes with neither --fit nor "
			    "--backtest");
	if (rfm_asked())
		usage_error("the model in %s holds how orders are read, cut "
			    "and named; give such options with --fit",
		    model_file);
}

static void
zone(void)
{
	const struct zone *z = filter_zone(rfm.timezone);

	if (z == NULL)
		die("recency in whole days needs a time zone: give --tz, such "
		    "as --tz Asia/Shanghai, or set CDP_TZ");
	rfm.orders.zone = z;
	rfm.timezone = zone_name(z);
	rfm.now = filter_now();
}

static int
table_wanted(void)
{
	const char *names[TABLES + 1] = {NULL};
	const char *near;
	size_t i;

	if (table_name == NULL)
		return -1;
	for (i = 0; i < TABLES; i++) {
		names[i] = table_list[i].name;
		if (strcmp(names[i], table_name) == 0)
			return (int)i;
	}
	near = err_nearest(table_name, names);
	usage_error("--table: no table %s, %s%s",
	    err_quote(table_name, strlen(table_name)),
	    near != NULL ? "did you mean "
			 : "expected segments, grid, totals, products, "
			   "tracking or calibration",
	    near != NULL ? near : "");
}

/* ---- lines ---- */

static void *
begin(void *run)
{
	struct worker *w = mem_alloc(1, sizeof *w);

	w->run = run;
	w->orders = orders_new(w->run->rules);
	w->before = orders_new(w->run->rules);
	w->part.calendar = w->run->all.calendar;
	w->backtest = w->run->backtest;
	if (w->run->products != NULL)
		w->products = products_new(w->run->column);
	return w;
}

static void
end(void *run, void *state)
{
	struct run *r = run;
	struct worker *w = state;

	population_note(&w->part, w->orders);
	r->found |= w->found;
	population_join(&r->all, &w->part);
	backtest_join(&r->backtest, &w->backtest);
	if (w->products != NULL)
		products_join(r->products, w->products);
	orders_free(w->orders);
	orders_free(w->before);
	if (w->life != NULL)
		life_free(w->life);
	buf_free(&w->rfm);
	buf_free(&w->clv);
	free(w);
}

static enum filter_verdict
set_apart(struct filter_line *l, const char *why)
{
	l->reason = why;
	l->col = l->js->events + 1;
	return FILTER_REJECT;
}

static void
collect(struct run *r, struct population *p, struct orders *o,
    const struct js_line *js)
{
	struct rfm_measure m = {0};

	rfm_measure(&rfm, o, rfm.now, &m);
	if (rfm.ntile)
		m.tie = rfm_tie(js->slot[r->profile_id]);
	population_add(p, &rfm, &m, o, rfm.now);
}

static enum filter_verdict
line_collect(void *state, struct filter_line *l)
{
	struct worker *w = state;
	const char *why = orders_read(w->orders, l->js, rfm.now);

	if (why != NULL)
		return set_apart(l, why);
	collect(w->run, &w->part, w->orders, l->js);
	return FILTER_DROP;
}

/* With a model the class is known, and its products are listed too. */
static enum filter_verdict
line_products(void *state, struct filter_line *l)
{
	struct worker *w = state;
	const char *why = orders_read(w->orders, l->js, rfm.now);
	const char *class = NULL;
	struct rfm_measure m = {0};
	int score[RFM_MEASURES];

	if (why != NULL)
		return set_apart(l, why);
	rfm_measure(&rfm, w->orders, rfm.now, &m);
	if (rfm.ntile)
		m.tie = rfm_tie(l->js->slot[w->run->profile_id]);
	if (model_file != NULL && rfm.tables > 0 && m.orders > 0) {
		rfm_scores(&rfm, &m, score);
		class = rfm_class_of(&rfm, &rfm.table[0], &m, score)->text;
	}
	products_add(
	    w->products, l->js, w->orders, rfm_window(&rfm, rfm.now), class);
	return FILTER_DROP;
}

static enum filter_verdict
line_backtest(void *state, struct filter_line *l)
{
	struct worker *w = state;
	const char *why = orders_read(w->orders, l->js, rfm.now);

	if (why == NULL)
		why = orders_read(w->before, l->js, w->backtest.cut);
	if (why != NULL)
		return set_apart(l, why);
	backtest_add(&w->backtest, &rfm, w->before, w->orders);
	return FILTER_DROP;
}

static enum filter_verdict
line_apply(void *state, struct filter_line *l)
{
	struct worker *w = state;
	struct splice_edit edit[2];
	struct rfm_measure m = {0};
	struct clv_case life;
	const char *why;

	if (w->run->who != NULL && !who_is(w->run->who, l->js))
		return FILTER_DROP;
	w->found = true;
	why = orders_read(w->orders, l->js, rfm.now);
	if (why != NULL)
		return set_apart(l, why);
	rfm_measure(&rfm, w->orders, rfm.now, &m);
	if (rfm.ntile)
		m.tie = rfm_tie(l->js->slot[w->run->profile_id]);
	if (w->run->who != NULL) {
		rfm_explain(&rfm, w->orders, rfm.now, &m, l->out);
		return FILTER_WROTE;
	}
	w->rfm.len = w->clv.len = 0;
	rfm_member(&rfm, &m, &w->rfm);
	edit[0] =
	    (struct splice_edit){w->run->rfm, "rfm", w->rfm.p, w->rfm.len};
	if (rfm.clv) {
		bool known =
		    rfm_life(w->orders, rfm.orders.zone, rfm.now, &life);

		if (w->life == NULL)
			w->life = life_new(&rfm);
		life_write(w->life, known ? &life : NULL, &w->clv);
		edit[1] = (struct splice_edit){
		    w->run->clv, "clv", w->clv.p, w->clv.len};
	}
	filter_splice(l, edit, rfm.clv ? 2 : 1);
	return FILTER_WROTE;
}

/* The first of two passes.  What it cannot read, the second sets apart. */
static void
look(void *run, const struct js_line *js)
{
	struct run *r = run;

	if (r->looking == NULL)
		r->looking = orders_new(r->rules);
	if (orders_read(r->looking, js, rfm.now) == NULL)
		collect(r, &r->all, r->looking, js);
}

static void
looked(void *run)
{
	struct run *r = run;

	if (r->looking != NULL) {
		population_note(&r->all, r->looking);
		orders_free(r->looking);
	}
	population_fit(&r->all, &rfm);
	population_free(&r->all);
}

/* ---- the runs ---- */

static void
put_report(struct report *r)
{
	struct buf b = {0};

	report_write(r, as_text, &b);
	output_text(filter_settings.output, filter_settings.gzip, &b);
}

static int
run_check(void)
{
	struct buf b = {0};

	rfm_say(&rfm, &b);
	output_text(filter_settings.output, filter_settings.gzip, &b);
	return OK;
}

static int
run_fit(struct run *r, struct filter *f, char **files, int n)
{
	struct buf text = {0};
	int status;

	f->line = line_collect;
	f->no_output = true;
	status = filter_run(f, files, n);
	if (r->all.n == 0)
		die("no customer has an order, so there is nothing to fit; "
		    "--order says which events are orders");
	population_fit(&r->all, &rfm);
	rfm_model_text(&rfm, &text);
	output_text(fit_file, filter_settings.gzip, &text);
	return status;
}

static int
run_table(struct run *r, struct filter *f, int which, char **files, int n)
{
	struct report *report = report_new();
	int status;

	if (table_list[which].clv && model_file == NULL && !rfm.clv) {
		rfm.clv = true;
		rfm.timing.kind = CLV_MBG;
	} else if (table_list[which].clv && !rfm.clv)
		die("%s has no clv: fit it with --clv", model_file);
	r->all.calendar = table_list[which].clv;
	f->line = line_collect;
	f->no_output = true;
	status = filter_run(f, files, n);
	if (model_file == NULL)
		population_fit(&r->all, &rfm);
	table_list[which].fill(&rfm, &r->all, report);
	put_report(report);
	return status;
}

static int
run_products(struct run *r, struct filter *f, char **files, int n)
{
	struct report *report = report_new();
	int status;

	r->products = products_new(r->column);
	f->line = line_products;
	f->no_output = true;
	status = filter_run(f, files, n);
	products_report(r->products, top, report);
	put_report(report);
	return status;
}

static int
run_backtest(struct run *r, struct filter *f, char **files, int n)
{
	struct report *report = report_new();
	struct backtest *b = &r->backtest;
	int status;

	b->cut = filter_time("--backtest", backtest_date) - 1;
	b->now = rfm.now;
	b->days = when_day(rfm.now, rfm.orders.zone) -
		  when_day(b->cut, rfm.orders.zone);
	if (!rfm.clv) {
		rfm.clv = true;
		rfm.timing.kind = CLV_MBG;
	}
	f->line = line_backtest;
	f->no_output = true;
	status = filter_run(f, files, n);
	backtest_report(b, &rfm, report);
	put_report(report);
	return status;
}

static int
run_apply(struct run *r, struct filter *f, char **files, int n)
{
	int status;

	f->line = line_apply;
	if (model_file == NULL) {
		f->look = look;
		f->looked = looked;
	}
	status = filter_run(f, files, n);
	if (explain != NULL && !r->found && status == OK) {
		warning("no customer %s", err_quote(explain, strlen(explain)));
		return NO;
	}
	return status;
}

int
main(int argc, char **argv)
{
	static struct run r;
	struct filter f = {.cfg = &r, .begin = begin, .end = end};
	struct js_step id = {"profile_id", 10, 0};
	int first = opt_parse(&program, argc, argv), table = table_wanted();

	output_promise(fit_file != NULL ? fit_file : filter_settings.output);
	one_answer();
	if (model_file != NULL)
		rfm_model_read(&rfm, model_file);
	else
		rfm_settle(&rfm);
	rfm.orders.watch = model_file == NULL;
	rfm_check_tables(&rfm);
	zone();
	f.plan = r.plan = filter_plan();
	r.profile_id = js_plan_field(r.plan, &id, 1);
	r.rfm = js_plan_member(r.plan, "rfm");
	r.clv = js_plan_member(r.plan, "clv");
	if (explain != NULL)
		r.who = who_new(explain, r.plan);
	r.rules = orders_rules_new(&rfm.orders, r.plan);
	if (table >= 0 && table_list[table].fill == NULL)
		r.column = products_plan(r.plan);
	f.reads_profile = orders_read_profile(r.rules);
	if (check)
		return run_check();
	if (backtest_date != NULL)
		return run_backtest(&r, &f, argv + first, argc - first);
	if (table >= 0 && table_list[table].fill == NULL)
		return run_products(&r, &f, argv + first, argc - first);
	if (table >= 0)
		return run_table(&r, &f, table, argv + first, argc - first);
	if (fit_file != NULL)
		return run_fit(&r, &f, argv + first, argc - first);
	return run_apply(&r, &f, argv + first, argc - first);
}
