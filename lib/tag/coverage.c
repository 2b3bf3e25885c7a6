#include <stdlib.h>
#include <string.h>

#include "../interval.h"
#include "inside.h"
#include "mem.h"

struct tags_count {
	const struct tags *tags;
	uint64_t lines, any;
	uint64_t *given;       /* by number of the name in tags->names */
	struct intern *merged; /* names that only sources give */
	uint64_t *merged_given;
	size_t cap;
	struct tags_merged sum;
};

struct tags_count *
tags_count_new(const struct tags *t)
{
	struct tags_count *c = mem_alloc(1, sizeof *c);

	c->tags = t;
	c->given = mem_alloc(intern_count(t->names) + 1, sizeof *c->given);
	c->merged = intern_new();
	return c;
}

static void
count_merged(struct tags_count *c, const char *p, size_t n, uint64_t times)
{
	uint32_t before = intern_count(c->merged);
	uint32_t id = intern_add(c->merged, p, n);

	c->merged_given = mem_grow(c->merged_given, &c->cap,
	    intern_count(c->merged), sizeof *c->merged_given);
	if (id == before)
		c->merged_given[id] = 0;
	c->merged_given[id] += times;
}

void
tags_count_line(struct tags_run *r, struct tags_count *c)
{
	const struct tags *t = r->tags;
	bool any = false;
	const char *p;
	size_t i, n, rule;

	for (i = 0; i < t->units; i++) {
		rule = r->unit[i].now.rule;
		if (rule == NOBODY)
			continue;
		c->given[t->rule[rule].tag]++;
		any = true;
	}
	for (i = 0; i < r->merges; i++) {
		if (r->merge[i].overruled)
			continue;
		p = intern_text(r->merged, r->merge[i].name, &n);
		count_merged(c, p, n, 1);
		any = true;
	}
	tag_merge_count(r, &c->sum);
	c->lines++;
	c->any += any;
}

void
tags_count_add(struct tags_count *to, const struct tags_count *from)
{
	struct tags_merged *a = &to->sum;
	const struct tags_merged *b = &from->sum;
	const char *p;
	size_t n;
	uint32_t i;

	to->lines += from->lines;
	to->any += from->any;
	for (i = 0; i < intern_count(to->tags->names); i++)
		to->given[i] += from->given[i];
	for (i = 0; i < intern_count(from->merged); i++) {
		p = intern_text(from->merged, i, &n);
		count_merged(to, p, n, from->merged_given[i]);
	}
	a->given += b->given;
	a->written += b->written;
	a->same += b->same;
	a->folded += b->folded;
	a->dropped += b->dropped;
	a->overruled += b->overruled;
	a->conflicts += b->conflicts;
}

struct tags_merged
tags_count_merged(const struct tags_count *c)
{
	return c->sum;
}

/* ---- the table ---- */

static void
row(const char *p, size_t n, uint64_t k, uint64_t of, struct buf *b)
{
	double low, high;
	char text[96];

	wilson((double)k, (double)of, Z95, &low, &high);
	buf_add(b, p, n);
	if (of == 0)
		snprintf(text, sizeof text, "\t0\t0\t-\t-\t-\n");
	else
		snprintf(text, sizeof text,
		    "\t%llu\t%llu\t%.2f%%\t%.2f%%\t%.2f%%\n",
		    (unsigned long long)k, (unsigned long long)of,
		    100 * (double)k / (double)of, 100 * low, 100 * high);
	buf_adds(b, text);
}

struct named {
	const char *p;
	size_t n;
	uint64_t k;
};

static int
by_name(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int c = memcmp(x->p, y->p, x->n < y->n ? x->n : y->n);

	return c != 0 ? c : (x->n > y->n) - (x->n < y->n);
}

/* Names that only sources give, in byte order: the order in which they were
 * met depends on the lines. */
static void
merged_rows(const struct tags_count *c, struct buf *b)
{
	uint32_t i, n = intern_count(c->merged);
	struct named *all = mem_alloc(n + 1, sizeof *all);

	for (i = 0; i < n; i++) {
		all[i].p = intern_text(c->merged, i, &all[i].n);
		all[i].k = c->merged_given[i];
	}
	mem_sort(all, n, sizeof *all, by_name);
	for (i = 0; i < n; i++)
		row(all[i].p, all[i].n, all[i].k, c->lines, b);
	free(all);
}

void
tags_coverage(const struct tags_count *c, struct buf *b)
{
	const char *p;
	size_t n;
	uint32_t i;

	buf_adds(b, "tag\ttagged\tof\tshare\tlow\thigh\n");
	for (i = 0; i < intern_count(c->tags->names); i++) {
		p = intern_text(c->tags->names, i, &n);
		row(p, n, c->given[i], c->lines, b);
	}
	merged_rows(c, b);
	row("(any)", 5, c->any, c->lines, b);
	row("(none)", 6, c->lines - c->any, c->lines, b);
}

void
tags_count_free(struct tags_count *c)
{
	intern_free(c->merged);
	free(c->merged_given);
	free(c->given);
	free(c);
}
