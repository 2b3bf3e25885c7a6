/*
 * Writes profile lines, cdp-profile(5).  The writer owns its buffers and
 * lives until the program ends; links, guards and output belong to the caller.
 */
#ifndef CDP_IDENTITY_PROFILE_H
#define CDP_IDENTITY_PROFILE_H

#include "link.h"
#include "output.h"
#include "store.h"
#include "trait.h"

struct profiles {
	struct links *l;
	struct output *out;
	bool no_history, trait_sources;
	uint64_t events, lines; /* written */
	/* private */
	struct traits *traits;
	uint32_t *space_rank; /* namespaces in byte order */
	uint32_t *ids;
	size_t idcap;
	struct buf line, sources;
};

struct profiles *profiles_new(
    struct links *, struct output *, bool no_history, bool trait_sources);
/* One customer's line from the sorted events; none where all are stubs. */
void profiles_write(
    struct profiles *, uint32_t rank, const struct event *, size_t n);
/* ids, or shared_ids, as the line has them; appended. */
void profiles_ids(struct profiles *, uint32_t rank, bool shared, struct buf *);
/* Namespace numbers in byte order of their names; the caller frees. */
uint32_t *spaces_in_order(const struct evidence *);
/* profile_id as text, appended. */
void profile_id(const struct links *, uint32_t rank, struct buf *);

#endif
