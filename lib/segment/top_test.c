#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "../draw.h"
#include "../test.h"
#include "inside.h"

struct one {
	double value;
	char id[16];
};

static int
first(const void *a, const void *b)
{
	const struct one *x = a, *y = b;

	if (x->value != y->value)
		return x->value > y->value ? -1 : 1;
	return strcmp(x->id, y->id);
}

/* A share rounds half up, in whole numbers: per thousand here. */
static size_t
size_of(const char *text, size_t n)
{
	size_t most =
	    strchr(text, '%') == NULL
		? strtoul(text, NULL, 10)
		: (n * (size_t)(strtod(text, NULL) * 10) + 500) / 1000;

	return most < n ? most : n;
}

/* Against sorting them all: few values, so that there are many ties. */
static void
the_heap_is_a_sort(void **state)
{
	static const char *const texts[] = {
	    "1", "2", "7", "500", "100000", "0%", "0.5%", "10%", "50%", "100%"};
	static const struct place at = {"t", 1, 1, NULL};
	struct one all[997];
	struct top *t;
	size_t i, k, most, in;
	uint64_t key = 0;

	(void)state;
	for (k = 0; k < ROWS(texts); k++) {
		t = top_new(texts[k], &at);
		for (i = 0; i < ROWS(all); i++) {
			all[i].value = (double)(draw_next(k, key++) % 40) - 7.5;
			snprintf(all[i].id, sizeof all[i].id, "c%llu",
			    (unsigned long long)(draw_next(k, key++) %
						 1000000));
			top_offer(
			    t, all[i].value, all[i].id, strlen(all[i].id));
		}
		top_close(t);
		qsort(all, ROWS(all), sizeof *all, first);
		most = size_of(texts[k], ROWS(all));
		for (i = in = 0; i < ROWS(all); i++) {
			bool yes = top_in(
			    t, all[i].value, all[i].id, strlen(all[i].id));

			assert_int_equal(yes, i < most);
			in += yes;
		}
		assert_int_equal(in, most);
		top_free(t);
	}
}

static void
no_number_is_never_taken(void **state)
{
	static const struct place at = {"t", 1, 1, NULL};
	struct top *t = top_new("50%", &at);

	(void)state;
	top_offer(t, NAN, "a", 1);
	top_offer(t, 1, "b", 1);
	top_offer(t, NAN, "c", 1);
	top_offer(t, NAN, "d", 1);
	top_close(t);
	assert_false(top_in(t, NAN, "a", 1));
	assert_true(top_in(t, 1, "b", 1));
	top_free(t);
	t = top_new("3", &at);
	top_close(t);
	assert_false(top_in(t, 1, "b", 1));
	top_free(t);
}

static const struct {
	const char *text;
	double share; /* negative: no share */
} shares[] = {
    {"10%", 0.1},
    {"0%", 0},
    {"100%", 1},
    {"12.5%", 0.125},
    {"100.1%", -1},
    {"-1%", -1},
    {"%", -1},
    {"", -1},
    {"10", -1},
    {"1 0%", -1},
    {"10%%", -1},
    {"1.2.3%", -1},
};

static void
shares_are_read(void **state)
{
	double share;
	size_t i;

	(void)state;
	for (i = 0; i < ROWS(shares); i++) {
		bool ok = parse_percent(shares[i].text, &share);

		if (ok != (shares[i].share >= 0))
			fail_msg("%s", shares[i].text);
		if (ok)
			assert_true(fabs(share - shares[i].share) < 1e-15);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_heap_is_a_sort),
	    cmocka_unit_test(no_number_is_never_taken),
	    cmocka_unit_test(shares_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
