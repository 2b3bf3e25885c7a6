#include <stdlib.h>
#include <string.h>

#include "inside.h"

/* ---- the clock ---- */

static void
sooner(struct points_run *r, int64_t t)
{
	if (t < r->next)
		r->next = t;
}

/* About one event, or about the profile (NOTHING). */
static struct expr_value
value_of(struct points_run *r, struct ask_expr e, size_t event)
{
	struct expr_run *run = asker_run(&r->ask, e);
	int64_t next = WHEN_NEVER, *due = r->sweeps ? &next : NULL;
	struct expr_value v =
	    event == NOTHING ? expr_eval(run, e.id, r->now, due)
			     : expr_eval_event(run, e.id, event, r->now, due);

	sooner(r, next);
	return v;
}

static bool
holds(struct points_run *r, struct ask_expr e, size_t event)
{
	if (r->sweeps)
		return expr_truth(value_of(r, e, event));
	if (event == NOTHING)
		return expr_true(asker_run(&r->ask, e), e.id, r->now, NULL);
	return expr_event_true(asker_run(&r->ask, e), e.id, event, r->now);
}

/* ---- one element ---- */

bool
step_of(const struct element *e, struct dec number, struct dec *out)
{
	size_t i, found = NOTHING;
	int c;

	for (i = 0; i < e->steps; i++) {
		c = dec_cmp(number, e->step[i].from);
		if (e->upper ? c > 0 : c >= 0)
			found = i;
	}
	if (found == NOTHING)
		return false;
	*out = e->step[found].points;
	return true;
}

static bool
exact(struct expr_value v, struct dec *out)
{
	if (v.type != EXPR_NUMBER)
		return false;
	if (!v.exact)
		return dec_of_double(v.number, out);
	*out = v.dec;
	return true;
}

/* What the element gives, before decay; false: nothing. */
static bool
worth(struct points_run *r, const struct element *e, size_t event,
    struct dec *out)
{
	struct dec number;

	*out = e->points;
	if (e->worth.set < 0)
		return true;
	if (!exact(value_of(r, e->worth, event), &number))
		return false;
	*out = number;
	return e->step == NULL || step_of(e, number, out);
}

static void
add_entry(struct account *a, struct entry e)
{
	a->entry = mem_grow(a->entry, &a->cap, a->n + 1, sizeof *a->entry);
	a->entry[a->n++] = e;
}

static bool
named(const struct points_run *r, const struct element *e, size_t event)
{
	struct js_val name = history_event(&r->history, event);
	size_t i;

	if (e->event == NULL)
		return true;
	for (i = 0; e->event[i] != NULL; i++)
		if (js_is(name, e->event[i], strlen(e->event[i])))
			return true;
	return false;
}

/* Has the event's key been counted?  An event without a key never counts. */
static bool
key_is_new(struct points_run *r, const struct element *e, size_t event)
{
	struct expr_value v = value_of(r, e->key, event);
	size_t from = r->text.len;
	bool fresh;

	if (v.type == EXPR_NULL)
		return false;
	expr_json(v, &r->text);
	fresh = keyset_put(&r->keys, r->text.p + from, r->text.len - from, 0) ==
		KEYSET_NONE;
	r->text.len = from;
	return fresh;
}

/* May entry `is` take the place of `was`, the one kept so far? */
static bool
better(const struct element *e, const struct entry *was, const struct entry *is)
{
	if (e->repeat == LAST)
		return true;
	return e->repeat == MOST && dec_cmp(is->points, was->points) > 0;
}

/* Put a matching event on the account; false: no later one can count. */
static bool
put(struct points_run *r, struct account *a, const struct element *e,
    size_t first, const struct entry *new)
{
	switch (e->repeat) {
	case PER_KEY:
		if (!key_is_new(r, e, new->event))
			break;
		/* fallthrough */
	case ALWAYS:
		add_entry(a, *new);
		break;
	case ONCE:
	case LAST:
	case MOST:
		if (a->n == first)
			add_entry(a, *new);
		else if (better(e, &a->entry[first], new))
			a->entry[first] = *new;
		return e->repeat != ONCE;
	}
	return e->times == 0 || a->n - first < (size_t)e->times;
}

static void
drop_empty(struct account *a, size_t first)
{
	size_t i, n = first;

	for (i = first; i < a->n; i++)
		if (a->entry[i].points.c != 0)
			a->entry[n++] = a->entry[i];
	a->n = n;
}

static void
count_events(struct points_run *r, struct account *a, size_t number,
    const struct element *e)
{
	const struct zone *z = ask_zone(&r->points->ask, e->file->set);
	struct entry new = {BY_EVENT, number, 0, {0, 0}, {0, 0}};
	size_t i, first = a->n;
	bool more = true;

	if (e->repeat == PER_KEY)
		keyset_empty(&r->keys);
	for (i = 0; more && i < r->history.n; i++) {
		if (!named(r, e, i) ||
		    (e->where.set >= 0 && !holds(r, e->where, i)) ||
		    !worth(r, e, i, &new.base))
			continue;
		if (r->sweeps)
			sooner(r, decay_next(e, z, r->history.time[i], r->now));
		new.event = i;
		if (!decay_at(e, z, new.base, r->history.time[i], r->now,
			&new.points))
			new.points = dec_of(0);
		if (e->file->places >= 0)
			new.points = dec_round(new.points, e->file->places);
		more = put(r, a, e, first, &new);
	}
	drop_empty(a, first);
}

static void
count_when(struct points_run *r, struct account *a, size_t number,
    const struct element *e)
{
	struct entry new = {BY_WHEN, number, 0, {0, 0}, {0, 0}};

	if (e->when.set >= 0 && !holds(r, e->when, NOTHING))
		return;
	if (!worth(r, e, NOTHING, &new.base))
		return;
	new.points = new.base;
	if (e->file->places >= 0)
		new.points = dec_round(new.points, e->file->places);
	add_entry(a, new);
}

/* ---- caps, groups, the sum ---- */

static struct dec
sum(struct points_run *r, const struct account *a, size_t from)
{
	struct dec s = {0, 0};

	for (; from < a->n; from++)
		if (!dec_add(s, a->entry[from].points, &s))
			r->fault = "the points have too many digits";
	return s;
}

/* What brings s inside the clamp; false: it is. */
static bool
correction(const struct clamp *c, struct dec s, struct dec *out)
{
	if (c->has_max && dec_cmp(s, c->max) > 0)
		return dec_sub(c->max, s, out);
	if (c->has_min && dec_cmp(s, c->min) < 0)
		return dec_sub(c->min, s, out);
	return false;
}

static void
cap(struct account *a, enum entry_kind kind, size_t number,
    const struct clamp *c, struct dec s)
{
	struct entry e = {kind, number, 0, {0, 0}, {0, 0}};

	if (correction(c, s, &e.points))
		add_entry(a, e);
}

static void
count_element(struct points_run *r, struct account *a, size_t number,
    const struct element *e)
{
	size_t first = a->n;

	if (e->events)
		count_events(r, a, number, e);
	else
		count_when(r, a, number, e);
	cap(a, BY_ELEMENT_CAP, number, &e->clamp, sum(r, a, first));
}

static struct dec
element_sum(const struct account *a, size_t from, size_t element, size_t *n)
{
	struct dec s = {0, 0};

	*n = 0;
	for (; from < a->n; from++)
		if (a->entry[from].element == element) {
			(void)dec_add(s, a->entry[from].points, &s);
			++*n;
		}
	return s;
}

/* Of an exclusive group only the element that is worth the most counts, of
 * equal ones the first in the file. */
static void
keep_best(
    struct account *a, const struct points_file *f, size_t group, size_t first)
{
	size_t i, n, best = NOTHING, kept = first;
	struct dec s, most = {0, 0};

	for (i = 0; i < f->elements; i++) {
		if (f->element[i].group != group)
			continue;
		s = element_sum(a, first, i, &n);
		if (n > 0 && (best == NOTHING || dec_cmp(s, most) > 0)) {
			best = i;
			most = s;
		}
	}
	for (i = first; i < a->n; i++) {
		if (a->entry[i].element == best)
			a->entry[kept++] = a->entry[i];
		else
			a->replaced[a->entry[i].element] = best;
	}
	a->n = kept;
}

static void
count_group(struct points_run *r, struct account *a,
    const struct points_file *f, size_t group)
{
	size_t i, first = a->n;

	for (i = 0; i < f->elements; i++)
		if (f->element[i].group == group)
			count_element(r, a, i, &f->element[i]);
	if (group == NOTHING)
		return;
	if (f->group[group].exclusive)
		keep_best(a, f, group, first);
	cap(a, BY_GROUP_CAP, group, &f->group[group].clamp, sum(r, a, first));
}

size_t
band_of(const struct points_file *f, struct dec points)
{
	size_t i, found = NOTHING;
	int low, high;

	for (i = 0; i < f->bands; i++) {
		low = dec_cmp(points, f->band[i].min);
		high =
		    f->band[i].has_max ? dec_cmp(points, f->band[i].max) : -1;
		if (f->upper ? low > 0 && high <= 0 : low >= 0 && high < 0)
			found = i;
	}
	return found;
}

static void
count_file(struct points_run *r, struct account *a, const struct points_file *f)
{
	size_t i;

	a->n = 0;
	for (i = 0; i < f->elements; i++)
		a->replaced[i] = NOTHING;
	for (i = 0; i < f->groups; i++)
		count_group(r, a, f, i);
	count_group(r, a, f, NOTHING);
	cap(a, BY_TOTAL_CAP, 0, &f->clamp, sum(r, a, 0));
	a->points = sum(r, a, 0);
	a->band = band_of(f, a->points);
}

/* ---- runs ---- */

struct points_run *
points_open(const struct points *p, int64_t now)
{
	struct points_run *r = mem_alloc(1, sizeof *r);
	size_t i;

	r->points = p;
	r->now = now;
	asker_open(&r->ask, &p->ask);
	r->history.plan = &p->history;
	r->account = mem_alloc(p->files + 1, sizeof *r->account);
	for (i = 0; i < p->files; i++)
		r->account[i].replaced = mem_alloc(
		    p->file[i].elements + 1, sizeof *r->account[i].replaced);
	return r;
}

const char *
points_count(
    struct points_run *r, const struct js_line *line, const char **die_why)
{
	size_t i;

	r->line = line;
	r->fault = NULL;
	r->next = WHEN_NEVER;
	*die_why = NULL;
	history_read(&r->history, line, r->now);
	r->seen = *line;
	r->seen.neach = r->history.n;
	if (!asker_bind(&r->ask, &r->seen, die_why))
		return NULL;
	for (i = 0; i < r->points->files; i++)
		count_file(r, &r->account[i], &r->points->file[i]);
	return r->fault;
}

void
points_set_now(struct points_run *r, int64_t now)
{
	r->now = now;
	r->sweeps = true;
}

int64_t
points_next(const struct points_run *r)
{
	return r->next;
}

void
points_close(struct points_run *r)
{
	size_t i;

	for (i = 0; i < r->points->files; i++) {
		free(r->account[i].entry);
		free(r->account[i].replaced);
	}
	asker_close(&r->ask);
	history_close(&r->history);
	keyset_free(&r->keys);
	buf_free(&r->text);
	free(r->account);
	free(r);
}
