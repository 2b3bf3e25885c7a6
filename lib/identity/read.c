#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "read.h"
#include "trait.h"
#include "when.h"

static const char *const paths[READ_FIELDS] = {
    "", "type", "messageId", "timestamp", "ids", "traits", "context.traits"};

/* What cdp-merge-id writes itself. */
static const char *const own[] = {"profile_id", "ids", "shared_ids", "traits",
    "trait_sources", "first_seen", "last_seen", "events", NULL};

static void
plan_path(struct reader *r, size_t i, const char *path)
{
	struct js_step step[16];
	int n = *path == '\0' ? 0 : js_steps(path, step, 16);

	r->slot[i] = js_plan_field(r->plan, step, n);
	r->column[i] = js_plan_each(r->plan, step, n);
}

void
reader_open(struct reader *r)
{
	struct js_step step[1];
	size_t i, n = READ_FIELDS + r->g->nproxy;

	r->plan = js_plan_new();
	r->slot = mem_alloc(n, sizeof *r->slot);
	r->column = mem_alloc(n, sizeof *r->column);
	for (i = 0; i < READ_FIELDS; i++)
		plan_path(r, i, paths[i]);
	for (; i < n; i++)
		plan_path(r, i, r->g->proxy[i - READ_FIELDS]);
	js_steps("events", step, 1);
	r->slot_events = js_plan_field(r->plan, step, 1);
	js_steps("profile_id", step, 1);
	r->slot_profile = js_plan_field(r->plan, step, 1);
	js_steps("shared_ids", step, 1);
	r->slot_shared = js_plan_field(r->plan, step, 1);
}

void
reader_close(struct reader *r)
{
	js_plan_free(r->plan);
	js_line_free(&r->line);
	free(r->slot);
	free(r->column);
	free(r->set);
	buf_free(&r->text);
}

static void
set_apart(struct reader *r, const char *why, struct js_val raw, const char *at)
{
	struct place place = *r->at;

	place.col = at != NULL ? (uint64_t)(at - r->line.p) + 1 : 0;
	reject_record(r->rejects, &place, why, raw.p, raw.len);
}

/* ---- identifiers ---- */

static void
add_id(struct reader *r, uint16_t space, const char *p, size_t n)
{
	r->set = mem_grow(r->set, &r->cap, r->n + 1, sizeof *r->set);
	r->set[r->n++] = evidence_id(r->ev, space, p, n);
}

/* A string, or a number by its text; null says nothing. */
static bool
add_value(struct reader *r, uint16_t space, struct js_val v)
{
	size_t n;
	const char *p;

	if (v.type == JS_NULL)
		return true;
	if (v.type == JS_NUMBER) {
		add_id(r, space, v.p, v.len);
		return true;
	}
	if (v.type != JS_STRING)
		return false;
	r->text.len = 0;
	p = js_text(v, &r->text, &n);
	add_id(r, space, p, n);
	return true;
}

static bool
add_space(struct reader *r, struct js_val key, struct js_val v)
{
	struct js_val one;
	struct js_iter it;
	uint16_t space;
	size_t n;
	const char *p;

	r->text.len = 0;
	p = js_text(key, &r->text, &n);
	if (memchr(p, ':', n) != NULL)
		return false;
	space = evidence_space(r->ev, p, n);
	if (v.type != JS_ARRAY)
		return add_value(r, space, v);
	it = js_iterate(v);
	while (js_next(&it, NULL, &one))
		if (!add_value(r, space, one))
			return false;
	return true;
}

static const char *
take_ids(struct reader *r, struct js_val ids, const char **at)
{
	struct js_val key, v;
	struct js_iter it;

	r->n = 0;
	if (ids.type == JS_MISSING || ids.type == JS_NULL)
		return NULL;
	*at = ids.p;
	if (ids.type != JS_OBJECT)
		return "ids is not an object";
	it = js_iterate(ids);
	while (js_next(&it, &key, &v))
		if (!add_space(r, key, v)) {
			*at = key.p;
			return "an identifier is not a string, or a namespace "
			       "holds a colon";
		}
	return NULL;
}

static bool
usable(struct reader *r)
{
	size_t i, k;

	for (k = 0; k < 2 && r->links[k] != NULL; k++) {
		links_learn(r->links[k]);
		for (i = 0; i < r->n; i++)
			if (links_usable(r->links[k], r->set[i]))
				return true;
	}
	return false;
}

static void
add_proxies(struct reader *r, const struct js_val *proxy)
{
	size_t i, n;
	const char *p;

	for (i = 0; i < r->g->nproxy; i++) {
		if (proxy[i].type != JS_STRING || proxy[i].len == 2)
			continue;
		r->text.len = 0;
		p = js_text(proxy[i], &r->text, &n);
		add_id(r, (uint16_t)i, p, n);
	}
}

const char *
reader_ids(struct reader *r, struct js_val ids)
{
	const char *at;

	return take_ids(r, ids, &at);
}

/* {"traits.name": [...]}: paths that the rule file no longer names say
 * nothing. */
void
reader_proxies(struct reader *r, struct js_val seen)
{
	struct js_val list, v;
	struct js_iter it;
	const char *p;
	size_t i, n;

	for (i = 0; seen.type == JS_OBJECT && i < r->g->nproxy; i++) {
		list = js_member(seen, r->g->proxy[i], strlen(r->g->proxy[i]));
		if (list.type != JS_ARRAY)
			continue;
		it = js_iterate(list);
		while (js_next(&it, NULL, &v)) {
			r->text.len = 0;
			p = js_text(v, &r->text, &n);
			add_id(r, (uint16_t)i, p, n);
		}
	}
}

/* ---- events ---- */

/* NULL: the event is whole; else why not, and where. */
static const char *
parse(
    struct reader *r, const struct js_val *f, struct event *e, const char **at)
{
	const char *p, *why;
	size_t n;

	*at = f[READ_WHOLE].p;
	if (f[READ_WHOLE].type != JS_OBJECT)
		return "an event is not an object";
	if (f[READ_MID].type != JS_STRING || f[READ_MID].len == 2)
		return "no messageId";
	*at = f[READ_MID].p;
	if (f[READ_MID].len - 2 > EVENT_MID_MAX)
		return "messageId is too long";
	if (f[READ_TIME].type != JS_STRING) {
		*at = f[READ_WHOLE].p;
		return "no timestamp";
	}
	*at = f[READ_TIME].p;
	r->text.len = 0;
	p = js_text(f[READ_TIME], &r->text, &n);
	if (!when_parse(p, n, &e->time))
		return "timestamp is not RFC 3339 with a zone";
	why = take_ids(r, f[READ_IDS], at);
	if (why != NULL)
		return why;
	e->p = f[READ_WHOLE].p;
	e->len = f[READ_WHOLE].len;
	e->mid = (uint32_t)(f[READ_MID].p + 1 - e->p);
	e->midlen = f[READ_MID].len - 2;
	e->flags = (f[READ_MID].escaped ? EVENT_ESCAPED : 0) |
		   (traits_told(f[READ_TYPE], f[READ_TRAITS], f[READ_CONTEXT])
			   ? EVENT_TRAITS
			   : 0);
	return NULL;
}

static bool
forgot(struct reader *r, int64_t time)
{
	uint32_t id;
	size_t i;

	for (i = 0; i < r->n; i++) {
		id = r->links[0]->canon[r->set[i]];
		if (id != LINK_NONE &&
		    forgotten_until(r->forgotten, r->ev, id) >= time)
			return true;
	}
	return false;
}

bool
reader_leaves(
    struct reader *r, const struct event *e, const char *mid, size_t n)
{
	if (r->forgotten != NULL)
		links_learn(r->links[0]);
	if (e->time > r->now)
		r->later++;
	else if (intern_count(r->g->retracted) > 0 &&
		 intern_find(r->g->retracted, mid, n) != INTERN_NONE)
		r->retracted++;
	else if (r->forgotten != NULL && forgot(r, e->time))
		r->forgot++;
	else
		return false;
	return true;
}

static void
keep(struct reader *r, const struct js_val *f, struct event *e, const char *mid,
    size_t n)
{
	bool good = usable(r);

	if (!good && r->anonymous) {
		r->n = 0;
		add_id(r, evidence_space(r->ev, "messageId", 9), mid, n);
		good = usable(r);
	}
	if (!good) {
		set_apart(r, "no_identifier", f[READ_WHOLE], e->p);
		return;
	}
	add_proxies(r, f + READ_FIELDS);
	e->set = evidence_set(r->ev, r->set, r->n);
	store_add(r->store, e, (uint32_t)intern_hash(mid, n));
}

static void
take_event(struct reader *r, const struct js_val *f)
{
	struct event e = {0};
	struct buf scratch = {0};
	const char *at = NULL, *why, *mid;
	size_t n;

	r->counts->read++;
	why = parse(r, f, &e, &at);
	if (why != NULL) {
		set_apart(r, why, f[READ_WHOLE], at);
		return;
	}
	mid = event_mid(&e, &scratch, &n);
	if (reader_leaves(r, &e, mid, n))
		r->counts->filtered++;
	else
		keep(r, f, &e, mid, n);
	buf_free(&scratch);
}

/* ---- profile lines ---- */

/* Members of other programs are dropped, and counted. */
static void
count_members(struct reader *r)
{
	struct js_val key, v, whole = r->line.slot[r->slot[READ_WHOLE]];
	struct js_iter it = js_iterate(whole);
	const char *stop = r->line.p + r->line.events;
	size_t i;

	while ((r->line.events == 0 || it.p < stop) && js_next(&it, &key, &v)) {
		for (i = 0; own[i] != NULL; i++)
			if (js_is(key, own[i], strlen(own[i])))
				break;
		r->dropped_members += own[i] == NULL;
	}
}

static void
take_profile(struct reader *r, struct js_val *f)
{
	const struct js_line *l = &r->line;
	size_t i, k, n = READ_FIELDS + r->g->nproxy;

	r->profiles++;
	count_members(r);
	if (r->profile != NULL)
		r->profile(r->profile_arg, l->slot[r->slot_profile],
		    l->slot[r->slot[READ_IDS]], l->slot[r->slot_shared]);
	for (i = 0; i < l->neach; i++) {
		for (k = 0; k < n; k++)
			f[k] = js_each(l, i, r->column[k]);
		take_event(r, f);
	}
}

static bool
blank(const char *p, size_t n)
{
	while (
	    n > 0 && (p[n - 1] == ' ' || p[n - 1] == '\t' || p[n - 1] == '\r'))
		n--;
	return n == 0;
}

void
reader_line(struct reader *r, const struct input_line *in)
{
	struct js_val f[READ_FIELDS + 256];
	struct js_error e;
	struct js_val raw = {in->p, (uint32_t)in->len, JS_STRING, 0};
	size_t i;

	r->at = &in->at;
	r->line.p = in->p;
	if (in->too_long || !js_scan(r->plan, in->p, in->len, &r->line, &e)) {
		if (blank(in->p, in->len)) {
			r->counts->blank++;
			return;
		}
		if (in->too_long)
			e = (struct js_error){
			    reject_settings.max_line, "line too long"};
		else if (in->unfinished)
			die_at(&in->at, "truncated input: %s", e.why);
		r->counts->read++;
		set_apart(r, e.why, raw, in->p + e.at);
		return;
	}
	if (r->line.slot[r->slot_events].type == JS_ARRAY) {
		take_profile(r, f);
		return;
	}
	if (r->line.slot[r->slot_profile].type != JS_MISSING) {
		r->counts->read++;
		set_apart(r, "a profile line without events", raw, in->p);
		return;
	}
	for (i = 0; i < READ_FIELDS + r->g->nproxy; i++)
		f[i] = r->line.slot[r->slot[i]];
	take_event(r, f);
}
