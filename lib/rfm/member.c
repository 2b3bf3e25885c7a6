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
	static const char letters[] = "rfm";
	int i;

	for (i = 0; i < RFM_MEASURES; i++) {
		buf_addf(b, "%s\"%c\":", i > 0 ? "," : "{", letters[i]);
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
		else
			buf_addf(b, ",\"%s\":", t->id);
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
