#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

#define FLUSH 65536

/* ---- start ---- */

static const char *
override(const struct ingest_settings *s, const char *name)
{
	size_t i, n = strlen(name);

	for (i = 0; s->lookup != NULL && i < s->lookup->n; i++)
		if (strncmp(s->lookup->item[i], name, n) == 0 &&
		    s->lookup->item[i][n] == '=')
			return s->lookup->item[i] + n + 1;
	return NULL;
}

static void
check_overrides(const struct ingest_settings *s, const struct map *m)
{
	const char *item, *equals;
	size_t i, j;

	for (i = 0; s->lookup != NULL && i < s->lookup->n; i++) {
		item = s->lookup->item[i];
		equals = strchr(item, '=');
		if (equals == NULL)
			usage_error("--lookup: expected NAME=FILE, found %s",
			    err_quote(item, strlen(item)));
		for (j = 0; j < m->nlookup; j++)
			if (strncmp(m->lookup[j].name, item,
				(size_t)(equals - item)) == 0)
				break;
		if (j == m->nlookup)
			usage_error("--lookup: the map has no lookup %s",
			    err_quote(item, (size_t)(equals - item)));
	}
}

static void
read_key(struct ingest *g)
{
	struct buf *key = mem_alloc(1, sizeof *key);
	char *name;
	struct input *in;
	const char *file;
	size_t n;

	if (g->set.key_file == NULL)
		usage_error("--hash needs --key-file");
	name = mem_text(g->set.key_file, strlen(g->set.key_file));
	in = input_open(&name, 1, 0);
	input_next_file(in, &file);
	do {
		buf_room(key, 4096);
		n = input_read(in, key->p + key->len, 4096);
		key->len += n;
	} while (n > 0);
	input_close(in);
	if (key->len > 0 && key->p[key->len - 1] == '\n')
		key->len--;
	if (key->len < 16)
		die("%s: the key has %zu bytes, expected at least 16", name,
		    key->len);
	free(name);
	g->maker.key = key->p;
	g->maker.keylen = key->len;
	free(key);
}

/* "phone" stands for phone@scope too. */
static bool
in_namespace(const char *name, const char *space)
{
	size_t n = strlen(space);

	return strncmp(name, space, n) == 0 &&
	       (name[n] == '\0' || name[n] == '@');
}

static void
mark_hashed(struct map *m, const char *space)
{
	struct map_values *ids;
	size_t i, j;
	bool found = false;

	for (i = 0; i < m->nevent; i++) {
		ids = &m->event[i].ids;
		for (j = 0; j < ids->n; j++)
			if (in_namespace(ids->v[j].name, space))
				found = ids->v[j].hashed = true;
	}
	if (!found)
		usage_error("--hash: the map makes no id %s",
		    err_quote(space, strlen(space)));
}

static bool
keyless(const struct map *m)
{
	size_t i;

	for (i = 0; i < m->nevent; i++)
		if (m->event[i].nkey == 0)
			return true;
	return false;
}

static void
start_memory(struct ingest *g)
{
	size_t i;

	g->table = mem_alloc(g->map->nlookup + 1, sizeof *g->table);
	for (i = 0; i < g->map->nlookup; i++)
		g->table[i] = table_read(
		    g->map, i, override(&g->set, g->map->lookup[i].name));
	if (g->map->group.given)
		g->gatherer = gatherer_new(g->map);
	if (keyless(g->map))
		g->maker.twins = g->twins = twins_new();
	if (g->set.dedupe)
		g->seen = seen_new();
	if (g->set.dedupe_state != NULL)
		seen_read(g->seen, g->set.dedupe_state);
	if (g->set.profile_in != NULL || g->set.profile_out != NULL)
		g->profile = profile_new();
}

struct ingest *
ingest_new(struct map *m, const struct ingest_settings *set)
{
	struct ingest *g = mem_alloc(1, sizeof *g);
	size_t i;

	g->map = m;
	g->set = *set;
	if (set->dedupe_state != NULL)
		g->set.dedupe = true;
	check_overrides(set, m);
	for (i = 0; set->hash != NULL && i < set->hash->n; i++)
		mark_hashed(m, set->hash->item[i]);
	maker_init(&g->maker, m);
	if (set->hash != NULL && set->hash->n > 0)
		read_key(g);
	start_memory(g);
	g->position = mem_alloc(m->nfield + 1, sizeof *g->position);
	g->plain_cells = !m->input.trim && !m->input.unmangle;
	g->only_empty = m->input.nnull == 1 && m->input.null[0][0] == '\0';
	ingest_plan(g);
	g->reject = reject_open();
	g->out = output_open(set->output, set->gzip);
	return g;
}

/* ---- a row ---- */

static void
flush(struct ingest *g)
{
	if (g->batch != NULL)
		return; /* the reader writes it */
	output_write(g->out, g->lines.p, g->lines.len);
	g->lines.len = 0;
}

void
ingest_bad(struct ingest *g, const struct place *at, const char *why,
    const char *raw, size_t n)
{
	if (g->jobs != NULL) {
		jobs_bad(g->jobs, at, why, raw, n, g->size);
		return;
	}
	g->counts.rejected++;
	g->bytes.rejected += g->size;
	if (g->batch != NULL)
		batch_bad(g->batch, at, why, raw, n);
	else
		reject_record(g->reject, at, why, raw, n);
}

/* The column of the cell that is at fault, where it stands in the row. */
static struct place
fault(const struct ingest *g, const struct place *at, const char *raw, size_t n)
{
	struct place place = *at;
	const char *p;

	if (g->maker.field < 0)
		return place;
	p = g->maker.cell[g->maker.field].p;
	if (p >= raw && p <= raw + n)
		place.col = (uint64_t)(p - raw) + 1;
	return place;
}

/* The lines from `at` on that were seen before are taken out. */
static uint64_t
drop_seen(struct ingest *g, size_t at)
{
	struct buf *b = &g->lines;
	size_t from = at, to = at, n;
	uint64_t dropped = 0;

	while (from < b->len) {
		n = (size_t)((char *)memchr(b->p + from, '\n', b->len - from) -
			     (b->p + from)) +
		    1;
		if (seen_add(g->seen, b->p + from, n)) {
			memmove(b->p + to, b->p + from, n);
			to += n;
		} else
			dropped++;
		from += n;
	}
	b->len = to;
	return dropped;
}

enum made { MADE, MADE_NONE, MADE_AGAIN, MADE_BAD };

/* The lines from `at` on are a row's or a group's. */
static enum made
settle(struct ingest *g, size_t at)
{
	uint64_t dropped = g->seen != NULL ? drop_seen(g, at) : 0;

	g->duplicates += dropped;
	g->events += g->wrote - dropped;
	return dropped == g->wrote ? MADE_AGAIN : MADE;
}

static enum made
make(struct ingest *g)
{
	size_t i, at = g->lines.len;
	uint64_t wrote = 0;

	for (i = 0; i < g->map->nevent; i++)
		switch (event_write(&g->maker, i, &g->lines)) {
		case EVENT_BAD:
			g->lines.len = at;
			return MADE_BAD;
		case EVENT_WROTE:
			wrote++;
			break;
		case EVENT_NONE:
			break;
		}
	g->wrote = wrote;
	return wrote == 0 ? MADE_NONE : g->batch != NULL ? MADE : settle(g, at);
}

static void
count(struct ingest *g, enum made made, uint64_t rows, uint64_t bytes)
{
	if (made == MADE && g->batch != NULL)
		batch_made(g->batch, g->lines.len, g->wrote, rows, bytes);
	else if (made == MADE) {
		g->counts.written += rows;
		g->bytes.written += bytes;
	} else if (made == MADE_NONE) {
		g->counts.filtered += rows;
		g->bytes.filtered += bytes;
	} else if (made == MADE_AGAIN) {
		g->counts.duplicate += rows;
		g->bytes.duplicate += bytes;
	}
}

static void
make_gathered(struct ingest *g)
{
	const struct gathered_row *row;
	size_t size = g->size;
	enum made made;

	while ((row = gatherer_next(g->gatherer, &g->maker)) != NULL) {
		made = make(g);
		count(
		    g, made, g->maker.gathered->count, g->maker.gathered->size);
		for (; made == MADE_BAD && row != NULL; row = row->next) {
			g->size = row->size;
			ingest_bad(
			    g, &row->at, g->maker.why, row->raw, row->len);
		}
		if (g->lines.len > FLUSH)
			flush(g);
	}
	g->size = size;
}

/* A consecutive group ends where another begins. */
static void
end_group(struct ingest *g)
{
	if (!gatherer_changes(g->gatherer, &g->maker) ||
	    !g->map->group.consecutive)
		return;
	make_gathered(g);
	maker_row(&g->maker);
}

static bool
join(struct ingest *g)
{
	size_t i;

	for (i = 0; i < g->map->nlookup; i++)
		if (!table_join(g->table[i], &g->maker))
			return false;
	return true;
}

void
ingest_row(struct ingest *g, const struct place *at, const char *raw, size_t n)
{
	struct maker *k = &g->maker;
	struct place place;
	enum made made;

	g->counts.read++;
	k->ordinal = g->ordinal;
	maker_row(k);
	if (!join(g))
		made = MADE_BAD;
	else if (!maker_wants(k))
		made = MADE_NONE;
	else if (g->gatherer != NULL) {
		end_group(g);
		if (gatherer_add(g->gatherer, k, at, raw, n, g->size))
			return; /* counted when its event is made */
		made = MADE_BAD;
	} else
		made = make(g);
	if (made == MADE_BAD) {
		place = fault(g, at, raw, n);
		ingest_bad(g, &place, k->why, raw, n);
	}
	count(g, made, 1, g->size);
	if (g->lines.len > FLUSH)
		flush(g);
}

void
ingest_end_of_file(struct ingest *g)
{
	if (g->jobs != NULL)
		jobs_drain(g->jobs); /* another header may follow */
	if (g->twins != NULL)
		twins_clear(g->twins);
}

/* ---- workers ---- */

void
ingest_worker(const struct ingest *g, struct ingest *w)
{
	memset(w, 0, sizeof *w);
	w->map = g->map;
	w->table = g->table;
	w->plain_cells = g->plain_cells;
	w->only_empty = g->only_empty;
	w->plan = g->plan;
	w->slot = g->slot;
	maker_init(&w->maker, g->map);
	w->maker.key = g->maker.key;
	w->maker.keylen = g->maker.keylen;
	if (g->map->group.given)
		w->gatherer = gatherer_new(g->map);
}

void
ingest_join(struct ingest *g, struct ingest *w)
{
	g->counts.read += w->counts.read;
	g->counts.rejected += w->counts.rejected;
	g->counts.filtered += w->counts.filtered;
	g->bytes.rejected += w->bytes.rejected;
	g->bytes.filtered += w->bytes.filtered;
	g->maker.unfit += w->maker.unfit;
	g->maker.overlaps += w->maker.overlaps;
	free(w->maker.rest);
	maker_free(&w->maker);
	gatherer_free(w->gatherer);
	js_line_free(&w->line);
}

void
ingest_take(struct ingest *g, const char *lines, size_t n, uint64_t wrote,
    uint64_t rows, uint64_t bytes)
{
	size_t at = g->lines.len;

	buf_add(&g->lines, lines, n);
	g->wrote = wrote;
	count(g, settle(g, at), rows, bytes);
	if (g->lines.len > FLUSH)
		flush(g);
}

bool
ingest_key(struct ingest *g, struct text *key)
{
	maker_row(&g->maker);
	if (!join(g))
		return false;
	*key = gatherer_key(g->gatherer, &g->maker);
	return true;
}

/* ---- files ---- */

static void
read_input(struct ingest *g, struct input *in)
{
	switch (g->map->input.format) {
	case FORMAT_CSV:
	case FORMAT_TSV:
		ingest_rows(g, in);
		break;
	case FORMAT_NDJSON:
		ingest_lines(g, in);
		break;
	case FORMAT_JSON:
		ingest_values(g, in);
		break;
	}
}

void
ingest_finish(struct ingest *g)
{
	if (g->gatherer != NULL)
		make_gathered(g);
	flush(g);
}

void
ingest_files(struct ingest *g, char *const *files, int n)
{
	struct input *in = input_open(files, n, 0);

	g->jobs = jobs_new(g, filter_settings.jobs, n);
	read_input(g, in);
	if (g->jobs != NULL)
		jobs_free(g->jobs);
	g->jobs = NULL;
	ingest_finish(g);
	g->counts.bytes_in += input_bytes(in) + (uint64_t)g->widened;
	g->widened = 0;
	input_close(in);
}

/* ---- end ---- */

static bool
finish_profile(struct ingest *g)
{
	bool same = true;

	if (g->set.profile_in != NULL)
		same = profile_compare(g->profile, g->set.profile_in);
	if (g->set.profile_out != NULL)
		profile_write(g->profile, g->set.profile_out);
	return same;
}

static void
free_ingest(struct ingest *g)
{
	size_t i;

	for (i = 0; i < g->map->nlookup; i++)
		table_free(g->table[i]);
	free(g->table);
	for (i = 0; i < g->nrest; i++)
		buf_free(&g->rest[i].key);
	free(g->rest);
	free(g->maker.rest);
	free((char *)g->maker.key);
	maker_free(&g->maker);
	gatherer_free(g->gatherer);
	twins_free(g->twins);
	seen_free(g->seen);
	profile_free(g->profile);
	header_free(&g->header);
	free(g->position);
	free(g->slot);
	js_plan_free(g->plan);
	js_line_free(&g->line);
	buf_free(&g->lines);
	free(g);
}

/* Every byte of the input is a row's, or known to be none. */
static void
check_bytes(const struct ingest *g)
{
	const struct sizes *b = &g->bytes;

	if (b->written + b->rejected + b->filtered + b->duplicate + b->blank +
		b->skipped !=
	    g->counts.bytes_in)
		die("the count of bytes does not balance: read %" PRIu64
		    ", written %" PRIu64 ", rejected %" PRIu64
		    ", filtered %" PRIu64 ", duplicate %" PRIu64
		    ", blank %" PRIu64 ", skipped %" PRIu64,
		    g->counts.bytes_in, b->written, b->rejected, b->filtered,
		    b->duplicate, b->blank, b->skipped);
}

static void
add_stats(const struct ingest *g, struct buf *more)
{
	const struct sizes *b = &g->bytes;

	buf_addf(more,
	    ",\"events\":%" PRIu64 ",\"duplicate_events\":%" PRIu64
	    ",\"skipped_rows\":%" PRIu64 ",\"unfit_ids\":%" PRIu64
	    ",\"overlapping_times\":%" PRIu64,
	    g->events, g->duplicates, g->skipped, g->maker.unfit,
	    g->maker.overlaps);
	buf_addf(more,
	    ",\"bytes\":{\"written\":%" PRIu64 ",\"rejected\":%" PRIu64
	    ",\"filtered\":%" PRIu64 ",\"duplicate\":%" PRIu64
	    ",\"blank\":%" PRIu64 ",\"skipped\":%" PRIu64 "}",
	    b->written, b->rejected, b->filtered, b->duplicate, b->blank,
	    b->skipped);
	buf_byte(more, '\0');
}

int
ingest_close(struct ingest *g)
{
	struct buf more = {0};
	bool same = true;
	int status;

	add_stats(g, &more);
	check_bytes(g);
	output_flush(g->out);
	g->counts.bytes_out = output_bytes(g->out);
	if (g->profile != NULL)
		same = finish_profile(g);
	status = reject_close(g->reject, &g->counts, more.p);
	output_close(g->out);
	if (g->set.dedupe_state != NULL)
		seen_write(g->seen, g->set.dedupe_state);
	buf_free(&more);
	free_ingest(g);
	return status == OK && !same ? NO : status;
}
