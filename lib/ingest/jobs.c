#include <stdlib.h>
#include <string.h>

#include "../ring.h"
#include "run.h"

#define FULL 262144 /* bytes of rows in a batch */

/* A row to be made to events; why: set it apart instead. */
struct item {
	struct place at;
	const char *why;
	size_t off, len, size;
	uint64_t ordinal;
};

struct made_row { /* rows: more than one where they were gathered */
	size_t end;
	uint64_t wrote, rows, bytes;
};

struct bad_row {
	struct place at;
	const char *why;
	size_t off, len;
};

struct batch {
	struct buf text, lines, raw;
	struct item *item;
	struct made_row *made;
	struct bad_row *bad;
	size_t nitem, itemcap, nmade, madecap, nbad, badcap;
};

struct worker {
	struct ingest ingest;
	struct rows *rows; /* cuts the text of a row into cells */
};

struct jobs {
	struct ingest *ingest;
	struct ring *ring;
	struct batch *batch, *next; /* next: it is being filled */
	size_t batches;
	struct worker *worker;
	size_t workers;
	bool cells;      /* rows of cells, else records */
	struct buf last; /* key of the row before, where a batch is full */
	bool keyed;
};

/* ---- a worker ---- */

/* The reader's header may have changed since the last batch. */
static void
follow_header(struct ingest *w, const struct ingest *g)
{
	size_t i;

	w->header = g->header;
	w->position = g->position;
	w->rest = g->rest;
	w->nrest = w->maker.nrest = g->nrest;
	w->maker.rest =
	    mem_resize(w->maker.rest, g->nrest + 1, sizeof *w->maker.rest);
	for (i = 0; i < g->nrest; i++)
		w->maker.rest[i].key = g->maker.rest[i].key;
}

static void
one_item(struct worker *w, const char *text, const struct item *i, bool cells)
{
	struct ingest *g = &w->ingest;
	struct row row = {
	    .at = i->at, .text = text + i->off, .len = i->len, .size = i->size};

	g->ordinal = i->ordinal;
	g->size = i->size;
	if (i->why != NULL)
		ingest_bad(g, &i->at, i->why, row.text, row.len);
	else if (!cells)
		ingest_record(g, &i->at, row.text, row.len, i->size);
	else if (rows_cells(w->rows, &row) == ROWS_ROW)
		ingest_cells(g, &row);
}

static void
work(void *arg, size_t thread, size_t place)
{
	struct jobs *j = arg;
	struct worker *w = &j->worker[thread];
	struct ingest *g = &w->ingest;
	struct batch *b = &j->batch[place];
	size_t i;

	follow_header(g, j->ingest);
	g->batch = b;
	g->lines = b->lines;
	for (i = 0; i < b->nitem; i++)
		one_item(w, b->text.p, &b->item[i], j->cells);
	ingest_finish(g);
	b->lines = g->lines;
}

void
batch_made(
    struct batch *b, size_t end, uint64_t wrote, uint64_t rows, uint64_t bytes)
{
	b->made = mem_grow(b->made, &b->madecap, b->nmade + 1, sizeof *b->made);
	b->made[b->nmade++] = (struct made_row){end, wrote, rows, bytes};
}

void
batch_bad(struct batch *b, const struct place *at, const char *why,
    const char *raw, size_t n)
{
	b->bad = mem_grow(b->bad, &b->badcap, b->nbad + 1, sizeof *b->bad);
	b->bad[b->nbad++] = (struct bad_row){*at, why, b->raw.len, n};
	buf_add(&b->raw, raw, n);
}

/* ---- the reader ---- */

struct jobs *
jobs_new(struct ingest *g, uint64_t threads, int files)
{
	struct rows_settings set = ingest_rows_settings(g);
	struct jobs *j;
	size_t i;

	/* a group may go on from one file to the next */
	if (threads < 2 ||
	    (g->map->group.given &&
		(!g->map->group.consecutive || files > 1)) ||
	    (g->profile != NULL && g->map->input.format >= FORMAT_JSON))
		return NULL;
	j = mem_alloc(1, sizeof *j);
	j->ingest = g;
	j->cells = g->map->input.format < FORMAT_JSON;
	j->workers = threads < RING_THREADS ? threads : RING_THREADS;
	j->worker = mem_alloc(j->workers, sizeof *j->worker);
	for (i = 0; i < j->workers; i++) {
		ingest_worker(g, &j->worker[i].ingest);
		j->worker[i].rows = rows_new(NULL, &set);
	}
	j->batches = 2 * j->workers + 1;
	j->batch = mem_alloc(j->batches, sizeof *j->batch);
	j->ring = ring_new(j->batches, j->workers, work, j);
	j->next = &j->batch[ring_place(j->ring)];
	return j;
}

/* The oldest batch, once it is done. */
static void
write_batch(struct jobs *j)
{
	struct ingest *g = j->ingest;
	struct batch *b;
	size_t place, i, from = 0;

	ring_oldest(j->ring, &place);
	b = &j->batch[place];
	for (i = 0; i < b->nmade; i++) {
		ingest_take(g, b->lines.p + from, b->made[i].end - from,
		    b->made[i].wrote, b->made[i].rows, b->made[i].bytes);
		from = b->made[i].end;
	}
	for (i = 0; i < b->nbad; i++)
		reject_record(g->reject, &b->bad[i].at, b->bad[i].why,
		    b->raw.p + b->bad[i].off, b->bad[i].len);
	b->text.len = b->lines.len = b->raw.len = 0;
	b->nitem = b->nmade = b->nbad = 0;
	ring_take(j->ring);
}

static void
hand_over(struct jobs *j)
{
	struct batch *b = j->next;

	j->keyed = false;
	if (b->nitem == 0)
		return;
	js_pad(&b->text);
	ring_fill(j->ring);
	if (ring_held(j->ring) == j->batches)
		write_batch(j);
	j->next = &j->batch[ring_place(j->ring)];
}

static void
add_item(struct jobs *j, const struct item *item, const char *p)
{
	struct batch *b = j->next;
	struct item *to;

	b->item = mem_grow(b->item, &b->itemcap, b->nitem + 1, sizeof *b->item);
	to = &b->item[b->nitem++];
	*to = *item;
	to->off = b->text.len;
	buf_add(&b->text, p, item->len);
	buf_byte(&b->text, '\n');
}

/* A full batch ends where the row's group is another than the one's before,
 * so that no group is cut in two. */
static void
end_batch(struct jobs *j, bool known, struct text key)
{
	if (!known)
		return;
	if (j->keyed && (j->last.len != key.len ||
			    memcmp(j->last.p, key.p, key.len) != 0)) {
		hand_over(j);
		return;
	}
	j->last.len = 0;
	buf_byte(&j->last, '\0'); /* so that p is never NULL */
	j->last.len = 0;
	buf_add(&j->last, key.p, key.len);
	j->keyed = true;
}

void
jobs_cells(struct jobs *j, const struct row *row, uint64_t ordinal)
{
	struct item item = {row->at, NULL, 0, row->len, row->size, ordinal};
	struct text key;
	bool known;

	if (j->next->text.len >= FULL) {
		if (j->ingest->map->group.given) {
			known = ingest_cells_key(j->ingest, row, &key);
			end_batch(j, known, key);
		} else
			hand_over(j);
	}
	add_item(j, &item, row->text);
}

void
jobs_record(struct jobs *j, const struct place *at, const char *p, size_t n,
    size_t size, uint64_t ordinal)
{
	struct item item = {*at, NULL, 0, n, size, ordinal};
	struct text key;
	bool known;

	if (j->next->text.len >= FULL) {
		if (j->ingest->map->group.given) {
			known = ingest_record_key(j->ingest, p, n, &key);
			end_batch(j, known, key);
		} else
			hand_over(j);
	}
	add_item(j, &item, p);
}

void
jobs_bad(struct jobs *j, const struct place *at, const char *why,
    const char *raw, size_t n, size_t size)
{
	struct item item = {*at, why, 0, n, size, 0};

	/* a group may go on behind it */
	if (j->next->text.len >= FULL && !j->ingest->map->group.given)
		hand_over(j);
	add_item(j, &item, raw);
}

void
jobs_drain(struct jobs *j)
{
	hand_over(j);
	while (ring_held(j->ring) > 0)
		write_batch(j);
}

static void
free_batch(struct batch *b)
{
	buf_free(&b->text);
	buf_free(&b->lines);
	buf_free(&b->raw);
	free(b->item);
	free(b->made);
	free(b->bad);
}

void
jobs_free(struct jobs *j)
{
	size_t i;

	jobs_drain(j);
	ring_free(j->ring);
	for (i = 0; i < j->workers; i++) {
		ingest_join(j->ingest, &j->worker[i].ingest);
		rows_free(j->worker[i].rows);
	}
	for (i = 0; i < j->batches; i++)
		free_batch(&j->batch[i]);
	buf_free(&j->last);
	free(j->batch);
	free(j->worker);
	free(j);
}
