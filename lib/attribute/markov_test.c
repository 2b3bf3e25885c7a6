#include <string.h>

#include "../mem.h"
#include "../test.h"
#include "credit.h"
#include "markov.h"

struct path {
	const char *channels; /* a letter each */
	bool converted;
};

/* Rates and removal effects by hand. */
static const struct chain {
	const char *name;
	int order;
	struct path path[4]; /* up to one without channels */
	double rate, a, b, c;
} chains[] = {
    /* The published example: engage.md's 1>2>3, 1, 2>3. */
    {"three", 1, {{"abc", true}, {"a", false}, {"bc", false}, {"", 0}}, 1.0 / 3,
	0.5, 1, 1},
    /* A loop: x(b) = x(a) / 3 + 1/3 and x(a) = x(b), so 1/2. */
    {"loop", 1, {{"abab", true}, {"ab", false}, {"", 0}}, 0.5, 1, 1, 0},
    /* Order 2 keeps the second ab of abab apart from the first: the states
     * are a, ab, ba: ab goes on with 1/3, converts with 1/3. */
    {"second order", 2, {{"abab", true}, {"ab", false}, {"", 0}}, 0.5, 1, 1, 0},
    {"nobody", 1, {{"ab", false}, {"c", false}, {"", 0}}, 0, 0, 0, 0},
    {"everybody", 1, {{"a", true}, {"b", true}, {"", 0}}, 1, 0.5, 0.5, 0},
};

static void
close_to(double got, double want)
{
	assert_true(got > want - 1e-9 && got < want + 1e-9);
}

static void
effects(void **state)
{
	const struct chain *c;
	const struct path *p;
	struct markov *m;
	uint32_t channel[8];
	size_t i, k;

	(void)state;
	for (i = 0; i < ROWS(chains); i++) {
		c = &chains[i];
		m = markov_new(c->order);
		for (p = c->path; p->channels[0] != '\0'; p++) {
			for (k = 0; p->channels[k] != '\0'; k++)
				channel[k] = (uint32_t)(p->channels[k] - 'a');
			markov_path(m, channel, k, p->converted);
		}
		close_to(markov_rate(m, MARKOV_ALL), c->rate);
		close_to(markov_effect(m, 0), c->a);
		close_to(markov_effect(m, 1), c->b);
		close_to(markov_effect(m, 2), c->c);
		markov_free(m);
	}
}

static const struct division {
	int64_t total;
	double weight[3];
	int64_t part[3];
} divisions[] = {
    {1000000, {1, 1, 1}, {333334, 333333, 333333}},
    {1000000, {0.4, 0.2, 0.4}, {400000, 200000, 400000}},
    {10, {1, 1, 1}, {4, 3, 3}},
    {11, {1, 1, 1}, {4, 4, 3}},
    {-10, {1, 1, 1}, {-4, -3, -3}},
    {7, {0, 0, 5}, {0, 0, 7}},
    {0, {1, 2, 3}, {0, 0, 0}},
    {9000000000000000001, {1, 0, 1},
	{4500000000000000001, 0, 4500000000000000000}},
    /* quotas 1.6, 3.2, 5.2: the largest remainder is the first's */
    {10, {8, 16, 26}, {2, 3, 5}},
};

static void
largest_remainder(void **state)
{
	const struct division *d;
	int64_t fine[3];
	dec_int part[3];
	bool more[3];
	size_t i, k;

	(void)state;
	for (i = 0; i < ROWS(divisions); i++) {
		d = &divisions[i];
		divide(d->weight, fine, 3, d->total, part, more);
		for (k = 0; k < 3; k++)
			assert_true(part[k] == d->part[k]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(effects),
	    cmocka_unit_test(largest_remainder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
