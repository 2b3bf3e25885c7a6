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
#include "rfm/table.h"
#include "who.h"

static const char *fit_file, *model_file, *table_name, *backtest_date;
static const char *compat, *clv_name_given, *discount, *explain;
static uint64_t bins, months, top = 10;
static bool as_text, check;
static struct opt_list cuts, classes;
static struct rfm rfm = {.bins = 5, .months = 12, .discount = 0.1};

static const struct opt options[] = {
    {0, "fit", "FILE", "write the model of all customers to FILE, nothing else",
	OPT_TEXT, &fit_file},
    {0, "model", "FILE", "apply the model in FILE, line by line", OPT_TEXT,
	&model_file},
    {0, "order", "EXPR", "which events are orders", OPT_TEXT,
	&rfm.orders.order},
    {0, "order-id", "EXPR", "what tells one order from another", OPT_TEXT,
	&rfm.orders.id},
    {0, "money", "EXPR", "the money of an order or a refund", OPT_TEXT,
	&rfm.orders.money},
    {0, "refund", "EXPR", "which events give money back", OPT_TEXT,
	&rfm.orders.refund},
    {0, "cancel", "EXPR", "which events undo an order", OPT_TEXT,
	&rfm.orders.cancel},
    {0, "gross", NULL, "count refunded and cancelled orders as well", OPT_FLAG,
	&rfm.orders.gross},
    {0, "currency", "CODE", "set apart who has orders in another currency",
	OPT_TEXT, &rfm.orders.currency},
    {0, "window", "DURATION", "orders of this long before now only, as 12mo",
	OPT_TEXT, &rfm.window},
    {0, "merge-days", NULL, "orders of one day count as one", OPT_FLAG,
	&rfm.merge_days},
    {0, "mean", NULL, "M is the mean of an order, not the sum", OPT_FLAG,
	&rfm.mean},
    {0, "bins", "N", "scores from 1 to N; 5 if not given", OPT_COUNT, &bins},
    {0, "cuts", "r=N,N...", "cuts of your own, also f= and m=", OPT_LIST,
	&cuts},
    {0, "ntile", NULL, "groups of equal size, ties broken by a hash", OPT_FLAG,
	&rfm.ntile},
    {0, "one", NULL, "F is 1 for one order, quantiles of the rest above",
	OPT_FLAG, &rfm.one},
    {0, "compat", "rfm-r", "cut as the R package rfm does", OPT_TEXT, &compat},
    {'r', "rules", "FILE", "name the classes by this table", OPT_LIST,
	&classes},
    {0, "clv", "MODEL", "add clv: mbg, bg, pareto or nbd", OPT_MAYBE,
	&clv_name_given},
    {0, "months", "N", "horizon of clv; 12 if not given", OPT_COUNT, &months},
    {0, "discount", "PERCENT", "a year, of clv; 10 if not given", OPT_TEXT,
	&discount},
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
    options, filter_options, reject_options, NULL};

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

static void
choose_clv(void)
{
	static const char *const names[] = {"bg", "mbg", "pareto", "nbd", NULL};
	const char *near;
	int i;

	if (clv_name_given == NULL)
		return;
	rfm.clv = true;
	rfm.timing.kind = CLV_MBG;
	if (*clv_name_given == '\0')
		return;
	for (i = 0; names[i] != NULL; i++)
		if (strcmp(names[i], clv_name_given) == 0) {
			rfm.timing.kind = (enum clv_kind)i;
			return;
		}
	near = err_nearest(clv_name_given, names);
	usage_error("--clv: expected mbg, bg, pareto or nbd%s%s",
	    near != NULL ? "; did you mean " : "", near != NULL ? near : "");
}

static void
numbers(void)
{
	char *end;

	if (bins > 0)
		rfm.bins = (int)bins;
	if (rfm.bins < 2 || bins > 100)
		usage_error("--bins: expected 2 to 100");
	if (months > 1200)
		usage_error("--months: expected 1 to 1200");
	if (months > 0)
		rfm.months = (int)months;
	if (discount != NULL) {
		rfm.discount = strtod(discount, &end) / 100;
		if (end == discount || *end != '\0' || !(rfm.discount > -1))
			usage_error("--discount: expected a percentage a year");
	}
	if (rfm.window != NULL &&
	    !duration_parse(rfm.window, strlen(rfm.window), &rfm.length))
		usage_error("--window: expected a duration such as 12mo, "
			    "not %s",
		    err_quote(rfm.window, strlen(rfm.window)));
	if (rfm.length.months == 0 && rfm.window != NULL &&
	    rfm.length.ms < 86400000)
		usage_error("--window: %s is less than a day (m is minutes, mo "
			    "months)",
		    rfm.window);
}

/* What a model fixes cannot be given beside it. */
static void
model_stands_alone(void)
{
	const struct orders_settings *o = &rfm.orders;

	if (fit_file != NULL || backtest_date != NULL)
		usage_error("--model applies, it goes with neither --fit nor "
			    "--backtest");
	if (o->order || o->id || o->money || o->refund || o->cancel ||
	    o->gross || o->currency || rfm.window || rfm.merge_days ||
	    rfm.mean || bins || cuts.n || rfm.ntile || rfm.one || compat ||
	    classes.n || clv_name_given || months || discount)
		usage_error("the model in %s holds how orders are read, cut "
			    "and named; give such options with --fit",
		    model_file);
}

/* One answer a run, and no option that would change nothing. */
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
	if (model_file == NULL && clv_name_given == NULL &&
	    (months > 0 || discount != NULL))
		usage_error("--months and --discount are of --clv");
}

static void
settle(void)
{
	static const char *const standard[] = {
	    "preset:rfm-grid", "preset:rfm-cn8"};
	size_t i;

	if (compat != NULL && strcmp(compat, "rfm-r") != 0)
		usage_error("--compat: expected rfm-r");
	rfm.rfm_r = compat != NULL;
	if (rfm.rfm_r + rfm.ntile > 1)
		usage_error("--ntile and --compat exclude each other");
	numbers();
	choose_clv();
	for (i = 0; i < cuts.n; i++)
		rfm_own_cuts(&rfm, cuts.item[i]);
	for (i = 0; i < classes.n; i++)
		rfm_add_table(&rfm, classes.item[i]);
	for (i = 0; classes.n == 0 && i < 2; i++)
		rfm_add_table(&rfm, standard[i]);
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

static uint64_t
tie_of(const struct run *r, const struct js_line *js)
{
	struct js_val id = js->slot[r->profile_id];

	return draw_key("ntile", 5, id.p, id.type == JS_MISSING ? 0 : id.len);
}

static void
collect(struct run *r, struct population *p, struct orders *o,
    const struct js_line *js)
{
	struct rfm_measure m = {0};

	rfm_measure(&rfm, o, rfm.now, &m);
	if (rfm.ntile)
		m.tie = tie_of(r, js);
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
		m.tie = tie_of(w->run, l->js);
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
		m.tie = tie_of(w->run, l->js);
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

	if (!when_parse_in(
		backtest_date, strlen(backtest_date), rfm.orders.zone, &b->cut))
		usage_error("--backtest: expected a date, not %s",
		    err_quote(backtest_date, strlen(backtest_date)));
	b->cut--;
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

	one_answer();
	output_promise(fit_file != NULL ? fit_file : filter_settings.output);
	if (model_file != NULL) {
		model_stands_alone();
		rfm_model_read(&rfm, model_file);
	} else
		settle();
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
