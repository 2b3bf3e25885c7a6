#include <stdlib.h>
#include <string.h>

#include "../err.h"
#include "../mem.h"
#include "../splice.h"
#include "world.h"

void
world_plan(struct world_plan *w, struct js_plan *plan, int whole)
{
	struct js_step type = {"type", 4, 0}, traits = {"traits", 6, 0};
	struct js_step context[2] = {{"context", 7, 0}, {"traits", 6, 0}};

	w->plan = plan;
	w->whole = whole;
	if (!w->wanted)
		return;
	w->type = js_plan_each(plan, &type, 1);
	w->traits = js_plan_each(plan, &traits, 1);
	w->context = js_plan_each(plan, context, 2);
	w->member = js_plan_member(plan, "traits");
}

static struct js_val
cell(const struct world *w, size_t event, int col)
{
	return w->line->each[event * w->line->neachcol + (size_t)col];
}

/* As cdp-merge-id has it: a group's traits describe the group. */
static bool
tells(const struct world *w, size_t event)
{
	return (cell(w, event, w->plan->traits).type == JS_OBJECT &&
		   !js_is(cell(w, event, w->plan->type), "group", 5)) ||
	       cell(w, event, w->plan->context).type == JS_OBJECT;
}

void
world_begin(struct world *w, const struct js_line *line)
{
	size_t i;

	w->line = line;
	w->ntold = 0;
	w->trait = mem_grow(w->trait, &w->traitcap, 1, sizeof *w->trait);
	for (i = 0; w->plan->wanted && i < line->neach; i++) {
		if (!tells(w, i))
			continue;
		w->told =
		    mem_grow(w->told, &w->cap, w->ntold + 1, sizeof *w->told);
		w->told[w->ntold++] = i;
	}
	w->epoch = w->ntold;
}

void
world_free(struct world *w)
{
	js_line_free(&w->then);
	buf_free(&w->text);
	buf_free(&w->member);
	free(w->told);
	free(w->trait);
}

static struct world_trait *
find(struct world *w, struct js_val key)
{
	struct world_trait *t;

	for (t = w->trait; t < w->trait + w->ntrait; t++)
		if (t->key.len == key.len &&
		    memcmp(t->key.p, key.p, key.len) == 0)
			return t;
	return NULL;
}

/* known: only note the keys, with no value. */
static void
fold(struct world *w, struct js_val object, bool known)
{
	struct js_iter it;
	struct js_val key, value;
	struct world_trait *t;

	if (object.type != JS_OBJECT)
		return;
	it = js_iterate(object);
	while (js_next(&it, &key, &value)) {
		t = find(w, key);
		if (t == NULL) {
			w->trait = mem_grow(w->trait, &w->traitcap,
			    w->ntrait + 1, sizeof *w->trait);
			t = &w->trait[w->ntrait++];
			t->value.type = JS_MISSING;
		}
		t->key = key;
		if (!known)
			t->value = value;
	}
}

static void
fold_event(struct world *w, size_t event, bool known)
{
	fold(w, cell(w, event, w->plan->context), known);
	if (!js_is(cell(w, event, w->plan->type), "group", 5))
		fold(w, cell(w, event, w->plan->traits), known);
}

/* A trait that no event of the history tells is taken as it stands. */
static void
fold_untold(struct world *w)
{
	struct js_val whole = w->line->slot[w->plan->whole], key, value;
	struct world_trait *t;
	struct js_iter it;
	size_t told = w->ntrait;

	if (whole.type != JS_OBJECT)
		return;
	it = js_iterate(whole);
	while (js_next(&it, &key, &value)) {
		t = find(w, key);
		if (t != NULL && t < w->trait + told)
			continue;
		w->trait = mem_grow(
		    w->trait, &w->traitcap, w->ntrait + 1, sizeof *w->trait);
		w->trait[w->ntrait++] = (struct world_trait){key, value};
	}
}

static bool
is_known(const struct world *w, size_t event)
{
	if (w->came == NULL)
		return event < w->seen;
	return event < w->ncame && w->came[event] <= w->t;
}

static void
build(struct world *w)
{
	struct splice_edit edit = {w->plan->member, "traits", NULL, 0};
	struct buf *b = &w->member;
	size_t i;

	w->ntrait = b->len = 0;
	for (i = 0; i < w->ntold; i++)
		fold_event(w, w->told[i], !is_known(w, w->told[i]));
	fold_untold(w);
	buf_byte(b, '{');
	for (i = 0; i < w->ntrait; i++) {
		if (w->trait[i].value.type == JS_MISSING ||
		    w->trait[i].value.type == JS_NULL)
			continue;
		if (b->len > 1)
			buf_byte(b, ',');
		buf_add(b, w->trait[i].key.p, w->trait[i].key.len);
		buf_byte(b, ':');
		buf_add(b, w->trait[i].value.p, w->trait[i].value.len);
	}
	buf_byte(b, '}');
	edit.value = b->p;
	edit.len = b->len;
	splice_scan(&w->text, w->line, &edit, 1, w->plan->plan, &w->then);
}

const struct js_line *
world_at(struct world *w, size_t seen, int64_t t)
{
	size_t i, epoch = w->ntold;

	w->seen = seen;
	w->t = t;
	if (w->came == NULL)
		while (epoch > 0 && w->told[epoch - 1] >= seen)
			epoch--;
	else
		for (i = epoch = 0; i < w->ntold; i++)
			epoch += is_known(w, w->told[i]);
	if (epoch != w->epoch) {
		w->epoch = epoch;
		if (epoch < w->ntold)
			build(w);
	}
	return epoch == w->ntold ? w->line : &w->then;
}
