#include <string.h>

#include "event.h"

void
value_copy(struct buf *out, const char *p, size_t n)
{
	const char *end = p + n, *s;

	if (memchr(p, '\n', n) == NULL && memchr(p, '\r', n) == NULL) {
		buf_add(out, p, n);
		return;
	}
	for (s = p; s < end; s++)
		if (*s != '\n' && *s != '\r')
			buf_byte(out, *s);
}

/* The first of the value's fields that holds something. */
static const struct js_val *
first(struct maker *k, const struct map_value *v)
{
	size_t i;

	for (i = 0; i < v->nfield; i++) {
		k->field = v->field[i];
		if (k->cell[k->field].type > JS_NULL)
			return &k->cell[k->field];
	}
	return NULL;
}

/* A text that stays until the next row, whatever the buffers do. */
static struct text
keep(struct maker *k, const char *p, size_t n)
{
	return text_of(arena_text(&k->arena, p, n), n);
}

/* Bytes of a cell; of a JSON string decoded, of other JSON as it stands. */
struct text
value_cell(struct maker *k, const struct js_val *cell)
{
	struct text t;

	k->scratch.len = 0;
	t.p = js_text(*cell, &k->scratch, &t.len);
	return cell->escaped ? keep(k, t.p, t.len) : t;
}

struct expr_value
value_expr(struct maker *k, int expr)
{
	size_t i;

	if (!k->bound) {
		for (i = 0; i < k->map->nrow_field; i++)
			k->row_cell[i] = k->cell[k->map->row_field[i]];
		expr_bind_row(k->run, k->row_cell);
		k->bound = true;
	}
	return expr_eval(k->run, expr, 0, NULL);
}

/* ---- by type ---- */

static enum value_got
bad(struct maker *k, const char *why)
{
	k->why = why;
	return VALUE_BAD;
}

static enum value_got
number_json(
    struct maker *k, const struct map_value *v, struct text t, struct buf *out)
{
	if (!cell_is_number(t)) {
		t = cell_trim(cell_narrow(cell_bare(t), &k->scratch));
		if (!cell_is_number(t))
			return bad(k, v->wrong);
	}
	buf_add(out, t.p, t.len);
	return VALUE_WROTE;
}

static enum value_got
money_json(
    struct maker *k, const struct map_value *v, struct text t, struct buf *out)
{
	size_t at = out->len;

	t = cell_trim(cell_narrow(cell_bare(t), &k->scratch));
	if (cell_is_number(t)) {
		buf_add(out, t.p, t.len);
		return VALUE_WROTE;
	}
	if (cell_money(t, out))
		return VALUE_WROTE;
	out->len = at;
	return bad(k, v->wrong);
}

static enum value_got
boolean_json(
    struct maker *k, const struct map_value *v, struct text t, struct buf *out)
{
	int truth = cell_truth(cell_bare(t));

	if (truth < 0)
		return bad(k, v->wrong);
	buf_adds(out, truth ? "true" : "false");
	return VALUE_WROTE;
}

static enum value_got
parse_json(
    struct maker *k, const struct map_value *v, struct text t, struct buf *out)
{
	struct buf *s = &k->scratch;
	size_t at = s->len;
	struct js_error e;

	buf_room(s, t.len + JS_PAD);
	memcpy(s->p + at, t.p, t.len);
	memset(s->p + at + t.len, '\n', JS_PAD);
	if (!js_valid(s->p + at, t.len, &e))
		return bad(k, v->wrong);
	value_copy(out, s->p + at, t.len);
	return VALUE_WROTE;
}

static enum value_got
time_json(
    struct maker *k, const struct map_value *v, struct text t, struct buf *out)
{
	int64_t at;

	switch (stamp_parse(v->stamp, cell_trim(cell_bare(t)), &at)) {
	case STAMP_OVERLAP:
		k->overlaps++;
		/* fall through */
	case STAMP_OK:
		when_json(at, out);
		return VALUE_WROTE;
	default:
		return bad(k, v->wrong);
	}
}

/* [{"key":"a","value":{"int_value":"1"}}] to {"a":1}: GA4 prints int64 as
 * strings. */
static bool
param_json(struct js_val element, struct buf *out, bool *any)
{
	struct js_val key = js_member(element, "key", 3), name, value;
	struct js_val holder = js_member(element, "value", 5);
	struct js_iter it = js_iterate(holder);

	if (key.type != JS_STRING || holder.type != JS_OBJECT)
		return false;
	while (js_next(&it, &name, &value)) {
		if (value.type == JS_NULL)
			continue;
		if (*any)
			buf_byte(out, ',');
		*any = true;
		buf_add(out, key.p, key.len);
		buf_byte(out, ':');
		if (js_is(name, "int_value", 9) && value.type == JS_STRING &&
		    cell_is_number(text_of(value.p + 1, value.len - 2)))
			buf_add(out, value.p + 1, value.len - 2);
		else
			value_copy(out, value.p, value.len);
		return true;
	}
	return true;
}

static enum value_got
params_json(struct maker *k, const struct map_value *v, struct js_val list,
    struct buf *out)
{
	struct js_iter it = js_iterate(list);
	struct js_val element;
	bool any = false;

	if (list.type != JS_ARRAY)
		return bad(k, v->wrong);
	buf_byte(out, '{');
	while (js_next(&it, NULL, &element))
		if (!param_json(element, out, &any))
			return bad(k, v->wrong);
	buf_byte(out, '}');
	return VALUE_WROTE;
}

/* ---- a value ---- */

static bool
translate(const struct map_value *v, struct text t, struct buf *out)
{
	uint32_t i = intern_find(v->words->text, t.p, t.len);

	if (i == INTERN_NONE)
		return false;
	buf_add(out, v->words->json[i].p, v->words->json[i].len);
	return true;
}

static enum value_got
typed(struct maker *k, const struct map_value *v, const struct js_val *cell,
    struct buf *out)
{
	struct text t;

	if (v->type == VALUE_PARAMS)
		return params_json(k, v, *cell, out);
	if (v->words == NULL && cell->type != JS_TEXT &&
	    (v->type == VALUE_ANY || v->type == VALUE_JSON ||
		(v->type == VALUE_TEXT && cell->type == JS_STRING) ||
		(v->type == VALUE_NUMBER && cell->type == JS_NUMBER))) {
		value_copy(out, cell->p, cell->len);
		return VALUE_WROTE;
	}
	t = value_cell(k, cell);
	if (v->words != NULL && translate(v, t, out))
		return VALUE_WROTE;
	switch (v->type) {
	case VALUE_NUMBER:
		return number_json(k, v, t, out);
	case VALUE_MONEY:
		return money_json(k, v, t, out);
	case VALUE_BOOLEAN:
		return boolean_json(k, v, t, out);
	case VALUE_JSON:
		return parse_json(k, v, t, out);
	case VALUE_TIME:
		return time_json(k, v, t, out);
	default:
		buf_json(out, t.p, t.len);
		return VALUE_WROTE;
	}
}

static enum value_got
absent(struct maker *k, const struct map_value *v, struct buf *out)
{
	if (v->fallback.len > 0) {
		buf_add(out, v->fallback.p, v->fallback.len);
		return VALUE_WROTE;
	}
	return v->required ? bad(k, v->missing) : VALUE_NONE;
}

/* What an expression gives, typed like a cell where a type is declared. */
static enum value_got
computed(struct maker *k, const struct map_value *v, struct buf *out)
{
	struct expr_value e = value_expr(k, v->expr);
	struct js_val cell;

	k->field = -1;
	if (e.type == EXPR_NULL || (e.type == EXPR_TEXT && e.len == 0))
		return absent(k, v, out);
	if (v->type == VALUE_ANY && v->words == NULL) {
		expr_json(e, out);
		return VALUE_WROTE;
	}
	k->temp.len = 0;
	expr_plain(e, &k->temp);
	cell = js_text_val(k->temp.p, k->temp.len);
	return typed(k, v, &cell, out);
}

/* Composite keys: all columns, or nothing. */
static enum value_got
joined(struct maker *k, const struct map_value *v, struct buf *out)
{
	size_t i;
	struct js_val cell;
	struct text t;

	k->temp.len = 0;
	for (i = 0; i < v->nfield; i++) {
		k->field = v->field[i];
		if (k->cell[k->field].type <= JS_NULL)
			return absent(k, v, out);
		t = cell_bare(value_cell(k, &k->cell[k->field]));
		if (i > 0)
			buf_byte(&k->temp, '|');
		buf_add(&k->temp, t.p, t.len);
	}
	cell = js_text_val(k->temp.p, k->temp.len);
	return typed(k, v, &cell, out);
}

enum value_got
value_json(struct maker *k, const struct map_value *v, struct buf *out)
{
	const struct js_val *cell;
	size_t at = out->len;
	enum value_got got;

	if (v->nfield == 1 && v->type <= VALUE_TEXT && v->words == NULL &&
	    k->cell[v->field[0]].type == JS_TEXT) {
		cell = &k->cell[v->field[0]];
		buf_json(out, cell->p, cell->len);
		return VALUE_WROTE;
	}
	if (v->constant.len > 0) {
		buf_add(out, v->constant.p, v->constant.len);
		return VALUE_WROTE;
	}
	if (v->sum >= 0)
		dec_text(k->gathered->sum[v->sum], out);
	else if (v->count)
		buf_int(out, (int64_t)k->gathered->count);
	else if (v->expr >= 0)
		return computed(k, v, out);
	else if (v->join)
		return joined(k, v, out);
	else {
		cell = first(k, v);
		if (cell == NULL)
			return absent(k, v, out);
		got = typed(k, v, cell, out);
		if (got == VALUE_BAD)
			out->len = at;
		return got;
	}
	return VALUE_WROTE;
}

struct text
value_text(struct maker *k, const struct map_value *v, bool *ok)
{
	const struct js_val *cell;
	struct js_val json;
	struct buf *s = &k->sum;
	size_t at = s->len;

	*ok = true;
	if (v->nfield > 0 && !v->join && v->words == NULL &&
	    v->type <= VALUE_TEXT) {
		cell = first(k, v);
		if (cell != NULL)
			return value_cell(k, cell);
		if (v->fallback.len == 0)
			return text_of(NULL, 0);
	}
	switch (value_json(k, v, s)) {
	case VALUE_NONE:
		return text_of(NULL, 0);
	case VALUE_BAD:
		*ok = false;
		return text_of(NULL, 0);
	default:
		break;
	}
	json.p = s->p + at;
	json.len = (uint32_t)(s->len - at);
	json.type = *json.p == '"' ? JS_STRING : JS_NUMBER;
	json.escaped = memchr(json.p, '\\', json.len) != NULL;
	k->scratch.len = 0;
	json.p = keep(k, json.p, json.len).p;
	s->len = at;
	return value_cell(k, &json);
}

/* ---- members ---- */

static bool
is_named(const struct map_values *vs, struct js_val key)
{
	size_t i;

	for (i = 0; i < vs->n; i++)
		if (!vs->v[i].spread &&
		    js_is(key, vs->v[i].name, strlen(vs->v[i].name)))
			return true;
	return false;
}

static bool
has_blank(struct js_val v)
{
	return memchr(v.p, ' ', v.len) != NULL ||
	       memchr(v.p, '\t', v.len) != NULL ||
	       memchr(v.p, '\r', v.len) != NULL ||
	       memchr(v.p, '\n', v.len) != NULL;
}

/* All members of an object as they stand, if no blank can be between them;
 * false: it may be. */
static bool
copy_members(struct js_val object, bool compact, struct buf *out, bool *any)
{
	if (object.len <= 2 || (!compact && has_blank(object)))
		return false;
	if (*any)
		buf_byte(out, ',');
	*any = true;
	buf_add(out, object.p + 1, object.len - 2);
	return true;
}

/* The members of an object, but for those that the map names itself. */
static void
spread(const struct map_values *vs, struct js_val object, bool compact,
    struct buf *out, bool *any)
{
	struct js_iter it = js_iterate(object);
	struct js_val key, value;

	if (vs->n == 1 && copy_members(object, compact, out, any))
		return;
	while (js_next(&it, &key, &value)) {
		if (vs->n > 1 && is_named(vs, key))
			continue;
		if (*any)
			buf_byte(out, ',');
		*any = true;
		value_copy(out, key.p, key.len);
		buf_byte(out, ':');
		value_copy(out, value.p, value.len);
	}
}

static bool
spread_json(struct maker *k, const struct map_values *vs,
    const struct map_value *v, struct buf *out, bool *any)
{
	const struct js_val *cell = first(k, v);
	struct buf *s = &k->sum;
	struct js_val object;
	size_t at = s->len;

	if (cell == NULL)
		return true;
	object = *cell;
	if (v->type != VALUE_ANY) {
		if (typed(k, v, cell, s) == VALUE_BAD)
			return false;
		buf_room(s, JS_PAD);
		object.p = s->p + at;
		object.len = (uint32_t)(s->len - at);
		object.type = *object.p == '{' ? JS_OBJECT : JS_ARRAY;
	}
	if (object.type != JS_OBJECT) {
		k->why = v->wrong;
		return false;
	}
	spread(vs, object, k->compact && v->type == VALUE_ANY, out, any);
	return true;
}

bool
values_json(
    struct maker *k, const struct map_values *vs, struct buf *out, bool *any)
{
	const struct map_value *v;
	size_t i, at;

	for (i = 0; i < vs->n; i++) {
		v = &vs->v[i];
		if (v->spread) {
			if (!spread_json(k, vs, v, out, any))
				return false;
			continue;
		}
		at = out->len;
		if (*any)
			buf_byte(out, ',');
		buf_add(out, v->key.p, v->key.len);
		switch (value_json(k, v, out)) {
		case VALUE_BAD:
			return false;
		case VALUE_NONE:
			out->len = at;
			break;
		case VALUE_WROTE:
			*any = true;
		}
	}
	return true;
}
