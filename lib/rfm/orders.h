/*
 * The orders of a customer, gathered from the events of a profile line:
 * events that share an order id are one order, refunds are taken off and
 * cancelled or wholly refunded orders left out.  The rules are read-only,
 * shared by threads and live until the program ends; each thread owns a struct
 * orders, whose items live until the next orders_read.
 */
#ifndef CDP_ORDERS_H
#define CDP_ORDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../dec.h"
#include "../json.h"
#include "../when.h"

struct orders_settings {
	/* Expressions about an event; NULL is the default. */
	const char *order, *id, *money, *refund, *cancel;
	const char *currency;    /* NULL: not declared, not looked at */
	bool watch;              /* not declared: note if there are several */
	bool gross;              /* count refunded and cancelled orders too */
	const struct zone *zone; /* of the days */
};

extern const struct orders_settings orders_defaults;

struct order {
	int64_t time; /* of its first event */
	int64_t day;  /* local, when_day */
	struct dec money;
	bool priced; /* had money at all */
	const char *id;
	size_t idlen;
};

struct order_left { /* an order that does not count, and why (a constant) */
	const char *id, *why;
	size_t idlen;
};

struct order_event { /* an event that an order in `item` was made from */
	size_t event;
	int64_t time; /* of the order */
	bool first;   /* the customer's first order of all */
};

struct orders {
	struct order *item; /* by time */
	size_t n;
	struct order_event *event;
	size_t events;
	struct order_left *left;
	size_t nleft;
	/* over all lines read so far */
	uint64_t unpriced; /* orders without money, counted as 0 */
	uint64_t strays;   /* refunds and cancellations of no known order */
	char currency[8];  /* of the first order that names one; watched */
	bool mixed;        /* others name another */
};

struct orders_rules;

/* Compiles the expressions and adds what they read to the plan; a fault ends
 * the program. */
struct orders_rules *orders_rules_new(
    const struct orders_settings *, struct js_plan *);
/* Do the expressions read anything but the events? */
bool orders_read_profile(const struct orders_rules *);

struct orders *orders_new(const struct orders_rules *);
void orders_free(struct orders *);
/* Everything ordered up to `now`.  NULL, or why the line must be set apart (a
 * constant).  A line without events ends the program. */
const char *orders_read(struct orders *, const struct js_line *, int64_t now);

#endif
