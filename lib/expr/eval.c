#include <string.h>

#include "room.h"

/* ---- values of fields ---- */

static struct val
string_val(struct expr_run *r, struct js_val js)
{
	size_t n;
	const char *p;

	if (!js.escaped)
		return val_text(js.p + 1, js.len - 2);
	r->scratch.len = 0;
	p = js_text(js, &r->scratch, &n);
	return val_text(arena_text(&r->texts, p, n), n);
}

struct val
run_val(struct expr_run *r, struct js_val js)
{
	struct val v;

	switch (js.type) {
	case JS_FALSE:
	case JS_TRUE:
		return val_bool(js.type == JS_TRUE);
	case JS_NUMBER:
		return val_parse_number(js.p, js.len);
	case JS_STRING:
		return string_val(r, js);
	case JS_TEXT:
		return val_text(js.p, js.len);
	case JS_ARRAY:
	case JS_OBJECT:
		v = val_text(js.p, js.len);
		v.type = EXPR_JSON;
		return v;
	default:
		return val_null();
	}
}

struct js_val
run_field(struct expr_run *r, const struct path *p)
{
	switch (p->where) {
	case AT_PROFILE:
		return r->line->slot[p->slot];
	case AT_EVENT:
		return js_each(r->line, r->event, p->slot);
	case AT_STEP:
		return js_each(r->line, r->step[p->level], p->slot);
	case AT_ITEM:
		return js_path(r->item[p->level - 1], p->step, p->n);
	default:
		return r->row[p->slot];
	}
}

static struct val
literal(struct expr_run *r, const struct code *t)
{
	int64_t at;

	if (!t->local)
		return *t->lit;
	if (r->zone == NULL)
		return val_null();
	at = zone_instant(r->zone, t->lit->time, NULL);
	return val_time(at);
}

/* ---- moving values ---- */

/* First whole minute after t: offsets of zones change only there. */
static int64_t
next_minute(int64_t t)
{
	int64_t m = t / 60000 - (t % 60000 < 0);

	return (m + 1) * 60000;
}

static bool
offset_changes(const struct zone *zone, int64_t t)
{
	return zone_offset(zone, t - DAY_MS) != zone_offset(zone, t + DAY_MS);
}

int64_t
next_hour(int64_t t, const struct zone *zone)
{
	struct civil c;
	int64_t at;

	when_civil(t, zone, &c);
	at = t + 3600000 - ((c.minute * 60 + c.second) * 1000 + c.ms);
	return zone_offset(zone, t) == zone_offset(zone, at) ? at
							     : next_minute(t);
}

int64_t
next_day(int64_t t, const struct zone *zone)
{
	return when_midnight(t, zone, 1);
}

void
next_by_calendar(struct expr_run *r, const struct val *moving, bool hour)
{
	const struct zone *zone =
	    r->zone != NULL ? r->zone : zone_find("UTC", 3);
	int64_t t = moving->time, at;

	if (moving->slope == 0)
		return;
	if (moving->slope != 1) {
		next_at(r, r->now + 1);
		return;
	}
	at = hour ? next_hour(t, zone) : next_day(t, zone);
	next_at(r, r->now + (at - t));
}

/* Months are taken off by the calendar: in one local day without a change
 * of offset the result moves as the time does. */
void
next_by_months(
    struct expr_run *r, const struct val *time, const struct val *result)
{
	const struct zone *zone =
	    r->zone != NULL ? r->zone : zone_find("UTC", 3);

	next_by_calendar(r, time, false);
	if (offset_changes(zone, time->time) ||
	    offset_changes(zone, result->time))
		next_at(r, next_minute(r->now));
}

static int64_t
distance(const struct val *a, const struct val *b, bool *months)
{
	*months = false;
	if (a->type == EXPR_TIME)
		return a->time - b->time;
	*months = a->span.months != 0 || b->span.months != 0;
	return a->span.ms - b->span.ms;
}

/* d moves by s a millisecond: when does d < 0 (strict) or d <= 0 change? */
static int64_t
crossing(int64_t d, int s, bool strict)
{
	int64_t way = d < 0 ? -d : d, by = s < 0 ? -s : s;
	bool touch; /* is reaching 0 already the change? */

	if (d == 0)
		return (s > 0) == strict ? 0 : 1;
	if ((d < 0) != (s > 0))
		return 0;
	touch = (d < 0) == strict;
	return touch ? (way + by - 1) / by : way / by + 1;
}

void
next_by_order(
    struct expr_run *r, int op, const struct val *a, const struct val *b)
{
	int s = a->slope - b->slope;
	int64_t d, at;
	bool months;

	if (s == 0 || a->type != b->type ||
	    (a->type != EXPR_TIME && a->type != EXPR_SPAN))
		return;
	d = distance(a, b, &months);
	if (months || a->slope > 100 || b->slope > 100) {
		next_at(r, r->now + 1);
		return;
	}
	if (op != OP_LE && op != OP_GT && (at = crossing(d, s, true)) > 0)
		next_at(r, r->now + at);
	if (op != OP_LT && op != OP_GE && (at = crossing(d, s, false)) > 0)
		next_at(r, r->now + at);
}

/* ---- operators ---- */

/* A text beside a time is read as a time. */
static const struct val *
as_time(struct expr_run *r, const struct val *text, struct val *room)
{
	if (text->type != EXPR_TEXT)
		return text;
	if (r->stamp_of != r->line_stamp || r->stamp_text != text->p) {
		if (!val_instant(text, r->zone, &r->stamp_time))
			return text;
		r->stamp_of = r->line_stamp;
		r->stamp_text = text->p;
	}
	*room = val_time(r->stamp_time);
	return room;
}

static bool
ordered(struct expr_run *r, int op, const struct val *a, const struct val *b)
{
	struct val room;
	int c;

	if (a->type == EXPR_TIME && b->type != EXPR_TIME)
		b = as_time(r, b, &room);
	else if (b->type == EXPR_TIME && a->type != EXPR_TIME)
		a = as_time(r, a, &room);
	if (a->slope != b->slope)
		next_by_order(r, op, a, b);
	if (op == OP_EQ)
		return val_equal(a, b);
	c = val_order(a, b);
	if (c == 2)
		return false;
	return op == OP_LT   ? c < 0
	       : op == OP_LE ? c <= 0
	       : op == OP_GT ? c > 0
			     : c >= 0;
}

static bool
is_in(struct expr_run *r, const struct code *t)
{
	struct val room[2];
	const struct val *v = eval_look(r, t->sub[0], &room[0]);
	int i;

	for (i = 1; i < t->n; i++)
		if (ordered(r, OP_EQ, v, eval_look(r, t->sub[i], &room[1])))
			return true;
	return false;
}

static bool
is_between(struct expr_run *r, const struct code *t)
{
	struct val room[2];
	const struct val *v = eval_look(r, t->sub[0], &room[0]);
	bool low = ordered(r, OP_GE, v, eval_look(r, t->sub[1], &room[1]));

	return ordered(r, OP_LE, v, eval_look(r, t->sub[2], &room[1])) && low;
}

/* A pattern that takes too many steps matches nothing. */
static bool
matches(struct expr_run *r, const struct code *t)
{
	struct val v;

	eval(r, t->sub[0], &v);
	return v.type == EXPR_TEXT && pattern_match(t->pattern, r->patterns,
					  v.p, v.len) == PATTERN_YES;
}

static bool
in_text(int op, const struct val *a, const struct val *b)
{
	if (a->type != EXPR_TEXT || b->type != EXPR_TEXT || a->len < b->len)
		return false;
	if (b->len == 0)
		return true;
	if (op == OP_STARTS)
		return memcmp(a->p, b->p, b->len) == 0;
	if (op == OP_ENDS)
		return memcmp(a->p + a->len - b->len, b->p, b->len) == 0;
	return memmem(a->p, a->len, b->p, b->len) != NULL;
}

static bool
has(struct expr_run *r, const struct val *a, const struct val *b)
{
	struct js_val js = {.p = a->p, .len = (uint32_t)a->len}, item;
	struct js_iter it;
	struct val v;

	if (a->type != EXPR_JSON)
		return false;
	js.type = a->p[0] == '[' ? JS_ARRAY : JS_OBJECT;
	if (js.type == JS_OBJECT)
		return b->type == EXPR_TEXT &&
		       js_member(js, b->p, b->len).type != JS_MISSING;
	for (it = js_iterate(js); js_next(&it, NULL, &item);) {
		if (item.type == JS_STRING && !item.escaped) {
			if (b->type == EXPR_TEXT && item.len == b->len + 2 &&
			    memcmp(item.p + 1, b->p, b->len) == 0)
				return true;
			continue;
		}
		v = run_val(r, item);
		if (val_equal(&v, b))
			return true;
	}
	return false;
}

/* What most comparisons are: of two exact numbers. */
static inline bool
numbers_ordered(int op, struct dec a, struct dec b)
{
	int c = a.scale == b.scale ? (a.c > b.c) - (a.c < b.c) : dec_cmp(a, b);

	return op == OP_EQ   ? c == 0
	       : op == OP_LT ? c < 0
	       : op == OP_LE ? c <= 0
	       : op == OP_GT ? c > 0
			     : c >= 0;
}

static bool
both(struct expr_run *r, const struct code *t)
{
	struct val room[2];
	const struct val *a = eval_look(r, t->sub[0], &room[0]);
	const struct val *b = eval_look(r, t->sub[1], &room[1]);

	switch (t->op) {
	case OP_NE:
		return !ordered(r, OP_EQ, a, b);
	case OP_CONTAINS:
	case OP_STARTS:
	case OP_ENDS:
		return in_text(t->op, a, b);
	case OP_HAS:
		return has(r, a, b);
	default:
		if (a->type == EXPR_NUMBER && b->type == EXPR_NUMBER &&
		    a->exact && b->exact)
			return numbers_ordered(t->op, a->dec, b->dec);
		return ordered(r, t->op, a, b);
	}
}

/* and, or: as soon as one operand decides, only its clock matters. */
static bool
chain(struct expr_run *r, const struct code *t)
{
	bool decides = t->op == OP_OR;
	int64_t before = r->next, all = WHEN_NEVER;
	int i;

	for (i = 0; i < t->n; i++) {
		r->next = WHEN_NEVER;
		if (eval_truth(r, t->sub[i]) == decides) {
			if (before < r->next)
				r->next = before;
			return decides;
		}
		if (r->next < all)
			all = r->next;
	}
	r->next = before < all ? before : all;
	return !decides;
}

static struct val
arith(struct expr_run *r, const struct code *t)
{
	struct val a, b, v;

	eval(r, t->sub[0], &a);
	eval(r, t->sub[1], &b);
	if (a.type == EXPR_NULL || b.type == EXPR_NULL)
		return val_null();
	v = val_arith(t->op, &a, &b, r->zone);
	if (v.type == EXPR_TIME && v.slope != 0) {
		if (b.type == EXPR_SPAN && b.span.months != 0)
			next_by_months(r, &a, &v);
		else if (a.type == EXPR_SPAN && a.span.months != 0)
			next_by_months(r, &b, &v);
	} else if (v.type == EXPR_NULL && (a.slope != 0 || b.slope != 0)) {
		next_at(r, r->now + 1);
	}
	return v;
}

static bool
listed(struct expr_run *r, const struct code *t)
{
	struct val v;

	eval(r, t->sub[0], &v);
	if (v.slope != 0)
		next_at(r, r->now + 1);
	return list_has(r, t->list, &v);
}

static void
compute(struct expr_run *r, const struct code *t, struct val *v)
{
	switch (t->op) {
	case OP_LITERAL:
		*v = literal(r, t);
		break;
	case OP_NOW:
		*v = val_time(r->now);
		v->slope = 1;
		break;
	case OP_PATH:
		*v = run_val(r, run_field(r, t->path));
		break;
	case OP_NOT:
		*v = val_bool(!eval_truth(r, t->sub[0]));
		break;
	case OP_AND:
	case OP_OR:
		*v = val_bool(chain(r, t));
		break;
	case OP_IN:
		*v = val_bool(is_in(r, t));
		break;
	case OP_BETWEEN:
		*v = val_bool(is_between(r, t));
		break;
	case OP_MATCH:
		*v = val_bool(matches(r, t));
		break;
	case OP_MISSING:
		eval(r, t->sub[0], v);
		*v = val_bool(v->type == EXPR_NULL);
		break;
	case OP_ADD:
	case OP_SUB:
	case OP_MUL:
	case OP_DIV:
	case OP_MOD:
		*v = arith(r, t);
		break;
	case OP_NEG:
		eval(r, t->sub[0], v);
		*v = val_neg(v);
		break;
	case OP_CALL:
		*v = func_call(r, t);
		break;
	case OP_OVER:
		eval_over(r, t, v);
		break;
	case OP_EACH:
		eval_each(r, t, v);
		break;
	case OP_SEQUENCE:
		eval_sequence(r, t, v);
		break;
	case OP_RESUMED:
		eval_resumed(r, t, v);
		break;
	case OP_LISTED:
		*v = val_bool(listed(r, t));
		break;
	default:
		*v = val_bool(both(r, t));
	}
}

static const struct val *
remembered(struct expr_run *r, const struct code *t)
{
	struct memo *m = &r->memo[t->memo];
	uint64_t stamp = t->clock         ? r->clock_stamp
			 : t->on & ON_NOW ? r->time_stamp
					  : r->line_stamp;
	int64_t before;

	if (m->stamp != stamp) {
		before = r->next;
		r->next = WHEN_NEVER;
		compute(r, t, &m->val);
		m->stamp = stamp;
		m->next = r->next;
		r->next = before;
	}
	if (m->next < r->next)
		r->next = m->next;
	return &m->val;
}

/* Each event's field is read once, however many terms want it. */
static const struct val *
column_val(struct expr_run *r, const struct code *t)
{
	struct column *c = &r->column[t->column];
	size_t n = r->line->neach, i;
	struct val *v;

	if (c->stamp != r->line_stamp) {
		c->stamp = r->line_stamp;
		c->val = mem_grow(c->val, &c->cap, n, sizeof *c->val);
		for (i = 0; i < n; i++)
			c->val[i].type = UNREAD;
	}
	v = &c->val[r->event];
	if (v->type == UNREAD)
		*v = run_val(r, js_each(r->line, r->event, t->path->slot));
	return v;
}

const struct val *
eval_look(struct expr_run *r, const struct code *t, struct val *room)
{
	if (t->memo >= 0)
		return remembered(r, t);
	if (t->column >= 0)
		return column_val(r, t);
	if (t->op == OP_LITERAL && !t->local)
		return t->lit;
	compute(r, t, room);
	return room;
}

void
eval(struct expr_run *r, const struct code *t, struct val *v)
{
	if (t->memo >= 0)
		*v = *remembered(r, t);
	else if (t->column >= 0)
		*v = *column_val(r, t);
	else
		compute(r, t, v);
}

bool
eval_truth(struct expr_run *r, const struct code *t)
{
	struct val v;

	if (t->memo >= 0)
		return val_truth(remembered(r, t));
	switch (t->op) {
	case OP_NOT:
		return !eval_truth(r, t->sub[0]);
	case OP_AND:
	case OP_OR:
		return chain(r, t);
	case OP_EQ:
	case OP_NE:
	case OP_LT:
	case OP_LE:
	case OP_GT:
	case OP_GE:
		return both(r, t);
	default:
		compute(r, t, &v);
		return val_truth(&v);
	}
}
