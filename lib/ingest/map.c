#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../filter.h"
#include "map.h"

/* ---- what the map owns ---- */

void
map_own(struct map *m, void *p, void (*disown)(void *))
{
	m->owned =
	    mem_grow(m->owned, &m->ownedcap, m->nowned + 1, sizeof *m->owned);
	m->disown = mem_grow(
	    m->disown, &m->disowncap, m->nowned + 1, sizeof *m->disown);
	m->owned[m->nowned] = p;
	m->disown[m->nowned++] = disown;
}

void *
map_copy(struct map *m, const void *p, size_t n)
{
	void *to = arena_alloc(&m->arena, n + 1);

	if (n > 0)
		memcpy(to, p, n);
	return to;
}

const char *
map_text(struct map *m, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return arena_text(&m->arena, text, strlen(text));
}

struct map_value *
map_add(struct map *m, struct map_values *values, const char *name)
{
	struct map_value *v;
	size_t i;

	for (i = 0; i < values->n && name != NULL; i++)
		if (strcmp(values->v[i].name, name) == 0)
			return &values->v[i];
	if (values->n == values->cap) {
		v = arena_alloc(&m->arena, (2 * values->n + 8) * sizeof *v);
		if (values->n > 0)
			memcpy(v, values->v, values->n * sizeof *v);
		values->v = v;
		values->cap = 2 * values->n + 8;
	}
	v = &values->v[values->n++];
	memset(v, 0, sizeof *v);
	return v;
}

/* ---- fields and expressions ---- */

static int
find_lookup(const struct map *m, const char *name, const char **column)
{
	size_t i, n;

	for (i = 0; i < m->nlookup; i++) {
		n = strlen(m->lookup[i].name);
		if (strncmp(m->lookup[i].name, name, n) == 0 &&
		    name[n] == '.') {
			*column = name + n + 1;
			return (int)i;
		}
	}
	*column = name;
	return -1;
}

int
map_field(struct map *m, const char *name, const struct place *at)
{
	struct map_field *f;
	size_t i;

	for (i = 0; i < m->nfield; i++)
		if (strcmp(m->field[i].name, name) == 0)
			return (int)i;
	m->field =
	    mem_grow(m->field, &m->fieldcap, m->nfield + 1, sizeof *m->field);
	f = &m->field[m->nfield];
	f->name = arena_text(&m->arena, name, strlen(name));
	f->lookup = find_lookup(m, f->name, &f->column);
	f->at = *at;
	f->optional = false;
	return (int)m->nfield++;
}

int
map_expr(struct map *m, const struct node *n)
{
	const char *text = node_text(n);
	struct place at = node_text_place(n);

	m->nexpr++;
	return expr_add(m->exprs, EXPR_ROW, text, strlen(text), &at);
}

int
map_where(struct map *m, const struct node *n)
{
	int id = map_expr(m, n);
	struct place at = node_text_place(n);

	expr_condition(m->exprs, id, &at);
	return id;
}

/* The columns that expressions name become fields like the others. */
static void
bind_paths(struct map *m)
{
	struct place at = {rules_file(m->rules), 0, 0, NULL};
	const char *name;
	int i, n;

	for (n = 0; expr_row_path(m->exprs, n) != NULL; n++)
		;
	m->row_field =
	    arena_alloc(&m->arena, ((size_t)n + 1) * sizeof *m->row_field);
	m->nrow_field = (size_t)n;
	for (i = 0; i < n; i++) {
		name = expr_row_path(m->exprs, i);
		m->row_field[i] = map_field(m, name, &at);
	}
}

/* ---- input ---- */

static char
one_character(const struct node *n)
{
	const char *text = node_text(n);

	if (strlen(text) != 1)
		node_die(n, "expected one character");
	return *text;
}

static const char **
texts(struct map *m, const struct node *list, size_t *count)
{
	const char **to;
	size_t i;

	node_array(list);
	*count = node_count(list);
	to = arena_alloc(&m->arena, (*count + 1) * sizeof *to);
	for (i = 0; i < *count; i++) {
		struct node n = node_at(list, i);

		to[i] = node_text(&n);
	}
	return to;
}

static struct pattern *
pattern(struct map *m, const struct node *n)
{
	const char *text = node_text(n), *why;
	size_t at;
	struct pattern *p =
	    pattern_compile(text, strlen(text), false, &at, &why);

	if (p == NULL)
		node_die(n, "the pattern is wrong at byte %zu: %s", at, why);
	map_own(m, p, (void (*)(void *))pattern_free);
	return p;
}

static void
read_preamble(const struct node *n, struct map_input *in)
{
	if (json_is_string(n->json)) {
		if (strcmp(node_text(n), "auto") != 0)
			node_die(n, "expected a number of rows, or \"auto\"");
		in->preamble = -1;
	} else
		in->preamble = node_int(n, 0, 1000);
}

static void
read_quote(const struct node *n, struct map_input *in)
{
	if (json_is_boolean(n->json))
		in->quote = node_bool(n) ? '"' : '\0';
	else
		in->quote = one_character(n);
}

void
map_read_input(struct map *m, const struct node *up, struct map_input *in)
{
	static const char *const formats[] = {
	    "csv", "tsv", "json", "ndjson", NULL};
	static const char *const names[] = {"format", "encoding", "delimiter",
	    "quote", "header", "columns", "preamble", "trailer", "nulls",
	    "trim", "unmangle", NULL};
	static const char *const empty[] = {""};
	struct node input, n;

	in->delimiter = ',';
	in->quote = '"';
	in->header = true;
	in->null = (const char **)map_copy(m, empty, sizeof empty);
	in->nnull = 1;
	if (!node_get(up, "input", &input))
		return;
	node_object(&input);
	node_only(&input, names);
	in->format =
	    (enum map_format)get_word(&input, "format", formats, FORMAT_CSV);
	if (in->format == FORMAT_TSV) {
		in->delimiter = '\t';
		in->quote = '\0';
	}
	in->encoding = get_text(&input, "encoding", NULL);
	if (node_get(&input, "delimiter", &n))
		in->delimiter = one_character(&n);
	if (node_get(&input, "quote", &n))
		read_quote(&n, in);
	in->header = get_bool(&input, "header", true);
	if (node_get(&input, "columns", &n))
		in->column = texts(m, &n, &in->ncolumn);
	if (!in->header && in->column == NULL)
		node_die(&input, "no header: name the \"columns\"");
	if (node_get(&input, "preamble", &n))
		read_preamble(&n, in);
	if (node_get(&input, "trailer", &n))
		in->trailer = pattern(m, &n);
	if (node_get(&input, "nulls", &n))
		in->null = texts(m, &n, &in->nnull);
	in->trim = get_bool(&input, "trim", false);
	in->unmangle = get_bool(&input, "unmangle", false);
}

/* ---- lookups and groups ---- */

static void
read_lookup(struct map *m, const struct node *n, struct map_lookup *l)
{
	static const char *const names[] = {
	    "file", "key", "on", "input", "missing", "repeated", NULL};
	static const char *const missing[] = {"reject", "null", NULL};
	static const char *const repeated[] = {"reject", "first", "last", NULL};
	struct node on;
	struct place at;

	memset(l, 0, sizeof *l);
	node_object(n);
	node_only(n, names);
	l->name = arena_text(&m->arena, n->key, strlen(n->key));
	l->file = arena_text(&m->arena, get_text(n, "file", ""),
	    strlen(get_text(n, "file", "")));
	on = node_need(n, "key");
	l->key = node_text(&on);
	on = node_need(n, "on");
	at = node_place(&on);
	l->on = map_field(m, node_text(&on), &at);
	l->must = get_word(n, "missing", missing, 0) == 0;
	l->repeated = get_word(n, "repeated", repeated, 0);
	l->missing = map_text(m, "%s: no such key", l->name);
	map_read_input(m, n, &l->input);
	if (l->input.format > FORMAT_TSV)
		node_die(n, "a lookup is a csv or tsv file");
}

static void
read_lookups(struct map *m, const struct node *root)
{
	struct node list, n;
	size_t i, count;

	if (!node_get(root, "lookup", &list))
		return;
	node_object(&list);
	count = node_count(&list);
	m->lookup = arena_alloc(&m->arena, count * sizeof *m->lookup + 1);
	for (i = 0; i < count; i++) {
		n = node_nth(&list, i);
		read_lookup(m, &n, &m->lookup[i]);
		m->nlookup++;
	}
}

static int *
columns(struct map *m, const struct node *n, size_t *count)
{
	struct place at;
	struct node one;
	int *to;
	size_t i;

	if (json_is_string(n->json)) {
		at = node_place(n);
		to = arena_alloc(&m->arena, sizeof *to);
		*to = map_field(m, node_text(n), &at);
		*count = 1;
		return to;
	}
	node_array(n);
	*count = node_count(n);
	to = arena_alloc(&m->arena, (*count + 1) * sizeof *to);
	for (i = 0; i < *count; i++) {
		one = node_at(n, i);
		at = node_place(&one);
		to[i] = map_field(m, node_text(&one), &at);
	}
	return to;
}

static void
read_group(struct map *m, const struct node *root)
{
	static const char *const names[] = {
	    "by", "as", "each", "consecutive", NULL};
	struct map_group *g = &m->group;
	struct node group, n, one;
	size_t i;

	if (!node_get(root, "group", &group))
		return;
	node_object(&group);
	node_only(&group, names);
	g->given = true;
	n = node_need(&group, "by");
	g->by = columns(m, &n, &g->nby);
	g->name = get_text(&group, "as", "products");
	g->consecutive = get_bool(&group, "consecutive", false);
	n = node_need(&group, "each");
	node_object(&n);
	for (i = 0; i < node_count(&n); i++) {
		one = node_nth(&n, i);
		map_read_value(m, &one, one.key, map_add(m, &g->each, one.key));
	}
}

/* ---- the whole ---- */

static void
read_header(struct map *m, const struct node *root)
{
	static const char *const names[] = {"id", "version", "timezone",
	    "input", "source", "country", "keep_raw", "rest", "where", "lookup",
	    "group", "events", "type", "event", "channel", "message_id",
	    "version_from", "timestamp", "ids", "traits", "properties",
	    "members", "key", NULL};
	static const char *const rests[] = {"properties", "traits", NULL};
	struct node n;

	node_object(root);
	node_only(root, names);
	m->source = get_text(root, "source", "");
	m->timezone = get_text(root, "timezone", NULL);
	m->country = get_text(root, "country", NULL);
	if (m->country != NULL && !id_country(m->country)) {
		n = node_need(root, "country");
		node_die(&n, "the calling code of %s is not known",
		    err_quote(m->country, strlen(m->country)));
	}
	m->keep_raw = get_bool(root, "keep_raw", true);
	if (node_get(root, "rest", &n))
		m->rest = rests[node_word(&n, rests)];
}

static void
read_events(struct map *m, const struct node *root)
{
	struct map_event none, shared;
	struct node list, n;
	size_t i;

	memset(&none, 0, sizeof none);
	none.where = -1;
	if (!node_get(root, "events", &list)) {
		m->event = arena_alloc(&m->arena, sizeof *m->event);
		m->nevent = 1;
		map_read_event(m, root, &none, m->event);
		return;
	}
	map_read_event(m, root, &none, &shared);
	node_array(&list);
	m->nevent = node_count(&list);
	if (m->nevent == 0)
		node_die(&list, "expected at least one event");
	m->event = arena_alloc(&m->arena, m->nevent * sizeof *m->event);
	for (i = 0; i < m->nevent; i++) {
		n = node_at(&list, i);
		map_read_event(m, &n, &shared, &m->event[i]);
	}
}

static void
check_events(const struct map *m, const struct node *root)
{
	size_t i;

	for (i = 0; i < m->nevent; i++)
		if (!m->event[i].time.given)
			node_die(root, "event %zu has no \"timestamp\"", i + 1);
}

static void
read_key(struct map *m, const struct node *root)
{
	struct node n;
	size_t i, count = 0;
	int *key = NULL;

	if (node_get(root, "key", &n))
		key = columns(m, &n, &count);
	else if (m->group.given) {
		key = m->group.by;
		count = m->group.nby;
	}
	for (i = 0; i < m->nevent; i++)
		if (m->event[i].key == NULL) {
			m->event[i].key = key;
			m->event[i].nkey = count;
		}
}

struct map *
map_read(const char *file)
{
	struct map *m = mem_alloc(1, sizeof *m);
	struct expr_settings set = {0};
	struct node root, n;

	m->rules = rules_read(file);
	root = rules_root(m->rules);
	read_header(m, &root);
	set.zone = filter_zone(m->timezone);
	m->exprs = expr_set_new(&set);
	map_read_input(m, &root, &m->input);
	read_lookups(m, &root);
	m->where = node_get(&root, "where", &n) ? map_where(m, &n) : -1;
	read_group(m, &root);
	read_events(m, &root);
	check_events(m, &root);
	read_key(m, &root);
	bind_paths(m);
	return m;
}

void
map_free(struct map *m)
{
	if (m == NULL)
		return;
	while (m->nowned-- > 0)
		m->disown[m->nowned](m->owned[m->nowned]);
	free(m->owned);
	free(m->disown);
	free(m->field);
	expr_set_free(m->exprs);
	rules_free(m->rules);
	arena_free(&m->arena);
	free(m);
}
