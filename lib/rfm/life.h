/*
 * The member clv: what a fitted lifetime model expects of a customer.  A
 * struct life is one thread's; it keeps what customers have in common.
 */
#ifndef CDP_LIFE_H
#define CDP_LIFE_H

#include "rfm.h"

struct life;

struct life *life_new(const struct rfm *);
void life_free(struct life *);
/* Appends the member's value; NULL is a customer without orders. */
void life_write(struct life *, const struct clv_case *, struct buf *);

#endif
