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
	bool own;          /* some have a block of their own */
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
	for (size_t i = from; s->own && i < s->n; i++)
		free(s->name[i].own);
	s->n = from;
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
make_room(struct names *s)
{
	size_t few = sizeof(s->few) / sizeof(s->few[0]);

	if (s->cap > 0) {
		s->name =
		    mem_grow(s->name, &s->cap, s->n + 1, sizeof(*s->name));
	} else if (s->n == few) {
		s->name = mem_grow(NULL, &s->cap, 2 * few, sizeof(*s->name));
		memcpy(s->name, s->few, sizeof(s->few));
	}
}

__attribute__((noinline)) static void
compare(struct names *s, const struct level *l, const struct name *name)
{
	for (size_t i = l->from; i < s->n && s->found == NULL; i++)
		if (same(s->name + i, name))
			s->found = name->at;
}

/* A bit of the filter, by the length and the bytes at both ends. */
static inline uint64_t
bit_of(const char *p, size_t len)
{
	uint32_t v = (uint32_t)len;

	if (len > 0)
		v += (uint32_t)(unsigned char)p[0] << 16 |
		     (uint32_t)(unsigned char)p[len / 2] << 8 |
		     (uint32_t)(unsigned char)p[len - 1] << 24;
	return UINT64_C(1) << (v * 0x9e3779b1u >> 26);
}

static inline void
add(struct names *s, struct level *l, struct name name)
{
	uint64_t bit = bit_of(name.p, name.len);

	if (s->n >= sizeof(s->few) / sizeof(s->few[0]))
		make_room(s);
	s->name[s->n] = name;
	if ((l->filter & bit) != 0 && s->n - l->from < FEW)
		compare(s, l, s->name + s->n);
	l->filter |= bit;
	s->n++;
}

static void
add_text(struct names *s, struct level *l, const char *p, const char *end,
    bool escaped)
{
	struct name name = {p + 1, (size_t)(end - p) - 2, p, NULL};
	struct buf text = {0};

	if (escaped) {
		buf_room(&text, 1);
		js_decode(&text, p + 1, end - 1);
		name.p = name.own = text.p;
		name.len = text.len;
		s->own = true;
	}
	add(s, l, name);
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
				add_text(s, l, at, p, scan->escaped);
			continue;
		}
		if (*p == '{' || *p == '[')
			*++l = (struct level){s->n, 0};
		else if (*p == '}' || *p == ']')
			end_object(s, (l--)->from);
		p++;
	}
}

#ifdef JS_SSE2
#define BLOCK 64

/* What 64 bytes hold, a bit each. */
struct marks {
	uint64_t quotes, slashes, tokens; /* tokens: : { } */
};

static unsigned
equal(__m128i v, char c)
{
	return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8(c)));
}

static struct marks
marks_of(const char *p, const char *end)
{
	struct marks m = {0, 0, 0};

	for (int i = 0; i < BLOCK && p + i < end; i += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(p + i));

		m.quotes |= (uint64_t)equal(v, '"') << i;
		m.slashes |= (uint64_t)equal(v, '\\') << i;
		m.tokens |=
		    (uint64_t)(equal(v, ':') | equal(v, '{') | equal(v, '}'))
		    << i;
	}
	if (end - p < BLOCK) {
		uint64_t here = (UINT64_C(1) << (end - p)) - 1;

		m.quotes &= here;
		m.slashes &= here;
		m.tokens &= here;
	}
	return m;
}

/* Bit i: the number of quotes up to i is odd, so i stands in a string. */
static uint64_t
within(uint64_t quotes)
{
	for (int i = 1; i < 64; i *= 2)
		quotes ^= quotes << i;
	return quotes;
}

/* The quotes last met: the last one, and the one before. */
struct last {
	const char *one, *two;
};

static struct last
quotes_before(const char *p, uint64_t quotes, struct last l)
{
	int bit;

	if (quotes == 0)
		return l;
	bit = 63 - __builtin_clzll(quotes);
	l.two = l.one;
	l.one = p + bit;
	quotes ^= UINT64_C(1) << bit;
	if (quotes != 0)
		l.two = p + 63 - __builtin_clzll(quotes);
	return l;
}

/*
 * As walk, without a look at each token: of valid text with no backslash only
 * the colons and braces outside strings count, 64 bytes at a time (Langdale
 * and Lemire, Parsing gigabytes of JSON per second, 3.1).  False: there is a
 * backslash.
 */
static bool
hop(struct names *s, const char *p, const char *end)
{
	struct level level[JS_DEPTH + 1], *l = level;
	struct last last = {NULL, NULL}, key;
	uint64_t inside = 0, strings, tokens;

	l->from = l->filter = 0;
	for (; p < end; p += BLOCK) {
		struct marks m = marks_of(p, end);

		if (m.slashes != 0)
			return false;
		strings = within(m.quotes) ^ inside;
		inside = (uint64_t)((int64_t)strings >> 63);
		for (tokens = m.tokens & ~strings; tokens != 0;
		     tokens &= tokens - 1) {
			int bit = __builtin_ctzll(tokens);

			if (p[bit] == '{')
				*++l = (struct level){s->n, 0};
			else if (p[bit] == '}')
				end_object(s, (l--)->from);
			else {
				key = quotes_before(p,
				    m.quotes & ((UINT64_C(1) << bit) - 1),
				    last);
				add(s, l,
				    (struct name){key.two + 1,
					(size_t)(key.one - key.two) - 1,
					key.two, NULL});
			}
			if (s->found != NULL)
				return true;
		}
		last = quotes_before(p, m.quotes, last);
	}
	return true;
}
#else
static bool
hop(struct names *s, const char *p, const char *end)
{
	(void)s;
	(void)p;
	(void)end;
	return false;
}
#endif

/* The next key or bracket of an indexed line. */
static inline void
step(struct names *s, struct level **l, const struct scan *scan, const char *p)
{
	const char *name = p + 1;

	if (*p == '"')
		add(s, *l,
		    (struct name){
			name, (size_t)(stop(scan, name) - name), p, NULL});
	else if (*p == '{' || *p == '[')
		*++*l = (struct level){s->n, 0};
	else
		end_object(s, ((*l)--)->from);
}

/* As walk, by the index of a line that holds no backslash. */
static void
leap_keys(struct names *s, const struct js_line *line)
{
	struct level level[JS_DEPTH + 1], *l = level;
	const struct index *x = line->index;
	const struct scan scan = {.begin = line->p, .stop = x->stop};

	l->from = l->filter = 0;
	for (size_t w = 0; w * 64 < line->len; w++)
		for (uint64_t left = x->key[w]; left != 0; left &= left - 1) {
			step(s, &l, &scan,
			    line->p + 64 * w + __builtin_ctzll(left));
			if (s->found != NULL)
				return;
		}
}

static void
start(struct names *s)
{
	s->name = s->few;
	s->n = s->cap = 0;
	s->own = false;
	s->found = NULL;
}

static const char *
finish(struct names *s, const char *p, size_t n, size_t *keylen)
{
	struct scan scan = {.begin = p, .end = p + n};

	forget(s, 0);
	if (s->cap > 0)
		free(s->name);
	if (s->found != NULL)
		*keylen = (size_t)(string(&scan, s->found + 1) - s->found);
	return s->found;
}

const char *
js_duplicate(const char *p, size_t n, size_t *keylen)
{
	struct names s;
	struct scan scan = {.begin = p, .end = p + n};

	start(&s);
	if (!hop(&s, p, p + n)) {
		forget(&s, 0);
		s.found = NULL;
		walk(&s, &scan, p);
	}
	return finish(&s, p, n, keylen);
}

const char *
js_line_duplicate(const struct js_line *line, size_t *keylen)
{
	struct names s;

	if (!line->indexed || line->index->slash)
		return js_duplicate(line->p, line->len, keylen);
	start(&s);
	leap_keys(&s, line);
	return finish(&s, line->p, line->len, keylen);
}
