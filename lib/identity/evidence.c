#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "evidence.h"
#include "mem.h"

#define SPACES 65535

struct evidence *
evidence_new(size_t proxies)
{
	struct evidence *ev = mem_alloc(1, sizeof *ev);
	char name[2] = {(char)0xff, 0}; /* never in valid UTF-8 */

	ev->spaces = intern_new();
	ev->ids = intern_new();
	ev->sets = intern_new();
	if (proxies > 255)
		die("more than 255 different paths in shared_after");
	for (; ev->proxies < proxies; ev->proxies++) {
		name[1] = (char)ev->proxies;
		intern_add(ev->spaces, name, 2);
	}
	return ev;
}

void
evidence_free(struct evidence *ev)
{
	if (ev == NULL)
		return;
	intern_free(ev->spaces);
	intern_free(ev->ids);
	intern_free(ev->sets);
	free(ev->space);
	free(ev->first);
	buf_free(&ev->key);
	free(ev);
}

uint16_t
evidence_space(struct evidence *ev, const char *p, size_t n)
{
	uint32_t space = intern_add(ev->spaces, p, n);

	if (space >= SPACES)
		die("more than 65,535 namespaces of identifiers, %s is the "
		    "next: is a value written where its namespace belongs?",
		    err_quote(p, n));
	return (uint16_t)space;
}

/* Remember the namespaces of ids that are new. */
static void
note_spaces(struct evidence *ev, uint32_t from)
{
	uint32_t count = intern_count(ev->ids), id;
	const char *p;
	size_t n;

	if (count == from)
		return;
	ev->space =
	    mem_grow(ev->space, &ev->spacecap, count, sizeof *ev->space);
	for (id = from; id < count; id++) {
		p = intern_text(ev->ids, id, &n);
		memcpy(&ev->space[id], p, sizeof *ev->space);
	}
}

uint32_t
evidence_id(struct evidence *ev, uint16_t space, const char *p, size_t n)
{
	uint32_t id, count = intern_count(ev->ids);

	intern_wake(ev->ids);
	ev->key.len = 0;
	buf_add(&ev->key, &space, sizeof space);
	buf_add(&ev->key, p, n);
	id = intern_add(ev->ids, ev->key.p, ev->key.len);
	note_spaces(ev, count);
	return id;
}

void
evidence_ids(
    struct evidence *ev, const struct intern_key *key, size_t n, uint32_t *ids)
{
	uint32_t count = intern_count(ev->ids);

	intern_add_all(ev->ids, key, n, ids);
	note_spaces(ev, count);
}

uint32_t
evidence_find(const struct evidence *ev, const char *text, size_t n)
{
	const char *colon = memchr(text, ':', n);
	struct buf key = {0};
	uint32_t space, id;
	uint16_t number;
	size_t k;

	if (colon == NULL)
		return INTERN_NONE;
	k = (size_t)(colon - text);
	space = intern_find(ev->spaces, text, k);
	if (space == INTERN_NONE)
		return INTERN_NONE;
	intern_wake(ev->ids);
	number = (uint16_t)space;
	buf_add(&key, &number, sizeof number);
	buf_add(&key, colon + 1, n - k - 1);
	id = intern_find(ev->ids, key.p, key.len);
	buf_free(&key);
	return id;
}

const char *
evidence_value(const struct evidence *ev, uint32_t id, size_t *n)
{
	const char *p = intern_text(ev->ids, id, n);

	*n -= sizeof(uint16_t);
	return p + sizeof(uint16_t);
}

const char *
evidence_space_name(const struct evidence *ev, uint16_t space, size_t *n)
{
	return intern_text(ev->spaces, space, n);
}

void
evidence_text(const struct evidence *ev, uint32_t id, struct buf *out)
{
	size_t n;
	const char *p = evidence_space_name(ev, ev->space[id], &n);

	buf_add(out, p, n);
	buf_byte(out, ':');
	p = evidence_value(ev, id, &n);
	buf_add(out, p, n);
}

static int
bytes(const char *a, size_t n, const char *b, size_t m)
{
	int c = memcmp(a, b, n < m ? n : m);

	return c != 0 ? c : (n > m) - (n < m);
}

/* A namespace ends at its colon, and holds none. */
static int
spaces(const char *a, size_t n, const char *b, size_t m)
{
	int c = memcmp(a, b, n < m ? n : m);

	if (c != 0 || n == m)
		return c;
	return n < m ? ':' - b[n] : a[m] - ':';
}

int
evidence_compare_spaces(const struct evidence *ev, uint16_t a, uint16_t b)
{
	const char *p, *q;
	size_t n, m;

	p = evidence_space_name(ev, a, &n);
	q = evidence_space_name(ev, b, &m);
	return spaces(p, n, q, m);
}

int
evidence_compare(const struct evidence *ev, uint32_t a, uint32_t b)
{
	const char *p, *q;
	size_t n, m;

	if (ev->space[a] != ev->space[b])
		return evidence_compare_spaces(ev, ev->space[a], ev->space[b]);
	p = evidence_value(ev, a, &n);
	q = evidence_value(ev, b, &m);
	return bytes(p, n, q, m);
}

static int
by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Sets are small; a large one goes to mem_sort. */
static void
sort_ids(uint32_t *ids, size_t n)
{
	size_t i, k;
	uint32_t x;

	if (n > 32) {
		mem_sort(ids, n, sizeof *ids, by_number);
		return;
	}
	for (i = 1; i < n; i++) {
		x = ids[i];
		for (k = i; k > 0 && ids[k - 1] > x; k--)
			ids[k] = ids[k - 1];
		ids[k] = x;
	}
}

size_t
evidence_sort(uint32_t *ids, size_t n)
{
	size_t i, k = 0;

	sort_ids(ids, n);
	for (i = 0; i < n; i++)
		if (k == 0 || ids[k - 1] != ids[i])
			ids[k++] = ids[i];
	return k;
}

uint32_t
evidence_code(struct evidence *ev, uint32_t *ids, size_t n)
{
	n = evidence_sort(ids, n);
	if (n == 1)
		return ids[0];
	return EVIDENCE_SETS |
	       intern_add(ev->sets, (const char *)ids, n * sizeof *ids);
}

void
evidence_begin(struct evidence *ev)
{
	size_t i, n;

	intern_rest(ev->ids);
	intern_rest(ev->sets);
	ev->singles = intern_count(ev->ids);
	ev->several = intern_count(ev->sets);
	n = (size_t)ev->singles + ev->several;
	if (ev->singles >= EVIDENCE_SETS || n >= EVIDENCE_SETS)
		die("more than 2,147,483,647 identifiers or sets of them");
	ev->first = mem_resize(ev->first, n, sizeof *ev->first);
	for (i = 0; i < n; i++)
		ev->first[i] = EVIDENCE_NEVER;
}

void
evidence_forget_sets(struct evidence *ev)
{
	free(ev->first);
	ev->first = NULL;
	intern_free(ev->sets);
	ev->sets = NULL;
}
