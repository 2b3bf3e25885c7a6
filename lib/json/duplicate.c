#include <stdlib.h>

#include "json/skip.h"
#include "mem.h"

/* Objects of up to so many members are searched as they are read. */
#define FEW 32

struct name {
	const char *p; /* in the text, or decoded in a block of its own */
	size_t len;
	const char *at; /* its opening quote */
	char *own;
};

/* The names of all open objects, innermost last. */
struct names {
	struct name *name;
	size_t n, cap;
	const char *found; /* the duplicate, at its opening quote */
};

static bool
same(const struct name *a, const struct name *b)
{
	return a->len == b->len && memcmp(a->p, b->p, a->len) == 0;
}

static int
by_text(const void *x, const void *y)
{
	const struct name *a = x, *b = y;
	int order;

	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	order = memcmp(a->p, b->p, a->len);
	return order != 0 ? order : (a->at > b->at) - (a->at < b->at);
}

static void
forget(struct names *s, size_t from)
{
	while (s->n > from)
		free(s->name[--s->n].own);
}

/* A large object is sorted when it ends; the earliest second name counts. */
static void
end_object(struct names *s, size_t from)
{
	size_t n = s->n - from;
	struct name *name = s->name + from;

	if (n > FEW) {
		mem_sort(name, n, sizeof(*name), by_text);
		for (size_t i = 1; i < n; i++)
			if (same(name + i - 1, name + i) &&
			    (s->found == NULL || name[i].at < s->found))
				s->found = name[i].at;
	}
	forget(s, from);
}

static void
add(struct names *s, size_t from, const char *p, const char *end, bool escaped)
{
	struct name name = {p + 1, (size_t)(end - p) - 2, p, NULL};
	struct buf text = {0};

	if (escaped) {
		buf_room(&text, 1);
		js_decode(&text, p + 1, end - 1);
		name.p = name.own = text.p;
		name.len = text.len;
	}
	if (s->n - from < FEW)
		for (size_t i = from; i < s->n && s->found == NULL; i++)
			if (same(s->name + i, &name))
				s->found = p;
	s->name = mem_grow(s->name, &s->cap, s->n + 1, sizeof(*s->name));
	s->name[s->n++] = name;
}

/* Tokens of valid text need no grammar: a string before a colon is a key. */
static void
walk(struct names *s, struct scan *scan, const char *p)
{
	size_t from[JS_DEPTH + 2] = {0}, depth = 0;

	while (p < scan->end && s->found == NULL) {
		const char *at = p;

		if (*p == '{' || *p == '[') {
			from[++depth] = s->n;
			p++;
		} else if (*p == '}' || *p == ']') {
			end_object(s, from[depth--]);
			p++;
		} else if (*p == '"') {
			scan->escaped = false;
			p = string(scan, p + 1);
			if (*space(scan, p) == ':')
				add(s, from[depth], at, p, scan->escaped);
		} else {
			p++;
		}
	}
}

const char *
js_duplicate(const char *p, size_t n, size_t *keylen)
{
	struct names s = {0};
	struct scan scan = {.begin = p, .end = p + n};

	walk(&s, &scan, p);
	forget(&s, 0);
	free(s.name);
	if (s.found == NULL)
		return NULL;
	scan.escaped = false;
	*keylen = (size_t)(string(&scan, s.found + 1) - s.found);
	return s.found;
}
