#include <math.h>
#include <string.h>

#include "../report.h"
#include "rfm.h"

static void
text_or_null(struct buf *b, const char *s)
{
	if (s == NULL)
		buf_adds(b, "null");
	else
		buf_json(b, s, strlen(s));
}

static void
measures(const struct rfm *rfm, const struct rfm_measure *m, const int *score,
    struct buf *b)
{
	static const char *const keys[] = {"{\"r\":", ",\"f\":", ",\"m\":"};
	int i;

	for (i = 0; i < RFM_MEASURES; i++) {
		buf_adds(b, keys[i]);
		if (m->orders > 0)
			buf_int(b, score[i]);
		else
			buf_adds(b, "null");
	}
	buf_adds(b, ",\"recency_days\":");
	if (m->orders > 0)
		buf_int(b, m->recency);
	else
		buf_adds(b, "null");
	buf_adds(b, ",\"orders\":");
	buf_int(b, (int64_t)m->orders);
	buf_adds(b, ",\"money\":");
	if (!rfm->mean)
		dec_text(m->sum, b);
	else if (m->orders > 0)
		report_digits(b, m->money, 12);
	else
		buf_adds(b, "null");
}

void
rfm_member(const struct rfm *rfm, const struct rfm_measure *m, struct buf *b)
{
	const struct rfm_table *t;
	int score[RFM_MEASURES] = {0};

	if (m->orders > 0)
		rfm_scores(rfm, m, score);
	measures(rfm, m, score, b);
	if (rfm->orders.currency != NULL) {
		buf_adds(b, ",\"currency\":");
		text_or_null(b, rfm->orders.currency);
	}
	for (t = rfm->table; t < rfm->table + rfm->tables; t++) {
		if (t == rfm->table)
			buf_adds(b, ",\"class\":");
		else {
			buf_adds(b, ",\"");
			buf_adds(b, t->id);
			buf_adds(b, "\":");
		}
		text_or_null(b, rfm_class_of(rfm, t, m, score));
	}
	buf_byte(b, '}');
}

#define DAYS_A_MONTH (365.25 / 12)

void
rfm_clv_member(const struct rfm *rfm, const struct clv_case *c, struct buf *b)
{
	const struct clv_model *t = &rfm->timing;
	double month = DAYS_A_MONTH / 7;
	double rate = pow(1 + rfm->discount, 1. / 12) - 1;
	double spend = NAN;
	struct clv_outlook o;

	if (c == NULL) {
		buf_adds(b, "{\"alive\":null,\"purchases\":null,"
			    "\"spend\":null,\"value\":null}");
		return;
	}
	/* Money unseen or 0 says no more than no repeat purchase at all. */
	if (rfm->has_spend)
		spend = clv_spend(&rfm->spend, c->m > 0 ? c->x : 0, c->m);
	clv_look_ahead(t, c, month, rfm->months, rate, &o);
	buf_adds(b, "{\"alive\":");
	report_digits(b, o.alive, 9);
	buf_adds(b, ",\"purchases\":");
	report_digits(b, o.purchases, 9);
	buf_adds(b, ",\"spend\":");
	report_digits(b, spend, 9);
	buf_adds(b, ",\"value\":");
	report_digits(b, o.discounted * spend, 9);
	buf_byte(b, '}');
}

/* ---- explain ---- */

static void
explain_order(const struct order *o, int64_t from, struct buf *b)
{
	buf_adds(b, "{\"order\":");
	buf_json(b, o->id, o->idlen);
	buf_adds(b, ",\"time\":");
	when_json(o->time, b);
	buf_adds(b, ",\"money\":");
	dec_text(o->money, b);
	buf_adds(b, o->time >= from ? ",\"counted\":true"
				    : ",\"counted\":false,"
				      "\"because\":\"before the window\"");
	buf_adds(b, o->priced ? "}\n" : ",\"note\":\"without money\"}\n");
}

static void
explain_score(
    const struct rfm *rfm, int which, int score, double v, struct buf *b)
{
	static const char *const names[] = {"r", "f", "m"};
	static const char *const what[] = {"recency_days", "orders", "money"};
	const struct rfm_scale *s = &rfm->scale[which];
	int i;

	buf_addf(b, "{\"score\":\"%s\",\"is\":%d,\"%s\":", names[which], score,
	    what[which]);
	report_digits(b, v, 12);
	buf_adds(b, ",\"cuts\":[");
	for (i = 0; i < s->n; i++) {
		if (i > 0)
			buf_byte(b, ',');
		buf_double(b, s->cut[i].value);
	}
	buf_adds(b, "]}\n");
}

static void
explain_class(const struct rfm *rfm, const struct rfm_table *t,
    const struct rfm_measure *m, const int *score, struct buf *b)
{
	static const char *const names[] = {"r", "f", "m"};
	int i;

	buf_adds(b, "{\"table\":");
	text_or_null(b, t->id);
	buf_adds(b, ",\"class\":");
	text_or_null(b, rfm_class_of(rfm, t, m, score));
	if (t->splits)
		buf_adds(b, ",\"thresholds\":");
	for (i = 0; t->splits && i < RFM_MEASURES; i++) {
		buf_addf(b, "%s\"%s\":", i > 0 ? "," : "{", names[i]);
		report_digits(b, t->threshold[i], 12);
	}
	buf_adds(b, t->splits ? "}}\n" : "}\n");
}

void
rfm_explain(const struct rfm *rfm, const struct orders *o, int64_t now,
    const struct rfm_measure *m, struct buf *b)
{
	int score[RFM_MEASURES] = {0}, k;
	const double v[] = {(double)m->recency, (double)m->orders, m->money};
	size_t i;

	for (i = 0; i < o->n; i++)
		explain_order(&o->item[i], rfm_window(rfm, now), b);
	for (i = 0; i < o->nleft; i++) {
		buf_adds(b, "{\"order\":");
		buf_json(b, o->left[i].id, o->left[i].idlen);
		buf_addf(b, ",\"counted\":false,\"because\":\"%s\"}\n",
		    o->left[i].why);
	}
	if (m->orders > 0)
		rfm_scores(rfm, m, score);
	for (k = 0; m->orders > 0 && k < RFM_MEASURES; k++)
		explain_score(rfm, k, score[k], v[k], b);
	for (i = 0; i < rfm->tables; i++)
		explain_class(rfm, &rfm->table[i], m, score, b);
}
