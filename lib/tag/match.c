#include <string.h>

#include "inside.h"

static bool
named(const struct tags_run *r, const struct tag_match *m, size_t event)
{
	struct js_val name = history_event(&r->history, event);
	size_t i;

	if (m->event == NULL)
		return true;
	for (i = 0; m->event[i] != NULL; i++)
		if (js_is(name, m->event[i], strlen(m->event[i])))
			return true;
	return false;
}

/* The first pattern that matches the event's text; the groups stay in
 * r->patterns, the text in *v. */
static bool
text_matches(struct tags_run *r, const struct tag_match *m, size_t event,
    struct expr_value *v)
{
	size_t i;

	if (m->pattern == NULL)
		return true;
	*v = expr_eval_event(
	    asker_run(&r->ask, m->text), m->text.id, event, r->now, NULL);
	if (v->type != EXPR_TEXT)
		return false;
	for (i = 0; m->pattern[i] != NULL; i++)
		switch (
		    pattern_match(m->pattern[i], r->patterns, v->p, v->len)) {
		case PATTERN_YES:
			return true;
		case PATTERN_LIMIT:
			r->fault = "a pattern took too many steps";
			return false;
		case PATTERN_NO:
			break;
		}
	return false;
}

/* `values`: the word's translation, or NULL where it has none. */
static const char *
translate(const struct tag_match *m, const char *p, size_t n)
{
	const struct tag_word *w;

	for (w = m->word; w->from != NULL; w++)
		if (strlen(w->from) == n && memcmp(w->from, p, n) == 0)
			return w->to;
	return m->other;
}

static void
add_hit(
    struct tags_run *r, const struct tag_rule *rule, size_t event, size_t from)
{
	struct tag_hits *h = &r->hits[rule->order];
	const struct tag_match *m = rule->match;
	const struct zone *z = ask_zone(&r->tags->ask, rule->file->set);
	int64_t t = r->history.time[event];

	h->item = mem_grow(h->item, &h->cap, h->n + 1, sizeof *h->item);
	h->item[h->n++] = (struct tag_hit){event,
	    m->bounded ? when_add(t, m->within, 1, z) : WHEN_NEVER, from,
	    r->hits_text.len - from};
}

/* One value, as the bare text that `values` knows or as JSON. */
static void
add_text(struct tags_run *r, const struct tag_rule *rule, size_t event,
    const char *p, size_t n, bool is_text)
{
	size_t from = r->hits_text.len;
	const char *word;

	if (rule->match->word != NULL) {
		if ((word = translate(rule->match, p, n)) == NULL)
			return;
		buf_adds(&r->hits_text, word);
	} else if (is_text)
		buf_json(&r->hits_text, p, n);
	else
		buf_add(&r->hits_text, p, n);
	add_hit(r, rule, event, from);
}

static void
add_elements(struct tags_run *r, const struct tag_rule *rule, size_t event,
    struct js_val array)
{
	struct js_iter it = js_iterate(array);
	struct js_val v;
	const char *p;
	size_t n;

	while (js_next(&it, NULL, &v)) {
		r->value.len = 0;
		if (v.type == JS_STRING) {
			p = js_text(v, &r->value, &n);
			add_text(r, rule, event, p, n, true);
		} else if (v.type != JS_NULL)
			add_text(r, rule, event, v.p, v.len, false);
	}
}

static void
add_value(struct tags_run *r, const struct tag_rule *rule, size_t event)
{
	const struct tag_match *m = rule->match;
	struct expr_value v = expr_eval_event(
	    asker_run(&r->ask, m->value), m->value.id, event, r->now, NULL);
	struct js_val array = {v.p, (uint32_t)v.len, JS_ARRAY, 0};

	if (v.type == EXPR_NULL)
		return;
	if (v.type == EXPR_TEXT) {
		add_text(r, rule, event, v.p, v.len, true);
		return;
	}
	if (v.type == EXPR_JSON && *v.p == '[' && m->keep == KEEP_ALL) {
		add_elements(r, rule, event, array);
		return;
	}
	r->value.len = 0;
	expr_json(v, &r->value);
	add_text(r, rule, event, r->value.p, r->value.len, false);
}

static void
look_at(struct tags_run *r, const struct tag_rule *rule, size_t event)
{
	const struct tag_match *m = rule->match;
	struct expr_value text = {0};
	size_t from, to;

	if (!named(r, m, event))
		return;
	if (m->where.set >= 0 && !expr_event_true(asker_run(&r->ask, m->where),
				     m->where.id, event, r->now))
		return;
	if (!text_matches(r, m, event, &text))
		return;
	if (m->capture >= 0) {
		if (pattern_group(r->patterns, (size_t)m->capture, &from, &to))
			add_text(
			    r, rule, event, text.p + from, to - from, true);
	} else if (m->value.set >= 0)
		add_value(r, rule, event);
	else
		add_text(r, rule, event, rule->constant, strlen(rule->constant),
		    false);
}

void
tag_hits_find(struct tags_run *r, const struct tag_rule *rule)
{
	size_t i;

	r->hits[rule->order].n = 0;
	for (i = 0; i < r->history.n; i++)
		look_at(r, rule, i);
}

/* ---- at an instant ---- */

static bool
in_force(const struct tags_run *r, const struct tag_hit *h, int64_t t)
{
	return r->history.time[h->event] <= t && t <= h->until;
}

static bool
seen_before(
    const struct tags_run *r, const struct tag_hits *h, size_t i, int64_t t)
{
	const struct tag_hit *a = &h->item[i], *b;
	const char *text = r->hits_text.p;
	size_t k;

	for (k = 0; k < i; k++) {
		b = &h->item[k];
		if (b->len == a->len && in_force(r, b, t) &&
		    memcmp(text + a->from, text + b->from, a->len) == 0)
			return true;
	}
	return false;
}

bool
tag_hits_at(const struct tags_run *r, const struct tag_rule *rule, int64_t t,
    struct buf *value, int64_t *next)
{
	const struct tag_hits *h = &r->hits[rule->order];
	enum keep keep = rule->match->keep;
	const struct tag_hit *hit;
	bool any = false;
	size_t i;

	value->len = 0;
	*next = WHEN_NEVER;
	for (i = 0; i < h->n; i++) {
		hit = &h->item[i];
		if (!in_force(r, hit, t))
			continue;
		if (hit->until != WHEN_NEVER && hit->until + 1 < *next)
			*next = hit->until + 1;
		if ((any && keep == KEEP_FIRST) ||
		    (keep == KEEP_ALL && seen_before(r, h, i, t)))
			continue;
		if (keep == KEEP_ALL)
			buf_byte(value, any ? ',' : '[');
		else
			value->len = 0;
		buf_add(value, r->hits_text.p + hit->from, hit->len);
		any = true;
	}
	if (any && keep == KEEP_ALL)
		buf_byte(value, ']');
	return any;
}

/* The events in force, in the order of time, the latest at most. */
size_t
tag_hits_evidence(const struct tags_run *r, const struct tag_rule *rule,
    size_t *events, size_t most)
{
	const struct tag_hits *h = &r->hits[rule->order];
	enum keep keep = rule->match->keep;
	size_t i, n = 0, event;

	for (i = 0; i < h->n; i++) {
		event = h->item[i].event;
		if (!in_force(r, &h->item[i], r->now) ||
		    (n > 0 && events[n - 1] == event))
			continue;
		if (keep == KEEP_FIRST && n == 1)
			break;
		if (keep == KEEP_LAST)
			n = 0;
		if (n == most) {
			memmove(
			    events, events + 1, (most - 1) * sizeof *events);
			n--;
		}
		events[n++] = event;
	}
	return n;
}
