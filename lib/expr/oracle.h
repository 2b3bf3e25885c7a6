/*
 * An independent, slow evaluator for the tests, written from cdp-expr(7) over
 * jansson trees.  It shares no code with the room: numbers are fractions,
 * times are worked out here, the zone is UTC+8 (Asia/Shanghai has had no
 * other offset since 1991), and every question looks at every event anew.
 */
#ifndef CDP_EXPR_ORACLE_H
#define CDP_EXPR_ORACLE_H

#include <limits.h>

#include "oracle_value.h"

static struct answer oracle(const struct world *, const struct tree *);

/* ---- history ---- */

static long long
o_when(const json_t *event)
{
	long long t = 0;

	o_time(json_string_value(json_object_get(event, "timestamp")), &t);
	return t;
}

static long long
o_first_of(long long t, const char *unit, long long n)
{
	long long day = o_local_day(t);
	int y, m, d;

	o_date(t, &y, &m, &d);
	switch (unit[0]) {
	case 'd':
		return (day + n) * O_DAY - O_ZONE;
	case 'w': /* 1970-01-01 was a Thursday */
		day -= ((day + 3) % 7 + 7) % 7;
		return (day + 7 * n) * O_DAY - O_ZONE;
	case 'y':
		return o_days(y + n, 1, 1) * O_DAY - O_ZONE;
	default:
		day = o_days(y, m, 1);
		return o_add_months(day * O_DAY - O_ZONE, n);
	}
}

static int
o_instant(const struct world *w, const struct tree *t, long long *at)
{
	struct answer a = oracle(w, t);

	if (a.type == A_TXT)
		return o_time(a.text, at);
	*at = a.time;
	return a.type == A_TIME;
}

/* Does an event at te lie in the node's window? */
static int
o_inside(const struct world *w, const struct tree *t, long long te)
{
	struct world outside = *w;
	long long from = LLONG_MIN, to = LLONG_MAX;

	outside.event = outside.item = NULL;
	if (te > w->now || te > w->cut)
		return 0;
	switch (t->window) {
	case W_NONE:
		return 1;
	case W_LAST:
		return te >= o_move(w->now, t->ms, t->months, -1);
	case W_CALENDAR:
		return te >= o_first_of(w->now, t->word, 1 - t->n);
	default:
		if (t->from != NULL && !o_instant(&outside, t->from, &from))
			return 0;
		if (t->to != NULL && !o_instant(&outside, t->to, &to))
			return 0;
		return te >= from && te < to;
	}
}

static int
o_holds(const struct world *w, const json_t *event, const struct tree *cond)
{
	struct world in = *w;
	struct answer a;

	if (cond == NULL)
		return 1;
	in.event = event;
	a = oracle(&in, cond);
	return o_truth(&a);
}

static const json_t *
o_events(const struct world *w)
{
	return json_object_get(w->profile, "events");
}

static int
o_rank(struct answer a)
{
	return a.type == A_NUM    ? 0
	       : a.type == A_TIME ? 1
	       : a.type == A_SPAN ? 2
				  : 3;
}

static int
o_better(struct answer a, struct answer b, int sign)
{
	if (o_rank(a) != o_rank(b))
		return sign * (o_rank(a) - o_rank(b)) > 0;
	return sign * o_order(a, b) > 0 && o_order(a, b) != 2;
}

/* All aggregates, from the values in order; conditions come as true. */
static struct answer
o_fold(const char *name, const struct answer *v, int n)
{
	struct answer sum = o_num(0, 1), best = o_null();
	int i, k, numbers = 0, different = 0;

	if (strcmp(name, "count") == 0)
		return o_num(n, 1);
	if (strcmp(name, "exists") == 0)
		return o_bool(n > 0);
	if (strcmp(name, "first") == 0)
		return n > 0 ? v[0] : best;
	if (strcmp(name, "last") == 0)
		return n > 0 ? v[n - 1] : best;
	for (i = 0; i < n; i++) {
		for (k = 0;
		     k < i && !(v[k].type == v[i].type && o_equal(v[k], v[i]));)
			k++;
		different += k == i;
		if (v[i].type == A_NUM) {
			sum = o_arith(K_ADD, sum, v[i]);
			numbers++;
		}
		if ((v[i].type == A_NUM || v[i].type == A_TXT ||
			v[i].type == A_TIME || v[i].type == A_SPAN) &&
		    (best.type == A_NULL ||
			o_better(v[i], best, name[1] == 'a' ? 1 : -1)))
			best = v[i];
	}
	if (strcmp(name, "distinct") == 0)
		return o_num(different, 1);
	if (strcmp(name, "sum") == 0)
		return sum;
	if (strcmp(name, "avg") == 0)
		return numbers ? o_num(sum.p, sum.q * numbers) : o_null();
	return best;
}

#define O_MOST 64

static struct answer
o_aggregate(const struct world *w, const struct tree *t)
{
	const json_t *events = o_events(w), *e;
	struct answer v[O_MOST];
	struct world in = *w;
	size_t i;
	int n = 0;

	for (i = 0; i < json_array_size(events); i++) {
		e = json_array_get(events, i);
		if (!o_inside(w, t, o_when(e)) || !o_holds(w, e, t->a))
			continue;
		in.event = e;
		v[n] = t->b == NULL ? o_bool(1) : oracle(&in, t->b);
		n += v[n].type != A_NULL;
	}
	return o_fold(t->c->word, v, n);
}

static struct answer
o_each(const struct world *w, const struct tree *t)
{
	struct answer list = oracle(w, t->c), v[O_MOST], yes;
	struct world in = *w;
	const char *name = t->word;
	size_t i, size = 0;
	int n = 0, all = 0;

	if (list.type == A_JSON && json_is_array(list.json))
		size = json_array_size(list.json);
	for (i = 0; i < size; i++, all++) {
		in.item = json_array_get(list.json, i);
		if (t->a != NULL) {
			yes = oracle(&in, t->a);
			if (!o_truth(&yes))
				continue;
		}
		v[n] = t->b == NULL ? o_bool(1) : oracle(&in, t->b);
		n += v[n].type != A_NULL;
	}
	if (strcmp(name, "any") == 0)
		return o_bool(n > 0);
	if (strcmp(name, "all") == 0)
		return o_bool(n == all);
	return o_fold(name, v, n);
}

/* a, then b within ms; c: then (or not) c within n. */
static int
o_sequence(const struct world *w, const struct tree *t, size_t after, int step,
    const json_t *before)
{
	const struct tree *cond = step == 0 ? t->a : step == 1 ? t->b : t->c;
	long long limit = step == 1 ? t->ms : step == 2 ? t->n : 0, te;
	const json_t *events = o_events(w), *e;
	struct world in = *w;
	int absent = step == 2 && t->without;
	size_t i;

	if (cond == NULL || step == 3)
		return 1;
	for (i = after; i < json_array_size(events); i++) {
		e = json_array_get(events, i);
		te = o_when(e);
		if (absent ? te > w->now || te > w->cut
			   : !o_inside(w, t->from, te))
			continue;
		if (step > 0 && limit > 0 && te > o_when(before) + limit)
			continue;
		if (!o_holds(w, e, cond))
			continue;
		if (absent)
			return 0;
		if (step == 0)
			in.step1 = e;
		if (o_sequence(&in, t, i + 1, step + 1, e))
			return 1;
	}
	return absent && o_when(before) + limit <= w->now;
}

static int
o_phrase(const struct world *w, const struct tree *t)
{
	const json_t *events = o_events(w), *e;
	long long te, last = 0, first = 0, seen;
	int in = 0, any = 0, recent = 0;
	size_t i;

	for (i = 0; i < json_array_size(events); i++) {
		e = json_array_get(events, i);
		te = o_when(e);
		if (te > w->now || te > w->cut || !o_holds(w, e, t->a))
			continue;
		if (t->k == K_RESUMED && any && te > last + t->n &&
		    o_inside(w, t, te))
			in = 1;
		if (!any)
			first = te;
		recent = te >= w->now - t->n;
		last = te;
		any = 1;
	}
	if (t->k == K_RESUMED)
		return in;
	if (t->k == K_STOPPED)
		return any && !recent;
	if (t->k == K_FIRST_TIME)
		return any && o_inside(w, t, first);
	return o_time(
		   json_string_value(json_object_get(w->profile, "first_seen")),
		   &seen) &&
	       seen <= w->now - t->n;
}

/* ---- the rest ---- */

static struct answer
o_path(const struct world *w, const struct tree *t)
{
	const json_t *j = t->ground == G_PROFILE ? w->profile
			  : t->ground == G_EVENT ? w->event
			  : t->ground == G_STEP  ? w->step1
						 : w->item;
	char name[64], *p = name, *dot;

	snprintf(name, sizeof name, "%s", t->word);
	while (*p != '\0' && j != NULL) {
		dot = strchr(p, '.');
		if (dot != NULL)
			*dot = '\0';
		j = json_object_get(j, p);
		if (dot == NULL)
			break;
		p = dot + 1;
	}
	return o_json(j);
}

static int
o_texts(const struct world *w, const struct tree *t)
{
	struct answer a = oracle(w, t->a), b = oracle(w, t->b);
	size_t n = strlen(a.text), m = strlen(b.text), i;

	if (t->k == K_HAS && a.type == A_JSON) {
		if (json_is_object(a.json))
			return b.type == A_TXT &&
			       json_object_get(a.json, b.text) != NULL;
		for (i = 0; i < json_array_size(a.json); i++) {
			struct answer e = o_json(json_array_get(a.json, i));

			if (e.type == b.type && o_equal(e, b))
				return 1;
		}
		return 0;
	}
	if (t->k == K_HAS || a.type != A_TXT || b.type != A_TXT || m > n)
		return 0;
	if (t->k == K_STARTS)
		return strncmp(a.text, b.text, m) == 0;
	if (t->k == K_ENDS)
		return strcmp(a.text + n - m, b.text) == 0;
	return strstr(a.text, b.text) != NULL;
}

static struct answer
o_call(const struct world *w, const struct tree *t)
{
	struct answer a = oracle(w, t->a), b = o_null();
	long long x = a.time, y;
	int year, month, day;
	char text[32];

	if (strcmp(t->word, "if") == 0)
		return oracle(w, o_truth(&a) ? t->b : t->c);
	if (t->b != NULL)
		b = oracle(w, t->b);
	if (strcmp(t->word, "coalesce") == 0)
		return a.type == A_NULL ? b : a;
	if (strcmp(t->word, "length") == 0)
		return a.type == A_TXT    ? o_num((wide)strlen(a.text), 1)
		       : a.type != A_JSON ? o_null()
		       : json_is_array(a.json)
			   ? o_num((wide)json_array_size(a.json), 1)
			   : o_num((wide)json_object_size(a.json), 1);
	if (a.type != A_TIME && !(a.type == A_TXT && o_time(a.text, &x)))
		return o_null();
	y = b.time;
	if (strstr(t->word, "between") != NULL) {
		if (b.type != A_TIME &&
		    !(b.type == A_TXT && o_time(b.text, &y)))
			return o_null();
		if (t->word[0] == 'c')
			return o_num(llabs(o_local_day(x) - o_local_day(y)), 1);
		return o_num(llabs(x - y) / O_DAY, 1);
	}
	o_date(x, &year, &month, &day);
	if (strcmp(t->word, "hour") == 0)
		return o_num(
		    (x + O_ZONE - o_local_day(x) * O_DAY) / 3600000, 1);
	if (strcmp(t->word, "weekday") == 0)
		return o_num((o_local_day(x) % 7 + 7 + 3) % 7 + 1, 1);
	if (strcmp(t->word, "month") == 0)
		return o_num(month, 1);
	snprintf(text, sizeof text, "%04d-%02d-%02d", year, month, day);
	return o_text(text);
}

static struct answer
oracle(const struct world *w, const struct tree *t)
{
	struct answer a = o_null();

	switch (t->k) {
	case K_NUM:
		return o_num(t->n, 100);
	case K_TXT:
		return o_text(t->word);
	case K_TIME:
		return o_at(t->n);
	case K_SPAN:
		return o_span(t->ms, t->months);
	case K_BOOL:
		return o_bool((int)t->n);
	case K_NULL:
		return a;
	case K_NOW:
		return o_at(w->now);
	case K_PATH:
		return o_path(w, t);
	case K_NOT:
		a = oracle(w, t->a);
		return o_bool(!o_truth(&a));
	case K_AND:
	case K_OR:
		a = oracle(w, t->a);
		if (o_truth(&a) == (t->k == K_OR))
			return o_bool(t->k == K_OR);
		a = oracle(w, t->b);
		return o_bool(o_truth(&a));
	case K_CMP:
		return o_bool(
		    o_compare(t->word, oracle(w, t->a), oracle(w, t->b)));
	case K_IN:
		a = oracle(w, t->a);
		return o_bool(
		    o_equal(a, oracle(w, t->b)) || o_equal(a, oracle(w, t->c)));
	case K_BETWEEN:
		a = oracle(w, t->a);
		return o_bool(o_compare(">=", a, oracle(w, t->b)) &&
			      o_compare("<=", a, oracle(w, t->c)));
	case K_MISSING:
		return o_bool(oracle(w, t->a).type == A_NULL);
	case K_CONTAINS:
	case K_STARTS:
	case K_ENDS:
	case K_HAS:
		return o_bool(o_texts(w, t));
	case K_ADD:
	case K_SUB:
	case K_MUL:
		return o_arith(t->k, oracle(w, t->a), oracle(w, t->b));
	case K_AGG:
		return o_aggregate(w, t);
	case K_EACH:
		return o_each(w, t);
	case K_SEQ:
		return o_bool(o_sequence(w, t, 0, 0, NULL));
	case K_CALL:
		return o_call(w, t);
	default:
		return o_bool(o_phrase(w, t));
	}
}

#endif
