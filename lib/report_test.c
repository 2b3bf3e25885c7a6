#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "draw.h"
#include "report.h"
#include "test.h"

static void
same_as_printf(double v, int digits)
{
	struct buf b = {0};
	char want[64];

	report_digits(&b, v, digits);
	buf_byte(&b, '\0');
	snprintf(want, sizeof want, "%.*g", digits, v);
	if (strchr(want, 'e') == NULL)
		assert_string_equal(b.p, want);
	else
		assert_true(strtod(b.p, NULL) == strtod(want, NULL));
	buf_free(&b);
}

/* Where rounding, carries and lost zeros go wrong, if they do. */
static void
digits_by_hand(void **state)
{
	static const struct {
		double v;
		int digits;
		const char *text;
	} row[] = {{0, 9, "0"}, {1, 9, "1"}, {-1.5, 9, "-1.5"}, {0.1, 9, "0.1"},
	    {9.9999, 4, "10"}, {99999.5, 5, "1e+05"},
	    {0.00012345678949, 9, "0.000123456789"}, {2.5, 1, "2"},
	    {3.5, 1, "4"}, {0.125, 2, "0.12"}, {100, 9, "100"},
	    {1200000, 9, "1200000"}, {123456789.4, 9, "123456789"},
	    {NAN, 9, "null"}, {INFINITY, 9, "null"}};
	struct buf b = {0};
	size_t i;

	(void)state;
	for (i = 0; i < ROWS(row); i++) {
		b.len = 0;
		report_digits(&b, row[i].v, row[i].digits);
		buf_byte(&b, '\0');
		if (strchr(row[i].text, 'e') == NULL)
			assert_string_equal(b.p, row[i].text);
		else
			assert_true(
			    strtod(b.p, NULL) == strtod(row[i].text, NULL));
	}
	buf_free(&b);
}

static void
digits_at_random(void **state)
{
	uint64_t i, key = draw_key("report", 6, "digits", 6);
	double u, v;
	int digits;

	(void)state;
	for (i = 0; i < 200000; i++) {
		u = draw_unit(draw_next(key, 2 * i));
		digits = 1 + (int)(draw_next(key, 2 * i + 1) % 15);
		v = i % 4 == 0   ? floor(u * 1e6) / 1000
		    : i % 4 == 1 ? ldexp(u, (int)(i % 61) - 20)
		    : i % 4 == 2 ? floor(u * 64) / 64
				 : 1 - u * 1e-9;
		same_as_printf(i % 3 == 0 ? -v : v, digits);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(digits_by_hand),
	    cmocka_unit_test(digits_at_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
