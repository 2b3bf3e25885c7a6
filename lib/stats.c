#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "stats.h"

double
log_gamma(double x)
{
	int sign;

	return lgamma_r(x, &sign);
}

double
digamma(double x)
{
	double v = 0, f;

	for (; x < 12; x++)
		v -= 1 / x;
	f = 1 / (x * x);
	return v + log(x) - 0.5 / x -
	       f * (1. / 12 -
		       f * (1. / 120 -
			       f * (1. / 252 -
				       f * (1. / 240 -
					       f * (1. / 132 -
						       f * (691. / 32760))))));
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void
sort_doubles(double *v, size_t n)
{
	mem_sort(v, n, sizeof *v, by_value);
}

double
quantile(const double *v, size_t n, double p)
{
	double h = (double)(n - 1) * p;
	/* R's own fuzz: a position that is whole but for rounding is whole. */
	double at = floor(h + 4 * 2.220446049250313e-16);
	size_t i = (size_t)at;
	double part = h - at;

	if (fabs(part) < 4 * 2.220446049250313e-16 || i + 1 >= n)
		return v[i < n ? i : n - 1];
	return v[i] + part * (v[i + 1] - v[i]);
}

double
mean_of(const double *v, size_t n)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += v[i];
	return sum / (double)n;
}

double
variance_of(const double *v, size_t n)
{
	double mean = mean_of(v, n), sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += (v[i] - mean) * (v[i] - mean);
	return sum / (double)(n - 1);
}

double
correlation(const double *x, const double *y, size_t n)
{
	double mx = mean_of(x, n), my = mean_of(y, n);
	double xx = 0, yy = 0, xy = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		xx += (x[i] - mx) * (x[i] - mx);
		yy += (y[i] - my) * (y[i] - my);
		xy += (x[i] - mx) * (y[i] - my);
	}
	/* What never varies correlates with nothing. */
	if (xx <= 1e-20 * (double)n * mx * mx ||
	    yy <= 1e-20 * (double)n * my * my)
		return NAN;
	return xy / sqrt(xx * yy);
}

struct scored {
	double score;
	size_t i;
};

static int
by_score(const void *a, const void *b)
{
	const struct scored *x = a, *y = b;

	if (x->score != y->score)
		return x->score < y->score ? 1 : -1;
	return (x->i > y->i) - (x->i < y->i);
}

size_t *
order_descending(const double *score, size_t n)
{
	struct scored *s = mem_alloc(n, sizeof *s);
	size_t *order = mem_alloc(n, sizeof *order), i;

	for (i = 0; i < n; i++)
		s[i] = (struct scored){score[i], i};
	mem_sort(s, n, sizeof *s, by_score);
	for (i = 0; i < n; i++)
		order[i] = s[i].i;
	free(s);
	return order;
}

double
auc(const double *score, const double *label, size_t n)
{
	size_t *order = order_descending(score, n), i, j;
	double above = 0, area = 0, yes, no, nos = 0;

	for (i = 0; i < n; i = j) {
		yes = no = 0;
		for (j = i; j < n && score[order[j]] == score[order[i]]; j++) {
			yes += label[order[j]];
			no += 1 - label[order[j]];
		}
		area += no * (above + yes / 2);
		above += yes;
		nos += no;
	}
	free(order);
	return area / (above * nos);
}

static int
factor(double *a, int n)
{
	int i, j, k;
	double sum;

	for (i = 0; i < n; i++)
		for (j = 0; j <= i; j++) {
			sum = a[i * n + j];
			for (k = 0; k < j; k++)
				sum -= a[i * n + k] * a[j * n + k];
			if (i != j)
				a[i * n + j] = sum / a[j * n + j];
			else if (sum > 0)
				a[i * n + i] = sqrt(sum);
			else
				return 0;
		}
	return 1;
}

static void
substitute(const double *l, double *b, int n)
{
	int i, k;

	for (i = 0; i < n; i++) {
		for (k = 0; k < i; k++)
			b[i] -= l[i * n + k] * b[k];
		b[i] /= l[i * n + i];
	}
	for (i = n - 1; i >= 0; i--) {
		for (k = i + 1; k < n; k++)
			b[i] -= l[k * n + i] * b[k];
		b[i] /= l[i * n + i];
	}
}

int
cholesky_solve(double *a, double *b, int n)
{
	if (!factor(a, n))
		return 0;
	substitute(a, b, n);
	return 1;
}

int
cholesky_invert(double *a, int n)
{
	double *inverse;
	int i;

	if (!factor(a, n))
		return 0;
	inverse = mem_alloc((size_t)(n * n), sizeof *inverse);
	for (i = 0; i < n; i++) {
		inverse[i * n + i] = 1;
		substitute(a, inverse + i * n, n);
	}
	memcpy(a, inverse, (size_t)(n * n) * sizeof *a);
	free(inverse);
	return 1;
}
