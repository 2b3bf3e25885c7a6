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

/* From the spool, or (fd < 0) from the files again. */
static void
read_again(struct run *r, int fd, char *const *files, int n, uint64_t good)
{
	struct counts before = r->n;
	uint64_t later = r->later;

	for (;;) {
		input_close(r->in);
		if (fd >= 0 && lseek(fd, 0, SEEK_SET) < 0)
			die("<spool>:");
		r->in = fd >= 0
			    ? input_spool(dup(fd))
			    : input_open(files, n, reject_settings.max_line);
		run_pass(r);
		r->n.blank = before.blank;
		if (r->n.read - before.read != good)
			die("the input changed while it was read");
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
	uint64_t good, bytes;
	int fd = -1;
	bool second = !r->f->no_output || r->f->second_pass;

	if (second && !rereadable(r, files, n)) {
		fd = output_spill(filter_settings.tmp);
		spool = output_of(dup(fd));
	}
	good = look(r, spool, !second && r->time_column >= 0);
	if (r->f->looked != NULL)
		r->f->looked(r->f->cfg);
	if (!second) {
		r->n.read += good;
		r->n.filtered += good;
		return;
	}
	bytes = input_bytes(r->in);
	if (spool != NULL)
		output_close(spool);
	r->spooled = fd >= 0 && r->norigin > 0;
	r->again = fd < 0;
	read_again(r, fd, files, n, good);
	if (fd >= 0)
		close(fd);
	r->n.bytes_in = bytes;
}
