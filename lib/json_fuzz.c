/* libFuzzer: both scanners and jansson must agree on every text, and a splice
 * of a good record must be a good record. */
#include "json/oracle.h"
#include "json/scalar.h"
#include "splice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
check_record(const char *p, size_t n)
{
	struct js_plan *plan = js_plan_new();
	struct splice_edit edit = {js_plan_member(plan, "a"), "a", "[]", 2};
	struct js_line a = {0}, b = {0};
	struct js_error e;
	struct js_step step[4];
	struct buf out = {0};
	size_t len;
	int slot = js_plan_field(plan, step, js_steps("a.b", step, 4));
	bool ok;

	js_plan_each(plan, step, js_steps("b", step, 4));
	ok = js_scan(plan, p, n, &a, &e);
	if (scalar_scan(plan, p, n, &b, &e) != ok || a.neach != b.neach ||
	    (ok && a.slot[slot].p != b.slot[slot].p))
		abort();
	if (ok && js_line_duplicate(&a, &len) != js_duplicate(p, n, &len))
		abort();
	if (ok) {
		splice_line(&out, &a, &edit, 1);
		buf_room(&out, JS_PAD);
		if (!js_scan(plan, out.p, out.len - 1, &b, &e) || b.nspan != 1)
			abort();
	}
	buf_free(&out);
	js_line_free(&a);
	scalar_line_free(&b);
	js_plan_free(plan);
}

static void
check_value(const char *p, size_t n)
{
	struct js_error e;
	bool ok = js_valid(p, n, &e);
	json_t *root;
	enum oracle_says says = oracle(p, n, &root);
	size_t len;

	if (ok != scalar_valid(p, n, &e))
		abort();
	if ((says == ORACLE_YES && !ok) || (says == ORACLE_NO && ok) ||
	    (says == ORACLE_NUL && ok))
		abort();
	if (ok)
		js_duplicate(p, n, &len);
	json_decref(root);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *line = mem_alloc(n + JS_PAD, 1);

	if (n > 0)
		memcpy(line, data, n);
	line[n] = '\n';
	check_value(line, n);
	check_record(line, n);
	free(line);
	return 0;
}
