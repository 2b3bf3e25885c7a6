#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../intern.h"
#include "../mem.h"
#include "credit.h"

void
shares_free(struct shares *s)
{
	free(s->s);
	free(s->weight);
	free(s->fine);
	free(s->part);
	free(s->more);
}

#define FINE 1000000000000000 /* weights are taken to 15 decimal places */

/* The first of the largest remainders, if none is chosen yet.  What differs
 * by less than the weights' own rounding is equal. */
static size_t
largest(
    const int64_t *fine, size_t n, dec_int rest, dec_int sum, const bool *more)
{
	dec_int here, most = -1;
	size_t i, best = 0;

	for (i = 0; i < n; i++) {
		here = rest * fine[i] % sum;
		if (!more[i] && fine[i] > 0 && here > most + sum / 100000000) {
			most = here;
			best = i;
		}
	}
	return best;
}

/* Largest remainder.  The parts that get one more are fewer than n. */
void
divide(const double *weight, int64_t *fine, size_t n, dec_int total,
    dec_int *part, bool *more)
{
	dec_int all = total < 0 ? -total : total, left = all, whole = 0;
	double sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += weight[i];
	for (i = 0; i < n; i++) {
		fine[i] = llround(weight[i] / sum * FINE);
		whole += fine[i];
	}
	for (i = 0; i < n; i++) {
		part[i] = all / whole * fine[i] + all % whole * fine[i] / whole;
		left -= part[i];
		more[i] = false;
	}
	for (; left > 0; left--) {
		i = largest(fine, n, all % whole, whole, more);
		more[i] = true;
		part[i]++;
	}
	for (i = 0; total < 0 && i < n; i++)
		part[i] = -part[i];
}

static void
position(double *w, size_t n, const double *share)
{
	size_t i;

	if (n == 1) {
		w[0] = 1;
		return;
	}
	if (n == 2) {
		/* No middle: first and last keep their proportion. */
		w[0] = share[0];
		w[1] = share[2];
		if (w[0] + w[1] <= 0)
			w[0] = w[1] = 0.5;
		return;
	}
	for (i = 0; i < n; i++)
		w[i] = share[1] / (double)(n - 2);
	w[0] = share[0];
	w[n - 1] = share[2];
}

static bool
same_channel(
    const struct paths *p, const struct touch *a, const struct touch *b)
{
	return a->namelen == b->namelen &&
	       memcmp(p->text.p + a->name, p->text.p + b->name, a->namelen) ==
		   0;
}

/* How often the touch's channel stands on the path. */
static size_t
times(const struct shares *s, const struct paths *p, size_t i)
{
	size_t k, n = 0;

	for (k = 0; k < s->n; k++)
		n += same_channel(p, s->s[i].touch, s->s[k].touch);
	return n;
}

static void
weigh(struct shares *s, const struct paths *p, const struct conversion *c,
    enum model model, const struct effects *effects)
{
	const struct touch *t;
	double *w = s->weight, sum = 0;
	size_t i, n = s->n, last = n - 1;

	for (i = 0; i < n; i++)
		w[i] = model == LINEAR;
	for (i = n; model == LAST_NON_DIRECT && i-- > 0;)
		if (!s->s[i].touch->direct) {
			last = i;
			break;
		}
	if (model == FIRST_TOUCH)
		w[0] = 1;
	if (model == LAST_TOUCH || model == LAST_NON_DIRECT)
		w[last] = 1;
	if (model == POSITION_BASED)
		position(w, n, p->rule->position);
	for (i = 0; i < n; i++) {
		t = s->s[i].touch;
		if (model == TIME_DECAY)
			w[i] = exp2(-(double)(c->t - t->t) /
				    (double)p->rule->half_life.ms);
		/* The Shapley value of v(S) = conversions whose channels all
		 * lie in S: each path is a unanimity game, which its channels
		 * share evenly. */
		if (model == SHAPLEY)
			w[i] = 1.0 / (double)times(s, p, i);
		if (model == MARKOV)
			w[i] = effects_find(
				   effects, p->text.p + t->name, t->namelen) /
			       (double)times(s, p, i);
		sum += w[i];
	}
	for (i = 0; i < n && !(sum > 0); i++)
		w[i] = 1;
}

/* The value in units that are fine enough: six decimals, if it has no more and
 * 38 digits are enough for them. */
static void
divide_value(struct shares *s, struct dec value)
{
	struct dec unit = {1, 6}, fine;
	size_t i;

	if (value.scale > 6 || !dec_mul(value, dec_of(1000000), &fine)) {
		unit.scale = value.scale;
		fine.c = value.c;
	}
	divide(s->weight, s->fine, s->n, fine.c, s->part, s->more);
	for (i = 0; i < s->n; i++)
		dec_mul((struct dec){s->part[i], 0}, unit, &s->s[i].value);
}

void
credit(struct shares *s, const struct paths *p, const struct conversion *c,
    enum model model, const struct effects *effects)
{
	size_t i;

	s->n = c->n;
	s->s = mem_grow(s->s, &s->cap, s->n, sizeof *s->s);
	s->weight = mem_grow(s->weight, &s->weightcap, s->n, sizeof *s->weight);
	s->fine = mem_grow(s->fine, &s->finecap, s->n, sizeof *s->fine);
	s->part = mem_grow(s->part, &s->partcap, s->n, sizeof *s->part);
	s->more = mem_grow(s->more, &s->morecap, s->n, sizeof *s->more);
	for (i = 0; i < s->n; i++)
		s->s[i].touch = &p->touch[p->on[c->from + i]];
	weigh(s, p, c, model, effects);
	divide(s->weight, s->fine, s->n, CREDIT_ONE, s->part, s->more);
	for (i = 0; i < s->n; i++)
		s->s[i].credit = (int64_t)s->part[i];
	divide_value(s, c->value);
}

/* ---- a Markov model's effects, by name ---- */

struct effects *
effects_new(int order)
{
	struct effects *e = mem_alloc(1, sizeof *e);

	e->channels = intern_new();
	e->order = order;
	return e;
}

void
effects_free(struct effects *e)
{
	if (e == NULL)
		return;
	intern_free(e->channels);
	free(e->effect);
	free(e);
}

double
effects_find(const struct effects *e, const char *p, size_t n)
{
	uint32_t id = intern_find(e->channels, p, n);

	return id == INTERN_NONE ? 0 : e->effect[id];
}

void
effects_write(const struct effects *e, struct buf *b)
{
	const char *name;
	uint32_t i;
	size_t n;

	buf_addf(b,
	    "{\"format\":\"cdp-attribute-model\",\"order\":%d,"
	    "\"paths\":%ju,\"converted\":%ju,\"rate\":",
	    e->order, (uintmax_t)e->paths, (uintmax_t)e->converted);
	buf_double(b, e->rate);
	buf_adds(b, ",\"removal_effects\":{");
	for (i = 0; i < intern_count(e->channels); i++) {
		name = intern_text(e->channels, i, &n);
		buf_adds(b, i > 0 ? ",\n " : "\n ");
		buf_json(b, name, n);
		buf_byte(b, ':');
		buf_double(b, e->effect[i]);
	}
	buf_adds(b, "\n}}\n");
}

struct effects *
effects_read(const char *file, int order)
{
	static const char *const known[] = {"format", "order", "paths",
	    "converted", "rate", "removal_effects", NULL};
	struct rules *r = rules_read(file);
	struct node root = rules_root(r), v, e;
	struct effects *to = effects_new(order);
	size_t i;

	node_object(&root);
	node_only(&root, known);
	v = node_need(&root, "order");
	if (node_int(&v, 1, 8) != order)
		node_die(&v, "the rule says order %d: fit again", order);
	v = node_need(&root, "removal_effects");
	node_object(&v);
	to->effect = mem_alloc(node_count(&v) + 1, sizeof *to->effect);
	for (i = 0; i < node_count(&v); i++) {
		e = node_nth(&v, i);
		to->effect[intern_add(to->channels, e.key, strlen(e.key))] =
		    node_number(&e);
	}
	rules_free(r);
	return to;
}
