#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../intern.h"
#include "../mem.h"
#include "runs.h"
#include "seen.h"

#define MOST_ROWS 20000
#define MOST_COLUMNS 256

struct runs {
	uint64_t *cell; /* MOST_COLUMNS a row; 0: empty */
	size_t rows, cap;
};

struct runs *
runs_new(void)
{
	return mem_alloc(1, sizeof(struct runs));
}

void
runs_free(struct runs *r)
{
	free(r->cell);
	free(r);
}

static void
make_room(struct runs *r)
{
	size_t had = r->cap;

	if (r->rows < r->cap)
		return;
	r->cell = mem_grow(
	    r->cell, &r->cap, r->rows + 1, MOST_COLUMNS * sizeof *r->cell);
	memset(r->cell + had * MOST_COLUMNS, 0,
	    (r->cap - had) * MOST_COLUMNS * sizeof *r->cell);
}

void
runs_cell(struct runs *r, size_t column, struct text t)
{
	if (column >= MOST_COLUMNS || r->rows == MOST_ROWS || t.len == 0)
		return;
	make_room(r);
	r->cell[r->rows * MOST_COLUMNS + column] = intern_hash(t.p, t.len) | 1;
}

void
runs_row(struct runs *r)
{
	if (r->rows == MOST_ROWS)
		return;
	make_room(r);
	r->rows++;
}

static uint64_t
cell(const struct runs *r, size_t row, size_t column)
{
	return column < MOST_COLUMNS ? r->cell[row * MOST_COLUMNS + column] : 0;
}

bool
runs_key(const struct runs *r, size_t column)
{
	struct twins *seen = twins_new();
	uint64_t last = 0, value;
	bool together = false, ok = true;
	size_t i;

	for (i = 0; i < r->rows && ok; i++, last = value) {
		value = cell(r, i, column);
		if (value == last)
			together = true;
		else
			ok = twins_add(seen, (char *)&value, sizeof value) == 1;
		ok = ok && value != 0;
	}
	ok = ok && together && last != cell(r, 0, column); /* not one value */
	twins_free(seen);
	return ok;
}

bool
runs_differ(const struct runs *r, size_t key, size_t column)
{
	uint64_t first = 0, value;
	size_t i;

	for (i = 0; i < r->rows; i++) {
		if (i == 0 || cell(r, i, key) != cell(r, i - 1, key))
			first = 0;
		value = cell(r, i, column);
		if (first == 0)
			first = value;
		else if (value != 0 && value != first)
			return true;
	}
	return false;
}
