#include <math.h>

#include "interval.h"

double
normal_cdf(double z)
{
	return 0.5 * erfc(-z * M_SQRT1_2);
}

double
normal_two_sided(double z)
{
	return erfc(fabs(z) * M_SQRT1_2);
}

void
wilson(double k, double n, double z, double *low, double *high)
{
	double p, z2 = z * z, centre, half;

	*low = 0;
	*high = 1;
	if (n <= 0)
		return;
	p = k / n;
	centre = (p + z2 / (2 * n)) / (1 + z2 / n);
	half = z / (1 + z2 / n) * sqrt(p * (1 - p) / n + z2 / (4 * n * n));
	if (k > 0)
		*low = fmax(0, centre - half);
	if (k < n)
		*high = fmin(1, centre + half);
}

static void
finish(struct difference *d, double first, double second, double log_se)
{
	d->low = d->value - Z95 * d->se;
	d->high = d->value + Z95 * d->se;
	d->p = normal_two_sided(d->z);
	d->ratio = d->ratio_low = d->ratio_high = NAN;
	if (first <= 0)
		return;
	d->ratio = second / first - 1;
	if (second <= 0 || !isfinite(log_se))
		return;
	d->ratio_low = second / first * exp(-Z95 * log_se) - 1;
	d->ratio_high = second / first * exp(Z95 * log_se) - 1;
}

struct difference
difference_rates(double k1, double n1, double k2, double n2)
{
	struct difference d;
	double p1 = k1 / n1, p2 = k2 / n2, pooled = (k1 + k2) / (n1 + n2);

	d.value = p2 - p1;
	d.se = sqrt(
	    p1 * (1 - p1) / fmax(n1 - 1, 1) + p2 * (1 - p2) / fmax(n2 - 1, 1));
	d.z = d.value / sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2));
	finish(&d, p1, p2, sqrt(1 / k1 - 1 / n1 + 1 / k2 - 1 / n2));
	return d;
}

struct difference
difference_means(
    double mean1, double var1, double n1, double mean2, double var2, double n2)
{
	struct difference d;

	d.value = mean2 - mean1;
	d.se = sqrt(var1 / n1 + var2 / n2);
	d.z = d.value / d.se;
	finish(&d, mean1, mean2,
	    sqrt(var1 / n1 / (mean1 * mean1) + var2 / n2 / (mean2 * mean2)));
	return d;
}
