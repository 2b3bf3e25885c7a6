#include <string.h>

#include "room.h"

/* In the units that literals have; what is below a second is cut off. */
void
val_span_text(struct duration d, struct buf *b)
{
	static const struct {
		int64_t ms;
		const char *unit;
	} units[] = {{DAY_MS, "d"}, {3600000, "h"}, {60000, "m"}, {1000, "s"}};
	int64_t ms = d.ms < 0 ? -d.ms : d.ms;
	int64_t months = d.months < 0 ? -d.months : d.months;
	size_t i, from = b->len;

	if (d.ms < 0 || d.months < 0)
		buf_byte(b, '-');
	if (months >= 12)
		buf_addf(b, "%jdy", (intmax_t)(months / 12));
	if (months % 12 > 0)
		buf_addf(b, "%jdmo", (intmax_t)(months % 12));
	for (i = 0; i < sizeof units / sizeof units[0]; i++) {
		if (ms >= units[i].ms)
			buf_addf(b, "%jd%s", (intmax_t)(ms / units[i].ms),
			    units[i].unit);
		ms %= units[i].ms;
	}
	if (b->len == from || b->p[b->len - 1] == '-') {
		b->len = from;
		buf_adds(b, "0s");
	}
}

bool
expr_truth(struct expr_value e)
{
	struct val v = val_private(&e);

	return val_truth(&v);
}

static void
number_text(const struct expr_value *e, struct buf *out)
{
	if (e->p != NULL)
		buf_add(out, e->p, e->len);
	else if (e->exact)
		dec_text(e->dec, out);
	else
		buf_double(out, e->number);
}

void
expr_json(struct expr_value e, struct buf *out)
{
	switch (e.type) {
	case EXPR_NULL:
		buf_adds(out, "null");
		break;
	case EXPR_BOOL:
		buf_adds(out, e.truth ? "true" : "false");
		break;
	case EXPR_NUMBER:
		number_text(&e, out);
		break;
	case EXPR_TEXT:
		buf_json(out, e.p, e.len);
		break;
	case EXPR_TIME:
		when_json(e.time, out);
		break;
	case EXPR_SPAN:
		buf_byte(out, '"');
		val_span_text(e.span, out);
		buf_byte(out, '"');
		break;
	case EXPR_JSON:
		buf_add(out, e.p, e.len);
		break;
	}
}

/* Members of an array joined by ';', texts among them bare; an object as it
 * is. */
static void
plain_json(const struct expr_value *e, struct buf *out)
{
	struct js_val js = {
	    .p = e->p, .len = (uint32_t)e->len, .type = JS_ARRAY};
	struct js_val item;
	struct js_iter it;
	struct buf text = {0};
	const char *p;
	size_t n;
	bool first = true;

	if (e->p[0] != '[') {
		buf_add(out, e->p, e->len);
		return;
	}
	for (it = js_iterate(js); js_next(&it, NULL, &item);) {
		if (!first)
			buf_byte(out, ';');
		first = false;
		if (item.type != JS_STRING) {
			buf_add(out, item.p, item.len);
			continue;
		}
		text.len = 0;
		p = js_text(item, &text, &n);
		buf_add(out, p, n);
	}
	buf_free(&text);
}

void
expr_plain(struct expr_value e, struct buf *out)
{
	char text[WHEN_TEXT];

	switch (e.type) {
	case EXPR_NULL:
		break;
	case EXPR_TEXT:
		buf_add(out, e.p, e.len);
		break;
	case EXPR_TIME:
		when_text(e.time, text);
		buf_add(out, text, sizeof text);
		break;
	case EXPR_SPAN:
		val_span_text(e.span, out);
		break;
	case EXPR_JSON:
		plain_json(&e, out);
		break;
	default:
		expr_json(e, out);
	}
}
