/*
 * The exact difference between two rule files over the same evidence.  Owns
 * nothing.
 */
#ifndef CDP_IDENTITY_WHATIF_H
#define CDP_IDENTITY_WHATIF_H

#include "link.h"

/*
 * One JSON object, appended.  events: by set, how many events carry it.
 * Returns how many of today's customers would not stay as they are.
 */
uint64_t whatif(const struct links *now, const struct links *then,
    const uint32_t *events, struct buf *out);

#endif
