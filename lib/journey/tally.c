#include <stdlib.h>
#include <string.h>

#include "engine.h"

/* All counters lie in one block, so that adding is one loop. */
enum { BY_STEP = 8, BY_JOURNEY = 6 };

size_t
tally_width(const struct tally *t)
{
	return BY_STEP * t->nsteps + t->nedges + t->nrules +
	       BY_JOURNEY * t->njourneys;
}

static void
shape(struct tally *t, const struct journeys *all)
{
	memset(t, 0, sizeof *t);
	t->nsteps = all->nsteps;
	t->nedges = all->nedges;
	t->nrules = all->nrules;
	t->njourneys = all->n;
}

void
tally_over(struct tally *t, const struct journeys *all, uint64_t *p)
{
	uint64_t **by_step[BY_STEP] = {&t->entered, &t->exited, &t->dropped,
	    &t->waiting, &t->sent, &t->skipped, &t->recorded, &t->started};
	uint64_t **by_journey[BY_JOURNEY] = {&t->entries, &t->refused,
	    &t->holdouts, &t->goals, &t->done, &t->contaminated};
	size_t i;

	shape(t, all);
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
tally_init(struct tally *t, const struct journeys *all)
{
	shape(t, all);
	tally_over(t, all, mem_alloc(tally_width(t) + 1, sizeof(uint64_t)));
}

void
tally_more(struct tally *t)
{
	t->log = mem_grow(t->log, &t->logcap, t->nlog + 1, sizeof *t->log);
}

void
tally_zero(struct tally *t)
{
	memset(t->entered, 0, tally_width(t) * sizeof *t->entered);
}

void
tally_add(struct tally *to, const struct tally *t)
{
	size_t i, n = tally_width(t);

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
