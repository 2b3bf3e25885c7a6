#include <stdlib.h>
#include <string.h>

#include "header.h"
#include "lookup.h"

struct table {
	const struct map *map;
	const struct map_lookup *rule;
	struct intern *key;
	struct js_val *cell; /* nfield of each key */
	size_t cap, nfield;
	int *field; /* the map's fields that come from here */
	int *position;
	int key_position;
	struct arena arena;
};

static void
own_fields(struct table *t, const struct map *m, int lookup)
{
	size_t i;

	t->field = mem_alloc(m->nfield + 1, sizeof *t->field);
	for (i = 0; i < m->nfield; i++)
		if (m->field[i].lookup == lookup)
			t->field[t->nfield++] = (int)i;
}

static void
read_header(struct table *t, struct rows *r, int lookup, const char *file)
{
	struct header h = {0};
	struct row row;
	const struct map_input *in = &t->rule->input;
	const char *key = t->rule->key;
	int64_t skip = in->preamble > 0 ? in->preamble : 0;

	while (skip-- > 0 && rows_next(r, &row) != ROWS_END)
		;
	if (in->column != NULL)
		header_names(&h, in->column, in->ncolumn);
	if (in->header) {
		if (rows_next(r, &row) != ROWS_ROW)
			die("%s: no header row", file);
		if (in->column == NULL)
			header_read(&h, &row);
	}
	t->position = mem_alloc(t->map->nfield + 1, sizeof *t->position);
	header_bind(&h, t->map, lookup, file, t->position);
	t->key_position = header_find(&h, key);
	if (t->key_position < 0)
		die("%s: no column %s", file, err_quote(key, strlen(key)));
	header_free(&h);
}

static struct text
key_of(const struct js_val *cell)
{
	return cell_bare(text_of(cell->p, cell->len));
}

static bool
is_null(const struct map_input *in, struct text t)
{
	size_t i;

	for (i = 0; i < in->nnull; i++)
		if (strlen(in->null[i]) == t.len &&
		    memcmp(in->null[i], t.p, t.len) == 0)
			return true;
	return false;
}

static void
store(struct table *t, const struct row *row, uint32_t id)
{
	struct js_val *to;
	struct text text;
	size_t i;
	int at;

	t->cell = mem_grow(t->cell, &t->cap, ((size_t)id + 1) * (t->nfield + 1),
	    sizeof *t->cell);
	to = t->cell + (size_t)id * t->nfield;
	for (i = 0; i < t->nfield; i++) {
		at = t->position[t->field[i]];
		to[i].type = JS_MISSING;
		if (at < 0)
			continue;
		text = text_of(row->cell[at].p, row->cell[at].len);
		if (t->rule->input.unmangle)
			text = cell_bare(text);
		else if (t->rule->input.trim)
			text = cell_trim(text);
		if (is_null(&t->rule->input, text))
			continue;
		to[i] = js_text_val(
		    arena_text(&t->arena, text.p, text.len), text.len);
	}
}

static void
add_row(struct table *t, const struct row *row, size_t columns)
{
	uint32_t known = intern_count(t->key), id;
	struct text key;

	if (row->ncell != columns)
		die_at(
		    &row->at, "%zu cells, expected %zu", row->ncell, columns);
	key = key_of(&row->cell[t->key_position]);
	id = intern_add(t->key, key.p, key.len);
	if (id == known || t->rule->repeated == 2)
		store(t, row, id);
	else if (t->rule->repeated == 0)
		die_at(&row->at,
		    "the key %s comes again: say \"repeated\": \"first\" or "
		    "\"last\"",
		    err_quote(key.p, key.len));
}

/* A name without a folder is looked for beside the map. */
static char *
beside(const struct map *m, const char *file)
{
	const char *map = rules_file(m->rules), *slash = strrchr(map, '/');
	struct buf b = {0};

	if (*file != '/' && slash != NULL)
		buf_add(&b, map, (size_t)(slash - map) + 1);
	buf_adds(&b, file);
	buf_byte(&b, '\0');
	return b.p;
}

static void
read_file(struct table *t, int lookup, char *file)
{
	struct rows_settings set = {.encoding = t->rule->input.encoding,
	    .delimiter = t->rule->input.delimiter,
	    .quote = t->rule->input.quote};
	struct input *in = input_open(&file, 1, 0);
	struct rows *r = rows_new(in, &set);
	struct row row;
	size_t columns = 0;
	enum rows_got got;

	rows_next_file(r);
	read_header(t, r, lookup, file);
	while ((got = rows_next(r, &row)) != ROWS_END) {
		if (got == ROWS_BAD)
			die_at(&row.at, "%s", row.why);
		if (got == ROWS_BLANK)
			continue;
		if (columns == 0)
			columns = row.ncell;
		add_row(t, &row, columns);
	}
	rows_free(r);
	input_close(in);
}

struct table *
table_read(const struct map *m, size_t lookup, const char *file)
{
	struct table *t = mem_alloc(1, sizeof *t);
	char *name;

	t->map = m;
	t->rule = &m->lookup[lookup];
	t->key = intern_new();
	own_fields(t, m, (int)lookup);
	if (file == NULL && *t->rule->file == '\0')
		die("%s: the lookup %s names no file: give "
		    "--lookup=%s=FILE",
		    rules_file(m->rules), t->rule->name, t->rule->name);
	name = file != NULL ? mem_text(file, strlen(file))
			    : beside(m, t->rule->file);
	read_file(t, (int)lookup, name);
	free(name);
	return t;
}

void
table_free(struct table *t)
{
	if (t == NULL)
		return;
	intern_free(t->key);
	free(t->cell);
	free(t->field);
	free(t->position);
	arena_free(&t->arena);
	free(t);
}

bool
table_join(const struct table *t, struct maker *k)
{
	const struct js_val *on = &k->cell[t->rule->on], *from;
	uint32_t id = INTERN_NONE;
	struct text key;
	size_t i;

	if (on->type > JS_NULL) {
		key = cell_bare(value_cell(k, on));
		id = intern_find(t->key, key.p, key.len);
	}
	if (id == INTERN_NONE && on->type > JS_NULL && t->rule->must) {
		k->why = t->rule->missing;
		k->field = t->rule->on;
		return false;
	}
	from = id == INTERN_NONE ? NULL : t->cell + (size_t)id * t->nfield;
	for (i = 0; i < t->nfield; i++)
		if (from != NULL)
			k->cell[t->field[i]] = from[i];
		else
			k->cell[t->field[i]].type = JS_MISSING;
	return true;
}
