#include <stdlib.h>
#include <string.h>

#include "../err.h"
#include "../expr/expr.h"
#include "../mem.h"
#include "mem.h"
#include "orders.h"

const struct orders_settings orders_defaults = {
    .order = "event = 'Order Completed'",
    .id = "coalesce(properties.order_id, messageId)",
    .money = "coalesce(properties.amount, properties.total, "
	     "properties.revenue)",
    .refund = "event = 'Order Refunded'",
    .cancel = "event = 'Order Cancelled'",
};

enum kind { ORDER, REFUND, CANCEL, KINDS, OTHER };

struct orders_rules {
	struct expr_set *set;
	int kind[KINDS]; /* expression numbers; -1: never */
	int id, money, currency;
	int time, watched; /* columns of the scan plan; watched -1: none */
	const struct zone *zone;
	const char *declared; /* currency */
};

/* One event of an order. */
struct touch {
	size_t event;
	const char *id; /* of the line, or of `texts` */
	size_t len;
	int64_t time;
	struct dec money;
	enum kind kind;
	bool priced;
};

struct work { /* what a struct orders begins */
	struct orders o;
	const struct orders_rules *rules;
	struct expr_run *run;
	struct arena texts; /* order ids that are no text of the line */
	struct buf scratch;
	struct touch *touch;
	size_t n, cap, ordercap, eventcap, leftcap;
};

static int
compile(struct expr_set *set, const char *option, const char *text)
{
	struct place at = {option, 1, 1, NULL};

	return expr_add(set, EXPR_EVENT, text, strlen(text), &at);
}

struct orders_rules *
orders_rules_new(const struct orders_settings *s, struct js_plan *plan)
{
	const struct orders_settings *d = &orders_defaults;
	struct expr_settings settings = {.zone = s->zone};
	struct orders_rules *r = mem_alloc(1, sizeof *r);
	const struct js_step time = {"timestamp", 9, 0};
	const struct js_step currency[] = {
	    {"properties", 10, 0}, {"currency", 8, 0}};

	r->set = expr_set_new(&settings);
	r->zone = s->zone;
	r->declared = s->currency;
	r->kind[ORDER] =
	    compile(r->set, "--order", s->order ? s->order : d->order);
	r->kind[REFUND] = r->kind[CANCEL] = -1;
	if (!s->gross) {
		r->kind[REFUND] = compile(
		    r->set, "--refund", s->refund ? s->refund : d->refund);
		r->kind[CANCEL] = compile(
		    r->set, "--cancel", s->cancel ? s->cancel : d->cancel);
	}
	r->id = compile(r->set, "--order-id", s->id ? s->id : d->id);
	r->money = compile(r->set, "--money", s->money ? s->money : d->money);
	if (s->currency != NULL)
		r->currency =
		    compile(r->set, "--currency", "properties.currency");
	r->watched = s->watch && s->currency == NULL
			 ? js_plan_each(plan, currency, 2)
			 : -1;
	r->time = js_plan_each(plan, &time, 1);
	expr_plan(r->set, plan);
	return r;
}

bool
orders_read_profile(const struct orders_rules *r)
{
	bool reads = expr_reads_profile(r->set, r->id) ||
		     expr_reads_profile(r->set, r->money);
	int k;

	for (k = 0; k < KINDS; k++)
		reads |=
		    r->kind[k] >= 0 && expr_reads_profile(r->set, r->kind[k]);
	return reads;
}

struct orders *
orders_new(const struct orders_rules *r)
{
	struct work *w = mem_alloc(1, sizeof *w);

	w->rules = r;
	w->run = expr_run_new(r->set);
	return &w->o;
}

void
orders_free(struct orders *o)
{
	struct work *w = (struct work *)o;

	expr_run_free(w->run);
	arena_free(&w->texts);
	buf_free(&w->scratch);
	free(w->touch);
	free(o->item);
	free(o->event);
	free(o->left);
	free(w);
}

static enum kind
kind_of(struct work *w, size_t event, int64_t now)
{
	int k;

	for (k = 0; k < KINDS; k++)
		if (w->rules->kind[k] >= 0 &&
		    expr_event_true(w->run, w->rules->kind[k], event, now))
			return (enum kind)k;
	return OTHER;
}

static bool
money_of(struct expr_value v, struct dec *out, const char **why)
{
	*out = dec_of(0);
	if (v.type != EXPR_NUMBER)
		return false;
	if (v.exact)
		*out = v.dec;
	else if (!dec_of_double(v.number, out))
		*why = "money that 38 digits cannot hold";
	return true;
}

static bool
other_currency(struct work *w, size_t event, int64_t now)
{
	struct expr_value v;

	if (w->rules->declared == NULL)
		return false;
	v = expr_eval_event(w->run, w->rules->currency, event, now, NULL);
	return v.type == EXPR_TEXT &&
	       (v.len != strlen(w->rules->declared) ||
		   memcmp(v.p, w->rules->declared, v.len) != 0);
}

/* What nobody declared may still not be one: whoever adds up should know. */
static void
watch_currency(struct work *w, struct js_val v)
{
	struct orders *o = &w->o;
	size_t n = v.len - 2;

	if (v.type != JS_STRING || n == 0 || n >= sizeof o->currency)
		return;
	if (o->currency[0] == '\0')
		memcpy(o->currency, v.p + 1, n);
	else
		o->mixed |= strlen(o->currency) != n ||
			    memcmp(o->currency, v.p + 1, n) != 0;
}

static void
name_order(struct work *w, struct expr_value v, struct touch *t)
{
	t->id = v.p;
	t->len = v.len;
	if (v.type == EXPR_TEXT)
		return;
	w->scratch.len = 0;
	expr_plain(v, &w->scratch);
	t->id = arena_text(&w->texts, w->scratch.p, w->scratch.len);
	t->len = w->scratch.len;
}

static const char *
touch(struct work *w, enum kind kind, size_t event, int64_t time, int64_t now)
{
	const struct orders_rules *r = w->rules;
	const char *why = NULL;
	struct touch *t;

	if (other_currency(w, event, now))
		return "an order in another currency";
	w->touch = mem_grow(w->touch, &w->cap, w->n + 1, sizeof *w->touch);
	t = &w->touch[w->n++];
	t->event = event;
	t->kind = kind;
	t->time = time;
	name_order(w, expr_eval_event(w->run, r->id, event, now, NULL), t);
	t->priced =
	    money_of(expr_eval_event(w->run, r->money, event, now, NULL),
		&t->money, &why);
	/* Some shops write what they gave back as a negative number. */
	if (kind == REFUND && t->money.c < 0)
		t->money.c = -t->money.c;
	return why;
}

static const char *
gather(struct work *w, const struct js_line *js, int64_t now)
{
	const struct orders_rules *r = w->rules;
	const char *why = NULL;
	struct js_val v;
	enum kind kind;
	int64_t time;
	size_t i;

	for (i = 0; i < js->neach && why == NULL; i++) {
		kind = kind_of(w, i, now);
		if (kind == OTHER)
			continue;
		if (r->watched >= 0 && !w->o.mixed)
			watch_currency(w, js_each(js, i, r->watched));
		v = js_each(js, i, r->time);
		if (v.type != JS_STRING || v.len < 2 ||
		    !when_parse(v.p + 1, v.len - 2, &time))
			return "an order without a timestamp";
		if (time <= now)
			why = touch(w, kind, i, time, now);
	}
	return why;
}

/* By order id, then time. */
static int
by_id(const void *a, const void *b)
{
	const struct touch *x = a, *y = b;
	size_t n = x->len < y->len ? x->len : y->len;
	int c = n > 0 ? memcmp(x->id, y->id, n) : 0;

	if (c != 0)
		return c;
	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return (x->time > y->time) - (x->time < y->time);
}

static int
by_time(const void *a, const void *b)
{
	const struct order *x = a, *y = b;

	return (x->time > y->time) - (x->time < y->time);
}

static void
keep_events(struct work *w, size_t from, size_t to, int64_t time)
{
	const struct touch *t;

	w->o.event = mem_grow(w->o.event, &w->eventcap,
	    w->o.events + (to - from), sizeof *w->o.event);
	for (t = &w->touch[from]; t < &w->touch[to]; t++)
		if (t->kind == ORDER)
			w->o.event[w->o.events++] =
			    (struct order_event){t->event, time, false};
}

static void
leave_out(struct work *w, const struct touch *t, const char *why)
{
	w->o.left =
	    mem_grow(w->o.left, &w->leftcap, w->o.nleft + 1, sizeof *w->o.left);
	w->o.left[w->o.nleft++] = (struct order_left){t->id, why, t->len};
}

/* The touches [from, to) are of one id.  Lines of an order that came as events
 * of their own add up. */
static const char *
settle(struct work *w, size_t from, size_t to)
{
	struct order order = {.money = {0, 0}}, *o = &order;
	bool known = false, cancelled = false, refunded = false, sum = true;
	const struct touch *t;

	for (t = &w->touch[from]; t < &w->touch[to]; t++)
		if (t->kind == ORDER) {
			if (!known)
				o->time = t->time;
			known = true;
			o->priced |= t->priced;
			sum &= dec_add(o->money, t->money, &o->money);
		} else if (t->kind == CANCEL || !t->priced)
			cancelled = true;
		else {
			refunded = true;
			sum &= dec_sub(o->money, t->money, &o->money);
		}
	if (!sum)
		return "money that 38 digits cannot hold";
	w->o.strays += !known;
	if (!known || cancelled || (refunded && o->money.c <= 0)) {
		leave_out(w, &w->touch[from],
		    !known      ? "a refund or cancellation of no known order"
		    : cancelled ? "cancelled or wholly refunded"
				: "refunded");
		return NULL;
	}
	o->id = w->touch[from].id;
	o->idlen = w->touch[from].len;
	o->day = when_day(o->time, w->rules->zone);
	w->o.unpriced += !o->priced;
	w->o.item =
	    mem_grow(w->o.item, &w->ordercap, w->o.n + 1, sizeof *w->o.item);
	w->o.item[w->o.n++] = *o;
	keep_events(w, from, to, o->time);
	return NULL;
}

static bool
same_id(const struct touch *a, const struct touch *b)
{
	return a->len == b->len &&
	       (a->len == 0 || memcmp(a->id, b->id, a->len) == 0);
}

/* Mostly they come in order already. */
static void
sort_touches(struct work *w)
{
	size_t i;

	for (i = 1; i < w->n; i++)
		if (by_id(&w->touch[i - 1], &w->touch[i]) > 0) {
			mem_sort(w->touch, w->n, sizeof *w->touch, by_id);
			return;
		}
}

static void
sort_orders(struct orders *o)
{
	size_t i;

	for (i = 1; i < o->n; i++)
		if (o->item[i - 1].time > o->item[i].time) {
			mem_sort(o->item, o->n, sizeof *o->item, by_time);
			break;
		}
	for (i = 0; i < o->events; i++)
		o->event[i].first = o->event[i].time == o->item[0].time;
}

const char *
orders_read(struct orders *o, const struct js_line *js, int64_t now)
{
	struct work *w = (struct work *)o;
	const char *why;
	size_t i, from = 0;

	o->n = o->events = o->nleft = 0;
	w->n = 0;
	if (w->texts.used > 0)
		arena_reset(&w->texts);
	if (js->events == 0)
		return "no member events, expected the history of "
		       "cdp-merge-id";
	if (!expr_bind(w->run, js, &why))
		die("%s", why);
	why = gather(w, js, now);
	if (why != NULL)
		return why;
	sort_touches(w);
	for (i = 1; i <= w->n && why == NULL; i++) {
		struct touch *a = &w->touch[from], *b = &w->touch[i];

		if (i < w->n && same_id(a, b))
			continue;
		why = settle(w, from, i);
		from = i;
	}
	sort_orders(o);
	return why;
}
