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
	h->item[h->n] = (struct tag_hit){event,
	    m->bounded ? when_add(t, m->within, 1, z) : WHEN_NEVER, NOBODY,
	    from, r->hits_text.len - from};
	if (m->keep == KEEP_ALL)
		h->item[h->n].before = keyset_put(&r->values,
		    r->hits_text.p + from, r->hits_text.len - from, h->n);
	h->n++;
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
	keyset_empty(&r->values);
	for (i = 0; i < r->history.n; i++)
		look_at(r, rule, i);
}

/* ---- at an instant ---- */

/* The hits [*from, *to) in force at t. */
static void
in_force(const struct tags_run *r, const struct tag_hits *h, int64_t t,
    size_t *from, size_t *to)
{
	size_t low = 0, high = h->n, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (r->history.time[h->item[mid].event] <= t)
			low = mid + 1;
		else
			high = mid;
	}
	*to = high;
	for (low = 0; low < high;) {
		mid = low + (high - low) / 2;
		if (h->item[mid].until < t)
			low = mid + 1;
		else
			high = mid;
	}
	*from = low;
}

static void
write_all(const struct tags_run *r, const struct tag_hits *h, size_t from,
    size_t to, struct buf *value)
{
	const struct tag_hit *hit;
	char comma = '[';
	size_t i;

	for (i = from; i < to; i++) {
		hit = &h->item[i];
		if (hit->before != NOBODY && hit->before >= from)
			continue;
		buf_byte(value, comma);
		comma = ',';
		buf_add(value, r->hits_text.p + hit->from, hit->len);
	}
	buf_byte(value, ']');
}

bool
tag_hits_at(const struct tags_run *r, const struct tag_rule *rule, int64_t t,
    struct buf *value, int64_t *next)
{
	const struct tag_hits *h = &r->hits[rule->order];
	enum keep keep = rule->match->keep;
	const struct tag_hit *hit;
	size_t from, to;

	value->len = 0;
	*next = WHEN_NEVER;
	in_force(r, h, t, &from, &to);
	if (from == to)
		return false;
	hit = &h->item[keep == KEEP_LAST ? to - 1 : from];
	if (hit->until != WHEN_NEVER)
		*next = hit->until + 1;
	if (keep == KEEP_ALL)
		write_all(r, h, from, to, value);
	else
		buf_add(value, r->hits_text.p + hit->from, hit->len);
	return true;
}

/* The events in force, in the order of time, the latest at most. */
size_t
tag_hits_evidence(const struct tags_run *r, const struct tag_rule *rule,
    size_t *events, size_t most)
{
	const struct tag_hits *h = &r->hits[rule->order];
	size_t from, to, n = 0, i, swap;

	in_force(r, h, r->now, &from, &to);
	if (from == to)
		return 0;
	if (rule->match->keep == KEEP_FIRST)
		to = from + 1;
	if (rule->match->keep == KEEP_LAST)
		from = to - 1;
	for (i = to; i-- > from && n < most;)
		if (n == 0 || events[n - 1] != h->item[i].event)
			events[n++] = h->item[i].event;
	for (i = 0; i < n / 2; i++) {
		swap = events[i];
		events[i] = events[n - 1 - i];
		events[n - 1 - i] = swap;
	}
	return n;
}
