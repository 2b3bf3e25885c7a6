#include <stdlib.h>
#include <string.h>

#include "../err.h"
#include "settings.h"

static struct rfm asked = {.bins = 5, .months = 12, .discount = 0.1};
static const char *compat, *clv_name_given, *discount;
static uint64_t bins, months;
static struct opt_list cuts, classes;

const struct opt rfm_options[] = {
    {0, "order", "EXPR", "which events are orders", OPT_TEXT,
	&asked.orders.order},
    {0, "order-id", "EXPR", "what tells one order from another", OPT_TEXT,
	&asked.orders.id},
    {0, "money", "EXPR", "the money of an order or a refund", OPT_TEXT,
	&asked.orders.money},
    {0, "refund", "EXPR", "which events give money back", OPT_TEXT,
	&asked.orders.refund},
    {0, "cancel", "EXPR", "which events undo an order", OPT_TEXT,
	&asked.orders.cancel},
    {0, "gross", NULL, "count refunded and cancelled orders as well", OPT_FLAG,
	&asked.orders.gross},
    {0, "currency", "CODE", "set apart who has orders in another currency",
	OPT_TEXT, &asked.orders.currency},
    {0, "window", "DURATION", "orders of this long before now only, as 12mo",
	OPT_TEXT, &asked.window},
    {0, "merge-days", NULL, "orders of one day count as one", OPT_FLAG,
	&asked.merge_days},
    {0, "mean", NULL, "M is the mean of an order, not the sum", OPT_FLAG,
	&asked.mean},
    {0, "bins", "N", "scores from 1 to N; 5 if not given", OPT_COUNT, &bins},
    {0, "cuts", "r=N,N...", "cuts of your own, also f= and m=", OPT_LIST,
	&cuts},
    {0, "ntile", NULL, "groups of equal size, ties broken by a hash", OPT_FLAG,
	&asked.ntile},
    {0, "one", NULL, "F is 1 for one order, quantiles of the rest above",
	OPT_FLAG, &asked.one},
    {0, "compat", "rfm-r", "cut as the R package rfm does", OPT_TEXT, &compat},
    {'r', "rules", "FILE", "name the classes by this table", OPT_LIST,
	&classes},
    {0, "clv", "MODEL", "add clv: mbg, bg, pareto or nbd", OPT_MAYBE,
	&clv_name_given},
    {0, "months", "N", "horizon of clv; 12 if not given", OPT_COUNT, &months},
    {0, "discount", "PERCENT", "a year, of clv; 10 if not given", OPT_TEXT,
	&discount},
    {0, NULL, NULL, NULL, OPT_FLAG, NULL},
};

bool
rfm_asked(void)
{
	const struct orders_settings *o = &asked.orders;

	return o->order != NULL || o->id != NULL || o->money != NULL ||
	       o->refund != NULL || o->cancel != NULL || o->gross ||
	       o->currency != NULL || asked.window != NULL ||
	       asked.merge_days || asked.mean || bins > 0 || cuts.n > 0 ||
	       asked.ntile || asked.one || compat != NULL || classes.n > 0 ||
	       clv_name_given != NULL || months > 0 || discount != NULL;
}

static void
choose_clv(void)
{
	static const char *const names[] = {"bg", "mbg", "pareto", "nbd", NULL};
	const char *near;
	int i;

	if (clv_name_given == NULL)
		return;
	asked.clv = true;
	asked.timing.kind = CLV_MBG;
	if (*clv_name_given == '\0')
		return;
	for (i = 0; names[i] != NULL; i++)
		if (strcmp(names[i], clv_name_given) == 0) {
			asked.timing.kind = (enum clv_kind)i;
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
		asked.bins = (int)bins;
	if (asked.bins < 2 || bins > 100)
		usage_error("--bins: expected 2 to 100");
	if (!asked.clv && (months > 0 || discount != NULL))
		usage_error("--months and --discount are of --clv");
	if (months > 1200)
		usage_error("--months: expected 1 to 1200");
	if (months > 0)
		asked.months = (int)months;
	if (discount != NULL) {
		asked.discount = strtod(discount, &end) / 100;
		if (end == discount || *end != '\0' || !(asked.discount > -1))
			usage_error("--discount: expected a percentage a year");
	}
	if (asked.window != NULL &&
	    !duration_parse(asked.window, strlen(asked.window), &asked.length))
		usage_error("--window: expected a duration such as 12mo, "
			    "not %s",
		    err_quote(asked.window, strlen(asked.window)));
	if (asked.length.months == 0 && asked.window != NULL &&
	    asked.length.ms < 86400000)
		usage_error("--window: %s is less than a day (m is minutes, mo "
			    "months)",
		    asked.window);
}

void
rfm_settle(struct rfm *rfm)
{
	static const char *const standard[] = {
	    "preset:rfm-grid", "preset:rfm-cn8"};
	size_t i;

	if (compat != NULL && strcmp(compat, "rfm-r") != 0)
		usage_error("--compat: expected rfm-r");
	asked.rfm_r = compat != NULL;
	if (asked.rfm_r + asked.ntile > 1)
		usage_error("--ntile and --compat exclude each other");
	choose_clv();
	numbers();
	for (i = 0; i < cuts.n; i++)
		rfm_own_cuts(&asked, cuts.item[i]);
	for (i = 0; i < classes.n; i++)
		rfm_add_table(&asked, classes.item[i]);
	for (i = 0; classes.n == 0 && i < 2; i++)
		rfm_add_table(&asked, standard[i]);
	*rfm = asked;
}
