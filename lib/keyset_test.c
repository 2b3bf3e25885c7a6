#include <stdio.h>
#include <stdlib.h>

#include "keyset.h"
#include "test.h"

enum { KEYS = 5000 };

static void
numbers_strings(void **state)
{
	struct keyset k = {0};
	char key[16];
	size_t i, round;
	int n;

	(void)state;
	for (round = 0; round < 3; round++) {
		for (i = 0; i < KEYS; i++) {
			n = snprintf(key, sizeof key, "%zu", i % 1000);
			assert_int_equal(keyset_put(&k, key, (size_t)n, i),
			    i < 1000 ? KEYSET_NONE : i - 1000);
		}
		assert_int_equal(keyset_put(&k, "", 0, 7), KEYSET_NONE);
		assert_int_equal(keyset_put(&k, "", 0, 8), 7);
		assert_int_equal(keyset_put(&k, "\0", 1, 9), KEYSET_NONE);
		keyset_empty(&k);
	}
	keyset_free(&k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(numbers_strings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
