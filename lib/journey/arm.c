/* Customers who were merged out of two: did both go by one arm of a split? */
#include <stdlib.h>
#include <string.h>

#include "step.h"

#define SEVERAL (-2)

static void
mark(const struct journey *j, int *arm, int step, int k, bool *seen)
{
	const struct step *s;
	size_t i;

	if (step == STEP_END || seen[step])
		return;
	seen[step] = true;
	arm[step] = arm[step] == NONE ? k : SEVERAL;
	s = &j->steps[step];
	for (i = 0; i < s->nedges; i++)
		mark(j, arm, s->edges[i].next, k, seen);
	mark(j, arm, s->otherwise, k, seen);
	mark(j, arm, s->next, k, seen);
}

void
arms_find(struct journeys *all, struct journey *j)
{
	struct step *s;
	bool *seen = mem_alloc(j->nsteps, sizeof *seen);
	size_t i, k;

	for (s = j->steps; s < j->steps + j->nsteps; s++) {
		if (s->type != STEP_SPLIT)
			continue;
		s->arm = arena_alloc(&all->arena, j->nsteps * sizeof *s->arm);
		for (i = 0; i < j->nsteps; i++)
			s->arm[i] = NONE;
		for (k = 0; k < s->nedges; k++) {
			memset(seen, 0, j->nsteps);
			mark(j, s->arm, s->edges[k].next, (int)k, seen);
		}
	}
	free(seen);
}

static const struct step *
step_named(const struct journey *j, const struct sent *s)
{
	size_t i;

	for (i = 0; i < j->nsteps; i++)
		if (strlen(j->steps[i].id) == s->nodelen &&
		    memcmp(j->steps[i].id, s->node, s->nodelen) == 0)
			return &j->steps[i];
	return NULL;
}

/* Was it sent on an arm that is not the customer's, or to one held out? */
static bool
foreign(struct engine *e, const struct journey *j, const struct sent *sent)
{
	const struct step *to = step_named(j, sent), *s;
	int arm;

	if (to == NULL)
		return false;
	if (engine_held_out(e, j))
		return true;
	for (s = j->steps; s < j->steps + j->nsteps; s++) {
		if (s->type != STEP_SPLIT)
			continue;
		arm = s->arm[to - j->steps];
		if (arm >= 0 && (size_t)arm != step_split(e, j, s))
			return true;
	}
	return false;
}

void
arms_count(struct engine *e)
{
	const struct journey *j;
	const struct sent *s;
	size_t i, k;

	for (i = 0; e->nrecorded > 0 && i < e->all->n; i++) {
		j = &e->all->j[i];
		for (k = 0; k < e->nsent; k++) {
			s = &e->sent[k];
			if (!s->recorded || strlen(j->id) != s->namelen ||
			    memcmp(j->id, s->name, s->namelen) != 0 ||
			    !foreign(e, j, s))
				continue;
			e->tally->contaminated[i]++;
			break;
		}
	}
}
