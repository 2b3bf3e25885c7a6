/* cdp-tag: profile lines in, profile lines with `tags` out. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "filter.h"
#include "mem.h"
#include "output.h"
#include "tag/tags.h"
#include "who.h"

static struct opt_list files;
static const char *coverage, *changes_from, *changes, *conflicts, *explain;
static bool check;

static const struct opt own[] = {
    {'r', "rules", "FILE", "a tag file, cdp-tags(5); may be given again",
	OPT_LIST, &files},
    {0, "check", NULL, "say what the rules mean, and what is wrong with them",
	OPT_FLAG, &check},
    {0, "coverage", "FILE",
	"count each tag: a table in place of the lines, or in FILE beside them",
	OPT_MAYBE, &coverage},
    {0, "changes-from", "FILE",
	"in place of the lines: tags added and removed since FILE was written",
	OPT_TEXT, &changes_from},
    {0, "changes", "FILE", "write these to FILE, beside the lines", OPT_TEXT,
	&changes},
    {0, "conflicts", "FILE",
	"tags on which the sources disagree: in place of the lines, or in FILE "
	"beside them",
	OPT_MAYBE, &conflicts},
    {0, "explain", "ID",
	"in place of the lines: why ID (profile_id or namespace:value) has "
	"its tags",
	OPT_TEXT, &explain},
    {0, NULL, NULL, NULL, OPT_FLAG, NULL},
};

static const struct opt *const tables[] = {
    own, filter_options, reject_options, NULL};

static const struct opt_program program = {"cdp-tag",
    "-r RULES ... [FILE ...]\n"
    "-r RULES ... --check",
    "Give every profile line the tags that rules decide.", tables};

struct job {
	struct tags *tags;
	struct js_plan *plan;
	int member, profile_id;
	struct who *who;
	bool found; /* whom --explain names */
	struct tags_old *old;
	struct tags_count *count;
};

struct worker {
	const struct job *job;
	struct tags_run *run;
	struct tags_count *count;
	struct buf text;
	bool found;
};

static void *
begin(void *cfg)
{
	struct job *job = cfg;
	struct worker *w = mem_alloc(1, sizeof *w);

	w->job = job;
	w->run = tags_open(job->tags, filter_now());
	w->count = tags_count_new(job->tags);
	return w;
}

static void
end(void *cfg, void *state)
{
	struct job *job = cfg;
	struct worker *w = state;

	job->found |= w->found;
	tags_count_add(job->count, w->count);
	tags_count_free(w->count);
	tags_close(w->run);
	buf_free(&w->text);
	free(w);
}

static void
write_changes(struct worker *w, struct filter_line *l, struct buf *out)
{
	struct js_val id = l->js->slot[w->job->profile_id], old = {0};
	const char *p;
	size_t n;

	w->text.len = 0;
	if (id.type == JS_STRING) {
		p = js_text(id, &w->text, &n);
		old = tags_old_find(w->job->old, p, n);
	}
	tags_changes(w->run, old, out);
}

static void
write_line(struct worker *w, struct filter_line *l)
{
	struct splice_edit edit = {w->job->member, "tags", NULL, 0};

	w->text.len = 0;
	tags_member(w->run, &w->text);
	edit.value = w->text.p;
	edit.len = w->text.len;
	filter_splice(l, &edit, 1);
}

static bool
table_only(void)
{
	return coverage != NULL && *coverage == '\0';
}

/* How many reports stand in place of the lines. */
static int
in_place(void)
{
	return table_only() + (changes_from != NULL && changes == NULL) +
	       (conflicts != NULL && *conflicts == '\0') + (explain != NULL);
}

static enum filter_verdict
line(void *state, struct filter_line *l)
{
	struct worker *w = state;
	size_t before = l->out->len;
	const char *missing, *reason;

	if (w->job->who != NULL && !who_is(w->job->who, l->js))
		return FILTER_DROP;
	w->found = true;
	reason = tags_decide(w->run, l->js, &missing);
	if (missing != NULL)
		die_at(&l->at, "%s", missing);
	if (reason != NULL) {
		l->reason = reason;
		return FILTER_REJECT;
	}
	tags_count_line(w->run, w->count);
	if (w->job->old != NULL)
		write_changes(w, l, changes == NULL ? l->out : &l->side[0]);
	if (conflicts != NULL)
		tags_conflicts(
		    w->run, *conflicts == '\0' ? l->out : &l->side[1]);
	if (w->job->who != NULL)
		tags_explain(w->run, l->out);
	else if (!in_place())
		write_line(w, l);
	return l->out->len > before ? FILTER_WROTE : FILTER_DROP;
}

static void
stats(void *cfg, struct buf *b)
{
	struct job *job = cfg;
	struct tags_merged m = tags_count_merged(job->count);

	if (m.given != m.written + m.same + m.folded + m.dropped + m.overruled)
		die("the count of the sources' tags does not add up (a bug)");
	buf_addf(b,
	    ",\"sources\":{\"given\":%" PRIu64 ",\"written\":%" PRIu64
	    ",\"same\":%" PRIu64 ",\"folded\":%" PRIu64 ",\"dropped\":%" PRIu64
	    ",\"overruled\":%" PRIu64 ",\"conflicts\":%" PRIu64 "}",
	    m.given, m.written, m.same, m.folded, m.dropped, m.overruled,
	    m.conflicts);
}

/* ---- reports that stand alone ---- */

static int
run_check(const struct job *job)
{
	struct buf b = {0};
	int faults = tags_check(job->tags, &b);

	output_text(filter_settings.output, filter_settings.gzip, &b);
	return faults > 0 ? NO : OK;
}

static int
run_lines(struct job *job, char **argv, int n)
{
	struct filter f = {.plan = job->plan,
	    .cfg = job,
	    .begin = begin,
	    .line = line,
	    .end = end,
	    .stats = stats,
	    .no_output = table_only(),
	    .reads_profile = tags_reads_profile(job->tags),
	    .since = tags_since(job->tags, filter_now())};
	struct buf b = {0};
	int status;

	if (changes != NULL)
		f.side[0] = output_open(changes, false);
	if (conflicts != NULL && *conflicts != '\0')
		f.side[1] = output_open(conflicts, false);
	status = filter_run(&f, argv, n);
	if (f.side[0] != NULL)
		output_close(f.side[0]);
	if (f.side[1] != NULL)
		output_close(f.side[1]);
	status = who_status(job->who, job->found, status);
	if (coverage == NULL)
		return status;
	tags_coverage(job->count, &b);
	if (table_only())
		output_text(filter_settings.output, filter_settings.gzip, &b);
	else
		output_text(coverage, false, &b);
	return status;
}

static void
check_usage(void)
{
	if (files.n == 0)
		usage_error("no rules: give -r FILE, see cdp-tags(5)");
	if (changes != NULL && changes_from == NULL)
		usage_error("--changes needs --changes-from FILE");
	if (in_place() > 1)
		usage_error("--coverage, --changes-from, --conflicts and "
			    "--explain take the place of the lines: give one");
}

int
main(int argc, char **argv)
{
	struct job job = {0};
	struct js_step id = {"profile_id", 10, 0};
	int first = opt_parse(&program, argc, argv), status;

	check_usage();
	output_promise(filter_settings.output);
	job.tags = tags_load(&files);
	job.plan = filter_plan();
	tags_plan(job.tags, job.plan);
	job.member = js_plan_member(job.plan, "tags");
	job.profile_id = js_plan_field(job.plan, &id, 1);
	job.count = tags_count_new(job.tags);
	if (explain != NULL)
		job.who = who_new(explain, job.plan);
	if (changes_from != NULL)
		job.old = tags_old_read(changes_from);
	status = check ? run_check(&job)
		       : run_lines(&job, argv + first, argc - first);
	if (job.old != NULL)
		tags_old_free(job.old);
	free(job.who);
	tags_count_free(job.count);
	tags_free(job.tags);
	js_plan_free(job.plan);
	return status;
}
