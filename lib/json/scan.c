#include <stdlib.h>

#include "json/plan.h"
#include "json/skip.h"
#include "mem.h"

#define LONGEST (UINT32_MAX - JS_PAD)
#define SPACED 31 /* lines like one with spaces are likely to have them too */

static const char *object(
    struct scan *, const char *, const struct node *, unsigned depth);
static const char *array(
    struct scan *, const char *, const struct node *, unsigned depth);

/* Forget what an earlier member of the same name left. */
static void
clear(struct scan *s, const struct node *n)
{
	s->out[n->slot] = (struct js_val){0};
	if (n->each)
		s->line->neach = 0;
	if (n->nmember > 0)
		for (size_t i = 0; i <= n->mask; i++)
			if (n->member[i].node != NULL)
				clear(s, n->member[i].node);
	for (size_t i = 0; i < n->nelement; i++)
		clear(s, n->element[i].node);
}

__attribute__((noinline)) static const struct node *
find_escaped(
    struct scan *s, const struct node *n, const char *p, const char *end)
{
	struct buf *text = &s->line->key;
	struct key k;

	text->len = 0;
	js_decode(text, p, end);
	buf_room(text, 8);
	k = key_of(text->p, text->len);
	return node_member(n, &k);
}

/* The key of a line between its quotes [p, end). */
static inline const struct node *
find(struct scan *s, const struct node *n, const char *p, const char *end)
{
	struct key k;

	if (s->escaped)
		return find_escaped(s, n, p, end);
	if (!(n->filter & key_bit(p, (size_t)(end - p))))
		return NULL;
	k = key_of(p, (size_t)(end - p));
	return node_member(n, &k);
}

static void
note(struct scan *s, const struct node *n, const char *key, const char *end)
{
	struct js_line *l = s->line;
	uint32_t from = (uint32_t)(key - s->begin);

	if (n->events)
		l->events = from;
	if (n->noted < 0)
		return;
	l->span =
	    mem_grow(l->span, &l->spancap, l->nspan + 1, sizeof(*l->span));
	l->span[l->nspan++] =
	    (struct js_span){n->noted, from, (uint32_t)(end - s->begin)};
}

/* A value the plan names, or looks into, inside level `depth`. */
static inline const char *
wanted(struct scan *s, const char *p, const struct node *n, unsigned depth)
{
	struct js_val *v = &s->out[n->slot];
	const char *from = p;

	if (v->type != JS_MISSING)
		clear(s, n);
	s->escaped = false;
	if (*p == '{' && n->nmember > 0)
		p = object(s, p, n, depth + 1);
	else if (*p == '[' && (n->each || n->nelement > 0))
		p = array(s, p, n, depth + 1);
	else
		p = value(s, p, depth);
	if (p == NULL)
		return NULL;
	v->p = from;
	v->len = (uint32_t)(p - from);
	v->type = js_type_of[(unsigned char)*from];
	v->escaped = s->escaped && *from == '"';
	return p;
}

/* A member of a line that has an index.  As a rule one word of the index shows
 * both quotes of the key, the colon and both quotes of the value. */
static inline const char *
leap_member(
    struct scan *s, const char *key, const struct node *n, unsigned depth)
{
	uint64_t w = stops_from(s, key + 1);
	const char *p,
	    *end = w != 0 ? key + 1 + __builtin_ctzll(w) : stop(s, key + 1);
	const struct node *child;

	s->escaped = s->slash && memchr(key, '\\', (size_t)(end - key)) != NULL;
	child = find(s, n, key + 1, end);
	p = end + 2;
	if (child == NULL) {
		w &= w - 1;
		w &= w - 1;
		w &= w - 1;
		return *p == '"' && w != 0 ? key + 2 + __builtin_ctzll(w)
					   : leap(s, p);
	}
	p = wanted(s, p, child, depth);
	if (child->span && p != NULL)
		note(s, child, key, p);
	return p;
}

/* One member of an object the plan looks into; p: at its key. */
static inline const char *
member(struct scan *s, const char *p, const struct node *n, unsigned depth)
{
	const char *key = p, *after;
	const struct node *child;

	if (s->stop != NULL)
		return leap_member(s, p, n, depth);
	if (*p != '"')
		return fail(s, p, "expected a key");
	s->escaped = false;
	if ((after = string(s, p + 1)) == NULL)
		return NULL;
	child = find(s, n, key + 1, after - 1);
	if ((p = colon(s, after)) == NULL)
		return NULL;
	if (child == NULL)
		return value(s, p, depth);
	p = wanted(s, p, child, depth);
	if (child->span && p != NULL)
		note(s, child, key, p);
	return p;
}

/* p: at the opening brace, which opens level `depth`. */
static const char *
object(struct scan *s, const char *p, const struct node *n, unsigned depth)
{
	if (depth > JS_DEPTH)
		return fail(s, p, "nested too deep");
	s->nth++;
	p = space(s, p + 1);
	if (*p == '}')
		return p + 1;
	while ((p = member(s, p, n, depth)) != NULL) {
		if (*p != ',' && *(p = space(s, p)) != ',')
			return *p == '}' ? p + 1 : no_comma(s, p, '}');
		p = space(s, p + 1);
	}
	return NULL;
}

/* An event: a new row. */
static const char *
row(struct scan *s, const char *p, unsigned depth)
{
	struct js_line *l = s->line;
	struct js_val *out = s->out;

	if ((l->neach + 1) * l->neachcol > l->eachcap)
		l->each = mem_grow(l->each, &l->eachcap,
		    (l->neach + 1) * l->neachcol, sizeof(*l->each));
	s->out = l->each + l->neach++ * l->neachcol;
	memset(s->out, 0, l->neachcol * sizeof(*s->out));
	p = wanted(s, p, s->plan->event, depth);
	s->out = out;
	return p;
}

static const char *
element(struct scan *s, const char *p, const struct node *n, size_t index,
    unsigned depth)
{
	const char *after = NULL;
	size_t nth = s->nth;

	if (n->each && (after = row(s, p, depth)) == NULL)
		return NULL;
	for (size_t i = 0; i < n->nelement; i++)
		if (n->element[i].index == index) {
			s->nth = nth;
			return wanted(s, p, n->element[i].node, depth);
		}
	return after != NULL ? after : value(s, p, depth);
}

static const char *
array(struct scan *s, const char *p, const struct node *n, unsigned depth)
{
	if (depth > JS_DEPTH)
		return fail(s, p, "nested too deep");
	s->nth++;
	p = space(s, p + 1);
	if (*p == ']')
		return p + 1;
	for (size_t i = 0; (p = element(s, p, n, i, depth)) != NULL; i++) {
		if (*p != ',' && *(p = space(s, p)) != ',')
			return *p == ']' ? p + 1 : no_comma(s, p, ']');
		p = space(s, p + 1);
	}
	return NULL;
}

static void
reset(struct js_line *l, const struct js_plan *plan, const char *p, size_t n)
{
	size_t slots = (size_t)plan->slots;

	l->p = p;
	l->len = n;
	l->neach = l->nspan = 0;
	l->neachcol = (size_t)plan->columns;
	l->empty = false;
	l->close = l->events = 0;
	if (slots > l->slotcap)
		l->slot =
		    mem_grow(l->slot, &l->slotcap, slots, sizeof(*l->slot));
	memset(l->slot, 0, slots * sizeof(*l->slot));
}

/* Most lines have an index; the others are checked while they are scanned. */
static bool
use_index(struct scan *s, const char *p, size_t n)
{
#ifndef JS_SCALAR
	struct js_line *l = s->line;

	l->indexed = false;
	if (l->spaced > 0) {
		l->spaced--;
		return true;
	}
	if (l->index == NULL)
		l->index = mem_alloc(1, sizeof(*l->index));
	if (!index_line(l->index, p, n))
		return false;
	s->stop = l->index->stop;
	s->opening = l->index->opening;
	s->slash = l->index->slash;
	l->indexed = true;
#else
	(void)s;
	(void)p;
	(void)n;
#endif
	return true;
}

bool
js_scan(const struct js_plan *plan, const char *p, size_t n, struct js_line *l,
    struct js_error *e)
{
	struct scan s = {.begin = p, .end = p + n, .line = l, .plan = plan};
	bool usual = use_index(&s, p, n);
	const char *from, *to = NULL;

	reset(l, plan, p, n);
	s.out = l->slot;
	from = space(&s, p);
	if (n > LONGEST)
		fail(&s, p, "record too long");
	else if (*from != '{')
		fail(&s, from, "expected an object");
	else
		to = wanted(&s, from, plan->record, 0);
	if (to != NULL && space(&s, to) != s.end)
		to = fail(&s, space(&s, to), "text after the record");
	if (to == NULL) {
		*e = s.error;
		return false;
	}
	if (!usual)
		l->spaced = SPACED;
	l->close = (uint32_t)(to - 1 - p);
	l->empty = *space(&s, from + 1) == '}';
	return true;
}

bool
js_valid(const char *p, size_t n, struct js_error *e)
{
	struct scan s = {.begin = p, .end = p + n};
	const char *to = value(&s, space(&s, p), 0);

	if (to != NULL && space(&s, to) == s.end)
		return true;
	if (to != NULL)
		fail(&s, space(&s, to), "text after the value");
	*e = s.error;
	return false;
}

void
js_line_free(struct js_line *l)
{
	free(l->slot);
	free(l->each);
	free(l->span);
	buf_free(&l->key);
	index_free(l->index);
}
