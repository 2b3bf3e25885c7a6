#include <stdlib.h>
#include <string.h>

#include "passes.h"

/* A quota that the history leaves open fills in the forecast. */
static bool
wants_scouts(const struct passes *p)
{
	size_t i;

	if (p->forecast == NULL || p->cuts == NULL)
		return false;
	for (i = 0; i < p->cuts->n; i++)
		if (!p->cuts->cut[i].set)
			return true;
	return false;
}

/*
 * Who comes to a quota depends on the cuts of those before it (in this journey,
 * or in one whose messages begin this one), so scouts go again with the cuts
 * of the last, until nothing moves: one pass for each quota of a chain.
 */
static enum pass
after(const struct passes *p)
{
	if (p->pass < PASS_QUOTAS && p->all->nquotas > 0 && p->cuts == NULL)
		return PASS_QUOTAS;
	if (p->pass < PASS_BACK && p->backtest != NULL)
		return PASS_BACK;
	if (wants_scouts(p) && (p->pass < PASS_SCOUT || p->moved) &&
	    p->scouted < p->all->nquotas)
		return PASS_SCOUT;
	return PASS_NONE;
}

bool
passes_next(struct passes *p)
{
	enum pass next = after(p);

	if (next == PASS_NONE)
		return false;
	p->pass = next;
	if (p->replay.all == NULL) {
		tally_init(&p->tally, p->all);
		replay_init(&p->replay, p->all, p->plan, &p->tally);
	}
	p->replay.cuts = p->cuts;
	if (next == PASS_QUOTAS) {
		p->arrivals = quota_arrivals_new(p->all);
		if (p->backtest != NULL)
			p->later = quota_arrivals_new(p->all);
	}
	if (next == PASS_SCOUT) {
		forecast_init(p->forecast, &p->replay);
		p->scout = simulation_scout(p->forecast, &p->replay);
		p->scouted++;
	}
	return true;
}

static void
look_at_quotas(struct passes *p, struct quota_arrivals *to,
    const struct js_line *js, int64_t now, int64_t until)
{
	struct replay *r = &p->replay;
	size_t col;

	r->arrivals = to;
	quota_customer(to);
	do {
		if (replay_begin(r, js, now, &col) != NULL)
			return;
		/* A backtest is about those who were there. */
		if (p->backtest != NULL && r->source.born > p->now)
			return;
		engine_run(&r->engine, until);
	} while (quota_other_way(to));
}

static void
scout(struct passes *p, const struct js_line *js)
{
	size_t col;

	if (replay_begin(&p->replay, js, p->now, &col) != NULL ||
	    (p->backtest != NULL && p->replay.n == 0))
		return;
	simulate(p->scout);
}

void
passes_look(struct passes *p, const struct js_line *js)
{
	if (p->pass == PASS_QUOTAS) {
		look_at_quotas(p, p->arrivals, js, p->now, p->until);
		if (p->later != NULL)
			look_at_quotas(p, p->later, js, p->to, p->to);
	}
	if (p->pass == PASS_BACK)
		hindsight_look(p->backtest, js);
	if (p->pass == PASS_SCOUT)
		scout(p, js);
}

void
passes_looked(struct passes *p)
{
	if (p->pass == PASS_QUOTAS) {
		p->cuts = quota_fit(p->arrivals, p->all);
		if (p->later != NULL) {
			p->happened = quota_fit(p->later, p->all);
			hindsight_quotas(p->backtest, p->happened);
		}
		p->arrivals = p->later = p->replay.arrivals = NULL;
	}
	if (p->pass == PASS_BACK)
		hindsight_fit(p->backtest);
	if (p->pass == PASS_SCOUT) {
		simulation_free(p->scout);
		p->moved = forecast_close_quotas(p->forecast, p->cuts);
	}
}

void
passes_again(struct passes *p)
{
	p->scouted = 0;
	p->moved = true;
}

void
passes_free(struct passes *p)
{
	if (p->replay.all != NULL) {
		replay_free(&p->replay);
		tally_free(&p->tally);
	}
	quota_free(p->cuts);
	quota_free(p->happened);
}
