#include <string.h>

#include "room.h"

/* ---- the events that a condition can match ---- */

static bool
is_event_name(const struct term *t)
{
	const struct path *p = t->path;

	return t->op == OP_PATH && p->where == AT_EVENT && p->n == 1 &&
	       p->step[0].key != NULL && p->step[0].len == 5 &&
	       memcmp(p->step[0].key, "event", 5) == 0;
}

static bool
is_text(const struct term *t)
{
	return t->op == OP_LITERAL && t->lit.type == EXPR_TEXT;
}

/* The first literal where the term is event = 'A' or event in ('A', 'B'). */
static struct term *const *
named_events(const struct term *t, int *n)
{
	int i;

	if (t->op == OP_EQ && is_event_name(t->sub[0]) && is_text(t->sub[1])) {
		*n = 1;
		return &t->sub[1];
	}
	if (t->op == OP_EQ && is_event_name(t->sub[1]) && is_text(t->sub[0])) {
		*n = 1;
		return &t->sub[0];
	}
	if (t->op != OP_IN || !is_event_name(t->sub[0]))
		return NULL;
	for (i = 1; i < t->n; i++)
		if (!is_text(t->sub[i]))
			return NULL;
	*n = t->n - 1;
	return &t->sub[1];
}

struct names {
	uint32_t *id;
	int n;
};

static void
add_name(struct expr_set *set, struct names *names, const struct val *v)
{
	uint32_t id = intern_add(set->names, v->p, v->len), *more;
	int i;

	set->name_lengths |= (uint64_t)1 << (v->len & 63);
	for (i = 0; i < names->n; i++)
		if (names->id[i] == id)
			return;
	more = arena_alloc(&set->arena, ((size_t)names->n + 1) * sizeof *more);
	if (names->n > 0)
		memcpy(more, names->id, (size_t)names->n * sizeof *more);
	more[names->n++] = id;
	names->id = more;
}

/* Collects the names; false where other events can match too.  *pure: the
 * names alone decide. */
static bool
names_of(
    struct expr_set *set, const struct term *t, struct names *names, bool *pure)
{
	struct term *const *text;
	int i, n;
	bool part = true;

	*pure = true;
	if (t->op == OP_OR) {
		for (i = 0; i < t->n; i++) {
			if (!names_of(set, t->sub[i], names, &part))
				return false;
			*pure = *pure && part;
		}
		return true;
	}
	if (t->op == OP_AND) {
		*pure = false;
		for (i = 0; i < t->n; i++)
			if (named_events(t->sub[i], &n) != NULL)
				return names_of(set, t->sub[i], names, &part);
		for (i = 0; i < t->n; i++) {
			names->n = 0;
			if (names_of(set, t->sub[i], names, &part))
				return true;
		}
		return false;
	}
	text = named_events(t, &n);
	for (i = 0; text != NULL && i < n; i++)
		add_name(set, names, &text[i]->lit);
	return text != NULL;
}

/* An `and` without the operand that names_of took. */
static struct term *
without_names(struct expr_set *set, struct term *t)
{
	struct term *rest;
	int i, drop, n;

	for (drop = 0; drop < t->n; drop++)
		if (named_events(t->sub[drop], &n) != NULL)
			break;
	if (drop == t->n)
		return t;
	if (t->n == 2)
		return t->sub[1 - drop];
	rest = term_new(set, OP_AND, t->n - 1);
	for (i = n = 0; i < t->n; i++)
		if (i != drop)
			rest->kid[n++] = t->sub[i];
	rest->types = TYPE(EXPR_BOOL);
	return term_same(set, rest);
}

static void
plan_filter(struct expr_set *set, struct term *filter)
{
	struct term *cond = filter->sub[0];
	struct names names = {0};
	bool pure;

	filter->id = set->nlist++;
	if (cond == NULL)
		return;
	filter->rest = cond;
	if (!names_of(set, cond, &names, &pure))
		return;
	filter->names = names.id;
	filter->nnames = names.n;
	if (pure)
		filter->rest = NULL;
	else if (cond->op == OP_AND)
		filter->rest = without_names(set, cond);
}

static struct term *
list_term(struct expr_set *set, enum op op, struct term *cond, struct term *x)
{
	struct term *t = term_new(set, op, op == OP_FILTER ? 1 : 2);

	t->kid[0] = cond;
	if (op == OP_SERIES)
		t->kid[1] = x;
	return term_same(set, t);
}

/* The conjuncts that do not look at earlier steps. */
static struct term *
stepless(struct expr_set *set, struct term *cond)
{
	struct term *t;
	int i, n = 0;

	if ((cond->on & ON_STEP) == 0)
		return cond;
	if (cond->op != OP_AND)
		return NULL;
	for (i = 0; i < cond->n; i++)
		n += (cond->sub[i]->on & ON_STEP) == 0;
	if (n == 0)
		return NULL;
	t = term_new(set, OP_AND, n);
	for (i = n = 0; i < cond->n; i++)
		if ((cond->sub[i]->on & ON_STEP) == 0)
			t->kid[n++] = cond->sub[i];
	t->types = TYPE(EXPR_BOOL);
	return n == 1 ? t->kid[0] : term_same(set, t);
}

static void
plan_sequence(struct expr_set *set, struct term *t)
{
	int i;

	t->id = set->nsequence++;
	t->steps = arena_alloc(
	    &set->arena, (size_t)(t->n / 2) * sizeof(struct term *));
	for (i = 0; i < t->n / 2; i++)
		t->steps[i] = list_term(
		    set, OP_FILTER, stepless(set, t->sub[1 + 2 * i]), NULL);
}

/* Give a new canonical term its place in a run. */
void
term_number(struct expr_set *set, struct term *t)
{
	switch (t->op) {
	case OP_WINDOW:
		t->id = set->nwindow++;
		set->uses_times = true;
		break;
	case OP_FILTER:
		set->uses_events = true;
		plan_filter(set, t);
		break;
	case OP_SERIES:
		t->id = set->nlist++;
		t->list_of = list_term(set, OP_FILTER, t->sub[0], NULL);
		break;
	case OP_OVER:
		t->id = set->nover++;
		t->list_of =
		    t->sub[1] == NULL
			? list_term(set, OP_FILTER, t->sub[0], NULL)
			: list_term(set, OP_SERIES, t->sub[0], t->sub[1]);
		break;
	case OP_RESUMED:
		t->list_of = list_term(set, OP_FILTER, t->sub[0], NULL);
		break;
	case OP_SEQUENCE:
		plan_sequence(set, t);
		break;
	default:
		break;
	}
}

/* ---- field slots ---- */

/* Members that a line must have if a rule reads them. */
static const char *const made_by[] = {"tags", "cdp-tag", "score", "cdp-score",
    "rfm", "cdp-rfm", "clv", "cdp-rfm", "segments", "cdp-segment", "journeys",
    "cdp-journey", NULL};

static void
need(struct expr_set *set, const struct path *p, struct js_plan *plan)
{
	const char *const *m = made_by, *owns = set->settings.owns;
	struct js_step step;
	size_t i;

	for (; *m != NULL; m += 2) {
		if (owns != NULL && strcmp(*m, owns) == 0)
			continue;
		if (p->n == 0 || p->step[0].len != strlen(*m) ||
		    memcmp(p->step[0].key, *m, p->step[0].len) != 0)
			continue;
		for (i = 0; i < set->nneeds; i++)
			if (strcmp(set->needs[i].member, *m) == 0)
				return;
		step = (struct js_step){.key = *m, .len = strlen(*m)};
		set->needs = mem_grow(set->needs, &set->needcap,
		    set->nneeds + 1, sizeof *set->needs);
		set->needs[set->nneeds++] =
		    (struct need){m[0], m[1], js_plan_field(plan, &step, 1)};
		return;
	}
}

static int
plain_field(struct js_plan *plan, const char *dotted)
{
	struct js_step step[2];

	return js_plan_field(plan, step, js_steps(dotted, step, 2));
}

void
expr_plan(struct expr_set *set, struct js_plan *plan)
{
	struct js_step event = {.key = "event", .len = 5};
	struct js_step time = {.key = "timestamp", .len = 9};
	struct path *p;

	for (p = set->paths; p != NULL; p = p->next) {
		if (p->where == AT_PROFILE) {
			p->slot = js_plan_field(plan, p->step, p->n);
			need(set, p, plan);
		} else if (p->where == AT_EVENT || p->where == AT_STEP) {
			p->slot = js_plan_each(plan, p->step, p->n);
			set->uses_events = true;
		}
	}
	if (set->uses_events) {
		set->name_column = js_plan_each(plan, &event, 1);
		set->time_column = js_plan_each(plan, &time, 1);
	}
	set->who_slot = plain_field(plan, "profile_id");
	if (set->settings.recipient_zone)
		set->zone_slot = plain_field(plan, "traits.timezone");
	set->plan_made = true;
}

const struct js_step *
expr_row_steps(const struct expr_set *set, int i, int *n)
{
	if (i < 0 || (size_t)i >= set->nrows)
		return NULL;
	*n = set->rows[i]->n;
	return set->rows[i]->step;
}

const char *
expr_row_path(const struct expr_set *set, int i)
{
	if (i < 0 || (size_t)i >= set->nrows)
		return NULL;
	return set->rows[i]->name;
}
