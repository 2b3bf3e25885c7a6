#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "dec.h"
#include "draw.h"
#include "test.h"

static struct dec
parsed(const char *text)
{
	struct dec d;

	assert_true(dec_parse(text, strlen(text), &d));
	return d;
}

static void
same_text(struct dec d, const char *want)
{
	struct buf b = {0};

	dec_text(d, &b);
	buf_byte(&b, '\0');
	assert_string_equal(b.p, want);
	buf_free(&b);
}

/* Expected by hand: the same number without trailing zeros or exponent. */
static void
parses(void **state)
{
	static const char *const rows[][2] = {
	    {"0", "0"},
	    {"-0", "0"},
	    {"-0.00", "0"},
	    {"19.99", "19.99"},
	    {"19.90", "19.9"},
	    {"1e5", "100000"},
	    {"1E+2", "100"},
	    {"-1.5e-3", "-0.0015"},
	    {"0.30000000000000004", "0.30000000000000004"},
	    {"9223372036854775808", "9223372036854775808"},
	    {"-9223372036854775809", "-9223372036854775809"},
	    {"99999999999999999999999999999999999999",
		"99999999999999999999999999999999999999"},
	    {"1.00000000000000000000000000000000000000000000", "1"},
	    {"0.00000000000000000000000000000000000001",
		"0.00000000000000000000000000000000000001"},
	    {"1000000000000000000000000e-24", "1"},
	    {"8911407.904", "8911407.904"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ROWS(rows); i++)
		same_text(parsed(rows[i][0]), rows[i][1]);
}

static void
refuses_what_38_digits_cannot_hold(void **state)
{
	static const char *const rows[] = {
	    "1e400",
	    "100000000000000000000000000000000000000",
	    "123456789012345678901234567890123456789",
	    "1e-39",
	    "5e-324",
	    "0.123456789012345678901234567890123456789",
	};
	struct dec d;
	size_t i;

	(void)state;
	for (i = 0; i < ROWS(rows); i++)
		assert_false(dec_parse(rows[i], strlen(rows[i]), &d));
}

/* Expected by hand. */
static void
computes(void **state)
{
	static const struct {
		const char *a, *b, *sum, *difference, *product, *quotient;
	} rows[] = {
	    {"0.1", "0.2", "0.3", "-0.1", "0.02", "0.5"},
	    {"19.99", "0.01", "20", "19.98", "0.1999", "1999"},
	    {"1", "3", "4", "-2", "3", NULL},
	    {"-7", "8", "1", "-15", "-56", "-0.875"},
	    {"5", "0", "5", "5", "0", NULL},
	    {"99999999999999999999999999999999999999", "1", NULL,
		"99999999999999999999999999999999999998",
		"99999999999999999999999999999999999999",
		"99999999999999999999999999999999999999"},
	};
	bool (*const f[])(struct dec, struct dec, struct dec *) = {
	    dec_add, dec_sub, dec_mul, dec_div};
	size_t i, k;

	(void)state;
	for (i = 0; i < ROWS(rows); i++)
		for (k = 0; k < 4; k++) {
			const char *const want[] = {rows[i].sum,
			    rows[i].difference, rows[i].product,
			    rows[i].quotient};
			struct dec d;
			bool fits =
			    f[k](parsed(rows[i].a), parsed(rows[i].b), &d);

			assert_int_equal(fits, want[k] != NULL);
			if (fits)
				same_text(d, want[k]);
		}
}

static void
compares_and_rounds(void **state)
{
	static const struct {
		const char *value, *want;
		int places;
	} rows[] = {
	    {"2.5", "3", 0},
	    {"-2.5", "-3", 0},
	    {"2.4999", "2", 0},
	    {"2.345", "2.35", 2},
	    {"-2.344", "-2.34", 2},
	    {"7", "7", 3},
	    {"0.04", "0", 1},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ROWS(rows); i++)
		same_text(dec_round(parsed(rows[i].value), rows[i].places),
		    rows[i].want);
	assert_true(dec_cmp(parsed("0.1"), parsed("0.10")) == 0);
	assert_true(dec_cmp(parsed("-1"), parsed("0.5")) < 0);
	assert_true(dec_cmp(parsed("1e30"), parsed("1e-30")) > 0);
	assert_true(dec_cmp(parsed("1.1"), parsed("1.01")) > 0);
}

/* The oracle is strtod, which glibc rounds correctly. */
static void
doubles_agree_with_strtod(void **state)
{
	char text[64];
	uint64_t i, bits;
	struct dec d;
	double v;

	(void)state;
	for (i = 0; i < 20000; i++) {
		bits = draw_next(1, i);
		snprintf(text, sizeof text, "%s%llu.%0*llu",
		    bits & 1 ? "-" : "", (unsigned long long)(bits >> 40),
		    (int)(bits % 15 + 1),
		    (unsigned long long)(draw_next(2, i) % 1000000007 % 10));
		assert_true(dec_parse(text, strlen(text), &d));
		v = strtod(text, NULL);
		assert_true(dec_double(d) == v);
	}
	assert_true(dec_of_double(19.99, &d));
	same_text(d, "19.99");
	assert_true(dec_of_double(-1e22, &d));
	same_text(d, "-10000000000000000000000");
	assert_false(dec_of_double(NAN, &d));
	assert_false(dec_of_double(1e300, &d));
}

/* Any order of the same addends gives the same text. */
static void
sums_do_not_depend_on_order(void **state)
{
	struct dec up = dec_of(0), down = dec_of(0), d;
	int i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		d = (struct dec){
		    (dec_int)(draw_next(3, (uint64_t)i) % 100000), i % 5};
		assert_true(dec_add(up, d, &up));
	}
	for (i = 999; i >= 0; i--) {
		d = (struct dec){
		    (dec_int)(draw_next(3, (uint64_t)i) % 100000), i % 5};
		assert_true(dec_add(down, d, &down));
	}
	assert_true(up.c == down.c && up.scale == down.scale);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(parses),
	    cmocka_unit_test(refuses_what_38_digits_cannot_hold),
	    cmocka_unit_test(computes),
	    cmocka_unit_test(compares_and_rounds),
	    cmocka_unit_test(doubles_agree_with_strtod),
	    cmocka_unit_test(sums_do_not_depend_on_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
