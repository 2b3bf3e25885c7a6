#include <stdlib.h>
#include <string.h>

#include "group.h"

struct group {
	struct js_val *cell;
	struct buf array;
	struct dec *sum;
	struct gathered_row *first, **last;
	uint64_t count;
};

struct gatherer {
	const struct map *map;
	struct intern *key;
	struct group *group;
	size_t cap, next;
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

static void
empty(struct gatherer *g)
{
	size_t i;

	for (i = 0; i < intern_count(g->key); i++)
		buf_free(&g->group[i].array);
	intern_free(g->key);
	g->key = intern_new();
	g->next = 0;
	arena_reset(&g->arena);
}

void
gatherer_free(struct gatherer *g)
{
	if (g == NULL)
		return;
	empty(g);
	intern_free(g->key);
	free(g->group);
	free(g->sum);
	buf_free(&g->text);
	buf_free(&g->each);
	arena_free(&g->arena);
	free(g);
}

static struct text
key_text(struct gatherer *g, struct maker *k)
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
	return text_of(g->text.p, g->text.len);
}

bool
gatherer_changes(struct gatherer *g, struct maker *k)
{
	struct text key = key_text(g, k);

	return intern_count(g->key) > 0 &&
	       intern_find(g->key, key.p, key.len) == INTERN_NONE;
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

static void
keep_cells(struct gatherer *g, struct group *to, const struct js_val *cell)
{
	size_t i;

	for (i = 0; i < g->map->nfield; i++) {
		if (to->cell[i].type > JS_NULL || cell[i].type <= JS_NULL)
			continue;
		to->cell[i] = cell[i];
		/* the scanner reads a little past a value */
		to->cell[i].p = arena_alloc(&g->arena, cell[i].len + JS_PAD);
		memcpy(
		    (char *)(uintptr_t)to->cell[i].p, cell[i].p, cell[i].len);
		memset((char *)(uintptr_t)to->cell[i].p + cell[i].len, '\n',
		    JS_PAD);
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
	memset(to, 0, sizeof *to);
	to->cell = arena_alloc(&g->arena, (m->nfield + 1) * sizeof *to->cell);
	memset(to->cell, 0, m->nfield * sizeof *to->cell);
	to->sum = arena_alloc(&g->arena, (m->group.nsum + 1) * sizeof *to->sum);
	for (i = 0; i < m->group.nsum; i++)
		to->sum[i] = dec_of(0);
	return to;
}

static void
keep_row(struct gatherer *g, struct group *to, const struct place *at,
    const char *raw, size_t n)
{
	struct gathered_row *row = arena_alloc(&g->arena, sizeof *row);

	row->next = NULL;
	row->at = *at;
	row->raw = arena_text(&g->arena, raw, n);
	row->len = n;
	if (to->first == NULL)
		to->first = row;
	else
		*to->last = row;
	to->last = &row->next;
}

bool
gatherer_add(struct gatherer *g, struct maker *k, const struct place *at,
    const char *raw, size_t n)
{
	struct text key = key_text(g, k);
	uint32_t known = intern_count(g->key), id;
	struct group *to;
	size_t i;

	if (!measure(g, k))
		return false;
	id = intern_add(g->key, key.p, key.len);
	to = id == known ? begin(g, id) : &g->group[id];
	for (i = 0; i < g->map->group.nsum; i++)
		if (!dec_add(to->sum[i], g->sum[i], &to->sum[i]))
			die_at(at, "a sum has more than 38 digits");
	if (to->count++ > 0)
		buf_byte(&to->array, ',');
	buf_add(&to->array, g->each.p, g->each.len);
	keep_cells(g, to, k->cell);
	keep_row(g, to, at, raw, n);
	return true;
}

const struct gathered_row *
gatherer_next(struct gatherer *g, struct maker *k)
{
	struct group *from;

	if (g->next == intern_count(g->key)) {
		k->gathered = NULL;
		empty(g);
		return NULL;
	}
	from = &g->group[g->next++];
	memcpy(k->cell, from->cell, g->map->nfield * sizeof *k->cell);
	g->view.array = &from->array;
	g->view.sum = from->sum;
	g->view.count = from->count;
	k->gathered = &g->view;
	maker_row(k);
	return from->first;
}
