/* What conditions see of a forecast: the history, and after it the events
 * that were drawn and came. */
#include <stdlib.h>
#include <string.h>

#include "../mem.h"
#include "drawn.h"

/* The line up to the end of its last event that counts, with the traits that
 * were told by then. */
static void
add_history(struct buf *b, struct replay *r)
{
	const struct js_line *js =
	    r->plan->world.wanted ? world_at(&r->world, r->n, r->engine.now)
				  : r->js;
	const char *end = js->p + js->len;
	struct js_val v;

	if (r->n > 0) {
		v = js->each[(r->n - 1) * js->neachcol +
			     (size_t)r->plan->whole];
		end = v.p + v.len;
	} else {
		if (r->line->neach > 0)
			end = js->each[r->plan->whole].p;
		while (end[-1] != '[')
			end--;
	}
	buf_add(b, js->p, (size_t)(end - js->p));
}

static void
add_event(struct buf *b, const struct journeys *all, const struct taken *t)
{
	static const char epoch[] = "\"timestamp\":\"";
	const struct trigger *on;
	const char *json, *time, *name;
	char text[WHEN_TEXT];
	size_t n;

	if (b->p[b->len - 1] != '[')
		buf_byte(b, ',');
	when_text(t->t, text);
	if (t->response != NONE) {
		json = all->responses[t->response].event_json;
		time = strstr(json, epoch) + sizeof epoch - 1;
		buf_add(b, json, (size_t)(time - json));
		buf_add(b, text, sizeof text);
		buf_adds(b, time + sizeof text);
		return;
	}
	on = &all->j[t->origin].entry.on;
	buf_adds(b, "{\"type\":\"track\",\"event\":");
	name = on->nkinds > 0
		   ? intern_text(all->names, (uint32_t)on->kinds[0], &n)
		   : "";
	buf_json(b, name, on->nkinds > 0 ? n : 0);
	buf_adds(b, ",\"timestamp\":\"");
	buf_add(b, text, sizeof text);
	buf_adds(b, "\",\"messageId\":\"\",\"properties\":{}}");
}

struct replay *
drawn_past_replay(struct simulation *m)
{
	struct drawn_past *s = &m->seen;
	struct js_error e;
	size_t i, col;

	if (s->replay.all == NULL) {
		tally_init(&s->tally, m->f->all);
		replay_init(&s->replay, m->f->all, m->replay->plan, &s->tally);
	}
	if (s->serial == m->serial)
		return &s->replay;
	s->serial = m->serial;
	s->text.len = 0;
	add_history(&s->text, m->replay);
	for (i = 0; i < m->npast; i++)
		add_event(&s->text, m->f->all, &m->past[i]);
	buf_adds(&s->text, "]}");
	js_pad(&s->text);
	if (!js_scan(m->f->plan, s->text.p, s->text.len, &s->line, &e) ||
	    replay_begin(&s->replay, &s->line, WHEN_MAX, &col) != NULL)
		die("a line with its drawn events is broken (a bug)");
	return &s->replay;
}

void
drawn_past_free(struct simulation *m)
{
	struct drawn_past *s = &m->seen;

	if (s->replay.all != NULL) {
		replay_free(&s->replay);
		tally_free(&s->tally);
	}
	js_line_free(&s->line);
	buf_free(&s->text);
}
