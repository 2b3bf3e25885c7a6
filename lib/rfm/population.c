#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../err.h"
#include "../mem.h"
#include "population.h"

#define WEEK 7.

bool
rfm_life(const struct orders *o, const struct zone *z, int64_t now,
    struct clv_case *c)
{
	struct dec money = dec_of(0);
	int64_t first, day;
	size_t i;

	*c = (struct clv_case){.weight = 1};
	if (o->n == 0)
		return false;
	first = day = o->item[0].day;
	for (i = 1; i < o->n; i++) {
		if (o->item[i].day == first)
			continue;
		c->x += o->item[i].day != day;
		day = o->item[i].day;
		if (!dec_add(money, o->item[i].money, &money))
			die("the money of one customer needs more than 38 "
			    "digits");
	}
	c->tx = (double)(day - first) / WEEK;
	c->T = (double)(when_day(now, z) - first) / WEEK;
	if (c->x > 0)
		c->m = dec_double(money) / c->x;
	return true;
}

static void
reach(struct population *p, int64_t day)
{
	size_t lead = 0, days = p->days;

	if (days == 0)
		p->first_day = day;
	if (day < p->first_day)
		lead = (size_t)(p->first_day - day);
	else if (day >= p->first_day + (int64_t)days)
		days = (size_t)(day - p->first_day) + 1;
	if (lead + days == p->days)
		return;
	p->first = mem_resize(p->first, lead + days, sizeof *p->first);
	p->repeat = mem_resize(p->repeat, lead + days, sizeof *p->repeat);
	memmove(p->first + lead, p->first, p->days * sizeof *p->first);
	memmove(p->repeat + lead, p->repeat, p->days * sizeof *p->repeat);
	memset(p->first, 0, lead * sizeof *p->first);
	memset(p->repeat, 0, lead * sizeof *p->repeat);
	memset(
	    p->first + lead + p->days, 0, (days - p->days) * sizeof *p->first);
	memset(p->repeat + lead + p->days, 0,
	    (days - p->days) * sizeof *p->repeat);
	p->first_day -= (int64_t)lead;
	p->days = lead + days;
}

static void
mark_days(struct population *p, const struct orders *o)
{
	size_t i;

	for (i = 0; i < o->n; i++) {
		if (i > 0 && o->item[i].day == o->item[i - 1].day)
			continue;
		reach(p, o->item[i].day);
		(i == 0 ? p->first
			: p->repeat)[o->item[i].day - p->first_day]++;
	}
}

void
population_add(struct population *p, const struct rfm *rfm,
    const struct rfm_measure *m, const struct orders *o, int64_t now)
{
	struct clv_case life;

	p->customers++;
	if (m->orders > 0) {
		p->m = mem_grow(p->m, &p->cap, p->n + 1, sizeof *p->m);
		p->m[p->n++] = *m;
		p->newcomers += o->item[0].time >= rfm_window(rfm, now);
	}
	if (rfm->clv && rfm_life(o, rfm->orders.zone, now, &life)) {
		p->life = mem_grow(
		    p->life, &p->lifecap, p->lives + 1, sizeof *p->life);
		p->life[p->lives++] = life;
	}
	if (p->calendar)
		mark_days(p, o);
}

static void
join_currency(struct population *p, const char *currency, bool mixed)
{
	p->mixed |= mixed || (p->currency[0] != '\0' && currency[0] != '\0' &&
				 strcmp(p->currency, currency) != 0);
	if (p->currency[0] == '\0')
		memcpy(p->currency, currency, sizeof p->currency);
}

void
population_note(struct population *p, const struct orders *o)
{
	p->unpriced += o->unpriced;
	p->strays += o->strays;
	join_currency(p, o->currency, o->mixed);
}

void
population_join(struct population *to, struct population *from)
{
	size_t i;

	to->m = mem_grow(to->m, &to->cap, to->n + from->n + 1, sizeof *to->m);
	if (from->n > 0)
		memcpy(to->m + to->n, from->m, from->n * sizeof *to->m);
	to->n += from->n;
	to->life = mem_grow(to->life, &to->lifecap, to->lives + from->lives + 1,
	    sizeof *to->life);
	if (from->lives > 0)
		memcpy(to->life + to->lives, from->life,
		    from->lives * sizeof *to->life);
	to->lives += from->lives;
	to->customers += from->customers;
	to->newcomers += from->newcomers;
	to->unpriced += from->unpriced;
	to->strays += from->strays;
	join_currency(to, from->currency, from->mixed);
	if (from->days > 0) {
		reach(to, from->first_day);
		reach(to, from->first_day + (int64_t)from->days - 1);
	}
	for (i = 0; i < from->days; i++) {
		size_t at = (size_t)(from->first_day - to->first_day) + i;

		to->first[at] += from->first[i];
		to->repeat[at] += from->repeat[i];
	}
	population_free(from);
}

void
population_free(struct population *p)
{
	free(p->m);
	free(p->life);
	free(p->first);
	free(p->repeat);
	memset(p, 0, sizeof *p);
}

/* ---- lifetime ---- */

/* A fit under FEW repeat buyers means nothing, under SOME little. */
enum { FEW = 50, SOME = 200 };

/* The timing models see no money, so more cases are equal. */
static void
fit_timing(struct rfm *rfm, const struct population *p)
{
	struct clv_case *c = mem_alloc(p->lives + 1, sizeof *c);
	const char *why;
	size_t i, n;

	for (i = 0; i < p->lives; i++) {
		c[i] = p->life[i];
		c[i].m = 0;
	}
	n = clv_compress(c, p->lives);
	if (!clv_fit(rfm->timing.kind, c, n, &rfm->timing, &why))
		die("%s cannot be fitted: %s", clv_name(rfm->timing.kind), why);
	free(c);
}

/* Pearson's, of customers: equal ones are one case with a weight. */
static double
correlation_of(const struct clv_case *c, size_t n)
{
	double all = 0, x = 0, m = 0, xx = 0, mm = 0, xm = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		all += c[i].weight;
		x += c[i].weight * c[i].x;
		m += c[i].weight * c[i].m;
	}
	x /= all;
	m /= all;
	for (i = 0; i < n; i++) {
		xx += c[i].weight * (c[i].x - x) * (c[i].x - x);
		mm += c[i].weight * (c[i].m - m) * (c[i].m - m);
		xm += c[i].weight * (c[i].x - x) * (c[i].m - m);
	}
	return xm / sqrt(xx * mm);
}

static void
warn_correlated(const struct clv_case *c, size_t n)
{
	double r = correlation_of(c, n);

	if (fabs(r) > 0.3)
		warning("money per order and number of orders correlate "
			"(%.2f); gamma-gamma takes them for independent, so "
			"expected money is biased",
		    r);
}

static void
fit_spend(struct rfm *rfm, const struct population *p)
{
	struct clv_case *c = mem_alloc(p->lives + 1, sizeof *c);
	const char *why;
	size_t i, n = 0;

	for (i = 0; i < p->lives; i++)
		if (p->life[i].x > 0 && p->life[i].m > 0) {
			c[n] = p->life[i];
			c[n].tx = c[n].T = 0;
			n++;
		}
	n = clv_compress(c, n);
	warn_correlated(c, n);
	rfm->has_spend = clv_fit(CLV_GAMMA, c, n, &rfm->spend, &why);
	if (!rfm->has_spend)
		warning("money per order cannot be fitted: %s; clv has no "
			"spend and no value",
		    why);
	else if (rfm->spend.p[1] <= 1) {
		rfm->has_spend = false;
		warning("money per order has no mean (gamma-gamma q %.3f <= "
			"1): clv has no spend and no value",
		    rfm->spend.p[1]);
	}
	free(c);
}

/* To the digits of a model file, so that a run that fits and applies gives
 * the same as one that reads the model. */
static void
round_parameters(struct clv_model *m)
{
	char text[40];
	int i;

	for (i = 0; i < clv_params(m->kind); i++) {
		snprintf(text, sizeof text, "%.10g", m->p[i]);
		m->p[i] = strtod(text, NULL);
	}
}

void
rfm_fit_clv(struct rfm *rfm, struct population *p)
{
	size_t i;

	rfm->repeat_buyers = 0;
	for (i = 0; i < p->lives; i++)
		rfm->repeat_buyers += p->life[i].x > 0;
	if (rfm->repeat_buyers < FEW)
		die("%ju customers bought again: a lifetime model needs %d at "
		    "least",
		    (uintmax_t)rfm->repeat_buyers, FEW);
	if (rfm->repeat_buyers < SOME)
		warning("only %ju customers bought again: a lifetime model of "
			"fewer than %d says little",
		    (uintmax_t)rfm->repeat_buyers, SOME);
	fit_timing(rfm, p);
	fit_spend(rfm, p);
	round_parameters(&rfm->timing);
	if (rfm->has_spend)
		round_parameters(&rfm->spend);
}

void
population_fit(struct population *p, struct rfm *rfm)
{
	rfm->customers = p->customers;
	rfm->buyers = p->n;
	if (p->unpriced > 0)
		warning("%ju orders have no money (--money) and count as 0",
		    (uintmax_t)p->unpriced);
	if (p->mixed)
		warning("the orders are in several currencies and are added "
			"up as if they were in one: declare it with "
			"--currency");
	if (p->customers > 0 && p->n == 0)
		warning("none of %ju customers has an order%s; --order says "
			"which events are orders",
		    (uintmax_t)p->customers,
		    rfm->window != NULL ? " within the window" : "");
	if (p->strays > 0)
		warning("%ju refunds or cancellations belong to no known order "
			"(--order-id)",
		    (uintmax_t)p->strays);
	rfm_fit_scales(rfm, p);
	rfm_fit_thresholds(rfm, p);
	rfm_map_classes(rfm);
	if (rfm->clv)
		rfm_fit_clv(rfm, p);
}
