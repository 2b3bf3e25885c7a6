#include <string.h>

#include "../digest.h"
#include "event.h"

/*
 * Identifiers gather in the maker (a value found twice in a namespace is one)
 * and are written by namespace.  What normalising changed is kept under raw;
 * what may be no key under unfit_ids, with its label.
 */

static bool
same(const struct maker *k, const struct id_slot *s, struct text name,
    struct text text)
{
	return s->namelen == name.len && s->len == text.len &&
	       memcmp(k->ids.p + s->name, name.p, name.len) == 0 &&
	       memcmp(k->ids.p + s->text, text.p, text.len) == 0;
}

static void
add_id(struct maker *k, const struct map_value *rule, struct text name,
    struct text text)
{
	struct id_slot *s;
	size_t i;

	for (i = 0; i < k->nid; i++)
		if (same(k, &k->id[i], name, text))
			return;
	if (k->nid == k->idcap)
		k->id = mem_grow(k->id, &k->idcap, k->nid + 1, sizeof *k->id);
	s = &k->id[k->nid++];
	s->rule = rule;
	s->name = k->ids.len;
	s->namelen = name.len;
	buf_add(&k->ids, name.p, name.len);
	s->text = k->ids.len;
	s->len = text.len;
	buf_add(&k->ids, text.p, text.len);
	s->written = false;
}

static void
add_member(struct buf *b, struct text name, struct text text)
{
	if (b->len > 0)
		buf_byte(b, ',');
	buf_json(b, name.p, name.len);
	buf_byte(b, ':');
	buf_json(b, text.p, text.len);
}

static void
add_unfit(
    struct maker *k, struct text name, struct text text, const char *label)
{
	struct buf *b = &k->labels;

	if (b->len > 0)
		buf_byte(b, ',');
	buf_json(b, name.p, name.len);
	buf_adds(b, ":{\"value\":");
	buf_json(b, text.p, text.len);
	buf_adds(b, ",\"label\":");
	buf_jsons(b, label);
	buf_byte(b, '}');
	k->unfit++;
}

/* HMAC-SHA-256 of the normal form, in hex. */
static struct text
hashed(struct maker *k, struct text t)
{
	unsigned char sum[DIGEST_SIZE];

	digest_hmac(k->key, k->keylen, t.p, t.len, sum);
	k->sum.len = 0;
	digest_hex(sum, sizeof sum, &k->sum);
	return text_of(arena_text(&k->arena, k->sum.p, k->sum.len), k->sum.len);
}

static bool
take(struct maker *k, const struct map_value *v, struct text name,
    struct text cell)
{
	struct text text;
	const char *label = NULL;

	if (cell.len == 0)
		return true;
	switch (
	    id_normal(v->form, v->country, cell, &k->scratch, &text, &label)) {
	case ID_SCIENTIFIC:
		k->why = v->lost;
		return false;
	case ID_UNFIT:
		add_unfit(k, name, v->hashed ? hashed(k, text) : text, label);
		return true;
	case ID_OK:
		break;
	}
	if (text.len == 0)
		return true;
	if (v->label != NULL) {
		add_unfit(
		    k, name, v->hashed ? hashed(k, text) : text, v->label);
		return true;
	}
	if (k->map->keep_raw && !v->hashed &&
	    (text.len != cell.len || memcmp(text.p, cell.p, cell.len) != 0))
		add_member(&k->raw, name, cell);
	add_id(k, v, name, v->hashed ? hashed(k, text) : text);
	return true;
}

/* openid@wx123: the namespace with the scope that stands in a column. */
static struct text
scoped(struct maker *k, const struct map_value *v, struct text name)
{
	const struct js_val *cell = &k->cell[v->scope];
	struct text scope;
	char *p;

	if (cell->type <= JS_NULL)
		return name;
	scope = cell_bare(value_cell(k, cell));
	if (scope.len == 0)
		return name;
	p = arena_alloc(&k->arena, name.len + scope.len + 1);
	memcpy(p, name.p, name.len);
	p[name.len] = '@';
	memcpy(p + name.len + 1, scope.p, scope.len);
	return text_of(p, name.len + scope.len + 1);
}

/* One element of an array that says namespace and id. */
static bool
take_element(struct maker *k, const struct map_value *v, struct js_val element)
{
	struct js_val space =
	    js_member(element, v->id_name, strlen(v->id_name));
	struct js_val id = js_member(element, v->id_value, strlen(v->id_value));
	struct text name;

	if (space.type != JS_STRING || id.type <= JS_NULL)
		return true;
	name = value_cell(k, &space);
	return take(k, v, name, value_cell(k, &id));
}

/* A member of an object of ids: a text, or an array of them. */
static bool
take_member(struct maker *k, const struct map_value *v, struct js_val key,
    struct js_val value)
{
	struct text name = value_cell(k, &key);
	struct js_iter it = js_iterate(value);
	struct js_val one;

	if (value.type != JS_ARRAY)
		return value.type <= JS_NULL ||
		       take(k, v, name, value_cell(k, &value));
	while (js_next(&it, NULL, &one))
		if (one.type > JS_NULL &&
		    !take(k, v, name, value_cell(k, &one)))
			return false;
	return true;
}

/* "*": the elements of an array, or the members of an object. */
static bool
take_each(struct maker *k, const struct map_value *v)
{
	const struct js_val *from = &k->cell[v->field[0]];
	struct js_iter it;
	struct js_val key, value;

	if (from->type != JS_ARRAY && from->type != JS_OBJECT)
		return true;
	it = js_iterate(*from);
	while (js_next(&it, from->type == JS_OBJECT ? &key : NULL, &value))
		if (from->type == JS_OBJECT ? !take_member(k, v, key, value)
					    : !take_element(k, v, value))
			return false;
	return true;
}

static bool
gather(struct maker *k, const struct map_value *v)
{
	struct text name, text;
	bool ok;

	if (v->spread)
		return take_each(k, v);
	text = value_text(k, v, &ok);
	if (!ok)
		return false;
	if (text.len == 0) {
		k->why = v->missing;
		return !v->required;
	}
	name = text_of(v->name, v->namelen);
	if (v->scope >= 0)
		name = scoped(k, v, name);
	return take(k, v, name, text);
}

static void
write_name(struct maker *k, size_t first, struct buf *out)
{
	const struct id_slot *s = &k->id[first], *t;
	struct text name = {k->ids.p + s->name, s->namelen};
	size_t i, n = 0, at;

	if (name.len == s->rule->namelen &&
	    memcmp(name.p, s->rule->name, name.len) == 0)
		buf_add(out, s->rule->key.p, s->rule->key.len);
	else {
		buf_json(out, name.p, name.len);
		buf_byte(out, ':');
	}
	at = out->len;
	for (i = first; i < k->nid; i++) {
		t = &k->id[i];
		if (t->namelen != name.len ||
		    memcmp(k->ids.p + t->name, name.p, name.len) != 0)
			continue;
		if (n++ > 0)
			buf_byte(out, ',');
		buf_json(out, k->ids.p + t->text, t->len);
		k->id[i].written = true;
	}
	if (n == 1)
		return;
	buf_adds(out, "]]");
	memmove(out->p + at + 1, out->p + at, out->len - at - 2);
	out->p[at] = '[';
}

bool
ids_json(struct maker *k, const struct map_values *rules, struct buf *out)
{
	size_t i;
	bool any = false;

	k->nid = k->ids.len = 0;
	for (i = 0; i < rules->n; i++)
		if (!gather(k, &rules->v[i]))
			return false;
	buf_adds(out, "\"ids\":{");
	for (i = 0; i < k->nid; i++) {
		if (k->id[i].written)
			continue;
		if (any)
			buf_byte(out, ',');
		any = true;
		write_name(k, i, out);
	}
	buf_byte(out, '}');
	return true;
}
