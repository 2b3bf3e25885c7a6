#include <stdlib.h>
#include <string.h>

#include "../digest.h"
#include "message.h"

/* The namespace of message ids: UUIDv5 of "cdp-journey" in RFC 9562's DNS
 * namespace.  The name is journey, node, instance and profile_id, joined by
 * newlines. */
static const unsigned char space[16] = {0x54, 0x4e, 0xf2, 0x23, 0xa8, 0x2e,
    0x5f, 0xbe, 0xac, 0x61, 0x77, 0xff, 0x43, 0x88, 0x4e, 0x51};

static inline void
name(struct buf *b, const char *text)
{
	if (b->p[b->len - 1] != '{')
		buf_byte(b, ',');
	buf_byte(b, '"');
	buf_adds(b, text);
	buf_add(b, "\":", 2);
}

static inline void
member(struct buf *b, const char *key, const char *text, size_t n)
{
	name(b, key);
	buf_json(b, text, n);
}

static void
time_member(struct buf *b, const char *key, int64_t t)
{
	name(b, key);
	when_json(t, b);
}

static void
id_member(struct scribe *w, struct buf *b, const char *kind,
    const struct instance *x, const struct journey *j, const struct step *s)
{
	const struct source *from = &w->replay->source;
	char id[UUID_TEXT + 1];

	w->text.len = 0;
	buf_adds(&w->text, j->id);
	buf_byte(&w->text, '\n');
	buf_adds(&w->text, s->id);
	buf_byte(&w->text, '\n');
	buf_add(&w->text, engine_key(&w->replay->engine, x), x->keylen);
	buf_byte(&w->text, '\n');
	buf_add(&w->text, from->who, from->wholen);
	uuid5(space, w->text.p, w->text.len, id);
	buf_byte(b, '{');
	member(b, kind, id, UUID_TEXT);
}

/* The members that say whose and what: journey, node, instance, profile_id. */
static void
whose(struct scribe *w, struct buf *b, const struct instance *x,
    const struct journey *j, const struct step *s)
{
	const struct source *from = &w->replay->source;

	member(b, "journey", j->id, strlen(j->id));
	member(b, "node", s->id, strlen(s->id));
	member(b, "instance", engine_key(&w->replay->engine, x), x->keylen);
	member(b, "profile_id", from->who, from->wholen);
}

static struct expr_value
value_of(struct scribe *w, const struct journey *j, int expr,
    const struct instance *x, int64_t t)
{
	uint32_t event = x->event;
	struct expr_run *run;

	if (event == NO_EVENT)
		return expr_eval(replay_run(w->replay, j, t), expr, t, NULL);
	run = replay_run_event(w->replay, j, t, &event);
	return expr_eval_event(run, expr, event, t, NULL);
}

static void
variables(struct scribe *w, struct buf *b, const struct note *n)
{
	const struct step *s = n->s;
	size_t i;

	buf_byte(b, '{');
	for (i = 0; i < s->nvariables; i++) {
		if (i > 0)
			buf_byte(b, ',');
		buf_jsons(b, s->variables[i].name);
		buf_byte(b, ':');
		expr_json(
		    value_of(w, n->j, s->variables[i].value, n->x, n->t), b);
	}
	buf_byte(b, '}');
}

static void template(struct scribe *w, struct buf *b, const struct note *n)
{
	const struct step *s = n->s;
	const char *const *v;
	struct buf *t = &w->text;
	size_t at;

	t->len = 0;
	buf_adds(t, s->template);
	if (s->variant_by != NONE) {
		buf_byte(t, '_');
		at = t->len;
		expr_plain(expr_eval(replay_run(w->replay, n->j, n->t),
			       s->variant_by, n->t, NULL),
		    t);
		for (v = s->variants; *v != NULL; v++)
			if (strlen(*v) == t->len - at &&
			    memcmp(*v, t->p + at, t->len - at) == 0)
				break;
		if (*v == NULL) {
			t->len = at;
			buf_adds(t, s->variant_else);
		}
	}
	member(b, "template", t->p, t->len);
}

static void
address(struct scribe *w, struct buf *b, const struct note *n)
{
	const struct channel *c = &n->j->channels[n->s->channel];
	const struct address *a = replay_address(w->replay, c);

	buf_adds(b, ",\"to\":{");
	member(b, "channel", c->name, strlen(c->name));
	if (a != NULL) {
		name(b, "namespace");
		buf_add(b, a->namespace.p, a->namespace.len);
		buf_adds(b, ",\"value\":");
		buf_add(b, a->value.p, a->value.len);
	} else
		buf_adds(b, ",\"namespace\":null,\"value\":null");
	buf_byte(b, '}');
}

/* The step's own limit, or the end of the channel's window: the earlier. */
static int64_t
expires(struct scribe *w, const struct note *n)
{
	const struct channel *c = &n->j->channels[n->s->channel];
	const struct source *from = &w->replay->source;
	const struct zone *z = from->zone(from->arg, n->j);
	int64_t end = WHEN_NEVER, since, closes;

	if (n->s->expires.ms != 0 || n->s->expires.months != 0)
		end = when_add(n->t, n->s->expires, 1, z);
	if (c->has_window &&
	    from->last(from->arg, n->j, &c->since, n->t, &since)) {
		closes = when_add(since, c->within, 1, z);
		if (closes < end)
			end = closes;
	}
	return end;
}

static void
winner(struct buf *b, const struct scribe *w, const struct sent *by)
{
	const struct journeys *all = w->replay->all;
	const struct journey *j;

	buf_adds(b, ",\"by\":{");
	if (by->recorded) {
		member(b, "journey", by->name, by->namelen);
		member(b, "node", by->node, by->nodelen);
	} else {
		j = &all->j[by->journey];
		member(b, "journey", j->id, strlen(j->id));
		member(b, "node", j->steps[by->step].id,
		    strlen(j->steps[by->step].id));
	}
	time_member(b, "send_at", by->t);
	buf_byte(b, '}');
}

static void
message(struct scribe *w, const struct note *n, struct buf *b)
{
	id_member(w, b, "id", n->x, n->j, n->s);
	whose(w, b, n->x, n->j, n->s);
	address(w, b, n);
	template(w, b, n);
	buf_adds(b, ",\"variables\":");
	variables(w, b, n);
	time_member(b, "send_at", n->t);
	if (n->what == WHAT_SENT)
		time_member(b, "expires_at", expires(w, n));
	else
		member(b, "reason", n->why, strlen(n->why));
	if (n->by != NULL)
		winner(b, w, n->by);
	buf_adds(b, "}\n");
}

/* A tag, a score, an event: an event line to be ingested, so that tomorrow's
 * history holds it. */
static void
effect(struct scribe *w, const struct note *n, struct buf *b)
{
	static const char *const names[] = {
	    [STEP_TAG] = "Tag Added", [STEP_SCORE] = "Score Added"};
	const struct step *s = n->s;
	const char *event = s->type == STEP_EMIT ? s->name : names[s->type];
	struct js_val ids = w->replay->js->slot[w->replay->plan->ids];

	id_member(w, b, "messageId", n->x, n->j, s);
	buf_adds(b, ",\"type\":\"track\"");
	member(b, "event", event, strlen(event));
	time_member(b, "timestamp", n->t);
	buf_adds(b, ",\"channel\":\"cdp-journey\",\"ids\":");
	if (ids.type == JS_OBJECT)
		buf_add(b, ids.p, ids.len);
	else
		buf_adds(b, "{}");
	buf_adds(b, ",\"properties\":{");
	member(b, "journey", n->j->id, strlen(n->j->id));
	member(b, "node", s->id, strlen(s->id));
	member(
	    b, "instance", engine_key(&w->replay->engine, n->x), n->x->keylen);
	if (s->type == STEP_TAG)
		member(b, "tag", s->name, strlen(s->name));
	if (s->type == STEP_SCORE) {
		member(b, "score", s->name, strlen(s->name));
		buf_adds(b, ",\"points\":");
		buf_adds(b, s->points);
	}
	if (s->nvariables > 0) {
		buf_adds(b, ",\"variables\":");
		variables(w, b, n);
	}
	buf_adds(b, "}}\n");
}

static void
open_task(struct scribe *w, const struct note *n)
{
	struct task *t;

	w->task = mem_grow(w->task, &w->taskcap, w->ntask + 1, sizeof *w->task);
	t = &w->task[w->ntask++];
	t->x = *n->x;
	t->s = n->s;
	t->opened = n->t;
	t->due = t->ended = WHEN_NEVER;
	t->status = "open";
}

/* The latest task of the instance, which ends with it at the latest. */
static void
end_task(struct scribe *w, const struct note *n, const char *status)
{
	size_t i;

	for (i = w->ntask; i-- > 0;)
		if (w->task[i].x.seq == n->x->seq &&
		    w->task[i].ended == WHEN_NEVER) {
			w->task[i].ended = n->t;
			w->task[i].status = status;
			return;
		}
}

void
scribe_note(void *arg, const struct note *n)
{
	struct scribe *w = arg;
	bool here = n->t >= w->from && n->t < w->to;

	if (n->what == WHAT_TASK)
		open_task(w, n);
	else if (n->what == WHAT_TASK_ENDED)
		end_task(w, n, n->why);
	else if (n->what == WHAT_ENDED)
		end_task(w, n, "cancelled");
	if (!here)
		return;
	if (n->what == WHAT_SENT) {
		w->messages++;
		if (w->wants[SIDE_MESSAGES])
			message(w, n, &w->side[SIDE_MESSAGES]);
	} else if ((n->what == WHAT_SKIPPED || n->what == WHAT_RECORDED) &&
		   n->s->type == STEP_MESSAGE) {
		w->skipped++;
		if (w->wants[SIDE_SKIPPED])
			message(w, n, &w->side[SIDE_SKIPPED]);
	} else if (n->what == WHAT_EFFECT && w->wants[SIDE_EVENTS])
		effect(w, n, &w->side[SIDE_EVENTS]);
}

static void
task_line(struct scribe *w, const struct task *t, struct buf *b)
{
	const struct journey *j = &w->replay->all->j[t->x.journey];
	struct note n = {
	    .what = WHAT_TASK, .x = &t->x, .j = j, .s = t->s, .t = t->opened};
	const char *const *c;

	id_member(w, b, "id", &t->x, j, t->s);
	whose(w, b, &t->x, j, t->s);
	member(b, "template", t->s->template, strlen(t->s->template));
	buf_adds(b, ",\"assignee\":");
	if (t->s->assignee == NONE)
		buf_adds(b, "null");
	else
		expr_json(expr_eval(replay_run(w->replay, j, t->opened),
			      t->s->assignee, t->opened, NULL),
		    b);
	buf_adds(b, ",\"contact\":[");
	for (c = t->s->contact; c != NULL && *c != NULL; c++) {
		if (c > t->s->contact)
			buf_byte(b, ',');
		buf_jsons(b, *c);
	}
	buf_adds(b, "],\"variables\":");
	variables(w, b, &n);
	time_member(b, "opened_at", t->opened);
	member(b, "status", t->status, strlen(t->status));
	time_member(b, "ended_at", t->ended);
	buf_adds(b, "}\n");
}

void
scribe_tasks(struct scribe *w)
{
	const struct task *t;
	size_t i;

	for (i = 0; i < w->ntask; i++) {
		t = &w->task[i];
		if (t->opened < w->from || t->opened >= w->to)
			continue;
		w->tasks_all++;
		w->tasks_done += strcmp(t->status, "done") == 0;
		if (w->wants[SIDE_TASKS])
			task_line(w, t, &w->side[SIDE_TASKS]);
	}
	w->ntask = 0;
}

void
scribe_free(struct scribe *w)
{
	free(w->task);
	buf_free(&w->text);
}
