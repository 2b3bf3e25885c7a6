#include <stdlib.h>

#include "synth/world.h"
#include "test.h"

#define DAY INT64_C(86400000)

static struct world
world(uint64_t customers)
{
	return (struct world){.key = 42,
	    .customers = customers,
	    .mean = 13,
	    .from = 0,
	    .until = 365 * DAY};
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* No phone is two people's, first or second, near the bound too. */
static void
phones_are_ones_own(void **state)
{
	struct world w = world(WORLD_CUSTOMERS);
	size_t n = 100000;
	char(*text)[12] = calloc(2 * n, sizeof(*text));

	(void)state;
	for (size_t i = 0; i < 2 * n; i++) {
		uint64_t number =
		    i % 4 < 2 ? i / 2 : WORLD_CUSTOMERS - 1 - i / 2;
		struct person p = world_person(&w, number);
		struct buf b = {0};

		person_phone(&p, (int)(i % 2), &b);
		assert_int_equal(b.len, 11);
		memcpy(text[i], b.p, 11);
		buf_free(&b);
	}
	qsort(text, 2 * n, sizeof(*text), by_text);
	for (size_t i = 1; i < 2 * n; i++)
		assert_string_not_equal(text[i - 1], text[i]);
	free(text);
}

static void
makes_about_as_many_rows_as_asked(void **state)
{
	struct world w = world(20000);
	uint64_t rows = 0;

	(void)state;
	for (uint64_t i = 0; i < w.customers; i++) {
		struct person p = world_person(&w, i);

		for (int n = 0; n < p.visits; n++)
			rows += (uint64_t)person_visit(&p, n).rows;
	}
	assert_in_range(rows, 13 * 20000 * 90 / 100, 13 * 20000 * 110 / 100);
}

/* A visit lies in the world's time, names what its source can know, and the
 * first in each source is the customer's introduction there. */
static void
visits_make_sense(void **state)
{
	static const unsigned knows[SOURCES] = {
	    SAYS_PHONE | SAYS_SECOND_PHONE | SAYS_MASKED,
	    SAYS_PHONE | SAYS_SECOND_PHONE | SAYS_UNIONID,
	    SAYS_PHONE | SAYS_SECOND_PHONE | SAYS_KIN_PHONE | SAYS_UNIONID,
	    SAYS_PHONE | SAYS_KIN_PHONE | SAYS_USER | SAYS_EMAIL | SAYS_DEVICE |
		SAYS_SECOND_DEVICE | SAYS_TABLET | SAYS_KIN_DEVICE,
	    SAYS_PHONE | SAYS_SECOND_PHONE | SAYS_CARD};
	struct world w = world(5000);
	size_t kin = 0;

	(void)state;
	for (uint64_t i = 0; i < w.customers; i++) {
		struct person p = world_person(&w, i);
		unsigned met = 0;

		kin += p.kin != UINT64_MAX;
		assert_true(p.kin == UINT64_MAX || p.kin < i);
		for (int n = 0; n < p.visits; n++) {
			struct visit v = person_visit(&p, n);

			assert_int_equal(v.first, !(met >> v.source & 1));
			met |= 1u << v.source;
			assert_in_range(v.time, w.from, w.until - 1);
			assert_int_equal(v.says & ~knows[v.source], 0);
			assert_true(v.fen > 0);
			assert_int_equal(v.fen % (int64_t)v.quantity, 0);
			assert_true(
			    p.kin != UINT64_MAX ||
			    !(v.says & (SAYS_KIN_PHONE | SAYS_KIN_DEVICE)));
		}
	}
	assert_in_range(kin, 5, 200);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(phones_are_ones_own),
	    cmocka_unit_test(makes_about_as_many_rows_as_asked),
	    cmocka_unit_test(visits_make_sense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
