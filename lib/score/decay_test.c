#include <string.h>

#include "../test.h"
#include "inside.h"

/*
 * Vendors' figures (reference: HubSpot 50 % a month 10, 5, 0; a half-life of a
 * month 10, 5, 2.5, 1.25), calendar months by hand, 10/3 % steps by hand.
 */
static const struct {
	enum decay type;
	const char *period, *percent, *base, *at, *now, *want; /* NULL: none */
} row[] = {
    {DECAY_NONE, "1d", "0", "10", "2022-01-01", "2032-01-01", "10"},
    {DECAY_LINEAR, "1mo", "50", "10", "2022-01-01", "2022-01-31", "10"},
    {DECAY_LINEAR, "1mo", "50", "10", "2022-01-01", "2022-02-01", "5"},
    {DECAY_LINEAR, "1mo", "50", "10", "2022-01-01", "2022-03-01", NULL},
    {DECAY_LINEAR, "1mo", "50", "10", "2022-01-01", "2032-01-01", NULL},
    {DECAY_HALF_LIFE, "1mo", "0", "10", "2022-01-01", "2022-02-01", "5"},
    {DECAY_HALF_LIFE, "1mo", "0", "10", "2022-01-01", "2022-03-01", "2.5"},
    {DECAY_HALF_LIFE, "1mo", "0", "10", "2022-01-01", "2022-04-01", "1.25"},
    {DECAY_HALF_LIFE, "1mo", "0", "-10", "2022-01-01", "2022-04-01", "-1.25"},
    {DECAY_HALF_LIFE, "1d", "0", "1", "2022-01-01", "2023-01-01", NULL},
    {DECAY_HALF_LIFE, "1y", "0", "8", "2020-02-29", "2021-02-27", "8"},
    {DECAY_HALF_LIFE, "1y", "0", "8", "2020-02-29", "2021-02-28", "4"},
    {DECAY_EXPIRE, "30d", "0", "7", "2022-01-01", "2022-01-31", "7"},
    {DECAY_EXPIRE, "30d", "0", "7", "2022-01-01", "2022-02-01", NULL},
    {DECAY_LINEAR, "10d", "12.5", "3.7", "2022-01-01", "2022-01-21", "2.775"},
    {DECAY_LINEAR, "10d", "12.5", "3.7", "2022-01-01", "2022-03-12", "0.4625"},
    {DECAY_LINEAR, "10d", "12.5", "3.7", "2022-01-01", "2022-03-22", NULL},
};

static int64_t
day(const char *text)
{
	const struct zone *utc = zone_find("UTC", 3);
	int64_t t;

	assert_true(when_parse_in(text, strlen(text), utc, &t));
	return t;
}

static void
fades(void **state)
{
	struct element e = {0};
	struct dec base, left;
	struct buf b = {0};
	size_t i;
	bool any;

	(void)state;
	for (i = 0; i < ROWS(row); i++) {
		e.decay = row[i].type;
		assert_true(duration_parse(
		    row[i].period, strlen(row[i].period), &e.period));
		assert_true(dec_parse(
		    row[i].percent, strlen(row[i].percent), &e.percent));
		assert_true(dec_parse(row[i].base, strlen(row[i].base), &base));
		any = decay_at(&e, zone_find("UTC", 3), base, day(row[i].at),
		    day(row[i].now), &left);
		assert_int_equal(any, row[i].want != NULL);
		b.len = 0;
		if (any) {
			dec_text(left, &b);
			buf_byte(&b, '\0');
			assert_string_equal(b.p, row[i].want);
		}
	}
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(fades),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
