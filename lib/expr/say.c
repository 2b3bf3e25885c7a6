#include <string.h>

#include "room.h"

/* A sentence is said from the tree as it was written. */
struct speech {
	const char *text;
	struct buf *out;
};

static void say(const struct speech *, const struct term *);
static void say_events(const struct speech *, const struct term *);

static void
word(const struct speech *s, const char *text)
{
	buf_adds(s->out, text);
}

static void
amount(const struct speech *s, int64_t n, const char *unit)
{
	if (n == 0)
		return;
	if (s->out->len > 0 && s->out->p[s->out->len - 1] != ' ')
		word(s, " ");
	buf_int(s->out, n);
	buf_addf(s->out, " %s%s", unit, n == 1 ? "" : "s");
}

static void
say_span(const struct speech *s, struct duration d)
{
	if (d.ms == 0 && d.months == 0)
		word(s, "0 seconds");
	amount(s, d.months / 12, "year");
	amount(s, d.months % 12, "month");
	amount(s, d.ms / DAY_MS, "day");
	amount(s, d.ms % DAY_MS / 3600000, "hour");
	amount(s, d.ms % 3600000 / 60000, "minute");
	amount(s, d.ms % 60000 / 1000, "second");
}

static void
as_written(const struct speech *s, const struct term *t)
{
	buf_add(s->out, s->text + t->from, t->to - t->from);
}

static void
say_literal(const struct speech *s, const struct term *t)
{
	if (t->lit.type == EXPR_SPAN)
		say_span(s, t->lit.span);
	else if (t->lit.type == EXPR_TEXT)
		buf_json(s->out, t->lit.p, t->lit.len);
	else if (t->lit.type == EXPR_TIME)
		buf_add(s->out, s->text + t->from + 1, t->to - t->from - 1);
	else if (t->lit.type == EXPR_NULL)
		word(s, "missing");
	else
		expr_json(val_public(&t->lit), s->out);
}

/* ---- windows and events ---- */

static void
say_window(const struct speech *s, const struct term *w)
{
	static const char *const units[] = {"day", "week", "month", "year"};

	if (w == NULL)
		return;
	if (w->kind == WINDOW_LAST) {
		word(s, " in the last ");
		say_span(s, w->lit.span);
	} else if (w->kind == WINDOW_CALENDAR) {
		word(s, " in the last ");
		buf_int(s->out, w->count);
		buf_addf(s->out, " calendar %s%s, this one included",
		    units[w->unit], w->count == 1 ? "" : "s");
	} else {
		if (w->kid[0] != NULL) {
			word(s, " since ");
			say(s, w->kid[0]);
		}
		if (w->kid[1] != NULL) {
			word(s, " before ");
			say(s, w->kid[1]);
		}
	}
}

static bool
is_event_path(const struct term *t)
{
	const struct path *p = t->path;

	return t->op == OP_PATH && p->where == AT_EVENT && p->n == 1 &&
	       p->step[0].len == 5 && memcmp(p->step[0].key, "event", 5) == 0;
}

static bool
names_event(const struct term *t)
{
	return (t->op == OP_EQ || t->op == OP_IN) && is_event_path(t->kid[0]);
}

static void
say_list(
    const struct speech *s, const struct term *t, int from, const char *last)
{
	int i;

	for (i = from; i < t->n; i++) {
		if (i > from)
			word(s, i == t->n - 1 ? last : ", ");
		say(s, t->kid[i]);
	}
}

/* event = "X" and REST reads: "X" where REST.  all, some: "any event", "an
 * event", or "event" after "there is no". */
static void
say_some(const struct speech *s, const struct term *cond, const char *all,
    const char *some)
{
	const char *join = " where ";
	int i;

	if (cond == NULL ||
	    (cond->op == OP_LITERAL && cond->lit.type == EXPR_BOOL &&
		cond->lit.truth)) {
		word(s, all);
	} else if (names_event(cond)) {
		say_list(s, cond, 1, " or ");
	} else if (cond->op == OP_AND && names_event(cond->kid[0])) {
		say_list(s, cond->kid[0], 1, " or ");
		for (i = 1; i < cond->n; i++, join = " and ") {
			word(s, join);
			say(s, cond->kid[i]);
		}
	} else {
		word(s, some);
		word(s, " where ");
		say(s, cond);
	}
}

static void
say_events(const struct speech *s, const struct term *cond)
{
	say_some(s, cond, "any event", "an event");
}

static void
say_over(const struct speech *s, const struct term *t)
{
	static const char *const names[] = {[OVER_SUM] = "the sum of ",
	    [OVER_AVG] = "the average of ",
	    [OVER_MIN] = "the least ",
	    [OVER_MAX] = "the greatest ",
	    [OVER_FIRST] = "the first ",
	    [OVER_LAST] = "the last ",
	    [OVER_DISTINCT] = "the number of different values of "};

	if (t->kind == OVER_COUNT) {
		word(s, "the count of ");
		say_events(s, t->kid[0]);
	} else if (t->kind == OVER_EXISTS) {
		word(s, "there is ");
		say_events(s, t->kid[0]);
	} else {
		word(s, names[t->kind]);
		say(s, t->kid[1]);
		word(s, " of ");
		say_events(s, t->kid[0]);
	}
	say_window(s, t->kid[2]);
}

static void
say_each(const struct speech *s, const struct term *t)
{
	static const char *const names[] = {[OVER_COUNT] = "the count of ",
	    [OVER_SUM] = "the sum of ",
	    [OVER_AVG] = "the average of ",
	    [OVER_MIN] = "the least ",
	    [OVER_MAX] = "the greatest ",
	    [OVER_FIRST] = "the first ",
	    [OVER_LAST] = "the last ",
	    [OVER_DISTINCT] = "the number of different values of ",
	    [OVER_ANY] = "any of ",
	    [OVER_ALL] = "each of "};

	word(s, names[t->kind]);
	if (t->kid[1] != NULL) {
		say(s, t->kid[1]);
		word(s, " in ");
	}
	say(s, t->kid[2]);
	if (t->kid[0] != NULL) {
		word(s, t->kid[1] == NULL && t->kind != OVER_COUNT
			    ? " satisfies: "
			    : " where ");
		say(s, t->kid[0]);
	}
}

static void
say_sequence(const struct speech *s, const struct term *t)
{
	int i, n = t->n / 2;

	for (i = 0; i < n; i++) {
		if (i > 0)
			word(s, t->kind && i == n - 1 ? ", and then no "
						      : ", then ");
		say_events(s, t->kid[1 + 2 * i]);
		if (t->kid[2 + 2 * i] != NULL) {
			word(s, " within ");
			say_span(s, t->kid[2 + 2 * i]->lit.span);
		}
	}
	if (t->kid[0] != NULL) {
		word(s, ", all");
		say_window(s, t->kid[0]);
	}
}

static void
say_phrase(const struct speech *s, const struct term *t)
{
	if (t->kind == PHRASE_FIRST_TIME) {
		word(s, "the first ");
		say_events(s, t->kid[1]);
		word(s, " ever is");
		say_window(s, t->kid[2]);
	} else if (t->kind == PHRASE_STOPPED) {
		word(s, "there was ");
		say_events(s, t->kid[1]);
		word(s, " but none");
		say_window(s, t->kid[2]);
	} else {
		word(s, "the customer has been known for at least ");
		say_span(s, t->lit.span);
	}
}

/* ---- operators ---- */

static bool
about_time(const struct term *t)
{
	return TYPE_MAY_BE(t->types, EXPR_TIME);
}

static const char *
verb(const struct term *t)
{
	bool time = about_time(t->kid[0]) || about_time(t->kid[1]);

	switch (t->op) {
	case OP_EQ:
		return " is ";
	case OP_NE:
		return " is not ";
	case OP_LT:
		return time ? " is before " : " is less than ";
	case OP_LE:
		return time ? " is not after " : " is at most ";
	case OP_GT:
		return time ? " is after " : " is more than ";
	case OP_GE:
		return time ? " is not before " : " is at least ";
	case OP_MATCH:
		return " matches ";
	case OP_CONTAINS:
		return " contains ";
	case OP_STARTS:
		return " starts with ";
	case OP_ENDS:
		return " ends with ";
	case OP_HAS:
		return " has ";
	case OP_ADD:
		return " + ";
	case OP_SUB:
		return " - ";
	case OP_MUL:
		return " * ";
	case OP_DIV:
		return " / ";
	default:
		return " % ";
	}
}

/* in segment "A" and has tag "A", which stand for the whole of the term */
static bool
say_member(const struct speech *s, const struct term *t)
{
	const struct term *list = t->kid[0];

	if (t->op != OP_HAS || list->from != t->from || list->to != t->to)
		return false;
	word(s, list->path->step[0].len == 4 ? "the customer has the tag "
					     : "the customer is in segment ");
	say(s, t->kid[1]);
	return true;
}

static void
say_pair(const struct speech *s, const struct term *t)
{
	if (say_member(s, t))
		return;
	say(s, t->kid[0]);
	word(s, verb(t));
	say(s, t->kid[1]);
}

static void
say_chain(const struct speech *s, const struct term *t)
{
	int i;
	bool inner;

	for (i = 0; i < t->n; i++) {
		if (i > 0)
			word(s, t->op == OP_AND ? ", and " : ", or ");
		inner = t->kid[i]->op == OP_AND || t->kid[i]->op == OP_OR;
		word(s, inner ? "(" : "");
		say(s, t->kid[i]);
		word(s, inner ? ")" : "");
	}
}

static void
say_not(const struct speech *s, const struct term *of)
{
	if (of->op == OP_OVER && of->kind == OVER_EXISTS) {
		word(s, "there is no ");
		say_some(s, of->kid[0], "event", "event");
		say_window(s, of->kid[2]);
	} else if (of->op == OP_MISSING) {
		say(s, of->kid[0]);
		word(s, " is known");
	} else if (of->op == OP_PATH) {
		say(s, of);
		word(s, " is not set");
	} else {
		word(s, "it is not so that ");
		say(s, of);
	}
}

static void
say_call(const struct speech *s, const struct term *t)
{
	const char *says = funcs[t->kind].says;
	const char *at = strchr(says, '%');

	buf_add(s->out, says, (size_t)(at - says));
	say_list(s, t, 0, " and ");
	word(s, at + 1);
}

static void
say_resumed(const struct speech *s, const struct term *t)
{
	word(s, "there is ");
	say_events(s, t->kid[0]);
	say_window(s, t->kid[1]);
	word(s, " after a pause of more than ");
	say_span(s, t->lit.span);
}

static void
say(const struct speech *s, const struct term *t)
{
	switch (t->op) {
	case OP_LITERAL:
		say_literal(s, t);
		break;
	case OP_NOW:
		word(s, "now");
		break;
	case OP_PATH:
		as_written(s, t);
		break;
	case OP_NOT:
		say_not(s, t->kid[0]);
		break;
	case OP_AND:
	case OP_OR:
		say_chain(s, t);
		break;
	case OP_IN:
		say(s, t->kid[0]);
		word(s, " is one of ");
		say_list(s, t, 1, " or ");
		break;
	case OP_BETWEEN:
		say(s, t->kid[0]);
		word(s, " is between ");
		say_list(s, t, 1, " and ");
		word(s, " inclusive");
		break;
	case OP_MISSING:
		say(s, t->kid[0]);
		word(s, " is missing");
		break;
	case OP_NEG:
		word(s, "-");
		say(s, t->kid[0]);
		break;
	case OP_CALL:
		say_call(s, t);
		break;
	case OP_OVER:
		say_over(s, t);
		break;
	case OP_EACH:
		say_each(s, t);
		break;
	case OP_SEQUENCE:
		say_sequence(s, t);
		break;
	case OP_RESUMED:
		say_resumed(s, t);
		break;
	case OP_LISTED:
		say(s, t->kid[0]);
		buf_addf(s->out, " is listed in %s", t->list->name);
		break;
	case OP_MEANS:
		say_phrase(s, t);
		break;
	default:
		say_pair(s, t);
	}
}

/* A bare path as a condition: "tags.vip is set". */
void
expr_say(const struct expr_set *set, int id, struct buf *out)
{
	const struct term *root = set->all[id].root;
	struct speech s = {.text = set->all[id].text, .out = out};

	if (root->types == TYPE(EXPR_BOOL)) {
		word(&s, "True when ");
		say(&s, root);
	} else if (root->op == OP_PATH) {
		word(&s, "The value of ");
		say(&s, root);
	} else {
		word(&s, "The value: ");
		say(&s, root);
	}
	word(&s, ".");
}
