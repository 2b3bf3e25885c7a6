#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../err.h"
#include "../mem.h"
#include "../model/lift.h"
#include "backtest.h"
#include "mem.h"

void
backtest_add(struct backtest *b, const struct rfm *rfm,
    const struct orders *before, const struct orders *all)
{
	int64_t end = when_day(b->cut, rfm->orders.zone), day = INT64_MIN;
	struct backtest_case c = {0};
	size_t i;

	rfm_measure(rfm, before, b->cut, &c.m);
	population_add(&b->calibration, rfm, &c.m, before, b->cut);
	if (!rfm_life(before, rfm->orders.zone, b->cut, &c.life))
		return;
	for (i = 0; i < all->n; i++) {
		const struct order *o = &all->item[i];

		if (o->day > end) {
			c.bought += o->day != day;
			c.money += dec_double(o->money);
		} else if (o->day > end - b->days && o->day != all->item[0].day)
			c.before += o->day != day;
		day = o->day;
	}
	b->c = mem_grow(b->c, &b->cap, b->n + 1, sizeof *b->c);
	b->c[b->n++] = c;
}

void
backtest_join(struct backtest *to, struct backtest *from)
{
	population_join(&to->calibration, &from->calibration);
	to->c = mem_grow(to->c, &to->cap, to->n + from->n + 1, sizeof *to->c);
	if (from->n > 0)
		memcpy(to->c + to->n, from->c, from->n * sizeof *to->c);
	to->n += from->n;
	free(from->c);
	from->c = NULL;
	from->n = 0;
}

struct guess { /* of one predictor, for everybody */
	const char *name;
	const double *value;
	bool counts;       /* it predicts numbers, not only an order */
	double cumulative; /* error of the sum since the beginning */
};

static void
column(const struct backtest *b, size_t offset, double *out)
{
	size_t i;

	for (i = 0; i < b->n; i++)
		memcpy(&out[i], (const char *)&b->c[i] + offset, sizeof *out);
}

static void
errors(const struct backtest *b, const struct guess *g, const double *bought,
    struct report *r)
{
	double sum = 0, actual = 0, mae = 0, mse = 0, msle = 0, e;
	double n = (double)b->n;
	size_t i;

	for (i = 0; i < b->n; i++) {
		sum += g->value[i];
		actual += bought[i];
		e = g->value[i] - bought[i];
		mae += fabs(e) / n;
		mse += e * e / n;
		e = log1p(g->value[i]) - log1p(bought[i]);
		msle += e * e / n;
	}
	report_number(r, "predicted", g->counts ? sum : NAN, 9);
	report_number(r, "actual", actual, 15);
	report_number(r, "bias", g->counts ? sum / actual - 1 : NAN, 4);
	report_number(r, "correlation", correlation(g->value, bought, b->n), 5);
	report_number(r, "mae", g->counts ? mae : NAN, 6);
	report_number(r, "rmse", g->counts ? sqrt(mse) : NAN, 6);
	report_number(r, "msle", g->counts ? msle : NAN, 6);
	report_number(r, "cumulative", g->cumulative, 4);
}

static void
judge(const struct backtest *b, const struct guess *g, struct report *r)
{
	double *bought = mem_alloc(b->n + 1, sizeof *bought);
	double *money = mem_alloc(b->n + 1, sizeof *money);
	double *any = mem_alloc(b->n + 1, sizeof *any);
	struct lift_part tenth[10];
	size_t i;

	column(b, offsetof(struct backtest_case, bought), bought);
	column(b, offsetof(struct backtest_case, money), money);
	for (i = 0; i < b->n; i++)
		any[i] = bought[i] > 0;
	report_row(r);
	report_text(r, "predictor", g->name);
	errors(b, g, bought, r);
	report_number(r, "auc", auc(g->value, any, b->n), 5);
	lift_table(g->value, any, b->n, 10, tenth);
	report_number(r, "lift_10", tenth[0].lift, 4);
	lift_table(g->value, money, b->n, 10, tenth);
	report_number(r, "money_10", tenth[0].gain, 4);
	report_number(r, "money_20", tenth[1].gain, 4);
	report_number(r, "money_30", tenth[2].gain, 4);
	free(bought);
	free(money);
	free(any);
}

/* Expected repeat purchases of all from their first to the end of the
 * holdout, against those that came. */
static double
cumulative(const struct backtest *b, const struct clv_model *m)
{
	double expected = 0, seen = 0;
	size_t i;

	for (i = 0; i < b->n; i++) {
		expected +=
		    clv_expect_new(m, b->c[i].life.T + (double)b->days / 7);
		seen += b->c[i].life.x + b->c[i].bought;
	}
	return expected / seen - 1;
}

static void
judge_models(struct backtest *b, struct rfm *rfm, struct report *r)
{
	static const enum clv_kind kinds[] = {
	    CLV_MBG, CLV_BG, CLV_PARETO, CLV_NBD};
	double *v = mem_alloc(b->n + 1, sizeof *v);
	struct clv_case *c = mem_alloc(b->n + 1, sizeof *c);
	struct clv_model m;
	const char *why;
	size_t i, k, n;

	for (k = 0; k < sizeof kinds / sizeof *kinds; k++) {
		for (i = 0; i < b->n; i++) {
			c[i] = b->c[i].life;
			c[i].m = 0;
		}
		n = clv_compress(c, b->n);
		if (!clv_fit(kinds[k], c, n, &m, &why)) {
			warning(
			    "%s cannot be fitted: %s", clv_name(kinds[k]), why);
			continue;
		}
		for (i = 0; i < b->n; i++)
			v[i] = clv_expect(&m, b->c[i].life.x, b->c[i].life.tx,
			    b->c[i].life.T, (double)b->days / 7);
		judge(b,
		    &(struct guess){
			clv_name(kinds[k]), v, true, cumulative(b, &m)},
		    r);
		if (kinds[k] != rfm->timing.kind || !rfm->has_spend)
			continue;
		for (i = 0; i < b->n; i++)
			v[i] *= clv_spend(&rfm->spend,
			    b->c[i].life.m > 0 ? b->c[i].life.x : 0,
			    b->c[i].life.m);
		judge(b, &(struct guess){"expected money", v, false, NAN}, r);
	}
	free(v);
	free(c);
}

static void
judge_simple(struct backtest *b, struct rfm *rfm, struct report *r)
{
	double *v = mem_alloc(b->n + 1, sizeof *v), sum = 0;
	int score[RFM_MEASURES];
	size_t i;

	column(b, offsetof(struct backtest_case, before), v);
	judge(b, &(struct guess){"repeat the past", v, true, NAN}, r);
	for (i = 0; i < b->n; i++)
		sum += v[i];
	for (i = 0; i < b->n; i++)
		v[i] = sum / (double)b->n;
	judge(b, &(struct guess){"the same for all", v, true, NAN}, r);
	for (i = 0; i < b->n; i++) {
		v[i] = 0;
		if (b->c[i].m.orders == 0)
			continue;
		rfm_scores(rfm, &b->c[i].m, score);
		v[i] = score[RFM_R] + score[RFM_F] + score[RFM_M];
	}
	judge(b, &(struct guess){"r + f + m", v, false, NAN}, r);
	free(v);
}

static int
by_customer(const void *a, const void *b)
{
	const struct backtest_case *c = a, *d = b;
	double x[6] = {
	    c->life.x, c->life.tx, c->life.T, c->life.m, c->bought, c->money};
	double y[6] = {
	    d->life.x, d->life.tx, d->life.T, d->life.m, d->bought, d->money};
	int i;

	for (i = 0; i < 6; i++)
		if (x[i] != y[i])
			return x[i] < y[i] ? -1 : 1;
	return 0;
}

void
backtest_report(struct backtest *b, struct rfm *rfm, struct report *r)
{
	if (b->days < 1)
		die("nothing lies between the date of --backtest and --now");
	/* Sums of doubles must not depend on the order of the lines. */
	mem_sort(b->c, b->n, sizeof *b->c, by_customer);
	population_fit(&b->calibration, rfm);
	judge_models(b, rfm, r);
	judge_simple(b, rfm, r);
}
