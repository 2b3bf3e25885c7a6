/*
 * A rule file in sentences, for --check.
 */
#include <stdlib.h>
#include <string.h>

#include "guard.h"
#include "mem.h"

static void
say_guard(const struct guards *g, const struct guard *at, struct buf *b)
{
	static const char *const normal[] = {"trimmed", "made half-width",
	    "in lower case", "in upper case", "as digits only"};
	int i;

	buf_addf(b, "%s: priority %u", at->name, at->priority);
	if (at->max > 0)
		buf_addf(b, "; a customer has at most %u", at->max);
	if (at->shared_ids > 0)
		buf_addf(b,
		    "; shared when seen with more than %u identifiers of one "
		    "stronger namespace",
		    at->shared_ids);
	if (at->shared_values > 0)
		buf_addf(b, "; shared when seen with more than %u values of %s",
		    at->shared_values, g->proxy[at->proxy]);
	if (at->scoped)
		buf_adds(b, "; only with a scope, namespace@scope");
	for (i = 0; i < 5; i++)
		if (at->normal >> i & 1)
			buf_addf(b, "; %s", normal[i]);
	buf_adds(b, ".\n");
}

static void
say_pairs(const struct guard_pairs *p, const char *what, struct buf *b)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		buf_addf(
		    b, "%s and %s %s.\n", p->pair[i].a, p->pair[i].b, what);
}

static int
by_priority(const void *a, const void *b)
{
	const struct guard *x = *(const struct guard *const *)a;
	const struct guard *y = *(const struct guard *const *)b;

	if (x->priority != y->priority)
		return x->priority < y->priority ? -1 : 1;
	return strcmp(x->name, y->name);
}

static void
say_traits(const struct guards *g, struct buf *b)
{
	static const char *const keep[] = {
	    "the latest value", "the first value", "the most frequent value"};
	const struct guard_trait *t;
	size_t i, k;

	for (i = 0; i < g->ntrait; i++) {
		t = &g->trait[i];
		buf_addf(b, "Trait %s keeps ", t->name);
		if (t->keep != KEEP_SOURCE)
			buf_adds(b, keep[t->keep]);
		for (k = 0; k < t->nsource; k++)
			buf_addf(b, "%s%s", k > 0 ? ", then " : "the value of ",
			    t->source[k]);
		buf_adds(b, ".\n");
	}
}

void
guards_say(const struct guards *g, struct buf *b)
{
	const struct guard **all = mem_alloc(g->n, sizeof *all);
	size_t i;

	for (i = 0; i < g->n; i++)
		all[i] = &g->guard[i];
	mem_sort(all, g->n, sizeof *all, by_priority);
	for (i = 0; i < g->n; i++)
		say_guard(g, all[i], b);
	say_guard(g, &g->other, b);
	free(all);
	say_pairs(&g->must, "are one customer", b);
	say_pairs(&g->cannot, "are never one customer", b);
	say_pairs(&g->retract, "say nothing of each other", b);
	if (intern_count(g->retracted) > 0)
		buf_addf(b, "%u messages are left out.\n",
		    intern_count(g->retracted));
	say_traits(g, b);
}
