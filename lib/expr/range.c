#include <string.h>

#include "room.h"

/* --check: comparisons that leave a value no room. */

static const struct {
	const char *name;
	int least, most;
} ranges[] = {{"hour", 0, 23}, {"day", 1, 31}, {"month", 1, 12},
    {"weekday", 1, 7}, {"length", 0, -1}, {"days_between", 0, -1},
    {"calendar_days_between", 0, -1}, {"distance", 0, -1}};

struct range {
	struct val low, high; /* null: open */
	bool low_out, high_out;
};

static void
narrow_low(struct range *r, const struct val *v, bool out)
{
	int o = r->low.type == EXPR_NULL ? 1 : val_order(v, &r->low);

	if (o == 1 || (o == 0 && out)) {
		r->low = *v;
		r->low_out = out;
	}
}

static void
narrow_high(struct range *r, const struct val *v, bool out)
{
	int o = r->high.type == EXPR_NULL ? -1 : val_order(v, &r->high);

	if (o == -1 || (o == 0 && out)) {
		r->high = *v;
		r->high_out = out;
	}
}

static bool
is_empty(const struct range *r)
{
	int o;

	if (r->low.type == EXPR_NULL || r->high.type == EXPR_NULL)
		return false;
	o = val_order(&r->low, &r->high);
	return o == 1 || o == 2 || (o == 0 && (r->low_out || r->high_out));
}

/* The values that a term can have of itself. */
static void
start_range(struct range *r, const struct term *t)
{
	struct val zero = val_int(0), v;
	size_t i;

	memset(r, 0, sizeof *r);
	if ((t->op == OP_OVER || t->op == OP_EACH) &&
	    (t->kind == OVER_COUNT || t->kind == OVER_DISTINCT))
		r->low = zero;
	if (t->op != OP_CALL)
		return;
	for (i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
		if (strcmp(ranges[i].name, funcs[t->kind].name) != 0)
			continue;
		r->low = val_int(ranges[i].least);
		if (ranges[i].most > 0)
			r->high = val_int(ranges[i].most);
	}
	if (strcmp(funcs[t->kind].name, "hash_bucket") == 0) {
		r->low = zero;
		v = t->kid[1]->lit;
		if (t->kid[1]->op == OP_LITERAL && v.type == EXPR_NUMBER) {
			r->high = v;
			r->high_out = true;
		}
	}
}

/* Narrow by a comparison of the term with a literal; false: it is none. */
static bool
narrow(struct range *r, const struct term *of, const struct term *t)
{
	static const uint8_t mirrored[] = {[OP_EQ] = OP_EQ,
	    [OP_LT] = OP_GT,
	    [OP_LE] = OP_GE,
	    [OP_GT] = OP_LT,
	    [OP_GE] = OP_LE};
	const struct term *value;
	int op = t->op;

	if (op == OP_BETWEEN && t->kid[0]->same == of &&
	    t->kid[1]->op == OP_LITERAL && t->kid[2]->op == OP_LITERAL) {
		narrow_low(r, &t->kid[1]->lit, false);
		narrow_high(r, &t->kid[2]->lit, false);
		return true;
	}
	if (op != OP_EQ && !(op >= OP_LT && op <= OP_GE))
		return false;
	value = t->kid[1];
	if (t->kid[0]->same != of) {
		if (t->kid[1]->same != of)
			return false;
		value = t->kid[0];
		op = mirrored[op];
	}
	if (value->op != OP_LITERAL || value->local ||
	    value->lit.type == EXPR_NULL || value->lit.type == EXPR_BOOL)
		return false; /* true and false have no order */
	if (op == OP_EQ || op == OP_GE || op == OP_GT)
		narrow_low(r, &value->lit, op == OP_GT);
	if (op == OP_EQ || op == OP_LE || op == OP_LT)
		narrow_high(r, &value->lit, op == OP_LT);
	return true;
}

/* What a comparison is about: its side that is no literal. */
static const struct term *
subject(const struct term *t)
{
	if (t->op == OP_BETWEEN || t->op == OP_EQ ||
	    (t->op >= OP_LT && t->op <= OP_GE))
		return t->kid[0]->op == OP_LITERAL ? t->kid[1]->same
						   : t->kid[0]->same;
	return NULL;
}

bool
range_empty(const struct term *t)
{
	const struct term *of = subject(t);
	struct range r;

	if (of == NULL || t->op == OP_BETWEEN)
		return false;
	start_range(&r, of);
	return narrow(&r, of, t) && is_empty(&r);
}

bool
range_excludes(const struct term *t, int i)
{
	const struct term *of = subject(t->kid[i]);
	struct range r;
	int n = 0;

	if (of == NULL)
		return false;
	start_range(&r, of);
	narrow(&r, of, t->kid[i]);
	if (is_empty(&r))
		return false;
	while (++i < t->n)
		n += narrow(&r, of, t->kid[i]);
	return n > 0 && is_empty(&r);
}
