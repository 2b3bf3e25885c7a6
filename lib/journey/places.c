#include <stdlib.h>

#include "places.h"

struct places {
	const struct journeys *all;
	struct quota_arrivals *arrivals;
	struct replay replay;
	struct tally tally;
	int64_t now, until;
	struct forecast *forecast;
	struct simulation *scout;
};

struct places *
places_new(const struct journeys *all, const struct replay_plan *plan,
    int64_t now, int64_t until, struct forecast *f)
{
	struct places *p = mem_alloc(1, sizeof *p);

	p->all = all;
	p->now = now;
	p->until = until;
	p->forecast = f;
	p->arrivals = quota_arrivals_new(all);
	tally_init(&p->tally, all);
	replay_init(&p->replay, all, plan, &p->tally);
	p->replay.arrivals = p->arrivals;
	return p;
}

static void
scout(struct places *p, const struct js_line *js)
{
	struct replay *r = &p->replay;
	size_t col;

	if (p->scout == NULL) {
		forecast_init(p->forecast, r);
		p->scout = simulation_scout(p->forecast, r);
	}
	r->arrivals = NULL;
	replay_begin(r, js, p->now, &col);
	simulate(p->scout);
	r->arrivals = p->arrivals;
}

void
places_look(struct places *p, const struct js_line *js)
{
	struct replay *r = &p->replay;
	size_t col;

	quota_customer(p->arrivals);
	do {
		if (replay_begin(r, js, p->now, &col) != NULL)
			return;
		engine_run(&r->engine, p->until);
	} while (quota_other_way(p->arrivals));
	if (p->forecast != NULL)
		scout(p, js);
}

struct quota_cuts *
places_found(struct places *p)
{
	struct quota_cuts *cuts = quota_fit(p->arrivals, p->all);

	if (p->scout != NULL) {
		simulation_free(p->scout);
		forecast_close_quotas(p->forecast, cuts);
	}
	replay_free(&p->replay);
	tally_free(&p->tally);
	free(p);
	return cuts;
}
