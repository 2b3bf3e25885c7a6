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
	    /* uuid.uuid5 of Python */
	    {"94fa1547-73f7-52fc-b088-9d340150caad", true}, /* phone:+862 */
	    {"6c87afcc-21bc-5a99-95f9-9ee26eed77fb", true}, /* openid@wx1:o:9 */
	    {"ba0d53f6-92b4-5e7b-a954-6137376401d2", true}, /* one:x */
	    {"7cfbb30d-e0b3-5fed-afe3-e1ef1359f24e", false}, /* phone:+863 */
	    {"02a887df-ad47-5b94-9a16-a041fd8c53e4",
		false}, /* of another id_namespace */
	    {"94FA1547-73F7-52FC-B088-9D340150CAAD", true},
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

static void
takes_a_namespace(void **state)
{
	char text[sizeof line + JS_PAD] = "";
	struct js_plan *plan = js_plan_new();
	struct js_line l = {0};
	struct js_error e;
	struct who *w;

	(void)state;
	memcpy(text, line, strlen(line));
	text[strlen(line)] = '\n';
	setenv("CDP_ID_NAMESPACE", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", 1);
	w = who_new("02a887df-ad47-5b94-9a16-a041fd8c53e4", plan);
	unsetenv("CDP_ID_NAMESPACE");
	assert_true(js_scan(plan, text, strlen(line), &l, &e));
	assert_true(who_is(w, &l));
	js_line_free(&l);
	free(w);
	js_plan_free(plan);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_a_customer),
	    cmocka_unit_test(takes_a_namespace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
