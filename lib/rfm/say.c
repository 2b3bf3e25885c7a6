#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../mem.h"
#include "rfm.h"

static const char *const measure[] = {"r", "f", "m", "fm"};

static void
say_range(const struct rfm_class *c, int i, bool *first, struct buf *b)
{
	if (isinf(c->low[i]) && isinf(c->high[i]))
		return;
	buf_adds(b, *first ? " " : ", ");
	*first = false;
	buf_addf(b, "%s ", measure[i]);
	buf_double(b, c->low[i]);
	if (c->low[i] == c->high[i])
		return;
	buf_adds(b, " to ");
	buf_double(b, c->high[i]);
}

static void
say_class(const struct rfm_class *c, size_t reached, struct buf *b)
{
	bool first = true;
	int i;

	buf_addf(b, "  %s:", c->name.text);
	for (i = 0; i < 4; i++)
		say_range(c, i, &first, b);
	for (i = 0; c->bits >= 0 && i < RFM_MEASURES; i++)
		buf_addf(b, "%s %s %s", first && i == 0 ? "" : ",", measure[i],
		    (c->bits >> i & 1) ? "high" : "low");
	buf_adds(
	    b, reached > 0 ? "\n" : " - never: classes before it take all\n");
}

static void
say_split(const struct rfm_table *t, struct buf *b)
{
	static const char *const by[] = {"the mean", "the median",
	    "the mean score", "a given score", "a given value"};

	if (t->splits)
		buf_addf(b, "  high is better than %s; equal is %s\n",
		    by[t->by], t->equal_high ? "high" : "low");
}

/* A customer with these scores, and high where the bits say. */
static const struct rfm_name *
class_at(const struct rfm *rfm, struct rfm_table *t, const int *score, int bits)
{
	struct rfm_measure m = {.orders = 1};
	struct rfm_table given = *t;
	int i;

	given.map = NULL;
	given.by = BY_GIVEN;
	given.equal_high = false;
	for (i = 0; i < RFM_MEASURES; i++)
		given.threshold[i] = 1;
	m.recency = (bits & 1) ? 0 : 2;
	m.orders = (bits & 2) ? 2 : 1;
	m.money = (bits & 4) ? 2 : 1;
	return rfm_class_of(rfm, &given, &m, score);
}

/* Every combination of scores and of high and low: which classes are reached,
 * and how many combinations have none. */
static void
try_all(const struct rfm *rfm, struct rfm_table *t, int bins, size_t *reached)
{
	int score[RFM_MEASURES], n, all = bins * bins * bins, bits;
	const struct rfm_name *name;
	size_t i;

	for (n = 0; n < all; n++)
		for (bits = 0; bits < (t->splits ? 8 : 1); bits++) {
			score[RFM_R] = n % bins + 1;
			score[RFM_F] = n / bins % bins + 1;
			score[RFM_M] = n / bins / bins + 1;
			name = class_at(rfm, t, score, bits);
			for (i = 0; i < t->n; i++)
				if (&t->class[i].name == name)
					break;
			reached[i]++;
		}
}

static void
say_table(const struct rfm *rfm, struct rfm_table *t, struct buf *b)
{
	int bins = t->bins > 0 ? t->bins : rfm->bins;
	size_t *reached = mem_alloc(t->n + 1, sizeof *reached), i;

	try_all(rfm, t, bins, reached);
	buf_addf(b, "%s: %zu classes, the first that fits\n", t->id, t->n);
	say_split(t, b);
	for (i = 0; i < t->n; i++)
		say_class(&t->class[i], reached[i], b);
	if (reached[t->n] > 0)
		buf_addf(b, "  %s: what fits none, %zu of %d combinations\n",
		    t->otherwise.text != NULL ? t->otherwise.text : "no class",
		    reached[t->n], bins * bins * bins * (t->splits ? 8 : 1));
	if (t->none.text != NULL)
		buf_addf(b, "  %s: customers without orders\n", t->none.text);
	free(reached);
}

void
rfm_say(struct rfm *rfm, struct buf *b)
{
	size_t i;

	for (i = 0; i < rfm->tables; i++)
		say_table(rfm, &rfm->table[i], b);
}
