#include <string.h>

#include "../dec.h"
#include "../json.h"
#include "../report.h"
#include "table.h"

#define COLUMNS 20
#define DIGITS 5

/* What a line is, by a member that only such lines have, and what is shown of
 * it.  "by" is the branch, or the exit rule. */
static const struct shape {
	const char *member;
	const char *column[COLUMNS]; /* NULL at the end */
} shapes[] = {
    {"forecast", {"seed", "replications", "customers", "level", "from", "to"}},
    {"assumption", {"assumption", "journey", "node", "rate", "k", "n", "low",
		       "high", "delay_seconds", "spread", "origin"}},
    {"channel", {"channel", "what", "mean", "low", "high", "half_width"}},
    {"reason", {"journey", "node", "what", "reason", "mean", "low", "high",
		   "half_width"}},
    {"from", {"from", "journey", "node", "what", "by", "mean", "low", "high",
		 "half_width"}},
    {"hour", {"journey", "what", "hour", "mean", "low", "high", "half_width"}},
    {"messages", {"what", "hours", "messages", "or_more", "mean", "low", "high",
		     "half_width"}},
    {"actual", {"journey", "node", "what", "by", "so_far", "mean", "low",
		   "high", "half_width", "n", "share", "share_low",
		   "share_high", "actual", "error", "inside"}},
    {"journey", {"journey", "node", "what", "by", "so_far", "mean", "low",
		    "high", "half_width", "mean_within", "n", "share",
		    "share_low", "share_high"}},
    {"distance", {"distance", "value", "by_chance", "inside"}},
    {"until_halfwidth", {"until_halfwidth", "widest"}},
    {"of", {"inside", "of", "share_95"}},
};

static struct js_val
member(struct js_val object, const char *name)
{
	struct js_step step = {name, strlen(name), 0};

	return js_path(object, &step, 1);
}

static void
cell(struct report *r, const char *name, struct js_val v)
{
	struct buf text = {0}, scratch = {0};
	const char *p = v.p;
	size_t n = v.len;
	struct dec d;

	if (v.type == JS_NUMBER && dec_parse(v.p, v.len, &d)) {
		report_number(r, name, dec_double(d), DIGITS);
		return;
	}
	if (v.type == JS_MISSING) {
		report_text(r, name, NULL);
		return;
	}
	if (v.type == JS_STRING)
		p = js_text(v, &scratch, &n);
	buf_add(&text, p, n);
	buf_byte(&text, '\0');
	report_text(r, name, text.p);
	buf_free(&text);
	buf_free(&scratch);
}

static void
row(struct report *r, struct js_val line)
{
	const struct shape *s = shapes;
	const char *const *c;
	struct js_val v;

	while (member(line, s->member).type == JS_MISSING)
		s++;
	if (s == shapes)
		line = member(line, s->member);
	report_row(r);
	for (c = s->column; *c != NULL; c++) {
		v = member(line, *c);
		if (strcmp(*c, "by") == 0) {
			v = member(line, "branch");
			if (v.type == JS_MISSING)
				v = member(line, "exit");
		}
		cell(r, *c, v);
	}
}

void
forecast_table(struct buf *lines, struct buf *out)
{
	struct report *r = report_new();
	const char *p, *end, *nl;

	buf_room(lines, JS_PAD);
	p = lines->p;
	end = p + lines->len;

	for (; p < end; p = nl + 1) {
		nl = memchr(p, '\n', (size_t)(end - p));
		row(r,
		    (struct js_val){
			.p = p, .len = (uint32_t)(nl - p), .type = JS_OBJECT});
	}
	report_write(r, true, out);
	buf_free(lines);
}
