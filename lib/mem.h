/*
 * Memory.  Whatever these return belongs to the caller, who frees it with
 * free(3); what an arena returns lives until arena_reset or arena_free.
 * None of them returns on failure: the program ends with status 2.
 */
#ifndef CDP_MEM_H
#define CDP_MEM_H

#include <stddef.h>

void *mem_alloc(size_t n, size_t size); /* n * size zeroed bytes */
void *mem_resize(void *p, size_t n, size_t size);
/* Make room for `want` elements in an array of *cap, at least doubling. */
void *mem_grow(void *p, size_t *cap, size_t want, size_t size);
char *mem_text(const char *p, size_t n); /* n bytes and a NUL */

/* qsort(3) that takes an empty array without a place. */
void mem_sort(
    void *p, size_t n, size_t size, int (*compare)(const void *, const void *));
void mem_sort_by(void *p, size_t n, size_t size,
    int (*compare)(const void *, const void *, void *), void *arg);

struct arena {
	struct arena_block *top;
	size_t used;
};

void *arena_alloc(struct arena *, size_t n); /* aligned to 16 */
char *arena_text(struct arena *, const char *p, size_t n);
void arena_reset(struct arena *); /* keeps the largest block for reuse */
void arena_free(struct arena *);

#endif
