/*
 * Which products sell: to new customers (with their first order), to existing
 * ones, and to each class.  Each thread fills a struct products of its own.
 */
#ifndef CDP_PRODUCTS_H
#define CDP_PRODUCTS_H

#include "../report.h"
#include "rfm.h"

struct products;

/* Adds properties.products to the plan and returns its column. */
int products_plan(struct js_plan *);
struct products *products_new(int column);
/* The products of the orders since `from`.  class: a further list to count
 * them in, or NULL. */
void products_add(struct products *, const struct js_line *,
    const struct orders *, int64_t from, const char *class);
void products_join(struct products *, struct products *from); /* frees it */
/* The first `top` of each list, by money. */
void products_report(struct products *, size_t top, struct report *);

#endif
