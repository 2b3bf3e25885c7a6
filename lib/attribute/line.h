/*
 * Credit lines, and the words of --explain.  Owns nothing.
 */
#ifndef CDP_ATTRIBUTE_LINE_H
#define CDP_ATTRIBUTE_LINE_H

#include "credit.h"

/* One line a touch that gets credit; shares: of this conversion. */
void line_credit(struct buf *, struct paths *, const struct conversion *,
    const struct shares *, enum model);
/* The line of a conversion that gets none. */
void line_missed(
    struct buf *, const struct paths *, const struct conversion *, enum model);
/* Every touch and every conversion of the customer, with what became of it. */
void line_explain(struct buf *, struct paths *);

#endif
