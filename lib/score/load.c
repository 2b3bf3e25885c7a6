#include <stdlib.h>
#include <string.h>

#include "inside.h"
#include "mem.h"

static const char *
keep_text(struct points *p, const char *s)
{
	return arena_text(&p->text, s, strlen(s));
}

static const char *
keep_json(struct points *p, const struct node *n)
{
	char *s = json_dumps(n->json, JSON_ENCODE_ANY | JSON_COMPACT);
	const char *kept = keep_text(p, s);

	free(s);
	return kept;
}

static struct node *
keep_node(struct points *p, struct node n, const struct node *up)
{
	struct node *kept = arena_alloc(&p->text, sizeof *kept);

	*kept = n;
	kept->up = up;
	return kept;
}

static void
load_clamp(const struct node *n, struct clamp *c)
{
	struct node m;

	c->has_min = node_get(n, "min", &m);
	if (c->has_min)
		c->min = node_dec(&m);
	c->has_max = node_get(n, "max", &m);
	if (c->has_max)
		c->max = node_dec(&m);
	if (c->has_min && c->has_max && dec_cmp(c->min, c->max) > 0)
		node_die(&m, "is less than `min`");
}

static bool
load_bounds(const struct node *n, bool fallback)
{
	static const char *const words[] = {"[)", "(]", NULL};

	return get_word(n, "bounds", words, fallback) == 1;
}

/* ---- elements ---- */

static void
load_steps(struct points *p, struct element *e, const struct node *steps)
{
	struct node pair, from, points;
	size_t i;

	node_array(steps);
	e->steps = node_count(steps);
	if (e->steps == 0)
		node_die(steps, "no step, expected [[FROM, POINTS], ...]");
	e->step = arena_alloc(&p->text, e->steps * sizeof *e->step);
	for (i = 0; i < e->steps; i++) {
		pair = node_at(steps, i);
		node_array(&pair);
		if (node_count(&pair) != 2)
			node_die(&pair, "expected [FROM, POINTS]");
		from = node_at(&pair, 0);
		points = node_at(&pair, 1);
		e->step[i].from = node_dec(&from);
		e->step[i].points = node_dec(&points);
		if (i > 0 && dec_cmp(e->step[i - 1].from, e->step[i].from) >= 0)
			node_die(&from, "steps must rise");
	}
}

static void
load_worth(struct points *p, struct element *e, const struct node *n)
{
	static const char *const members[] = {"of", "steps", "bounds", NULL};
	enum expr_ground ground = e->events ? EXPR_EVENT : EXPR_PROFILE;
	struct node m, tiers;

	e->worth = ASK_NONE;
	if (node_get(n, "tiers", &tiers)) {
		if (node_get(n, "points", &m))
			node_die(&m, "`tiers` give the points");
		node_only(&tiers, members);
		m = node_need(&tiers, "of");
		e->worth = ask_add(&p->ask, e->file->set, ground, &m);
		m = node_need(&tiers, "steps");
		load_steps(p, e, &m);
		e->upper = load_bounds(&tiers, e->file->upper);
		return;
	}
	m = node_need(n, "points");
	if (json_is_string(m.json))
		e->worth = ask_add(&p->ask, e->file->set, ground, &m);
	else
		e->points = node_dec(&m);
}

static void
load_names(struct points *p, struct element *e, const struct node *n)
{
	size_t i, count = json_is_array(n->json) ? node_count(n) : 1;
	struct node one;

	if (count == 0)
		node_die(n, "no name, expected at least one");
	e->event = arena_alloc(&p->text, (count + 1) * sizeof *e->event);
	for (i = 0; i < count; i++) {
		one = json_is_array(n->json) ? node_at(n, i) : *n;
		e->event[i] = keep_text(p, node_text(&one));
	}
	e->event[count] = NULL;
}

static void
load_decay(struct element *e, const struct node *n)
{
	static const char *const members[] = {
	    "type", "after", "percent", "every", "half_life", NULL};
	static const char *const types[] = {
	    "none", "expire", "linear", "half_life", NULL};
	static const char *const periods[] = {
	    NULL, "after", "every", "half_life"};
	struct node m = node_need(n, "type");

	node_only(n, members);
	e->decay = (enum decay)node_word(&m, types);
	if (e->decay == DECAY_NONE)
		return;
	m = node_need(n, periods[e->decay]);
	e->period = node_duration(&m);
	if (e->period.ms <= 0 && e->period.months <= 0)
		node_die(&m, "expected a length of time above 0");
	if (e->decay != DECAY_LINEAR)
		return;
	m = node_need(n, "percent");
	e->percent = node_dec(&m);
	if (dec_cmp(e->percent, dec_of(0)) <= 0 ||
	    dec_cmp(e->percent, dec_of(100)) > 0)
		node_die(&m, "expected above 0 and at most 100");
}

static void
load_repeat(struct points *p, struct element *e, const struct node *n)
{
	static const char *const words[] = {
	    "once", "last", "max", "always", "per_key", NULL};
	struct node m;

	e->repeat = (enum repeat)get_word(n, "repeat", words, ONCE);
	e->key = ASK_NONE;
	if (e->repeat == PER_KEY) {
		m = node_need(n, "key");
		e->key = ask_add(&p->ask, e->file->set, EXPR_EVENT, &m);
	} else if (node_get(n, "key", &m))
		node_die(&m, "only `repeat`: \"per_key\" has a key");
	if (node_get(n, "times", &m)) {
		if (e->repeat != ALWAYS && e->repeat != PER_KEY)
			node_die(&m, "only `repeat`: \"always\" and "
				     "\"per_key\" count more than one event");
		e->times = node_int(&m, 1, INT32_MAX);
	}
	if (node_get(n, "decay", &m))
		load_decay(e, &m);
}

static const char *const event_members[] = {
    "event", "where", "repeat", "key", "times", "decay", NULL};

static void
load_matter(struct points *p, struct element *e, const struct node *n)
{
	struct node m;
	size_t i;

	e->when = e->where = e->key = ASK_NONE;
	e->events = node_get(n, "event", &m) || node_get(n, "where", &m);
	if (e->events && node_get(n, "when", &m))
		node_die(&m, "asks about the customer, `event` and `where` "
			     "about single events: expected one of them");
	for (i = 0; !e->events && event_members[i] != NULL; i++)
		if (node_get(n, event_members[i], &m))
			node_die(&m, "belongs to an element with `event` or "
				     "`where`");
	if (node_get(n, "when", &m))
		e->when = ask_when(&p->ask, e->file->set, EXPR_PROFILE, &m);
	if (node_get(n, "event", &m))
		load_names(p, e, &m);
	if (node_get(n, "where", &m))
		e->where = ask_when(&p->ask, e->file->set, EXPR_EVENT, &m);
}

static size_t
find_group(const struct points_file *f, const struct node *n)
{
	const char *id = node_text(n), **known, *near;
	size_t i;

	for (i = 0; i < f->groups; i++)
		if (strcmp(f->group[i].id, id) == 0)
			return i;
	known = mem_alloc(f->groups + 1, sizeof *known);
	for (i = 0; i < f->groups; i++)
		known[i] = f->group[i].id;
	near = err_nearest(id, known);
	if (near != NULL)
		node_die(n, "no group %s in `groups`, did you mean '%s'?",
		    err_quote(id, strlen(id)), near);
	node_die(n, "no group %s in `groups`", err_quote(id, strlen(id)));
}

static void
load_element(struct points *p, const struct points_file *f, struct element *e,
    const struct node *n)
{
	static const char *const members[] = {"id", "group", "when", "event",
	    "where", "points", "tiers", "repeat", "key", "times", "decay",
	    "min", "max", NULL};
	struct node m;

	node_object(n);
	node_only(n, members);
	e->file = f;
	e->node = *n;
	m = node_need(n, "id");
	e->id = keep_text(p, node_text(&m));
	e->group = node_get(n, "group", &m) ? find_group(f, &m) : NOTHING;
	load_matter(p, e, n);
	load_worth(p, e, n);
	if (e->events)
		load_repeat(p, e, n);
	load_clamp(n, &e->clamp);
}

static void
load_elements(struct points *p, struct points_file *f)
{
	struct node *list =
	    keep_node(p, node_need(&f->root, "elements"), &f->root);
	struct node m;
	size_t i, j;

	node_array(list);
	f->elements = node_count(list);
	f->element = mem_alloc(f->elements + 1, sizeof *f->element);
	for (i = 0; i < f->elements; i++) {
		load_element(
		    p, f, &f->element[i], keep_node(p, node_at(list, i), list));
		for (j = 0; j < i; j++)
			if (strcmp(f->element[i].id, f->element[j].id) == 0) {
				m = node_need(&f->element[i].node, "id");
				node_die(&m, "a second element with this id");
			}
	}
}

/* ---- groups and bands ---- */

static void
load_groups(struct points *p, struct points_file *f)
{
	static const char *const members[] = {
	    "id", "exclusive", "required", "min", "max", NULL};
	struct node list, n, m;
	size_t i, j;

	if (!node_get(&f->root, "groups", &list))
		return;
	node_array(&list);
	f->groups = node_count(&list);
	f->group = mem_alloc(f->groups + 1, sizeof *f->group);
	for (i = 0; i < f->groups; i++) {
		n = node_at(&list, i);
		node_only(&n, members);
		m = node_need(&n, "id");
		f->group[i].id = keep_text(p, node_text(&m));
		for (j = 0; j < i; j++)
			if (strcmp(f->group[i].id, f->group[j].id) == 0)
				node_die(&m, "a second group with this id");
		f->group[i].exclusive = get_bool(&n, "exclusive", false);
		f->group[i].required = get_bool(&n, "required", false);
		load_clamp(&n, &f->group[i].clamp);
	}
}

static int
by_min(const void *a, const void *b)
{
	return dec_cmp(
	    ((const struct band *)a)->min, ((const struct band *)b)->min);
}

static void
load_band(struct points *p, struct band *b, const struct node *n)
{
	static const char *const members[] = {
	    "id", "min", "max", "content", NULL};
	struct node m;

	node_only(n, members);
	b->node = *n;
	m = node_need(n, "id");
	if (!json_is_string(m.json) && !json_is_number(m.json))
		node_die(&m, "expected text or a number");
	b->id = keep_json(p, &m);
	m = node_need(n, "min");
	b->min = node_dec(&m);
	b->has_max = node_get(n, "max", &m);
	if (b->has_max) {
		b->max = node_dec(&m);
		if (dec_cmp(b->max, b->min) <= 0)
			node_die(&m, "is not above `min`");
	}
	if (node_get(n, "content", &m)) {
		node_array(&m);
		b->content = keep_json(p, &m);
	}
}

static void
load_bands(struct points *p, struct points_file *f)
{
	struct node m, *list;
	size_t i;

	if (!node_get(&f->root, "bands", &m))
		return;
	list = keep_node(p, m, &f->root);
	node_array(list);
	f->bands = node_count(list);
	f->band = mem_alloc(f->bands + 1, sizeof *f->band);
	for (i = 0; i < f->bands; i++)
		load_band(p, &f->band[i], keep_node(p, node_at(list, i), list));
	mem_sort(f->band, f->bands, sizeof *f->band, by_min);
	for (i = 1; i < f->bands; i++)
		if (dec_cmp(f->band[i - 1].min, f->band[i].min) == 0)
			node_die(&f->band[i].node,
			    "two bands begin at the same points");
}

/* ---- files ---- */

static void
load_file(struct points *p, struct points_file *f, const char *name)
{
	static const char *const members[] = {"id", "version", "timezone",
	    "bounds", "places", "min", "max", "elements", "groups", "bands",
	    NULL};
	struct node n;

	f->rules = rules_read(name);
	f->root = rules_root(f->rules);
	node_object(&f->root);
	node_only(&f->root, members);
	n = node_need(&f->root, "id");
	f->id = keep_text(p, node_text(&n));
	if (node_get(&f->root, "version", &n))
		f->version = json_is_string(n.json)
				 ? keep_text(p, node_text(&n))
				 : keep_json(p, &n);
	f->set = ask_of(&p->ask, &f->root);
	f->upper = load_bounds(&f->root, false);
	f->places = (int)get_int(&f->root, "places", 0, 18, -1);
	load_clamp(&f->root, &f->clamp);
	load_groups(p, f);
	load_elements(p, f);
	load_bands(p, f);
}

struct points *
points_load(const char *const *files, size_t n)
{
	struct points *p = mem_alloc(1, sizeof *p);
	size_t i, j;

	p->ask.owns = "score";
	p->files = n;
	p->file = mem_alloc(n + 1, sizeof *p->file);
	for (i = 0; i < n; i++) {
		load_file(p, &p->file[i], files[i]);
		for (j = 0; j < i; j++)
			if (strcmp(p->file[i].id, p->file[j].id) == 0)
				die("%s and %s have the same id", files[j],
				    files[i]);
	}
	return p;
}

void
points_plan(struct points *p, struct js_plan *plan)
{
	struct js_step s;

	ask_plan(&p->ask, plan);
	history_plan(&p->history, plan);
	js_steps("profile_id", &s, 1);
	p->profile_id = js_plan_field(plan, &s, 1);
}

bool
points_reads_profile(const struct points *p)
{
	const struct element *e;
	size_t i, k;

	for (i = 0; i < p->files; i++)
		for (k = 0; k < p->file[i].elements; k++) {
			e = &p->file[i].element[k];
			if (ask_reads_profile(&p->ask, e->when) ||
			    ask_reads_profile(&p->ask, e->where) ||
			    ask_reads_profile(&p->ask, e->key) ||
			    ask_reads_profile(&p->ask, e->worth))
				return true;
		}
	return false;
}

int64_t
points_since(const struct points *p, int64_t now)
{
	return ask_since(&p->ask, now);
}

const struct ask *
points_ask(const struct points *p)
{
	return &p->ask;
}

void
points_free(struct points *p)
{
	size_t i;

	for (i = 0; i < p->files; i++) {
		free(p->file[i].element);
		free(p->file[i].group);
		free(p->file[i].band);
		rules_free(p->file[i].rules);
	}
	ask_free(&p->ask);
	arena_free(&p->text);
	free(p->file);
	free(p);
}
