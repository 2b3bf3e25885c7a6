#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../draw.h"
#include "../interval.h"
#include "posterior.h"

#define GRID 64
#define FAR 12.0 /* so far below the greatest, log densities do not count */

struct delay_posterior {
	double low[2], high[2]; /* of mu, of log sigma */
	double to[GRID * GRID]; /* cells, cumulated */
	double mean[2];
};

double
delay_sooner(const struct delay_fit *f, double mu, double sigma)
{
	return sigma > 0 ? normal_cdf((f->limit - mu) / sigma) : 1;
}

static double
log_density(const struct delay_fit *f, double mu, double log_sigma)
{
	double s = exp(log_sigma), d = f->mean - mu;

	return -(double)f->k * (log_sigma + (f->var + d * d) / (2 * s * s) +
				   log(delay_sooner(f, mu, s)));
}

static double
middle(const struct delay_posterior *p, int axis, int i)
{
	return p->low[axis] + (i + 0.5) / GRID * (p->high[axis] - p->low[axis]);
}

/* Log densities, the greatest 0.  Returns which cells of each axis count. */
static void
look(struct delay_posterior *p, const struct delay_fit *f, int first[2],
    int last[2])
{
	double top = -INFINITY;
	int i, at[2], axis;

	for (i = 0; i < GRID * GRID; i++) {
		p->to[i] = log_density(
		    f, middle(p, 0, i / GRID), middle(p, 1, i % GRID));
		top = fmax(top, p->to[i]);
	}
	first[0] = first[1] = GRID;
	last[0] = last[1] = 0;
	for (i = 0; i < GRID * GRID; i++) {
		p->to[i] -= top;
		if (p->to[i] < -FAR)
			continue;
		at[0] = i / GRID;
		at[1] = i % GRID;
		for (axis = 0; axis < 2; axis++) {
			if (at[axis] < first[axis])
				first[axis] = at[axis];
			if (at[axis] > last[axis])
				last[axis] = at[axis];
		}
	}
}

/* Widens an axis where cells at its ends count, and leaves out those that do
 * not; false: it fits. */
static bool
adjust(struct delay_posterior *p, int axis, int first, int last,
    const double bounds[2])
{
	double low = p->low[axis], high = p->high[axis], width = high - low;

	if (first == 0)
		p->low[axis] = fmax(low - width, bounds[0]);
	else
		p->low[axis] = low + (first - 1) * width / GRID;
	if (last == GRID - 1)
		p->high[axis] = fmin(high + width, bounds[1]);
	else
		p->high[axis] = high - (GRID - 2 - last) * width / GRID;
	return p->low[axis] < low || p->high[axis] > high ||
	       p->high[axis] - p->low[axis] < 0.8 * width;
}

static void
find_box(struct delay_posterior *p, const struct delay_fit *f)
{
	double bounds[2][2] = {
	    {f->mean - 30, fmin(f->limit, f->mean + 30)}, {-14, log(10)}};
	double at[2] = {f->mean, log(f->var) / 2};
	double wide[2] = {
	    4 * sqrt(f->var / (double)f->k), 4 / sqrt(2 * (double)f->k)};
	int first[2], last[2], axis, tries;
	bool more = true;

	for (axis = 0; axis < 2; axis++) {
		p->low[axis] = fmax(at[axis] - wide[axis], bounds[axis][0]);
		p->high[axis] = fmin(at[axis] + wide[axis], bounds[axis][1]);
	}
	for (tries = 0; more && tries < 100; tries++) {
		look(p, f, first, last);
		more = false;
		for (axis = 0; axis < 2; axis++)
			more = adjust(p, axis, first[axis], last[axis],
				   bounds[axis]) ||
			       more;
	}
	look(p, f, first, last);
}

struct delay_posterior *
delay_posterior_new(const struct delay_fit *f)
{
	struct delay_posterior *p = mem_alloc(1, sizeof *p);
	double sum = 0, w;
	int i;

	find_box(p, f);
	for (i = 0; i < GRID * GRID; i++) {
		w = exp(p->to[i]);
		sum += w;
		p->mean[0] += w * middle(p, 0, i / GRID);
		p->mean[1] += w * middle(p, 1, i % GRID);
		p->to[i] = sum;
	}
	p->mean[0] /= sum;
	p->mean[1] /= sum;
	return p;
}

void
delay_posterior_mean(const struct delay_posterior *p, double *mu, double *sigma)
{
	*mu = p->mean[0];
	*sigma = exp(p->mean[1]);
}

static double
unit(uint64_t key, uint64_t which)
{
	return draw_unit(draw_next(key, which));
}

/* A cell by its weight, anywhere in it. */
void
delay_posterior_draw(
    const struct delay_posterior *p, uint64_t key, double *mu, double *sigma)
{
	double u = unit(key, 0) * p->to[GRID * GRID - 1];
	int low = 0, high = GRID * GRID - 1, i;

	while (low < high) {
		i = (low + high) / 2;
		if (p->to[i] > u)
			high = i;
		else
			low = i + 1;
	}
	*mu = p->low[0] +
	      (low / GRID + unit(key, 1)) / GRID * (p->high[0] - p->low[0]);
	*sigma = exp(p->low[1] + (low % GRID + unit(key, 2)) / GRID *
				     (p->high[1] - p->low[1]));
}

/* Gamma(a, 1), a >= 0.5 (Marsaglia and Tsang 2000), from a stream. */
static double
draw_gamma(double a, uint64_t key)
{
	double boost = 1, d, c, z, v, u;
	uint64_t i;

	if (a < 1) {
		u = unit(key, 0) + 0x1p-54;
		boost = pow(u, 1 / a);
		a++;
	}
	d = a - 1.0 / 3;
	c = 1 / sqrt(9 * d);
	for (i = 1;; i += 2) {
		z = draw_normal(draw_next(key, i));
		v = 1 + c * z;
		u = unit(key, i + 1) + 0x1p-54;
		if (v > 0 &&
		    log(u) < z * z / 2 + d - d * v * v * v + d * log(v * v * v))
			return boost * d * v * v * v;
	}
}

static uint64_t
key_of(const struct forecast *f, uint64_t what, size_t replication)
{
	return draw_key(
		   f->seed, strlen(f->seed), (const char *)&what, sizeof what) ^
	       draw_next(0, replication);
}

static double
count_of(const struct response *r)
{
	return r->k > 0 || r->n == 0 ? (double)r->k : r->rate * (double)r->n;
}

/* The rest of n people, of whom each response has its own. */
static double
rest_of(const struct response *r, size_t n)
{
	double rest = (double)r->n;

	while (n-- > 0)
		rest -= count_of(r++);
	return fmax(rest, 0);
}

/*
 * Shares of the same people, who did one of them or something else: the
 * posterior under Jeffreys' prior is Dirichlet, each count and the rest plus
 * 1/2; one alone is Beta(k + 1/2, n - k + 1/2).
 */
static void
draw_shares(struct forecast *f, size_t first, size_t n)
{
	const struct response *r = &f->all->responses[first];
	double *rate = f->rate + first * f->replications, sum;
	size_t i, k, R = f->replications;

	for (i = 0; i < R; i++) {
		for (k = 0; k < n; k++)
			rate[k * R + i] = r[k].rate;
		if (r->n == 0)
			continue;
		sum = draw_gamma(
		    rest_of(r, n) + 0.5, draw_next(key_of(f, r->hash, i), 1));
		for (k = 0; k < n; k++) {
			rate[k * R + i] = draw_gamma(count_of(&r[k]) + 0.5,
			    draw_next(key_of(f, r[k].hash, i), 0));
			sum += rate[k * R + i];
		}
		for (k = 0; k < n; k++)
			rate[k * R + i] /= sum;
	}
}

/* One delay tells where the median is, but nothing of the spread. */
static void
draw_delay(const struct response *r, const struct delay_posterior *p,
    uint64_t key, double *mu, double *sigma)
{
	if (p != NULL) {
		delay_posterior_draw(p, key, mu, sigma);
		return;
	}
	*sigma = r->sigma;
	*mu = r->fit.mean + *sigma * draw_normal(draw_next(key, 0));
	*mu = fmin(*mu, r->fit.limit);
}

/* Of those who react, some do so after the time in which they are looked for:
 * the rate is greater than what was seen. */
static void
draw_delays(struct forecast *f, size_t response)
{
	const struct response *r = &f->all->responses[response];
	struct drawn_delays *to = &f->delay[response];
	double *rate = f->rate + response * f->replications, mu, sigma;
	struct delay_posterior *p = NULL;
	size_t i;

	to->each = r->fit.k > 0 && r->sigma > 0;
	to->of = mem_alloc(to->each ? f->replications : 1, sizeof *to->of);
	to->of[0] = (struct drawn_delay){r->median, r->sigma};
	if (!to->each)
		return;
	if (r->fit.k > 1)
		p = delay_posterior_new(&r->fit);
	for (i = 0; i < f->replications; i++) {
		draw_delay(
		    r, p, draw_next(key_of(f, r->hash, i), 2), &mu, &sigma);
		to->of[i].median = llround(fmax(exp(mu), 1));
		to->of[i].sigma = sigma;
		rate[i] = fmin(1, rate[i] / delay_sooner(&r->fit, mu, sigma));
	}
	free(p);
}

/* Entries in so many days: Gamma(k + 1/2) over the days, by Jeffreys. */
static void
draw_entry(struct forecast *f, size_t journey)
{
	const struct journey *j = &f->all->j[journey];
	double *to = f->enter + journey * f->replications;
	size_t i;

	for (i = 0; i < f->replications; i++)
		to[i] = j->entry_days == 0
			    ? j->entry_rate
			    : fmin(1, draw_gamma(j->entry_k + 0.5,
					  key_of(f, j->hash, i)) /
					  j->entry_days);
}

void
forecast_forget(struct forecast *f)
{
	size_t i;

	for (i = 0; i < f->all->nresponses; i++)
		free(f->delay[i].of);
	free(f->delay);
	free(f->rate);
	free(f->enter);
}

void
forecast_believe(struct forecast *f)
{
	const struct journeys *all = f->all;
	const struct journey *j;
	const struct step *s;
	size_t i, R = f->replications;

	f->rate = mem_alloc(R * all->nresponses + 1, sizeof *f->rate);
	f->delay = mem_alloc(all->nresponses + 1, sizeof *f->delay);
	f->enter = mem_alloc(R * all->n, sizeof *f->enter);
	for (i = 0; i < all->n; i++)
		draw_entry(f, i);
	for (j = all->j; j < all->j + all->n; j++)
		for (s = j->steps; s < j->steps + j->nsteps; s++) {
			if (s->type == STEP_BRANCH && s->nresponses > 0) {
				draw_shares(f, s->response0, s->nresponses);
				continue;
			}
			for (i = s->response0; i < s->response0 + s->nresponses;
			     i++) {
				draw_shares(f, i, 1);
				draw_delays(f, i);
			}
		}
}
