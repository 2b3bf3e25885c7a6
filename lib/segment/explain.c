#include <stdlib.h>
#include <string.h>

#include "inside.h"

static void
add_steps(struct segments_run *r, size_t i, int64_t t, struct buf *b)
{
	struct buf text = {0};
	int k, n = segments_steps(r->s, i);

	buf_adds(b, ",\"conditions\":[");
	for (k = 0; k < n; k++) {
		text.len = 0;
		segments_step_text(r->s, i, k, &text);
		buf_adds(b, k > 0 ? ",{\"condition\":" : "{\"condition\":");
		buf_json(b, text.p, text.len);
		buf_adds(b, segments_step_true(r, i, k, t)
				? ",\"holds\":true}"
				: ",\"holds\":false}");
	}
	buf_byte(b, ']');
	buf_free(&text);
}

static void
explain(struct segments_run *r, size_t i, int64_t t, struct buf *b)
{
	const struct segment *g = &r->s->item[i];

	buf_adds(b, "{\"profile_id\":");
	buf_json(b, r->who, r->wholen);
	buf_adds(b, ",\"segment\":");
	buf_jsons(b, g->name);
	buf_adds(b, r->in[i] ? ",\"in\":true" : ",\"in\":false");
	add_steps(r, i, t, b);
	if (g->when.set >= 0) {
		buf_adds(b, ",\"because\":");
		expr_explain(asker_run(&r->ask, g->when), g->when.id, t, b);
	}
}

void
segments_explain(struct segments_run *r, int64_t t, struct buf *b)
{
	int64_t change;
	size_t i;

	for (i = 0; i < r->s->n; i++) {
		change = segments_change(r, i, t);
		explain(r, i, t, b);
		buf_adds(b, ",\"next_change_at\":");
		when_json(change, b);
		buf_adds(b, "}\n");
	}
}

/* ---- --check ---- */

struct remarks {
	const struct segment *g;
	struct buf *b;
};

static void
remark(void *arg, size_t col, const char *text)
{
	struct remarks *r = arg;

	struct place at = place_in(&r->g->when_at, col - 1);

	buf_addf(r->b, "\t%s:%ju:%ju: %s\n", at.file, (uintmax_t)at.line,
	    (uintmax_t)at.col, text);
}

static void
say_other_steps(const struct segments *s, size_t i, struct buf *b)
{
	const struct segment *g = &s->item[i];
	int k = g->when.set < 0
		    ? 0
		    : expr_parts(ask_set(&s->ask, g->when), g->when.id);
	bool first = g->when.set < 0;

	for (; k < segments_steps(s, i); k++) {
		buf_adds(b, first ? "" : ", and ");
		segments_step_text(s, i, k, b);
		first = false;
	}
}

/* The sentence without its full stop: more may follow. */
static void
say_when(const struct segments *s, const struct segment *g, struct buf *b)
{
	expr_say(ask_set(&s->ask, g->when), g->when.id, b);
	if (b->len > 0 && b->p[b->len - 1] == '.')
		b->len--;
}

void
segments_check(const struct segments *s, struct buf *b)
{
	struct remarks r = {NULL, b};
	const struct segment *g;
	size_t i;

	for (i = 0; i < s->n; i++) {
		r.g = g = &s->item[i];
		buf_addf(b, "%s: ", g->name != NULL ? g->name : "(selected)");
		if (g->when.set >= 0)
			say_when(s, g, b);
		say_other_steps(s, i, b);
		buf_byte(b, '\n');
		if (g->when.set >= 0)
			expr_check(
			    ask_set(&s->ask, g->when), g->when.id, remark, &r);
	}
}
