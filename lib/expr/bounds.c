/* What a comparison with constants asks of one value: a range of numbers. */
#include <math.h>

#include "room.h"

/* A number, an instant (ms) or a day count of a duration as a double; exact
 * for instants, as milliseconds stay below 2^53. */
static bool
constant(const struct term *t, double *out)
{
	bool negative = t->op == OP_NEG;

	if (negative)
		t = t->sub[0];
	if (t->op != OP_LITERAL || t->local)
		return false;
	if (t->lit.type == EXPR_NUMBER)
		*out = val_number(&t->lit);
	else if (t->lit.type == EXPR_TIME && !negative)
		*out = (double)t->lit.time;
	else
		return false;
	if (negative)
		*out = -*out;
	return true;
}

static void
raise_low(struct expr_bounds *b, double v, bool open)
{
	if (v > b->low || (v == b->low && open)) {
		b->low = v;
		b->low_open = open;
	}
}

static void
lower_high(struct expr_bounds *b, double v, bool open)
{
	if (v < b->high || (v == b->high && open)) {
		b->high = v;
		b->high_open = open;
	}
}

static bool
about(struct expr_bounds *b, const struct term *of)
{
	if (of->op == OP_LITERAL || (b->of != NULL && b->of != of))
		return false;
	b->of = of;
	return true;
}

static bool
compared(struct expr_bounds *b, const struct term *t)
{
	/* the same comparison seen from the other side */
	static const enum op turned[] = {[OP_EQ] = OP_EQ,
	    [OP_LT] = OP_GT,
	    [OP_LE] = OP_GE,
	    [OP_GT] = OP_LT,
	    [OP_GE] = OP_LE};
	enum op op = (enum op)t->op;
	double v;

	if (constant(t->sub[0], &v)) {
		op = turned[op];
		if (!about(b, t->sub[1]))
			return false;
	} else if (!constant(t->sub[1], &v) || !about(b, t->sub[0]))
		return false;
	if (op != OP_LT && op != OP_LE)
		raise_low(b, v, op == OP_GT);
	if (op != OP_GT && op != OP_GE)
		lower_high(b, v, op == OP_LT);
	return true;
}

static bool
narrow(struct expr_bounds *b, const struct term *t)
{
	double low, high;
	int i;

	switch (t->op) {
	case OP_AND:
		for (i = 0; i < t->n; i++)
			if (!narrow(b, t->sub[i]))
				return false;
		return true;
	case OP_EQ:
	case OP_LT:
	case OP_LE:
	case OP_GT:
	case OP_GE:
		return compared(b, t);
	case OP_BETWEEN:
		if (!about(b, t->sub[0]) || !constant(t->sub[1], &low) ||
		    !constant(t->sub[2], &high))
			return false;
		raise_low(b, low, false);
		lower_high(b, high, false);
		return true;
	default:
		return false;
	}
}

bool
expr_bounds(const struct expr_set *set, int id, struct expr_bounds *b)
{
	*b = (struct expr_bounds){.low = -INFINITY, .high = INFINITY};
	return narrow(b, set->all[id].root->same);
}
