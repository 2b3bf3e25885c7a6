#include <stdlib.h>
#include <string.h>

#include "inside.h"

static const char *const members[] = {"name", "when", "set", "group", "sample",
    "salt", "split", "top", "by", NULL};

struct segments *
segments_new(void)
{
	struct segments *s = mem_alloc(1, sizeof *s);

	s->zone = -1;
	return s;
}

void
segments_free(struct segments *s)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		set_free(s->item[i].set);
		top_free(s->item[i].top);
	}
	for (i = 0; i < s->files; i++)
		rules_free(s->rules[i]);
	ask_free(&s->ask);
	arena_free(&s->text);
	free(s->rules);
	free(s->item);
	free(s->group);
	free(s);
}

bool
parse_percent(const char *text, double *share)
{
	size_t n = strlen(text);
	struct dec d;

	if (n < 2 || text[n - 1] != '%' || text[0] < '0' || text[0] > '9' ||
	    strspn(text, "0123456789.") != n - 1 ||
	    strchr(text, '.') != strrchr(text, '.') ||
	    !dec_parse(text, n - 1, &d))
		return false;
	*share = dec_double(d) / 100;
	return *share <= 1;
}

static struct segment *
add(struct segments *s)
{
	struct segment *g;

	s->item = mem_grow(s->item, &s->cap, s->n + 1, sizeof *s->item);
	g = &s->item[s->n++];
	*g = (struct segment){.when = ASK_NONE, .group = NO_GROUP};
	return g;
}

static const char *
keep(struct segments *s, const char *text)
{
	return text == NULL ? NULL : arena_text(&s->text, text, strlen(text));
}

static int
group_of(struct segments *s, const char *name)
{
	size_t i;

	if (name == NULL)
		return NO_GROUP;
	for (i = 0; i < s->groups; i++)
		if (strcmp(s->group[i], name) == 0)
			return (int)i;
	s->group =
	    mem_grow(s->group, &s->groupcap, s->groups + 1, sizeof *s->group);
	s->group[s->groups] = keep(s, name);
	return (int)s->groups++;
}

static const char *
name_of(struct segments *s, const struct node *entry)
{
	struct node n = node_need(entry, "name");
	const char *name = node_text(&n);
	size_t i;

	if (*name == '\0')
		node_die(&n, "a segment needs a name");
	for (i = 0; i < s->n; i++)
		if (s->item[i].name != NULL &&
		    strcmp(s->item[i].name, name) == 0)
			node_die(&n, "there is another segment %s, in %s:%ju",
			    err_quote(name, strlen(name)), s->item[i].at.file,
			    (uintmax_t)s->item[i].at.line);
	return keep(s, name);
}

static double
share_of(const struct node *n)
{
	double share;

	if (!parse_percent(node_text(n), &share))
		node_die(n, "%s is no share, expected such as \"10%%\"",
		    err_quote(node_text(n), strlen(node_text(n))));
	return share;
}

static void
read_top(struct segments *s, int zone, const struct node *entry,
    const struct node *top, struct segment *g)
{
	struct node by = node_need(entry, "by");
	struct place at = node_place(top);
	const char *text;
	struct buf number = {0};

	if (json_is_integer(top->json)) {
		buf_int(&number, node_int(top, 1, INT64_MAX));
		buf_byte(&number, '\0');
		text = number.p;
	} else
		text = node_text(top);
	g->top = top_new(text, &at);
	buf_free(&number);
	g->top->by = ask_add(&s->ask, zone, EXPR_PROFILE, &by);
}

/* A top is ranked in the first pass over the lines, when no other is known. */
static void
check_rank(struct segments *s, struct segment *g, const struct place *at)
{
	size_t i, k;

	for (i = 0; g->set != NULL && i < (size_t)g->set->n; i++) {
		k = g->set->segment[i];
		if (g->set->from_line || !s->item[k].ranked)
			continue;
		g->ranked = true;
		if (g->top != NULL)
			die_at(at,
			    "a top of a set that holds another top, %s: rank "
			    "once, and cut the set afterwards",
			    err_quote(g->set->name[i], g->set->len[i]));
	}
	for (i = 0; &s->item[i] != g; i++)
		if (g->group != NO_GROUP && s->item[i].group == g->group &&
		    s->item[i].ranked)
			g->ranked = true;
	g->ranked = g->ranked || g->top != NULL;
}

/* Everything that an entry may say but split. */
static void
read_entry(struct segments *s, int zone, const struct node *entry,
    struct segment *g, size_t before)
{
	struct node n;
	struct place at;

	g->about = keep(s, get_text(entry, "description", NULL));
	g->group = group_of(s, get_text(entry, "group", NULL));
	if (node_get(entry, "when", &n)) {
		g->when = ask_when(&s->ask, zone, EXPR_PROFILE, &n);
		g->when_at = node_text_place(&n);
	}
	if (node_get(entry, "set", &n)) {
		at = node_text_place(&n);
		g->set = set_parse(s, before, node_text(&n), &at);
	}
	if (node_get(entry, "sample", &n)) {
		g->to = share_of(&n);
		g->salt = keep(s, get_text(entry, "salt", g->name));
	}
	if (node_get(entry, "top", &n))
		read_top(s, zone, entry, &n, g);
	else if (node_get(entry, "by", &n))
		node_die(&n, "'by' needs 'top'");
	check_rank(s, g, &g->at);
}

static void
refuse(const struct node *entry, const char *key, const char *with)
{
	struct node n;

	if (node_get(entry, key, &n))
		node_die(&n, "'%s' does not go with '%s'", key, with);
}

/* One segment for each arm; the arms' shares lie end to end in [0, 1). */
static void
read_split(struct segments *s, int zone, const struct node *entry,
    const struct node *split)
{
	static const char *const own[] = {"name", "share", NULL};
	struct node salt = node_need(entry, "salt"), arm, n;
	struct segment *g;
	double from = 0;
	size_t i, before = s->n;
	const char *name;

	node_array(split);
	refuse(entry, "name", "split");
	refuse(entry, "sample", "split");
	refuse(entry, "top", "split");
	for (i = 0; i < node_count(split); i++) {
		arm = node_at(split, i);
		node_only(&arm, own);
		name = name_of(s, &arm);
		n = node_need(&arm, "share");
		g = add(s);
		g->name = name;
		g->at = node_place(&arm);
		read_entry(s, zone, entry, g, before);
		g->salt = keep(s, node_text(&salt));
		g->from = from;
		g->to = from += share_of(&n);
		if (from > 1 + 1e-9)
			node_die(&n, "the shares add up to more than 100%%");
		if (from > 1 - 1e-9)
			g->to = from = 1;
	}
}

static void
read_segment(struct segments *s, int zone, const struct node *entry)
{
	struct node split;
	struct segment *g;
	const char *name;

	node_only(entry, members);
	if (node_get(entry, "split", &split)) {
		read_split(s, zone, entry, &split);
		return;
	}
	name = name_of(s, entry);
	g = add(s);
	g->name = name;
	g->at = node_place(entry);
	read_entry(s, zone, entry, g, s->n - 1);
	if (g->when.set < 0 && g->set == NULL && g->salt == NULL &&
	    g->top == NULL)
		node_die(entry, "a segment needs 'when', 'set', 'sample', "
				"'split' or 'top'");
}

void
segments_read(struct segments *s, const char *file)
{
	static const char *const own[] = {
	    "id", "version", "timezone", "segments", NULL};
	struct rules *r = rules_read(file);
	struct node root = rules_root(r), list, entry;
	size_t i;
	int zone;

	s->rules =
	    mem_grow(s->rules, &s->filecap, s->files + 1, sizeof *s->rules);
	s->rules[s->files++] = r;
	s->ask.owns = "segments";
	node_only(&root, own);
	get_text(&root, "id", NULL);
	zone = ask_of(&s->ask, &root);
	list = node_need(&root, "segments");
	node_array(&list);
	for (i = 0; i < node_count(&list); i++) {
		entry = node_at(&list, i);
		read_segment(s, zone, &entry);
	}
}

/* ---- the command line ---- */

int
segments_zone(struct segments *s)
{
	struct rules *none;
	struct node root;

	if (s->zone < 0) {
		none = rules_parse("{}", 2, "-w");
		root = rules_root(none);
		s->zone = ask_of(&s->ask, &root);
		rules_free(none);
	}
	return s->zone;
}

/* Beside -r the old value of what it makes must not matter. */
static struct ask_expr
choose_expr(struct segments *s, const char *text, const struct place *at)
{
	struct ask_expr e =
	    ask_text(&s->ask, segments_zone(s), EXPR_PROFILE, text, at);

	if (s->files > 0 && expr_reads(ask_set(&s->ask, e), e.id, "segments"))
		die_at(at,
		    "reads segments, which -r makes anew: -s SET asks for "
		    "the new ones");
	return e;
}

static void
choose_top(struct segments *s, const struct segments_pick *p, struct segment *g)
{
	struct place top = {"--top", 1, 1, NULL}, by = {"--by", 1, 1, NULL};

	if (p->by == NULL)
		usage_error("--top needs --by, the expression to rank by");
	g->top = top_new(p->top, &top);
	g->top->by = choose_expr(s, p->by, &by);
}

bool
segments_choose(struct segments *s, const struct segments_pick *p)
{
	struct place where = {"-w", 1, 1, NULL}, set = {"-s", 1, 1, NULL};
	struct segment *g;

	if (p->where == NULL && p->set == NULL && p->top == NULL &&
	    p->sample == NULL)
		return false;
	g = add(s);
	g->at = g->when_at = where;
	s->chosen = true;
	if (p->where != NULL) {
		g->when = choose_expr(s, p->where, &where);
		expr_condition(ask_set(&s->ask, g->when), g->when.id, &where);
	}
	if (p->set != NULL)
		g->set =
		    set_parse(s->files > 0 ? s : NULL, s->n - 1, p->set, &set);
	if (p->top != NULL)
		choose_top(s, p, g);
	check_rank(s, g, &set);
	if (p->sample == NULL)
		return true;
	g->salt = p->salt != NULL ? p->salt : "sample";
	if (!parse_percent(p->sample, &g->to))
		usage_error("--sample: %s is no share, expected such as 10%%",
		    err_quote(p->sample, strlen(p->sample)));
	return true;
}

size_t
segments_count(const struct segments *s)
{
	return s->n - s->chosen;
}

size_t
segments_all(const struct segments *s)
{
	return s->n;
}

const char *
segments_name(const struct segments *s, size_t i)
{
	return s->item[i].name;
}

struct ask *
segments_ask(struct segments *s)
{
	return &s->ask;
}

bool
segments_rank(const struct segments *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (s->item[i].top != NULL)
			return true;
	return false;
}
