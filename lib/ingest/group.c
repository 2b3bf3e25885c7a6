#include <stdlib.h>
#include <string.h>

#include "group.h"

struct group {
	struct js_val *cell;
	struct buf array;
	struct dec *sum;
	struct gathered_row *first, **last;
	uint64_t count, size;
};

struct gatherer {
	const struct map *map;
	struct intern *key;
	struct group *group;
	size_t cap, used, next; /* used: groups whose memory is there */
	struct js_val *own;     /* the maker's cells, while a group is out */
	struct arena arena;
	struct buf text, each;
	struct dec *sum; /* of the row at hand */
	struct gathered view;
};

struct gatherer *
gatherer_new(const struct map *m)
{
	struct gatherer *g = mem_alloc(1, sizeof *g);

	g->map = m;
	g->key = intern_new();
	g->sum = mem_alloc(m->group.nsum + 1, sizeof *g->sum);
	return g;
}

void
gatherer_free(struct gatherer *g)
{
	size_t i;

	if (g == NULL)
		return;
	for (i = 0; i < g->used; i++)
		buf_free(&g->group[i].array);
	intern_free(g->key);
	free(g->group);
	free(g->sum);
	buf_free(&g->text);
	buf_free(&g->each);
	arena_free(&g->arena);
	free(g);
}

static void
read_key(struct gatherer *g, struct maker *k)
{
	const struct map_group *rule = &g->map->group;
	struct text t;
	size_t i;

	g->text.len = 0;
	for (i = 0; i < rule->nby; i++) {
		if (i > 0)
			buf_byte(&g->text, '\x1f');
		if (k->cell[rule->by[i]].type <= JS_NULL)
			continue;
		t = cell_bare(value_cell(k, &k->cell[rule->by[i]]));
		buf_add(&g->text, t.p, t.len);
	}
}

struct text
gatherer_key(struct gatherer *g, struct maker *k)
{
	read_key(g, k);
	return text_of(g->text.p, g->text.len);
}

bool
gatherer_changes(struct gatherer *g, struct maker *k)
{
	read_key(g, k);
	return intern_count(g->key) > 0 &&
	       intern_find(g->key, g->text.p, g->text.len) == INTERN_NONE;
}

/* The row's part of the array and of the sums, before anything is kept. */
static bool
measure(struct gatherer *g, struct maker *k)
{
	const struct map_group *rule = &g->map->group;
	struct expr_value v;
	bool any = false;
	size_t i;

	g->each.len = 0;
	buf_byte(&g->each, '{');
	if (!values_json(k, &rule->each, &g->each, &any))
		return false;
	buf_byte(&g->each, '}');
	for (i = 0; i < rule->nsum; i++) {
		v = value_expr(k, rule->sum[i]);
		g->sum[i] = dec_of(0);
		if (v.type == EXPR_NULL)
			continue;
		k->why = "sum: not an exact number";
		k->field = -1;
		if (v.type != EXPR_NUMBER || !v.exact)
			return false;
		g->sum[i] = v.dec;
	}
	return true;
}

/* A copy that the scanner may read a little past. */
static char *
padded(struct gatherer *g, const char *p, size_t n)
{
	char *copy = arena_alloc(&g->arena, n + JS_PAD);

	if (n > 0)
		memcpy(copy, p, n);
	memset(copy + n, '\n', JS_PAD);
	return copy;
}

/* Fields that the group lacks: in the kept row where they stand in it. */
static void
keep_cells(struct gatherer *g, struct group *to, const struct js_val *cell,
    const char *raw, const struct gathered_row *kept)
{
	size_t i;

	for (i = 0; i < g->map->nfield; i++) {
		if (to->cell[i].type > JS_NULL || cell[i].type <= JS_NULL)
			continue;
		to->cell[i] = cell[i];
		if (cell[i].p >= raw &&
		    cell[i].p + cell[i].len <= raw + kept->len)
			to->cell[i].p = kept->raw + (cell[i].p - raw);
		else
			to->cell[i].p = padded(g, cell[i].p, cell[i].len);
	}
}

static struct group *
begin(struct gatherer *g, uint32_t id)
{
	const struct map *m = g->map;
	struct group *to;
	size_t i;

	g->group =
	    mem_grow(g->group, &g->cap, (size_t)id + 1, sizeof *g->group);
	to = &g->group[id];
	if (g->used == id) {
		memset(to, 0, sizeof *to);
		g->used++;
	}
	to->array.len = 0;
	to->first = NULL;
	to->count = to->size = 0;
	to->cell = arena_alloc(&g->arena, (m->nfield + 1) * sizeof *to->cell);
	memset(to->cell, 0, m->nfield * sizeof *to->cell);
	to->sum = arena_alloc(&g->arena, (m->group.nsum + 1) * sizeof *to->sum);
	for (i = 0; i < m->group.nsum; i++)
		to->sum[i] = dec_of(0);
	return to;
}

static struct gathered_row *
keep_row(struct gatherer *g, struct group *to, const struct place *at,
    const char *raw, size_t n)
{
	struct gathered_row *row = arena_alloc(&g->arena, sizeof *row);

	row->next = NULL;
	row->at = *at;
	row->raw = padded(g, raw, n);
	row->len = n;
	if (to->first == NULL)
		to->first = row;
	else
		*to->last = row;
	to->last = &row->next;
	return row;
}

bool
gatherer_add(struct gatherer *g, struct maker *k, const struct place *at,
    const char *raw, size_t n, size_t size)
{
	uint32_t known = intern_count(g->key), id;
	struct gathered_row *row;
	struct group *to;
	size_t i;

	if (!measure(g, k))
		return false;
	id = intern_add(g->key, g->text.p, g->text.len);
	to = id == known ? begin(g, id) : &g->group[id];
	for (i = 0; i < g->map->group.nsum; i++)
		if (!dec_add(to->sum[i], g->sum[i], &to->sum[i]))
			die_at(at, "a sum has more than 38 digits");
	if (to->count++ > 0)
		buf_byte(&to->array, ',');
	buf_add(&to->array, g->each.p, g->each.len);
	row = keep_row(g, to, at, raw, n);
	row->size = size;
	to->size += size;
	keep_cells(g, to, k->cell, raw, row);
	return true;
}

static void
empty(struct gatherer *g)
{
	intern_clear(g->key);
	g->next = 0;
	arena_reset(&g->arena);
}

const struct gathered_row *
gatherer_next(struct gatherer *g, struct maker *k)
{
	struct group *from;

	if (g->own == NULL)
		g->own = k->cell;
	if (g->next == intern_count(g->key)) {
		k->gathered = NULL;
		k->cell = g->own;
		g->own = NULL;
		empty(g);
		return NULL;
	}
	from = &g->group[g->next++];
	k->cell = from->cell;
	g->view.array = &from->array;
	g->view.sum = from->sum;
	g->view.count = from->count;
	g->view.size = from->size;
	k->gathered = &g->view;
	maker_row(k);
	return from->first;
}
