/* How far a forecast lies from what happened. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../mem.h"
#include "../stats.h"
#include "simulate.h"

#define MINUTE 60000LL
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

/* Five minutes below an hour, hours below two days, days below four weeks,
 * weeks: 12 + 47 + 26 + 43. */
size_t
forecast_cycle(int64_t ms)
{
	int64_t i = ms < HOUR       ? ms / (5 * MINUTE)
		    : ms < 2 * DAY  ? 11 + ms / HOUR
		    : ms < 28 * DAY ? 57 + ms / DAY
				    : 81 + ms / (7 * DAY);

	return i < FORECAST_CYCLE ? (size_t)i : FORECAST_CYCLE - 1;
}

static double
bin_minutes(size_t bin)
{
	return bin < 12 ? 5 : bin < 59 ? 60 : bin < 85 ? 1440 : 7 * 1440;
}

/*
 * What is compared: how often each 2-gram came, and how long instances took.
 * The 2-grams are entries (the start and a node), edges (a node and the next),
 * and ends at a node by exit, goal or drop (a node and the end).
 */
static size_t
grams(const struct forecast *f)
{
	return f->all->n + f->all->nedges + 2 * f->all->nsteps;
}

static void
add_counts(double *to, const uint64_t *from, size_t n)
{
	while (n-- > 0)
		*to++ += (double)*from++;
}

static void
gather(const struct forecast *f, const struct tally *t, const uint64_t *cycle,
    double *to)
{
	add_counts(to, t->entries, f->all->n);
	to += f->all->n;
	add_counts(to, t->edge, f->all->nedges);
	to += f->all->nedges;
	add_counts(to, t->exited, f->all->nsteps);
	to += f->all->nsteps;
	add_counts(to, t->dropped, f->all->nsteps);
	to += f->all->nsteps;
	add_counts(to, cycle, FORECAST_CYCLE);
}

/* The share of 2-grams that only one side has: sum |a - b| / sum (a + b). */
static double
between_grams(const double *a, const double *b, size_t n)
{
	double apart = 0, all = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		apart += fabs(a[i] - b[i]);
		all += a[i] + b[i];
	}
	return all > 0 ? apart / all : 0;
}

static double
sum(const double *v, size_t n)
{
	double all = 0;

	while (n-- > 0)
		all += *v++;
	return all;
}

/* Hours that an instance's time must be moved on average to make one
 * distribution the other: the first Wasserstein distance. */
static double
between_times(const double *a, const double *b)
{
	double n = sum(a, FORECAST_CYCLE), m = sum(b, FORECAST_CYCLE);
	double ahead = 0, minutes = 0;
	size_t i;

	if (n == 0 || m == 0)
		return 0;
	for (i = 0; i < FORECAST_CYCLE; i++) {
		ahead += a[i] / n - b[i] / m;
		minutes += fabs(ahead) * bin_minutes(i);
	}
	return minutes / 60;
}

/* chance: of the replications, 95 % of new ones lie no farther. */
static void
write_distance(const struct forecast *f, const char *name, double value,
    double *chance, struct buf *b)
{
	size_t R = f->replications, k = (size_t)ceil(0.95 * (double)(R + 1));

	k = k < R ? k : R;
	sort_doubles(chance, R);
	buf_adds(b, "{\"distance\":");
	buf_jsons(b, name);
	buf_adds(b, ",\"value\":");
	buf_double(b, value);
	buf_adds(b, ",\"by_chance\":");
	buf_double(b, chance[k - 1]);
	buf_adds(b, value <= chance[k - 1] ? ",\"inside\":true}\n"
					   : ",\"inside\":false}\n");
}

void
distances_write(const struct forecast *f, struct buf *b)
{
	size_t n = grams(f), all = n + FORECAST_CYCLE, R = f->replications;
	double *v = mem_alloc(3 * all + 2 * R, sizeof *v);
	double *mean = v, *actual = v + all, *one = v + 2 * all;
	double *chance = v + 3 * all;
	struct tally t;
	size_t i, k;

	gather(f, f->actual, f->actual_cycle, actual);
	for (i = 0; i < R; i++) {
		tally_over(&t, f->all, f->counts + i * f->width);
		gather(f, &t, f->counts + i * f->width + f->cycle, mean);
	}
	for (k = 0; k < all; k++)
		mean[k] /= (double)R;
	for (i = 0; i < R; i++) {
		memset(one, 0, all * sizeof *one);
		tally_over(&t, f->all, f->counts + i * f->width);
		gather(f, &t, f->counts + i * f->width + f->cycle, one);
		chance[i] = between_grams(mean, one, n);
		chance[R + i] = between_times(mean + n, one + n);
	}
	write_distance(f, "2-gram", between_grams(mean, actual, n), chance, b);
	if (sum(mean + n, FORECAST_CYCLE) > 0 &&
	    sum(actual + n, FORECAST_CYCLE) > 0)
		write_distance(f, "cycle time, hours",
		    between_times(mean + n, actual + n), chance + R, b);
	free(v);
}
