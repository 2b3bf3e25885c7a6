#include <stdlib.h>
#include <string.h>

#include "engine.h"

/* All counters lie in one block, so that adding is one loop. */
enum { BY_STEP = 8, BY_JOURNEY = 6 };

static size_t
counters(const struct tally *t)
{
	return BY_STEP * t->nsteps + t->nedges + t->nrules +
	       BY_JOURNEY * t->njourneys;
}

void
tally_init(struct tally *t, const struct journeys *all)
{
	uint64_t **by_step[BY_STEP] = {&t->entered, &t->exited, &t->dropped,
	    &t->waiting, &t->sent, &t->skipped, &t->recorded, &t->started};
	uint64_t **by_journey[BY_JOURNEY] = {&t->entries, &t->refused,
	    &t->holdouts, &t->goals, &t->done, &t->contaminated};
	uint64_t *p;
	size_t i;

	t->nsteps = all->nsteps;
	t->nedges = all->nedges;
	t->nrules = all->nrules;
	t->njourneys = all->n;
	p = mem_alloc(counters(t) + 1, sizeof *p);
	for (i = 0; i < BY_STEP; i++, p += t->nsteps)
		*by_step[i] = p;
	t->edge = p;
	p += t->nedges;
	t->rule = p;
	p += t->nrules;
	for (i = 0; i < BY_JOURNEY; i++, p += t->njourneys)
		*by_journey[i] = p;
}

void
tally_zero(struct tally *t)
{
	memset(t->entered, 0, counters(t) * sizeof *t->entered);
}

void
tally_add(struct tally *to, const struct tally *t)
{
	size_t i, n = counters(t);

	for (i = 0; i < n; i++)
		to->entered[i] += t->entered[i];
}

void
tally_free(struct tally *t)
{
	free(t->entered);
}

const struct step *
tally_check(const struct tally *t, const struct journeys *all)
{
	const struct journey *j;
	const struct step *s;
	uint64_t out;
	size_t k;

	for (j = all->j; j < all->j + all->n; j++)
		for (s = j->steps; s < j->steps + j->nsteps; s++) {
			out = t->exited[s->tally] + t->dropped[s->tally] +
			      t->waiting[s->tally];
			for (k = 0; k < s->nedges + 2; k++)
				out += t->edge[s->edge0 + k];
			if (out != t->entered[s->tally] + t->started[s->tally])
				return s;
		}
	return NULL;
}
