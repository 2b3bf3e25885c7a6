#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "input.h"
#include "intern.h"
#include "json.h"
#include "mem.h"
#include "merge.h"
#include "store.h"
#include "trait.h"
#include "when.h"

enum { ID, IDS, SHARED, TRAITS, EVENTS, FIELDS };
enum { WHOLE, MID, TIME, TYPE, TOLD, CONTEXT, COLUMNS };

struct stream {
	struct input *in;
	struct input_line at;
	struct js_line js;
	struct buf last; /* profile_id of the line before */
	bool done;
};

struct merge {
	struct stream *s;
	int n;
	struct js_plan *plan;
	int slot[FIELDS], column[COLUMNS];
	struct traits *traits;
	struct event *e;
	size_t ne, cap;
	struct buf line;
	bool no_history;
	struct output *out;
	struct counts *counts;
};

static void
plan(struct merge *m)
{
	static const char *const fields[FIELDS] = {
	    "profile_id", "ids", "shared_ids", "traits", "events"};
	static const char *const columns[COLUMNS] = {
	    "", "messageId", "timestamp", "type", "traits", "context.traits"};
	struct js_step step[2];
	int i;

	m->plan = js_plan_new();
	for (i = 0; i < FIELDS; i++)
		m->slot[i] =
		    js_plan_field(m->plan, step, js_steps(fields[i], step, 2));
	for (i = 0; i < COLUMNS; i++)
		m->column[i] = js_plan_each(m->plan, step,
		    *columns[i] == '\0' ? 0 : js_steps(columns[i], step, 2));
}

static struct js_val
field(const struct merge *m, const struct stream *s, int i)
{
	return s->js.slot[m->slot[i]];
}

static void
advance(struct merge *m, struct stream *s)
{
	struct js_error e;
	struct js_val id;

	do {
		s->done = !input_line(s->in, &s->at);
	} while (!s->done && s->at.len == 0);
	if (s->done)
		return;
	if (!js_scan(m->plan, s->at.p, s->at.len, &s->js, &e)) {
		s->at.at.col = e.at + 1;
		die_at(&s->at.at, "%s%s",
		    s->at.unfinished ? "truncated input: " : "", e.why);
	}
	id = field(m, s, ID);
	if (id.type != JS_STRING || field(m, s, EVENTS).type != JS_ARRAY ||
	    field(m, s, IDS).type != JS_OBJECT)
		die_at(&s->at.at, "not a profile line with its events, as "
				  "cdp-merge-id writes it");
	if (s->last.len > id.len ||
	    (s->last.len > 0 && memcmp(s->last.p, id.p, s->last.len) >= 0))
		die_at(&s->at.at, "not sorted by profile_id, as cdp-merge-id "
				  "writes it: run cdp-merge-id without -m");
	s->last.len = 0;
	buf_add(&s->last, id.p, id.len);
}

static int
by_id(const struct merge *m, const struct stream *a, const struct stream *b)
{
	struct js_val x = field(m, a, ID), y = field(m, b, ID);
	int c = memcmp(x.p, y.p, x.len < y.len ? x.len : y.len);

	return c != 0 ? c : (x.len > y.len) - (x.len < y.len);
}

/* ---- one customer in several files ---- */

static void
take_events(struct merge *m, struct stream *s)
{
	struct js_val f[COLUMNS];
	struct event e;
	size_t i;
	int k;

	for (i = 0; i < s->js.neach; i++) {
		for (k = 0; k < COLUMNS; k++)
			f[k] = js_each(&s->js, i, m->column[k]);
		e = (struct event){.p = f[WHOLE].p, .len = f[WHOLE].len};
		if (f[MID].type != JS_STRING || f[TIME].type != JS_STRING ||
		    !when_parse(f[TIME].p + 1, f[TIME].len - 2, &e.time))
			die_at(&s->at.at,
			    "an event without messageId or timestamp");
		e.mid = (uint32_t)(f[MID].p + 1 - e.p);
		e.midlen = (f[MID].len - 2) & EVENT_MID_MAX;
		e.flags =
		    (f[MID].escaped ? EVENT_ESCAPED : 0) |
		    (traits_told(f[TYPE], f[TOLD], f[CONTEXT]) ? EVENT_TRAITS
							       : 0);
		m->e = mem_grow(m->e, &m->cap, m->ne + 1, sizeof *m->e);
		m->e[m->ne++] = e;
	}
}

static int
by_mid(const void *a, const void *b)
{
	struct event x = *(const struct event *)a, y = *(const struct event *)b;
	int c;

	x.time = y.time = 0;
	c = event_compare(&x, &y);
	return c != 0 ? c : -event_prevails(&x, &y);
}

static void
settle(struct merge *m)
{
	struct event x, y;
	size_t i, k = 0;

	mem_sort(m->e, m->ne, sizeof *m->e, by_mid);
	for (i = 0; i < m->ne; i++) {
		x = m->e[i];
		if (k > 0) {
			y = m->e[k - 1];
			x.time = y.time;
			if (event_compare(&x, &y) == 0) {
				if (x.len == m->e[i - 1].len &&
				    memcmp(x.p, m->e[i - 1].p, x.len) == 0)
					m->counts->duplicate++;
				else
					m->counts->superseded++;
				continue;
			}
		}
		m->e[k++] = m->e[i];
	}
	m->ne = k;
	events_sort(m->e, m->ne);
}

static bool
same(struct js_val a, struct js_val b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

static void
copy_member(struct merge *m, const char *name, struct js_val v)
{
	buf_addf(&m->line, "\"%s\":", name);
	if (v.type == JS_MISSING)
		buf_adds(&m->line, "{}");
	else
		buf_add(&m->line, v.p, v.len);
	buf_byte(&m->line, ',');
}

static void
write_events(struct merge *m)
{
	size_t i;

	buf_adds(&m->line, ",\"events\":[");
	for (i = 0; i < m->ne; i++) {
		if (i > 0)
			buf_byte(&m->line, ',');
		buf_add(&m->line, m->e[i].p, m->e[i].len);
	}
	buf_byte(&m->line, ']');
}

/* first_seen and last_seen know events that are no longer there. */
static void
seen(const struct merge *m, const struct stream *s, const char *name,
    int64_t *t, int sign)
{
	struct js_val whole = {s->at.p, s->js.close + 1, JS_OBJECT, 0}, v;
	int64_t x;

	(void)m;
	v = js_member(whole, name, strlen(name));
	if (v.type == JS_STRING && when_parse(v.p + 1, v.len - 2, &x) &&
	    (x - *t) * sign > 0)
		*t = x;
}

static void
combine(struct merge *m, struct stream *const *of, int n)
{
	int64_t first = WHEN_MAX, last = WHEN_MIN;
	int i;

	m->ne = 0;
	for (i = 0; i < n; i++) {
		if (!same(field(m, of[i], IDS), field(m, of[0], IDS)) ||
		    !same(field(m, of[i], SHARED), field(m, of[0], SHARED)))
			die_at(&of[i]->at.at,
			    "other identifiers than %s:%llu has for this "
			    "customer: shards need one --evidence-in",
			    of[0]->at.at.file,
			    (unsigned long long)of[0]->at.at.line);
		take_events(m, of[i]);
		seen(m, of[i], "first_seen", &first, -1);
		seen(m, of[i], "last_seen", &last, 1);
	}
	settle(m);
	m->line.len = 0;
	buf_byte(&m->line, '{');
	copy_member(m, "profile_id", field(m, of[0], ID));
	copy_member(m, "ids", field(m, of[0], IDS));
	copy_member(m, "shared_ids", field(m, of[0], SHARED));
	buf_adds(&m->line, "\"traits\":");
	traits_fold(m->traits, m->e, m->ne, &m->line, NULL);
	buf_adds(&m->line, ",\"first_seen\":");
	when_json(first, &m->line);
	buf_adds(&m->line, ",\"last_seen\":");
	when_json(last, &m->line);
	if (!m->no_history)
		write_events(m);
	buf_adds(&m->line, "}\n");
	output_write(m->out, m->line.p, m->line.len);
}

/* ---- the streams ---- */

/* All streams that stand at the smallest profile_id. */
static int
gather(struct merge *m, struct stream **of)
{
	int i, n = 0, c;

	for (i = 0; i < m->n; i++) {
		if (m->s[i].done)
			continue;
		c = n == 0 ? 0 : by_id(m, &m->s[i], of[0]);
		if (c < 0)
			n = 0;
		if (c <= 0)
			of[n++] = &m->s[i];
	}
	return n;
}

void
merge_files(const struct guards *g, char *const *files, int n, bool no_history,
    struct output *out, struct counts *counts)
{
	struct merge m = {.n = n,
	    .no_history = no_history,
	    .out = out,
	    .counts = counts,
	    .traits = traits_new(g)};
	struct stream **of = mem_alloc((size_t)n, sizeof(void *));
	int i, k;

	plan(&m);
	m.s = mem_alloc((size_t)n, sizeof *m.s);
	for (i = 0; i < n; i++) {
		m.s[i].in = input_open(files + i, 1, reject_settings.max_line);
		advance(&m, &m.s[i]);
	}
	while ((k = gather(&m, of)) > 0) {
		for (i = 0; i < k; i++)
			counts->read += of[i]->js.neach;
		if (k == 1 && !no_history) {
			output_write(out, of[0]->at.p, of[0]->at.len + 1);
			counts->written += of[0]->js.neach;
		} else {
			combine(&m, of, k);
			counts->written += m.ne;
		}
		for (i = 0; i < k; i++)
			advance(&m, of[i]);
	}
	for (i = 0; i < n; i++) {
		counts->bytes_in += input_bytes(m.s[i].in);
		input_close(m.s[i].in);
		js_line_free(&m.s[i].js);
		buf_free(&m.s[i].last);
	}
	free(m.s);
	free(of);
	free(m.e);
	buf_free(&m.line);
	traits_free(m.traits);
	js_plan_free(m.plan);
}
