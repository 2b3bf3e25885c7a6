#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "room.h"

/* --check: where null or a type can make an expression silently false, and
 * what can never be true. */
struct check {
	const char *text;
	bool opposite; /* the term looked at is denied by its own operator */
	void (*say)(void *arg, size_t col, const char *remark);
	void *arg;
};

static void look(struct check *, const struct term *);

static void __attribute__((format(printf, 3, 4)))
remark(struct check *c, const struct term *at, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	c->say(c->arg, at->from + 1, text);
}

/* The term as it was written, cut to a readable length. */
static const char *
words(struct check *c, const struct term *t, char out[80])
{
	size_t n = t->to - t->from;
	bool cut = n > 70;

	if (cut)
		for (n = 66;
		     ((unsigned char)c->text[t->from + n] & 0xc0) == 0x80;)
			n--;
	memcpy(out, c->text + t->from, n);
	strcpy(out + n, cut ? "..." : "");
	return out;
}

#define NONE TYPE(EXPR_NULL)

static const char *
type_word(unsigned types)
{
	static const char *const names[] = {"null", "true or false", "a number",
	    "a text", "a time", "a duration", "an array or object"};
	int i;

	types &= ~NONE;
	for (i = 1; i < 7; i++)
		if (types == TYPE(i))
			return names[i];
	return "of another type";
}

static bool
nullable(const struct term *t)
{
	return (t->types & NONE) != 0;
}

/* Is its first step one of the names? */
static bool
begins_with(const struct path *p, const char *const *name)
{
	for (; *name != NULL; name++)
		if (strlen(*name) == p->step[0].len &&
		    memcmp(*name, p->step[0].key, p->step[0].len) == 0)
			return true;
	return false;
}

/* What every line has that cdp-ingest and cdp-merge-id wrote.  Only track
 * events have an `event`, but what has none is not of that name either. */
static bool
always_there(const struct path *p)
{
	static const char *const profile[] = {
	    "profile_id", "first_seen", "last_seen", NULL};
	static const char *const event[] = {
	    "event", "type", "messageId", "timestamp", NULL};

	return p->where != AT_ITEM && p->where != AT_ROW && p->n == 1 &&
	       begins_with(p, p->where == AT_PROFILE ? profile : event);
}

/* May it be null though its operands are not?  10 / count() */
static bool
can_fail(const struct term *t)
{
	static const char *const names[] = {
	    "number", "time", "digits", "sha256", NULL};
	const char *const *name;

	if (t->op != OP_CALL)
		return t->op == OP_DIV || t->op == OP_MOD;
	for (name = names; *name != NULL; name++)
		if (strcmp(*name, funcs[t->kind].name) == 0)
			return true;
	return strcmp(funcs[t->kind].name, "hash_bucket") == 0 &&
	       (t->kid[1]->op != OP_LITERAL ||
		   t->kid[1]->lit.type != EXPR_NUMBER ||
		   val_number(&t->kid[1]->lit) < 1);
}

static bool
is_choice(const struct term *t)
{
	return t->op == OP_CALL && funcs[t->kind].types == TYPE_ANY;
}

/* What has to be there for the term to have a value, and of which types, as
 * which the term itself is wanted at first; NULL: it always has one. */
static const struct term *
weak_spot(const struct term *t, unsigned *types)
{
	const struct term *w;
	unsigned taken;
	int i;

	if (!nullable(t) || t->op == OP_LITERAL)
		return NULL;
	if (t->op == OP_PATH)
		return always_there(t->path) ? NULL : t;
	if (t->op == OP_OVER || t->op == OP_EACH || is_choice(t))
		return t;
	for (i = 0; i < t->n; i++) {
		if (t->kid[i] == NULL)
			continue;
		taken = term_takes(t, i);
		if ((w = weak_spot(t->kid[i], &taken)) != NULL) {
			*types = taken;
			return w;
		}
	}
	return can_fail(t) ? t : NULL;
}

/* How the weak spot lets its term down. */
static const char *
lack(const struct term *w, unsigned types)
{
	unsigned fit = types & w->types & ~NONE;

	if ((w->types & ~NONE & ~types) == 0)
		return "missing";
	if (types & TYPE(EXPR_TIME) && !(types & TYPE(EXPR_NUMBER)))
		return "missing or not a time";
	return fit == TYPE(EXPR_NUMBER) ? "missing or not a number"
	       : fit == TYPE(EXPR_TEXT) ? "missing or not a text"
	       : fit == TYPE(EXPR_BOOL) ? "missing or not true or false"
					: "missing or of another type";
}

/* Types that can stand in an order or equality with the other side. */
static unsigned
comparable(const struct term *other)
{
	unsigned types = other->types & ~NONE;

	if (types & TYPE(EXPR_TIME))
		types |= TYPE(EXPR_TEXT);
	if (types & TYPE(EXPR_TEXT) && other->op != OP_LITERAL)
		types |= TYPE(EXPR_TIME);
	return types;
}

static void
weak_side(struct check *c, const struct term *t, const struct term *side,
    const struct term *other)
{
	unsigned kinds = other->types & ~NONE;
	unsigned types = kinds & (kinds - 1) ? 0 : comparable(other);
	const struct term *w = weak_spot(side, &types);
	char all[80], part[80];

	if (w == NULL)
		return;
	if (w->op == OP_OVER || w->op == OP_EACH) {
		remark(c, w, "%s: %s where there is nothing to take %s of",
		    words(c, t, all), t->op == OP_NE ? "true" : "false",
		    words(c, w, part));
		return;
	}
	remark(c, w, "%s: %s where %s is %s", words(c, t, all),
	    t->op == OP_NE ? "true" : "false", words(c, w, part),
	    lack(w, types));
}

static bool
is_array(const struct term *t)
{
	return (t->types & ~NONE) == TYPE(EXPR_JSON);
}

static bool
is_span(const struct term *t)
{
	return (t->types & ~NONE) == TYPE(EXPR_SPAN);
}

/* last_seen < 30d */
static const char *
way_out(
    struct check *c, const struct term *a, const struct term *b, char out[160])
{
	const unsigned moment = TYPE(EXPR_TIME) | TYPE(EXPR_TEXT);
	char part[80];

	out[0] = '\0';
	if (is_span(a) && (b->types & moment) != 0)
		a = b;
	else if (!is_span(b) || (a->types & moment) == 0)
		return out;
	snprintf(out, 160, "; the time since is now - %s", words(c, a, part));
	return out;
}

/* An event without a name is of no name. */
static bool
names_no_event(const struct term *t)
{
	static const char *const event[] = {"event", NULL};
	const struct path *p = t->kid[0]->path;

	return t->op == OP_NE && p != NULL && p->where == AT_EVENT &&
	       p->n == 1 && begins_with(p, event);
}

static void
look_order(struct check *c, const struct term *t)
{
	const struct term *a = t->kid[0], *b = t->kid[1];
	bool order = t->op != OP_EQ && t->op != OP_NE;
	char all[80], out[160];

	if (!order && (a->types == NONE || b->types == NONE))
		return;
	if ((comparable(a) & b->types & ~NONE) == 0 &&
	    (comparable(b) & a->types & ~NONE) == 0) {
		if (is_array(a) && b->types & TYPE(EXPR_TEXT))
			remark(c, t,
			    "%s: %s, since an array is no text; write has "
			    "instead",
			    words(c, t, all),
			    t->op == OP_NE ? "always true"
					   : "can never be true");
		else
			remark(c, t, "%s: %s, since %s is compared with %s%s",
			    words(c, t, all),
			    t->op == OP_NE ? "always true"
					   : "can never be true",
			    type_word(a->types), type_word(b->types),
			    way_out(c, a, b, out));
		return;
	}
	if (names_no_event(t))
		remark(c, t,
		    "%s: true for every event without a name, such as a page "
		    "view",
		    words(c, t, all));
	weak_side(c, t, a, b);
	weak_side(c, t, b, a);
}

static const char *
never(const struct check *c)
{
	return c->opposite ? "always true" : "can never be true";
}

static const char *
falsely(const struct check *c)
{
	return c->opposite ? "true" : "false";
}

static void
look_text(struct check *c, const struct term *t)
{
	unsigned types = TYPE(EXPR_TEXT);
	const struct term *a = t->kid[0], *w = weak_spot(a, &types);
	char all[80], part[80];

	if ((a->types & TYPE(EXPR_TEXT)) == 0) {
		remark(c, t, "%s: %s, since %s is no text%s", words(c, t, all),
		    never(c), type_word(a->types),
		    is_array(a) ? "; write has instead" : "");
		return;
	}
	if (w != NULL)
		remark(c, w, "%s: %s where %s is %s", words(c, t, all),
		    falsely(c), words(c, w, part), lack(w, types));
}

static void
look_has(struct check *c, const struct term *t)
{
	char all[80];

	if ((t->kid[0]->types & TYPE(EXPR_JSON)) == 0)
		remark(c, t, "%s: %s, since %s is no array or object",
		    words(c, t, all), never(c), type_word(t->kid[0]->types));
}

static void
look_in(struct check *c, const struct term *t)
{
	const struct term *w;
	char all[80], part[80];
	unsigned types = 0, taken;
	int i;

	for (i = 1; i < t->n; i++)
		types |= comparable(t->kid[i]) | (t->kid[i]->types & NONE);
	taken = types;
	w = weak_spot(t->kid[0], &taken);
	if ((types & comparable(t->kid[0])) == 0 && !(types & t->kid[0]->types))
		remark(c, t, "%s: %s, since none in the list is %s",
		    words(c, t, all), never(c), type_word(t->kid[0]->types));
	else if (w != NULL && !(types & NONE))
		remark(c, w, "%s: %s where %s is %s", words(c, t, all),
		    falsely(c), words(c, w, part), lack(w, taken));
}

static void
look_between(struct check *c, const struct term *t)
{
	const struct term *low = t->kid[1], *high = t->kid[2];
	unsigned types = comparable(low) & comparable(high);
	const struct term *w;
	char all[80], part[80];

	if (low->op == OP_LITERAL && high->op == OP_LITERAL &&
	    val_order(&low->lit, &high->lit) == 1)
		remark(c, t, "%s: %s, since the lower bound is above the upper",
		    words(c, t, all), never(c));
	else if ((types & t->kid[0]->types & ~NONE) == 0)
		remark(c, t, "%s: %s, since %s is not between %s and %s",
		    words(c, t, all), never(c), type_word(t->kid[0]->types),
		    type_word(low->types), type_word(high->types));
	else if ((w = weak_spot(t->kid[0], &types)) != NULL)
		remark(c, w, "%s: %s where %s is %s", words(c, t, all),
		    falsely(c), words(c, w, part), lack(w, types));
}

static void
look_over(struct check *c, const struct term *t)
{
	const struct term *x = t->kid[1], *w = t->kid[2];
	unsigned types = TYPE(EXPR_TIME) | TYPE(EXPR_TEXT);
	char part[80];

	if ((t->kind == OVER_SUM || t->kind == OVER_AVG) &&
	    (x->types & ~NONE & ~TYPE(EXPR_NUMBER)) != 0) {
		if (x->types & TYPE(EXPR_NUMBER))
			remark(c, x,
			    "values of %s that are not numbers are left out; "
			    "number(...) reads texts",
			    words(c, x, part));
		else
			remark(c, x, "%s is never a number", words(c, x, part));
	}
	if (t->kind == OVER_ALL)
		remark(c, t, "true where the array is empty or missing");
	if (w == NULL || t->op != OP_OVER || w->kind != WINDOW_BOUNDS)
		return;
	if (w->kid[0] != NULL && weak_spot(w->kid[0], &types) != NULL)
		remark(c, w->kid[0], "the window is empty where %s is missing",
		    words(c, w->kid[0], part));
	if (w->kid[0] != NULL && w->kid[1] != NULL &&
	    w->kid[0]->op == OP_LITERAL && w->kid[1]->op == OP_LITERAL &&
	    val_order(&w->kid[0]->lit, &w->kid[1]->lit) >= 0)
		remark(c, w, "the window is always empty");
}

/* ---- ranges that exclude each other ---- */

static void
look_alone(struct check *c, const struct term *t)
{
	char all[80];

	if (range_empty(t))
		remark(c, t, "%s: can never be true", words(c, t, all));
}

static void
look_together(struct check *c, const struct term *t)
{
	char one[80];
	int i;

	for (i = 0; i < t->n; i++)
		if (range_excludes(t, i)) {
			remark(c, t->kid[i],
			    "can never be true: %s excludes what follows it",
			    words(c, t->kid[i], one));
			return;
		}
}

/* ---- members that no line has ---- */

static void
look_path(struct check *c, const struct term *t)
{
	const struct path *p = t->path;
	char part[80];

	if ((p->where != AT_PROFILE && p->where != AT_EVENT) || p->n == 0 ||
	    p->step[0].key == NULL ||
	    begins_with(
		p, p->where == AT_PROFILE ? profile_members : event_members))
		return;
	remark(c, t, "%s: %s lines of cdp have no such member%s",
	    words(c, t, part), p->where == AT_PROFILE ? "profile" : "event",
	    p->n == 1 ? "; a text is written in quotes" : "");
}

/* A flag that is 0, or the text "false".  Tags are what their rules make. */
static void
look_flag(struct check *c, const struct term *t)
{
	static const char *const tags[] = {"tags", NULL};
	const unsigned both = TYPE(EXPR_NUMBER) | TYPE(EXPR_TEXT);
	char part[80];

	if (t == NULL || t->op != OP_PATH || (t->types & both) != both ||
	    (t->path->where == AT_PROFILE && begins_with(t->path, tags)))
		return;
	remark(c, t,
	    "%s: true for every number, even 0, and every text but the empty "
	    "one, even 'false'",
	    words(c, t, part));
}

/* The parts of a term that are asked as conditions. */
static void
look_flags(struct check *c, const struct term *t)
{
	int i;

	if (t->op == OP_AND || t->op == OP_OR || t->op == OP_NOT)
		for (i = 0; i < t->n; i++)
			look_flag(c, t->kid[i]);
	else if (t->op == OP_OVER || t->op == OP_EACH)
		look_flag(c, t->kid[0]);
	else if (t->op == OP_SEQUENCE)
		for (i = 1; i < t->n; i += 2)
			look_flag(c, t->kid[i]);
}

static void
look(struct check *c, const struct term *t)
{
	int i;

	if (t == NULL)
		return;
	if (term_is_opposite(t)) {
		c->opposite = true;
		look(c, t->kid[0]);
		return;
	}
	if (t->op >= OP_EQ && t->op <= OP_GE)
		look_order(c, t);
	if (t->op == OP_MATCH || t->op == OP_CONTAINS || t->op == OP_STARTS ||
	    t->op == OP_ENDS)
		look_text(c, t);
	else if (t->op == OP_HAS)
		look_has(c, t);
	else if (t->op == OP_IN)
		look_in(c, t);
	else if (t->op == OP_BETWEEN)
		look_between(c, t);
	else if (t->op == OP_OVER || t->op == OP_EACH)
		look_over(c, t);
	else if (t->op == OP_PATH)
		look_path(c, t);
	look_alone(c, t);
	look_flags(c, t);
	if (t->op == OP_AND)
		look_together(c, t);
	c->opposite = false;
	/* of a phrase, only what was written */
	for (i = t->op == OP_MEANS; i < t->n; i++)
		look(c, t->kid[i]);
}

void
expr_check(const struct expr_set *set, int id,
    void (*f)(void *arg, size_t col, const char *remark), void *arg)
{
	struct check c = {.text = set->all[id].text, .say = f, .arg = arg};

	if (set->all[id].condition)
		look_flag(&c, set->all[id].root);
	look(&c, set->all[id].root);
}
