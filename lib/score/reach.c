#include <stdlib.h>
#include <string.h>

#include "inside.h"
#include "mem.h"

#define SCALE_MOST 6
#define VALUES_MOST 100000
#define PAIRS_MOST 4000000
#define FAR INT64_C(1000000000000)

/* ---- sets of sums ---- */

static int
by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void
add(struct reach *r, int64_t v)
{
	r->value = mem_grow(r->value, &r->cap, r->n + 1, sizeof *r->value);
	r->value[r->n++] = v;
}

/* Sort, drop doubles, and set the bounds from the values. */
static void
settle(struct reach *r)
{
	size_t i, n = 0;

	mem_sort(r->value, r->n, sizeof *r->value, by_value);
	for (i = 0; i < r->n; i++)
		if (n == 0 || r->value[n - 1] != r->value[i])
			r->value[n++] = r->value[i];
	r->n = n;
}

static void
give_up(struct reach *r)
{
	r->exact = false;
	r->n = 0;
}

static void
bounds_of_values(struct reach *r)
{
	r->lo = r->n == 0 ? 0 : r->value[0];
	r->hi = r->n == 0 ? 0 : r->value[r->n - 1];
}

/* a becomes { x + y }. */
static void
plus(struct reach *a, const struct reach *b)
{
	struct reach s = *a;
	size_t i, k;

	s.lo = a->lo + b->lo;
	s.hi = a->hi + b->hi;
	s.down = a->down || b->down;
	s.up = a->up || b->up;
	s.exact = a->exact && b->exact;
	s.value = NULL;
	s.n = s.cap = 0;
	if (s.exact && a->n * b->n <= PAIRS_MOST) {
		for (i = 0; i < a->n; i++)
			for (k = 0; k < b->n; k++)
				add(&s, a->value[i] + b->value[k]);
		settle(&s);
	} else
		give_up(&s);
	if (s.n > VALUES_MOST)
		give_up(&s);
	free(a->value);
	*a = s;
}

/* a becomes { x } or { y }. */
static void
either(struct reach *a, const struct reach *b)
{
	size_t i;

	a->lo = b->lo < a->lo ? b->lo : a->lo;
	a->hi = b->hi > a->hi ? b->hi : a->hi;
	a->down |= b->down;
	a->up |= b->up;
	a->exact &= b->exact;
	for (i = 0; a->exact && i < b->n; i++)
		add(a, b->value[i]);
	settle(a);
	if (!a->exact)
		give_up(a);
}

static struct reach
just(int scale, int64_t v)
{
	struct reach r = {.scale = scale, .known = true, .exact = true};

	r.lo = r.hi = v;
	add(&r, v);
	return r;
}

/* A number in units; false: it does not fit. */
static bool
units(int scale, struct dec d, int64_t *out)
{
	dec_int c = d.c;
	int i;

	if (d.scale > scale)
		return false;
	for (i = d.scale; i < scale; i++)
		c *= 10;
	if (c > FAR || c < -FAR)
		return false;
	*out = (int64_t)c;
	return true;
}

static bool
clamp(struct reach *r, const struct clamp *c)
{
	int64_t least = -FAR * 1000, most = FAR * 1000;
	size_t i;

	if ((c->has_min && !units(r->scale, c->min, &least)) ||
	    (c->has_max && !units(r->scale, c->max, &most)))
		return false;
	if (c->has_min && (r->down || r->lo < least)) {
		r->lo = least;
		r->down = false;
	}
	if (c->has_max && (r->up || r->hi > most)) {
		r->hi = most;
		r->up = false;
	}
	if (r->lo > most)
		r->lo = most;
	if (r->hi < least)
		r->hi = least;
	for (i = 0; i < r->n; i++) {
		if (r->value[i] > most)
			r->value[i] = most;
		if (r->value[i] < least)
			r->value[i] = least;
	}
	settle(r);
	return true;
}

/* ---- elements ---- */

/* Points of one event or of `when`, while the element counts. */
static bool
one(const struct element *e, struct reach *r)
{
	int64_t v;
	size_t i;

	if (e->worth.set >= 0 && e->step == NULL) {
		r->down = r->up = true;
		give_up(r);
		return true;
	}
	for (i = 0; i < e->steps || (i == 0 && e->step == NULL); i++) {
		if (!units(r->scale,
			e->step == NULL ? e->points : e->step[i].points, &v))
			return false;
		add(r, v);
	}
	settle(r);
	bounds_of_values(r);
	return true;
}

/* Up to `times` events, 0: any number; sums beyond FAR edges are left out. */
static void
many(struct reach *r, int64_t times, int64_t edge)
{
	struct reach once = *r;
	int64_t k, v;
	size_t i, j, from = 0, n = r->n;

	r->value = NULL;
	r->n = r->cap = 0;
	for (i = 0; i < n; i++)
		add(r, once.value[i]);
	for (k = 1; (times == 0 || k < times) && r->exact; k++) {
		size_t end = r->n;

		for (i = from; i < end; i++)
			for (j = 0; j < n; j++) {
				v = r->value[i] + once.value[j];
				if (v <= edge && v >= -edge)
					add(r, v);
			}
		if (r->n == end)
			break;
		from = end;
		if (r->n > VALUES_MOST || k > 2000)
			give_up(r);
	}
	r->up = times == 0 && once.hi > 0;
	r->down = times == 0 && once.lo < 0;
	r->hi = once.hi > 0 && times > 0 ? once.hi * times : once.hi;
	r->lo = once.lo < 0 && times > 0 ? once.lo * times : once.lo;
	settle(r);
	free(once.value);
}

static int64_t
farthest_edge(const struct points_file *f, int scale)
{
	int64_t v, most = 0;
	size_t i;

	for (i = 0; i < f->bands; i++) {
		if (units(scale, f->band[i].min, &v))
			most = llabs(v) > most ? llabs(v) : most;
		if (f->band[i].has_max && units(scale, f->band[i].max, &v))
			most = llabs(v) > most ? llabs(v) : most;
	}
	return 2 * most;
}

/* Decay makes everything between 0 and the points possible. */
static void
fade(struct reach *r)
{
	give_up(r);
	if (r->lo > 0)
		r->lo = 0;
	if (r->hi < 0)
		r->hi = 0;
}

static bool
element_reach(const struct element *e, struct reach *r)
{
	if (!one(e, r))
		return false;
	if (e->events && (e->repeat == ALWAYS || e->repeat == PER_KEY) &&
	    r->exact)
		many(r, e->times,
		    farthest_edge(e->file, r->scale) + llabs(r->lo) +
			llabs(r->hi));
	if (e->decay == DECAY_LINEAR || e->decay == DECAY_HALF_LIFE)
		fade(r);
	return clamp(r, &e->clamp);
}

static bool
may_be_absent(const struct element *e)
{
	return e->events || e->when.set >= 0 || e->worth.set >= 0;
}

/* ---- groups and the total ---- */

/*
 * Sums of a group's elements.  none: without any of them; some: with at least
 * one, built up element by element.
 */
static bool
group_reach(const struct points_file *f, size_t group, struct reach *out)
{
	const struct points_group *g =
	    group == NOTHING ? NULL : &f->group[group];
	struct reach zero = just(out->scale, 0), some = {0}, e, with;
	bool any = false, none = true;
	size_t i;

	for (i = 0; i < f->elements; i++) {
		if (f->element[i].group != group)
			continue;
		e = (struct reach){.scale = out->scale, .exact = true};
		if (!element_reach(&f->element[i], &e))
			return false;
		if (any && (g == NULL || !g->exclusive)) {
			with = just(out->scale, 0);
			plus(&with, &some);
			plus(&with, &e);
			if (!may_be_absent(&f->element[i])) {
				free(some.value);
				some = with;
			} else {
				either(&some, &with);
				free(with.value);
			}
			if (none)
				either(&some, &e);
		} else if (any)
			either(&some, &e);
		else {
			some = just(out->scale, 0);
			plus(&some, &e);
		}
		free(e.value);
		none = none && may_be_absent(&f->element[i]);
		any = true;
	}
	if (any && none && (g == NULL || !g->required))
		either(&some, &zero);
	if (any && g != NULL && !clamp(&some, &g->clamp))
		return false;
	if (any)
		plus(out, &some);
	free(some.value);
	free(zero.value);
	return true;
}

static int
scale_of(const struct points_file *f)
{
	int scale = 0;
	size_t i, k;

	for (i = 0; i < f->elements; i++) {
		const struct element *e = &f->element[i];

		if (e->step == NULL && e->points.scale > scale)
			scale = e->points.scale;
		for (k = 0; k < e->steps; k++)
			if (e->step[k].points.scale > scale)
				scale = e->step[k].points.scale;
	}
	for (i = 0; i < f->bands; i++)
		if (f->band[i].min.scale > scale)
			scale = f->band[i].min.scale;
	return scale;
}

void
reach_of(const struct points_file *f, struct reach *r)
{
	size_t i;

	*r = just(scale_of(f), 0);
	r->known = r->scale <= SCALE_MOST;
	for (i = 0; r->known && i < f->groups; i++)
		r->known = group_reach(f, i, r);
	if (r->known)
		r->known = group_reach(f, NOTHING, r) && clamp(r, &f->clamp);
}

void
reach_free(struct reach *r)
{
	free(r->value);
}

struct dec
reach_dec(const struct reach *r, int64_t v)
{
	struct dec d = dec_of(v), tenth = {1, 1};
	int i;

	for (i = 0; i < r->scale; i++)
		(void)dec_mul(d, tenth, &d);
	return d;
}

bool
reach_band(const struct points_file *f, const struct reach *r, size_t band)
{
	const struct band *b = &f->band[band];
	int64_t min, next = FAR;
	size_t i;

	if (!r->known)
		return true;
	if (r->exact) {
		for (i = 0; i < r->n; i++)
			if (band_of(f, reach_dec(r, r->value[i])) == band)
				return true;
		return false;
	}
	if (!units(r->scale, b->min, &min))
		return true;
	if (b->has_max)
		(void)units(r->scale, b->max, &next);
	else if (band + 1 < f->bands)
		(void)units(r->scale, f->band[band + 1].min, &next);
	return (r->up || (f->upper ? r->hi > min : r->hi >= min)) &&
	       (r->down || (f->upper ? r->lo <= next : r->lo < next));
}
