/* cdp-merge-id: events to customers, one line each. */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "filter.h"
#include "identity/changes.h"
#include "identity/evidence_file.h"
#include "identity/explain.h"
#include "identity/forget.h"
#include "identity/health.h"
#include "identity/merge.h"
#include "identity/profile.h"
#include "identity/read.h"
#include "identity/truth.h"
#include "identity/whatif.h"
#include "input.h"
#include "mem.h"
#include "opt.h"
#include "output.h"

static const char *rules, *evidence_out, *changes_file, *explain_id, *what_if,
    *budget, *truth_file, *forgotten_file, *key_file, *forget_id;
static struct opt_list evidence_in;
static uint64_t memory;
static bool anonymous, trait_sources, merging, checking, healthy;

static const struct opt options[] = {
    {'r', "rules", "FILE", "identity rules, cdp-identity(5)", OPT_TEXT, &rules},
    {'S', "memory", "SIZE", "keep at most SIZE of events in memory", OPT_SIZE,
	&memory},
    {'m', "merge", NULL, "join sorted profile files of one stitching", OPT_FLAG,
	&merging},
    {0, "anonymous", NULL, "keep events without identifier, each by itself",
	OPT_FLAG, &anonymous},
    {0, "trait-sources", NULL, "write which event each trait came from",
	OPT_FLAG, &trait_sources},
    {0, "evidence-in", "FILE", "take evidence of other shards and nights",
	OPT_LIST, &evidence_in},
    {0, "evidence-out", "FILE", "write all evidence to FILE", OPT_TEXT,
	&evidence_out},
    {0, "changes", "FILE", "write what became of earlier profiles to FILE",
	OPT_TEXT, &changes_file},
    {0, "forgotten", "FILE", "leave out customers who asked to be forgotten",
	OPT_TEXT, &forgotten_file},
    {0, "forget", "ID", "print the lines that forget a customer", OPT_TEXT,
	&forget_id},
    {0, "key-file", "FILE", "the key of the hashes in --forgotten", OPT_TEXT,
	&key_file},
    {0, "explain", "A", "why A and the first operand are one customer, or not",
	OPT_TEXT, &explain_id},
    {0, "what-if", "FILE", "what other rules would change", OPT_TEXT, &what_if},
    {0, "budget", "N|P%", "with --what-if: exit 1 if more customers change",
	OPT_TEXT, &budget},
    {0, "health", NULL, "report sizes, shared and refused links, bridges",
	OPT_FLAG, &healthy},
    {0, "truth", "FILE", "score the result against known persons", OPT_TEXT,
	&truth_file},
    {0, "check", NULL, "say what the rules mean and stop", OPT_FLAG, &checking},
    {0, NULL, NULL, NULL, OPT_FLAG, NULL},
};

static const struct opt_program program = {.name = "cdp-merge-id",
    .synopsis = "[-r RULES] [FILE ...]\n"
		"-m [-r RULES] FILE ...\n"
		"--explain A B [-r RULES] [FILE ...]",
    .does = "Merge events, and earlier profiles, into one line per customer.",
    .tables = (const struct opt *const[]){
	options, filter_options, reject_options, NULL}};

struct run {
	struct guards *g, *other; /* other: of --what-if */
	struct evidence *ev;
	struct links *l, *then;
	struct store *store;
	struct reader reader;
	struct counts n;
	struct output *out;
	struct buf answer;
	bool asked, no;       /* an answer, not lines; it is no */
	uint32_t *events;     /* by set */
	uint64_t events_left; /* settled, and not evidence alone */
	uint64_t evidence_messages;
	/* what looks at every customer; NULL where not asked for */
	struct profiles *profiles;
	struct evidence_file *evidence_file;
	struct changes *changes;
	struct explain *explain;
	struct truth *truth;
};

static void
saw(void *arg, const struct event *e)
{
	struct run *r = arg;

	uint32_t set = evidence_set(r->ev, e->set);

	r->events_left += !(e->flags & EVENT_STUB);
	evidence_saw(r->ev, set, e->time);
	if (r->events != NULL && !(e->flags & EVENT_STUB))
		r->events[set]++;
}

static void
read_all(struct run *r, char **files, int n)
{
	struct input *in;
	struct input_chunk chunk = {0};

	reader_open(&r->reader);
	if (evidence_in.n > 0)
		r->evidence_messages = evidence_file_read(&r->reader,
		    (char *const *)(uintptr_t)evidence_in.item,
		    (int)evidence_in.n);
	in = input_open(files, n, reject_settings.max_line);
	while (input_chunk(in, &chunk))
		reader_chunk(&r->reader, &chunk);
	free(chunk.p);
	r->n.bytes_in = input_bytes(in);
	input_close(in);
	reader_close(&r->reader);
	evidence_begin(r->ev);
	if (what_if != NULL || healthy)
		r->events = mem_alloc(evidence_sets(r->ev), sizeof *r->events);
	store_settle(r->store, &r->n, saw, r);
	links_solve(r->l);
	if (r->then != NULL)
		links_solve(r->then);
}

/* ---- questions ---- */

static uint32_t
named(struct run *r, const char *text)
{
	uint32_t id = explain_named(r->l, text);

	if (id == LINK_NONE)
		die("no event carries %s, or the rules ignore it",
		    err_quote(text, strlen(text)));
	return id;
}

static void
forget(struct run *r)
{
	uint32_t rank = links_customer(r->l, named(r, forget_id));

	if (rank == LINK_NONE)
		die("%s is no customer's",
		    err_quote(forget_id, strlen(forget_id)));
	forget_lines(r->l, rank, key_file, filter_now(), &r->answer);
}

/* --budget: a number of customers, or a share of them. */
static bool
over_budget(const struct run *r, uint64_t changed)
{
	size_t n = budget != NULL ? strlen(budget) : 0;
	bool percent = n > 0 && budget[n - 1] == '%';
	struct dec d;
	double limit;

	if (budget == NULL)
		return false;
	if (!dec_parse(budget, n - percent, &d) || d.c < 0)
		usage_error("--budget: %s is neither a number nor a percentage",
		    err_quote(budget, n));
	limit = dec_double(d);
	if (percent)
		limit = limit / 100 * (double)r->l->n;
	if ((double)changed <= limit)
		return false;
	warning("%llu of %zu customers would change, the budget is %s",
	    (unsigned long long)changed, r->l->n, budget);
	return true;
}

static void
ask(struct run *r, const char *second)
{
	if (explain_id != NULL)
		r->explain =
		    explain_new(r->l, named(r, explain_id), named(r, second));
	if (forget_id != NULL)
		forget(r);
	if (what_if != NULL)
		r->no |= over_budget(
		    r, whatif(r->l, r->then, r->events, &r->answer));
	if (healthy)
		r->no |= !health(r->l, r->events, &r->answer);
}

/* ---- every customer's events ---- */

static void
customer(void *arg, uint32_t rank, struct event *e, size_t n)
{
	struct run *r = arg;

	if (r->evidence_file != NULL)
		evidence_file_write(r->evidence_file, e, n);
	if (rank == r->l->n)
		return;
	if (r->profiles != NULL)
		profiles_write(r->profiles, rank, e, n);
	if (r->changes != NULL)
		changes_customer(r->changes, rank, e, n);
	if (r->explain != NULL)
		explain_customer(r->explain, e, n);
	if (r->truth != NULL)
		truth_customer(r->truth, rank, e, n);
}

static void
write_all(struct run *r)
{
	struct output *evidence = NULL, *changes = NULL;

	if (!r->asked)
		r->profiles = profiles_new(
		    r->l, r->out, filter_settings.no_history, trait_sources);
	if (evidence_out != NULL) {
		evidence = output_open(evidence_out, false);
		r->evidence_file = evidence_file_new(r->ev, r->g, evidence);
	}
	if (r->changes != NULL) {
		changes = output_open(changes_file, false);
		changes_begin(r->changes, r->l);
	}
	if (r->profiles == NULL)
		r->n.filtered += r->events_left;
	if (r->profiles != NULL || r->evidence_file != NULL ||
	    r->changes != NULL || r->explain != NULL || r->truth != NULL)
		store_group(
		    r->store, r->ev, r->l->rank, r->l->n + 1, customer, r);
	if (r->changes != NULL) {
		changes_write(r->changes, changes);
		output_close(changes);
	}
	if (r->evidence_file != NULL)
		output_close(evidence);
	if (r->explain != NULL)
		r->no |= !explain_write(r->explain, &r->answer);
	if (r->truth != NULL)
		truth_write(r->truth, r->l, &r->answer);
	output_write(r->out, r->answer.p, r->answer.len);
	r->n.written = r->profiles != NULL ? r->profiles->events : 0;
}

static int
finish(struct run *r)
{
	struct buf more = {0};
	const struct reader *in = &r->reader;
	int status;

	r->n.bytes_out = output_bytes(r->out);
	output_keep(r->out);
	r->n.rejected = reject_count(in->rejects);
	buf_addf(&more,
	    ",\"customers\":%llu,\"ids\":%u,\"sets\":%u,\"profiles\":%llu,"
	    "\"later\":%llu,\"retracted\":%llu,\"forgotten\":%llu,"
	    "\"evidence\":%llu,\"members_dropped\":%llu,\"ignored\":%llu,"
	    "\"shared\":%zu,\"refused\":%zu",
	    (unsigned long long)(r->profiles != NULL ? r->profiles->lines
						     : r->l->n),
	    intern_count(r->ev->ids), r->ev->seen,
	    (unsigned long long)in->profiles, (unsigned long long)in->later,
	    (unsigned long long)in->retracted, (unsigned long long)in->forgot,
	    (unsigned long long)r->evidence_messages,
	    (unsigned long long)in->dropped_members,
	    (unsigned long long)r->l->ignored, r->l->nshared, r->l->nrefused);
	status = reject_close(in->rejects, &r->n, more.p);
	buf_free(&more);
	return r->no && status == OK ? NO : status;
}

/* ---- the whole ---- */

static void
begin(struct run *r)
{
	if (what_if != NULL) {
		r->other = guards_read(what_if);
		guards_join_proxies(r->g, r->other);
	}
	r->asked = explain_id != NULL || what_if != NULL || healthy ||
		   truth_file != NULL || forget_id != NULL;
	r->ev = evidence_new(r->g->nproxy);
	r->l = links_new(r->g, r->ev);
	r->l->lines_only =
	    !r->asked && evidence_out == NULL && changes_file == NULL;
	if (what_if != NULL)
		r->then = links_new(r->other, r->ev);
	r->store = store_new(memory, filter_settings.tmp);
	if (changes_file != NULL)
		r->changes = changes_new(r->ev);
	if (truth_file != NULL)
		r->truth = truth_read(truth_file);
	r->reader = (struct reader){.ev = r->ev,
	    .store = r->store,
	    .links = {r->l, r->then},
	    .g = r->g,
	    .rejects = reject_open(),
	    .counts = &r->n,
	    .now = filter_now(),
	    .anonymous = anonymous,
	    .profile = r->changes != NULL ? changes_before : NULL,
	    .profile_arg = r->changes,
	    .forgotten = forgotten_file != NULL
			     ? forgotten_read(forgotten_file, key_file)
			     : NULL};
}

static int
merge(struct run *r, char **files, int n)
{
	struct reject *rejects = reject_open();

	if (n == 0)
		usage_error("-m needs files: standard input is one stream");
	merge_files(r->g, files, n, filter_settings.no_history, r->out, &r->n);
	r->n.bytes_out = output_bytes(r->out);
	output_keep(r->out);
	return reject_close(rejects, &r->n, NULL);
}

/* Options that say nothing without another. */
static void
check_options(void)
{
	if (budget != NULL && what_if == NULL)
		usage_error("--budget is for --what-if");
	if (key_file != NULL && forgotten_file == NULL && forget_id == NULL)
		usage_error("--key-file is for --forgotten and --forget");
}

int
main(int argc, char **argv)
{
	int first = opt_parse(&program, argc, argv);
	static struct run r;
	const char *second = NULL;

	/* Large tables that are freed go back to the system at once. */
	mallopt(M_MMAP_THRESHOLD, 1 << 20);
	check_options();
	output_promise(filter_settings.output);
	r.g = guards_read(rules);
	if (explain_id != NULL) {
		if (first == argc)
			usage_error("--explain needs two identifiers");
		second = argv[first++];
	}
	r.out = output_open(filter_settings.output, filter_settings.gzip);
	if (merging)
		return merge(&r, argv + first, argc - first);
	if (checking) {
		guards_say(r.g, &r.answer);
		output_write(r.out, r.answer.p, r.answer.len);
		output_close(r.out);
		return OK;
	}
	begin(&r);
	read_all(&r, argv + first, argc - first);
	ask(&r, second);
	write_all(&r);
	return finish(&r);
}
