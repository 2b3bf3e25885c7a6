#include <string.h>

#include "room.h"

/*
 * An aggregate holds the positions [a, b) of its list.  As t rises both ends
 * only move on, so each event enters once and leaves once; where they do not
 * (t went back, a bound went back) it starts again.
 */

struct val
val_average(const struct val *sum, size_t n)
{
	struct dec d;

	if (n == 0)
		return val_null();
	if (sum->exact && dec_div(sum->dec, dec_of((int64_t)n), &d))
		return val_dec(d);
	return val_double(val_number(sum) / (double)n);
}

static bool
can_go_on(const struct sweep *s, const struct list *l, size_t a, size_t b)
{
	return s->stamp == l->stamp && s->a <= a && s->b <= b && a <= s->b;
}

static void
start_again(struct sweep *s, const struct list *l, size_t a)
{
	s->stamp = l->stamp;
	s->a = s->b = a;
}

/* ---- sums ---- */

static void
add_number(struct sweep *s, const struct val *v, bool in)
{
	if (v->type != EXPR_NUMBER)
		return;
	s->numbers += in ? 1 : (size_t)-1;
	if (!v->exact)
		s->inexact += in ? 1 : (size_t)-1;
	else if (!s->overflow &&
		 !(in ? dec_add : dec_sub)(s->sum, v->dec, &s->sum))
		s->overflow = true;
}

/* Numbers that 38 digits cannot hold: always in the order of the events, so
 * that the answer does not depend on how the window came here. */
static struct val
rough_sum(const struct list *l, size_t a, size_t b)
{
	double sum = 0;

	for (; a < b; a++)
		if (l->val[a].type == EXPR_NUMBER)
			sum += val_number(&l->val[a]);
	return val_double(sum);
}

static struct val
sum(struct sweep *s, const struct list *l, size_t a, size_t b, bool mean)
{
	struct val v;

	if (!can_go_on(s, l, a, b)) {
		start_again(s, l, a);
		s->sum = dec_of(0);
		s->numbers = s->inexact = 0;
		s->overflow = false;
	}
	for (; s->b < b; s->b++)
		add_number(s, &l->val[s->b], true);
	for (; s->a < a; s->a++)
		add_number(s, &l->val[s->a], false);
	v = s->inexact > 0 || s->overflow ? rough_sum(l, a, b)
					  : val_dec(s->sum);
	return mean ? val_average(&v, s->numbers) : v;
}

/* ---- extremes: a queue of positions, each better than all after it ---- */

static struct val
extreme(struct sweep *s, const struct list *l, size_t a, size_t b, int sign)
{
	const struct val *v;

	if (!can_go_on(s, l, a, b)) {
		start_again(s, l, a);
		s->head = s->tail = 0;
		s->queue =
		    mem_grow(s->queue, &s->queuecap, l->n, sizeof *s->queue);
	}
	for (; s->b < b; s->b++) {
		v = &l->val[s->b];
		if (!val_ranks(v))
			continue;
		while (s->tail > s->head &&
		       sign * val_rank(v, &l->val[s->queue[s->tail - 1]]) >= 0)
			s->tail--;
		s->queue[s->tail++] = (uint32_t)s->b;
	}
	s->a = a;
	while (s->head < s->tail && s->queue[s->head] < a)
		s->head++;
	return s->head == s->tail ? val_null() : l->val[s->queue[s->head]];
}

/* ---- distinct values: groups numbered as they appear ---- */

static void
clear_groups(struct sweep *s, const struct list *l)
{
	size_t n = 16;

	while (n < l->n * 2)
		n *= 2;
	s->slots = mem_grow(s->slots, &s->slotcap, n, sizeof *s->slots);
	s->nslots = n;
	memset(s->slots, 0, n * sizeof *s->slots);
	s->queue = mem_grow(s->queue, &s->queuecap, l->n, sizeof *s->queue);
	s->counts = mem_grow(s->counts, &s->countcap, l->n, sizeof *s->counts);
	s->groups = s->distinct = 0;
}

/* The slots hold 1 + the position where a group appeared first. */
static uint32_t
group_of(struct sweep *s, const struct list *l, size_t pos)
{
	size_t k = val_hash(&l->val[pos]) & (s->nslots - 1);

	for (; s->slots[k] != 0; k = (k + 1) & (s->nslots - 1))
		if (val_equal(&l->val[pos], &l->val[s->slots[k] - 1]))
			return s->queue[s->slots[k] - 1];
	s->slots[k] = (uint32_t)pos + 1;
	s->counts[s->groups] = 0;
	return (uint32_t)s->groups++;
}

static struct val
distinct(struct sweep *s, const struct list *l, size_t a, size_t b)
{
	if (!can_go_on(s, l, a, b)) {
		start_again(s, l, a);
		clear_groups(s, l);
	}
	for (; s->b < b; s->b++) {
		s->queue[s->b] = group_of(s, l, s->b);
		s->distinct += s->counts[s->queue[s->b]]++ == 0;
	}
	for (; s->a < a; s->a++)
		s->distinct -= --s->counts[s->queue[s->a]] == 0;
	return val_int((int64_t)s->distinct);
}

void
eval_over(struct expr_run *r, const struct code *t, struct val *v)
{
	const struct list *l = list_of(r, t->list_of);
	struct sweep *s = &r->sweep[t->id];
	size_t a, b;

	list_range(r, l, t->sub[0], &a, &b);
	if (l->next < r->next)
		r->next = l->next;
	window_next(r, t->sub[0], l,
	    a == b                                           ? NO_EVENT
	    : t->kind == OVER_EXISTS || t->kind == OVER_LAST ? b - 1
							     : a,
	    t->kind == OVER_EXISTS && a < b ? l->n : b);
	switch (t->kind) {
	case OVER_COUNT:
		*v = val_int((int64_t)(b - a));
		break;
	case OVER_EXISTS:
		*v = val_bool(a < b);
		break;
	case OVER_SUM:
	case OVER_AVG:
		*v = sum(s, l, a, b, t->kind == OVER_AVG);
		break;
	case OVER_MIN:
		*v = extreme(s, l, a, b, -1);
		break;
	case OVER_MAX:
		*v = extreme(s, l, a, b, 1);
		break;
	case OVER_DISTINCT:
		*v = distinct(s, l, a, b);
		break;
	default:
		*v = a == b                  ? val_null()
		     : t->kind == OVER_FIRST ? l->val[a]
					     : l->val[b - 1];
	}
}
