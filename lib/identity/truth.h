/*
 * Stitching against known truth: pairwise and B-cubed precision, recall and
 * F1, over identifiers or over events.  The truth owns its tables and lives
 * until the program ends.
 */
#ifndef CDP_IDENTITY_TRUTH_H
#define CDP_IDENTITY_TRUTH_H

#include "link.h"
#include "store.h"

struct truth;

/* CSV with the header `id,person` (namespace:value) or `messageId,person`; a
 * faulty row ends the program. */
struct truth *truth_read(const char *file);
/* Where whole events are judged: every customer's. */
void truth_customer(
    struct truth *, uint32_t rank, const struct event *, size_t n);
/*
 * One JSON object, appended.  Pairwise: pairs put together that belong
 * together.  B-cubed (Bagga and Baldwin 1998): precision and recall of each
 * unit's own customer, averaged.
 */
void truth_write(struct truth *, struct links *, struct buf *out);

#endif
