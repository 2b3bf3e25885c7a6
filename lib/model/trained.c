#include <math.h>
#include <string.h>

#include "../interval.h"
#include "train.h"

static void
number(struct buf *b, const char *key, double v, int digits)
{
	buf_addf(b, ",\"%s\":", key);
	report_digits(b, v, digits);
}

static void
text(struct buf *b, const char *key, const char *s)
{
	if (s == NULL)
		return;
	buf_addf(b, ",\"%s\":", key);
	buf_jsons(b, s);
}

/* ---- what it was made from ---- */

static void
write_feature(const struct feature *f, struct buf *b)
{
	if (f->transform == AS_IT_IS) {
		buf_jsons(b, f->text);
		return;
	}
	buf_adds(b, "{\"expr\":");
	buf_jsons(b, f->text);
	text(b, "transform", transform_names[f->transform]);
	buf_byte(b, '}');
}

static void
write_settings(const struct features *f, struct buf *b)
{
	size_t i;

	buf_adds(b, "{\"format\":\"cdp-score model\",\"version\":1");
	text(b, "id", f->id);
	text(b, "timezone", f->zone != NULL ? zone_name(f->zone) : NULL);
	text(b, "learner", learner_names[f->learner]);
	text(b, "treatment", f->treatment);
	buf_adds(b, ",\n\"label\":{");
	buf_addf(b, "\"%s\":", f->label_event ? "event" : "when");
	buf_jsons(b, f->label_text);
	text(b, "within", f->within_text);
	buf_adds(b, "},\n\"features\":{");
	for (i = 0; i < f->n; i++) {
		buf_adds(b, i > 0 ? ",\n " : "\n ");
		buf_jsons(b, f->feature[i].name);
		buf_byte(b, ':');
		write_feature(&f->feature[i], b);
	}
	buf_byte(b, '}');
}

static void
write_made(const struct trained *m, const struct sample *r, const int64_t *at,
    size_t n, int64_t now, struct buf *b)
{
	size_t i;

	buf_adds(b, ",\n\"made\":{\"now\":");
	when_json(now, b);
	buf_adds(b, ",\"at\":[");
	for (i = 0; i < n; i++) {
		if (i > 0)
			buf_byte(b, ',');
		when_json(at[i], b);
	}
	buf_addf(b, "],\"rows\":%zu,\"test_rows\":%zu,\"positives\":", m->rows,
	    m->test_rows);
	buf_double(b, m->positives);
	buf_addf(b, ",\"not_yet_customers\":%ju,\"outside\":%ju",
	    (uintmax_t)r->early, (uintmax_t)r->outside);
	text(b, "rules_sha256", rules_digest(r->f->rules));
	buf_byte(b, '}');
}

/* ---- coefficients ---- */

static const char *
model_name(const struct features *f, int i)
{
	return f->learner == LEARN_LOGISTIC         ? "all"
	       : f->learner == LEARN_TRANSFORMATION ? "transformed"
	       : i == 0                             ? "treated"
						    : "untreated";
}

static void
write_model(
    const struct trained *m, const struct sample *r, int which, struct buf *b)
{
	const struct logistic *l = &m->model[which];
	const struct features *f = r->f;
	double raw, se;
	int i;

	buf_addf(b, "\n {\"name\":\"%s\",\"rows\":", model_name(f, which));
	buf_double(b, l->rows);
	number(b, "positives", l->positives, 15);
	number(b, "log_likelihood", l->ll, 10);
	number(b, "ridge", l->ridge, 15);
	number(b, "intercept", l->intercept, 12);
	number(b, "raw_intercept", logistic_raw_intercept(l), 10);
	buf_adds(b, ",\n  \"coefficients\":{");
	for (i = 0; i < l->n; i++) {
		raw = logistic_raw(l, i);
		se = l->sd[i] > 0 ? l->se[i] / l->sd[i] : 0;
		buf_adds(b, i > 0 ? ",\n   " : "\n   ");
		buf_jsons(b, f->feature[i].name);
		buf_adds(b, ":{\"mean\":");
		report_digits(b, l->mean[i], 12);
		number(b, "sd", l->sd[i], 12);
		number(b, "beta", l->beta[i], 12);
		number(b, "raw", raw, 10);
		number(b, "low", raw - Z95 * se, 6);
		number(b, "high", raw + Z95 * se, 6);
		buf_addf(b, ",\"missing\":%ju}", (uintmax_t)r->missing[i]);
	}
	buf_adds(b, "}}");
}

/* ---- how good it is ---- */

static void
write_deciles(const struct trained *m, struct buf *b)
{
	const struct lift_part *d;
	int i;

	buf_adds(b, ",\n \"deciles\":[");
	for (i = 0; i < DECILES; i++) {
		d = &m->decile[i];
		buf_addf(b, "%s\n  {\"n\":", i > 0 ? "," : "");
		report_digits(b, d->n, 12);
		number(b, "positives", d->positives, 12);
		number(b, "rate", d->positives / d->n, 6);
		number(b, "low", d->low, 6);
		number(b, "high", d->high, 6);
		number(b, "predicted", d->mean_score, 6);
		number(b, "lift", d->lift, 5);
		number(b, "gain", d->gain, 5);
		buf_byte(b, '}');
	}
	buf_byte(b, ']');
}

const char *
uplift_verdict(const struct uplift *u)
{
	return u->distinguishable ? "better than random"
				  : "not distinguishable from random";
}

static void
write_uplift(const struct trained *m, struct buf *b)
{
	const struct uplift *u = &m->uplift;
	int i;

	buf_adds(b, ",\n \"uplift\":{\"mean\":");
	report_digits(b, u->ate, 8);
	number(b, "treated", u->treated, 15);
	number(b, "qini", u->qini, 6);
	for (i = 0; i < UPLIFT_TOPS; i++) {
		buf_addf(b, ",\"top_%d\":", (i + 1) * 10);
		report_digits(b, u->top[i], 6);
	}
	buf_addf(b, ",\"permutations\":%d", u->permutations);
	number(b, "random_sd", u->random_sd, 4);
	number(b, "random_low", u->random_low, 4);
	number(b, "random_high", u->random_high, 4);
	/* Who answers most is not who is moved most. */
	if (m->models == 2)
		number(b, "response_qini", m->response.qini, 6);
	text(b, "verdict", uplift_verdict(u));
	buf_byte(b, '}');
}

void
trained_text(const struct trained *m, const struct sample *r, const int64_t *at,
    size_t n, int64_t now, struct buf *b)
{
	bool logistic = r->f->learner == LEARN_LOGISTIC;
	int i;

	write_settings(r->f, b);
	write_made(m, r, at, n, now, b);
	buf_adds(b, ",\n\"models\":[");
	for (i = 0; i < m->models; i++) {
		if (i > 0)
			buf_byte(b, ',');
		write_model(m, r, i, b);
	}
	buf_addf(b, "],\n\"report\":{\"on\":\"%s\"",
	    m->test_rows > 0 ? "customers left out of the fit"
			     : "the customers of the fit");
	if (logistic) {
		number(b, "auc", m->auc, 8);
		number(b, "auc_low", m->auc - Z95 * m->auc_se, 5);
		number(b, "auc_high", m->auc + Z95 * m->auc_se, 5);
		buf_adds(b, ",\"random_auc\":0.5,\"rfm_auc\":");
		report_digits(b, m->rfm ? m->rfm_auc : NAN, 6);
		number(b, "rfm_lift_10", m->rfm ? m->rfm_lift : NAN, 5);
		write_deciles(m, b);
	} else
		write_uplift(m, b);
	buf_adds(b, "}}\n");
}

/* ---- for people ---- */

static void
report_coefficients(
    const struct trained *m, const struct sample *r, struct report *out)
{
	const struct logistic *l;
	double raw, se;
	int k, i;

	for (k = 0; k < m->models; k++)
		for (l = &m->model[k], i = 0; i < l->n; i++) {
			raw = logistic_raw(l, i);
			se = l->sd[i] > 0 ? l->se[i] / l->sd[i] : 0;
			report_row(out);
			report_text(out, "model", model_name(r->f, k));
			report_text(out, "feature", r->f->feature[i].name);
			report_number(out, "coefficient", raw, 6);
			report_number(out, "low", raw - Z95 * se, 4);
			report_number(out, "high", raw + Z95 * se, 4);
			report_number(
			    out, "odds_ratio_of_1_sd", exp(l->beta[i]), 5);
			report_int(out, "missing", (int64_t)r->missing[i]);
		}
}

void
report_uplift(const struct uplift *u, struct report *out)
{
	report_row(out);
	report_number(out, "rows", u->rows, 15);
	report_number(out, "treated", u->treated, 15);
	report_number(out, "uplift", u->ate, 6);
	report_number(out, "top_10", u->top[0], 5);
	report_number(out, "top_20", u->top[1], 5);
	report_number(out, "top_30", u->top[2], 5);
	report_number(out, "qini", u->qini, 5);
	report_number(out, "random_sd", u->random_sd, 4);
	report_number(out, "random_low", u->random_low, 4);
	report_number(out, "random_high", u->random_high, 4);
	report_text(out, "verdict", uplift_verdict(u));
}

void
report_lift(const struct lift_part *d, int n, bool rates, struct report *out)
{
	int i;

	for (i = 0; i < n; i++) {
		report_row(out);
		report_int(out, "part", i + 1);
		report_number(out, "customers", d[i].n, 10);
		report_number(
		    out, rates ? "positives" : "outcome", d[i].positives, 12);
		report_number(
		    out, rates ? "rate" : "mean", d[i].positives / d[i].n, 5);
		if (rates) {
			report_number(out, "low", d[i].low, 4);
			report_number(out, "high", d[i].high, 4);
		}
		report_number(out, "mean_score", d[i].mean_score, 5);
		report_number(out, "lift", d[i].lift, 4);
		report_number(out, "gain", d[i].gain, 4);
	}
}

void
trained_report(
    const struct trained *m, const struct sample *r, struct report *out)
{
	report_coefficients(m, r, out);
	if (r->f->learner != LEARN_LOGISTIC) {
		report_uplift(&m->uplift, out);
		return;
	}
	report_row(out);
	report_number(out, "auc", m->auc, 5);
	report_number(out, "auc_low", m->auc - Z95 * m->auc_se, 4);
	report_number(out, "auc_high", m->auc + Z95 * m->auc_se, 4);
	report_number(out, "random_auc", .5, 2);
	report_number(out, "rfm_auc", m->rfm ? m->rfm_auc : NAN, 5);
	report_number(out, "lift_10", m->decile[0].lift, 4);
	report_number(out, "rfm_lift_10", m->rfm ? m->rfm_lift : NAN, 4);
	report_lift(m->decile, DECILES, true, out);
}
