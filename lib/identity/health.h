/*
 * The state of the identity graph in one JSON object: sizes, namespaces,
 * what is shared or refused, which links alone hold customers together.
 * Owns nothing.
 */
#ifndef CDP_IDENTITY_HEALTH_H
#define CDP_IDENTITY_HEALTH_H

#include "link.h"

/*
 * Appends the report and says whether all gates of the rule file hold.
 * events: by set, how many events carry it.
 */
bool health(struct links *, const uint32_t *events, struct buf *out);

#endif
