/* Branches against those before them. */
#include <string.h>

#include "check.h"

#define PIECES 64 /* of a range that others were cut out of */

struct asked {                    /* what an edge asks */
	const struct trigger *on; /* of a wait; NULL */
	int when, where;
};

static struct asked
asked_by(const struct step *s, const struct edge *e)
{
	if (s->type == STEP_BRANCH)
		return (struct asked){NULL, e->when, e->where};
	return (struct asked){&e->on, e->on.when, e->on.where};
}

static const char *
text_of(const struct journey *j, int expr)
{
	return expr == NONE ? "" : expr_text(j->set, expr);
}

static bool
is_empty(const struct expr_bounds *b)
{
	return b->low > b->high ||
	       (b->low == b->high && (b->low_open || b->high_open));
}

static struct expr_bounds
both(const struct expr_bounds *a, const struct expr_bounds *b)
{
	struct expr_bounds c = *a;

	if (b->low > c.low || (b->low == c.low && b->low_open)) {
		c.low = b->low;
		c.low_open = b->low_open;
	}
	if (b->high < c.high || (b->high == c.high && b->high_open)) {
		c.high = b->high;
		c.high_open = b->high_open;
	}
	return c;
}

static bool
holds_all(const struct expr_bounds *a, const struct expr_bounds *b)
{
	struct expr_bounds c = both(a, b);

	return c.low == b->low && c.high == b->high &&
	       c.low_open == b->low_open && c.high_open == b->high_open;
}

/* Bounds of both, if they are of the same value. */
static bool
bounds_of(const struct journey *j, int a, int b, struct expr_bounds *x,
    struct expr_bounds *y)
{
	return a != NONE && b != NONE && expr_bounds(j->set, a, x) &&
	       expr_bounds(j->set, b, y) && x->of == y->of;
}

/* Does a hold wherever b does? */
static bool
condition_covers(const struct journey *j, int a, int b)
{
	struct expr_bounds x, y;

	if (a == NONE ||
	    (b != NONE && strcmp(text_of(j, a), text_of(j, b)) == 0))
		return true;
	return bounds_of(j, a, b, &x, &y) && holds_all(&x, &y);
}

static bool
kinds_cover(const struct trigger *a, const struct trigger *b)
{
	int i, k;

	if (a == NULL)
		return true;
	if (a->event != b->event || a->key != b->key)
		return false;
	if (a->nkinds == 0 || b->nkinds == 0)
		return a->nkinds == 0;
	for (i = 0; i < b->nkinds; i++) {
		for (k = 0; k < a->nkinds && a->kinds[k] != b->kinds[i]; k++)
			;
		if (k == a->nkinds)
			return false;
	}
	return true;
}

static bool
covers(const struct journey *j, const struct asked *a, const struct asked *b)
{
	return kinds_cover(a->on, b->on) &&
	       condition_covers(j, a->where, b->where) &&
	       condition_covers(j, a->when, b->when);
}

static struct place
place_of(const struct journey *j, const struct step *s, const struct asked *a)
{
	return a->when != NONE    ? j->expr_at[a->when]
	       : a->where != NONE ? j->expr_at[a->where]
				  : s->at;
}

/* The one condition of a branch, or NONE. */
static int
only(const struct asked *a)
{
	if (a->on != NULL || (a->when != NONE && a->where != NONE))
		return NONE;
	return a->when != NONE ? a->when : a->where;
}

/* What is left of the pieces when a range is taken out of them. */
static size_t
take_out(struct expr_bounds *piece, size_t n, const struct expr_bounds *x)
{
	struct expr_bounds left[2 * PIECES], p;
	size_t i, k = 0;

	for (i = 0; i < n; i++) {
		p = piece[i];
		p.high = x->low < p.high ? x->low : p.high;
		p.high_open =
		    p.high == x->low ? !x->low_open : piece[i].high_open;
		if (!is_empty(&p))
			left[k++] = p;
		p = piece[i];
		p.low = x->high > p.low ? x->high : p.low;
		p.low_open =
		    p.low == x->high ? !x->high_open : piece[i].low_open;
		if (!is_empty(&p))
			left[k++] = p;
	}
	if (k > PIECES)
		return n; /* too many: say nothing */
	/* cppcheck-suppress uninitvar */
	memcpy(piece, left, k * sizeof *piece);
	return k;
}

/* Is edge i taken up by those before it together? */
static bool
used_up(const struct journey *j, const struct step *s, size_t i)
{
	struct asked b = asked_by(s, &s->edges[i]), a;
	struct expr_bounds piece[PIECES], x, y;
	size_t n = 1, k;

	if (only(&b) == NONE || !expr_bounds(j->set, only(&b), &piece[0]))
		return false;
	y = piece[0];
	for (k = 0; k < i; k++) {
		a = asked_by(s, &s->edges[k]);
		if (only(&a) != NONE && expr_bounds(j->set, only(&a), &x) &&
		    x.of == y.of)
			n = take_out(piece, n, &x);
	}
	return n == 0;
}

static void
overlap(struct check *c, const struct step *s, size_t k, size_t i)
{
	struct asked a = asked_by(s, &s->edges[k]),
		     b = asked_by(s, &s->edges[i]);
	struct place at = place_of(c->j, s, &b);
	struct expr_bounds x, y, z;
	int p = only(&a), q = only(&b);

	if (!bounds_of(c->j, p, q, &x, &y))
		return;
	z = both(&x, &y);
	if (is_empty(&z))
		return;
	check_say(c, &at, holds_all(&y, &x) ? CHECK_NOTE : CHECK_WARNING, s,
	    "'%s' (%s) overlaps '%s' (%s), which stands first and takes "
	    "whoever "
	    "is in both",
	    s->edges[i].name, text_of(c->j, q), s->edges[k].name,
	    text_of(c->j, p));
}

/* One edge against the ones before it. */
static void
check_edge(struct check *c, const struct step *s, size_t i)
{
	struct asked b = asked_by(s, &s->edges[i]), a;
	struct place at = place_of(c->j, s, &b);
	struct expr_bounds x;
	size_t k;

	if (only(&b) != NONE && expr_bounds(c->j->set, only(&b), &x) &&
	    is_empty(&x)) {
		check_say(c, &at, CHECK_ERROR, s,
		    "'%s' is never taken: no value is in its bounds",
		    s->edges[i].name);
		return;
	}
	for (k = 0; k < i; k++) {
		a = asked_by(s, &s->edges[k]);
		if (!covers(c->j, &a, &b))
			continue;
		check_say(c, &at, CHECK_ERROR, s,
		    "'%s' is never taken: '%s' before it takes all that it "
		    "asks for",
		    s->edges[i].name, s->edges[k].name);
		return;
	}
	if (used_up(c->j, s, i)) {
		check_say(c, &at, CHECK_ERROR, s,
		    "'%s' is never taken: the branches before it take all "
		    "that it asks for",
		    s->edges[i].name);
		return;
	}
	for (k = 0; k < i; k++)
		overlap(c, s, k, i);
}

void
check_branches(struct check *c, const struct step *s)
{
	size_t i;

	if (s->type != STEP_BRANCH && s->type != STEP_WAIT)
		return;
	for (i = 0; i < s->nedges; i++)
		check_edge(c, s, i);
}
