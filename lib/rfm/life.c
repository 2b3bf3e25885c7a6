#include <math.h>
#include <stdlib.h>

#include "../mem.h"
#include "../report.h"
#include "life.h"

#define DAYS_A_MONTH (365.25 / 12)
#define OFTEN 32   /* repeat purchases */
#define LONG 16384 /* days since the first purchase */

/* What customers of one x and one T share.  Both are whole numbers, and many
 * customers have the same. */
struct shared {
	bool known;
	struct clv_outlook outlook;
	/* Of x = 0 it is all that the member says. */
	size_t from, len;
};

struct life {
	const struct rfm *rfm;
	double month, rate; /* in weeks; a month */
	struct shared *shared[OFTEN];
	size_t days[OFTEN];
	struct buf text;
};

struct life *
life_new(const struct rfm *rfm)
{
	struct life *l = mem_alloc(1, sizeof *l);

	l->rfm = rfm;
	l->month = DAYS_A_MONTH / 7;
	l->rate = pow(1 + rfm->discount, 1. / 12) - 1;
	return l;
}

void
life_free(struct life *l)
{
	int x;

	for (x = 0; x < OFTEN; x++)
		free(l->shared[x]);
	buf_free(&l->text);
	free(l);
}

/* The entry of x and T; NULL where they are no small whole numbers. */
static struct shared *
entry(struct life *l, const struct clv_case *c)
{
	size_t x, t;

	if (!(c->x < OFTEN) || !(c->T >= 0 && c->T < LONG / 7.))
		return NULL;
	x = (size_t)c->x;
	t = (size_t)(c->T * 7 + 0.5);
	if ((double)t / 7 != c->T)
		return NULL;
	if (t >= l->days[x]) {
		size_t more = t + t / 4 + 64;

		l->shared[x] =
		    mem_resize(l->shared[x], more, sizeof *l->shared[x]);
		for (; l->days[x] < more; l->days[x]++)
			l->shared[x][l->days[x]] = (struct shared){0};
	}
	return &l->shared[x][t];
}

static void
number(struct buf *b, const char *key, double v)
{
	buf_adds(b, key);
	report_digits(b, v, 9);
}

static void
write_member(const struct life *l, const struct clv_case *c,
    const struct clv_outlook *o, struct buf *b)
{
	const struct rfm *rfm = l->rfm;
	double alive = clv_alive(&rfm->timing, c->x, c->tx, c->T), spend = NAN;

	/* Money unseen or 0 says no more than no repeat purchase at all. */
	if (rfm->has_spend)
		spend = clv_spend(&rfm->spend, c->m > 0 ? c->x : 0, c->m);
	number(b, "{\"alive\":", alive);
	number(b, ",\"purchases\":", o->purchases * alive);
	number(b, ",\"spend\":", spend);
	number(b, ",\"value\":", o->discounted * alive * spend);
	buf_byte(b, '}');
}

static void
look_ahead(
    const struct life *l, const struct clv_case *c, struct clv_outlook *o)
{
	clv_if_alive(
	    &l->rfm->timing, c->x, c->T, l->month, l->rfm->months, l->rate, o);
}

void
life_write(struct life *l, const struct clv_case *c, struct buf *b)
{
	struct clv_outlook once;
	struct shared *s;

	if (c == NULL) {
		buf_adds(b, "{\"alive\":null,\"purchases\":null,"
			    "\"spend\":null,\"value\":null}");
		return;
	}
	s = entry(l, c);
	if (s == NULL) {
		look_ahead(l, c, &once);
		write_member(l, c, &once, b);
		return;
	}
	if (!s->known) {
		look_ahead(l, c, &s->outlook);
		s->known = true;
		s->from = l->text.len;
		if (c->x == 0)
			write_member(l, c, &s->outlook, &l->text);
		s->len = l->text.len - s->from;
	}
	if (c->x == 0)
		buf_add(b, l->text.p + s->from, s->len);
	else
		write_member(l, c, &s->outlook, b);
}
