#include <string.h>

#include "history.h"
#include "test.h"
#include "when.h"

/* Counts the events at or before now; -1 where the line is refused. */
static int
seen(const char *line, const char *now)
{
	char text[512] = "";
	struct js_plan *plan = js_plan_new();
	struct history_plan columns;
	struct history h = {.plan = &columns};
	struct js_line l = {0};
	struct js_error e;
	size_t n = strlen(line);
	int64_t t;
	int count = -1;
	size_t col;

	memcpy(text, line, n);
	text[n] = '\n';
	history_plan(&columns, plan);
	assert_true(when_parse(now, strlen(now), &t));
	assert_true(js_scan(plan, text, n, &l, &e));
	if (history_fault(&l, columns.time, &col) == NULL) {
		history_read(&h, &l, t);
		count = (int)h.n;
	}
	history_close(&h);
	js_line_free(&l);
	js_plan_free(plan);
	return count;
}

#define AT(t) "{\"timestamp\":\"2022-01-0" t "T00:00:00.000Z\"}"

static void
events_up_to_now(void **state)
{
	static const struct {
		const char *line, *now;
		int n;
	} row[] = {
	    {"{}", "2022-01-02T00:00:00Z", 0},
	    {"{\"events\":[]}", "2022-01-02T00:00:00Z", 0},
	    {"{\"events\":[" AT("1") "," AT("2") "," AT("3") "]}",
		"2022-01-02T00:00:00Z", 2},
	    {"{\"events\":[" AT("1") "," AT("2") "]}",
		"2022-01-01T23:59:59.999Z", 1},
	    {"{\"events\":[" AT("1") "," AT("1") "]}", "2022-01-01T00:00:00Z",
		2},
	    {"{\"events\":[" AT("2") "," AT("1") "]}", "2022-01-05T00:00:00Z",
		-1},
	    {"{\"events\":[{}]}", "2022-01-05T00:00:00Z", -1},
	    {"{\"events\":[{\"timestamp\":7}]}", "2022-01-05T00:00:00Z", -1},
	    {"{\"events\":[{\"timestamp\":\"x\"}]}", "2022-01-05T00:00:00Z",
		-1},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ROWS(row); i++)
		assert_int_equal(seen(row[i].line, row[i].now), row[i].n);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(events_up_to_now),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
