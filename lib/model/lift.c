#include <math.h>
#include <stdlib.h>

#include "../interval.h"
#include "../stats.h"
#include "lift.h"

/* Put [from, from + n) of the ranking, with its sums, into the parts. */
static void
share(struct lift_part *out, double size, int parts, double from, double n,
    double positives, double score)
{
	double to = from + n, cut, part;
	int i = (int)(from / size);

	for (; n > 0 && from < to && i < parts; i++) {
		cut = i == parts - 1 ? to : fmin(to, (i + 1) * size);
		if (cut <= from)
			continue;
		part = (cut - from) / n;
		out[i].n += cut - from;
		out[i].positives += part * positives;
		out[i].mean_score += (cut - from) * score;
		from = cut;
	}
}

void
lift_table(const double *score, const double *y, size_t n, int parts,
    struct lift_part *out)
{
	size_t *order = order_descending(score, n), i, j;
	double all = 0, yes, sum = 0;
	int k;

	for (k = 0; k < parts; k++)
		out[k] = (struct lift_part){0};
	for (i = 0; i < n; i = j) {
		for (yes = 0, j = i;
		     j < n && score[order[j]] == score[order[i]]; j++)
			yes += y[order[j]];
		all += yes;
		share(out, (double)n / parts, parts, (double)i, (double)(j - i),
		    yes, score[order[i]]);
	}
	free(order);
	for (k = 0; k < parts; k++) {
		sum += out[k].positives;
		if (out[k].n > 0)
			out[k].mean_score /= out[k].n;
		out[k].gain = sum / all;
		out[k].lift = out[k].positives / out[k].n / (all / (double)n);
		wilson(
		    out[k].positives, out[k].n, Z95, &out[k].low, &out[k].high);
	}
}

double
lift_auc_se(double a, double positives, double negatives)
{
	double q1 = a / (2 - a), q2 = 2 * a * a / (1 + a);

	return sqrt((a * (1 - a) + (positives - 1) * (q1 - a * a) +
			(negatives - 1) * (q2 - a * a)) /
		    (positives * negatives));
}
