#include <stdlib.h>
#include <string.h>

#include "../digest.h"
#include "event.h"

#define UNIT '\x1f' /* between what is hashed: no export has it in a cell */

static void fix(struct maker *, const struct map_event *, struct fixed *);

void
maker_init(struct maker *k, const struct map *m)
{
	size_t i;

	memset(k, 0, sizeof *k);
	k->map = m;
	k->fixed = mem_alloc(m->nevent, sizeof *k->fixed);
	k->cell = mem_alloc(m->nfield + 1, sizeof *k->cell);
	k->row_cell = mem_alloc(m->nrow_field + 1, sizeof *k->row_cell);
	k->run = expr_run_new(m->exprs);
	for (i = 0; i < m->nevent; i++)
		fix(k, &m->event[i], &k->fixed[i]);
}

void
maker_free(struct maker *k)
{
	size_t i;

	for (i = 0; i < k->map->nevent; i++) {
		buf_free(&k->fixed[i].head);
		buf_free(&k->fixed[i].event);
		buf_free(&k->fixed[i].place);
	}
	free(k->fixed);
	expr_run_free(k->run);
	free(k->cell);
	free(k->row_cell);
	free(k->id);
	buf_free(&k->scratch);
	buf_free(&k->ids);
	buf_free(&k->raw);
	buf_free(&k->labels);
	buf_free(&k->sum);
	buf_free(&k->temp);
	arena_free(&k->arena);
}

void
maker_row(struct maker *k)
{
	k->bound = false;
	k->scratch.len = k->sum.len = 0;
	arena_reset(&k->arena);
}

static bool
holds(struct maker *k, int expr)
{
	return expr < 0 || expr_truth(value_expr(k, expr));
}

bool
maker_wants(struct maker *k)
{
	return holds(k, k->map->where);
}

/* ---- time ---- */

static bool
instant(struct maker *k, const struct map_event *e, const struct map_value *v,
    int64_t *t, struct text *text)
{
	bool ok;

	*text = value_text(k, v, &ok);
	if (!ok || text->len == 0)
		return false;
	*text = cell_trim(cell_bare(*text));
	k->why = e->time.wrong;
	switch (stamp_parse(e->time.stamp, *text, t)) {
	case STAMP_UNKNOWN:
		return false;
	case STAMP_GAP:
		k->why = e->gap;
		return e->gap_forward;
	case STAMP_OVERLAP:
		k->overlaps++;
		return true;
	case STAMP_OK:
		break;
	}
	return true;
}

/* The sender's clock is off by what it says of the sending: Segment's
 * timestamp = receivedAt - (sentAt - originalTimestamp). */
static void
correct_skew(struct maker *k, const struct map_event *e, int64_t *t)
{
	struct text text;
	int64_t sent, received;

	if (e->sent.given && instant(k, e, &e->sent, &sent, &text) &&
	    instant(k, e, &e->received, &received, &text))
		*t = received - (sent - *t);
}

/* A time that was read from 2026-11-11T02:00:00.000Z is written so again; a
 * leap second is not. */
static void
set_time(struct maker *k, struct text text, int64_t t, bool corrected)
{
	if (!corrected && text.len == WHEN_TEXT && text.p[10] == 'T' &&
	    text.p[19] == '.' && text.p[WHEN_TEXT - 1] == 'Z' &&
	    text.p[17] != '6')
		memcpy(k->time, text.p, WHEN_TEXT);
	else
		when_text(t, k->time);
}

/* The text is kept where it is not the time's own. */
static void
keep_time(struct maker *k, struct text text)
{
	if (!k->map->keep_raw ||
	    (text.len >= 20 && text.p[text.len - 1] == 'Z' &&
		memcmp(text.p, k->time, 19) == 0))
		return;
	if (k->raw.len > 0)
		buf_byte(&k->raw, ',');
	buf_adds(&k->raw, "\"timestamp\":");
	buf_json(&k->raw, text.p, text.len);
}

static enum event_got
read_time(struct maker *k, const struct map_event *e)
{
	struct text text;
	int64_t t, own;

	k->why = NULL;
	if (!instant(k, e, &e->time, &t, &text)) {
		if (k->why != NULL)
			return EVENT_BAD;
		if (e->time_optional)
			return EVENT_NONE;
		k->why = e->time.missing;
		return EVENT_BAD;
	}
	own = t;
	correct_skew(k, e, &t);
	if (t < WHEN_MIN || t > WHEN_MAX) {
		k->why = e->time.wrong;
		return EVENT_BAD;
	}
	set_time(k, text, t, t != own);
	if (e->time.constant.len == 0)
		keep_time(k, text);
	return EVENT_WROTE;
}

/* ---- messageId ---- */

static void
hash_key(struct maker *k, const struct map_event *e)
{
	const struct js_val *cell;
	struct text t;
	size_t i, at;

	for (i = 0; i < e->nkey; i++) {
		buf_byte(&k->sum, UNIT);
		cell = &k->cell[e->key[i]];
		if (cell->type <= JS_NULL)
			continue;
		at = k->scratch.len;
		buf_room(&k->scratch, 4 * (size_t)cell->len + 64);
		t.p = js_text(*cell, &k->scratch, &t.len);
		t = cell_trim(cell_narrow(cell_bare(t), &k->scratch));
		buf_add(&k->sum, t.p, t.len);
		k->scratch.len = at;
	}
}

/* The cells with U+001F between, then the ordinal among rows that are the
 * same. */
static void
hash_row(struct maker *k)
{
	struct buf *b = &k->sum;
	size_t from, i;

	buf_byte(b, UNIT);
	from = b->len;
	for (i = 0; i < k->nwhole; i++) {
		if (i > 0)
			buf_byte(b, UNIT);
		buf_add(b, k->whole[i].p, k->whole[i].len);
	}
	if (k->ordinal == 0)
		k->ordinal = twins_add(k->twins, b->p + from, b->len - from);
	buf_byte(b, UNIT);
	buf_int(b, (int64_t)k->ordinal);
}

/* The first 32 hex digits of SHA-256(source, event, key ...), each but the
 * first with U+001F before it; without a key: all cells and the ordinal. */
static void
message_hash(struct maker *k, const struct map_event *e, struct text event,
    struct buf *out)
{
	unsigned char sum[DIGEST_SIZE];
	struct buf *b = &k->sum;
	size_t at;

	at = b->len;
	buf_adds(b, k->map->source);
	buf_byte(b, UNIT);
	buf_add(b, event.p, event.len);
	if (e->nkey > 0)
		hash_key(k, e);
	else
		hash_row(k);
	digest_sha256(b->p + at, b->len - at, sum);
	digest_hex(sum, DIGEST_SIZE / 2, out);
}

static bool
key_is_whole(struct maker *k, const struct map_event *e)
{
	const struct js_val *cell;
	size_t i;

	for (i = 0; i < e->nkey; i++) {
		cell = &k->cell[e->key[i]];
		if (cell->type != JS_TEXT ||
		    !cell_is_scientific(cell_bare(text_of(cell->p, cell->len))))
			continue;
		k->field = e->key[i];
		k->why = "key in scientific notation, digits are lost";
		return false;
	}
	return true;
}

static bool
message_id(struct maker *k, const struct map_event *e, struct text event,
    struct buf *out)
{
	struct text own = {NULL, 0};
	bool ok = true;

	buf_adds(out, ",\"messageId\":");
	if (e->message_id.given)
		own = value_text(k, &e->message_id, &ok);
	if (!ok)
		return false;
	if (own.len > 0) {
		buf_json(out, own.p, own.len);
		return true;
	}
	if (!key_is_whole(k, e))
		return false;
	buf_byte(out, '"');
	message_hash(k, e, event, out);
	buf_byte(out, '"');
	return true;
}

/* ---- the line ---- */

static bool
is_type(struct text t)
{
	static const char *const types[] = {
	    "track", "identify", "page", "screen", "group", "alias"};
	size_t i;

	for (i = 0; i < sizeof types / sizeof *types; i++)
		if (strlen(types[i]) == t.len &&
		    memcmp(types[i], t.p, t.len) == 0)
			return true;
	return false;
}

static bool
write_type(struct maker *k, const struct map_event *e, struct text *event,
    struct buf *out)
{
	struct text type = text_of("track", 5);
	bool ok = true;

	k->why = "type: none of track, identify, page, screen, group, alias";
	if (e->type.given)
		type = value_text(k, &e->type, &ok);
	if (!ok || !is_type(type))
		return false;
	buf_adds(out, "{\"type\":\"");
	buf_add(out, type.p, type.len);
	buf_byte(out, '"');
	*event = text_of(NULL, 0);
	if (!e->name.given)
		return true;
	*event = value_text(k, &e->name, &ok);
	if (!ok)
		return false;
	k->why = e->name.missing;
	if (event->len == 0)
		return memcmp(type.p, "track", 5) != 0;
	buf_adds(out, ",\"event\":");
	buf_json(out, event->p, event->len);
	return true;
}

static bool
write_value(struct maker *k, const struct map_value *v, struct buf *out)
{
	size_t at = out->len;
	enum value_got got;

	if (!v->given)
		return true;
	buf_byte(out, ',');
	buf_add(out, v->key.p, v->key.len);
	got = value_json(k, v, out);
	if (got != VALUE_WROTE)
		out->len = at;
	return got != VALUE_BAD;
}

static void
write_rest(struct maker *k, struct buf *out, bool *any)
{
	const struct rest_value *r;
	size_t i;

	for (i = 0; i < k->nrest; i++) {
		r = &k->rest[i];
		if (r->value.type == JS_MISSING)
			continue;
		if (*any)
			buf_byte(out, ',');
		*any = true;
		buf_add(out, r->key.p, r->key.len);
		buf_json(out, r->value.p, r->value.len);
	}
}

static void
write_array(struct maker *k, struct buf *out, bool *any)
{
	const struct map_group *g = &k->map->group;

	if (*any)
		buf_byte(out, ',');
	*any = true;
	buf_jsons(out, g->name);
	buf_adds(out, ":[");
	buf_add(out, k->gathered->array->p, k->gathered->array->len);
	buf_byte(out, ']');
}

/* ,"properties":{...}, or nothing where it would be empty. */
static bool
write_members(struct maker *k, const char *name, const struct map_values *vs,
    struct buf *out)
{
	size_t at = out->len;
	bool any = false;

	if (vs->n == 0 && k->nrest == 0 && k->gathered == NULL)
		return true;
	buf_adds(out, ",\"");
	buf_adds(out, name);
	buf_adds(out, "\":{");
	if (!values_json(k, vs, out, &any))
		return false;
	if (k->nrest > 0 && strcmp(name, k->map->rest) == 0)
		write_rest(k, out, &any);
	if (k->gathered != NULL && strcmp(name, "properties") == 0)
		write_array(k, out, &any);
	buf_byte(out, '}');
	if (!any)
		out->len = at;
	return true;
}

static void
write_kept(const char *name, const struct buf *b, struct buf *out)
{
	if (b->len == 0)
		return;
	buf_adds(out, ",\"");
	buf_adds(out, name);
	buf_adds(out, "\":{");
	buf_add(out, b->p, b->len);
	buf_byte(out, '}');
}

static bool
write_place(struct maker *k, const struct map_event *e, struct buf *out)
{
	if (!write_value(k, &e->channel, out))
		return false;
	if (*k->map->source == '\0')
		return true;
	buf_adds(out, ",\"source\":");
	buf_jsons(out, k->map->source);
	return true;
}

static bool
is_fixed(const struct map_value *v)
{
	return !v->given || v->constant.len > 0;
}

static void
fix(struct maker *k, const struct map_event *e, struct fixed *f)
{
	struct text event;

	if (is_fixed(&e->type) && is_fixed(&e->name) &&
	    write_type(k, e, &event, &f->head))
		buf_add(&f->event, event.p, event.len);
	else
		f->head.len = 0;
	if (is_fixed(&e->channel))
		write_place(k, e, &f->place);
}

static enum event_got
write_line(struct maker *k, const struct map_event *e, struct buf *out)
{
	const struct fixed *f = &k->fixed[e - k->map->event];
	struct text event = text_of(f->event.p, f->event.len);
	bool any = true;
	enum event_got got = read_time(k, e);

	if (got != EVENT_WROTE)
		return got;
	if (f->head.len > 0)
		buf_add(out, f->head.p, f->head.len);
	else if (!write_type(k, e, &event, out))
		return EVENT_BAD;
	if (!message_id(k, e, event, out))
		return EVENT_BAD;
	buf_adds(out, ",\"timestamp\":\"");
	buf_add(out, k->time, WHEN_TEXT);
	buf_byte(out, '"');
	if (f->place.len > 0)
		buf_add(out, f->place.p, f->place.len);
	else if (!write_place(k, e, out))
		return EVENT_BAD;
	if (!write_value(k, &e->version, out))
		return EVENT_BAD;
	buf_byte(out, ',');
	if (!ids_json(k, &e->ids, out) ||
	    !write_members(k, "traits", &e->traits, out) ||
	    !write_members(k, "properties", &e->properties, out) ||
	    !values_json(k, &e->members, out, &any))
		return EVENT_BAD;
	write_kept("unfit_ids", &k->labels, out);
	write_kept("raw", &k->raw, out);
	buf_adds(out, "}\n");
	return EVENT_WROTE;
}

enum event_got
event_write(struct maker *k, size_t i, struct buf *out)
{
	const struct map_event *e = &k->map->event[i];
	size_t at = out->len;
	enum event_got got;

	k->raw.len = k->labels.len = 0;
	k->field = -1;
	if (!holds(k, e->where))
		return EVENT_NONE;
	got = write_line(k, e, out);
	if (got != EVENT_WROTE)
		out->len = at;
	return got;
}
