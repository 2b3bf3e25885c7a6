#include <stdlib.h>
#include <string.h>

#include "inside.h"

/* ---- loading ---- */

static void
load_source(struct tags *t, struct tag_file *f, struct tag_source *s,
    const struct node *n)
{
	static const char *const members[] = {
	    "name", "tags", "split", "rename", NULL};
	struct node m;
	struct tag_word *w;

	node_only(n, members);
	m = node_need(n, "name");
	s->name = tag_keep(t, node_text(&m));
	m = node_need(n, "tags");
	s->tags = ask_add(&t->ask, f->set, EXPR_PROFILE, &m);
	if (node_get(n, "split", &m)) {
		s->split = tag_keep(t, node_text(&m));
		if (*s->split == '\0')
			node_die(&m, "empty, expected the text between a tag "
				     "and its value");
	}
	if (!node_get(n, "rename", &m))
		return;
	s->rename = tag_words_load(t, &m);
	for (w = s->rename; w->from != NULL; w++)
		if (*w->to != '"')
			node_die(&m, "%s: expected a tag's name as text",
			    err_quote(w->from, strlen(w->from)));
}

void
tag_sources_load(struct tags *t, struct tag_file *f)
{
	static const char *const policies[] = {"union", "prefer", NULL};
	struct node list, one;
	struct buf b = {0};
	size_t i;

	f->prefer = get_word(&f->root, "merge", policies, 0) == 1;
	if (!node_get(&f->root, "sources", &list))
		return;
	node_array(&list);
	if (t->merger != NULL)
		node_die(&list,
		    "%s has `sources` already, expected them in "
		    "one file",
		    rules_file(t->merger->rules));
	t->merger = f;
	f->sources = node_count(&list);
	f->source = arena_alloc(&t->text, f->sources * sizeof *f->source + 1);
	memset(f->source, 0, f->sources * sizeof *f->source);
	for (i = 0; i < f->sources; i++) {
		one = node_at(&list, i);
		load_source(t, f, &f->source[i], &one);
	}
	buf_addf(&b, "%s/sources", f->id);
	if (f->version != NULL)
		buf_addf(&b, "@%s", f->version);
	f->merged = arena_text(&t->text, b.p, b.len);
	buf_free(&b);
}

/* ---- a line's entries ---- */

static size_t
find_merge(struct tags_run *r, uint32_t name, const char *p, size_t n)
{
	uint32_t known;
	size_t i;

	for (i = 0; i < r->merges; i++)
		if (r->merge[i].name == name)
			return i;
	r->merge =
	    mem_grow(r->merge, &r->mergecap, r->merges + 1, sizeof *r->merge);
	known = intern_find(r->tags->names, p, n);
	r->merge[r->merges++] =
	    (struct tag_merge){name, NOBODY, false, known != INTERN_NONE};
	return i;
}

static struct tag_entry *
find_entry(struct tags_run *r, size_t merge, size_t source)
{
	size_t i, *link = &r->merge[merge].first;

	for (i = *link; i != NOBODY; i = *link) {
		if (r->entry[i].source == source)
			return &r->entry[i];
		link = &r->entry[i].next;
	}
	*link = r->entries;
	r->entry =
	    mem_grow(r->entry, &r->entrycap, r->entries + 1, sizeof *r->entry);
	r->entry[r->entries] =
	    (struct tag_entry){merge, source, 0, 0, 0, NOBODY};
	return &r->entry[r->entries++];
}

static bool
holds(const struct js_val array, const char *p, size_t n)
{
	struct js_iter it = js_iterate(array);
	struct js_val v;

	while (js_next(&it, NULL, &v))
		if (v.len == n && memcmp(v.p, p, n) == 0)
			return true;
	return false;
}

static struct js_val
values_of(const struct tags_run *r, const struct tag_entry *e)
{
	return (struct js_val){
	    r->merge_text.p + e->from, (uint32_t)e->len, JS_ARRAY, 0};
}

/* Add a value to an entry, as a new array behind the old one. */
static void
add_value(struct tags_run *r, struct tag_entry *e, const char *p, size_t n)
{
	struct buf *b = &r->merge_text;
	size_t from;

	if (e->values > 0 && holds(values_of(r, e), p, n))
		return;
	buf_room(b, e->len + n + 3);
	from = b->len;
	if (e->values > 0) {
		buf_add(b, b->p + e->from, e->len - 1);
		buf_byte(b, ',');
	} else
		buf_byte(b, '[');
	buf_add(b, p, n);
	buf_byte(b, ']');
	e->from = from;
	e->len = b->len - from;
	e->values++;
}

static void
add_entry(struct tags_run *r, size_t source, const char *name, size_t n,
    const char *value, size_t len)
{
	const struct tag_source *s = &r->tags->merger->source[source];
	const struct tag_word *w;
	uint32_t id;
	size_t m;

	for (w = s->rename; w != NULL && w->from != NULL; w++)
		if (strlen(w->from) == n && memcmp(w->from, name, n) == 0) {
			struct js_val to = {w->to, (uint32_t)strlen(w->to),
			    JS_STRING, strchr(w->to, '\\') != NULL};

			name = js_text(to, &r->text, &n);
			break;
		}
	if (n == 0)
		return;
	id = intern_add(r->merged, name, n);
	m = find_merge(r, id, name, n);
	add_value(r, find_entry(r, m, source), value, len);
}

/* A tag as one text: "vip", or with `split` "level:gold". */
static void
add_text(struct tags_run *r, size_t source, const char *p, size_t n)
{
	const char *split = r->tags->merger->source[source].split;
	const char *at =
	    split == NULL ? NULL : memmem(p, n, split, strlen(split));
	size_t name = at == NULL ? n : (size_t)(at - p);

	if (at == NULL) {
		add_entry(r, source, p, n, "true", 4);
		return;
	}
	at += strlen(split);
	r->value.len = 0;
	buf_json(&r->value, at, (size_t)(p + n - at));
	add_entry(r, source, p, name, r->value.p, r->value.len);
}

static void
add_json(struct tags_run *r, size_t source, struct js_val all)
{
	struct js_iter it = js_iterate(all);
	struct js_val key, v;
	const char *p;
	size_t n;

	while (js_next(&it, &key, &v)) {
		r->text.len = 0;
		if (all.type == JS_OBJECT) {
			if (v.type == JS_NULL)
				continue;
			p = js_text(key, &r->text, &n);
			add_entry(r, source, p, n, v.p, v.len);
		} else if (v.type == JS_STRING) {
			p = js_text(v, &r->text, &n);
			add_text(r, source, p, n);
		}
	}
}

static void
find_conflict(struct tags_run *r, struct tag_merge *m)
{
	const struct tag_entry *a = &r->entry[m->first], *b;
	const char *text = r->merge_text.p;
	size_t i;

	for (i = a->next; i != NOBODY; i = b->next) {
		b = &r->entry[i];
		if (b->len != a->len ||
		    memcmp(text + a->from, text + b->from, a->len) != 0)
			m->conflict = !m->overruled;
	}
}

void
tag_merge_line(struct tags_run *r)
{
	const struct tag_file *f = r->tags->merger;
	struct expr_value v;
	struct js_val json = {0};
	size_t i;

	r->merges = r->entries = r->merge_text.len = 0;
	if (f == NULL)
		return;
	if (r->merged == NULL)
		r->merged = intern_new();
	for (i = 0; i < f->sources; i++) {
		const struct ask_expr e = f->source[i].tags;

		v = expr_eval(asker_run(&r->ask, e), e.id, r->now, NULL);
		r->text.len = 0;
		if (v.type == EXPR_TEXT)
			add_text(r, i, v.p, v.len);
		else if (v.type == EXPR_JSON) {
			json.p = v.p;
			json.len = (uint32_t)v.len;
			json.type = *v.p == '{' ? JS_OBJECT : JS_ARRAY;
			add_json(r, i, json);
		}
	}
	for (i = 0; i < r->merges; i++)
		find_conflict(r, &r->merge[i]);
}

/* ---- what became of them ---- */

static void
write_values(struct js_val array, size_t values, struct buf *b)
{
	if (values == 1)
		buf_add(b, array.p + 1, array.len - 2);
	else
		buf_add(b, array.p, array.len);
}

static bool
said_before(const struct tags_run *r, size_t first, size_t entry,
    const struct js_val *v)
{
	size_t i;

	for (i = first; i != entry; i = r->entry[i].next)
		if (holds(values_of(r, &r->entry[i]), v->p, v->len))
			return true;
	return false;
}

/* The distinct values of all sources, in their order. */
static void
write_union(const struct tags_run *r, size_t first, struct buf *b)
{
	size_t i, n = 0, from = b->len;
	struct js_iter it;
	struct js_val v;

	for (i = first; i != NOBODY; i = r->entry[i].next) {
		it = js_iterate(values_of(r, &r->entry[i]));
		while (js_next(&it, NULL, &v)) {
			if (said_before(r, first, i, &v))
				continue;
			buf_byte(b, n++ == 0 ? '[' : ',');
			buf_add(b, v.p, v.len);
		}
	}
	if (n == 1) {
		memmove(b->p + from, b->p + from + 1, b->len - from - 1);
		b->len--;
	} else
		buf_byte(b, ']');
}

static void
write_sources(const struct tags_run *r, const struct tag_merge *m, bool kept,
    struct buf *b)
{
	const struct tag_file *f = r->tags->merger;
	const struct tag_entry *first = &r->entry[m->first], *e;
	const char *text = r->merge_text.p;
	char comma = '{';
	size_t i;

	for (i = m->first; i != NOBODY; i = e->next) {
		e = &r->entry[i];
		if (kept && f->prefer &&
		    (e->len != first->len ||
			memcmp(text + e->from, text + first->from, e->len) !=
			    0))
			continue;
		buf_byte(b, comma);
		comma = ',';
		buf_jsons(b, f->source[e->source].name);
		buf_byte(b, ':');
		write_values(values_of(r, e), e->values, b);
	}
	buf_byte(b, '}');
}

void
tag_merge_write(
    const struct tags_run *r, const struct tag_merge *m, struct buf *b)
{
	const struct tag_file *f = r->tags->merger;
	const struct tag_entry *first = &r->entry[m->first];

	buf_adds(b, "\"value\":");
	if (f->prefer)
		write_values(values_of(r, first), first->values, b);
	else
		write_union(r, m->first, b);
	buf_adds(b, ",\"from\":null,\"until\":null,\"rule\":");
	buf_jsons(b, f->merged);
	buf_adds(b, ",\"sources\":");
	write_sources(r, m, true, b);
}

void
tags_conflicts(struct tags_run *r, struct buf *b)
{
	const struct tag_file *f = r->tags->merger;
	const struct tag_merge *m;
	const char *p;
	size_t i, n;

	for (i = 0; i < r->merges; i++) {
		m = &r->merge[i];
		if (!m->conflict)
			continue;
		tag_profile_id(r, b);
		buf_adds(b, ",\"tag\":");
		p = intern_text(r->merged, m->name, &n);
		buf_json(b, p, n);
		buf_adds(b, ",\"sources\":");
		write_sources(r, m, false, b);
		buf_addf(
		    b, ",\"policy\":\"%s\"", f->prefer ? "prefer" : "union");
		if (f->prefer) {
			p = f->source[r->entry[m->first].source].name;
			buf_adds(b, ",\"kept\":");
			buf_jsons(b, p);
		}
		buf_adds(b, "}\n");
	}
}

static void
count_one(
    const struct tags_run *r, const struct tag_merge *m, struct tags_merged *c)
{
	const struct tag_entry *first = &r->entry[m->first], *e;
	const char *text = r->merge_text.p;
	size_t i;

	c->conflicts += m->conflict;
	for (i = m->first; i != NOBODY; i = e->next) {
		e = &r->entry[i];
		c->given++;
		if (m->overruled)
			c->overruled++;
		else if (e == first)
			c->written++;
		else if (e->len == first->len &&
			 memcmp(text + e->from, text + first->from, e->len) ==
			     0)
			c->same++;
		else if (r->tags->merger->prefer)
			c->dropped++;
		else
			c->folded++;
	}
}

void
tag_merge_count(const struct tags_run *r, struct tags_merged *c)
{
	size_t i;

	for (i = 0; i < r->merges; i++)
		count_one(r, &r->merge[i], c);
}
