/*
 * What the events say about identifiers: every identifier and every distinct
 * set of identifiers that one event carried, as they were written (decoded,
 * before any guard).  Guards act on it afterwards, so that another rule file
 * acts on the whole past.  The evidence owns all texts and sets.
 */
#ifndef CDP_IDENTITY_EVIDENCE_H
#define CDP_IDENTITY_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "intern.h"

#define EVIDENCE_NEVER INT64_MAX /* no event of the set is left */

struct evidence {
	struct intern *spaces; /* namespaces as written: openid@wx1 */
	struct intern *ids;    /* two bytes of namespace number, the value */
	struct intern *sets;   /* of two and more: sorted ids, 4 bytes each */
	uint16_t *space;       /* by id: its namespace */
	size_t spacecap;
	uint32_t singles; /* sets of one identifier, when all is read, */
	uint32_t several; /* and of two and more */
	int64_t *first;   /* by set: its first time, or EVIDENCE_NEVER */
	uint32_t seen;    /* sets that have a first time */
	uint32_t proxies; /* namespaces below are proxies, not identifiers */
	struct buf key;
};

/* proxies: how many paths stand in for a person; their values are kept in the
 * sets as members of namespaces 0 ... proxies - 1. */
struct evidence *evidence_new(size_t proxies);
void evidence_free(struct evidence *);

/* The number of a namespace; more than 65,535 of them end the program. */
uint16_t evidence_space(struct evidence *, const char *p, size_t n);
uint32_t evidence_id(
    struct evidence *, uint16_t space, const char *p, size_t n);
/* Many at once, from keys of two bytes of namespace and the value. */
void evidence_ids(
    struct evidence *, const struct intern_key *, size_t n, uint32_t *ids);
/* INTERN_NONE where no event carried it; text is "namespace:value". */
uint32_t evidence_find(const struct evidence *, const char *text, size_t n);
const char *evidence_value(const struct evidence *, uint32_t id, size_t *n);
const char *evidence_space_name(
    const struct evidence *, uint16_t space, size_t *n);
/* "namespace:value", appended. */
void evidence_text(const struct evidence *, uint32_t id, struct buf *);
/* Byte order of "namespace:value". */
int evidence_compare(const struct evidence *, uint32_t a, uint32_t b);

int evidence_compare_spaces(const struct evidence *, uint16_t a, uint16_t b);

/* Sorts ids in place and drops repetitions; returns how many are left. */
size_t evidence_sort(uint32_t *ids, size_t n);

/*
 * While events are read, a set of one identifier is known by the identifier's
 * number, a larger one by its own number with the highest bit set: its code.
 * Once all is read the sets are numbered, those of one identifier first.
 */
#define EVIDENCE_SETS ((uint32_t)1 << 31)

/* The code of a set, sorted or not; sorts the ids in place. */
uint32_t evidence_code(struct evidence *, uint32_t *ids, size_t n);
/* All is read, and looking up an identifier is dear from now on; all sets are
 * empty until evidence_saw names their events. */
void evidence_begin(struct evidence *);
static inline uint32_t
evidence_set(const struct evidence *ev, uint32_t code)
{
	return code & EVIDENCE_SETS ? ev->singles + (code & ~EVIDENCE_SETS)
				    : code;
}
static inline uint32_t
evidence_sets(const struct evidence *ev)
{
	return ev->singles + ev->several;
}
static inline void
evidence_saw(struct evidence *ev, uint32_t set, int64_t time)
{
	ev->seen += ev->first[set] == EVIDENCE_NEVER;
	if (time < ev->first[set])
		ev->first[set] = time;
}
/* Nobody will ask for members and first times any more. */
void evidence_forget_sets(struct evidence *);
/* one: room for the member of a set of one. */
static inline const uint32_t *
evidence_members(
    const struct evidence *ev, uint32_t set, uint32_t *one, size_t *n)
{
	const char *p;

	if (set < ev->singles) {
		*one = set;
		*n = 1;
		return one;
	}
	p = intern_text(ev->sets, set - ev->singles, n);
	*n /= sizeof(uint32_t);
	return (const uint32_t *)(const void *)p;
}

#endif
