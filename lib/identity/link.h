/*
 * Who is who under one rule file: guards applied to the evidence, union-find
 * over what is left, an anchor for each customer.  The links own their
 * arrays; evidence and guards must outlive them.
 */
#ifndef CDP_IDENTITY_LINK_H
#define CDP_IDENTITY_LINK_H

#include "evidence.h"
#include "guard.h"
#include "union.h"

#define LINK_NONE UINT32_MAX

enum link_flag {
	LINK_SHARED = 1,
	LINK_MANY = 2, /* seen often enough that it may be shared */
	LINK_MUST = 4,
	LINK_CANNOT = 8,
	LINK_RETRACT = 16,
	LINK_BROKEN = 32, /* its group breaks a limit when all is linked */
	LINK_MARK = 64
};

/* An identifier that belongs to nobody in particular, and why. */
struct link_shared {
	uint32_t id, seen, limit;
	bool values; /* values of the proxy, not identifiers */
};

/* A link that was not made, and why. */
struct link_refused {
	uint32_t strong, weak;
	int64_t first;
	bool cannot;    /* else: a max would be broken */
	uint16_t space; /* of that max */
	const struct guard *guard;
};

struct link_customer {
	unsigned char uuid[16];
	uint32_t anchor;
};

struct links {
	const struct guards *g;
	struct evidence *ev;
	bool lines_only; /* once solved, only what lines show is asked for:
			  * canon, of_root and the evidence's sets go */
	const struct guard **guard; /* by namespace */
	size_t nguard;
	uint32_t *canon; /* by id: its normal form, LINK_NONE: ignored */
	unsigned char *flag;
	size_t known, canoncap, flagcap;
	int64_t *first;    /* by id: first seen, or EVIDENCE_NEVER */
	uint32_t *parent;  /* by id */
	uint32_t *rank;    /* by set: its customer; n: nobody's */
	size_t n;          /* customers, in the order of their profile_ids */
	uint32_t *of_root; /* by root: its rank, or LINK_NONE */
	struct link_customer *customer; /* by rank */
	uint32_t *start, *member;       /* rank's ids: member[start[r]] ... */
	uint64_t *shares;               /* rank << 32 | shared id, sorted */
	size_t nshares;
	struct link_shared *shared;
	size_t nshared, sharedcap;
	struct link_refused *refused;
	size_t nrefused, refusedcap;
	uint64_t ignored; /* identifiers that the guards ignore */
	struct { /* ids of the rule file's pairs, LINK_NONE: never seen */
		uint32_t (*pair)[2];
		size_t n;
	} must, cannot, retract;
	uint32_t *scratch;
	size_t scratchcap;
	struct buf text;
};

struct links *links_new(const struct guards *, struct evidence *);
void links_free(struct links *);

/* Apply normal forms and ignore lists to identifiers new in the evidence;
 * so that links_usable can be asked. */
void links_learn(struct links *);
static inline bool
links_usable(const struct links *l, uint32_t id)
{
	return l->canon[id] != LINK_NONE;
}

/* All of it, when the evidence is complete. */
void links_solve(struct links *);

/* ---- for the rooms of lib/identity ---- */

/* The identifiers of a set in their normal form: without ignored and
 * retracted ones, none twice.  Into *out, which is used again. */
size_t links_members(struct links *, uint32_t set, uint32_t **out);
const struct guard *links_guard(const struct links *, uint32_t id);
bool links_stronger(const struct links *, uint32_t a, uint32_t b);
/* Among ids the strongest that is (not) shared, or LINK_NONE. */
uint32_t links_strongest(
    const struct links *, const uint32_t *ids, size_t n, bool shared);
/* The id that a rule file or an option names, in normal form; LINK_NONE where
 * no event carried it. */
uint32_t links_named(struct links *, const char *text);
void links_share(struct links *);  /* shared.c */
void links_limit(struct links *);  /* limit.c */
void links_settle(struct links *); /* customer.c */
/* The customer of an id, or LINK_NONE. */
uint32_t links_customer(struct links *, uint32_t id);

static inline uint32_t
links_root(struct links *l, uint32_t id)
{
	return union_root(l->parent, id);
}

#endif
