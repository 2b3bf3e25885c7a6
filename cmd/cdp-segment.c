/* cdp-segment: profile lines in, those that an audience wants out. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "filter.h"
#include "mem.h"
#include "output.h"
#include "segment/columns.h"
#include "segment/diff.h"
#include "segment/measure.h"
#include "segment/survey.h"
#include "who.h"

static struct opt_list files;
static struct segments_pick pick;
static const char *csv, *encoding, *explain, *diff, *then, *compare, *measure;
static bool invert, count, fail_empty, events, next_change, overlap, waterfall,
    digest, check, no_guard, resume;
static uint64_t rows_per_file;

static const struct opt own[] = {
    {'w', "where", "EXPR", "only lines for which EXPR is true, cdp-expr(7)",
	OPT_TEXT, &pick.where},
    {'r', "rules", "FILE",
	"decide the segments of FILE, cdp-segments(5); may be given again",
	OPT_LIST, &files},
    {'s', "segment", "SET",
	"only members of SET: a segment, or several with and, or, not",
	OPT_TEXT, &pick.set},
    {0, "top", "N|P%", "only the N, or P percent, greatest by --by", OPT_TEXT,
	&pick.top},
    {0, "by", "EXPR", "what --top ranks by", OPT_TEXT, &pick.by},
    {0, "sample", "P%", "only a share of the customers, always the same",
	OPT_TEXT, &pick.sample},
    {0, "salt", "TEXT", "another salt, another sample", OPT_TEXT, &pick.salt},
    {'v', "invert-match", NULL, "only lines that were not selected", OPT_FLAG,
	&invert},
    {'c', "count", NULL, "in place of the lines: how many", OPT_FLAG, &count},
    {'e', "exit-status", NULL, "exit 1 where nothing was selected", OPT_FLAG,
	&fail_empty},
    {0, "next-change", NULL,
	"add next_change_at: when the clock alone changes the segments",
	OPT_FLAG, &next_change},
    {0, "csv", "COLUMNS", "write CSV: EXPR as NAME, ...", OPT_TEXT, &csv},
    {0, "encoding", "NAME", "of the CSV: utf-8, utf-8-bom, gb18030, gbk",
	OPT_TEXT, &encoding},
    {0, "no-guard", NULL, "leave cells that look like formulas as they are",
	OPT_FLAG, &no_guard},
    {0, "rows-per-file", "N", "split the CSV into numbered files of N rows",
	OPT_COUNT, &rows_per_file},
    {0, "resume", NULL, "keep the numbered files that are there already",
	OPT_FLAG, &resume},
    {0, "events", NULL, "write the events of the lines, as they came in",
	OPT_FLAG, &events},
    {0, "overlap", NULL,
	"in place of the lines: how many have which segments together",
	OPT_FLAG, &overlap},
    {0, "waterfall", NULL,
	"in place of the lines: how many each condition leaves", OPT_FLAG,
	&waterfall},
    {0, "digest", NULL, "in place of the lines: SHA-256 of the members",
	OPT_FLAG, &digest},
    {0, "compare", "A,B", "in place of the lines: two segments compared",
	OPT_TEXT, &compare},
    {0, "measure", "LIST", "what --compare sums: EXPR per EXPR as NAME, ...",
	OPT_TEXT, &measure},
    {0, "explain", "ID",
	"in place of the lines: why ID (profile_id or namespace:value) is in "
	"a segment or not",
	OPT_TEXT, &explain},
    {0, "diff", "FILE",
	"in place of the lines: who joined or left since FILE, and why",
	OPT_TEXT, &diff},
    {0, "then", "TIME", "the --now of --diff's FILE", OPT_TEXT, &then},
    {0, "check", NULL, "say what the rules mean, and what is wrong with them",
	OPT_FLAG, &check},
    {0, NULL, NULL, NULL, OPT_FLAG, NULL},
};

static const struct opt *const tables[] = {
    own, filter_options, reject_options, NULL};

static const struct opt_program program = {"cdp-segment",
    "-w EXPR [FILE ...]\n"
    "-r RULES ... [-s SET] [FILE ...]\n"
    "-r RULES ... --check",
    "Select customers, name their segments, write audience lists.", tables};

struct job {
	struct segments *segments;
	struct js_plan *plan;
	int segments_member, next_member, event;
	bool chosen;
	struct who *who;
	struct columns *columns;
	bool fresh; /* columns read what -r makes */
	struct parts *parts;
	struct measures *measures;
	struct measured *measured;
	struct survey *survey;
	uint64_t selected;
	bool explained;
};

struct worker {
	const struct job *job;
	struct segments_run *run;
	struct columns_run *columns;
	struct measured *measured;
	struct survey *survey;
	struct buf text, next, line;
	struct js_line js; /* the line with its new segments */
	uint64_t selected;
	bool explained;
};

static unsigned
survey_kinds(void)
{
	return (overlap ? SURVEY_OVERLAP : 0) | (waterfall ? SURVEY_STEPS : 0) |
	       (digest ? SURVEY_DIGEST : 0);
}

static void *
begin(void *cfg)
{
	struct job *job = cfg;
	struct worker *w = mem_alloc(1, sizeof *w);

	w->job = job;
	w->run = segments_open(job->segments);
	w->survey = survey_new(job->segments, survey_kinds());
	if (job->columns != NULL)
		w->columns = columns_open(job->columns);
	if (job->measures != NULL)
		w->measured = measured_new(job->measures);
	return w;
}

static void
end(void *cfg, void *state)
{
	struct job *job = cfg;
	struct worker *w = state;

	job->selected += w->selected;
	job->explained = job->explained || w->explained;
	survey_add(job->survey, w->survey);
	survey_free(w->survey);
	if (w->measured != NULL)
		measured_add(job->measured, w->measured);
	measured_free(w->measured);
	if (w->columns != NULL)
		columns_close(w->columns);
	segments_close(w->run);
	buf_free(&w->text);
	buf_free(&w->next);
	buf_free(&w->line);
	js_line_free(&w->js);
	free(w);
}

/* ---- one line ---- */

static void
write_events(const struct job *job, struct filter_line *l)
{
	struct js_val v;
	size_t i;

	for (i = 0; i < l->js->neach; i++) {
		v = js_each(l->js, i, job->event);
		buf_add(l->out, v.p, v.len);
		buf_byte(l->out, '\n');
	}
}

/* The members that this program makes; how many. */
static size_t
edits(struct worker *w, struct splice_edit *edit)
{
	int64_t change;

	edit[0] =
	    (struct splice_edit){w->job->segments_member, "segments", NULL, 0};
	edit[1] = (struct splice_edit){
	    w->job->next_member, "next_change_at", NULL, 0};
	w->text.len = 0;
	segments_write(w->run, &w->text);
	edit[0].value = w->text.p;
	edit[0].len = w->text.len;
	if (next_change) {
		change = segments_change(w->run, SIZE_MAX, filter_now());
		w->next.len = 0;
		when_json(change, &w->next);
		edit[1].value = w->next.p;
		edit[1].len = w->next.len;
	}
	return 1 + next_change;
}

static void
write_segments(struct worker *w, struct filter_line *l)
{
	struct splice_edit edit[2];

	filter_splice(l, edit, edits(w, edit));
}

static bool
selected(const struct worker *w, const bool *in)
{
	const struct segments *s = w->job->segments;
	size_t i;

	if (w->job->chosen)
		return in[segments_count(s)] != invert;
	if (files.n == 0)
		return true;
	for (i = 0; i < segments_count(s); i++)
		if (in[i])
			return !invert;
	return invert;
}

static bool
reports(void)
{
	return count || overlap || waterfall || digest || compare != NULL;
}

static void
bind(struct worker *w, const struct js_line *js, const struct place *at)
{
	const char *missing = segments_bind(w->run, js, filter_now());

	if (missing != NULL)
		die_at(at, "%s", missing);
}

/* The columns read the line as it would have been written. */
static void
bind_fresh(struct worker *w, const struct filter_line *l)
{
	struct splice_edit edit[2];
	size_t n = edits(w, edit);

	splice_scan(&w->line, l->js, edit, n, w->job->plan, &w->js);
	bind(w, &w->js, &l->at);
}

static void
write_line(struct worker *w, struct filter_line *l)
{
	if (w->job->fresh)
		bind_fresh(w, l);
	if (w->columns != NULL)
		columns_row(
		    w->columns, segments_asker(w->run), filter_now(), l->out);
	else if (events)
		write_events(w->job, l);
	else
		write_segments(w, l);
}

static enum filter_verdict
line(void *state, struct filter_line *l)
{
	struct worker *w = state;
	const bool *in;
	bool yes;

	if (w->job->who != NULL && !who_is(w->job->who, l->js))
		return FILTER_DROP;
	bind(w, l->js, &l->at);
	in = segments_at(w->run, filter_now(), NULL);
	yes = selected(w, in);
	w->selected += yes;
	survey_line(w->survey, w->run, in, filter_now());
	if (w->measured != NULL)
		measured_line(w->measured, w->run, in, filter_now());
	if (w->job->who != NULL) {
		w->explained = true;
		segments_explain(w->run, filter_now(), l->out);
		return FILTER_WROTE;
	}
	/* -r alone names the segments of every line */
	if (reports() || (w->job->chosen && !yes))
		return FILTER_DROP;
	if (w->columns == NULL && !events && files.n == 0)
		return FILTER_PASS;
	if ((w->columns != NULL || events) && !yes)
		return FILTER_DROP;
	write_line(w, l);
	return FILTER_WROTE;
}

/* ---- the first pass of --top ---- */

static struct segments_run *looker;

static void
look(void *cfg, const struct js_line *js)
{
	struct job *job = cfg;
	const char *missing;

	if (looker == NULL)
		looker = segments_open(job->segments);
	missing = segments_bind(looker, js, filter_now());
	if (missing != NULL)
		die("%s", missing);
	segments_look(looker, filter_now());
}

static void
looked(void *cfg)
{
	struct job *job = cfg;

	if (looker == NULL)
		looker = segments_open(job->segments);
	segments_looked(looker);
	segments_close(looker);
	looker = NULL;
}

static void
put(void *cfg, const char *p, size_t n)
{
	struct job *job = cfg;

	if (job->parts != NULL)
		parts_put(job->parts, p, n);
}

/* ---- reports ---- */

static void
print_reports(struct job *job)
{
	struct buf b = {0};

	if (count && job->chosen)
		buf_addf(&b, "%" PRIu64 "\n", job->selected);
	else if (count)
		survey_counts(job->survey, &b);
	if (overlap)
		survey_overlap(job->survey, &b);
	if (waterfall)
		survey_steps(job->survey, &b);
	if (digest)
		survey_digest(job->survey, &b);
	if (compare != NULL)
		measured_table(job->measured, &b);
	output_text(filter_settings.output, filter_settings.gzip, &b);
}

static int
run_check(const struct job *job)
{
	struct buf b = {0};

	segments_check(job->segments, &b);
	output_text(filter_settings.output, filter_settings.gzip, &b);
	return OK;
}

static struct segments *
read_segments(struct job *job)
{
	struct segments *s = segments_new();
	size_t i;

	for (i = 0; i < files.n; i++)
		segments_read(s, files.item[i]);
	job->chosen = segments_choose(s, &pick);
	return s;
}

static int
run_diff(struct job *job, char **argv, int n)
{
	struct output *o =
	    output_open(filter_settings.output, filter_settings.gzip);
	struct diff_side new = {job->segments, argv, n, filter_now()};
	struct diff_side old = {job->segments, (char *[]){(char *)diff}, 1,
	    filter_time("--then", then)};
	struct js_plan *plan = filter_plan();
	uint64_t changes;

	if (segments_rank(job->segments)) {
		old.segments = read_segments(job);
		segments_plan(old.segments, plan, true);
	}
	changes = segments_diff(&old, &new, job->plan, o);
	if (old.segments != job->segments)
		segments_free(old.segments);
	js_plan_free(plan);
	output_close(o);
	return fail_empty && changes == 0 ? NO : OK;
}

static int
run_lines(struct job *job, char **argv, int n)
{
	struct filter f = {.plan = job->plan,
	    .cfg = job,
	    .begin = begin,
	    .line = line,
	    .end = end,
	    .reads_profile = segments_read_profile(job->segments),
	    .since = ask_since(segments_ask(job->segments), filter_now())};
	struct buf head = {0};
	int status;

	if (job->columns != NULL)
		f.reads_profile |= columns_read_profile(
		    job->columns, segments_ask(job->segments));
	if (segments_rank(job->segments)) {
		f.look = look;
		f.looked = looked;
	}
	if (job->columns != NULL && !reports()) {
		columns_head(job->columns, &head);
		job->parts = parts_new(filter_settings.output,
		    filter_settings.gzip, rows_per_file, resume, &head);
	}
	if (reports() || job->columns != NULL)
		f.put = put;
	status = filter_run(&f, argv, n);
	if (job->parts != NULL)
		parts_close(job->parts);
	buf_free(&head);
	if (reports())
		print_reports(job);
	status = who_status(job->who, job->explained, status);
	if (status == OK && fail_empty && job->selected == 0)
		return NO;
	return status;
}

/* ---- setting up ---- */

static void
check_usage(void)
{
	int places = (count || overlap || waterfall || digest) +
		     (compare != NULL) + (explain != NULL) + (diff != NULL) +
		     check + (csv != NULL) + events;

	if (places > 1)
		usage_error("--count, --csv, --events, --compare, --explain, "
			    "--diff and --check take the place of the lines: "
			    "give one");
	if (files.n == 0 && pick.where == NULL && pick.set == NULL &&
	    pick.top == NULL && pick.sample == NULL && csv == NULL && !events)
		usage_error("nothing to select: give -w EXPR, or -r FILE with "
			    "segments, see cdp-segments(5)");
	if (rows_per_file > 0 && filter_settings.output == NULL)
		usage_error("--rows-per-file needs -o, the name of the files");
	if ((compare != NULL || next_change) && files.n == 0)
		usage_error("no segments: give -r FILE, see cdp-segments(5)");
	if (pick.by != NULL && pick.top == NULL)
		usage_error("--by needs --top");
	if ((diff != NULL) != (then != NULL))
		usage_error("--diff FILE needs --then, the time at which FILE "
			    "was made, and the other way round");
}

static void
load(struct job *job)
{
	job->segments = read_segments(job);
	if (csv != NULL)
		job->columns = columns_new(segments_ask(job->segments),
		    segments_zone(job->segments), csv, encoding, !no_guard);
	job->fresh = csv != NULL && files.n > 0 &&
		     (columns_read(job->columns, segments_ask(job->segments),
			  "segments") ||
			 next_change);
	if (compare != NULL)
		job->measures = measures_new(job->segments, compare, measure);
	job->plan = filter_plan();
	segments_plan(job->segments, job->plan,
	    next_change || explain != NULL || diff != NULL);
	job->segments_member = js_plan_member(job->plan, "segments");
	job->next_member = js_plan_member(job->plan, "next_change_at");
	if (events)
		job->event = js_plan_each(job->plan, NULL, 0);
	if (explain != NULL)
		job->who = who_new(explain, job->plan);
	job->survey = survey_new(job->segments, survey_kinds());
	if (job->measures != NULL)
		job->measured = measured_new(job->measures);
}

static void
unload(struct job *job)
{
	survey_free(job->survey);
	measured_free(job->measured);
	measures_free(job->measures);
	columns_free(job->columns);
	free(job->who);
	segments_free(job->segments);
	js_plan_free(job->plan);
	free(files.item);
}

int
main(int argc, char **argv)
{
	struct job job = {0};
	int first = opt_parse(&program, argc, argv), status;

	check_usage();
	output_promise(filter_settings.output);
	load(&job);
	if (check)
		status = run_check(&job);
	else if (diff != NULL)
		status = run_diff(&job, argv + first, argc - first);
	else
		status = run_lines(&job, argv + first, argc - first);
	unload(&job);
	return status;
}
