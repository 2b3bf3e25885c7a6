#include <stdlib.h>
#include <string.h>

#include "../history.h"
#include "../input.h"
#include "../reject.h"
#include "diff.h"
#include "inside.h"

struct side {
	const struct diff_side *given;
	struct input *in;
	struct input_line line;
	struct js_line js;
	struct segments_run *run;
	struct segments_run *other; /* of old, if it ranks: new's cuts */
	int64_t now;
	bool *in_it, *later, *moved;
	struct buf id; /* of the current line; empty: at the end */
};

struct diff {
	const struct segments *s;
	const struct js_plan *plan;
	struct side old, new;
	struct output *out;
	struct buf text, condition;
	uint64_t n;
	int time; /* the column of timestamps, -1: no rule reads events */
};

/* The next line that is not blank, scanned; false at the end. */
static bool
next_line(struct diff *d, struct side *x)
{
	const char *fault = NULL;
	struct js_error e;

	do
		if (!input_line(x->in, &x->line))
			return false;
	while (x->line.len == 0);
	if (!js_scan(d->plan, x->line.p, x->line.len, &x->js, &e)) {
		x->line.at.col = e.at + 1;
		die_at(&x->line.at, "%s", e.why);
	}
	if (d->time >= 0)
		fault = history_fault(&x->js, d->time, &x->line.at.col);
	if (fault != NULL)
		die_at(&x->line.at, "%s", fault);
	return true;
}

static void
bind_line(struct side *x, struct segments_run *run, int64_t now)
{
	const char *missing = segments_bind(run, &x->js, now);

	if (missing != NULL)
		die_at(&x->line.at, "%s", missing);
}

/* The cuts of the tops, in a pass of their own. */
static void
rank_side(struct diff *d, struct side *x)
{
	const struct diff_side *g = x->given;
	int i;

	for (i = 0; i < g->n; i++)
		if (strcmp(g->files[i], "-") == 0)
			break;
	if (g->n == 0 || i < g->n)
		usage_error("--diff with a top reads the lines twice: give a "
			    "file in place of standard input");
	x->in = input_open(g->files, g->n, reject_settings.max_line);
	while (next_line(d, x)) {
		bind_line(x, x->run, x->now);
		segments_look(x->run, x->now);
	}
	segments_looked(x->run);
	input_close(x->in);
}

static void
open_side(struct diff *d, struct side *x, const struct diff_side *given)
{
	x->given = given;
	x->run = segments_open(given->segments);
	x->now = given->now;
	if (segments_rank(given->segments))
		rank_side(d, x);
	x->in = input_open(given->files, given->n, reject_settings.max_line);
	x->in_it = mem_alloc(d->s->n, sizeof *x->in_it);
	x->later = mem_alloc(d->s->n, sizeof *x->later);
	x->moved = mem_alloc(d->s->n, sizeof *x->moved);
}

static void
close_side(struct side *x)
{
	input_close(x->in);
	segments_close(x->run);
	if (x->other != NULL)
		segments_close(x->other);
	js_line_free(&x->js);
	buf_free(&x->id);
	free(x->in_it);
	free(x->later);
	free(x->moved);
}

static int
compare(const struct buf *a, const char *p, size_t n)
{
	int c = memcmp(a->p, p, a->len < n ? a->len : n);

	return c != 0 ? c : (a->len > n) - (a->len < n);
}

/* The next line, which must be a good one; false at the end. */
static bool
advance(struct diff *d, struct side *x)
{
	const char *who;
	size_t n;

	if (!next_line(d, x)) {
		x->id.len = 0;
		return false;
	}
	bind_line(x, x->run, x->now);
	who = segments_who(x->run, &n);
	if (n == 0)
		die_at(&x->line.at, "no profile_id");
	if (x->id.len > 0 && compare(&x->id, who, n) >= 0)
		die_at(&x->line.at, "not sorted by profile_id, as "
				    "cdp-merge-id writes it");
	x->id.len = 0;
	buf_add(&x->id, who, n);
	memcpy(x->in_it, segments_at(x->run, x->now, NULL),
	    d->s->n * sizeof *x->in_it);
	return true;
}

/* Has the new line events that the old one had not? */
static bool
more_events(const struct diff *d)
{
	return d->new.run->history.n != d->old.run->history.n;
}

static const char *
cause(const struct diff *d, size_t i)
{
	if (d->old.id.len == 0)
		return "new";
	if (d->new.id.len == 0)
		return "gone";
	if (d->old.later[i] == d->new.in_it[i])
		return "clock";
	if (d->old.other != NULL && d->old.moved[i] == d->new.in_it[i])
		return "others";
	return more_events(d) ? "event" : "profile";
}

/* The conditions whose answers differ; each side is asked at its own now. */
static void
add_flips(struct diff *d, size_t i)
{
	bool was, is;
	int k, n = 0;

	buf_adds(&d->text, ",\"conditions\":[");
	for (k = 0; k < segments_steps(d->s, i); k++) {
		was = segments_step_true(d->old.run, i, k, d->old.now);
		is = segments_step_true(d->new.run, i, k, d->new.now);
		if (was == is)
			continue;
		d->condition.len = 0;
		segments_step_text(d->s, i, k, &d->condition);
		buf_adds(
		    &d->text, n++ > 0 ? ",{\"condition\":" : "{\"condition\":");
		buf_json(&d->text, d->condition.p, d->condition.len);
		buf_adds(&d->text, is ? ",\"was\":false,\"is\":true}"
				      : ",\"was\":true,\"is\":false}");
	}
	buf_byte(&d->text, ']');
}

#define EVIDENCE 8

static void
add_evidence(struct diff *d, size_t i)
{
	const struct segment *g = &d->s->item[i];
	size_t event[EVIDENCE], n, k;

	n = expr_evidence(asker_run(&d->new.run->ask, g->when), g->when.id,
	    d->new.now, event, EVIDENCE);
	buf_adds(&d->text, ",\"events\":[");
	for (k = 0; k < n; k++) {
		if (k > 0)
			buf_byte(&d->text, ',');
		history_id(&d->new.run->history, event[k], &d->text);
	}
	buf_byte(&d->text, ']');
}

static void
write_change(struct diff *d, size_t i, bool joined)
{
	const struct segment *g = &d->s->item[i];
	const struct buf *id = d->new.id.len > 0 ? &d->new.id : &d->old.id;
	const char *why = cause(d, i);

	d->text.len = 0;
	buf_adds(&d->text, "{\"profile_id\":");
	buf_json(&d->text, id->p, id->len);
	buf_adds(&d->text, ",\"segment\":");
	buf_jsons(&d->text, g->name);
	buf_addf(&d->text, ",\"change\":\"%s\",\"cause\":\"%s\"",
	    joined ? "joined" : "left", why);
	if (d->old.id.len > 0 && d->new.id.len > 0)
		add_flips(d, i);
	if (joined && g->when.set >= 0 && strcmp(why, "event") == 0)
		add_evidence(d, i);
	buf_adds(&d->text, "}\n");
	output_write(d->out, d->text.p, d->text.len);
	d->n++;
}

/* One customer; the side that lacks it is empty. */
static void
compare_one(struct diff *d)
{
	bool was, is;
	size_t i;

	if (d->old.id.len > 0 && d->new.id.len > 0) {
		memcpy(d->old.later, segments_at(d->old.run, d->new.now, NULL),
		    d->s->n * sizeof *d->old.later);
		segments_at(d->old.run, d->old.now, NULL);
	}
	if (d->old.other != NULL && d->old.id.len > 0 && d->new.id.len > 0) {
		bind_line(&d->old, d->old.other, d->old.now);
		memcpy(d->old.moved,
		    segments_at(d->old.other, d->new.now, NULL),
		    d->s->n * sizeof *d->old.moved);
	}
	for (i = 0; i < d->s->n; i++) {
		was = d->old.id.len > 0 && d->old.in_it[i];
		is = d->new.id.len > 0 && d->new.in_it[i];
		if (was != is)
			write_change(d, i, is);
	}
}

static void
compare_alone(struct diff *d, struct side *other)
{
	size_t len = other->id.len;

	other->id.len = 0;
	compare_one(d);
	other->id.len = len;
}

static void
walk(struct diff *d)
{
	bool old = advance(d, &d->old), new = advance(d, &d->new);
	int c;

	while (old || new) {
		c = !old   ? 1
		    : !new ? -1
			   : compare(&d->old.id, d->new.id.p, d->new.id.len);
		if (c < 0)
			compare_alone(d, &d->new);
		else if (c > 0)
			compare_alone(d, &d->old);
		else
			compare_one(d);
		if (c <= 0)
			old = advance(d, &d->old);
		if (c >= 0)
			new = advance(d, &d->new);
	}
}

uint64_t
segments_diff(const struct diff_side *old, const struct diff_side *new,
    const struct js_plan *plan, struct output *out)
{
	struct diff d = {.s = new->segments,
	    .plan = plan,
	    .out = out,
	    .time = js_plan_column(plan, "timestamp")};

	open_side(&d, &d.old, old);
	open_side(&d, &d.new, new);
	if (segments_rank(new->segments))
		d.old.other = segments_open(new->segments);
	walk(&d);
	close_side(&d.old);
	close_side(&d.new);
	buf_free(&d.text);
	buf_free(&d.condition);
	return d.n;
}
