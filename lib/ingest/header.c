#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "header.h"

/* Names come again by the thousand: each remembers its last number. */
static void
add(struct header *h, struct text name)
{
	struct buf b = {0}, numbered = {0};
	int first;

	name = cell_name(name, &b);
	buf_add(&numbered, name.p, name.len);
	buf_byte(&numbered, '\0');
	first = header_find(h, numbered.p);
	while (header_find(h, numbered.p) >= 0) {
		numbered.len = 0;
		buf_addf(&numbered, "%.*s#%d", (int)name.len, name.p,
		    ++h->last[first]);
		buf_byte(&numbered, '\0');
	}
	h->name = mem_grow(h->name, &h->cap, h->n + 1, sizeof *h->name);
	h->last = mem_grow(h->last, &h->lasts, h->n + 1, sizeof *h->last);
	h->last[h->n] = 1;
	intern_add(h->position, numbered.p, strlen(numbered.p));
	h->name[h->n++] = arena_text(&h->arena, numbered.p, numbered.len - 1);
	buf_free(&b);
	buf_free(&numbered);
}

static void
clear(struct header *h)
{
	h->n = 0;
	arena_reset(&h->arena);
	if (h->position == NULL)
		h->position = intern_new();
	intern_clear(h->position);
}

void
header_read(struct header *h, const struct row *row)
{
	size_t i;

	clear(h);
	for (i = 0; i < row->ncell; i++)
		add(h, cell_bare(text_of(row->cell[i].p, row->cell[i].len)));
}

void
header_names(struct header *h, const char *const *name, size_t n)
{
	size_t i;

	clear(h);
	for (i = 0; i < n; i++)
		add(h, text_of(name[i], strlen(name[i])));
}

void
header_free(struct header *h)
{
	free(h->name);
	free(h->last);
	intern_free(h->position);
	arena_free(&h->arena);
}

int
header_find(const struct header *h, const char *name)
{
	return h->n == 0 ? -1
			 : (int)intern_find(h->position, name, strlen(name));
}

static int
find_field(const struct header *h, const struct map_field *f)
{
	struct buf b = {0};
	struct text name;
	char *folded;
	int i = header_find(h, f->column);

	if (i >= 0)
		return i;
	name = cell_name(text_of(f->column, strlen(f->column)), &b);
	folded = mem_text(name.p, name.len);
	i = header_find(h, folded);
	free(folded);
	buf_free(&b);
	return i;
}

bool
header_fits(const struct header *h, const struct map *m)
{
	size_t i;

	for (i = 0; i < m->nfield; i++)
		if (m->field[i].lookup < 0 && !m->field[i].optional &&
		    find_field(h, &m->field[i]) < 0)
			return false;
	return true;
}

static void
no_column(const struct header *h, const struct map_field *f, const char *file)
{
	const char **known = mem_alloc(h->n + 1, sizeof *known), *near;
	size_t i;

	for (i = 0; i < h->n; i++)
		known[i] = h->name[i];
	near = err_nearest(f->column, known);
	if (near != NULL)
		die_at(&f->at, "no column %s in %s, did you mean %s?",
		    err_quote(f->column, strlen(f->column)), file,
		    err_quote(near, strlen(near)));
	die_at(&f->at, "no column %s in %s, which has %zu, the first %s",
	    err_quote(f->column, strlen(f->column)), file, h->n,
	    h->n > 0 ? err_quote(h->name[0], strlen(h->name[0])) : "none");
}

void
header_bind(const struct header *h, const struct map *m, int lookup,
    const char *file, int *position)
{
	const struct map_field *f;
	size_t i;

	for (i = 0; i < m->nfield; i++) {
		f = &m->field[i];
		if (f->lookup != lookup)
			continue;
		position[i] = find_field(h, f);
		if (position[i] < 0 && !f->optional)
			no_column(h, f, file);
	}
}
