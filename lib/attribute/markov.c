#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../intern.h"
#include "../mem.h"
#include "markov.h"

/* The states that every chain has, before those of channels. */
enum { START, CONVERTED, LOST, FIRST };

struct markov {
	int order;
	struct intern *states; /* last channels, as bytes of uint32_t */
	struct intern *steps;  /* pairs of states */
	struct step {
		uint32_t from, to;
		uint64_t n;
	} * step;
	size_t cap;
	uint64_t paths, converted;
};

struct markov *
markov_new(int order)
{
	struct markov *m = mem_alloc(1, sizeof *m);

	m->order = order;
	m->states = intern_new();
	m->steps = intern_new();
	return m;
}

void
markov_free(struct markov *m)
{
	intern_free(m->states);
	intern_free(m->steps);
	free(m->step);
	free(m);
}

static void
step(struct markov *m, uint32_t from, uint32_t to)
{
	uint32_t pair[2] = {from, to}, id, known = intern_count(m->steps);

	id = intern_add(m->steps, (const char *)pair, sizeof pair);
	m->step = mem_grow(m->step, &m->cap, id + 1, sizeof *m->step);
	if (id == known)
		m->step[id] = (struct step){from, to, 0};
	m->step[id].n++;
}

void
markov_path(struct markov *m, const uint32_t *channel, size_t n, bool converted)
{
	uint32_t at = START, next;
	size_t i, from;

	if (n == 0)
		return;
	for (i = 0; i < n; i++) {
		from = i + 1 > (size_t)m->order ? i + 1 - (size_t)m->order : 0;
		next =
		    FIRST + intern_add(m->states, (const char *)&channel[from],
				(i + 1 - from) * sizeof *channel);
		step(m, at, next);
		at = next;
	}
	step(m, at, converted ? CONVERTED : LOST);
	m->paths++;
	m->converted += converted;
}

/* A state that the channel is part of leads nowhere without it. */
static bool
holds(const struct markov *m, uint32_t state, uint32_t channel)
{
	const char *p;
	uint32_t c;
	size_t n, i;

	if (channel == MARKOV_ALL || state < FIRST)
		return false;
	p = intern_text(m->states, state - FIRST, &n);
	for (i = 0; i < n; i += sizeof c) {
		memcpy(&c, p + i, sizeof c);
		if (c == channel)
			return true;
	}
	return false;
}

/* Jacobi iteration of x = P x with x(converted) = 1 and x(lost) = 0, until no
 * state's chance moves by more than 1e-15. */
double
markov_rate(const struct markov *m, uint32_t without)
{
	size_t n = FIRST + intern_count(m->states), i, round;
	size_t nsteps = intern_count(m->steps);
	double *x = mem_alloc(n, sizeof *x), *sum = mem_alloc(n, sizeof *sum);
	double *out = mem_alloc(n, sizeof *out), change = 1, rate;
	bool *gone = mem_alloc(n, sizeof *gone);
	const struct step *s;

	for (i = 0; i < n; i++)
		gone[i] = holds(m, (uint32_t)i, without);
	for (i = 0; i < nsteps; i++)
		out[m->step[i].from] += (double)m->step[i].n;
	x[CONVERTED] = 1;
	for (round = 0; round < 100000 && change > 1e-15; round++) {
		memset(sum, 0, n * sizeof *sum);
		change = 0;
		for (i = nsteps; i-- > 0;) {
			s = &m->step[i];
			if (!gone[s->to])
				sum[s->from] += (double)s->n * x[s->to];
		}
		for (i = 0; i < n; i++) {
			if (i == CONVERTED || i == LOST || out[i] == 0)
				continue;
			rate = gone[i] ? 0 : sum[i] / out[i];
			change = fmax(change, fabs(rate - x[i]));
			x[i] = rate;
		}
	}
	rate = x[START];
	free(x);
	free(sum);
	free(out);
	free(gone);
	return rate;
}

double
markov_effect(const struct markov *m, uint32_t channel)
{
	double rate = markov_rate(m, MARKOV_ALL);

	return rate > 0 ? 1 - markov_rate(m, channel) / rate : 0;
}

uint64_t
markov_paths(const struct markov *m, uint64_t *converted)
{
	*converted = m->converted;
	return m->paths;
}
