#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../draw.h"
#include "../mem.h"
#include "../stats.h"
#include "mem.h"
#include "uplift.h"

struct person {
	double score, y;
	bool treated;
};

/* From the highest score; what else is compared only makes the order of the
 * input immaterial to the permutations. */
static int
by_score(const void *a, const void *b)
{
	const struct person *p = a, *q = b;

	if (p->score != q->score)
		return p->score < q->score ? 1 : -1;
	if (p->y != q->y)
		return p->y < q->y ? 1 : -1;
	return (int)q->treated - (int)p->treated;
}

struct point { /* of the curve, after the first n people */
	double n, treated, y1, y0;
};

static double
height(const struct point *p)
{
	double others = p->n - p->treated;

	return p->y1 - (others > 0 ? p->y0 * p->treated / others : 0);
}

/* Area under the Qini curve by the trapezoid rule; block[i]: i is the last of
 * its equal scores. */
static double
area(const struct person *p, const bool *block, size_t n)
{
	struct point at = {0};
	double last = 0, from = 0, sum = 0, h;
	size_t i;

	for (i = 0; i < n; i++) {
		at.n++;
		at.treated += p[i].treated;
		at.y1 += p[i].treated ? p[i].y : 0;
		at.y0 += p[i].treated ? 0 : p[i].y;
		if (!block[i])
			continue;
		h = height(&at);
		sum += (at.n - from) * (h + last) / 2;
		from = at.n;
		last = h;
	}
	return sum - (double)n * last / 2;
}

static void
blocks(const struct person *p, size_t n, bool *block)
{
	size_t i;

	for (i = 0; i < n; i++)
		block[i] = i + 1 == n || p[i].score != p[i + 1].score;
}

static double
perfect(const struct person *people, size_t n)
{
	struct person *p = mem_alloc(n, sizeof *p);
	bool *block = mem_alloc(n, sizeof *block);
	double v;
	size_t i;

	memcpy(p, people, n * sizeof *p);
	for (i = 0; i < n; i++)
		p[i].score = p[i].treated ? p[i].y : -p[i].y;
	mem_sort(p, n, sizeof *p, by_score);
	blocks(p, n, block);
	v = area(p, block, n);
	free(p);
	free(block);
	return v;
}

/* Uplift among the first `top` people; a block of equal scores that the cut
 * splits counts in part. */
static double
top_uplift(const struct person *p, const bool *block, size_t n, double top)
{
	struct point at = {0}, next = {0};
	double part;
	size_t i;

	for (i = 0; i < n; i++) {
		next.n++;
		next.treated += p[i].treated;
		next.y1 += p[i].treated ? p[i].y : 0;
		next.y0 += p[i].treated ? 0 : p[i].y;
		if (!block[i])
			continue;
		part = fmin(1, (top - at.n) / (next.n - at.n));
		at.treated += part * (next.treated - at.treated);
		at.y1 += part * (next.y1 - at.y1);
		at.y0 += part * (next.y0 - at.y0);
		at.n += part * (next.n - at.n);
		if (part < 1 || at.n >= top)
			break;
	}
	return at.y1 / at.treated - at.y0 / (at.n - at.treated);
}

/* Fisher-Yates over who did what; the scores stay. */
static void
shuffle(struct person *p, size_t n, uint64_t key)
{
	struct person t;
	double score;
	size_t i, j;

	for (i = n - 1; i > 0; i--) {
		j = (size_t)(draw_unit(draw_next(key, i)) * (double)(i + 1));
		t = p[i];
		score = p[j].score;
		p[i] = p[j];
		p[i].score = t.score;
		p[j] = t;
		p[j].score = score;
	}
}

static void
permute(struct person *p, const bool *block, size_t n, double best,
    uint64_t seed, struct uplift *u)
{
	size_t times = (size_t)u->permutations, i;
	double *q = mem_alloc(times + 1, sizeof *q);

	for (i = 0; i < times; i++) {
		shuffle(p, n, draw_next(seed, i));
		q[i] = area(p, block, n) / best;
	}
	u->random_sd = sqrt(variance_of(q, times));
	sort_doubles(q, times);
	u->random_low = quantile(q, times, .025);
	u->random_high = quantile(q, times, .975);
	u->distinguishable = u->qini > u->random_high;
	free(q);
}

void
uplift_measure(const double *score, const double *y, const double *treated,
    size_t n, int permutations, uint64_t seed, struct uplift *u)
{
	struct person *p = mem_alloc(n + 1, sizeof *p);
	bool *block = mem_alloc(n + 1, sizeof *block);
	double best, sum1 = 0, sum0 = 0;
	size_t i;

	*u = (struct uplift){.rows = (double)n, .permutations = permutations};
	for (i = 0; i < n; i++) {
		p[i] = (struct person){score[i], y[i], treated[i] > 0};
		u->treated += p[i].treated;
		sum1 += p[i].treated ? y[i] : 0;
		sum0 += p[i].treated ? 0 : y[i];
	}
	u->ate = sum1 / u->treated - sum0 / (u->rows - u->treated);
	mem_sort(p, n, sizeof *p, by_score);
	blocks(p, n, block);
	best = perfect(p, n);
	u->qini = area(p, block, n) / best;
	for (i = 0; i < UPLIFT_TOPS; i++)
		u->top[i] =
		    top_uplift(p, block, n, (double)(i + 1) * u->rows / 10);
	if (permutations > 1)
		permute(p, block, n, best, seed, u);
	free(p);
	free(block);
}

void
uplift_transform(
    const double *y, const double *treated, size_t n, double *z, double *weight)
{
	double share = mean_of(treated, n);
	size_t i;

	for (i = 0; i < n; i++) {
		z[i] = treated[i] > 0 ? y[i] : 1 - y[i];
		weight[i] = treated[i] > 0 ? 0.5 / share : 0.5 / (1 - share);
	}
}
