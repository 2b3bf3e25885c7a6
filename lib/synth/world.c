#include <math.h>

#include "synth/words.h"
#include "synth/world.h"

#define DAY INT64_C(86400000)
#define MINUTE INT64_C(60000)

/* The rows of a visit, on average: 0.32 * 2.5 of the app and so on; so many
 * visits make the rows that were asked for. */
#define ROWS_A_VISIT 1.55

/* The questions a person's key answers; a visit's are in its own space. */
enum question {
	ASK_SOURCES = 1,
	ASK_ORDER = 10, /* and the next SOURCES */
	ASK_VISITS = 20,
	ASK_ROUNDING,
	ASK_JOINED,
	ASK_LIFE,
	ASK_TWO_PHONES,
	ASK_TWO_DEVICES,
	ASK_KIN,
	ASK_HOUSEHOLD,
	ASK_FAVOURITE,
	ASK_STORE,
	ASK_LINKED, /* and the next SOURCES */
	ASK_VISIT = 1000
};

/* Shares of customers who are known there. */
static const double known[SOURCES] = {0.55, 0.40, 0.60, 0.45, 0.35};

static void
draw_sources(struct person *p)
{
	for (int i = 0; i < SOURCES; i++)
		if (chance(p->key, ASK_SOURCES + (unsigned)i) < known[i])
			p->source[p->sources++] = (enum source)i;
	if (p->sources == 0)
		p->source[p->sources++] =
		    (enum source)(draw_of(p->key, ASK_ORDER) % SOURCES);
	for (int i = p->sources - 1; i > 0; i--) {
		size_t j =
		    draw_of(p->key, ASK_ORDER + (unsigned)i) % (size_t)(i + 1);
		enum source s = p->source[i];

		p->source[i] = p->source[j];
		p->source[j] = s;
	}
}

/* Few come often: a Pareto distribution with mean 1 and its tail cut. */
static int
draw_visits(const struct person *p)
{
	double u = chance(p->key, ASK_VISITS);
	double weight = 0.5 / sqrt(u + 1e-9);
	double n = p->world->mean / ROWS_A_VISIT * weight;

	n += chance(p->key, ASK_ROUNDING);
	return n < 1 ? 1 : n > WORLD_VISITS ? WORLD_VISITS : (int)n;
}

/* One in 1,000 shares with the one before; one household in 400 has eight
 * people behind its first member's phone. */
static void
draw_kin(struct person *p)
{
	uint64_t first = p->number - p->number % 8;
	uint64_t house = draw_next(p->world->key ^ ASK_HOUSEHOLD, first);

	p->kin = UINT64_MAX;
	if (draw_unit(house) < 0.0025) {
		p->household = true;
		p->kin = first == p->number ? UINT64_MAX : first;
	} else if (p->number % 2 == 1 && chance(p->key, ASK_KIN) < 0.002) {
		p->kin = p->number - 1;
	}
}

struct person
world_person(const struct world *w, uint64_t number)
{
	struct person p = {.world = w, .number = number};
	int64_t span = w->until - w->from;

	p.key = draw_next(w->key, number);
	draw_sources(&p);
	p.visits = draw_visits(&p);
	p.joined =
	    w->from + (int64_t)(chance(p.key, ASK_JOINED) * 0.8 * (double)span);
	p.left = p.joined + (int64_t)(sqrt(chance(p.key, ASK_LIFE)) *
				      (double)(w->until - p.joined));
	p.two_phones = chance(p.key, ASK_TWO_PHONES) < 0.06;
	p.two_devices = chance(p.key, ASK_TWO_DEVICES) < 0.30;
	draw_kin(&p);
	return p;
}

/* What a visit's key answers. */
enum {
	V_SOURCE = 1,
	V_DAY,
	V_HOUR,
	V_SECOND,
	V_ROWS,
	V_PRODUCT,
	V_FAVOURITE,
	V_QUANTITY,
	V_DISCOUNT,
	V_SAYS,
	V_PHONE,
	V_TABLET,
	V_KIN,
	V_MASKED,
	V_UNIONID,
	V_LOGIN,
	V_STATUS,
	V_STATUS_DAYS,
	V_AGAIN,
	V_BROKEN = V_AGAIN + 8,
	V_BROKEN_HOW = V_BROKEN + 8
};

/* People shop in the evening; one hour a place, 48 places. */
static const char hours[] = {0, 1, 7, 8, 8, 9, 9, 10, 10, 10, 11, 11, 11, 12,
    12, 12, 12, 13, 13, 14, 14, 15, 15, 16, 16, 17, 17, 18, 18, 18, 19, 19, 19,
    20, 20, 20, 20, 20, 21, 21, 21, 21, 21, 22, 22, 22, 22, 23};

static int64_t
draw_time(const struct person *p, const struct visit *v)
{
	int64_t days = (p->left - p->joined) / DAY + 1, t;
	uint64_t hour = draw_of(v->key, V_HOUR);

	t = p->joined - (p->joined - p->world->from) % DAY;
	if (v->n > 0)
		t += (int64_t)(chance(v->key, V_DAY) * (double)days) * DAY;
	t += hours[hour % sizeof(hours)] * 60 * MINUTE;
	t += (int64_t)(draw_of(v->key, V_SECOND) % 3600000);
	/* rows to come must still fit */
	return t < p->world->until - 30 * MINUTE
		   ? t
		   : p->world->until - 30 * MINUTE - 1 -
			 (int64_t)(draw_of(v->key, V_SECOND) % 3600000);
}

static int
draw_rows(const struct visit *v)
{
	double u = chance(v->key, V_ROWS);

	switch (v->source) {
	case TMALL: /* paid, and exported again when it is done */
		return u < 0.15 ? 2 : 1;
	case WECHAT:
		return v->first || u < 0.2 ? 2 : 1;
	case APP:
		return (u < 0.3       ? 1
			   : u < 0.6  ? 2
			   : u < 0.75 ? 3
			   : u < 0.8  ? 4
				      : 5) +
		       v->first;
	default:
		return 1;
	}
}

static void
draw_purchase(const struct person *p, struct visit *v)
{
	size_t favourite = draw_of(p->key, ASK_FAVOURITE) % nproducts;
	uint64_t many = draw_of(v->key, V_QUANTITY);
	uint64_t percent = draw_of(v->key, V_DISCOUNT) % 8;

	v->product = chance(v->key, V_FAVOURITE) < 0.4
			 ? favourite
			 : draw_of(v->key, V_PRODUCT) % nproducts;
	v->quantity = many % 10 < 7 ? 1 : many % 10 < 9 ? 2 : 3 + many / 16 % 3;
	v->store = draw_of(p->key, ASK_STORE) % nstores;
	v->fen = products[v->product].fen;
	if (percent < 4) /* 95, 90, 85 or 80 % */
		v->fen = v->fen * (int64_t)(95 - 5 * percent) / 100;
	v->fen *= (int64_t)v->quantity;
}

/* Does the source, on its first visit, name what joins it with the others? */
static bool
is_linked(const struct person *p, enum source s)
{
	return chance(p->key, ASK_LINKED + (unsigned)s) < 0.985;
}

static bool
is_known_in(const struct person *p, enum source s)
{
	for (int i = 0; i < p->sources; i++)
		if (p->source[i] == s)
			return true;
	return false;
}

static unsigned
says_phone(const struct person *p, const struct visit *v, double share)
{
	if (chance(v->key, V_PHONE) >= share)
		return 0;
	if (p->two_phones && v->n > 4 && chance(v->key, V_SAYS) < 0.3)
		return SAYS_SECOND_PHONE;
	return SAYS_PHONE;
}

/* A relative's phone is bound in chats and on the app: by a household often,
 * by others late and seldom. */
static unsigned
says_kin(const struct person *p, const struct visit *v)
{
	int64_t late = p->world->from + (p->world->until - p->world->from) / 2;

	if (p->kin == UINT64_MAX || v->first)
		return 0;
	if (p->household)
		return chance(v->key, V_KIN) < 0.6 ? SAYS_KIN_PHONE : 0;
	return v->time >= late && chance(v->key, V_KIN) < 0.4 ? SAYS_KIN_PHONE
							      : 0;
}

static unsigned
says_of_chat(const struct person *p, const struct visit *v)
{
	unsigned kin = says_kin(p, v), says = 0;

	/* half of those who have a Youzan account are joined by it alone */
	if (v->first && is_linked(p, WECHAT))
		says = !is_known_in(p, YOUZAN) || p->key % 2 == 0
			   ? SAYS_PHONE | SAYS_UNIONID
			   : SAYS_UNIONID;
	else if (chance(v->key, V_UNIONID) < 0.85)
		says = SAYS_UNIONID;
	if (kin != 0)
		return SAYS_UNIONID | kin;
	return says | (v->first ? 0 : says_phone(p, v, 0.05));
}

static unsigned
says_of_app(const struct person *p, const struct visit *v)
{
	unsigned kin = says_kin(p, v), says = SAYS_DEVICE;
	bool login = chance(v->key, V_LOGIN) < 0.9;

	if (v->first && is_linked(p, APP))
		return SAYS_DEVICE | SAYS_USER | SAYS_PHONE | SAYS_EMAIL;
	if (kin != 0)
		return SAYS_USER | kin |
		       (p->household ? SAYS_DEVICE : SAYS_KIN_DEVICE);
	if (chance(v->key, V_TABLET) < 0.02)
		return SAYS_TABLET | SAYS_USER;
	if (p->two_devices && chance(v->key, V_SAYS) < 0.4)
		says = SAYS_SECOND_DEVICE;
	return says | (login ? SAYS_USER : 0u);
}

static unsigned
draw_says(const struct person *p, const struct visit *v)
{
	switch (v->source) {
	case TMALL:
		if (v->first && is_linked(p, TMALL))
			return SAYS_PHONE;
		return chance(v->key, V_MASKED) < 0.2 ? SAYS_MASKED
						      : says_phone(p, v, 0.95);
	case YOUZAN:
		return (v->first && is_linked(p, YOUZAN)
			       ? SAYS_PHONE
			       : says_phone(p, v, 0.9)) |
		       (is_known_in(p, WECHAT) &&
				   (v->first || chance(v->key, V_UNIONID) < 0.6)
			       ? SAYS_UNIONID
			       : 0u);
	case WECHAT:
		return says_of_chat(p, v);
	case APP:
		return says_of_app(p, v);
	default:
		if (v->first && is_linked(p, POS))
			return SAYS_CARD | SAYS_PHONE;
		return chance(v->key, V_SAYS) < 0.2
			   ? SAYS_PHONE
			   : SAYS_CARD | says_phone(p, v, 0.4);
	}
}

struct visit
person_visit(const struct person *p, int n)
{
	struct visit v = {.n = n};

	v.key = draw_next(p->key, ASK_VISIT + (uint64_t)n);
	v.first = n < p->sources;
	v.source =
	    v.first ? p->source[n]
		    : p->source[draw_of(v.key, V_SOURCE) % (size_t)p->sources];
	v.time = draw_time(p, &v);
	v.rows = draw_rows(&v);
	draw_purchase(p, &v);
	v.says = draw_says(p, &v);
	return v;
}

int64_t
visit_row_time(const struct visit *v, int row)
{
	if (v->source == TMALL && row > 0)
		return v->time +
		       (2 + (int64_t)(draw_of(v->key, V_STATUS_DAYS) % 12)) *
			   DAY;
	return v->time + row * 2 * MINUTE +
	       (int64_t)(draw_of(v->key, V_SECOND) >> 40) % MINUTE * (row > 0);
}

bool
visit_again(const struct visit *v, int row)
{
	return visit_broken(v, row) == 0 &&
	       chance(v->key, V_AGAIN + (unsigned)row) < 0.01;
}

int
visit_broken(const struct visit *v, int row)
{
	if (v->first || chance(v->key, V_BROKEN + (unsigned)row) >= 0.003)
		return 0;
	return 1 + (int)(draw_of(v->key, V_BROKEN_HOW + (unsigned)row) % 4);
}
