#include <stdlib.h>
#include <string.h>

#include "inside.h"

/* A member's JSON text, kept with the rules. */
const char *
tag_json(struct tags *t, const struct node *n)
{
	char *s = json_dumps(n->json, JSON_ENCODE_ANY | JSON_COMPACT);
	const char *kept = arena_text(&t->text, s, strlen(s));

	free(s);
	return kept;
}

const char *
tag_keep(struct tags *t, const char *s)
{
	return arena_text(&t->text, s, strlen(s));
}

static struct ask_expr
ask_member(struct tags *t, const struct tag_file *f, enum expr_ground ground,
    const struct node *up, const char *name)
{
	struct node n;

	if (!node_get(up, name, &n))
		return ASK_NONE;
	return strcmp(name, "text") == 0
		   ? ask_add(&t->ask, f->set, ground, &n)
		   : ask_when(&t->ask, f->set, ground, &n);
}

/* ---- event rules ---- */

struct tag_word *
tag_words_load(struct tags *t, const struct node *object)
{
	size_t i, n;
	struct tag_word *w;
	struct node m;

	node_object(object);
	n = node_count(object);
	w = arena_alloc(&t->text, (n + 1) * sizeof *w);
	for (i = 0; i < n; i++) {
		m = node_nth(object, i);
		w[i].from = tag_keep(t, m.key);
		w[i].to = tag_json(t, &m);
	}
	w[n].from = NULL;
	return w;
}

static const char **
load_names(struct tags *t, const struct node *n)
{
	size_t i, count = json_is_array(n->json) ? node_count(n) : 1;
	const char **name = arena_alloc(&t->text, (count + 1) * sizeof *name);
	struct node one;

	if (count == 0)
		node_die(n, "no name, expected at least one");
	for (i = 0; i < count; i++) {
		one = json_is_array(n->json) ? node_at(n, i) : *n;
		name[i] = tag_keep(t, node_text(&one));
	}
	name[count] = NULL;
	return name;
}

static struct pattern *
load_pattern(const struct node *n)
{
	const char *s = node_text(n), *why;
	struct place at;
	size_t off;
	struct pattern *p = pattern_compile(s, strlen(s), false, &off, &why);

	if (p == NULL) {
		at = node_text_place(n);
		at = place_in(&at, off);
		die_at(&at, "pattern: %s", why);
	}
	return p;
}

static struct pattern **
load_patterns(const struct node *n)
{
	size_t i, count = json_is_array(n->json) ? node_count(n) : 1;
	struct pattern **p = mem_alloc(count + 1, sizeof *p);
	struct node one;

	if (count == 0)
		node_die(n, "no pattern, expected at least one");
	for (i = 0; i < count; i++) {
		one = json_is_array(n->json) ? node_at(n, i) : *n;
		p[i] = load_pattern(&one);
	}
	return p;
}

void
tag_match_load(struct tags *t, struct tag_file *f, struct tag_match *m,
    const struct node *rule)
{
	static const char *const keeps[] = {"last", "first", "all", NULL};
	struct node n;

	if (node_get(rule, "event", &n))
		m->event = load_names(t, &n);
	m->where = ask_member(t, f, EXPR_EVENT, rule, "where");
	m->text = ask_member(t, f, EXPR_EVENT, rule, "text");
	m->value = ASK_NONE;
	if (node_get(rule, "match", &n)) {
		m->pattern = load_patterns(&n);
		if (m->text.set < 0)
			node_die(rule, "`match` needs `text`, the expression "
				       "it looks at, such as \"properties."
				       "text\"");
	}
	m->capture = (int)get_int(rule, "capture", 0, 99, -1);
	if (m->capture >= 0 && m->pattern == NULL)
		node_die(rule, "`capture` needs `match`");
	if (node_get(rule, "values", &n))
		m->word = tag_words_load(t, &n);
	if (node_get(rule, "other", &n)) {
		if (m->word == NULL)
			node_die(&n, "stands for what `values` lacks, and "
				     "there are no `values`");
		m->other = tag_json(t, &n);
	}
	m->keep = (enum keep)get_word(rule, "keep", keeps, KEEP_LAST);
	m->bounded = node_get(rule, "within", &n);
	if (m->bounded)
		m->within = node_duration(&n);
}

/* ---- rules ---- */

static const char *const match_members[] = {"event", "where", "text", "match",
    "capture", "keywords", "values", "other", "keep", "within", NULL};

static bool
is_match(const struct node *rule)
{
	size_t i;
	struct node n;

	for (i = 0; match_members[i] != NULL; i++)
		if (node_get(rule, match_members[i], &n))
			return true;
	return false;
}

static void
load_value(struct tags *t, struct tag_rule *r, const struct node *rule)
{
	struct node n;

	r->constant = "true";
	r->value = ASK_NONE;
	if (!node_get(rule, "value", &n))
		return;
	if (r->match != NULL && r->match->capture >= 0)
		node_die(&n, "`capture` gives the value already");
	if (!json_is_string(n.json))
		r->constant = tag_json(t, &n);
	else if (r->match != NULL)
		r->match->value =
		    ask_add(&t->ask, r->file->set, EXPR_EVENT, &n);
	else
		r->value = ask_add(&t->ask, r->file->set, EXPR_PROFILE, &n);
}

static void
check_words(const struct tag_match *m, const struct node *rule)
{
	if (m->word != NULL && m->value.set < 0 && m->capture < 0)
		node_die(rule, "`values` translates the value, and there is "
			       "neither `value` nor `capture`");
}

static const char *
full_name(struct tags *t, const struct tag_rule *r)
{
	struct buf b = {0};
	const char *kept;

	buf_addf(&b, "%s/%s", r->file->id, r->id);
	if (r->file->version != NULL)
		buf_addf(&b, "@%s", r->file->version);
	kept = arena_text(&t->text, b.p, b.len);
	buf_free(&b);
	return kept;
}

static struct tag_rule *
new_rule(struct tags *t, struct tag_file *f, const struct node *rule,
    const char *tag)
{
	struct tag_rule *r;

	if (*tag == '\0')
		node_die(rule, "an empty tag name");
	t->rule = mem_grow(t->rule, &t->rulecap, t->rules + 1, sizeof *t->rule);
	r = &t->rule[t->rules];
	memset(r, 0, sizeof *r);
	r->file = f;
	r->node = *rule;
	r->order = t->rules++;
	r->tag = intern_add(t->names, tag, strlen(tag));
	r->id = tag_keep(t, get_text(rule, "id", tag));
	r->full = full_name(t, r);
	if (get_text(rule, "group", NULL) != NULL)
		r->group = tag_keep(t, get_text(rule, "group", NULL));
	r->priority = get_int(rule, "priority", INT32_MIN, INT32_MAX, 0);
	r->when = ASK_NONE;
	return r;
}

static void
load_keywords(struct tags *t, struct tag_file *f, const struct node *rule,
    const struct node *words)
{
	size_t i;
	struct node n;
	struct tag_rule *r;

	node_object(words);
	for (i = 0; i < node_count(words); i++) {
		n = node_nth(words, i);
		r = new_rule(t, f, rule, n.key);
		r->match = arena_alloc(&t->text, sizeof *r->match);
		memset(r->match, 0, sizeof *r->match);
		tag_match_load(t, f, r->match, rule);
		if (r->match->pattern != NULL || r->match->capture >= 0)
			node_die(rule, "`keywords` holds the patterns already");
		if (r->match->text.set < 0)
			node_die(rule, "`keywords` needs `text`, the expression"
				       " they are looked for in");
		r->match->pattern = load_patterns(&n);
		load_value(t, r, rule);
	}
	t->matches = true;
}

static void
load_rule(struct tags *t, struct tag_file *f, const struct node *rule)
{
	static const char *const members[] = {"id", "tag", "when", "value",
	    "group", "priority", "event", "where", "text", "match", "capture",
	    "keywords", "values", "other", "keep", "within", NULL};
	struct node n, tag;
	struct tag_rule *r;
	bool match = is_match(rule);

	node_object(rule);
	node_only(rule, members);
	if (match && node_get(rule, "when", &n))
		node_die(&n, "looks at the customer, and the rule's other "
			     "members at single events: write two rules");
	if (node_get(rule, "keywords", &n)) {
		if (node_get(rule, "tag", &tag))
			node_die(&tag, "`keywords` names the tags already");
		load_keywords(t, f, rule, &n);
		return;
	}
	tag = node_need(rule, "tag");
	r = new_rule(t, f, rule, node_text(&tag));
	if (match) {
		r->match = arena_alloc(&t->text, sizeof *r->match);
		memset(r->match, 0, sizeof *r->match);
		tag_match_load(t, f, r->match, rule);
		t->matches = true;
	} else
		r->when = ask_member(t, f, EXPR_PROFILE, rule, "when");
	load_value(t, r, rule);
	if (match)
		check_words(r->match, rule);
	if (!match && r->when.set < 0 && r->value.set < 0)
		node_die(rule, "neither `when` nor `value` nor `event`: says "
			       "nothing about the customer");
}

/* ---- groups and units ---- */

static void
check_groups(const struct tags *t, const struct tag_file *f)
{
	static const char *const members[] = {"id", "exclusive", NULL};
	const char **known;
	struct node groups, g;
	size_t i, j, n = 0;

	known = mem_alloc(1, sizeof *known);
	if (node_get(&f->root, "groups", &groups)) {
		node_array(&groups);
		n = node_count(&groups);
		known = mem_resize(known, n + 1, sizeof *known);
	}
	for (i = 0; i < n; i++) {
		g = node_at(&groups, i);
		node_only(&g, members);
		known[i] = get_text(&g, "id", "");
		if (!get_bool(&g, "exclusive", true))
			node_die(&g, "a group is exclusive; leave out what "
				     "may stand side by side");
		for (j = 0; j < i; j++)
			if (strcmp(known[i], known[j]) == 0)
				node_die(&g, "a second group %s",
				    err_quote(known[i], strlen(known[i])));
	}
	known[n] = NULL;
	for (i = 0; i < t->rules; i++) {
		const struct tag_rule *r = &t->rule[i];
		const char *near;

		if (r->file != f || r->group == NULL)
			continue;
		for (j = 0; j < n && strcmp(known[j], r->group) != 0; j++)
			;
		if (j < n)
			continue;
		near = err_nearest(r->group, known);
		node_die(&r->node, "no group %s in `groups`%s%s%s",
		    err_quote(r->group, strlen(r->group)),
		    near == NULL ? "" : ", did you mean '",
		    near == NULL ? "" : near, near == NULL ? "" : "'?");
	}
	free(known);
}

static bool
same_group(const struct tag_rule *a, const struct tag_rule *b)
{
	if (a->group == NULL || b->group == NULL)
		return a->group == b->group;
	return strcmp(a->group, b->group) == 0;
}

/* The unit of a rule: its group's in the same file, else its tag's. */
static size_t
find_unit(const struct tags *t, const struct tag_rule *r)
{
	const struct tag_rule *o;
	size_t i;

	for (i = 0; i < r->order && r->group != NULL; i++) {
		o = &t->rule[i];
		if (r->file == o->file && same_group(r, o))
			return o->unit;
	}
	return t->unit_of[r->tag];
}

/* A tag has its rules in one file, and there in one group or in none. */
static void
check_owner(const struct tags *t, const struct tag_rule *r)
{
	const struct tag_rule *o;

	if (t->unit_of[r->tag] == NOBODY)
		return;
	o = &t->rule[t->unit[t->unit_of[r->tag]].rule[0]];
	if (o->file != r->file)
		node_die(&r->node, "gives a tag that %s gives too",
		    rules_file(o->file->rules));
	if (!same_group(o, r))
		node_die(&r->node, "gives a tag that rules outside its group "
				   "give too");
}

static void
add_to_unit(struct tags *t, struct tag_rule *r)
{
	struct tag_unit *u;
	size_t i;

	check_owner(t, r);
	r->unit = find_unit(t, r);
	if (r->unit == NOBODY)
		r->unit = t->units++;
	t->unit_of[r->tag] = r->unit;
	u = &t->unit[r->unit];
	u->since = r->file->since;
	u->all |= r->match != NULL && r->match->keep == KEEP_ALL;
	u->events |= r->match != NULL || ask_reads_events(&t->ask, r->when) ||
		     ask_reads_events(&t->ask, r->value);
	u->rule = mem_grow(u->rule, &u->cap, u->n + 1, sizeof *u->rule);
	for (i = u->n++; i > 0; i--) {
		if (t->rule[u->rule[i - 1]].priority >= r->priority)
			break;
		u->rule[i] = u->rule[i - 1];
	}
	u->rule[i] = r->order;
}

static void
make_units(struct tags *t)
{
	size_t i, names = intern_count(t->names);

	t->unit = mem_alloc(t->rules + 1, sizeof *t->unit);
	t->unit_of = mem_alloc(names + 1, sizeof *t->unit_of);
	for (i = 0; i < names; i++)
		t->unit_of[i] = NOBODY;
	for (i = 0; i < t->rules; i++)
		add_to_unit(t, &t->rule[i]);
}

/* ---- files ---- */

static void
load_header(struct tags *t, struct tag_file *f)
{
	static const char *const members[] = {"id", "version", "timezone",
	    "rules", "groups", "sources", "merge", "evidence", "from", NULL};
	struct node n;

	f->root = rules_root(f->rules);
	node_object(&f->root);
	node_only(&f->root, members);
	n = node_need(&f->root, "id");
	f->id = tag_keep(t, node_text(&n));
	if (node_get(&f->root, "version", &n))
		f->version = json_is_string(n.json) ? tag_keep(t, node_text(&n))
						    : tag_json(t, &n);
	f->set = ask_of(&t->ask, &f->root);
	f->evidence = get_bool(&f->root, "evidence", false);
	f->since = get_bool(&f->root, "from", true);
}

static void
load_file(struct tags *t, struct tag_file *f, const char *name)
{
	struct node rules;
	size_t i;

	f->rules = rules_read(name);
	load_header(t, f);
	if (node_get(&f->root, "rules", &rules)) {
		node_array(&rules);
		for (i = 0; i < node_count(&rules); i++) {
			struct node *rule = arena_alloc(&t->text, sizeof *rule);

			/* Rules keep their node, so what is above it must
			 * stay. */
			struct node *up = arena_alloc(&t->text, sizeof *up);

			*up = rules;
			up->up = &f->root;
			*rule = node_at(up, i);
			load_rule(t, f, rule);
		}
	}
	tag_sources_load(t, f);
	check_groups(t, f);
}

struct tags *
tags_load(const struct opt_list *files)
{
	struct tags *t = mem_alloc(1, sizeof *t);
	size_t i, j;

	t->ask.owns = "tags";
	t->names = intern_new();
	t->files = files->n;
	t->file = mem_alloc(files->n, sizeof *t->file);
	for (i = 0; i < files->n; i++) {
		load_file(t, &t->file[i], files->item[i]);
		for (j = 0; j < i; j++)
			if (strcmp(t->file[i].id, t->file[j].id) == 0)
				die("%s and %s have the same id",
				    files->item[j], files->item[i]);
	}
	make_units(t);
	return t;
}

void
tags_plan(struct tags *t, struct js_plan *plan)
{
	struct js_step s;

	ask_plan(&t->ask, plan);
	history_plan(&t->history, plan);
	js_steps("profile_id", &s, 1);
	t->profile_id = js_plan_field(plan, &s, 1);
}

bool
tags_reads_profile(const struct tags *t)
{
	size_t i;

	for (i = 0; i < t->rules; i++)
		if (ask_reads_profile(&t->ask, t->rule[i].when) ||
		    ask_reads_profile(&t->ask, t->rule[i].value))
			return true;
	return t->merger != NULL;
}

int64_t
tags_since(const struct tags *t, int64_t now)
{
	return ask_since(&t->ask, now);
}

const struct ask *
tags_ask(const struct tags *t)
{
	return &t->ask;
}

void
tags_free(struct tags *t)
{
	size_t i, j;

	for (i = 0; i < t->rules; i++) {
		struct tag_match *m = t->rule[i].match;

		for (j = 0; m != NULL && m->pattern && m->pattern[j]; j++)
			pattern_free(m->pattern[j]);
		if (m != NULL)
			free(m->pattern);
	}
	for (i = 0; i < t->units; i++)
		free(t->unit[i].rule);
	for (i = 0; i < t->files; i++)
		rules_free(t->file[i].rules);
	ask_free(&t->ask);
	intern_free(t->names);
	arena_free(&t->text);
	free(t->unit_of);
	free(t->unit);
	free(t->rule);
	free(t->file);
	free(t);
}
