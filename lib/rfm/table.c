#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../err.h"
#include "../interval.h"
#include "../mem.h"
#include "table.h"

struct group {
	const char *name;
	int r, f;
	uint64_t customers, orders;
	struct dec money;
	int64_t recency;
	double mean_money; /* sum of M */
};

static void
count(struct group *g, const struct rfm_measure *m)
{
	g->customers++;
	if (m->orders == 0)
		return;
	g->orders += m->orders;
	g->recency += m->recency;
	g->mean_money += m->money;
	if (!dec_add(g->money, m->sum, &g->money))
		die("the money of all needs more than 38 digits");
}

static void
money_cells(struct report *r, const struct group *g, const struct group *all)
{
	double n = (double)g->customers;

	report_int(r, "customers", (int64_t)g->customers);
	report_number(r, "share", n / (double)all->customers, 4);
	report_int(r, "orders", (int64_t)g->orders);
	report_dec(r, "money", g->money);
	report_number(
	    r, "money_share", dec_double(g->money) / dec_double(all->money), 4);
	report_number(r, "mean_recency_days", (double)g->recency / n, 6);
	report_number(r, "mean_orders", (double)g->orders / n, 6);
	report_number(r, "mean_money", dec_double(g->money) / n, 8);
}

/* ---- segments ---- */

static bool
same_name(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Several classes may have one name. */
static struct group *
group_named(struct group *g, size_t *n, const char *name)
{
	size_t i;

	for (i = 0; i < *n; i++)
		if (same_name(g[i].name, name))
			return &g[i];
	g[*n] = (struct group){.name = name};
	return &g[(*n)++];
}

/* Classes in the order of their table, then what fits none of them, then
 * customers without orders. */
static void
segments_of(const struct rfm *rfm, const struct rfm_table *t,
    const struct population *p, struct report *r)
{
	struct group *g = mem_alloc(t->n + 3, sizeof *g), all = {0};
	struct rfm_measure none = {0};
	int score[RFM_MEASURES];
	const char *name;
	size_t n = 0, i;

	for (i = 0; i < t->n; i++)
		group_named(g, &n, t->class[i].name.text);
	for (i = 0; i < p->n; i++) {
		rfm_scores(rfm, &p->m[i], score);
		count(&all, &p->m[i]);
		name = rfm_class_of(rfm, t, &p->m[i], score)->text;
		count(group_named(g, &n, name), &p->m[i]);
	}
	for (i = p->n; i < p->customers; i++) {
		count(&all, &none);
		count(group_named(g, &n, t->none.text), &none);
	}
	for (i = 0; i < n; i++) {
		report_row(r);
		report_text(r, "table", t->id);
		report_text(r, "class", g[i].name);
		money_cells(r, &g[i], &all);
	}
	free(g);
}

void
table_segments(
    const struct rfm *rfm, const struct population *p, struct report *r)
{
	size_t i;

	for (i = 0; i < rfm->tables; i++)
		segments_of(rfm, &rfm->table[i], p, r);
}

/* ---- grid ---- */

void
table_grid(const struct rfm *rfm, const struct population *p, struct report *r)
{
	int rows = rfm->scale[RFM_R].n + 1, columns = rfm->scale[RFM_F].n + 1;
	struct group *g = mem_alloc((size_t)(rows * columns), sizeof *g);
	struct group all = {0};
	int score[RFM_MEASURES], i, j;
	size_t k;

	for (k = 0; k < p->n; k++) {
		rfm_scores(rfm, &p->m[k], score);
		count(&all, &p->m[k]);
		count(&g[(score[RFM_R] - 1) * columns + score[RFM_F] - 1],
		    &p->m[k]);
	}
	for (i = rows - 1; i >= 0; i--)
		for (j = 0; j < columns; j++) {
			report_row(r);
			report_int(r, "r", i + 1);
			report_int(r, "f", j + 1);
			money_cells(r, &g[i * columns + j], &all);
		}
	free(g);
}

/* ---- totals ---- */

/* A row of its own: who of whom, the ratio and its interval. */
static void
ratio(struct report *r, const char *name, uint64_t k, uint64_t n)
{
	double low, high;

	wilson((double)k, (double)n, Z95, &low, &high);
	report_row(r);
	report_text(r, "ratio", name);
	report_int(r, "customers", (int64_t)k);
	report_int(r, "of", (int64_t)n);
	report_number(r, "rate", (double)k / (double)n, 6);
	report_number(r, "low", low, 4);
	report_number(r, "high", high, 4);
}

void
table_totals(
    const struct rfm *rfm, const struct population *p, struct report *r)
{
	struct group all = {0};
	uint64_t again = 0;
	size_t i;

	(void)rfm;
	for (i = 0; i < p->n; i++) {
		count(&all, &p->m[i]);
		again += p->m[i].orders > 1;
	}
	report_row(r);
	report_int(r, "customers", (int64_t)p->customers);
	report_int(r, "purchasers", (int64_t)p->n);
	report_int(r, "orders", (int64_t)all.orders);
	report_dec(r, "money", all.money);
	report_number(r, "money_per_order",
	    dec_double(all.money) / (double)all.orders, 10);
	report_number(
	    r, "orders_per_purchaser", (double)all.orders / (double)p->n, 6);
	ratio(r, "purchase", p->n, p->customers);
	ratio(r, "new", p->newcomers, p->n);
	ratio(r, "repurchase", again, p->n);
}

/* ---- the lifetime model against what happened ---- */

void
table_tracking(
    const struct rfm *rfm, const struct population *p, struct report *r)
{
	double *mean, expected, seen = 0;
	char day[WHEN_TEXT + 1] = "";
	size_t i, d,
	    last =
		(size_t)(when_day(rfm->now, rfm->orders.zone) - p->first_day);

	if (p->days == 0)
		return;
	mean = mem_alloc(last + 8, sizeof *mean);
	for (d = 0; d <= last + 7; d++)
		mean[d] = clv_expect_new(&rfm->timing, (double)d / 7);
	for (d = 0; d <= last; d++) {
		seen += d < p->days ? p->repeat[d] : 0;
		if (d % 7 != 0 && d != last)
			continue;
		for (expected = 0, i = 0; i <= d && i < p->days; i++)
			expected += p->first[i] * mean[d - i];
		when_text((p->first_day + (int64_t)d) * 86400000, day);
		day[10] = '\0';
		report_row(r);
		report_number(r, "week", (double)d / 7, 6);
		report_text(r, "date", day);
		report_number(r, "counted", seen, 15);
		report_number(r, "expected", expected, 9);
		report_number(r, "error", expected / seen - 1, 4);
	}
	free(mean);
}

enum { TIMES = 8 };

void
table_calibration(
    const struct rfm *rfm, const struct population *p, struct report *r)
{
	double seen[TIMES] = {0}, expected[TIMES] = {0}, n, chi = 0;
	int64_t today = when_day(rfm->now, rfm->orders.zone);
	size_t i;
	int x;

	for (i = 0; i < p->lives; i++) {
		x = p->life[i].x < TIMES - 1 ? (int)p->life[i].x : TIMES - 1;
		seen[x] += p->life[i].weight;
	}
	/* All who came first on one day have one expectation. */
	for (i = 0; i < p->days; i++)
		for (x = 0; p->first[i] > 0 && x < TIMES; x++) {
			n = x == TIMES - 1 ? 1
					   : clv_pmf(&rfm->timing,
						 (double)(today - p->first_day -
							  (int64_t)i) /
						     7,
						 x);
			expected[x] += p->first[i] * n;
			expected[TIMES - 1] -=
			    x == TIMES - 1 ? 0 : p->first[i] * n;
		}
	for (x = 0; x < TIMES; x++) {
		chi += pow(seen[x] - expected[x], 2) / expected[x];
		report_row(r);
		report_int(r, "repeat_purchases", x);
		report_text(r, "or_more", x == TIMES - 1 ? "yes" : "no");
		report_number(r, "customers", seen[x], 15);
		report_number(r, "expected", expected[x], 8);
	}
	report_row(r);
	report_text(r, "model", clv_name(rfm->timing.kind));
	report_number(r, "chi_squared", chi, 6);
	report_int(r, "classes", TIMES);
}
