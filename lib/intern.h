/*
 * Byte strings numbered in the order of their first appearance, 0, 1, 2 ...
 * The intern owns copies of the strings.  The hash is seeded per process;
 * nothing but speed depends on the seed.
 */
#ifndef CDP_INTERN_H
#define CDP_INTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INTERN_NONE UINT32_MAX

struct intern;

struct intern *intern_new(void);
uint32_t intern_add(struct intern *, const char *p, size_t n);

/* Many at once: as intern_add one after another, but the memory that each
 * needs is asked for ahead. */
struct intern_key {
	const char *p;
	size_t n;
};
void intern_add_all(
    struct intern *, const struct intern_key *, size_t n, uint32_t *ids);
uint32_t intern_find(const struct intern *, const char *p, size_t n);
const char *intern_text(const struct intern *, uint32_t id, size_t *n);
uint32_t intern_count(const struct intern *);
/* Gives the table back that finds texts, until intern_wake makes it anew:
 * meanwhile only intern_text and intern_count may be asked. */
void intern_rest(struct intern *);
void intern_wake(struct intern *);  /* nothing, where it did not rest */
void intern_clear(struct intern *); /* as new, its memory kept */
void intern_free(struct intern *);

/* The seeded hash itself, for tables of another shape. */
uint64_t intern_hash(const char *p, size_t n);

#endif
