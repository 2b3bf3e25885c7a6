/*
 * Random expressions for oracle_test.c.  Nodes live in a pool that is emptied
 * for each expression.
 */
#ifndef CDP_EXPR_ORACLE_MAKE_H
#define CDP_EXPR_ORACLE_MAKE_H

#include "oracle_value.h"

static uint64_t state = 20261121;

static unsigned
below(unsigned n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state >> 33) % n;
}

#define PICK(list) list[below(sizeof(list) / sizeof(list)[0])]
#define START 1772323200000LL /* 2026-03-01T00:00:00Z */

/* ---- random expressions ---- */

static struct tree pool[4096];
static size_t used;

static struct tree *
make(enum kind k, struct tree *a, struct tree *b, struct tree *c)
{
	struct tree *t = &pool[used++];

	assert_true(used < 4000);
	*t = (struct tree){.k = k, .a = a, .b = b, .c = c};
	return t;
}

static struct tree *any_condition(int depth, enum ground_kind);
static struct tree *any_number(int depth, enum ground_kind);
static struct tree *any_text(int depth, enum ground_kind);
static struct tree *any_time(int depth, enum ground_kind);

static struct tree *
path(enum ground_kind g, const char *const *names, unsigned n)
{
	struct tree *t = make(K_PATH, NULL, NULL, NULL);

	t->ground = g;
	t->word = names[below(n)];
	return t;
}

static struct tree *
any_path(enum ground_kind g)
{
	static const char *const profile[] = {"traits.num", "traits.txt",
	    "traits.none", "traits.miss", "traits.flag", "traits.list",
	    "traits.when", "traits.date", "traits.nick"};
	static const char *const event[] = {"properties.n", "properties.s",
	    "properties.miss", "event", "timestamp", "properties.when"};
	static const char *const item[] = {"p", "c", "x"};

	if (g == G_PROFILE || below(6) == 0)
		return path(G_PROFILE, profile, 9);
	return g == G_EVENT ? path(g, event, 6) : path(g, item, 3);
}

static struct tree *
number_path(enum ground_kind g)
{
	static const char *const names[] = {
	    "traits.num", "properties.n", "p", "properties.n"};

	return path(g, &names[g], 1);
}

static struct tree *
text_path(enum ground_kind g)
{
	static const char *const names[] = {
	    "traits.txt", "properties.s", "c", "properties.s"};

	return path(g, &names[g], 1);
}

static struct tree *
list_path(enum ground_kind g)
{
	static const char *const names[] = {
	    "traits.list", "properties.list", "p"};

	return path(g, &names[g], 1);
}

static struct tree *
literal(enum kind k, long long n)
{
	static const char *const texts[] = {"", "a", "b", "ab", "5"};
	struct tree *t = make(k, NULL, NULL, NULL);

	t->n = t->ms = n;
	t->word = PICK(texts);
	return t;
}

static long long
any_ms(void)
{
	static const long long spans[] = {0, 1, 3600000, O_DAY, 2 * O_DAY,
	    7 * O_DAY, 30 * O_DAY, O_DAY + 1000, 36 * 3600000};

	return PICK(spans) / 1000 * 1000;
}

static long long
any_instant(void)
{
	long long t = START + (long long)below(240) * 6 * 3600000;

	return below(5) == 0 ? t + 1 : below(9) == 0 ? t - 1 : t;
}

static void
give_window(struct tree *t, int depth)
{
	static const char *const units[] = {
	    "days", "weeks", "months", "days", "years"};

	t->window = (enum window_kind)below(6);
	t->ms = any_ms();
	if (below(5) == 0) {
		t->months = 1 + below(3);
		t->ms = 0;
	}
	t->n = 1 + below(9);
	t->word = PICK(units);
	if (t->window == W_SINCE || t->window == W_BETWEEN)
		t->from = any_time(depth - 1, G_PROFILE);
	if (t->window == W_BEFORE || t->window == W_BETWEEN)
		t->to = any_time(depth - 1, G_PROFILE);
}

static struct tree *
named(const char *word)
{
	struct tree *t = make(K_NULL, NULL, NULL, NULL);

	t->word = word;
	return t;
}

/* Conditions of aggregates name events as often as people do. */
static struct tree *
about_events(int depth)
{
	static const char *const names[] = {"A", "B", "C"};
	static const char *const event[] = {"event"};
	struct tree *t, *other;

	if (below(4) == 0)
		return any_condition(depth, G_EVENT);
	t = make(K_CMP, path(G_EVENT, event, 1), literal(K_TXT, 0), NULL);
	t->word = "=";
	t->b->word = PICK(names);
	if (below(3) == 0) {
		t->k = K_IN;
		t->c = literal(K_TXT, 0);
		t->c->word = PICK(names);
	}
	if (below(2) == 0)
		return t;
	other = any_condition(depth - 1, G_EVENT);
	return below(2) ? make(K_AND, t, other, NULL)
			: make(below(3) ? K_AND : K_OR, other, t, NULL);
}

static struct tree *
aggregate(int depth, const char *name, struct tree *x)
{
	struct tree *cond = below(5) ? about_events(depth - 1) : NULL;
	struct tree *t;

	if (strcmp(name, "exists") == 0 && cond == NULL)
		cond = literal(K_BOOL, 1);
	t = make(K_AGG, cond, x, named(name));
	give_window(t, depth);
	return t;
}

static struct tree *
each(int depth, const char *name, enum ground_kind g)
{
	struct tree *x = NULL, *cond = NULL, *t;

	if (strcmp(name, "any") == 0 || strcmp(name, "all") == 0 ||
	    strcmp(name, "count") == 0)
		cond = any_condition(depth - 1, G_ITEM);
	else
		x = any_number(depth - 1, G_ITEM);
	t = make(K_EACH, cond, x, list_path(g == G_ITEM ? G_PROFILE : g));
	t->word = name;
	return t;
}

static struct tree *
call(const char *name, struct tree *a, struct tree *b, struct tree *c)
{
	struct tree *t = make(K_CALL, a, b, c);

	t->word = name;
	return t;
}

static struct tree *
any_number(int depth, enum ground_kind g)
{
	static const char *const folds[] = {
	    "count", "sum", "avg", "min", "max", "distinct", "first", "last"};
	static const char *const lists[] = {
	    "count", "sum", "min", "max", "distinct", "first", "last"};
	static const char *const parts[] = {"hour", "weekday", "month"};
	static const char *const spans[] = {
	    "days_between", "calendar_days_between"};
	const char *name;

	if (depth <= 0)
		return below(2) ? literal(K_NUM, (long long)below(1200) - 200)
				: number_path(g);
	switch (below(g == G_PROFILE ? 11 : 7)) {
	case 0:
		return literal(K_NUM, 100LL * below(6));
	case 1:
		return make(below(2) ? K_ADD : K_SUB, any_number(depth - 1, g),
		    any_number(depth - 1, g), NULL);
	case 2:
		return make(
		    K_MUL, number_path(g), literal(K_NUM, below(300)), NULL);
	case 3:
		return call(PICK(spans), any_time(depth - 1, g),
		    any_time(depth - 1, g), NULL);
	case 4:
		return call(PICK(parts), any_time(depth - 1, g), NULL, NULL);
	case 5:
		return below(2) ? call("coalesce", number_path(g),
				      any_number(depth - 1, g), NULL)
				: call("length", any_path(g), NULL, NULL);
	case 6:
		return each(depth, PICK(lists), g);
	default:
		name = PICK(folds);
		return aggregate(depth, name,
		    strcmp(name, "count") == 0 ? NULL
		    : below(3)                 ? number_path(G_EVENT)
			       : any_number(depth - 1, G_EVENT));
	}
}

static struct tree *
any_text(int depth, enum ground_kind g)
{
	static const char *const folds[] = {"min", "max", "first", "last"};

	switch (below(depth <= 0 ? 2 : 5)) {
	case 0:
		return literal(K_TXT, 0);
	case 1:
		return text_path(g);
	case 2:
		return call("date", any_time(depth - 1, g), NULL, NULL);
	case 3:
		return call("if", any_condition(depth - 1, g), text_path(g),
		    any_text(depth - 1, g));
	default:
		return g == G_PROFILE
			   ? aggregate(depth, PICK(folds), text_path(G_EVENT))
			   : text_path(g);
	}
}

static struct tree *
any_time(int depth, enum ground_kind g)
{
	static const char *const stamp[] = {"timestamp"};
	static const char *const seen[] = {
	    "first_seen", "traits.when", "traits.date"};
	static const char *const folds[] = {"min", "max", "first", "last"};
	struct tree *t;

	switch (below(depth <= 0 ? 3 : 6)) {
	case 0:
		return make(K_NOW, NULL, NULL, NULL);
	case 1:
		return literal(K_TIME, any_instant());
	case 2:
		return g == G_EVENT ? path(g, stamp, 1)
				    : path(G_PROFILE, seen, 3);
	case 3:
		return g == G_PROFILE ? aggregate(depth, PICK(folds),
					    path(G_EVENT, stamp, 1))
				      : make(K_NOW, NULL, NULL, NULL);
	default:
		t = literal(K_SPAN, any_ms());
		if (below(4) == 0) {
			t->ms = 0;
			t->months = 1 + below(14);
		}
		return make(
		    below(4) ? K_SUB : K_ADD, any_time(depth - 1, g), t, NULL);
	}
}

static struct tree *
any_span(int depth, enum ground_kind g)
{
	return below(2) ? literal(K_SPAN, any_ms())
			: make(K_SUB, any_time(depth - 1, g),
			      any_time(depth - 1, g), NULL);
}

static struct tree *
any_value(int depth, enum ground_kind g, unsigned which)
{
	switch (which) {
	case 0:
		return any_number(depth, g);
	case 1:
		return any_text(depth, g);
	case 2:
		return any_time(depth, g);
	case 3:
		return any_span(depth, g);
	case 4:
		return any_path(g);
	default:
		return below(3) ? literal(K_BOOL, below(2))
				: make(K_NULL, NULL, NULL, NULL);
	}
}

static struct tree *
history_condition(int depth)
{
	static const char *const stepped[] = {"properties.s", "event"};
	struct tree *t;

	switch (below(5)) {
	case 0:
		t = make(
		    K_STOPPED + below(3), about_events(depth - 1), NULL, NULL);
		give_window(t, depth);
		if (t->k == K_STOPPED)
			t->window = W_NONE;
		if (t->k == K_FIRST_TIME && t->window == W_NONE)
			t->window = W_LAST;
		break;
	case 1:
		t = make(K_OBSERVED, NULL, NULL, NULL);
		break;
	case 2:
	case 3:
		t = make(K_SEQ, about_events(depth - 1),
		    about_events(depth - 1),
		    below(2) ? about_events(depth - 1) : NULL);
		if (below(2))
			t->b = make(K_AND, t->b,
			    make(K_CMP, path(G_EVENT, stepped, 2),
				path(G_STEP, stepped, 2), NULL),
			    NULL);
		if (t->b->k == K_AND && t->b->b->word == NULL)
			t->b->b->word = "=";
		t->from = make(K_NULL, NULL, NULL, NULL);
		give_window(t->from, depth);
		t->ms = below(2) ? any_ms() + 1000 : 0;
		t->n = below(2) ? any_ms() + 1000 : 0;
		t->without = t->c != NULL && t->n > 0 && below(2);
		return t;
	default:
		return aggregate(depth, "exists", NULL);
	}
	t->n = any_ms() + 1000;
	if (t->window == W_CALENDAR)
		t->window = W_LAST;
	return t;
}

static struct tree *
any_condition(int depth, enum ground_kind g)
{
	static const char *const ops[] = {
	    "=", "!=", "<", "<=", ">", ">=", "=", "<", ">="};
	struct tree *t;
	unsigned which = below(6);

	if (depth <= 0) {
		t = make(K_CMP, any_path(g), any_value(0, g, which), NULL);
		t->word = PICK(ops);
		return t;
	}
	switch (below(g == G_PROFILE ? 14 : 11)) {
	case 0:
		return make(K_NOT, any_condition(depth - 1, g), NULL, NULL);
	case 1:
	case 2:
		return make(below(2) ? K_AND : K_OR,
		    any_condition(depth - 1, g), any_condition(depth - 1, g),
		    NULL);
	case 3:
		return make(K_IN, any_path(g), any_value(0, g, which),
		    any_value(0, g, below(6)));
	case 4:
		return make(K_BETWEEN, any_value(depth - 1, g, which),
		    any_value(depth - 1, g, which),
		    any_value(depth - 1, g, which));
	case 5:
		return make(K_MISSING, any_path(g), NULL, NULL);
	case 6:
		return make(K_CONTAINS + below(3), any_text(depth - 1, g),
		    any_text(depth - 1, g), NULL);
	case 7:
		return make(K_HAS, list_path(g == G_ITEM ? G_PROFILE : g),
		    any_value(0, g, below(2)), NULL);
	case 8:
		return each(depth, below(2) ? "any" : "all", g);
	case 11:
	case 12:
		return history_condition(depth);
	default:
		t = make(K_CMP, any_value(depth - 1, g, which),
		    any_value(depth - 1, g, below(5) ? which : below(6)), NULL);
		t->word = PICK(ops);
		return t;
	}
}

#endif
