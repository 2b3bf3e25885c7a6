#include <stdlib.h>
#include <string.h>

#include "../recode.h"
#include "room.h"

struct expr_set *
expr_set_new(const struct expr_settings *settings)
{
	struct expr_set *set = mem_alloc(1, sizeof *set);

	if (settings != NULL)
		set->settings = *settings;
	set->names = intern_new();
	return set;
}

void
expr_set_free(struct expr_set *set)
{
	struct term *t;
	size_t i;

	if (set == NULL)
		return;
	for (t = set->last; t != NULL; t = t->before)
		pattern_free(t->pattern);
	for (i = 0; i < set->n; i++) {
		free(set->all[i].text);
		free(set->all[i].events);
	}
	list_free(set->lists);
	intern_free(set->names);
	free(set->all);
	free(set->table);
	free(set->rows);
	free(set->needs);
	arena_free(&set->arena);
	arena_free(&set->codes);
	free(set);
}

/* ---- names of events ---- */

static void
add_event(struct expression *e, size_t *n, const struct term *text)
{
	const char *name = text->lit.p;
	size_t i;

	for (i = 0; i < *n; i++)
		if (strcmp(e->events[i], name) == 0)
			return;
	e->events = mem_resize(e->events, *n + 2, sizeof *e->events);
	e->events[(*n)++] = name;
	e->events[*n] = NULL;
}

static bool
reads_event(const struct term *t)
{
	const struct path *p = t == NULL ? NULL : t->path;

	return p != NULL && (p->where == AT_EVENT || p->where == AT_STEP) &&
	       p->n == 1 && p->step[0].len == 5 &&
	       memcmp(p->step[0].key, "event", 5) == 0;
}

static bool
is_name(const struct term *t)
{
	return t->op == OP_LITERAL && t->lit.type == EXPR_TEXT &&
	       strlen(t->lit.p) == t->lit.len;
}

static void
collect_events(struct expression *e, size_t *n, const struct term *t)
{
	int i, k;

	if (t == NULL)
		return;
	if (t->op == OP_EQ || t->op == OP_IN)
		for (i = 0; i < t->n; i++)
			for (k = 0; k < t->n; k++)
				if (reads_event(t->kid[i]) &&
				    is_name(t->kid[k]))
					add_event(e, n, t->kid[k]);
	for (i = 0; i < t->n; i++)
		collect_events(e, n, t->kid[i]);
}

static bool
over_events(const struct term *t)
{
	int i;

	if (t == NULL)
		return false;
	if (t->op == OP_OVER || t->op == OP_SEQUENCE || t->op == OP_MEANS ||
	    t->op == OP_RESUMED ||
	    (t->path != NULL &&
		(t->path->where == AT_EVENT || t->path->where == AT_STEP)))
		return true;
	for (i = 0; i < t->n; i++)
		if (over_events(t->kid[i]))
			return true;
	return false;
}

/* ---- adding ---- */

static const struct ground grounds[] = {[EXPR_PROFILE] = {.where = AT_PROFILE},
    [EXPR_EVENT] = {.where = AT_EVENT},
    [EXPR_ROW] = {.where = AT_ROW}};

static struct term *
parse(struct parser *p)
{
	struct term *t;
	size_t bad;

	if (!recode_valid(p->text, p->len, &bad))
		parse_fail(p, bad, "the text is not valid UTF-8");
	lex_next(p);
	if (p->tok.kind == T_END)
		parse_fail(p, 0, "an expression expected, found nothing");
	t = parse_or(p);
	if (p->part || p->tok.kind == T_END)
		return t;
	parse_foreign(p, &p->tok, true);
	parse_expected(p, "an operator or the end expected");
}

static int
keep(struct expr_set *set, const struct parser *p, struct term *root)
{
	struct expression *e;
	size_t n = 0;

	set->all = mem_grow(set->all, &set->cap, set->n + 1, sizeof *set->all);
	e = &set->all[set->n];
	*e = (struct expression){
	    .root = root, .len = p->part ? p->last : p->len, .ground = p->base};
	e->text = mem_text(p->text, e->len);
	e->events = mem_alloc(1, sizeof *e->events);
	collect_events(e, &n, root);
	e->code = code_of(set, root->same);
	e->reads_profile = (root->same->on & ON_PROFILE) != 0;
	e->reads_events = over_events(root);
	return (int)set->n++;
}

static int
compile(struct parser *p, size_t *col)
{
	if (p->len > 1 << 24) {
		*col = 1;
		strcpy(p->set->why, "an expression of more than 16 MiB");
		return -1;
	}
	p->ground = &grounds[p->base];
	if (setjmp(p->out)) {
		*col = p->col;
		return -1;
	}
	return keep(p->set, p, parse(p));
}

int
expr_try(struct expr_set *set, enum expr_ground ground, const char *text,
    size_t n, size_t *col, const char **why)
{
	struct parser p = {.set = set, .len = n, .base = ground};

	p.text = arena_text(&set->arena, text, n);
	*why = set->why;
	return compile(&p, col);
}

static int
add(struct parser *p, const struct place *at)
{
	struct place where = *at;
	size_t col;
	int id = compile(p, &col);

	if (id < 0) {
		where = place_in(at, col - 1);
		die_at(&where, "%s", p->set->why);
	}
	if (p->odd != NULL) {
		where = place_in(at, p->odd->from);
		warning_at(&where,
		    "%s is no member of a profile line: a trait is "
		    "traits.NAME, "
		    "a text stands in quotes, a member of your own in "
		    "backquotes",
		    err_quote(
			p->text + p->odd->from, p->odd->to - p->odd->from));
	}
	return id;
}

int
expr_add(struct expr_set *set, enum expr_ground ground, const char *text,
    size_t n, const struct place *at)
{
	struct parser p = {
	    .set = set, .len = n, .base = ground, .dir = at->file};

	p.text = arena_text(&set->arena, text, n);
	return add(&p, at);
}

int
expr_add_part(struct expr_set *set, enum expr_ground ground, const char *text,
    size_t n, const struct place *at, size_t *used)
{
	struct parser p = {.set = set,
	    .len = n,
	    .base = ground,
	    .dir = at->file,
	    .part = true};
	int id;

	p.text = arena_text(&set->arena, text, n);
	id = add(&p, at);
	*used = p.tok.from;
	return id;
}

/* ---- questions ---- */

const char *
expr_text(const struct expr_set *set, int id)
{
	return set->all[id].text;
}

bool
expr_reads_profile(const struct expr_set *set, int id)
{
	return set->all[id].reads_profile;
}

bool
expr_reads_events(const struct expr_set *set, int id)
{
	return set->all[id].reads_events;
}

const char *
expr_member(const struct expr_set *set, size_t i)
{
	const struct path *p;

	for (p = set->paths; p != NULL; p = p->next)
		if (p->where == AT_PROFILE && p->n > 0 &&
		    p->step[0].key != NULL && i-- == 0)
			return p->step[0].key;
	return NULL;
}

void
expr_condition(struct expr_set *set, int id, const struct place *at)
{
	struct expression *e = &set->all[id];
	struct place where = place_in(at, e->root->from);
	char why[256];

	e->condition = true;
	if (!condition_fault(e->root, e->text, why, sizeof why))
		return;
	die_at(&where, "%s", why);
}

static bool
reads_member(const struct term *t, const char *member)
{
	const struct path *p = t->path;
	int i;

	if (p != NULL && p->where == AT_PROFILE && p->step[0].key != NULL &&
	    p->step[0].len == strlen(member) &&
	    memcmp(p->step[0].key, member, p->step[0].len) == 0)
		return true;
	for (i = 0; i < t->n; i++)
		if (t->kid[i] != NULL && reads_member(t->kid[i], member))
			return true;
	return false;
}

bool
expr_reads(const struct expr_set *set, int id, const char *member)
{
	return reads_member(set->all[id].root, member);
}

const char *const *
expr_event_names(const struct expr_set *set, int id)
{
	return set->all[id].events;
}

static const struct term *
part_of(const struct expr_set *set, int id, int part)
{
	const struct term *root = set->all[id].root;

	return root->op == OP_AND ? root->kid[part] : root;
}

int
expr_parts(const struct expr_set *set, int id)
{
	const struct term *root = set->all[id].root;

	return root->op == OP_AND ? root->n : 1;
}

const char *
expr_part_text(const struct expr_set *set, int id, int part, size_t *n)
{
	const struct term *t = part_of(set, id, part);

	*n = t->to - t->from;
	return set->all[id].text + t->from;
}

bool
expr_part_true(struct expr_run *r, int id, int part, int64_t t, int64_t *next)
{
	bool yes;

	run_at(r, t, next != NULL);
	yes = eval_truth(r, part_of(r->set, id, part)->same->code);
	if (next != NULL)
		*next = r->next;
	return yes;
}
