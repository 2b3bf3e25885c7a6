/*
 * Traits of one customer, folded from the events that tell of them.  The fold
 * owns its tables and serves one customer after another; values point into
 * the events.
 */
#ifndef CDP_IDENTITY_TRAIT_H
#define CDP_IDENTITY_TRAIT_H

#include "guard.h"
#include "json.h"
#include "store.h"

struct traits;

struct traits *traits_new(const struct guards *);
void traits_free(struct traits *);
/* Events in their order.  Appends an object, its keys in byte order; and to
 * `sources`, if not NULL, which event each value came from. */
void traits_fold(struct traits *, const struct event *, size_t n,
    struct buf *out, struct buf *sources);
/* Does an event tell of the person?  By its fields type, traits and
 * context.traits: a group's traits describe the group. */
bool traits_told(
    struct js_val type, struct js_val traits, struct js_val context);

#endif
