#include <stdlib.h>
#include <string.h>

#include "intern.h"
#include "mem.h"
#include "trait.h"
#include "when.h"

/* The value that holds so far. */
struct told {
	uint32_t name;
	struct js_val value;
	const struct event *from;
	size_t rank; /* of its source */
};

/* One telling of a trait whose most frequent value counts. */
struct vote {
	uint32_t name;
	struct js_val value;
	const struct event *from;
};

struct traits {
	const struct guards *g;
	struct intern *names;
	const struct guard_trait **rule; /* by name */
	uint32_t *place;                 /* by name: in told, plus 1 */
	size_t rulecap, placecap;
	struct told *told;
	size_t n, cap;
	struct vote *vote;
	size_t nvote, votecap;
	struct buf text;
};

struct traits *
traits_new(const struct guards *g)
{
	struct traits *t = mem_alloc(1, sizeof *t);

	t->g = g;
	t->names = intern_new();
	return t;
}

void
traits_free(struct traits *t)
{
	if (t == NULL)
		return;
	intern_free(t->names);
	free(t->rule);
	free(t->place);
	free(t->told);
	free(t->vote);
	buf_free(&t->text);
	free(t);
}

static bool
filled(struct js_val v)
{
	return v.type == JS_OBJECT && v.len > 2;
}

bool
traits_told(struct js_val type, struct js_val traits, struct js_val context)
{
	return (filled(traits) && !js_is(type, "group", 5)) || filled(context);
}

static uint32_t
name_of(struct traits *t, struct js_val key)
{
	size_t n;
	const char *p;
	uint32_t name, count = intern_count(t->names);

	t->text.len = 0;
	p = js_text(key, &t->text, &n);
	name = intern_add(t->names, p, n);
	if (name == count) {
		t->rule = mem_grow(
		    t->rule, &t->rulecap, (size_t)name + 1, sizeof *t->rule);
		t->place = mem_grow(
		    t->place, &t->placecap, (size_t)name + 1, sizeof *t->place);
		t->rule[name] = guards_trait(t->g, p, n);
		t->place[name] = 0;
	}
	return name;
}

static size_t
source_rank(const struct guard_trait *rule, const struct event *e)
{
	struct js_val channel = js_member(
	    (struct js_val){e->p, e->len, JS_OBJECT, 0}, "channel", 7);
	size_t i;

	for (i = 0; i < rule->nsource; i++)
		if (js_is(channel, rule->source[i], strlen(rule->source[i])))
			break;
	return i;
}

static void
tell(struct traits *t, uint32_t name, struct js_val v, const struct event *e)
{
	const struct guard_trait *rule = t->rule[name];
	struct told *to;
	size_t rank = rule->keep == KEEP_SOURCE ? source_rank(rule, e) : 0;

	if (rule->keep == KEEP_FREQUENT && v.type != JS_NULL) {
		t->vote = mem_grow(
		    t->vote, &t->votecap, t->nvote + 1, sizeof *t->vote);
		t->vote[t->nvote++] = (struct vote){name, v, e};
	}
	if (t->place[name] == 0) {
		t->told = mem_grow(t->told, &t->cap, t->n + 1, sizeof *t->told);
		t->told[t->n++] = (struct told){name, v, e, rank};
		t->place[name] = (uint32_t)t->n;
		return;
	}
	to = &t->told[t->place[name] - 1];
	if ((rule->keep == KEEP_FIRST && to->value.type != JS_NULL) ||
	    rank > to->rank)
		return;
	*to = (struct told){name, v, e, rank};
}

static void
take(struct traits *t, struct js_val object, const struct event *e)
{
	struct js_val key, v;
	struct js_iter it;

	if (object.type != JS_OBJECT)
		return;
	it = js_iterate(object);
	while (js_next(&it, &key, &v))
		tell(t, name_of(t, key), v, e);
}

/* traits over context.traits, in one event; found in one walk over it. */
static void
take_event(struct traits *t, const struct event *e)
{
	struct js_val whole = {e->p, e->len, JS_OBJECT, 0};
	struct js_val type = {0}, traits = {0}, context = {0}, key, v;
	struct js_iter it = js_iterate(whole);

	while (js_next(&it, &key, &v))
		if (js_is(key, "type", 4))
			type = v;
		else if (js_is(key, "traits", 6))
			traits = v;
		else if (js_is(key, "context", 7))
			context = v;
	take(t, js_member(context, "traits", 6), e);
	if (!js_is(type, "group", 5))
		take(t, traits, e);
}

static int
by_vote(const void *a, const void *b)
{
	const struct vote *x = a, *y = b;
	uint32_t n = x->value.len < y->value.len ? x->value.len : y->value.len;
	int c;

	if (x->name != y->name)
		return x->name < y->name ? -1 : 1;
	c = memcmp(x->value.p, y->value.p, n);
	if (c != 0)
		return c;
	if (x->value.len != y->value.len)
		return x->value.len < y->value.len ? -1 : 1;
	return event_compare(x->from, y->from);
}

/* The value told most often; among equals the one told last. */
static void
count_votes(struct traits *t)
{
	size_t i, from, best = 0;
	struct told *to = NULL;
	const struct vote *v = t->vote;

	mem_sort(t->vote, t->nvote, sizeof *t->vote, by_vote);
	for (i = from = 0; i < t->nvote; i++) {
		if (i + 1 < t->nvote && v[i + 1].name == v[i].name &&
		    v[i + 1].value.len == v[i].value.len &&
		    memcmp(v[i + 1].value.p, v[i].value.p, v[i].value.len) == 0)
			continue;
		if (to != &t->told[t->place[v[i].name] - 1]) {
			to = &t->told[t->place[v[i].name] - 1];
			best = 0;
		}
		if (i + 1 - from > best ||
		    (i + 1 - from == best &&
			event_compare(v[i].from, to->from) > 0)) {
			best = i + 1 - from;
			to->value = v[i].value;
			to->from = v[i].from;
		}
		from = i + 1;
	}
}

static int
by_name(const void *a, const void *b, void *arg)
{
	const struct told *x = a, *y = b;
	size_t n, m;
	const char *p = intern_text(arg, x->name, &n);
	const char *q = intern_text(arg, y->name, &m);
	int c = memcmp(p, q, n < m ? n : m);

	return c != 0 ? c : (n > m) - (n < m);
}

static void
write_name(struct traits *t, const struct told *to, struct buf *out)
{
	size_t n;
	const char *p = intern_text(t->names, to->name, &n);

	if (out->p[out->len - 1] != '{')
		buf_byte(out, ',');
	buf_json(out, p, n);
	buf_byte(out, ':');
}

static void
write_source(struct traits *t, const struct told *to, struct buf *out)
{
	const struct event *e = to->from;
	struct js_val channel = js_member(
	    (struct js_val){e->p, e->len, JS_OBJECT, 0}, "channel", 7);

	write_name(t, to, out);
	buf_adds(out, "{\"messageId\":");
	buf_add(out, e->p + e->mid - 1, e->midlen + (size_t)2);
	buf_adds(out, ",\"timestamp\":");
	when_json(e->time, out);
	if (channel.type == JS_STRING) {
		buf_adds(out, ",\"channel\":");
		buf_add(out, channel.p, channel.len);
	}
	buf_byte(out, '}');
}

void
traits_fold(struct traits *t, const struct event *e, size_t n, struct buf *out,
    struct buf *sources)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (e[i].flags & EVENT_TRAITS)
			take_event(t, &e[i]);
	count_votes(t);
	if (t->n > 1)
		mem_sort_by(t->told, t->n, sizeof *t->told, by_name, t->names);
	buf_byte(out, '{');
	if (sources != NULL)
		buf_byte(sources, '{');
	for (i = 0; i < t->n; i++) {
		t->place[t->told[i].name] = 0;
		if (t->told[i].value.type == JS_NULL)
			continue;
		write_name(t, &t->told[i], out);
		buf_add(out, t->told[i].value.p, t->told[i].value.len);
		if (sources != NULL)
			write_source(t, &t->told[i], sources);
	}
	buf_byte(out, '}');
	if (sources != NULL)
		buf_byte(sources, '}');
	t->n = t->nvote = 0;
}
