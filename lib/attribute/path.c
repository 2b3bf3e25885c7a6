#include <stdlib.h>
#include <string.h>

#include "../mem.h"
#include "path.h"

static int
column(struct js_plan *plan, const char *key)
{
	struct js_step s = {key, strlen(key), 0};

	return js_plan_each(plan, &s, 1);
}

void
paths_plan(struct path_plan *p, struct attribution *a, struct js_plan *plan)
{
	struct js_step s = {"profile_id", 10, 0};

	p->profile_id = js_plan_field(plan, &s, 1);
	p->time = column(plan, "timestamp");
	p->message_id = column(plan, "messageId");
	p->event = column(plan, "event");
	expr_plan(a->set, plan);
}

void
paths_init(
    struct paths *p, const struct attribution *a, const struct path_plan *plan)
{
	memset(p, 0, sizeof *p);
	p->rule = a;
	p->plan = plan;
	p->run = expr_run_new(a->set);
	p->conversion =
	    mem_grow(NULL, &p->conversioncap, 1, sizeof *p->conversion);
}

void
paths_free(struct paths *p)
{
	expr_run_free(p->run);
	free(p->touch);
	free(p->conversion);
	free(p->on);
	free(p->id);
	buf_free(&p->text);
	buf_free(&p->ids);
}

/* The link's age at the touch: half-open, so that a life of 30 days ends
 * where day 31 begins. */
static bool
expired(struct paths *p, size_t event, int64_t t)
{
	const struct attribution *a = p->rule;
	struct expr_value v;
	int64_t made;

	if (a->link_ttl.ms == 0 && a->link_ttl.months == 0)
		return false;
	v = expr_eval_event(p->run, a->published, event, t, NULL);
	made = v.time;
	if (v.type == EXPR_TEXT && !when_parse_in(v.p, v.len, a->zone, &made))
		return false;
	if (v.type != EXPR_TEXT && v.type != EXPR_TIME)
		return false;
	return t >= when_add(made, a->link_ttl, 1, a->zone);
}

static void
add_touch(struct paths *p, size_t event, int64_t t)
{
	const struct attribution *a = p->rule;
	struct touch *x;

	p->touch =
	    mem_grow(p->touch, &p->touchcap, p->ntouch + 1, sizeof *p->touch);
	x = &p->touch[p->ntouch++];
	memset(x, 0, sizeof *x);
	x->event = event;
	x->t = t;
	x->name = p->text.len;
	expr_plain(
	    expr_eval_event(p->run, a->channel, event, t, NULL), &p->text);
	if (p->text.len == x->name)
		buf_adds(&p->text, a->direct);
	x->namelen = p->text.len - x->name;
	x->direct = x->namelen == strlen(a->direct) &&
		    memcmp(p->text.p + x->name, a->direct, x->namelen) == 0;
	x->expired = expired(p, event, t);
}

/* Has a conversion of this customer the same dedupe value? */
static bool
duplicate(struct paths *p, size_t event, int64_t t)
{
	struct expr_value v;
	struct id_span *s;
	size_t at = p->ids.len, len, i;

	if (p->rule->dedupe < 0)
		return false;
	v = expr_eval_event(p->run, p->rule->dedupe, event, t, NULL);
	if (v.type == EXPR_NULL)
		return false;
	expr_plain(v, &p->ids);
	len = p->ids.len - at;
	for (i = 0; i < p->nid; i++)
		if (p->id[i].len == len &&
		    memcmp(p->ids.p + p->id[i].at, p->ids.p + at, len) == 0)
			return true;
	p->id = mem_grow(p->id, &p->idcap, p->nid + 1, sizeof *p->id);
	s = &p->id[p->nid++];
	s->at = at;
	s->len = len;
	return false;
}

static const struct window *
window_of(const struct paths *p, const struct touch *x)
{
	const struct attribution *a = p->rule;
	const struct window *w;

	for (w = a->windows; w < a->windows + a->nwindows; w++)
		if (strlen(w->channel) == x->namelen &&
		    memcmp(w->channel, p->text.p + x->name, x->namelen) == 0)
			return w;
	return &a->window;
}

static bool
in_window(const struct attribution *a, const struct window *w, int64_t touch,
    int64_t t)
{
	if (w->calendar)
		return when_day(t, a->zone) - when_day(touch, a->zone) <
		       w->days;
	if (w->within.ms == 0 && w->within.months == 0)
		return true;
	return touch >= when_add(t, w->within, -1, a->zone);
}

/* The path: touches before it, in its window, with a living link.  Without
 * one, the reason is that of the touch that came nearest. */
static void
find_path(struct paths *p, struct conversion *c)
{
	const struct window *w;
	struct touch *x;
	size_t i;

	c->from = p->non;
	c->reason = "no_touch";
	for (i = 0; i < p->ntouch; i++) {
		x = &p->touch[i];
		w = window_of(p, x);
		if (!in_window(p->rule, w, x->t, c->t)) {
			c->reason = w->calendar ? "next_day" : "window_over";
			continue;
		}
		if (x->expired) {
			c->reason = "link_expired";
			continue;
		}
		x->used = true;
		p->on = mem_grow(p->on, &p->oncap, p->non + 1, sizeof *p->on);
		p->on[p->non++] = i;
	}
	c->n = p->non - c->from;
	if (c->n > 0)
		c->reason = NULL;
}

static void
add_conversion(struct paths *p, size_t event, int64_t t)
{
	struct conversion *c;
	struct expr_value v;

	p->conversion = mem_grow(p->conversion, &p->conversioncap,
	    p->nconversion + 1, sizeof *p->conversion);
	c = &p->conversion[p->nconversion++];
	memset(c, 0, sizeof *c);
	c->event = event;
	c->t = t;
	c->value = dec_of(0);
	if (p->rule->value >= 0) {
		v = expr_eval_event(p->run, p->rule->value, event, t, NULL);
		if (v.type == EXPR_NUMBER && v.exact)
			c->value = v.dec;
		else if (v.type == EXPR_NUMBER)
			dec_of_double(v.number, &c->value);
	}
	c->duplicate = duplicate(p, event, t);
	if (c->duplicate)
		c->reason = "duplicate";
	else
		find_path(p, c);
}

static const char *
fault(const struct paths *p, struct js_val v, size_t *col, const char *why)
{
	*col = v.type == JS_MISSING ? 0 : (size_t)(v.p - p->js->p) + 1;
	return why;
}

const char *
paths_read(struct paths *p, const struct js_line *js, int64_t now, size_t *col)
{
	const struct attribution *a = p->rule;
	struct js_val v = js->slot[p->plan->profile_id];
	const char *why;
	int64_t t = WHEN_MIN;
	size_t i;

	p->js = js;
	p->ntouch = p->nconversion = p->non = p->nid = 0;
	p->text.len = p->ids.len = 0;
	if (v.type != JS_STRING || v.escaped)
		return fault(p, v, col, "no profile_id");
	if (!expr_bind(p->run, js, &why))
		die("%s", why);
	for (i = 0; i < js->neach; i++) {
		v = js->each[i * js->neachcol + (size_t)p->plan->time];
		when_parse(v.p + 1, v.len - 2, &t);
		if (t > now)
			break;
		if (expr_event_true(p->run, a->conversion, i, t))
			add_conversion(p, i, t);
		if (expr_event_true(p->run, a->touch, i, t))
			add_touch(p, i, t);
	}
	return NULL;
}
