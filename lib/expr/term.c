#include <stdlib.h>
#include <string.h>

#include "room.h"

struct term *
term_new(struct expr_set *set, enum op op, int kids)
{
	struct term *t = arena_alloc(&set->arena, sizeof *t);
	size_t bytes = (size_t)kids * sizeof(struct term *);

	memset(t, 0, sizeof *t);
	t->op = (uint8_t)op;
	t->n = kids;
	t->memo = t->column = t->id = -1;
	t->kid = arena_alloc(&set->arena, bytes);
	t->sub = arena_alloc(&set->arena, bytes);
	memset(t->kid, 0, bytes);
	memset(t->sub, 0, bytes);
	t->before = set->last;
	set->last = t;
	return t;
}

/* ---- paths ---- */

static bool
same_steps(const struct js_step *a, const struct js_step *b, int n)
{
	int i;

	for (i = 0; i < n; i++)
		if ((a[i].key == NULL) != (b[i].key == NULL) ||
		    (a[i].key == NULL
			    ? a[i].index != b[i].index
			    : a[i].len != b[i].len ||
				  memcmp(a[i].key, b[i].key, a[i].len) != 0))
			return false;
	return true;
}

static const char *
join(struct expr_set *set, const struct path *p)
{
	struct buf b = {0};
	char *text;
	int i;

	for (i = 0; i < p->n; i++) {
		if (p->step[i].key == NULL) {
			buf_addf(&b, "[%zu]", p->step[i].index);
			continue;
		}
		if (i > 0)
			buf_byte(&b, '.');
		buf_add(&b, p->step[i].key, p->step[i].len);
	}
	text = arena_text(&set->arena, b.p, b.len);
	buf_free(&b);
	return text;
}

static void
number_row(struct expr_set *set, struct path *p)
{
	p->name = join(set, p);
	p->slot = (int)set->nrows;
	set->rows = mem_grow(
	    set->rows, &set->rowcap, set->nrows + 1, sizeof(struct path *));
	set->rows[set->nrows++] = p;
}

struct path *
path_same(struct expr_set *set, enum where where, int level,
    const struct js_step *step, int n)
{
	struct path *p;
	int i;

	for (p = set->paths; p != NULL; p = p->next)
		if (p->where == where && p->level == level && p->n == n &&
		    same_steps(p->step, step, n))
			return p;
	p = arena_alloc(&set->arena, sizeof *p);
	*p = (struct path){.where = where, .level = level, .n = n, .slot = -1};
	p->step = arena_alloc(&set->arena, (size_t)n * sizeof *step);
	for (i = 0; i < n; i++) {
		p->step[i] = step[i];
		if (step[i].key != NULL)
			p->step[i].key =
			    arena_text(&set->arena, step[i].key, step[i].len);
	}
	p->next = set->paths;
	set->paths = p;
	if (where == AT_ROW)
		number_row(set, p);
	return p;
}

static bool
step_named(const struct path *p, const char *name)
{
	return p->n > 0 && p->step[0].key != NULL &&
	       p->step[0].len == strlen(name) &&
	       memcmp(p->step[0].key, name, p->step[0].len) == 0;
}

/* ---- what a term depends on ---- */

static uint16_t
path_on(const struct path *p)
{
	switch (p->where) {
	case AT_PROFILE: /* these two do not change as time goes by */
		return step_named(p, "profile_id") ||
			       step_named(p, "first_seen")
			   ? 0
			   : ON_PROFILE;
	case AT_EVENT:
		return ON_EVENT;
	case AT_ITEM:
		return ON_ITEM(p->level);
	case AT_STEP:
		return ON_STEP;
	default:
		return ON_ROW;
	}
}

static void
inherit(struct term *t)
{
	int i;

	for (i = 0; i < t->n; i++) {
		if (t->sub[i] == NULL)
			continue;
		t->on |= t->sub[i]->on;
		if (t->kid[i]->depth >= t->depth)
			t->depth = t->kid[i]->depth + 1;
	}
	if (t->op == OP_PATH)
		t->on = path_on(t->path);
	else if (t->op == OP_NOW)
		t->on = ON_NOW;
	else if (t->op == OP_WINDOW && t->kind != WINDOW_BOUNDS)
		t->on |= ON_NOW;
	else if (t->op == OP_EACH)
		t->on &= (uint16_t)~ON_ITEM(t->count);
	else if (t->op == OP_FILTER || t->op == OP_SERIES)
		t->on &= ON_NOW | ON_PROFILE;
	else if (t->op == OP_OVER || t->op == OP_SEQUENCE ||
		 t->op == OP_RESUMED)
		t->on = ON_NOW | (t->on & ON_PROFILE);
}

/* ---- equal terms are one ---- */

static uint64_t
mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15u;
	return h ^ (h >> 29);
}

static uint64_t
hash_term(const struct term *t)
{
	uint64_t h = mix(
	    t->op, t->kind | (uint64_t)t->unit << 8 | (uint64_t)t->local << 16);
	int i;

	h = mix(h, val_hash(&t->lit));
	h = mix(h, (uint64_t)t->count);
	h = mix(h, (uintptr_t)t->path);
	h = mix(h, (uintptr_t)t->list);
	for (i = 0; i < t->n; i++)
		h = mix(h, (uintptr_t)t->sub[i]);
	return h;
}

static bool
equal_terms(const struct term *a, const struct term *b)
{
	return a->op == b->op && a->kind == b->kind && a->unit == b->unit &&
	       a->local == b->local && a->n == b->n && a->path == b->path &&
	       a->list == b->list && a->count == b->count &&
	       a->lit.type == b->lit.type && a->lit.exact == b->lit.exact &&
	       val_equal(&a->lit, &b->lit) &&
	       memcmp(a->sub, b->sub, (size_t)a->n * sizeof a->sub[0]) == 0;
}

static void
widen(struct expr_set *set)
{
	struct term **old = set->table;
	size_t n = set->ntable, i, k;

	set->ntable = n ? n * 2 : 256;
	set->table = mem_alloc(set->ntable, sizeof(struct term *));
	for (i = 0; i < n; i++) {
		if (old[i] == NULL)
			continue;
		k = hash_term(old[i]) & (set->ntable - 1);
		while (set->table[k] != NULL)
			k = (k + 1) & (set->ntable - 1);
		set->table[k] = old[i];
	}
	free(old);
}

static struct term **
table_place(struct expr_set *set, const struct term *t)
{
	size_t k;

	if (set->nterms * 2 >= set->ntable)
		widen(set);
	k = hash_term(t) & (set->ntable - 1);
	while (set->table[k] != NULL && !equal_terms(set->table[k], t))
		k = (k + 1) & (set->ntable - 1);
	return &set->table[k];
}

static bool
worth_a_memo(const struct term *t)
{
	return t->op != OP_LITERAL && t->op != OP_NOW && t->op != OP_WINDOW &&
	       t->op != OP_FILTER && t->op != OP_SERIES &&
	       (t->on & ~(ON_NOW | ON_PROFILE)) == 0;
}

/* now, and spans taken from it: worked out once for all lines. */
static bool
of_the_clock(const struct term *t)
{
	int i;

	if ((t->op != OP_ADD && t->op != OP_SUB) || t->on != ON_NOW)
		return false;
	for (i = 0; i < t->n; i++)
		if (t->sub[i]->op != OP_NOW && t->sub[i]->op != OP_LITERAL &&
		    !t->sub[i]->clock)
			return false;
	return true;
}

static struct term *
used_again(struct expr_set *set, struct term *t)
{
	if (++t->uses != 2)
		return t;
	if (worth_a_memo(t) && t->memo < 0)
		t->memo = set->nmemo++;
	else if (t->op == OP_PATH && t->path->where == AT_EVENT)
		t->column = set->ncolumn++;
	if (t->code != NULL) {
		t->code->memo = t->memo;
		t->code->column = t->column;
	}
	return t;
}

/*
 * last_seen < now - 7d: the text is read as a time once for all expressions,
 * as time(last_seen).  What is no time has no order beside a time either way.
 */
static void
read_times(struct expr_set *set, struct term *t)
{
	struct term *call, *path;
	int i;

	for (i = 0; i < 2; i++) {
		path = t->sub[i];
		if (path->op != OP_PATH || path->path->where != AT_PROFILE ||
		    (t->sub[1 - i]->types & ~TYPE(EXPR_NULL)) !=
			TYPE(EXPR_TIME))
			continue;
		call = term_new(set, OP_CALL, 1);
		call->kind = (uint8_t)func_find("time", 4);
		call->types = TYPE(EXPR_TIME) | TYPE(EXPR_NULL);
		call->kid[0] = path;
		t->sub[i] = term_same(set, call);
	}
}

struct term *
term_same(struct expr_set *set, struct term *t)
{
	struct term **place;
	int i;

	for (i = 0; i < t->n; i++)
		t->sub[i] = t->kid[i] == NULL ? NULL : t->kid[i]->same;
	inherit(t);
	if (t->op >= OP_LT && t->op <= OP_GE)
		read_times(set, t);
	if (t->op == OP_MEANS) {
		t->same = t->sub[0];
		return t->same;
	}
	place = table_place(set, t);
	if (*place != NULL) {
		t->same = used_again(set, *place);
		return t->same;
	}
	*place = t->same = t;
	t->uses = 1;
	set->nterms++;
	if ((t->clock = of_the_clock(t)))
		t->memo = set->nmemo++;
	term_number(set, t);
	return t;
}
