/* Cells, identifiers and times: texts as exports write them, and what a reader
 * would say they are. */
#include <stdio.h>
#include <string.h>

#include "../test.h"
#include "cell.h"
#include "id.h"
#include "stamp.h"

static struct text
text(const char *s)
{
	return text_of(s, strlen(s));
}

static void
equal(struct text t, const char *want)
{
	if (t.len != strlen(want) || memcmp(t.p, want, t.len) != 0)
		fail_msg("got '%.*s', want '%s'", (int)t.len, t.p, want);
}

static void
bare(void **state)
{
	static const char *const rows[][2] = {
	    {"abc", "abc"},
	    {" abc\t", "abc"},
	    {"\xc2\xa0"
	     "a\xe3\x80\x80",
		"a"},
	    {"=\"00123\"", "00123"},
	    {" =\"00123\" ", "00123"},
	    {"'00123", "00123"},
	    {"`00123", "00123"},
	    {"` 00123 ", "00123"},
	    {"=1+1", "=1+1"},
	    {"=\"", "=\""},
	    {"'", ""},
	    {"", ""},
	    {"   ", ""},
	    {"O'Hara", "O'Hara"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ROWS(rows); i++)
		equal(cell_bare(text(rows[i][0])), rows[i][1]);
}

static void
narrow(void **state)
{
	struct buf b = {0};

	(void)state;
	equal(cell_narrow(text("１３８－０（ａ）"), &b), "138-0(a)");
	equal(cell_narrow(text("金额（元）"), &b), "金额(元)");
	equal(cell_narrow(text("手机"), &b), "手机");
	equal(cell_name(text(" 联系电话　"), &b), "联系电话");
	buf_free(&b);
}

static void
numbers(void **state)
{
	static const char *const good[] = {"0", "-0", "19.90", "1e5", "1E+5",
	    "-12.5e-3", "12345678901234567890"};
	static const char *const bad[] = {"", "-", "007", "+1", ".5", "5.",
	    "1,000", "0x1", "NaN", "1e", "1 ", "１"};
	size_t i;

	(void)state;
	for (i = 0; i < ROWS(good); i++)
		assert_true(cell_is_number(text(good[i])));
	for (i = 0; i < ROWS(bad); i++)
		if (cell_is_number(text(bad[i])))
			fail_msg("%s", bad[i]);
}

static void
money(void **state)
{
	static const char *const rows[][2] = {
	    {"1,234.50", "1234.50"},
	    {"¥1,234,567.00", "1234567.00"},
	    {"￥ 12", "12"},
	    {"-$5.10", "-5.10"},
	    {"$-5.10", "-5.10"},
	    {"(5.00)", "-5.00"},
	    {"+7", "7"},
	    {".5", "0.5"},
	    {"007.10", "7.10"},
	    {"0", "0"},
	    {"000", "0"},
	    {"1,23.4", NULL},
	    {"1,2345", NULL},
	    {"12,345,6", NULL},
	    {"1.2.3", NULL},
	    {"1.", NULL},
	    {"", NULL},
	    {"-", NULL},
	    {"free", NULL},
	    {"5 yuan", NULL},
	};
	struct buf b = {0};
	size_t i;
	bool ok;

	(void)state;
	for (i = 0; i < ROWS(rows); i++) {
		b.len = 0;
		ok = cell_money(text(rows[i][0]), &b);
		if (ok != (rows[i][1] != NULL))
			fail_msg("%s: %d", rows[i][0], ok);
		if (ok)
			equal(text_of(b.p, b.len), rows[i][1]);
	}
	buf_free(&b);
}

static void
marks(void **state)
{
	(void)state;
	assert_true(cell_is_scientific(text("1.38001E+10")));
	assert_true(cell_is_scientific(text("2E+15")));
	assert_true(cell_is_scientific(text("4e+11")));
	assert_false(cell_is_scientific(text("12E45")));
	assert_false(cell_is_scientific(text("1e-5")));
	assert_false(cell_is_scientific(text("E+5")));
	assert_false(cell_is_scientific(text("1.5")));
	assert_int_equal(cell_whole(text("13800000000.00")), 11);
	assert_int_equal(cell_whole(text("138.0")), 3);
	assert_int_equal(cell_whole(text("138.01")), 0);
	assert_int_equal(cell_whole(text("1.000")), 0);
	assert_int_equal(cell_whole(text("138")), 0);
	assert_int_equal(cell_truth(text("TRUE")), 1);
	assert_int_equal(cell_truth(text("否")), 0);
	assert_int_equal(cell_truth(text("maybe")), -1);
}

/* E.164 by the countries' numbering plans. */
static const struct {
	enum id_form form;
	const char *country, *cell, *want, *label;
} ids[] = {
    {ID_PHONE, "CN", "13800000000", "+8613800000000", NULL},
    {ID_PHONE, "CN", "138-0000 0000", "+8613800000000", NULL},
    {ID_PHONE, "CN", "+86 138 0000 0000", "+8613800000000", NULL},
    {ID_PHONE, "CN", "8613800000000", "+8613800000000", NULL},
    {ID_PHONE, "CN", "008613800000000", "+8613800000000", NULL},
    {ID_PHONE, "CN", "１３８００００００００", "+8613800000000", NULL},
    {ID_PHONE, "CN", "=\"13800000000\"", "+8613800000000", NULL},
    {ID_PHONE, "CN", "'13800000000", "+8613800000000", NULL},
    {ID_PHONE, "CN", "13800000000.00", "+8613800000000", NULL},
    {ID_PHONE, "CN", "021-12345678", "+862112345678", NULL},
    {ID_PHONE, "CN", "+1 (212) 555-0100", "+12125550100", NULL},
    {ID_PHONE, "CN", "1380000000", "1380000000", "invalid"},
    {ID_PHONE, "CN", "138000000001", "138000000001", "invalid"},
    {ID_PHONE, "CN", "12", "12", "invalid"},
    {ID_PHONE, "CN", "+8613800", "+8613800", "invalid"},
    {ID_PHONE, "CN", "phone", "phone", "invalid"},
    {ID_PHONE, "CN", "138****0000", "138****0000", "masked"},
    {ID_PHONE, "CN", "138xxxx0000", "138xxxx0000", "masked"},
    {ID_PHONE, "CN", "$13k$a7Bc==$1$", "$13k$a7Bc==$1$", "encrypted"},
    {ID_PHONE, "US", "(212) 555-0100", "+12125550100", NULL},
    {ID_PHONE, "US", "1-212-555-0100", "+12125550100", NULL},
    {ID_PHONE, "GB", "020 7946 0000", "+442079460000", NULL},
    {ID_PHONE, "IT", "06 698 00000", "+390669800000", NULL},
    {ID_PHONE, "HK", "2123 4567", "+85221234567", NULL},
    {ID_PHONE, NULL, "13800000000", "13800000000", "invalid"},
    {ID_PHONE, NULL, "+8613800000000", "+8613800000000", NULL},
    {ID_EMAIL, NULL, " Ann@Example.COM ", "ann@example.com", NULL},
    {ID_EMAIL, NULL, "ann@example", "ann@example", "invalid"},
    {ID_EMAIL, NULL, "a@b@c.d", "a@b@c.d", "invalid"},
    {ID_EMAIL, NULL, "a***@163.com", "a***@163.com", "masked"},
    {ID_LOWER, NULL, "AbC", "abc", NULL},
    {ID_UPPER, NULL, "AbC", "ABC", NULL},
    {ID_DIGITS, NULL, "12-34 5", "12345", NULL},
    {ID_DIGITS, NULL, "12a", "12a", "invalid"},
    {ID_AS_IS, NULL, "007", "007", NULL},
    {ID_AS_IS, NULL, " nick name ", "nick name", NULL},
    {ID_AS_IS, NULL, "~AbC~x==~1~", "~AbC~x==~1~", "encrypted"},
};

static void
identifiers(void **state)
{
	struct buf b = {0};
	struct text out;
	const char *label;
	enum id_got got;
	size_t i;

	(void)state;
	for (i = 0; i < ROWS(ids); i++) {
		b.len = 0;
		got = id_normal(ids[i].form, ids[i].country, text(ids[i].cell),
		    &b, &out, &label);
		if (got != (ids[i].label != NULL ? ID_UNFIT : ID_OK))
			fail_msg("%s: %d", ids[i].cell, got);
		equal(out, ids[i].want);
		if (got == ID_UNFIT)
			assert_string_equal(label, ids[i].label);
	}
	assert_int_equal(
	    id_normal(ID_PHONE, "CN", text("1.38E+10"), &b, &out, &label),
	    ID_SCIENTIFIC);
	buf_free(&b);
}

static void
stamps(void **state)
{
	struct stamp *s = stamp_new(NULL);
	int64_t t;

	(void)state;
	assert_null(stamp_add(s, "epoch_s"));
	assert_non_null(stamp_add(s, "excel"));
	assert_non_null(stamp_add(s, "%Y-%m-%d"));
	assert_non_null(stamp_add(s, "%Q"));
	assert_non_null(stamp_add(s, "nonsense"));
	assert_null(stamp_add(s, "%Y-%m-%d %z"));
	assert_int_equal(stamp_parse(s, text("1.5"), &t), STAMP_OK);
	assert_int_equal(t, 1500);
	assert_int_equal(stamp_parse(s, text("-1"), &t), STAMP_OK);
	assert_int_equal(t, -1000);
	assert_int_equal(
	    stamp_parse(s, text("1970-01-02 +0800"), &t), STAMP_OK);
	assert_int_equal(t, 57600000);
	assert_int_equal(stamp_parse(s, text("1970-01-02"), &t), STAMP_UNKNOWN);
	assert_int_equal(
	    stamp_parse(s, text("99999999999999"), &t), STAMP_UNKNOWN);
	stamp_free(s);
}

/* Excel's own serials: 61 is 1900-03-01, 25569 is 1970-01-01. */
static void
serials(void **state)
{
	struct stamp *s = stamp_new(zone_find("UTC", 3));
	int64_t t;

	(void)state;
	assert_null(stamp_add(s, "excel"));
	assert_int_equal(stamp_parse(s, text("25569"), &t), STAMP_OK);
	assert_int_equal(t, 0);
	assert_int_equal(stamp_parse(s, text("25569.75"), &t), STAMP_OK);
	assert_int_equal(t, 64800000);
	assert_int_equal(stamp_parse(s, text("61"), &t), STAMP_OK);
	assert_int_equal(t / 86400000, when_days(1900, 3, 1));
	assert_int_equal(stamp_parse(s, text("60"), &t), STAMP_UNKNOWN);
	assert_int_equal(stamp_parse(s, text("9999999"), &t), STAMP_UNKNOWN);
	stamp_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(bare),
	    cmocka_unit_test(narrow),
	    cmocka_unit_test(numbers),
	    cmocka_unit_test(money),
	    cmocka_unit_test(marks),
	    cmocka_unit_test(identifiers),
	    cmocka_unit_test(stamps),
	    cmocka_unit_test(serials),
	};

	return cmocka_run_group_tests_name("cell", tests, NULL, NULL);
}
