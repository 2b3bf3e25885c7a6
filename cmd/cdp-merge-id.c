/* cdp-merge-id: events to customers, one line each. */
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "filter.h"
#include "identity/profile.h"
#include "identity/read.h"
#include "input.h"
#include "opt.h"
#include "output.h"

static const char *rules;
static uint64_t memory;
static bool anonymous, trait_sources;

static const struct opt options[] = {
    {'r', "rules", "FILE", "identity rules, cdp-identity(5)", OPT_TEXT, &rules},
    {'S', "memory", "SIZE", "keep at most SIZE of events in memory", OPT_SIZE,
	&memory},
    {0, "anonymous", NULL, "keep events without identifier, each by itself",
	OPT_FLAG, &anonymous},
    {0, "trait-sources", NULL, "write which event each trait came from",
	OPT_FLAG, &trait_sources},
    {0, NULL, NULL, NULL, OPT_FLAG, NULL},
};

static const struct opt_program program = {.name = "cdp-merge-id",
    .synopsis = "[-r RULES] [FILE ...]",
    .does = "Merge events, and earlier profiles, into one line per customer.",
    .tables = (const struct opt *const[]){
	options, filter_options, reject_options, NULL}};

struct run {
	struct guards *g;
	struct evidence *ev;
	struct links *l;
	struct store *store;
	struct reader reader;
	struct counts n;
};

static void
saw(void *arg, const struct event *e)
{
	evidence_saw(arg, e->set, e->time);
}

static void
read_all(struct run *r, char **files, int n)
{
	struct input *in = input_open(files, n, reject_settings.max_line);
	struct input_line line;

	reader_open(&r->reader);
	while (input_line(in, &line))
		reader_line(&r->reader, &line);
	r->n.bytes_in = input_bytes(in);
	input_close(in);
	store_settle(r->store, &r->n);
	evidence_begin(r->ev);
	store_each(r->store, saw, r->ev);
}

static void
write_line(void *arg, uint32_t rank, struct event *e, size_t n)
{
	profiles_write(arg, rank, e, n);
}

static void
write_all(struct run *r)
{
	struct output *out =
	    output_open(filter_settings.output, filter_settings.gzip);
	struct profiles *w =
	    profiles_new(r->l, out, filter_settings.no_history, trait_sources);

	store_group(r->store, r->l->rank, r->l->n, write_line, w);
	r->n.written = w->events;
	r->n.bytes_out = output_bytes(out);
	profiles_free(w);
	output_close(out);
}

int
main(int argc, char **argv)
{
	int first = opt_parse(&program, argc, argv);
	struct run r = {0};

	r.g = guards_read(rules);
	r.ev = evidence_new(r.g->nproxy);
	r.l = links_new(r.g, r.ev);
	r.store = store_new(memory, filter_settings.tmp);
	r.reader = (struct reader){.ev = r.ev,
	    .store = r.store,
	    .links = {r.l},
	    .g = r.g,
	    .rejects = reject_open(),
	    .counts = &r.n,
	    .now = filter_now(),
	    .anonymous = anonymous};
	read_all(&r, argv + first, argc - first);
	links_solve(r.l);
	write_all(&r);
	r.n.rejected = reject_count(r.reader.rejects);
	return reject_close(r.reader.rejects, &r.n, NULL);
}
