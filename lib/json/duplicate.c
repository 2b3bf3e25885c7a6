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

struct level {
	size_t from;     /* its first name */
	uint64_t filter; /* one bit a name: most names are new by it */
};

/* The names of all open objects, innermost last. */
struct names {
	struct name few[64], *name;
	size_t n, cap;     /* cap 0: name is few */
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
push(struct names *s, const struct name *name)
{
	if (s->cap == 0 && s->n == sizeof(s->few) / sizeof(s->few[0])) {
		s->name = mem_grow(NULL, &s->cap, 2 * s->n, sizeof(*name));
		memcpy(s->name, s->few, sizeof(s->few));
	} else if (s->cap > 0 && s->n == s->cap) {
		s->name = mem_grow(s->name, &s->cap, s->n + 1, sizeof(*name));
	}
	s->name[s->n++] = *name;
}

static void
add(struct names *s, struct level *l, const char *p, const char *end,
    bool escaped)
{
	struct name name = {p + 1, (size_t)(end - p) - 2, p, NULL};
	struct buf text = {0};
	uint64_t bit;

	if (escaped) {
		buf_room(&text, 1);
		js_decode(&text, p + 1, end - 1);
		name.p = name.own = text.p;
		name.len = text.len;
	}
	bit = UINT64_C(1) << ((name.len == 0
				      ? 0
				      : *name.p * 7 + name.p[name.len - 1] +
					    (int)name.len) &
			      63);
	if ((l->filter & bit) != 0 && s->n - l->from < FEW)
		for (size_t i = l->from; i < s->n && s->found == NULL; i++)
			if (same(s->name + i, &name))
				s->found = p;
	l->filter |= bit;
	push(s, &name);
}

/* Tokens of valid text need no grammar: a string before a colon is a key. */
static void
walk(struct names *s, struct scan *scan, const char *p)
{
	struct level level[JS_DEPTH + 1], *l = level;

	l->from = l->filter = 0;
	while (p < scan->end && s->found == NULL) {
		const char *at = p;

		if (*p == '"') {
			scan->escaped = false;
			p = string(scan, p + 1);
			if (*p == ':' || *space(scan, p) == ':')
				add(s, l, at, p, scan->escaped);
			continue;
		}
		if (*p == '{' || *p == '[')
			*++l = (struct level){s->n, 0};
		else if (*p == '}' || *p == ']')
			end_object(s, (l--)->from);
		p++;
	}
}

const char *
js_duplicate(const char *p, size_t n, size_t *keylen)
{
	struct names s;
	struct scan scan = {.begin = p, .end = p + n};

	s.name = s.few;
	s.n = s.cap = 0;
	s.found = NULL;
	walk(&s, &scan, p);
	forget(&s, 0);
	if (s.cap > 0)
		free(s.name);
	if (s.found == NULL)
		return NULL;
	scan.escaped = false;
	*keylen = (size_t)(string(&scan, s.found + 1) - s.found);
	return s.found;
}
