/*
 * Stitching against known truth: pairwise and B-cubed precision, recall and
 * F1 over the events whose person is known.  The truth owns its tables.
 */
#ifndef CDP_IDENTITY_TRUTH_H
#define CDP_IDENTITY_TRUTH_H

#include "store.h"

struct truth;

/* Lines {"messageId": ..., "person": ...}; a message told twice ends the
 * program. */
struct truth *truth_read(const char *file);
void truth_free(struct truth *);
void truth_customer(struct truth *, const struct event *, size_t n);
/*
 * One JSON object.  Pairwise: pairs of events put together (Bagga & Baldwin
 * 1998 for B-cubed: each event's own precision and recall, averaged).
 */
void truth_write(const struct truth *, struct buf *out);

#endif
