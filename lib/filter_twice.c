/* The filter in two passes: every line is looked at before the first is
 * written; and in more, where the program asks for them. */
#include <string.h>
#include <unistd.h>

#include "filter_run.h"
#include "mem.h"

/* Regular files are read twice, anything else is spooled. */
static bool
rereadable(const struct run *r, char *const *files, int n)
{
	int i;

	for (i = 0; i < n; i++)
		if (strcmp(files[i], "-") == 0)
			return false;
	return n > 0 && input_size(r->in) > 0;
}

static void
spool_line(
    struct run *r, struct output *spool, const struct input_line *l, uint64_t n)
{
	struct origin *o = r->norigin > 0 ? &r->origin[r->norigin - 1] : NULL;

	output_write(spool, l->p, l->len + 1);
	if (o != NULL && o->file == l->at.file &&
	    o->line + (n - o->n) == l->at.line)
		return;
	r->origin =
	    mem_grow(r->origin, &r->cap, r->norigin + 1, sizeof *r->origin);
	r->origin[r->norigin++] = (struct origin){n, l->at.line, l->at.file};
}

/* Returns how many lines are good. */
static uint64_t
look(struct run *r, struct output *spool, bool times)
{
	struct worker w = {.run = r, .newest = WHEN_MIN};
	struct input_line l;
	struct note why;
	uint64_t good = 0;
	int verdict;

	while (input_line(r->in, &l)) {
		why = (struct note){0};
		verdict = worker_scan(&w, &l, &why);
		if (verdict == FILTER_PASS) {

			if (r->f->look != NULL)
				r->f->look(r->f->cfg, &w.js);
			if (times)
				note_times(&w);
			good++;
			if (spool != NULL)
				spool_line(r, spool, &l, good);
		} else
			counts_add(&r->n, verdict, false);
		if (verdict == FILTER_REJECT || verdict == LINE_FATAL)
			note_end(r, &why);
	}
	add_times(&w);
	js_line_free(&w.js);
	buf_free(&w.out);
	return good;
}

/* Where the good lines are to be had again. */
struct again {
	int fd; /* the spool, or -1: the files */
	char *const *files;
	int n;
	uint64_t good;
};

static void
rewind_input(struct run *r, const struct again *a)
{
	input_close(r->in);
	if (a->fd >= 0 && lseek(a->fd, 0, SEEK_SET) < 0)
		die("<spool>:");
	r->in = a->fd >= 0
		    ? input_spool(dup(a->fd))
		    : input_open(a->files, a->n, reject_settings.max_line);
}

static void
check_same(uint64_t lines, const struct again *a)
{
	if (lines != a->good)
		die("the input changed while it was read");
}

static void
look_again(struct run *r, const struct again *a)
{
	struct worker w = {.run = r, .newest = WHEN_MIN};
	struct input_line l;
	struct note why;
	uint64_t n = 0;

	while (r->f->look_again != NULL && r->f->look_again(r->f->cfg)) {
		rewind_input(r, a);
		for (n = 0; input_line(r->in, &l);) {
			why = (struct note){0};
			if (worker_scan(&w, &l, &why) != FILTER_PASS)
				continue;
			r->f->look(r->f->cfg, &w.js);
			n++;
		}
		check_same(n, a);
		if (r->f->looked != NULL)
			r->f->looked(r->f->cfg);
	}
	js_line_free(&w.js);
	buf_free(&w.out);
}

static void
read_again(struct run *r, const struct again *a)
{
	struct counts before = r->n;
	uint64_t later = r->later;

	for (;;) {
		look_again(r, a);
		rewind_input(r, a);
		run_pass(r);
		r->n.blank = before.blank;
		check_same(r->n.read - before.read, a);
		if (r->f->again == NULL || !r->f->again(r->f->cfg))
			return;
		r->repeated = true;
		r->n = before;
		r->later = later;
	}
}

void
run_twice(struct run *r, char *const *files, int n)
{
	struct output *spool = NULL;
	struct again a = {.fd = -1, .files = files, .n = n};
	uint64_t bytes;
	bool second = !r->f->no_output || r->f->second_pass;

	if (second && !rereadable(r, files, n)) {
		a.fd = output_spill(filter_settings.tmp);
		spool = output_of(dup(a.fd));
	}
	a.good = look(r, spool, !second && r->time_column >= 0);
	if (r->f->looked != NULL)
		r->f->looked(r->f->cfg);
	if (!second) {
		r->n.read += a.good;
		r->n.filtered += a.good;
		return;
	}
	bytes = input_bytes(r->in);
	if (spool != NULL)
		output_close(spool);
	r->spooled = a.fd >= 0 && r->norigin > 0;
	r->again = a.fd < 0;
	read_again(r, &a);
	if (a.fd >= 0)
		close(a.fd);
	r->n.bytes_in = bytes;
}
