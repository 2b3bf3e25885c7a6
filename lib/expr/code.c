#include <string.h>

#include "room.h"

static const struct val *
literal(struct expr_set *set, const struct term *t)
{
	struct val *v = arena_alloc(&set->codes, sizeof *v);

	*v = t->lit;
	return v;
}

static const struct filter *
filter(struct expr_set *set, const struct term *t)
{
	struct filter *f = arena_alloc(&set->codes, sizeof *f);

	f->names = t->names;
	f->nnames = t->nnames;
	f->posting = t->nnames == 1 && t->rest == NULL;
	f->rest = t->rest == NULL ? NULL : code_of(set, t->rest);
	return f;
}

static const struct code **
steps(struct expr_set *set, const struct term *t)
{
	const struct code **c;
	int i;

	c = arena_alloc(&set->codes, (size_t)(t->n / 2) * sizeof *c);
	for (i = 0; i < t->n / 2; i++)
		c[i] = code_of(set, t->steps[i]);
	return c;
}

static void
payload(struct expr_set *set, struct code *c, const struct term *t)
{
	c->count = t->count;
	switch (t->op) {
	case OP_LITERAL:
		c->lit = literal(set, t);
		break;
	case OP_PATH:
		c->path = t->path;
		break;
	case OP_MATCH:
		c->pattern = t->pattern;
		break;
	case OP_LISTED:
		c->list = t->list;
		break;
	case OP_FILTER:
		c->filter = filter(set, t);
		break;
	case OP_SEQUENCE:
		c->steps = steps(set, t);
		break;
	case OP_RESUMED:
	case OP_OVER:
	case OP_SERIES:
		c->list_of = code_of(set, t->list_of);
		break;
	default:
		break;
	}
	if (t->op == OP_RESUMED ||
	    (t->op == OP_WINDOW && t->kind == WINDOW_LAST))
		c->span = literal(set, t);
}

/* Parents come before their parts, as they are read. */
struct code *
code_of(struct expr_set *set, struct term *t)
{
	struct term **from = t->op == OP_OVER ? t->sub + 2 : t->sub;
	struct code *c;
	int i;

	if (t->code != NULL)
		return t->code;
	c = t->code = arena_alloc(&set->codes, sizeof *c);
	memset(c, 0, sizeof *c);
	c->op = t->op;
	c->kind = t->kind;
	c->unit = t->unit;
	c->local = t->local;
	c->on = t->on;
	c->n = (uint16_t)(t->op == OP_OVER ? 1 : t->n);
	c->memo = t->memo;
	c->id = t->id;
	c->column = t->column;
	c->clock = t->clock;
	c->sub = c->n <= 2 ? c->near
			   : arena_alloc(&set->codes, c->n * sizeof *c->sub);
	for (i = 0; i < c->n; i++)
		c->sub[i] = from[i] == NULL ? NULL : code_of(set, from[i]);
	payload(set, c, t);
	return c;
}
