#include <stdlib.h>
#include <string.h>

#include "../thread.h"
#include "run.h"

#define FULL 262144 /* bytes of rows in a batch */
#define MOST_WORKERS 256

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

enum state { EMPTY, FILLED, TAKEN, DONE };

struct batch {
	enum state state;
	struct buf text, lines, raw;
	struct item *item;
	struct made_row *made;
	struct bad_row *bad;
	size_t nitem, itemcap, nmade, madecap, nbad, badcap;
};

struct worker {
	pthread_t thread;
	struct crew *crew;
	struct ingest ingest;
	struct rows *rows; /* cuts the text of a row into cells */
};

/*
 * A ring of batches: the reader fills them in order, a worker takes the next
 * filled one, the reader writes them in order when it needs their place.
 */
struct crew {
	struct ingest *ingest;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct batch *batch;
	size_t n;
	uint64_t filled, taken, written; /* batches so far */
	bool ended;
	struct worker *worker;
	size_t workers;
	bool cells;      /* rows of cells, else records */
	struct buf last; /* key of the row before, where a batch is full */
	bool keyed;
};

static struct batch *
batch_at(struct crew *c, uint64_t i)
{
	return &c->batch[i % c->n];
}

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
one_item(struct worker *w, const char *text, const struct item *i)
{
	struct ingest *g = &w->ingest;
	struct row row = {
	    .at = i->at, .text = text + i->off, .len = i->len, .size = i->size};

	g->ordinal = i->ordinal;
	g->size = i->size;
	if (i->why != NULL)
		ingest_bad(g, &i->at, i->why, row.text, row.len);
	else if (!w->crew->cells)
		ingest_record(g, &i->at, row.text, row.len, i->size);
	else if (rows_cells(w->rows, &row) == ROWS_ROW)
		ingest_cells(g, &row);
}

static void
work_on(struct worker *w, struct batch *b)
{
	struct ingest *g = &w->ingest;
	size_t i;

	follow_header(g, w->crew->ingest);
	g->batch = b;
	g->lines = b->lines;
	for (i = 0; i < b->nitem; i++)
		one_item(w, b->text.p, &b->item[i]);
	ingest_finish(g);
	b->lines = g->lines;
}

static void *
work(void *arg)
{
	struct worker *w = arg;
	struct crew *c = w->crew;
	struct batch *b;

	pthread_mutex_lock(&c->lock);
	for (;;) {
		if (c->taken == c->filled) {
			if (c->ended)
				break;
			pthread_cond_wait(&c->changed, &c->lock);
			continue;
		}
		b = batch_at(c, c->taken++);
		b->state = TAKEN;
		pthread_mutex_unlock(&c->lock);
		work_on(w, b);
		pthread_mutex_lock(&c->lock);
		b->state = DONE;
		pthread_cond_broadcast(&c->changed);
	}
	pthread_mutex_unlock(&c->lock);
	return NULL;
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

static void
start_worker(struct crew *c, struct worker *w)
{
	struct ingest *g = c->ingest;
	struct rows_settings set = ingest_rows_settings(g);

	w->crew = c;
	ingest_worker(g, &w->ingest);
	w->rows = rows_new(NULL, &set);
	thread_start(&w->thread, work, w);
}

struct crew *
crew_new(struct ingest *g, uint64_t workers, int files)
{
	struct crew *c;
	size_t i;

	/* a group may go on from one file to the next */
	if (workers < 2 ||
	    (g->map->group.given &&
		(!g->map->group.consecutive || files > 1)) ||
	    (g->profile != NULL && g->map->input.format >= FORMAT_JSON))
		return NULL;
	c = mem_alloc(1, sizeof *c);
	c->ingest = g;
	c->cells = g->map->input.format < FORMAT_JSON;
	c->workers = workers < MOST_WORKERS ? workers : MOST_WORKERS;
	c->n = 2 * c->workers + 1;
	c->batch = mem_alloc(c->n, sizeof *c->batch);
	c->worker = mem_alloc(c->workers, sizeof *c->worker);
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->changed, NULL);
	for (i = 0; i < c->workers; i++)
		start_worker(c, &c->worker[i]);
	return c;
}

/* The oldest batch, once it is done. */
static void
write_batch(struct crew *c)
{
	struct ingest *g = c->ingest;
	struct batch *b = batch_at(c, c->written);
	size_t i, from = 0;

	pthread_mutex_lock(&c->lock);
	while (b->state != DONE)
		pthread_cond_wait(&c->changed, &c->lock);
	pthread_mutex_unlock(&c->lock);
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
	b->state = EMPTY;
	c->written++;
}

static void
hand_over(struct crew *c)
{
	struct batch *b = batch_at(c, c->filled);

	c->keyed = false;
	if (b->nitem == 0)
		return;
	buf_room(&b->text, JS_PAD);
	memset(b->text.p + b->text.len, '\n', JS_PAD);
	pthread_mutex_lock(&c->lock);
	b->state = FILLED;
	c->filled++;
	pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->lock);
	if (c->filled - c->written == c->n)
		write_batch(c);
}

static void
add_item(struct crew *c, const struct item *item, const char *p)
{
	struct batch *b = batch_at(c, c->filled);
	struct item *to;

	b->item = mem_grow(b->item, &b->itemcap, b->nitem + 1, sizeof *b->item);
	to = &b->item[b->nitem++];
	*to = *item;
	to->off = b->text.len;
	buf_add(&b->text, p, item->len);
	buf_byte(&b->text, '\n');
}

static bool
is_full(struct crew *c)
{
	return batch_at(c, c->filled)->text.len >= FULL;
}

/* A full batch ends where the row's group is another than the one's before,
 * so that no group is cut in two. */
static void
end_batch(struct crew *c, bool known, struct text key)
{
	if (!known)
		return;
	if (c->keyed && (c->last.len != key.len ||
			    memcmp(c->last.p, key.p, key.len) != 0)) {
		hand_over(c);
		return;
	}
	c->last.len = 0;
	buf_byte(&c->last, '\0'); /* so that p is never NULL */
	c->last.len = 0;
	buf_add(&c->last, key.p, key.len);
	c->keyed = true;
}

void
crew_cells(struct crew *c, const struct row *row, uint64_t ordinal)
{
	struct item item = {row->at, NULL, 0, row->len, row->size, ordinal};
	struct text key;
	bool known;

	if (is_full(c)) {
		if (c->ingest->map->group.given) {
			known = ingest_cells_key(c->ingest, row, &key);
			end_batch(c, known, key);
		} else
			hand_over(c);
	}
	add_item(c, &item, row->text);
}

void
crew_record(struct crew *c, const struct place *at, const char *p, size_t n,
    size_t size, uint64_t ordinal)
{
	struct item item = {*at, NULL, 0, n, size, ordinal};
	struct text key;
	bool known;

	if (is_full(c)) {
		if (c->ingest->map->group.given) {
			known = ingest_record_key(c->ingest, p, n, &key);
			end_batch(c, known, key);
		} else
			hand_over(c);
	}
	add_item(c, &item, p);
}

void
crew_bad(struct crew *c, const struct place *at, const char *why,
    const char *raw, size_t n, size_t size)
{
	struct item item = {*at, why, 0, n, size, 0};

	add_item(c, &item, raw);
}

void
crew_drain(struct crew *c)
{
	hand_over(c);
	while (c->written < c->filled)
		write_batch(c);
}

void
crew_free(struct crew *c)
{
	size_t i;

	crew_drain(c);
	pthread_mutex_lock(&c->lock);
	c->ended = true;
	pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->lock);
	for (i = 0; i < c->workers; i++) {
		pthread_join(c->worker[i].thread, NULL);
		ingest_join(c->ingest, &c->worker[i].ingest);
		rows_free(c->worker[i].rows);
	}
	for (i = 0; i < c->n; i++) {
		buf_free(&c->batch[i].text);
		buf_free(&c->batch[i].lines);
		buf_free(&c->batch[i].raw);
		free(c->batch[i].item);
		free(c->batch[i].made);
		free(c->batch[i].bad);
	}
	buf_free(&c->last);
	free(c->batch);
	free(c->worker);
	pthread_mutex_destroy(&c->lock);
	pthread_cond_destroy(&c->changed);
	free(c);
}
