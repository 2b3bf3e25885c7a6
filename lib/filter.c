#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "filter.h"
#include "filter_run.h"
#include "history.h"
#include "mem.h"

struct filter_settings filter_settings = {.jobs = 1};

const struct opt filter_options[] = {
    {'o', "output", "FILE", "write to FILE, which appears whole or not at all",
	OPT_OUT, &filter_settings.output},
    {'z', "gzip", NULL, "compress what is written", OPT_FLAG,
	&filter_settings.gzip},
    {'j', "jobs", "N", "work with N threads; the output stays the same",
	OPT_COUNT, &filter_settings.jobs},
    {'T', "tmp", "DIR", "put spill files into DIR, not $TMPDIR or /tmp",
	OPT_TEXT, &filter_settings.tmp},
    {0, "now", "TIME", "look at nothing later than TIME", OPT_TEXT,
	&filter_settings.now},
    {0, "as-of", "TIME", "the same as --now", OPT_TEXT, &filter_settings.now},
    {0, "tz", "ZONE", "the zone of calendar words, such as Asia/Shanghai",
	OPT_TEXT, &filter_settings.tz},
    {0, "no-history", NULL, "leave the events out of what is written", OPT_FLAG,
	&filter_settings.no_history},
    {0, NULL, NULL, NULL, OPT_FLAG, NULL},
};

/* Numbers in the plan; set before any thread starts. */
static int events_member, last_seen_slot;

struct js_plan *
filter_plan(void)
{
	static const struct js_step last_seen = {"last_seen", 9, 0};
	struct js_plan *p = js_plan_new();

	events_member = js_plan_member(p, "events");
	last_seen_slot = js_plan_field(p, &last_seen, 1);
	return p;
}

/* ---- time ---- */

static const char *file_zone; /* of the first file that named one */

const struct zone *
filter_zone(const char *fallback)
{
	const char *name = filter_settings.tz;
	const struct zone *z;

	if (file_zone == NULL)
		file_zone = fallback;
	if (name == NULL)
		name = fallback;
	if (name == NULL)
		name = getenv("CDP_TZ");
	if (name == NULL || *name == '\0')
		return NULL;
	z = zone_find(name, strlen(name));
	if (z == NULL)
		die("no time zone %s, expected such as Asia/Shanghai or "
		    "+08:00",
		    err_quote(name, strlen(name)));
	return z;
}

int64_t
filter_time(const char *option, const char *text)
{
	int64_t t;

	if (!when_parse_in(text, strlen(text), filter_zone(file_zone), &t))
		die("%s: %s is not a time, expected such as "
		    "2026-11-11T10:00:00+08:00, or 2026-11-11 with --tz",
		    option, err_quote(text, strlen(text)));
	return t;
}

static int64_t
ask_now(void)
{
	const char *text = filter_settings.now;
	struct timespec t;

	if (text == NULL)
		text = getenv("CDP_NOW");
	if (text == NULL || *text == '\0') {
		clock_gettime(CLOCK_REALTIME, &t);
		return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
	}
	return filter_time("--now", text);
}

int64_t
filter_now(void)
{
	static bool asked;
	static int64_t now;

	if (asked)
		return now;
	asked = true;
	return now = ask_now();
}

/* Events after now are at the end of a line; most lines have none. */
void
note_times(struct worker *w)
{
	size_t n = w->js.neach;
	struct js_val v;
	int64_t t;

	for (; n > 0; n--) {
		v = js_each(&w->js, n - 1, w->run->time_column);
		if (v.type != JS_STRING || v.len < 2 ||
		    !when_parse(v.p + 1, v.len - 2, &t))
			return;
		if (t <= filter_now())
			break;
		w->later++;
	}
	if (n > 0 && t > w->newest)
		w->newest = t;
}

void
add_times(const struct worker *w)
{
	w->run->later += w->later;
	if (w->newest > w->run->newest)
		w->run->newest = w->newest;
}

static void
warn_of_age(const struct run *r)
{
	char newest[WHEN_TEXT + 1] = "", now[WHEN_TEXT + 1] = "";

	if (r->newest == WHEN_MIN || r->newest >= r->f->since)
		return;
	when_text(r->newest, newest);
	when_text(filter_now(), now);
	warning("no event lies in any window of the rules: the newest is of "
		"%s, and now is %s",
	    newest, now);
}

/* ---- one line ---- */

void
worker_begin(struct worker *w, struct run *r)
{
	memset(w, 0, sizeof *w);
	w->run = r;
	w->newest = WHEN_MIN;
	if (r->f->begin != NULL)
		w->state = r->f->begin(r->f->cfg);
}

void
worker_end(struct worker *w)
{
	int i;

	if (w->run->f->end != NULL)
		w->run->f->end(w->run->f->cfg, w->state);
	add_times(w);
	js_line_free(&w->js);
	buf_free(&w->out);
	for (i = 0; i < FILTER_SIDES; i++)
		buf_free(&w->side[i]);
}

static bool
blank(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (p[i] != ' ' && p[i] != '\t' && p[i] != '\r')
			return false;
	return true;
}

/* In a second pass over a spool: the place in the file it came from. */
static void
trace(const struct run *r, struct place *at)
{
	const struct origin *o = r->origin;
	size_t low = 0, high = r->norigin, mid;

	while (high - low > 1) {
		mid = low + (high - low) / 2;
		if (o[mid].n <= at->line)
			low = mid;
		else
			high = mid;
	}
	at->file = o[low].file;
	at->line = o[low].line + (at->line - o[low].n);
}

static int
set_apart(struct note *why, const char *reason, size_t col)
{
	why->reason = reason;
	why->at.col = col;
	return FILTER_REJECT;
}

static int
end_with(struct note *why, size_t col, const char *what, const char *more)
{
	why->at.col = col;
	if (asprintf(&why->fatal, "%s%s", what, more) < 0)
		die("out of memory");
	return LINE_FATAL;
}

static int
from_future(struct worker *w, struct note *why)
{
	struct js_val v = w->js.slot[last_seen_slot];
	char now[WHEN_TEXT + 1] = "";
	int64_t seen;

	if (v.type != JS_STRING || v.len < 2 ||
	    !when_parse(v.p + 1, v.len - 2, &seen) || seen <= filter_now())
		return 0;
	when_text(filter_now(), now);
	return end_with(why, (size_t)(v.p - w->js.p) + 1,
	    "last_seen is later than --now: make these lines with "
	    "cdp-merge-id --now ",
	    now);
}

/* Whoever reads the history counts on its order. */
static int
check_order(struct worker *w, struct note *why)
{
	int column = w->run->time_column;
	const char *fault = NULL;
	size_t col;

	if (column >= 0)
		fault = history_fault(&w->js, column, &col);
	if (fault == NULL)
		return FILTER_PASS;
	return w->run->again ? LINE_BLANK : set_apart(why, fault, col);
}

static int
scan(struct worker *w, const struct input_line *l, struct note *why)
{
	struct js_error e;

	why->at = l->at;
	why->raw = l->p;
	why->len = l->len;
	if (w->run->spooled)
		trace(w->run, &why->at);
	if (!l->too_long && js_scan(w->run->f->plan, l->p, l->len, &w->js, &e))
		return check_order(w, why);
	if (w->run->again || blank(l->p, l->len))
		return LINE_BLANK;
	if (l->too_long)
		return set_apart(
		    why, "line too long", reject_settings.max_line + 1);
	if (l->unfinished)
		return end_with(why, e.at + 1, "truncated input: ", e.why);
	return set_apart(why, e.why, e.at + 1);
}

int
worker_scan(struct worker *w, const struct input_line *l, struct note *why)
{
	int verdict = scan(w, l, why);

	if (verdict == FILTER_PASS && w->run->f->reads_profile &&
	    from_future(w, why))
		return LINE_FATAL;
	return verdict;
}

int
worker_line(struct worker *w, const struct input_line *l, struct note *why)
{
	const struct filter *f = w->run->f;
	struct filter_line line = {&w->js, {0}, &w->out, w->side, NULL, 0};
	int verdict = worker_scan(w, l, why);

	if (verdict != FILTER_PASS)
		return verdict;
	if (w->run->time_column >= 0)
		note_times(w);
	if (f->line == NULL)
		return FILTER_DROP;
	line.at = why->at;
	verdict = f->line(w->state, &line);
	if (verdict == FILTER_REJECT)
		return set_apart(why, line.reason, line.col);
	if (verdict == FILTER_PASS && filter_settings.no_history) {
		filter_splice(&line, NULL, 0);
		return FILTER_WROTE;
	}
	return verdict;
}

#define EDITS 16

void
filter_splice(struct filter_line *l, const struct splice_edit *edits, size_t n)
{
	struct splice_edit all[EDITS];

	if (!filter_settings.no_history) {
		splice_line(l->out, l->js, edits, n);
		return;
	}
	if (n >= EDITS)
		die("too many members to replace (a bug)");
	if (n > 0)
		memcpy(all, edits, n * sizeof *all);
	all[n] = (struct splice_edit){events_member, "events", NULL, 0};
	splice_line(l->out, l->js, all, n + 1);
}

/* ---- progress ---- */

void
run_progress(struct run *r)
{
	uint64_t bytes, size;
	struct timespec t;
	double s;

	if (!r->terminal)
		return;
	bytes = input_bytes(r->in);
	size = input_size(r->in);
	clock_gettime(CLOCK_MONOTONIC, &t);
	s = (double)(t.tv_sec - r->began.tv_sec) +
	    (double)(t.tv_nsec - r->began.tv_nsec) / 1e9;
	if (s < 2)
		return;
	fprintf(stderr, "\r%s: %.0f MB, %.0f MB/s", err_name(),
	    (double)bytes / 1e6, (double)bytes / 1e6 / s);
	if (size > bytes)
		fprintf(stderr, ", %.0f%%", 100 * (double)bytes / (double)size);
	fputs("\x1b[K", stderr);
	r->shown = true;
}

static void
end_progress(struct run *r)
{
	if (r->shown)
		fputs("\r\x1b[K", stderr);
	r->shown = false;
}

/* ---- one thread ---- */

void
note_end(struct run *r, const struct note *why)
{
	end_progress(r);
	if (why->fatal != NULL)
		die_at(&why->at, "%s", why->fatal);
	if (r->repeated)
		return;
	reject_record(r->rej, &why->at, why->reason, why->raw, why->len);
}

void
counts_add(struct counts *n, int verdict, bool output)
{
	n->blank += verdict == LINE_BLANK;
	n->read += verdict != LINE_BLANK;
	n->rejected += verdict == FILTER_REJECT;
	if (verdict == FILTER_WROTE || verdict == FILTER_PASS)
		*(output ? &n->written : &n->filtered) += 1;
	n->filtered += verdict == FILTER_DROP;
}

void
write_sides(struct run *r, struct buf *side)
{
	int i;

	for (i = 0; i < FILTER_SIDES; i++) {
		if (r->f->side[i] != NULL && side[i].len > 0)
			output_write(r->f->side[i], side[i].p, side[i].len);
		side[i].len = 0;
	}
}

void
run_put(struct run *r, const char *p, size_t n)
{
	if (n == 0 || r->f->no_output)
		return;
	r->n.bytes_out += n;
	if (r->f->put != NULL)
		r->f->put(r->f->cfg, p, n);
	else
		output_write(r->out, p, n);
}

static void
run_line(struct run *r, struct worker *w, const struct input_line *l)
{
	struct note why = {0};
	int verdict;

	w->out.len = 0;
	verdict = worker_line(w, l, &why);
	write_sides(r, w->side);
	counts_add(&r->n, verdict, !r->f->no_output);
	if (verdict == FILTER_REJECT || verdict == LINE_FATAL)
		note_end(r, &why);
	else if (verdict == FILTER_WROTE)
		run_put(r, w->out.p, w->out.len);
	else if (verdict == FILTER_PASS)
		run_put(r, l->p, l->len + 1);
}

static void
flush(void *out)
{
	output_flush(out);
}

static void
run_alone(struct run *r)
{
	struct input_line l;
	struct worker w;
	unsigned n = 0;

	worker_begin(&w, r);
	if (r->out != NULL)
		input_on_lag(r->in, flush, r->out);
	while (input_line(r->in, &l)) {
		run_line(r, &w, &l);
		if (++n % 1024 == 0)
			run_progress(r);
	}
	worker_end(&w);
}

void
run_pass(struct run *r)
{
	if (filter_settings.jobs > 1)
		run_jobs(r);
	else
		run_alone(r);
}

/* ---- the whole ---- */

static int
finish(struct run *r)
{
	struct buf more = {0};
	int status;

	end_progress(r);
	if (r->n.bytes_in == 0)
		r->n.bytes_in = input_bytes(r->in);
	input_close(r->in);
	if (r->out != NULL)
		output_keep(r->out);
	if (r->time_column >= 0)
		buf_addf(&more, ",\"later\":%" PRIu64, r->later);
	if (r->f->stats != NULL)
		r->f->stats(r->f->cfg, &more);
	buf_byte(&more, '\0');
	if (r->f->since != 0)
		warn_of_age(r);
	status = reject_close(r->rej, &r->n, more.p);
	buf_free(&more);
	free(r->origin);
	return status;
}

int
filter_run(const struct filter *f, char *const *files, int n)
{
	struct run r = {.f = f, .newest = WHEN_MIN};

	filter_now(); /* before there are threads to ask at once */
	if (!f->no_output && f->put == NULL)
		r.out =
		    output_open(filter_settings.output, filter_settings.gzip);
	r.rej = reject_open();
	r.in = input_open(files, n, reject_settings.max_line);
	r.time_column = js_plan_column(f->plan, "timestamp");
	clock_gettime(CLOCK_MONOTONIC, &r.began);
	r.terminal = isatty(STDERR_FILENO);
	if (f->look != NULL || f->again != NULL)
		run_twice(&r, files, n);
	else
		run_pass(&r);
	return finish(&r);
}
