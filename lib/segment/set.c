#include <stdlib.h>
#include <string.h>

#include "inside.h"

static _Noreturn void
unknown(const struct segments *s, size_t before, const char *name,
    const struct place *at)
{
	const char **names = mem_alloc(before + 1, sizeof *names);
	const char *near, *shown = err_quote(name, strlen(name));
	size_t i, n = 0;

	for (i = 0; i < before; i++)
		names[n++] = s->item[i].name;
	near = err_nearest(name, names);
	if (near != NULL)
		die_at(at, "no segment %s, did you mean '%s'?", shown, near);
	die_at(at, "no segment %s stands before this one", shown);
}

static size_t
find(const struct segments *s, size_t before, const char *name,
    const struct place *at)
{
	size_t i;

	for (i = 0; i < before; i++)
		if (strcmp(s->item[i].name, name) == 0)
			return i;
	unknown(s, before, name, at);
}

/* One name as it is ("mail-a"), or an expression. */
static int
add_text(struct expr_set *set, const char *text, const struct place *at)
{
	struct buf quoted = {0};
	int id;

	if (*text == '\0' || strpbrk(text, " \t\r\n()`") != NULL)
		return expr_add(set, EXPR_ROW, text, strlen(text), at);
	buf_addf(&quoted, "`%s`", text);
	id = expr_add(set, EXPR_ROW, quoted.p, quoted.len, at);
	buf_free(&quoted);
	return id;
}

struct set *
set_parse(const struct segments *s, size_t before, const char *text,
    const struct place *at)
{
	static const struct expr_settings none;
	struct set *set = mem_alloc(1, sizeof *set);
	const struct js_step *step;
	const char *path;
	int i, n;

	set->expr = expr_set_new(&none);
	set->id = add_text(set->expr, text, at);
	set->text = mem_text(text, strlen(text));
	set->from_line = s == NULL;
	while (expr_row_path(set->expr, set->n) != NULL)
		set->n++;
	set->segment = mem_alloc((size_t)set->n, sizeof *set->segment);
	set->name = mem_alloc((size_t)set->n, sizeof *set->name);
	set->len = mem_alloc((size_t)set->n, sizeof *set->len);
	for (i = 0; i < set->n; i++) {
		path = expr_row_path(set->expr, i);
		step = expr_row_steps(set->expr, i, &n);
		if (n != 1 || step->key == NULL)
			die_at(at,
			    "%s is no name of a segment: put names "
			    "with dots or blanks between back-ticks",
			    err_quote(path, strlen(path)));
		set->name[i] = step->key;
		set->len[i] = step->len;
		if (s != NULL)
			set->segment[i] = find(s, before, path, at);
	}
	return set;
}

void
set_free(struct set *set)
{
	if (set == NULL)
		return;
	expr_set_free(set->expr);
	free(set->text);
	free(set->segment);
	free(set->name);
	free(set->len);
	free(set);
}

static bool
listed(struct js_val list, const char *name, size_t n)
{
	struct js_iter it;
	struct js_val v;

	if (list.type != JS_ARRAY)
		return false;
	it = js_iterate(list);
	while (js_next(&it, NULL, &v))
		if (js_is(v, name, n))
			return true;
	return false;
}

bool
set_true(struct segments_run *r, const struct set *set, struct expr_run *run)
{
	static const struct js_val yes = {"true", 4, JS_TRUE, 0},
				   no = {"false", 5, JS_FALSE, 0};
	bool in;
	int i;

	for (i = 0; i < set->n; i++) {
		in = set->from_line ? listed(r->line->slot[r->s->segments],
					  set->name[i], set->len[i])
				    : r->in[set->segment[i]];
		r->value[i] = in ? yes : no;
	}
	expr_bind_row(run, r->value);
	return expr_true(run, set->id, 0, NULL);
}
