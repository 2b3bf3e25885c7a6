#include <math.h>
#include <string.h>

#include "../report.h"
#include "rfm.h"

static void
score_or_null(struct buf *b, bool known, int64_t v)
{
	if (known)
		buf_int(b, v);
	else
		buf_add(b, "null", 4);
}

static void
measures(const struct rfm *rfm, const struct rfm_measure *m, const int *score,
    struct buf *b)
{
	bool known = m->orders > 0;

	buf_adds(b, "{\"r\":");
	score_or_null(b, known, score[RFM_R]);
	buf_adds(b, ",\"f\":");
	score_or_null(b, known, score[RFM_F]);
	buf_adds(b, ",\"m\":");
	score_or_null(b, known, score[RFM_M]);
	buf_adds(b, ",\"recency_days\":");
	score_or_null(b, known, m->recency);
	buf_adds(b, ",\"orders\":");
	buf_int(b, (int64_t)m->orders);
	buf_adds(b, ",\"money\":");
	if (!rfm->mean)
		dec_text(m->sum, b);
	else
		report_digits(b, known ? m->money : NAN, 12);
}

void
rfm_member(const struct rfm *rfm, const struct rfm_measure *m, struct buf *b)
{
	const struct rfm_name *name;
	const struct rfm_table *t;
	int score[RFM_MEASURES] = {0};

	if (m->orders > 0)
		rfm_scores(rfm, m, score);
	measures(rfm, m, score, b);
	if (rfm->orders.currency != NULL) {
		buf_adds(b, ",\"currency\":");
		buf_jsons(b, rfm->orders.currency);
	}
	for (t = rfm->table; t < rfm->table + rfm->tables; t++) {
		buf_adds(b, ",\"");
		buf_adds(b, t == rfm->table ? "class" : t->id);
		buf_adds(b, "\":");
		name = rfm_class_of(rfm, t, m, score);
		buf_add(b, name->json, name->len);
	}
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
	buf_jsons(b, t->id);
	buf_adds(b, ",\"class\":");
	buf_jsons(b, rfm_class_of(rfm, t, m, score)->text);
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
