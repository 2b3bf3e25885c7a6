/*
 * An invented world of customers whose truth is known.  Who they are and what
 * they do is a pure function of the seed and their number: no customer's
 * draws depend on another's, on how many there are, or on the order of asking.
 * Nothing here owns memory.
 */
#ifndef CDP_SYNTH_WORLD_H
#define CDP_SYNTH_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "draw.h"

enum source { TMALL, YOUZAN, WECHAT, APP, POS, SOURCES };

struct world {
	uint64_t key; /* of the seed */
	uint64_t customers;
	double mean;   /* rows a customer, on average */
	int64_t from;  /* ms; local midnight, +08:00 */
	int64_t until; /* the first instant that is too late */
};

#define WORLD_CUSTOMERS 50000000 /* beyond, phones would repeat */
#define WORLD_VISITS 4000        /* one customer's at most */

struct person {
	const struct world *world;
	uint64_t number, key;
	enum source source[SOURCES]; /* where the customer is known */
	int sources;
	int visits;
	int64_t joined, left;
	bool two_phones, two_devices;
	uint64_t
	    kin; /* number of who shares a phone or tablet, or UINT64_MAX */
	bool household; /* eight people behind one phone */
};

struct person world_person(const struct world *, uint64_t number);

/* Who a person is; each appends to the buffer. */
void person_phone(const struct person *, int which, struct buf *); /* 11 */
void person_nick(const struct person *, struct buf *);
void person_youzan(const struct person *, struct buf *);
void person_openid(const struct person *, struct buf *);
void person_unionid(const struct person *, struct buf *);
void person_user(const struct person *, struct buf *);
void person_card(const struct person *, struct buf *);
void person_email(const struct person *, struct buf *);
void person_anonymous(const struct person *, int device, struct buf *);
void person_device(const struct person *, int device, struct buf *);
void person_name(const struct person *, struct buf *);
size_t person_city(const struct person *); /* index of words.h's cities */
void store_tablet(
    const struct world *, uint64_t store, bool device, struct buf *);

/* What a row says of who it is about. */
enum {
	SAYS_PHONE = 1,
	SAYS_SECOND_PHONE = 2, /* instead of the first */
	SAYS_MASKED = 4,       /* the phone with four stars in it */
	SAYS_KIN_PHONE = 8,    /* a relative's phone: not the customer's */
	SAYS_UNIONID = 16,
	SAYS_USER = 32,
	SAYS_DEVICE = 64,
	SAYS_SECOND_DEVICE = 128,
	SAYS_TABLET = 256, /* the shop's device */
	SAYS_KIN_DEVICE = 512,
	SAYS_EMAIL = 1024,
	SAYS_CARD = 2048
};

/* One stay in a shop, on the app, in a chat: one row or some. */
struct visit {
	enum source source;
	uint64_t key;
	int64_t time;
	int n;      /* 0: the customer's first */
	bool first; /* of the customer in this source */
	int rows;   /* 1 to 6 */
	unsigned says;
	size_t product, quantity, store;
	int64_t fen; /* what was paid */
};

struct visit person_visit(const struct person *, int n);
/* When the row was written. */
int64_t visit_row_time(const struct visit *, int row);
/* Is the row in the export a second time (a re-export, a retry)? */
bool visit_again(const struct visit *, int row);
/* Does a row of an app visit name the user?  Logging in comes after the first
 * look. */
static inline bool
visit_is_login(const struct visit *v, int row)
{
	return (v->says & SAYS_USER) != 0 &&
	       (row > 0 || v->rows == 1 ||
		   (v->says & (SAYS_PHONE | SAYS_KIN_PHONE)) != 0);
}
static inline bool
visit_is_refunded(const struct visit *v)
{
	return v->key % 25 == 0;
}
/* Is it broken?  Then how: 1 to 4. */
int visit_broken(const struct visit *, int row);

/* A draw of its own for each question. */
static inline uint64_t
draw_of(uint64_t key, unsigned question)
{
	return draw_next(key, question);
}

static inline double
chance(uint64_t key, unsigned question)
{
	return draw_unit(draw_next(key, question));
}

#endif
