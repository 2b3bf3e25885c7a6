#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "err.h"
#include "intern.h"
#include "mem.h"
#include "test.h"

static void
numbers_in_order_of_appearance(void **state)
{
	struct intern *in = intern_new();
	char text[32];
	uint32_t i;
	size_t n;
	const char *p;

	(void)state;
	for (i = 0; i < 100000; i++) {
		snprintf(text, sizeof text, "phone:%u", i * 7);
		assert_int_equal(intern_add(in, text, strlen(text)), i);
	}
	for (i = 0; i < 100000; i++) {
		snprintf(text, sizeof text, "phone:%u", i * 7);
		assert_int_equal(intern_add(in, text, strlen(text)), i);
		p = intern_text(in, i, &n);
		assert_int_equal(n, strlen(text));
		assert_memory_equal(p, text, n);
	}
	assert_int_equal(intern_count(in), 100000);
	assert_int_equal(intern_find(in, "phone:1", 7), INTERN_NONE);
	intern_free(in);
}

static void
empty_and_nul_are_strings_too(void **state)
{
	struct intern *in = intern_new();

	(void)state;
	assert_int_equal(intern_add(in, "", 0), 0);
	assert_int_equal(intern_add(in, "\0", 1), 1);
	assert_int_equal(intern_add(in, "\0\0", 2), 2);
	assert_int_equal(intern_add(in, "\0", 1), 1);
	assert_int_equal(intern_add(in, "", 0), 0);
	intern_free(in);
}

/* Different lengths up to two words, differing in one byte: all distinct. */
static void
hash_sees_every_byte(void **state)
{
	char a[40], b[40];
	size_t n, i;

	(void)state;
	for (n = 1; n < sizeof a; n++)
		for (i = 0; i < n; i++) {
			memset(a, 'x', n);
			memcpy(b, a, n);
			b[i] = 'y';
			assert_true(intern_hash(a, n) != intern_hash(b, n));
		}
}

static void
buffers(void **state)
{
	static const struct {
		double v;
		const char *want;
	} rows[] = {
	    {19.99, "19.99"},
	    {0.1 + 0.2, "0.30000000000000004"},
	    {1e21, "1e+21"},
	    {-0.5, "-0.5"},
	    {5e-324, "4.94065645841247e-324"},
	    {1.0 / 0.0, "null"},
	};
	struct buf b = {0};
	size_t i;

	(void)state;
	for (i = 0; i < ROWS(rows); i++) {
		b.len = 0;
		buf_double(&b, rows[i].v);
		buf_byte(&b, '\0');
		assert_string_equal(b.p, rows[i].want);
	}
	b.len = 0;
	buf_json(&b, "a\"\\\n\x01\x7f自然堂\0z", 17);
	buf_int(&b, INT64_MIN);
	buf_addf(&b, " %d%s", 7, "x");
	buf_byte(&b, '\0');
	assert_string_equal(b.p, "\"a\\\"\\\\\\n\\u0001\x7f自然堂\\u0000z\""
				 "-9223372036854775808 7x");
	buf_free(&b);
}

/* Every length with every byte special in turn, in exactly allocated memory so
 * that the sanitizer sees a read too far; the oracle goes byte by byte. */
static void
escapes_wherever_the_byte_stands(void **state)
{
	struct buf got = {0}, want = {0};
	size_t n, i, k;
	char *p;

	(void)state;
	for (n = 0; n <= 50; n++)
		for (i = 0; i <= n; i++) {
			p = mem_alloc(n, 1);
			if (n > 0)
				memset(p, 'x', n);
			if (i < n)
				p[i] = "\"\\\n\x01"[i % 4];
			got.len = want.len = 0;
			buf_json(&got, p, n);
			buf_byte(&want, '"');
			for (k = 0; k < n; k++)
				if (k == i)
					buf_adds(
					    &want, (const char *const[]){"\\\"",
						       "\\\\", "\\n",
						       "\\u0001"}[i % 4]);
				else
					buf_byte(&want, 'x');
			buf_byte(&want, '"');
			assert_int_equal(got.len, want.len);
			assert_memory_equal(got.p, want.p, got.len);
			free(p);
		}
	buf_free(&got);
	buf_free(&want);
}

static void
arenas(void **state)
{
	struct arena a = {0};
	char *small, *big;
	int round;

	(void)state;
	for (round = 0; round < 3; round++) {
		small = arena_text(&a, "anchor", 6);
		big = arena_alloc(&a, 1000000);
		memset(big, 7, 1000000);
		assert_string_equal(small, "anchor");
		assert_true((uintptr_t)big % 16 == 0);
		arena_reset(&a);
	}
	arena_free(&a);
}

static void
messages(void **state)
{
	static const char *const known[] = {
	    "count", "exists", "distinct", "properties", NULL};

	(void)state;
	assert_string_equal(err_quote("a\x1b[31m\n", 7), "'a\\x1b[31m\\x0a'");
	assert_string_equal(err_quote("会员\xff", 7), "'会员\\xff'");
	assert_string_equal(err_quote("\xe4\xbc", 2), "'\\xe4\\xbc'");
	assert_int_equal(strlen(err_quote("0123456789012345678901234567890123"
					  "45678901234567890123456789xyz",
			     63)),
	    65);
	assert_string_equal(err_nearest("cuont", known), "count");
	assert_string_equal(err_nearest("propertys", known), "properties");
	assert_null(err_nearest("zebra", known));
	assert_null(err_nearest("", known));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(numbers_in_order_of_appearance),
	    cmocka_unit_test(empty_and_nul_are_strings_too),
	    cmocka_unit_test(hash_sees_every_byte),
	    cmocka_unit_test(buffers),
	    cmocka_unit_test(escapes_wherever_the_byte_stands),
	    cmocka_unit_test(arenas),
	    cmocka_unit_test(messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
