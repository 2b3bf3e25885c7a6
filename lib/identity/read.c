#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "read.h"
#include "trait.h"
#include "when.h"

#define FULL 8192 /* keys in one batch */

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
	batch_free(&r->batch);
	buf_free(&r->text);
}

/* What was read before it is reported before it. */
static void
set_apart(struct reader *r, const char *why, struct js_val raw, const char *at)
{
	struct place place = *r->at;

	reader_flush(r);
	place.col = at != NULL ? (uint64_t)(at - r->line.p) + 1 : 0;
	reject_record(r->rejects, &place, why, raw.p, raw.len);
}

/* ---- events ---- */

/* NULL: the event is whole; else why not, and where. */
static const char *
parse(
    struct reader *r, const struct js_val *f, struct event *e, const char **at)
{
	const char *p;
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

bool
reader_leaves(
    struct reader *r, const struct event *e, const char *mid, size_t n)
{
	if (e->time > r->now)
		r->later++;
	else if (intern_count(r->g->retracted) > 0 &&
		 intern_find(r->g->retracted, mid, n) != INTERN_NONE)
		r->retracted++;
	else
		return false;
	return true;
}

/* The event's keys: identifiers, its messageId where it may have to do, and
 * what stands in for the person. */
static const char *
take_keys(struct reader *r, const struct js_val *f, struct pending *to,
    const char *mid, size_t n, const char **at)
{
	struct batch *b = &r->batch;
	const char *why, *p;
	size_t i, m;

	to->from = b->n;
	why = batch_ids(b, r->ev, f[READ_IDS], at);
	if (why != NULL) {
		b->n = to->from;
		return why;
	}
	if (r->anonymous)
		batch_key(b, evidence_space(r->ev, "messageId", 9), mid, n);
	to->ids = b->n - to->from;
	for (i = 0; i < r->g->nproxy; i++) {
		if (f[READ_FIELDS + i].type != JS_STRING ||
		    f[READ_FIELDS + i].len == 2)
			continue;
		r->text.len = 0;
		p = js_text(f[READ_FIELDS + i], &r->text, &m);
		batch_key(b, (uint16_t)i, p, m);
	}
	to->proxies = b->n - to->from - to->ids;
	return NULL;
}

static void
take_event(struct reader *r, const struct js_val *f)
{
	struct pending one = {0};
	struct buf scratch = {0};
	const char *at = NULL, *why, *mid;
	struct batch *b = &r->batch;
	size_t n;

	r->counts->read++;
	why = parse(r, f, &one.e, &at);
	if (why != NULL) {
		set_apart(r, why, f[READ_WHOLE], at);
		return;
	}
	mid = event_mid(&one.e, &scratch, &n);
	if (reader_leaves(r, &one.e, mid, n)) {
		r->counts->filtered++;
	} else if ((why = take_keys(r, f, &one, mid, n, &at)) != NULL) {
		set_apart(r, why, f[READ_WHOLE], at);
	} else {
		one.at = *r->at;
		one.at.col = (uint64_t)(one.e.p - r->line.p) + 1;
		one.hash = (uint32_t)intern_hash(mid, n);
		b->event = mem_grow(
		    b->event, &b->eventcap, b->nevent + 1, sizeof *b->event);
		b->event[b->nevent++] = one;
	}
	buf_free(&scratch);
	if (b->n > FULL)
		reader_flush(r);
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

static void
take_line(struct reader *r, const struct input_line *in)
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

void
reader_chunk(struct reader *r, struct input_chunk *chunk)
{
	struct input_line line;
	size_t pos = 0;

	while (input_chunk_line(chunk, &pos, &line))
		take_line(r, &line);
	reader_flush(r);
}
