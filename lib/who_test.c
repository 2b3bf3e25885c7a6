#include <stdlib.h>
#include <string.h>

#include "test.h"
#include "who.h"

static const char line[] =
    "{\"profile_id\":\"p-1\",\"ids\":{\"phone\":[\"+861\",\"+862\"],"
    "\"openid@wx1\":[\"o:9\"],\"one\":\"x\"},\"events\":[]}";

static void
names_a_customer(void **state)
{
	static const struct {
		const char *arg;
		bool is;
	} row[] = {
	    {"p-1", true},
	    {"p-", false},
	    {"+861", false},
	    {"phone:+861", true},
	    {"phone:+862", true},
	    {"phone:+86", false},
	    {"tel:+861", false},
	    {"openid@wx1:o:9", true},
	    {"one:x", true},
	};
	char text[sizeof line + JS_PAD] = "";
	size_t i, n = strlen(line);

	(void)state;
	memcpy(text, line, n);
	text[n] = '\n';
	for (i = 0; i < ROWS(row); i++) {
		struct js_plan *plan = js_plan_new();
		struct who *w = who_new(row[i].arg, plan);
		struct js_line l = {0};
		struct js_error e;

		assert_true(js_scan(plan, text, n, &l, &e));
		assert_int_equal(who_is(w, &l), row[i].is);
		js_line_free(&l);
		free(w);
		js_plan_free(plan);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_a_customer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
