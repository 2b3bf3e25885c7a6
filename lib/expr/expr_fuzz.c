#include <stdlib.h>
#include <string.h>

#include "../mem.h"
#include "expr.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Input: an expression; after a newline, perhaps a profile line of one's
 * own. */
static const char profile[] =
    "{\"profile_id\":\"x\",\"ids\":{\"phone\":[\"+86\"]},\"traits\":{"
    "\"a\":1.5,\"b\":\"x\",\"c\":null,\"d\":[1,\"y\",{\"e\":2}],"
    "\"when\":\"2026-03-01T00:00:00.000Z\"},\"first_seen\":"
    "\"2026-02-01T00:00:00.000Z\",\"tags\":{\"t\":{\"value\":3}},"
    "\"segments\":[\"s\"],\"rfm\":{\"r\":4},\"score\":{},\"clv\":{},"
    "\"journeys\":{},\"events\":["
    "{\"event\":\"A\",\"timestamp\":\"2026-02-01T00:00:00.000Z\","
    "\"properties\":{\"n\":1e300,\"s\":\"x\",\"list\":[{\"p\":1},2]}},"
    "{\"event\":\"B\",\"timestamp\":\"2026-02-28T23:00:00.000Z\","
    "\"properties\":{\"n\":0.000000000000000000000000000000000001}},"
    "{\"event\":\"A\",\"timestamp\":\"2026-03-31T00:00:00.000Z\","
    "\"properties\":{\"n\":-99999999999999999999999999999999999999}}]}";

static void
note(void *arg, size_t col, const char *remark)
{
	buf_addf(arg, "%zu %s", col, remark);
}

static void
use(struct expr_set *set, struct expr_run *run, int id)
{
	struct buf b = {0};
	size_t events[4], n;
	int64_t t = 1774900000000, next;
	int i;

	for (i = 0; i < 6; i++) {
		expr_json(expr_eval(run, id, t, &next), &b);
		expr_plain(expr_eval(run, id, t, NULL), &b);
		if (next <= t)
			abort();
		t = i == 4 ? 1770000000000 : next == WHEN_NEVER ? t + 1 : next;
	}
	for (i = 0; i < expr_parts(set, id); i++) {
		expr_part_text(set, id, i, &n);
		expr_part_true(run, id, i, t, &next);
	}
	expr_evidence(run, id, t, events, 4);
	expr_explain(run, id, t, &b);
	expr_say(set, id, &b);
	expr_check(set, id, note, &b);
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct expr_settings s = {.zone = zone_find("Europe/Berlin", 13)};
	const char *text = (const char *)data;
	const char *end = size ? memchr(text, '\n', size) : NULL;
	size_t n = end != NULL ? (size_t)(end - text) : size, m, col;
	struct expr_set *set = expr_set_new(&s);
	struct js_plan *plan = js_plan_new();
	struct js_line line = {0};
	struct js_error e;
	struct expr_run *run;
	const char *why;
	char *copy;
	int id = expr_try(set, EXPR_PROFILE, text, n, &col, &why);

	if (id < 0 && (col < 1 || col > n + 1 || why[0] == '\0'))
		abort();
	m = end != NULL && size - n > 1 ? size - n - 1 : sizeof profile - 1;
	copy = mem_alloc(m + JS_PAD, 1);
	memcpy(copy, end != NULL && size - n > 1 ? end + 1 : profile, m);
	copy[m] = '\n';
	expr_plan(set, plan);
	run = expr_run_new(set);
	if (id >= 0 && js_scan(plan, copy, m, &line, &e) &&
	    expr_bind(run, &line, &why))
		use(set, run, id);
	expr_run_free(run);
	js_line_free(&line);
	js_plan_free(plan);
	expr_set_free(set);
	free(copy);
	return 0;
}
