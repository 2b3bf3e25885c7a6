/*
 * The rule file of cdp-merge-id, cdp-identity(5): what may hold a customer
 * together and what may not.  The guards own everything read from the file;
 * they are read-only once made.
 */
#ifndef CDP_IDENTITY_GUARD_H
#define CDP_IDENTITY_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "intern.h"
#include "rules.h"

struct ignore; /* which values say nothing; identity/ignore.c */

/* What holds for the identifiers of one namespace. */
struct guard {
	const char *name;
	uint32_t priority;      /* 1 is the strongest */
	uint32_t max;           /* values one customer may have; 0: any */
	uint32_t shared_ids;    /* shared when seen with more; 0: never */
	uint32_t shared_values; /* ... with more values of `proxy` */
	int proxy;              /* number in guards.proxy, or -1 */
	bool scoped;            /* only as namespace@scope */
	unsigned normal;        /* bits of enum normal */
	struct ignore *ignore;
};

enum normal {
	NORMAL_TRIM = 1,
	NORMAL_WIDTH = 2, /* full-width ASCII to ASCII */
	NORMAL_LOWER = 4, /* ASCII letters */
	NORMAL_UPPER = 8,
	NORMAL_DIGITS = 16 /* nothing but digits stays */
};

/* Two identifiers, as "namespace:value". */
struct guard_pair {
	const char *a, *b;
};
struct guard_pairs {
	struct guard_pair *pair;
	size_t n;
};

enum keep { KEEP_LATEST, KEEP_FIRST, KEEP_FREQUENT, KEEP_SOURCE };

/* Which of several values of a trait survives. */
struct guard_trait {
	const char *name;
	enum keep keep;
	const char **source; /* channels, the best first */
	size_t nsource;
};

/* Limits of --health: beyond them the answer is no.  Negative: none. */
struct guard_gates {
	double largest, largest_share, refused, shared, single_share;
};

struct guards {
	struct rules *rules;
	unsigned char space[16]; /* id_namespace */
	struct guard *guard;
	size_t n;
	struct guard other;    /* namespaces that the file does not name */
	struct ignore *common; /* what it ignores in all of them */
	const char **proxy;    /* paths that stand for a person: traits.name */
	size_t nproxy;
	struct guard_pairs must, cannot, retract;
	struct intern *retracted; /* messageIds */
	struct guard_trait *trait;
	size_t ntrait;
	struct guard_trait other_trait;
	struct guard_gates gates;
};

/* Reads and checks; a fault ends the program.  file NULL: the shipped guards,
 * preset:identity. */
struct guards *guards_read(const char *file);
void guards_free(struct guards *);
/* The guard of a namespace, its scope (after '@') left aside. */
const struct guard *guards_find(const struct guards *, const char *, size_t);
const struct guard_trait *guards_trait(
    const struct guards *, const char *, size_t);
/* Two rule files over one evidence: `also` counts by the proxies of g. */
void guards_join_proxies(struct guards *g, struct guards *also);
/* What the file means, one sentence a rule; for --check. */
void guards_say(const struct guards *, struct buf *);

/* From an array of texts, {"regex": ...} and "preset:NAME"; up: what the
 * file says for all namespaces, or NULL. */
struct ignore *ignore_read(const struct node *, struct ignore *up);
struct ignore *ignore_none(struct ignore *up);
void ignore_free(struct ignore *);
/* Does the value say nothing about anybody? */
bool ignore_value(const struct ignore *, const char *p, size_t n);

/* The value in its normal form, appended to out. */
void normal_form(unsigned normal, const char *p, size_t n, struct buf *out);

#endif
