#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../err.h"
#include "../mem.h"
#include "../report.h"
#include "rfm.h"

static const char *const measure_names[] = {"r", "f", "m"};

/* ---- writing ---- */

static void
member(struct buf *b, const char *key, const char *text)
{
	if (text == NULL)
		return;
	buf_addf(b, ",\"%s\":", key);
	buf_jsons(b, text);
}

static void
flag(struct buf *b, const char *key, bool on)
{
	if (on)
		buf_addf(b, ",\"%s\":true", key);
}

static void
write_orders(const struct rfm *rfm, struct buf *b)
{
	const struct orders_settings *o = &rfm->orders, *d = &orders_defaults;
	const char *text = o->order != NULL ? o->order : d->order;

	buf_adds(b, ",\n\"orders\":{\"order\":");
	buf_jsons(b, text);
	member(b, "order_id", o->id != NULL ? o->id : d->id);
	member(b, "money", o->money != NULL ? o->money : d->money);
	if (!o->gross) {
		member(b, "refund", o->refund != NULL ? o->refund : d->refund);
		member(b, "cancel", o->cancel != NULL ? o->cancel : d->cancel);
	}
	flag(b, "gross", o->gross);
	member(b, "currency", o->currency);
	member(b, "window", rfm->window);
	flag(b, "merge_days", rfm->merge_days);
	flag(b, "mean", rfm->mean);
	buf_byte(b, '}');
}

static void
write_scale(const struct rfm *rfm, int which, struct buf *b)
{
	const struct rfm_scale *s = &rfm->scale[which];
	int i;

	buf_addf(b, "%s\"%s\":[", which > 0 ? "," : "", measure_names[which]);
	for (i = 0; i < s->n; i++) {
		if (i > 0)
			buf_byte(b, ',');
		if (!rfm->ntile || rfm->given[which]) {
			buf_double(b, s->cut[i].value);
			continue;
		}
		buf_adds(b, "{\"value\":");
		buf_double(b, s->cut[i].value);
		buf_addf(b, ",\"tie\":\"%016jx\"}", (uintmax_t)s->cut[i].tie);
	}
	buf_byte(b, ']');
}

static void
write_scales(const struct rfm *rfm, struct buf *b)
{
	int i;

	buf_addf(b, ",\n\"bins\":%d", rfm->bins);
	flag(b, "ntile", rfm->ntile);
	if (rfm->rfm_r)
		member(b, "compat", "rfm-r");
	buf_adds(b, ",\n\"cuts\":{");
	for (i = 0; i < RFM_MEASURES; i++)
		write_scale(rfm, i, b);
	buf_byte(b, '}');
}

static void
write_table(const struct rfm_table *t, struct buf *b)
{
	json_t *high = json_object_get(t->json, "high");
	char *text;
	int i;

	for (i = 0; t->splits && i < RFM_MEASURES; i++)
		json_object_set_new(
		    high, measure_names[i], json_real(t->threshold[i]));
	text = json_dumps(t->json, JSON_COMPACT | JSON_REAL_PRECISION(17));
	buf_adds(b, text);
	free(text);
}

static void
write_parameters(const struct clv_model *m, struct buf *b)
{
	const char *const *name = clv_param_names(m->kind);
	int i;

	buf_adds(b, "{\"model\":");
	buf_jsons(b, clv_name(m->kind));
	buf_adds(b, ",\"parameters\":{");
	for (i = 0; i < clv_params(m->kind); i++) {
		buf_addf(b, "%s\"%s\":", i > 0 ? "," : "", name[i]);
		report_digits(b, m->p[i], 10);
	}
	buf_adds(b, "},\"standard_errors\":{");
	for (i = 0; i < clv_params(m->kind); i++) {
		buf_addf(b, "%s\"%s\":", i > 0 ? "," : "", name[i]);
		report_digits(b, m->se[i], 6);
	}
	buf_adds(b, "},\"log_likelihood\":");
	report_digits(b, m->ll, 10);
	buf_adds(b, ",\"customers\":");
	buf_double(b, m->cases);
	buf_byte(b, '}');
}

static void
write_clv(const struct rfm *rfm, struct buf *b)
{
	if (!rfm->clv)
		return;
	buf_addf(b, ",\n\"clv\":{\"unit\":\"week\",\"months\":%d,\"discount\":",
	    rfm->months);
	buf_double(b, rfm->discount);
	buf_addf(b, ",\"repeat_buyers\":%ju,\n \"timing\":",
	    (uintmax_t)rfm->repeat_buyers);
	write_parameters(&rfm->timing, b);
	if (rfm->has_spend) {
		buf_adds(b, ",\n \"spend\":");
		write_parameters(&rfm->spend, b);
	}
	buf_byte(b, '}');
}

void
rfm_model_text(const struct rfm *rfm, struct buf *b)
{
	size_t i;

	buf_adds(b, "{\"format\":\"cdp-rfm model\",\"version\":1,"
		    "\"timezone\":");
	buf_jsons(b, rfm->timezone);
	buf_adds(b, ",\n\"made\":{\"now\":");
	when_json(rfm->now, b);
	buf_addf(b, ",\"customers\":%ju,\"with_orders\":%ju}",
	    (uintmax_t)rfm->customers, (uintmax_t)rfm->buyers);
	write_orders(rfm, b);
	write_scales(rfm, b);
	buf_adds(b, ",\n\"classes\":[");
	for (i = 0; i < rfm->tables; i++) {
		buf_adds(b, i > 0 ? ",\n " : "\n ");
		write_table(&rfm->table[i], b);
	}
	buf_byte(b, ']');
	write_clv(rfm, b);
	buf_adds(b, "}\n");
}

/* ---- reading ---- */

static void
read_orders(struct rfm *rfm, const struct node *root)
{
	static const char *const known[] = {"order", "order_id", "money",
	    "refund", "cancel", "gross", "currency", "window", "merge_days",
	    "mean", NULL};
	struct node n = node_need(root, "orders"), window;
	struct orders_settings *o = &rfm->orders;

	node_only(&n, known);
	o->order = get_text(&n, "order", NULL);
	o->id = get_text(&n, "order_id", NULL);
	o->money = get_text(&n, "money", NULL);
	o->refund = get_text(&n, "refund", NULL);
	o->cancel = get_text(&n, "cancel", NULL);
	o->gross = get_bool(&n, "gross", false);
	o->currency = get_text(&n, "currency", NULL);
	rfm->merge_days = get_bool(&n, "merge_days", false);
	rfm->mean = get_bool(&n, "mean", false);
	if (node_get(&n, "window", &window)) {
		rfm->length = node_duration(&window);
		rfm->window = node_text(&window);
	}
}

static void
read_cut(const struct node *n, struct rfm_cut *c, bool ntile)
{
	struct node v;

	*c = (struct rfm_cut){0, 0};
	if (!ntile || !json_is_object(n->json)) {
		c->value = node_number(n);
		return;
	}
	v = node_need(n, "value");
	c->value = node_number(&v);
	v = node_need(n, "tie");
	c->tie = strtoull(node_text(&v), NULL, 16);
}

static void
read_scales(struct rfm *rfm, const struct node *root)
{
	static const char *const known[] = {"r", "f", "m", NULL};
	static const char *const compat[] = {"rfm-r", NULL};
	struct node cuts = node_need(root, "cuts"), list, one;
	struct rfm_scale *s;
	int which, i;

	node_only(&cuts, known);
	rfm->bins = (int)get_int(root, "bins", 2, 100, 5);
	rfm->ntile = get_bool(root, "ntile", false);
	rfm->rfm_r = get_word(root, "compat", compat, -1) == 0;
	for (which = 0; which < RFM_MEASURES; which++) {
		list = node_need(&cuts, measure_names[which]);
		node_array(&list);
		s = &rfm->scale[which];
		s->n = (int)node_count(&list);
		if (s->n == 0)
			node_die(&list, "expected one cut at least");
		s->cut = mem_alloc((size_t)s->n + 1, sizeof *s->cut);
		for (i = 0; i < s->n; i++) {
			one = node_at(&list, (size_t)i);
			read_cut(&one, &s->cut[i], rfm->ntile);
			if (!rfm->ntile && i > 0 &&
			    s->cut[i].value < s->cut[i - 1].value)
				node_die(&one, "cuts must not fall");
			rfm->given[which] |=
			    rfm->ntile && !json_is_object(one.json);
		}
	}
}

static enum clv_kind
read_kind(const struct node *n)
{
	const char *words[CLV_KINDS + 1] = {NULL};
	struct node name = node_need(n, "model");
	int i;

	for (i = 0; i < CLV_KINDS; i++)
		words[i] = clv_name((enum clv_kind)i);
	return (enum clv_kind)node_word(&name, words);
}

static void
read_parameters(const struct node *n, struct clv_model *m)
{
	struct node list = node_need(n, "parameters"), v;
	const char *const *name;
	int i;

	m->kind = read_kind(n);
	name = clv_param_names(m->kind);
	for (i = 0; i < clv_params(m->kind); i++) {
		v = node_need(&list, name[i]);
		m->p[i] = node_number(&v);
		if (!(m->p[i] > 0))
			node_die(&v, "expected a number above 0");
	}
	m->cases = get_number(n, "customers", 0);
}

static void
read_clv(struct rfm *rfm, const struct node *root)
{
	static const char *const known[] = {"unit", "months", "discount",
	    "repeat_buyers", "timing", "spend", NULL};
	static const char *const unit[] = {"week", NULL};
	struct node n, part;

	rfm->clv = node_get(root, "clv", &n);
	if (!rfm->clv)
		return;
	node_only(&n, known);
	get_word(&n, "unit", unit, 0);
	rfm->months = (int)get_int(&n, "months", 1, 1200, 12);
	rfm->discount = get_number(&n, "discount", 0);
	if (!(rfm->discount > -1))
		node_die(&n, "the discount is not above -1");
	part = node_need(&n, "timing");
	read_parameters(&part, &rfm->timing);
	if (rfm->timing.kind == CLV_GAMMA)
		node_die(&part, "gamma-gamma is no model of timing");
	rfm->has_spend = node_get(&n, "spend", &part);
	if (rfm->has_spend)
		read_parameters(&part, &rfm->spend);
	if (rfm->has_spend && rfm->spend.kind != CLV_GAMMA)
		node_die(&part, "expected gamma-gamma for money");
}

void
rfm_model_read(struct rfm *rfm, const char *file)
{
	static const char *const known[] = {"format", "version", "timezone",
	    "made", "orders", "bins", "ntile", "compat", "cuts", "classes",
	    "clv", NULL};
	static const char *const format[] = {"cdp-rfm model", NULL};
	struct node root, n, one;
	size_t i;

	rfm->rules = rules_read(file);
	root = rules_root(rfm->rules);
	n = node_need(&root, "format");
	node_word(&n, format);
	node_only(&root, known);
	n = node_need(&root, "version");
	node_int(&n, 1, 1);
	n = node_need(&root, "timezone");
	rfm->timezone = node_text(&n);
	read_orders(rfm, &root);
	read_scales(rfm, &root);
	rfm->tables = 0;
	n = node_need(&root, "classes");
	node_array(&n);
	for (i = 0; i < node_count(&n); i++) {
		one = node_at(&n, i);
		rfm_table_from(rfm, &one);
	}
	read_clv(rfm, &root);
	rfm_map_classes(rfm);
}
