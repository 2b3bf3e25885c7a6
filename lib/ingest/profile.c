#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../draw.h"
#include "../output.h"
#include "profile.h"

#define LEAST_HASHES 512 /* distinct values within 4.4 in 100 */
#define COUNTERS 16
#define PREFIX 32 /* bytes of a value that count for the commonest */
#define POINTS 0.10

/* Misra and Gries (1982): a value that fills more than 1/17 of the rows keeps
 * a counter, and is undercounted by rows/17 at most. */
struct counter {
	char text[PREFIX];
	size_t len;
	uint64_t n;
};

/*
 * hash: the smallest hashes of the values, sorted; with k of them the number
 * of distinct values is about (k - 1) / the k-th (Bar-Yossef and others,
 * 2002).  Nothing in it depends on the order of the rows but the counters.
 */
struct column {
	char *name;
	uint64_t filled;
	uint64_t hash[LEAST_HASHES];
	size_t nhash;
	struct counter counter[COUNTERS];
};

struct profile {
	struct column *column;
	size_t n, cap;
	size_t *place; /* of the current file's columns */
	uint64_t rows;
};

struct profile *
profile_new(void)
{
	return mem_alloc(1, sizeof(struct profile));
}

void
profile_free(struct profile *p)
{
	size_t i;

	if (p == NULL)
		return;
	for (i = 0; i < p->n; i++)
		free(p->column[i].name);
	free(p->column);
	free(p->place);
	free(p);
}

static size_t
place_of(struct profile *p, const char *name)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (strcmp(p->column[i].name, name) == 0)
			return i;
	p->column = mem_grow(p->column, &p->cap, p->n + 1, sizeof *p->column);
	memset(&p->column[i], 0, sizeof p->column[i]);
	p->column[i].name = mem_text(name, strlen(name));
	p->n++;
	return i;
}

void
profile_columns(struct profile *p, char *const *name, size_t n)
{
	size_t i;

	free(p->place);
	p->place = mem_alloc(n + 1, sizeof *p->place);
	for (i = 0; i < n; i++)
		p->place[i] = place_of(p, name[i]);
}

/* The same on every machine: FNV-1a, then SplitMix64's finaliser. */
static uint64_t
hash(struct text t)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	size_t i;

	for (i = 0; i < t.len; i++)
		h = (h ^ (unsigned char)t.p[i]) * UINT64_C(0x100000001b3);
	return draw_next(h, 0);
}

static void
add_hash(struct column *c, uint64_t h)
{
	size_t low = 0, high = c->nhash, middle;

	if (c->nhash == LEAST_HASHES && h >= c->hash[c->nhash - 1])
		return;
	while (low < high) {
		middle = (low + high) / 2;
		if (c->hash[middle] < h)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < c->nhash && c->hash[low] == h)
		return;
	if (c->nhash < LEAST_HASHES)
		c->nhash++;
	memmove(c->hash + low + 1, c->hash + low,
	    (c->nhash - 1 - low) * sizeof *c->hash);
	c->hash[low] = h;
}

static void
add_counter(struct column *c, struct text t)
{
	struct counter *at = NULL;
	size_t i;

	if (t.len > PREFIX)
		t.len = PREFIX;
	for (i = 0; i < COUNTERS; i++) {
		if (c->counter[i].n > 0 && c->counter[i].len == t.len &&
		    memcmp(c->counter[i].text, t.p, t.len) == 0) {
			c->counter[i].n++;
			return;
		}
		if (c->counter[i].n == 0 && at == NULL)
			at = &c->counter[i];
	}
	if (at == NULL) {
		for (i = 0; i < COUNTERS; i++)
			c->counter[i].n--;
		return;
	}
	memcpy(at->text, t.p, t.len);
	at->len = t.len;
	at->n = 1;
}

void
profile_row(struct profile *p, const struct js_val *cell, size_t n)
{
	struct column *c;
	struct text t;
	size_t i;

	p->rows++;
	for (i = 0; i < n; i++) {
		if (cell[i].type <= JS_NULL)
			continue;
		t = cell_bare(text_of(cell[i].p, cell[i].len));
		if (t.len == 0)
			continue;
		c = &p->column[p->place[i]];
		c->filled++;
		add_hash(c, hash(t));
		add_counter(c, t);
	}
}

/* ---- what is said of a column ---- */

struct shares {
	double empty, distinct, commonest; /* of rows, of filled, of filled */
	uint64_t values;
	bool known; /* enough rows to compare shares */
};

static uint64_t
distinct(const struct column *c)
{
	if (c->nhash < LEAST_HASHES)
		return c->nhash;
	return (uint64_t)((LEAST_HASHES - 1) * 0x1p64 /
			  (double)c->hash[LEAST_HASHES - 1]);
}

static struct shares
shares_of(const struct profile *p, const struct column *c)
{
	struct shares s = {0};
	uint64_t top = 0, k;
	size_t i;

	for (i = 0; i < COUNTERS; i++)
		if (c->counter[i].n > top)
			top = c->counter[i].n;
	s.values = distinct(c);
	k = c->filled > 0 ? c->filled : 1;
	s.empty =
	    p->rows > 0 ? (double)(p->rows - c->filled) / (double)p->rows : 0;
	s.distinct = (double)s.values / (double)k;
	s.commonest = (double)top / (double)k;
	s.known = c->filled >= 20;
	return s;
}

void
profile_write(const struct profile *p, const char *file)
{
	struct output *o = output_open(file, false);
	struct buf b = {0};
	struct shares s;
	size_t i;

	buf_addf(&b, "{\n  \"rows\": %" PRIu64 ",\n  \"columns\": {", p->rows);
	for (i = 0; i < p->n; i++) {
		s = shares_of(p, &p->column[i]);
		buf_adds(&b, i > 0 ? ",\n    " : "\n    ");
		buf_jsons(&b, p->column[i].name);
		buf_addf(&b,
		    ": {\"filled\": %" PRIu64 ", \"distinct\": %" PRIu64
		    ", \"empty_share\": %.4f, \"distinct_share\": %.4f, "
		    "\"commonest_share\": %.4f}",
		    p->column[i].filled, s.values, s.empty, s.distinct,
		    s.commonest);
	}
	buf_adds(&b, "\n  }\n}\n");
	output_write(o, b.p, b.len);
	output_close(o);
	buf_free(&b);
}

/* ---- drift ---- */

static bool
moved(const char *file, const char *name, const char *what, double was,
    double is, bool ratio)
{
	bool far = ratio ? is > 2 * was || is < was / 2
			 : is > was + POINTS || is < was - POINTS;

	if (far)
		warning("%s: %s: %s was %.1f%%, is %.1f%%", file,
		    err_quote(name, strlen(name)), what, 100 * was, 100 * is);
	return far;
}

static bool
compare_column(const struct profile *p, const struct column *c,
    const struct node *was, const char *file)
{
	struct shares is = shares_of(p, c);
	bool known = get_number(was, "filled", 0) >= 20 && is.known;
	bool far = moved(file, c->name, "empty",
	    get_number(was, "empty_share", 0), is.empty, false);

	if (!known)
		return !far;
	far |= moved(file, c->name, "distinct",
	    get_number(was, "distinct_share", 0), is.distinct, true);
	far |= moved(file, c->name, "the commonest value",
	    get_number(was, "commonest_share", 0), is.commonest, false);
	return !far;
}

bool
profile_compare(const struct profile *p, const char *file)
{
	struct rules *rules = rules_read(file);
	struct node root = rules_root(rules), columns, was;
	bool same = true;
	size_t i, j;

	columns = node_need(&root, "columns");
	node_object(&columns);
	for (i = 0; i < p->n; i++) {
		if (node_get(&columns, p->column[i].name, &was)) {
			if (!compare_column(p, &p->column[i], &was, file))
				same = false;
			continue;
		}
		warning("%s: column %s is new", file,
		    err_quote(p->column[i].name, strlen(p->column[i].name)));
		same = false;
	}
	for (i = 0; i < node_count(&columns); i++) {
		was = node_nth(&columns, i);
		for (j = 0; j < p->n; j++)
			if (strcmp(p->column[j].name, was.key) == 0)
				break;
		if (j < p->n)
			continue;
		warning("%s: column %s is gone", file,
		    err_quote(was.key, strlen(was.key)));
		same = false;
	}
	rules_free(rules);
	return same;
}
