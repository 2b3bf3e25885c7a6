#include <stdio.h>
#include <string.h>

#include "room.h"

#define N TYPE(EXPR_NULL)
#define BOOL TYPE(EXPR_BOOL)
#define NUM TYPE(EXPR_NUMBER)
#define TXT TYPE(EXPR_TEXT)
#define TIM TYPE(EXPR_TIME)
#define SPN TYPE(EXPR_SPAN)
#define JSN TYPE(EXPR_JSON)

/* ---- what a term can be ---- */

/* Members whose type is known from the formats; "*" is any name. */
static const struct {
	const char *first, *second, *third;
	uint8_t types;
} members[] = {{"profile_id", NULL, NULL, TXT}, {"ids", "*", NULL, JSN | N},
    {"first_seen", NULL, NULL, TXT | N}, {"last_seen", NULL, NULL, TXT | N},
    {"segments", NULL, NULL, JSN | N}, {"tags", NULL, NULL, JSN | N},
    {"ids", NULL, NULL, JSN | N}, {"traits", NULL, NULL, JSN | N},
    {"score", "*", "points", NUM | N}, {"rfm", "r", NULL, NUM | N},
    {"rfm", "f", NULL, NUM | N}, {"rfm", "m", NULL, NUM | N},
    {"rfm", "recency_days", NULL, NUM | N}, {"rfm", "orders", NULL, NUM | N},
    {"rfm", "money", NULL, NUM | N}, {"rfm", "class", NULL, TXT | N}};

static bool
step_fits(const struct path *p, int i, const char *name)
{
	if (name == NULL)
		return p->n == i;
	return p->n > i && p->step[i].key != NULL &&
	       (strcmp(name, "*") == 0 ||
		   (p->step[i].len == strlen(name) &&
		       memcmp(p->step[i].key, name, p->step[i].len) == 0));
}

static uint8_t
path_types(const struct path *p)
{
	static const char *const texts[] = {
	    "event", "type", "messageId", "timestamp", "channel"};
	size_t i;

	if (p->where == AT_EVENT || p->where == AT_STEP)
		for (i = 0; i < 5; i++)
			if (step_fits(p, 0, texts[i]) && p->n == 1)
				return TXT | N;
	if (p->where != AT_PROFILE)
		return TYPE_ANY & (uint8_t) ~(TIM | SPN);
	for (i = 0; i < sizeof members / sizeof members[0]; i++)
		if (step_fits(p, 0, members[i].first) &&
		    step_fits(p, 1, members[i].second) &&
		    (members[i].second == NULL ||
			step_fits(p, 2, members[i].third)))
			return members[i].types;
	return TYPE_ANY & (uint8_t) ~(TIM | SPN);
}

static uint8_t
arith_types(enum op op, uint8_t a, uint8_t b)
{
	uint8_t out = N;
	bool plus = op == OP_ADD, minus = op == OP_SUB;

	if (a & NUM && b & NUM)
		out |= NUM;
	if (plus || minus) {
		if (a & SPN && b & SPN)
			out |= SPN;
		if (a & (TIM | TXT) && b & SPN)
			out |= TIM;
		if (plus && a & SPN && b & (TIM | TXT))
			out |= TIM;
		if (minus && a & (TIM | TXT) && b & (TIM | TXT))
			out |= SPN;
	}
	if ((op == OP_MUL || op == OP_DIV) && a & SPN && b & NUM)
		out |= SPN;
	if (op == OP_MUL && a & NUM && b & SPN)
		out |= SPN;
	return out;
}

static bool
is_arithmetic(const struct term *t)
{
	return t->op >= OP_ADD && t->op <= OP_MOD;
}

uint8_t
term_takes(const struct term *t, int i)
{
	uint8_t other, one, out = N;

	if (t->op == OP_CALL && funcs[t->kind].who)
		return i == 0 ? TXT : NUM;
	if (t->op == OP_CALL)
		return funcs[t->kind].takes;
	if (t->op == OP_NEG)
		return NUM | SPN;
	if (!is_arithmetic(t))
		return TYPE_ANY;
	other = t->kid[1 - i]->types;
	for (one = 1; one < TYPE_ANY; one = (uint8_t)(one << 1))
		if (arith_types(
			t->op, i == 0 ? one : other, i == 0 ? other : one) != N)
			out |= one;
	return out;
}

/* The first known of operands of which one is always known. */
static uint8_t
call_types(const struct term *t)
{
	bool first = strcmp(funcs[t->kind].name, "coalesce") == 0,
	     known = false;
	uint8_t out = 0;
	int i;

	if (funcs[t->kind].types != TYPE_ANY)
		return funcs[t->kind].types;
	for (i = t->kind == 1; i < t->n; i++) {
		out |= t->kid[i]->types;
		known |= first && !(t->kid[i]->types & N);
	}
	return known ? out & (uint8_t)~N : out;
}

static uint8_t
over_types(const struct term *t)
{
	switch (t->kind) {
	case OVER_COUNT:
	case OVER_DISTINCT:
	case OVER_SUM:
		return NUM;
	case OVER_EXISTS:
	case OVER_ANY:
	case OVER_ALL:
		return BOOL;
	case OVER_AVG:
		return NUM | N;
	default:
		return t->kid[1]->types | N;
	}
}

static uint8_t
types_of(const struct term *t)
{
	switch (t->op) {
	case OP_LITERAL:
		return (uint8_t)(TYPE(t->lit.type) | (t->local ? N : 0));
	case OP_NOW:
		return TIM;
	case OP_PATH:
		return path_types(t->path);
	case OP_ADD:
	case OP_SUB:
	case OP_MUL:
	case OP_DIV:
	case OP_MOD:
		return arith_types(t->op, t->kid[0]->types, t->kid[1]->types);
	case OP_NEG:
		return (t->kid[0]->types & (NUM | SPN)) | N;
	case OP_CALL:
		return call_types(t);
	case OP_OVER:
	case OP_EACH:
		return over_types(t);
	default:
		return BOOL;
	}
}

/* ---- mistakes ---- */

static const char *
type_name(uint8_t types)
{
	types &= (uint8_t)~N;
	return types == NUM   ? "a number"
	       : types == TIM ? "a time"
	       : types == SPN ? "a duration"
	       : types == TXT ? "a text"
			      : "no condition";
}

bool
condition_fault(const struct term *t, const char *text, char *out, size_t room)
{
	bool brief = t->to - t->from <= 60;

	if (t->types & (BOOL | TXT | JSN) || t->types == N)
		return false;
	snprintf(out, room,
	    "a condition expected, but this is %s, which is never false; "
	    "compare it, as in %.*s%s",
	    type_name(t->types), brief ? (int)(t->to - t->from) : 0,
	    text + t->from,
	    t->types & NUM   ? " > 0"
	    : t->types & SPN ? " > 30d"
			     : " < now");
	return true;
}

void
check_condition(struct parser *p, const struct term *t)
{
	char why[256];

	if (condition_fault(t, p->text, why, sizeof why))
		parse_fail(p, t->from, "%s", why);
}

static bool
has_months(const struct term *t)
{
	return t->op == OP_LITERAL && t->lit.type == EXPR_SPAN &&
	       t->lit.span.months != 0;
}

static void
refuse_months(struct parser *p, const struct term *a, const struct term *b)
{
	if (has_months(a) && !has_months(b) && b->types & SPN)
		parse_fail(p, a->from,
		    "months and years differ in length; compare times "
		    "instead, as in first_seen < now - 3mo");
}

/* "a number or a text" */
static const char *
type_list(uint8_t types, char out[80])
{
	uint8_t one;

	out[0] = '\0';
	for (one = 1; one < TYPE_ANY; one = (uint8_t)(one << 1)) {
		if ((types & one & (uint8_t)~N) == 0)
			continue;
		strcat(out, out[0] == '\0' ? "" : " or ");
		strcat(out, one == JSN    ? "an array or object"
			    : one == BOOL ? "true or false"
					  : type_name(one));
	}
	return out;
}

static void
check_count(struct parser *p, const struct term *t, int64_t least, int64_t most,
    const char *what)
{
	int64_t n;

	if (t->op == OP_LITERAL && !val_whole(&t->lit, least, most, &n))
		parse_fail(p, t->from,
		    "a whole number of %s expected, from %lld to %lld", what,
		    (long long)least, (long long)most);
}

static void
check_call(struct parser *p, const struct term *t)
{
	const struct func *f = &funcs[t->kind];
	char takes[80], is[80];
	int i;

	for (i = 0; i < t->n; i++)
		if ((t->kid[i]->types & (uint8_t)~N) != 0 &&
		    (t->kid[i]->types & term_takes(t, i) & (uint8_t)~N) == 0)
			parse_fail(p, t->kid[i]->from, "%s takes %s, not %s",
			    f->name, type_list(term_takes(t, i), takes),
			    type_list(t->kid[i]->types, is));
	if (f->who)
		check_count(p, t->kid[1], 1, MOST_BUCKETS, "buckets");
	if (strcmp(f->name, "round") == 0 && t->n == 2)
		check_count(p, t->kid[1], -MOST_PLACES, MOST_PLACES, "places");
	if (t->kind == 1)
		check_condition(p, t->kid[0]);
}

/* count() between first_seen and now: only @ and now begin a window there. */
static void
refuse_bounds(struct parser *p, const struct term *t)
{
	const uint8_t moment = TIM | TXT;
	const struct term *over = t->kid[0], *low = t->kid[1];

	if ((over->op == OP_OVER || over->op == OP_SEQUENCE) &&
	    !(over->types & moment) && low->types & moment &&
	    !(low->types & (uint8_t) ~(moment | N)))
		parse_fail(p, low->from,
		    "a window with such a bound is written since T before T");
}

void
check_term(struct parser *p, struct term *t)
{
	t->types = types_of(t);
	if (t->op >= OP_EQ && t->op <= OP_GE) {
		refuse_months(p, t->kid[0], t->kid[1]);
		refuse_months(p, t->kid[1], t->kid[0]);
	}
	if (t->op == OP_DIV && (t->kid[0]->types & (uint8_t)~N) == SPN &&
	    (t->kid[1]->types & (uint8_t)~N) == SPN)
		parse_fail(p, t->from,
		    "a duration is not divided by another; write "
		    "days_between(a, b), or compare it with a duration");
	if (is_arithmetic(t) && t->types == N && t->kid[0]->types != N &&
	    t->kid[1]->types != N)
		parse_fail(p, t->from, "no such arithmetic: %s with %s",
		    type_name(t->kid[0]->types), type_name(t->kid[1]->types));
	if (t->op == OP_CALL)
		check_call(p, t);
	if (t->op == OP_BETWEEN)
		refuse_bounds(p, t);
}
