#include <stdlib.h>
#include <string.h>

#include "../draw.h"
#include "../test.h"
#include "inside.h"

/* Small files made by chance: what reach_of finds must be exactly what trying
 * every set of elements gives. */

enum { ELEMENTS = 7, GROUPS = 3, SPAN = 400 };

static struct element element[ELEMENTS];
static struct points_group group[GROUPS];
static struct points_file file = {
    .element = element,
    .elements = ELEMENTS,
    .group = group,
    .groups = GROUPS,
};

static int64_t
number(const struct dec *d)
{
	int64_t n = (int64_t)d->c;
	int i;

	for (i = 0; i < d->scale; i++)
		n /= 10;
	return n;
}

static int64_t
clamped(const struct clamp *c, int64_t v)
{
	if (c->has_max && v > number(&c->max))
		return number(&c->max);
	if (c->has_min && v < number(&c->min))
		return number(&c->min);
	return v;
}

/* The points of a set of elements; false: a required group has none. */
static bool
points_of(unsigned set, int64_t *sum)
{
	int64_t part, v;
	unsigned i, g, n;

	*sum = 0;
	for (g = 0; g <= GROUPS; g++) {
		part = n = 0;
		for (i = 0; i < ELEMENTS; i++) {
			if ((set >> i & 1) == 0 ||
			    element[i].group != (g < GROUPS ? g : NOTHING))
				continue;
			v = number(&element[i].points);
			if (g < GROUPS && group[g].exclusive)
				part = n == 0 || v > part ? v : part;
			else
				part += v;
			n++;
		}
		if (g < GROUPS && group[g].required && n == 0)
			return false;
		*sum +=
		    g < GROUPS && n > 0 ? clamped(&group[g].clamp, part) : part;
	}
	*sum = clamped(&file.clamp, *sum);
	return true;
}

static bool
has_elements(size_t g)
{
	size_t i;

	for (i = 0; i < ELEMENTS; i++)
		if (element[i].group == g)
			return true;
	return false;
}

static void
make(uint64_t key)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < ELEMENTS; i++) {
		element[i] = (struct element){.file = &file, .events = true};
		element[i].worth = element[i].when = ASK_NONE;
		element[i].points =
		    dec_of((int64_t)(draw_next(key, n++) % 41) - 10);
		element[i].group = draw_next(key, n++) % (GROUPS + 1);
		if (element[i].group == GROUPS)
			element[i].group = NOTHING;
	}
	for (i = 0; i < GROUPS; i++) {
		group[i] = (struct points_group){0};
		group[i].exclusive = draw_next(key, n++) % 2 == 0;
		group[i].required =
		    draw_next(key, n++) % 3 == 0 && has_elements(i);
		group[i].clamp.has_max = draw_next(key, n++) % 2 == 0;
		group[i].clamp.max = dec_of(25);
	}
	file.clamp.has_min = draw_next(key, n++) % 2 == 0;
	file.clamp.min = dec_of(0);
}

static void
equals_brute_force(void **state)
{
	bool may[2 * SPAN];
	struct reach r;
	int64_t sum;
	uint64_t key;
	unsigned set;
	size_t i, n;

	(void)state;
	for (key = 1; key <= 300; key++) {
		make(key * 7919);
		memset(may, 0, sizeof may);
		for (set = 0; set < 1U << ELEMENTS; set++)
			if (points_of(set, &sum))
				may[SPAN + sum] = true;
		reach_of(&file, &r);
		assert_true(r.known && r.exact && !r.up && !r.down);
		for (i = n = 0; i < 2 * SPAN; i++) {
			if (!may[i])
				continue;
			assert_true(n < r.n);
			assert_int_equal(r.value[n], (int64_t)i - SPAN);
			n++;
		}
		assert_int_equal(n, r.n);
		assert_int_equal(r.lo, r.value[0]);
		assert_int_equal(r.hi, r.value[r.n - 1]);
		reach_free(&r);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(equals_brute_force),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
