#include <stdlib.h>
#include <string.h>

#include "../filter.h"
#include "map.h"

static const char *const value_types[] = {"any", "text", "number", "money",
    "boolean", "json", "time", "params", NULL};

/* ---- parts of a value ---- */

static void
name_value(struct map *m, const char *name, struct map_value *v)
{
	struct buf b = {0};

	memset(v, 0, sizeof *v);
	v->given = true;
	v->name = arena_text(&m->arena, name, strlen(name));
	v->namelen = strlen(name);
	v->spread = strcmp(name, "*") == 0;
	v->expr = v->sum = v->scope = -1;
	buf_jsons(&b, name);
	buf_byte(&b, ':');
	v->key = text_of(map_copy(m, b.p, b.len), b.len);
	buf_free(&b);
	v->missing = map_text(m, "%s: missing", name);
	v->lost =
	    map_text(m, "%s: in scientific notation, digits are lost", name);
}

static const char *
wrong_text(struct map *m, const char *name, enum value_type type)
{
	static const char *const what[] = {"not a value", "not a text",
	    "not a number", "not money", "not true or false",
	    "not a JSON value", "not a time in any of the formats",
	    "not a list of keys and values"};

	return map_text(m, "%s: %s", name, what[type]);
}

static struct text
json_text(struct map *m, const struct node *n)
{
	struct buf b = {0};
	struct text t;
	char *text;

	if (json_is_number(n->json))
		dec_text(node_dec(n), &b);
	else {
		text = json_dumps(n->json, JSON_ENCODE_ANY | JSON_COMPACT);
		if (text == NULL)
			node_die(n, "expected a JSON value");
		buf_adds(&b, text);
		free(text);
	}
	t = text_of(map_copy(m, b.p, b.len), b.len);
	buf_free(&b);
	return t;
}

static void
read_columns(struct map *m, const struct node *n, struct map_value *v)
{
	struct place at;
	struct node one;
	size_t i;

	if (json_is_string(n->json)) {
		at = node_place(n);
		v->field = arena_alloc(&m->arena, sizeof *v->field);
		*v->field = map_field(m, node_text(n), &at);
		v->nfield = 1;
		return;
	}
	node_array(n);
	v->nfield = node_count(n);
	v->field = arena_alloc(&m->arena, (v->nfield + 1) * sizeof *v->field);
	for (i = 0; i < v->nfield; i++) {
		one = node_at(n, i);
		at = node_place(&one);
		v->field[i] = map_field(m, node_text(&one), &at);
	}
}

static void
free_words(void *p)
{
	intern_free(p);
}

static void
read_words(struct map *m, const struct node *n, struct map_value *v)
{
	struct map_words *w = arena_alloc(&m->arena, sizeof *w);
	struct node one;
	size_t i, count;

	node_object(n);
	count = node_count(n);
	w->text = intern_new();
	map_own(m, w->text, free_words);
	w->json = arena_alloc(&m->arena, (count + 1) * sizeof *w->json);
	for (i = 0; i < count; i++) {
		one = node_nth(n, i);
		intern_add(w->text, one.key, strlen(one.key));
		w->json[i] = json_text(m, &one);
	}
	v->words = w;
}

static void
free_stamp(void *p)
{
	stamp_free(p);
}

static void
add_format(struct stamp *s, const struct node *n)
{
	const char *wrong = stamp_add(s, node_text(n));

	if (wrong != NULL)
		node_die(n, "%s", wrong);
}

/* The zone: the value's own, else --tz, the map's, $CDP_TZ. */
static void
read_stamp(struct map *m, const struct node *n, struct map_value *v)
{
	const char *name = NULL;
	const struct zone *z = filter_zone(m->timezone);
	struct node f, one;
	size_t i;

	if (json_is_object(n->json) && node_get(n, "timezone", &f)) {
		name = node_text(&f);
		z = zone_find(name, strlen(name));
		if (z == NULL)
			node_die(&f, "no time zone %s",
			    err_quote(name, strlen(name)));
	}
	v->stamp = stamp_new(z);
	map_own(m, v->stamp, free_stamp);
	if (!json_is_object(n->json) || !node_get(n, "format", &f)) {
		stamp_add(v->stamp, "iso");
		return;
	}
	if (json_is_string(f.json)) {
		add_format(v->stamp, &f);
		return;
	}
	node_array(&f);
	for (i = 0; i < node_count(&f); i++) {
		one = node_at(&f, i);
		add_format(v->stamp, &one);
	}
}

static void
read_sum(struct map *m, const struct node *n, struct map_value *v)
{
	struct map_group *g = &m->group;
	int *sum;

	if (!g->given)
		node_die(n, "a sum is over the rows of a \"group\"");
	if (g->nsum == g->sumcap) {
		g->sumcap = 2 * g->sumcap + 4;
		sum = arena_alloc(&m->arena, g->sumcap * sizeof *sum);
		if (g->nsum > 0)
			memcpy(sum, g->sum, g->nsum * sizeof *sum);
		g->sum = sum;
	}
	v->sum = (int)g->nsum;
	g->sum[g->nsum++] = map_expr(m, n);
}

static void
read_source(struct map *m, const struct node *n, struct map_value *v)
{
	struct node one;
	int sources = 0;

	if (node_get(n, "column", &one)) {
		read_columns(m, &one, v);
		sources++;
	}
	if (node_get(n, "join", &one)) {
		read_columns(m, &one, v);
		v->join = true;
		sources++;
	}
	if (node_get(n, "expr", &one)) {
		v->expr = map_expr(m, &one);
		sources++;
	}
	if (node_get(n, "value", &one)) {
		v->constant = json_text(m, &one);
		sources++;
	}
	if (node_get(n, "sum", &one)) {
		read_sum(m, &one, v);
		sources++;
	}
	v->count = get_bool(n, "count", false);
	if (v->count && !m->group.given)
		node_die(n, "a count is of the rows of a \"group\"");
	if (sources + v->count != 1)
		node_die(n, "expected one of \"column\", \"join\", \"expr\", "
			    "\"value\", "
			    "\"sum\" and \"count\"");
}

static void
mark_optional(struct map *m, const struct node *n, const struct map_value *v)
{
	size_t i;

	if (!get_bool(n, "optional", false))
		return;
	for (i = 0; i < v->nfield; i++)
		m->field[v->field[i]].optional = true;
}

void
map_read_value(
    struct map *m, const struct node *n, const char *name, struct map_value *v)
{
	static const char *const names[] = {"column", "join", "expr", "value",
	    "sum", "count", "type", "format", "timezone", "values", "default",
	    "required", "optional", NULL};
	struct node one;

	name_value(m, name, v);
	if (!json_is_object(n->json)) {
		read_columns(m, n, v);
		v->wrong = wrong_text(m, name, v->type);
		return;
	}
	node_only(n, names);
	read_source(m, n, v);
	mark_optional(m, n, v);
	v->type = (enum value_type)get_word(n, "type", value_types, VALUE_ANY);
	v->wrong = wrong_text(m, name, v->type);
	v->required = get_bool(n, "required", false);
	if (v->type == VALUE_TIME)
		read_stamp(m, n, v);
	else if (node_get(n, "format", &one))
		node_die(&one, "only a time has a format");
	if (node_get(n, "values", &one))
		read_words(m, &one, v);
	if (node_get(n, "default", &one))
		v->fallback = json_text(m, &one);
}

/* ---- identifiers ---- */

static void
read_scope(struct map *m, const struct node *n, struct map_value *v)
{
	struct place at;
	struct node one;

	if (!node_get(n, "scope", &one))
		return;
	at = node_place(&one);
	v->scope = map_field(m, node_text(&one), &at);
}

static void
read_spread_id(const struct node *n, struct map_value *v)
{
	v->id_name = get_text(n, "namespace", "type");
	v->id_value = get_text(n, "id", "id");
	if (v->spread && v->nfield != 1)
		node_die(n, "\"*\" needs one column");
}

void
map_read_id(
    struct map *m, const struct node *n, const char *name, struct map_value *v)
{
	static const char *const names[] = {"column", "join", "expr", "value",
	    "normalize", "country", "scope", "label", "required", "optional",
	    "namespace", "id", "timezone", NULL};

	name_value(m, name, v);
	v->country = m->country;
	if (!json_is_object(n->json)) {
		if (v->spread)
			node_die(n, "\"*\" needs an object");
		read_columns(m, n, v);
		return;
	}
	node_only(n, names);
	read_source(m, n, v);
	mark_optional(m, n, v);
	v->required = get_bool(n, "required", false);
	v->form = (enum id_form)get_word(n, "normalize", id_forms, ID_AS_IS);
	v->country = get_text(n, "country", m->country);
	if (v->country != NULL && !id_country(v->country))
		node_die(n, "the calling code of %s is not known",
		    err_quote(v->country, strlen(v->country)));
	v->label = get_text(n, "label", NULL);
	read_scope(m, n, v);
	read_spread_id(n, v);
}

/* ---- events ---- */

/* A constant where the map says a text, a value where an object. */
static void
read_word(
    struct map *m, const struct node *up, const char *name, struct map_value *v)
{
	struct node n;

	if (!node_get(up, name, &n))
		return;
	if (json_is_object(n.json)) {
		map_read_value(m, &n, name, v);
		return;
	}
	name_value(m, name, v);
	node_text(&n);
	v->constant = json_text(m, &n);
}

static void
read_ids(struct map *m, const struct node *up, struct map_values *to)
{
	struct node list, n, one;
	size_t i, j;

	if (!node_get(up, "ids", &list))
		return;
	node_object(&list);
	for (i = 0; i < node_count(&list); i++) {
		n = node_nth(&list, i);
		if (!json_is_array(n.json)) {
			map_read_id(m, &n, n.key, map_add(m, to, NULL));
			continue;
		}
		for (j = 0; j < node_count(&n); j++) {
			one = node_at(&n, j);
			map_read_id(m, &one, n.key, map_add(m, to, NULL));
		}
	}
}

/* {"name": value, ...}, or a column that holds an object to be spread. */
static void
read_members(struct map *m, const struct node *up, const char *name,
    struct map_values *to)
{
	struct node list, n;
	size_t i;

	if (!node_get(up, name, &list))
		return;
	if (json_is_string(list.json)) {
		map_read_value(m, &list, "*", map_add(m, to, "*"));
		return;
	}
	node_object(&list);
	for (i = 0; i < node_count(&list); i++) {
		n = node_nth(&list, i);
		map_read_value(m, &n, n.key, map_add(m, to, n.key));
	}
}

static void
read_skew(struct map *m, const struct node *n, struct map_event *e)
{
	static const char *const names[] = {"sent", "received", NULL};
	struct node skew, one;

	if (!node_get(n, "skew", &skew))
		return;
	node_object(&skew);
	node_only(&skew, names);
	one = node_need(&skew, "sent");
	map_read_value(m, &one, "sent", &e->sent);
	one = node_need(&skew, "received");
	map_read_value(m, &one, "received", &e->received);
}

static void
read_time(struct map *m, const struct node *up, struct map_event *e)
{
	static const char *const names[] = {"column", "join", "expr", "value",
	    "format", "timezone", "when_missing", "gap", "skew", NULL};
	static const char *const absent[] = {"reject", "skip", NULL};
	static const char *const gaps[] = {"reject", "forward", NULL};
	struct node n;

	if (!node_get(up, "timestamp", &n))
		return;
	name_value(m, "timestamp", &e->time);
	e->time.wrong = wrong_text(m, "timestamp", VALUE_TIME);
	e->gap = "timestamp: never was, the clock was put forward over it";
	if (json_is_object(n.json)) {
		node_only(&n, names);
		read_source(m, &n, &e->time);
		e->time_optional = get_word(&n, "when_missing", absent, 0) == 1;
		e->gap_forward = get_word(&n, "gap", gaps, 0) == 1;
		read_skew(m, &n, e);
	} else
		read_columns(m, &n, &e->time);
	read_stamp(m, &n, &e->time);
}

static void
read_event_key(struct map *m, const struct node *up, struct map_event *e)
{
	struct map_value v = {0};
	struct node n;

	if (up->up == NULL || !node_get(up, "key", &n))
		return;
	read_columns(m, &n, &v);
	e->key = v.field;
	e->nkey = v.nfield;
}

/* Copies share their texts with the original; arrays are grown apart. */
static void
copy_values(struct map *m, struct map_values *v)
{
	if (v->n > 0)
		v->v = map_copy(m, v->v, v->n * sizeof *v->v);
	v->cap = v->n;
}

void
map_read_event(struct map *m, const struct node *up,
    const struct map_event *shared, struct map_event *e)
{
	static const char *const names[] = {"where", "type", "event", "channel",
	    "message_id", "version_from", "timestamp", "ids", "traits",
	    "properties", "members", "key", NULL};
	struct node n;

	*e = *shared;
	copy_values(m, &e->ids);
	copy_values(m, &e->traits);
	copy_values(m, &e->properties);
	copy_values(m, &e->members);
	if (up->up != NULL) {
		node_object(up);
		node_only(up, names);
		if (node_get(up, "where", &n))
			e->where = map_where(m, &n);
	}
	read_word(m, up, "type", &e->type);
	read_word(m, up, "event", &e->name);
	read_word(m, up, "channel", &e->channel);
	if (node_get(up, "message_id", &n))
		map_read_value(m, &n, "message_id", &e->message_id);
	if (node_get(up, "version_from", &n))
		map_read_value(m, &n, "version", &e->version);
	read_time(m, up, e);
	read_ids(m, up, &e->ids);
	read_members(m, up, "traits", &e->traits);
	read_members(m, up, "properties", &e->properties);
	read_members(m, up, "members", &e->members);
	read_event_key(m, up, e);
}
