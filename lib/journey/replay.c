#include <stdlib.h>
#include <string.h>

#include "replay.h"

static int
field(struct js_plan *plan, const char *dotted)
{
	struct js_step steps[4];

	return js_plan_field(plan, steps, js_steps(dotted, steps, 4));
}

static int
column(struct js_plan *plan, const char *dotted)
{
	struct js_step steps[4];

	return js_plan_each(plan, steps, js_steps(dotted, steps, 4));
}

void
replay_plan(struct replay_plan *p, struct journeys *all, struct js_plan *plan)
{
	size_t i;

	p->profile_id = field(plan, "profile_id");
	p->ids = field(plan, "ids");
	p->traits = field(plan, "traits");
	p->zone = field(plan, "traits.timezone");
	p->time = column(plan, "timestamp");
	p->whole = js_plan_each(plan, NULL, 0);
	p->event = column(plan, "event");
	p->message_id = column(plan, "messageId");
	p->properties = column(plan, "properties");
	p->member = js_plan_member(plan, "journeys");
	for (i = 0; i < all->n; i++) {
		if (all->j[i].uses != NULL)
			uses_plan(all->j[i].uses, plan);
		expr_plan(all->j[i].set, plan);
		p->world.wanted = p->world.wanted || all->j[i].reads_traits;
	}
	world_plan(&p->world, plan, p->traits);
	arrival_plan(&p->arrival, plan);
}

static struct js_val
cell(const struct replay *r, size_t event, int col)
{
	return r->js->each[event * r->js->neachcol + (size_t)col];
}

/* When an event is there to be seen. */
static int64_t
came(const struct replay *r, size_t event)
{
	return r->plan->arrival.wanted ? r->arrival.came[event]
				       : r->time[event];
}

/* The i-th event to be seen. */
static uint32_t
event_of(const struct replay *r, size_t i)
{
	return r->plan->arrival.wanted ? r->arrival.order[i] : (uint32_t)i;
}

/* Events at t or before. */
static size_t
seen_at(const struct replay *r, int64_t t)
{
	size_t n = r->at;

	if (r->plan->arrival.wanted)
		return r->arrival.seen;
	while (n < r->n && r->time[n] <= t)
		n++;
	while (n > 0 && r->time[n - 1] > t)
		n--;
	return n;
}

/* The line as it was known at t; *at tells it from others. */
static const struct js_line *
line_at(struct replay *r, const struct journey *j, int64_t t, uint64_t *at)
{
	const struct js_line *line = r->js;
	uint64_t epoch = 0, before;

	if (j->reads_traits && r->world.ntold > 0) {
		r->then = *world_at(&r->world, seen_at(r, t), t);
		r->then.neach = r->happened;
		line = &r->then;
		epoch = r->world.epoch;
	}
	if (r->plan->arrival.wanted) {
		before = r->arrival.serial;
		line = arrival_at(
		    &r->arrival, line, line == r->js ? 0 : epoch + 1, t);
		r->turn += r->arrival.serial != before;
		epoch |= (uint64_t)!r->arrival.whole << 31;
	}
	*at = (uint64_t)r->turn << 32 | epoch;
	return line;
}

struct expr_run *
replay_run(struct replay *r, const struct journey *j, int64_t t)
{
	size_t i = (size_t)(j - r->all->j);
	uint64_t at;
	const struct js_line *line = line_at(r, j, t, &at), *made;
	const char *why;

	if (j->uses != NULL) {
		made = uses_line(r->uses[i], line, at, seen_at(r, t), t, &why);
		if (made != NULL)
			line = made;
		else if (r->fault == NULL)
			r->fault = why;
		at = 1ull << 63 | uses_serial(r->uses[i]);
	}
	if (r->bound[i] != line || r->bound_at[i] != at) {
		r->bound[i] = line;
		r->bound_at[i] = at;
		if (!expr_bind(r->run[i], line, &why) && r->fault == NULL)
			r->fault = why;
	}
	return r->run[i];
}

struct expr_run *
replay_run_event(
    struct replay *r, const struct journey *j, int64_t t, uint32_t *event)
{
	struct expr_run *run = replay_run(r, j, t);

	if (r->plan->arrival.wanted)
		*event = arrival_place(&r->arrival, *event);
	return run;
}

/* ---- the source ---- */

static bool
peek(void *arg, struct happening *h)
{
	struct replay *r = arg;

	if (r->at >= r->n)
		return false;
	h->event = event_of(r, r->at);
	h->t = came(r, h->event);
	h->kind = r->kind[h->event];
	h->response = NONE;
	h->origin = 0;
	h->begins = true;
	return true;
}

static void
take(void *arg)
{
	struct replay *r = arg;

	r->at++;
}

static bool
has_kind(const struct trigger *on, int kind)
{
	int i;

	for (i = 0; i < on->nkinds; i++)
		if (on->kinds[i] == kind)
			return true;
	return on->nkinds == 0;
}

/* Texts as they are, anything else as it would stand in a cell. */
static void
plain(struct expr_value v, struct buf *b)
{
	if (v.type != EXPR_NULL)
		expr_plain(v, b);
}

static bool
same_key(struct replay *r, const struct journey *j, const struct trigger *on,
    uint32_t event, const struct instance *x)
{
	struct buf *b = &r->text;
	int64_t t = came(r, event);
	struct expr_run *run = replay_run_event(r, j, t, &event);

	b->len = 0;
	plain(expr_eval_event(run, on->key, event, t, NULL), b);
	return b->len == x->keylen &&
	       memcmp(b->p, engine_key(&r->engine, x), b->len) == 0;
}

static bool
matches(void *arg, const struct journey *j, const struct trigger *on,
    const struct happening *h, const struct instance *x)
{
	struct replay *r = arg;
	uint32_t event = h->event;
	struct expr_run *run;

	if (!on->event || !has_kind(on, h->kind))
		return false;
	if (on->where != NONE) {
		run = replay_run_event(r, j, h->t, &event);
		if (!expr_event_true(run, on->where, event, h->t))
			return false;
	}
	if (x != NULL && on->key != NONE && !same_key(r, j, on, h->event, x))
		return false;
	return on->when == NONE ||
	       expr_true(replay_run(r, j, h->t), on->when, h->t, NULL);
}

static bool
holds(void *arg, const struct journey *j, int expr, int64_t t, int64_t *next)
{
	struct replay *r = arg;
	bool yes = expr_true(replay_run(r, j, t), expr, t, next);
	const struct uses_run *u = r->uses[j - r->all->j];

	if (u != NULL && next != NULL && uses_next(u) < *next)
		*next = uses_next(u);
	return yes;
}

static bool
entry_holds(void *arg, const struct journey *j, int expr,
    const struct instance *x, int64_t t)
{
	uint32_t event = x->event;
	struct expr_run *run;

	if (event == NO_EVENT)
		return false;
	run = replay_run_event(arg, j, t, &event);
	return expr_event_true(run, expr, event, t);
}

static void
key_of(void *arg, const struct journey *j, const struct happening *h,
    struct buf *b)
{
	struct replay *r = arg;
	uint32_t event = h->event;
	struct expr_run *run;
	struct js_val v;
	const char *p;
	size_t n;

	if (j->entry.key != NONE) {
		run = replay_run_event(r, j, h->t, &event);
		plain(expr_eval_event(run, j->entry.key, event, h->t, NULL), b);
		return;
	}
	v = cell(r, h->event, r->plan->message_id);
	if (v.type != JS_STRING)
		return;
	r->text.len = 0;
	p = js_text(v, &r->text, &n);
	buf_add(b, p, n);
}

static const struct zone *
zone(void *arg, const struct journey *j)
{
	struct replay *r = arg;
	const struct js_line *line;
	struct js_val v;
	const char *p;
	size_t n;

	if (!j->recipient)
		return j->zone;
	line = world_at(&r->world, seen_at(r, r->engine.now), r->engine.now);
	if (!r->has_zone || r->zone_epoch != r->world.epoch) {
		r->has_zone = true;
		r->zone_epoch = r->world.epoch;
		r->zone = NULL;
		v = line->slot[r->plan->zone];
		if (v.type == JS_STRING) {
			r->text.len = 0;
			p = js_text(v, &r->text, &n);
			r->zone = zone_find(p, n);
		}
	}
	return r->zone != NULL ? r->zone : j->zone;
}

static bool
instant(void *arg, const struct journey *j, int expr, const struct instance *x,
    int64_t t, int64_t *at)
{
	struct replay *r = arg;
	const struct zone *z = zone(r, j);
	bool of_event = x != NULL && j->entry.kind == ENTRY_EVENT;
	uint32_t event = of_event ? x->event : NO_EVENT;
	struct expr_run *run;
	struct expr_value v;

	if (of_event && event == NO_EVENT)
		return false;
	if (of_event) {
		run = replay_run_event(r, j, t, &event);
		v = expr_eval_event(run, expr, event, t, NULL);
	} else
		v = expr_eval(replay_run(r, j, t), expr, t, NULL);
	*at = v.time;
	if (v.type == EXPR_TEXT)
		return when_parse_in(v.p, v.len, z, at);
	return v.type == EXPR_TIME;
}

static bool
last(void *arg, const struct journey *j, const struct trigger *on, int64_t t,
    int64_t *at)
{
	struct replay *r = arg;
	struct happening h = {.response = NONE};
	size_t i;

	/* Events at exactly t that are not yet taken count: they come first
	 * (engine.h). */
	for (i = r->happened; i-- > 0;) {
		h.t = came(r, i);
		if (h.t > t)
			continue;
		h.event = (uint32_t)i;
		h.kind = r->kind[i];
		if (matches(r, j, on, &h, NULL)) {
			*at = r->time[i];
			return true;
		}
	}
	return false;
}

static bool
address(void *arg, const struct channel *c)
{
	return c->address == NULL || replay_address(arg, c) != NULL;
}

/* An arrival is known by the event that caused it at that instant, else by
 * the customer. */
static bool
quota(void *arg, const struct instance *x, const struct step *s, int64_t t)
{
	struct replay *r = arg;
	struct js_val v = {.type = JS_MISSING};
	const char *id = r->source.who;
	size_t n = r->source.wholen;
	uint32_t event = r->at > 0 ? event_of(r, r->at - 1) : NO_EVENT;

	(void)x;
	if (event != NO_EVENT && came(r, event) == t)
		v = cell(r, event, r->plan->message_id);
	if (v.type == JS_STRING) {
		r->text.len = 0;
		id = js_text(v, &r->text, &n);
	}
	if (r->arrivals != NULL)
		return quota_arrive(r->arrivals, s, t, id, n);
	return r->cuts == NULL || quota_in(r->cuts, s, t, id, n);
}

static void
reached(void *arg, const struct instance *x, const struct step *s, int64_t t)
{
	struct replay *r = arg;

	if (r->reached != NULL)
		r->reached(r->reached_arg, x, s, t);
}

/* ---- one customer ---- */

void
replay_init(struct replay *r, const struct journeys *all,
    const struct replay_plan *plan, struct tally *tally)
{
	size_t i;

	memset(r, 0, sizeof *r);
	r->all = all;
	r->plan = plan;
	engine_init(&r->engine, all, tally);
	r->run = mem_alloc(all->n, sizeof(struct expr_run *));
	r->bound = mem_alloc(all->n, sizeof(const struct js_line *));
	r->bound_at = mem_alloc(all->n, sizeof *r->bound_at);
	r->world.plan = &plan->world;
	r->arrival.plan = &plan->arrival;
	r->uses = mem_alloc(all->n, sizeof(struct uses_run *));
	for (i = 0; i < all->n; i++)
		if (all->j[i].uses != NULL)
			r->uses[i] = uses_open(all->j[i].uses);
	for (i = 0; i < all->n; i++)
		r->run[i] = expr_run_new(all->j[i].set);
	r->source = (struct source){.arg = r,
	    .peek = peek,
	    .take = take,
	    .matches = matches,
	    .holds = holds,
	    .entry_holds = entry_holds,
	    .key = key_of,
	    .instant = instant,
	    .last = last,
	    .address = address,
	    .zone = zone,
	    .reached = reached,
	    .quota = quota};
}

void
replay_free(struct replay *r)
{
	size_t i;

	for (i = 0; i < r->all->n; i++)
		expr_run_free(r->run[i]);
	engine_free(&r->engine);
	free(r->run);
	free(r->bound);
	free(r->bound_at);
	world_free(&r->world);
	arrival_free(&r->arrival);
	for (i = 0; i < r->all->n; i++)
		uses_close(r->uses[i]);
	free(r->uses);
	free(r->time);
	free(r->kind);
	buf_free(&r->text);
	buf_free(&r->key);
}

static const char *
fault(const struct replay *r, struct js_val v, size_t *col, const char *why)
{
	*col = v.type == JS_MISSING ? 0 : (size_t)(v.p - r->js->p) + 1;
	return why;
}

static int
kind_of(struct replay *r, struct js_val v)
{
	const char *p;
	uint32_t id;
	size_t n;

	if (v.type != JS_STRING)
		return NONE;
	r->text.len = 0;
	p = js_text(v, &r->text, &n);
	id = intern_find(r->all->names, p, n);
	return id == INTERN_NONE ? NONE : (int)id;
}

static void
read_events(struct replay *r, int64_t now)
{
	const struct js_line *js = r->js;
	struct js_val v;
	size_t i;

	if (js->neach > r->cap) {
		r->cap = js->neach * 2;
		r->time = mem_resize(r->time, r->cap, sizeof *r->time);
		r->kind = mem_resize(r->kind, r->cap, sizeof *r->kind);
	}
	for (i = 0; i < js->neach; i++) {
		v = cell(r, i, r->plan->time);
		when_parse(v.p + 1, v.len - 2, &r->time[i]);
		if (r->time[i] > now)
			break;
		r->kind[i] = kind_of(r, cell(r, i, r->plan->event));
	}
	r->happened = r->n = i;
}

/* A record's text: decoded once into keys that stay for the customer. */
static const char *
keep(struct replay *r, struct js_val v, size_t *n)
{
	*n = 0;
	if (v.type != JS_STRING)
		return "";
	return js_text(v, &r->key, n);
}

/* Few events are records: the others' properties are not looked into. */
static void
read_send(struct replay *r, struct js_val properties, struct sent *s)
{
	struct js_iter it = js_iterate(properties);
	struct js_val key, v;
	const char *name = "";
	size_t n = 0;
	uint32_t channel;

	s->name = s->node = s->instance = "";
	while (js_next(&it, &key, &v))
		if (js_is(key, "journey", 7))
			s->name = keep(r, v, &s->namelen);
		else if (js_is(key, "node", 4))
			s->node = keep(r, v, &s->nodelen);
		else if (js_is(key, "instance", 8))
			s->instance = keep(r, v, &s->instancelen);
		else if (js_is(key, "channel", 7))
			name = keep(r, v, &n);
	channel = intern_find(r->all->channels, name, n);
	s->channel = channel == INTERN_NONE ? NONE : (int)channel;
}

static void
read_sends(struct replay *r)
{
	struct engine *e = &r->engine;
	struct sent *s;
	size_t i;

	/* Decoded texts must not move while they are pointed at. */
	r->key.len = 0;
	buf_room(&r->key, r->js->len);
	for (i = 0; i < r->happened; i++) {
		if (r->kind[i] != r->all->sent_kind)
			continue;
		e->sent = mem_grow(
		    e->sent, &e->sentcap, e->nsent + 1, sizeof *e->sent);
		s = &e->sent[e->nsent++];
		memset(s, 0, sizeof *s);
		e->nrecorded++;
		s->t = r->time[i];
		s->recorded = true;
		s->step = NONE;
		read_send(r, cell(r, i, r->plan->properties), s);
	}
}

/* False: an event does not say well when it came. */
static bool
begin_arrival(struct replay *r, int64_t now, struct js_val *bad)
{
	if (!r->plan->arrival.wanted)
		return true;
	if (!arrival_begin(
		&r->arrival, r->js, r->time, r->happened, now, &r->n, bad))
		return false;
	r->world.came = r->arrival.came;
	r->world.ncame = r->happened;
	return true;
}

const char *
replay_begin(
    struct replay *r, const struct js_line *js, int64_t now, size_t *col)
{
	static const char not_arrived[] =
	    "receivedAt is not a time such as 2026-11-11T02:00:00.000Z";
	struct js_val id = js->slot[r->plan->profile_id], bad;

	r->line = r->js = js;
	r->turn++;
	r->at = r->n = r->happened = 0;
	r->fault = NULL;
	r->has_zone = false;
	if (id.type != JS_STRING || id.escaped)
		return fault(r, id, col, "no profile_id");
	read_events(r, now);
	world_begin(&r->world, js);
	r->seen = *js;
	r->seen.neach = r->happened;
	r->js = &r->seen;
	if (!begin_arrival(r, now, &bad))
		return fault(r, bad, col, not_arrived);
	r->source.who = id.p + 1;
	r->source.wholen = id.len - 2;
	r->source.born = r->n > 0 ? came(r, event_of(r, 0)) : WHEN_NEVER;
	engine_begin(&r->engine, &r->source);
	read_sends(r);
	return NULL;
}

int
replay_index(const struct replay *r, const struct journey *j)
{
	return (int)(j - r->all->j);
}
