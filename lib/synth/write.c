#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "err.h"
#include "mem.h"
#include "output.h"
#include "synth/rows.h"
#include "synth/truth.h"
#include "synth/write.h"

#define DAY INT64_C(86400000)
/* Rows sorted at a time: 16 bytes each. */
#define AT_ONCE 4000000

/* A row to come, 16 bytes. */
struct entry {
	int64_t time;
	uint32_t person;
	uint16_t visit;
	uint8_t row, again;
};

struct export
{
	const struct source_file *file;
	struct output *out;
	iconv_t iconv;
	uint64_t line; /* of the last row */
};

struct writer {
	const struct world *world;
	struct export export[SOURCES];
	struct output *rows, *messages; /* the truth about them */
	struct buf row, coded;
	struct entry *entry;
	size_t n, cap;
	struct synth_counts *counts;
};

/* ---- files ---- */

static char *
path_in(const char *dir, const char *name)
{
	struct buf b = {0};

	buf_addf(&b, "%s/%s", dir, name);
	buf_byte(&b, '\0');
	return b.p;
}

static struct output *
create(const char *dir, const char *name, bool gzip)
{
	char *path = path_in(dir, name);
	struct output *out = output_open(path, gzip);

	free(path);
	return out;
}

static void
write_text(const char *dir, const char *name, const char *text)
{
	struct output *out = create(dir, name, false);

	output_write(out, text, strlen(text));
	output_close(out);
}

static void
convert(struct writer *w, iconv_t cd)
{
	char *in = w->row.p, *out;
	size_t left = w->row.len, room;

	w->coded.len = 0;
	buf_room(&w->coded, 2 * left);
	out = w->coded.p;
	room = w->coded.cap;
	if (iconv(cd, &in, &left, &out, &room) == (size_t)-1)
		die("a row cannot be converted:");
	w->coded.len = (size_t)(out - w->coded.p);
	for (size_t i = 0; i < w->coded.len; i++)
		if (w->coded.p[i] == ROW_BROKEN_BYTE)
			w->coded.p[i] = '\xff';
}

/* What stands in w->row goes to the export. */
static void
put(struct writer *w, struct export *x)
{
	w->counts->bytes += w->row.len;
	if (x->file->encoding == NULL) {
		output_write(x->out, w->row.p, w->row.len);
		return;
	}
	convert(w, x->iconv);
	output_write(x->out, w->coded.p, w->coded.len);
}

static void
open_export(struct writer *w, const char *dir, enum source source)
{
	struct export *x = w->export + source;

	x->file = source_files + source;
	x->out = create(dir, x->file->name, x->file->gzip);
	if (x->file->encoding != NULL) {
		x->iconv = iconv_open(x->file->encoding, "UTF-8");
		if (x->iconv == (iconv_t)-1)
			die("%s: the system cannot write it:",
			    x->file->encoding);
	}
	w->row.len = 0;
	if (x->file->mark)
		buf_adds(&w->row, "\xef\xbb\xbf");
	buf_adds(&w->row, x->file->head);
	x->line = *x->file->head != '\0';
	put(w, x);
	write_text(dir, x->file->map, x->file->map_text);
}

static void
close_export(struct export *x)
{
	output_close(x->out);
	if (x->file->encoding != NULL)
		iconv_close(x->iconv);
}

/* ---- rows ---- */

static enum fate
fate_of(const struct visit *v, const struct entry *e)
{
	if (e->again)
		return FATE_DUPLICATE;
	if (visit_broken(v, e->row))
		return FATE_BAD;
	return v->source == TMALL && e->row + 1 < v->rows &&
		       !visit_broken(v, e->row + 1)
		   ? FATE_SUPERSEDED
		   : FATE_KEPT;
}

static void
write_row(struct writer *w, const struct entry *e)
{
	struct person p = world_person(w->world, e->person);
	struct visit v = person_visit(&p, e->visit);
	struct export *x = w->export + v.source;
	enum fate fate = fate_of(&v, e);

	w->row.len = 0;
	x->file->row(&w->row, &p, &v, e->row);
	put(w, x);
	x->line++;
	w->counts->rows++;
	w->counts->duplicate += fate == FATE_DUPLICATE;
	w->counts->superseded += fate == FATE_SUPERSEDED;
	w->counts->bad += fate == FATE_BAD;
	truth_row(w->rows, x->file->name, x->line, &p, fate);
	if (fate == FATE_KEPT)
		truth_messages(w->messages, &p, &v, e->row);
}

static void
add_entry(struct writer *w, int64_t t, struct entry e)
{
	e.time = t;
	w->entry = mem_grow(w->entry, &w->cap, w->n + 1, sizeof(*w->entry));
	w->entry[w->n++] = e;
}

/* A person's rows from a span of time; a copy comes up to five days later. */
static void
gather_person(struct writer *w, uint64_t number, int64_t from, int64_t until)
{
	struct person p = world_person(w->world, number);

	for (int n = 0; n < p.visits; n++) {
		struct visit v = person_visit(&p, n);

		for (int row = 0; row < v.rows; row++) {
			struct entry e = {
			    0, (uint32_t)number, (uint16_t)n, (uint8_t)row, 0};
			int64_t t = visit_row_time(&v, row);

			if (t >= from && t < until)
				add_entry(w, t, e);
			e.again = visit_again(&v, row);
			t += (int64_t)(v.key % (5 * DAY));
			if (e.again && t >= from && t < until)
				add_entry(w, t, e);
		}
	}
}

static int
by_time(const void *x, const void *y)
{
	const struct entry *a = x, *b = y;

	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	if (a->person != b->person)
		return a->person < b->person ? -1 : 1;
	if (a->visit != b->visit)
		return a->visit < b->visit ? -1 : 1;
	return a->row != b->row ? a->row - b->row : a->again - b->again;
}

static void
write_span(struct writer *w, int64_t from, int64_t until)
{
	w->n = 0;
	for (uint64_t i = 0; i < w->world->customers; i++)
		gather_person(w, i, from, until);
	if (w->n > 0)
		mem_sort(w->entry, w->n, sizeof(*w->entry), by_time);
	for (size_t i = 0; i < w->n; i++)
		write_row(w, w->entry + i);
}

/* Time is cut into so many spans that the rows of each can be sorted. */
static void
write_rows(struct writer *w)
{
	const struct world *world = w->world;
	double rows = (double)world->customers * world->mean;
	int64_t spans = (int64_t)(rows / AT_ONCE) + 1;
	int64_t step = (world->until - world->from) / spans + 1;

	for (int64_t i = 0; i < spans; i++)
		write_span(w, i == 0 ? INT64_MIN : world->from + i * step,
		    i == spans - 1 ? INT64_MAX : world->from + (i + 1) * step);
}

void
synth_write(
    const struct world *world, const char *dir, struct synth_counts *counts)
{
	struct writer w = {.world = world, .counts = counts};
	struct output *ids;

	*counts = (struct synth_counts){0};
	if (mkdir(dir, 0777) != 0 && errno != EEXIST)
		die("%s: cannot make the directory:", dir);
	for (int i = 0; i < SOURCES; i++)
		open_export(&w, dir, (enum source)i);
	w.rows = create(dir, "truth-rows.csv", false);
	w.messages = create(dir, "truth-events.csv", false);
	truth_rows_begin(w.rows);
	truth_messages_begin(w.messages);
	write_rows(&w);
	for (int i = 0; i < SOURCES; i++)
		close_export(w.export + i);
	output_close(w.rows);
	output_close(w.messages);
	ids = create(dir, "truth.csv", false);
	truth_ids(ids, world);
	output_close(ids);
	buf_free(&w.row);
	buf_free(&w.coded);
	free(w.entry);
}
