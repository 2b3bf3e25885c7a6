/*
 * Events until their customer is known: in memory, and past a limit in spill
 * files.  Settles which of several events with one messageId counts, and
 * hands the events out customer by customer.  The store owns the events'
 * bytes and lives until the program ends.
 */
#ifndef CDP_IDENTITY_STORE_H
#define CDP_IDENTITY_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "evidence.h"
#include "reject.h"

enum event_flag {
	EVENT_TRAITS = 1,  /* says something about the person */
	EVENT_ESCAPED = 2, /* the messageId holds a backslash */
	EVENT_STUB = 4     /* evidence of an event, without the event */
};

struct event {
	const char *p; /* its bytes, JS_PAD bytes behind them readable */
	int64_t time;
	uint32_t len, set; /* set: its code */
	uint32_t mid; /* where the messageId stands, its quotes left aside */
	uint32_t midlen : 24, flags : 8;
};
#define EVENT_MID_MAX ((1u << 24) - 1)

struct store;

/* limit: bytes of events in memory, 0 for any; dir: where spill files go. */
struct store *store_new(uint64_t limit, const char *dir);
/* Copies the event's bytes. */
void store_add(struct store *, const struct event *, uint32_t hash);

/* Of the events with one messageId the greatest version counts, then the
 * greatest bytes.  Counts the others as duplicate and superseded, and shows
 * every one that counts, its bytes left aside, in no order that matters. */
void store_settle(struct store *, struct counts *,
    void (*see)(void *, const struct event *), void *);

/* The events of each customer, sorted by (timestamp, messageId): customers
 * come in the order of their rank.  rank: by set; groups: how many ranks.
 * Once only. */
void store_group(struct store *, const struct evidence *, const uint32_t *rank,
    size_t groups, void (*)(void *, uint32_t rank, struct event *, size_t n),
    void *);

/* The events' order within a customer. */
int event_compare(const struct event *, const struct event *);
const char *event_mid(const struct event *, struct buf *scratch, size_t *n);
/* < 0, 0, > 0: which of two events with one messageId counts; 0: the same. */
int event_prevails(const struct event *, const struct event *);
void events_sort(struct event *, size_t n);

#endif
