/* Any bytes as lines of events and profiles, the end of them perhaps as an
 * evidence file.  What is read is written, set apart or counted (else the
 * program ends); what comes of it can be read again and stays as it is. */
#include <setjmp.h>
#include <string.h>
#include <unistd.h>

/* A death leads back to the fuzzer. */
static _Noreturn void escape(int status);
#define _exit escape
#include "../err.c"
#undef _exit

#include "../fuzz_file.h"
#include "evidence_file.h"
#include "profile.h"

#define LONGEST 4096 /* so that what comes of it fits into a pipe */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* What the first byte asks for. */
enum { SPILL = 1, ANONYMOUS = 2, SOURCES = 4, EVIDENCE = 8 };

static const char rules[] =
    "{\"id_namespace\": \"7f1dc0f5-6a0e-5c57-9c55-2f1f6a3d8e41\","
    "\"ignore\": [\"preset:nothing\"], \"namespaces\": {"
    "\"u\": {\"priority\": 1, \"max\": 1, \"normalize\": [\"trim\"]},"
    "\"p\": {\"priority\": 2, \"shared_after\": {\"ids\": 1, \"values\": 2,"
    "\"of\": \"traits.name\"}, \"normalize\": [\"lower\", \"width\"]}},"
    "\"other\": {\"priority\": 3, \"shared_after\": 2}}";

static jmp_buf back;

static _Noreturn void
escape(int status)
{
	(void)status;
	pthread_mutex_unlock(&speaking);
	longjmp(back, 1);
}

static const struct guards *
guards(void)
{
	static struct guards *g;
	char *name;
	int fd;

	if (g == NULL) {
		fd = fuzz_file(rules, sizeof rules - 1);
		name = fuzz_name(fd);
		g = guards_read(name);
		free(name);
		close(fd);
	}
	return g;
}

static void
saw(void *arg, const struct event *e)
{
	struct evidence *ev = arg;

	evidence_saw(ev, evidence_set(ev, e->set), e->time);
}

static void
customer(void *arg, uint32_t rank, struct event *e, size_t n)
{
	struct profiles *w = arg;

	if (rank < w->l->n)
		profiles_write(w, rank, e, n);
}

static void
read_lines(struct reader *r, char *lines, char *evidence)
{
	struct input_chunk chunk = {0};
	struct input *in;

	reader_open(r);
	if (evidence != NULL)
		evidence_file_read(r, &evidence, 1);
	in = input_open(&lines, 1, 0);
	while (input_chunk(in, &chunk))
		reader_chunk(r, &chunk);
	free(chunk.p);
	input_close(in);
	reader_close(r);
}

/* As cdp-merge-id does it, without questions; what the program keeps to its
 * end is lost here. */
static int
merge(int how, char *lines, char *evidence, size_t *n)
{
	struct fuzz_pipe pipe = fuzz_pipe();
	char *name = fuzz_name(pipe.in);
	struct output *out = output_open(name, false);
	struct evidence *ev = evidence_new(guards()->nproxy);
	struct links *l = links_new(guards(), ev);
	struct store *store = store_new(how & SPILL ? 1 : 0, NULL);
	struct counts counts = {0};
	struct reader r = {.ev = ev,
	    .store = store,
	    .links = {l},
	    .g = guards(),
	    .rejects = reject_open(),
	    .counts = &counts,
	    .now = WHEN_MAX,
	    .anonymous = how & ANONYMOUS};
	struct profiles *w;

	err_on_die(NULL); /* a death leaves the output as it is */
	read_lines(&r, lines, evidence);
	evidence_begin(ev);
	store_settle(store, &counts, saw, ev);
	links_solve(l);
	w = profiles_new(l, out, false, how & SOURCES);
	store_group(store, ev, l->rank, l->n + 1, customer, w);
	output_close(out);
	counts.rejected = reject_count(r.rejects);
	counts.written = w->events;
	reject_close(r.rejects, &counts, NULL);
	links_free(l);
	evidence_free(ev);
	free(name);
	return fuzz_pipe_file(pipe, n);
}

static void
same(int a, int b, size_t n)
{
	char *p = mmap(NULL, n, PROT_READ, MAP_PRIVATE, a, 0);
	char *q = mmap(NULL, n, PROT_READ, MAP_PRIVATE, b, 0);

	if (n > 0 && memcmp(p, q, n) != 0)
		abort();
	munmap(p, n);
	munmap(q, n);
}

static void
merge_twice(int how, char *lines, char *evidence)
{
	size_t n, again;
	int first, second;

	if (setjmp(back) != 0)
		return;
	first = merge(how, lines, evidence, &n);
	if (evidence != NULL)
		return;
	second = merge(how, fuzz_name(first), NULL, &again);
	if (n != again)
		abort();
	same(first, second, n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const uint8_t *end = data + n, *more = NULL;
	char *lines, *evidence = NULL;
	int fd;

	if (n < 2 || n > LONGEST || memchr(data, 0x1f, n) != NULL)
		return 0;
	reject_settings.quiet = true;
	reject_settings.allow = "100%";
	if (data[0] & EVIDENCE)
		more = memchr(data + 1, '\f', n - 1);
	fd = fuzz_file(
	    data + 1, (size_t)((more != NULL ? more : end) - data - 1));
	lines = fuzz_name(fd);
	if (more != NULL)
		evidence =
		    fuzz_name(fuzz_file(more + 1, (size_t)(end - more - 1)));
	merge_twice(data[0], lines, evidence);
	free(lines);
	free(evidence);
	close_range((unsigned)fd, ~0u, 0); /* and what a death left open */
	return 0;
}
