#include <stdlib.h>

#include "mem.h"
#include "room.h"

/* any, all, count: true as soon as it is known, but for count. */
static struct val
conditions(struct expr_run *r, const struct code *t, struct js_iter it)
{
	struct js_val *item = &r->item[t->count - 1];
	int64_t n = 0;
	bool yes;

	while (js_next(&it, NULL, item)) {
		yes = t->sub[0] == NULL || eval_truth(r, t->sub[0]);
		if (t->kind == OVER_COUNT)
			n += yes;
		else if (yes == (t->kind == OVER_ANY))
			return val_bool(yes);
	}
	return t->kind == OVER_COUNT ? val_int(n)
				     : val_bool(t->kind == OVER_ALL);
}

static void
gather(struct expr_run *r, const struct code *t, struct js_iter it)
{
	struct js_val *item = &r->item[t->count - 1];
	struct val v;

	while (js_next(&it, NULL, item)) {
		if (t->sub[0] != NULL && !eval_truth(r, t->sub[0]))
			continue;
		eval(r, t->sub[1], &v);
		if (v.slope != 0)
			next_at(r, r->now + 1);
		v.slope = 0;
		if (v.type == EXPR_NULL)
			continue;
		r->bag =
		    mem_grow(r->bag, &r->bagcap, r->nbag + 1, sizeof *r->bag);
		r->bag[r->nbag++] = v;
	}
}

static struct val
sum(const struct val *v, size_t n, bool mean)
{
	struct val total = val_int(0);
	size_t i, numbers = 0;

	for (i = 0; i < n; i++)
		if (v[i].type == EXPR_NUMBER) {
			total = val_arith(OP_ADD, &total, &v[i], NULL);
			if (total.type == EXPR_NULL)
				return total;
			numbers++;
		}
	return mean ? val_average(&total, numbers) : total;
}

static struct val
extreme(const struct val *v, size_t n, int sign)
{
	struct val best = val_null();
	size_t i;

	for (i = 0; i < n; i++)
		if (val_ranks(&v[i]) && (best.type == EXPR_NULL ||
					    sign * val_rank(&v[i], &best) > 0))
			best = v[i];
	return best;
}

static int
by_kind(const void *a, const void *b)
{
	const struct val *x = a, *y = b;

	if (x->type != y->type)
		return x->type < y->type ? -1 : 1;
	if (x->type == EXPR_BOOL)
		return x->truth - y->truth;
	if (x->type == EXPR_JSON) {
		struct val s = *x, t = *y;

		s.type = t.type = EXPR_TEXT;
		return val_order(&s, &t);
	}
	return val_order(x, y);
}

static struct val
distinct(struct val *v, size_t n)
{
	size_t i;
	int64_t groups = n > 0;

	mem_sort(v, n, sizeof *v, by_kind);
	for (i = 1; i < n; i++)
		groups += !val_equal(&v[i], &v[i - 1]);
	return val_int(groups);
}

static struct val
values(struct expr_run *r, const struct code *t, struct js_iter it)
{
	size_t from = r->nbag, n;
	struct val *v, out;

	gather(r, t, it);
	n = r->nbag - from;
	v = n > 0 ? r->bag + from : NULL;
	switch (t->kind) {
	case OVER_SUM:
	case OVER_AVG:
		out = sum(v, n, t->kind == OVER_AVG);
		break;
	case OVER_MIN:
	case OVER_MAX:
		out = extreme(v, n, t->kind == OVER_MIN ? -1 : 1);
		break;
	case OVER_DISTINCT:
		out = distinct(v, n);
		break;
	default:
		out = n == 0                  ? val_null()
		      : t->kind == OVER_FIRST ? v[0]
					      : v[n - 1];
	}
	r->nbag = from;
	return out;
}

void
eval_each(struct expr_run *r, const struct code *t, struct val *v)
{
	struct js_val js = {.type = JS_ARRAY};
	struct js_iter it = {0};

	eval(r, t->sub[2], v);
	if (v->type == EXPR_JSON && v->p[0] == '[') {
		js.p = v->p;
		js.len = (uint32_t)v->len;
		it = js_iterate(js);
	} else {
		js.p = "[]";
		js.len = 2;
		it = js_iterate(js);
	}
	*v = t->kind == OVER_ANY || t->kind == OVER_ALL || t->kind == OVER_COUNT
		 ? conditions(r, t, it)
		 : values(r, t, it);
}
