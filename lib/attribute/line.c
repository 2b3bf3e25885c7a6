#include "line.h"

static struct js_val
cell(const struct paths *p, size_t event, int col)
{
	return p->js->each[event * p->js->neachcol + (size_t)col];
}

static void
raw(struct buf *b, const char *name, struct js_val v)
{
	buf_addf(b, ",\"%s\":", name);
	js_raw(v, b);
}

static void
time_member(struct buf *b, const char *name, int64_t t)
{
	buf_addf(b, ",\"%s\":", name);
	when_json(t, b);
}

static void
begin(struct buf *b, const struct paths *p, const struct conversion *c,
    enum model model)
{
	struct js_val id = p->js->slot[p->plan->profile_id];

	buf_adds(b, "{\"profile_id\":");
	buf_add(b, id.p, id.len);
	buf_addf(b, ",\"model\":\"%s\"", model_names[model]);
	raw(b, "conversion", cell(p, c->event, p->plan->message_id));
	raw(b, "event", cell(p, c->event, p->plan->event));
	time_member(b, "at", c->t);
}

void
line_credit(struct buf *b, struct paths *p, const struct conversion *c,
    const struct shares *s, enum model model)
{
	const struct touch *t;
	struct dec credit;
	size_t i;

	for (i = 0; i < s->n; i++) {
		if (s->s[i].credit == 0 && s->s[i].value.c == 0)
			continue;
		t = s->s[i].touch;
		begin(b, p, c, model);
		raw(b, "touch", cell(p, t->event, p->plan->message_id));
		time_member(b, "touch_at", t->t);
		buf_adds(b, ",\"channel\":");
		buf_json(b, p->text.p + t->name, t->namelen);
		if (p->rule->link >= 0) {
			buf_adds(b, ",\"link\":");
			expr_json(expr_eval_event(p->run, p->rule->link,
				      t->event, t->t, NULL),
			    b);
		}
		buf_adds(b, ",\"credit\":");
		dec_mul(dec_of(s->s[i].credit), (struct dec){1, 6}, &credit);
		dec_text(credit, b);
		buf_adds(b, ",\"value\":");
		dec_text(s->s[i].value, b);
		buf_adds(b, "}\n");
	}
}

void
line_missed(struct buf *b, const struct paths *p, const struct conversion *c,
    enum model model)
{
	begin(b, p, c, model);
	buf_adds(b, ",\"credit\":0,\"value\":");
	dec_text(c->value, b);
	buf_addf(b, ",\"reason\":\"%s\"}\n", c->reason);
}

static void
stamp(struct buf *b, int64_t t)
{
	char text[WHEN_TEXT];

	when_text(t, text);
	buf_add(b, text, sizeof text);
}

static void
explain_touch(struct buf *b, const struct paths *p, const struct touch *t)
{
	stamp(b, t->t);
	buf_adds(b, " touch ");
	buf_json(b, p->text.p + t->name, t->namelen);
	buf_adds(b, t->expired ? ": link_expired\n"
		    : t->used  ? ": on a path\n"
			       : ": on no path\n");
}

static void
explain_conversion(
    struct buf *b, const struct paths *p, const struct conversion *c)
{
	struct js_val name = cell(p, c->event, p->plan->event);
	const struct touch *t;
	size_t i;

	stamp(b, c->t);
	buf_adds(b, " conversion ");
	if (name.type == JS_STRING)
		buf_add(b, name.p, name.len);
	if (c->reason != NULL) {
		buf_addf(b, ": not credited: %s\n", c->reason);
		return;
	}
	buf_adds(b, ": touches");
	for (i = 0; i < c->n; i++) {
		t = &p->touch[p->on[c->from + i]];
		buf_byte(b, ' ');
		buf_json(b, p->text.p + t->name, t->namelen);
	}
	buf_byte(b, '\n');
}

void
line_explain(struct buf *b, struct paths *p)
{
	size_t i = 0, k = 0;

	while (i < p->ntouch || k < p->nconversion)
		if (k == p->nconversion ||
		    (i < p->ntouch &&
			p->touch[i].event < p->conversion[k].event))
			explain_touch(b, p, &p->touch[i++]);
		else
			explain_conversion(b, p, &p->conversion[k++]);
}
