#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "err.h"
#include "mem.h"

#define BLOCK 65536
#define LARGE ((size_t)8 << 20)
#define PAGE ((uintptr_t)4096)

struct arena_block {
	struct arena_block *below;
	size_t size;
	_Alignas(16) char bytes[];
};

static size_t
product(size_t n, size_t size)
{
	if (size != 0 && n > SIZE_MAX / size)
		die("out of memory");
	return n * size;
}

/* Large tables are read at random: with small pages a third of that time goes
 * into finding the page.  Advice only; on all of a mapping, for realloc moves
 * only an undivided one without a copy. */
static void *
in_huge_pages(void *p, size_t bytes)
{
	uintptr_t from = (uintptr_t)p & ~(PAGE - 1);
	uintptr_t to = ((uintptr_t)p + bytes + PAGE - 1) & ~(PAGE - 1);
	int saved = errno;

	if (bytes >= LARGE)
		madvise((void *)from, to - from, MADV_HUGEPAGE);
	errno = saved;
	return p;
}

void *
mem_alloc(size_t n, size_t size)
{
	size_t bytes = product(n, size);
	void *p = calloc(1, bytes ? bytes : 1);

	if (p == NULL)
		die("out of memory");
	return in_huge_pages(p, bytes);
}

void *
mem_resize(void *p, size_t n, size_t size)
{
	size_t bytes = product(n, size);

	p = realloc(p, bytes ? bytes : 1);
	if (p == NULL)
		die("out of memory");
	return in_huge_pages(p, bytes);
}

void *
mem_grow(void *p, size_t *cap, size_t want, size_t size)
{
	size_t n = *cap ? *cap : 8;

	if (want <= *cap)
		return p;
	while (n < want) {
		if (n > SIZE_MAX / 2)
			die("out of memory");
		n *= 2;
	}
	p = mem_resize(p, n, size);
	*cap = n;
	return p;
}

char *
mem_text(const char *p, size_t n)
{
	char *s = mem_alloc(n + 1, 1);

	if (n > 0)
		memcpy(s, p, n);
	return s;
}

void
mem_sort(
    void *p, size_t n, size_t size, int (*compare)(const void *, const void *))
{
	if (n > 1)
		qsort(p, n, size, compare);
}

void
mem_sort_by(void *p, size_t n, size_t size,
    int (*compare)(const void *, const void *, void *), void *arg)
{
	if (n > 1)
		qsort_r(p, n, size, compare, arg);
}

void *
arena_alloc(struct arena *a, size_t n)
{
	struct arena_block *b = a->top;
	size_t size;
	void *p;

	n = (n + 15) & ~(size_t)15;
	if (b == NULL || b->size - a->used < n) {
		size = b == NULL ? BLOCK : b->size * 2;
		while (size < n)
			size *= 2;
		b = mem_resize(NULL, sizeof *b + size, 1);
		b->below = a->top;
		b->size = size;
		a->top = b;
		a->used = 0;
	}
	p = b->bytes + a->used;
	a->used += n;
	return p;
}

char *
arena_text(struct arena *a, const char *p, size_t n)
{
	char *s = arena_alloc(a, n + 1);

	if (n > 0)
		memcpy(s, p, n);
	s[n] = '\0';
	return s;
}

static void
drop_below(struct arena_block *b)
{
	struct arena_block *next;

	for (; b != NULL; b = next) {
		next = b->below;
		free(b);
	}
}

void
arena_reset(struct arena *a)
{
	if (a->top != NULL) {
		drop_below(a->top->below);
		a->top->below = NULL;
	}
	a->used = 0;
}

void
arena_free(struct arena *a)
{
	drop_below(a->top);
	a->top = NULL;
	a->used = 0;
}
