#include <stdlib.h>
#include <string.h>

#include "run.h"

#define PREAMBLE_MOST 200

/* ---- CSV and TSV ---- */

static bool
is_null(const struct ingest *g, struct text t)
{
	const struct map_input *in = &g->map->input;
	size_t i;

	if (g->only_empty)
		return t.len == 0;
	for (i = 0; i < in->nnull; i++)
		if (strlen(in->null[i]) == t.len &&
		    memcmp(in->null[i], t.p, t.len) == 0)
			return true;
	return false;
}

static struct text
cleaned(const struct ingest *g, const struct js_val *cell)
{
	struct text t = text_of(cell->p, cell->len);

	if (g->plain_cells)
		return t;
	return g->map->input.unmangle ? cell_bare(t) : cell_trim(t);
}

static void
set_fields(struct ingest *g, const struct row *row)
{
	const struct map *m = g->map;
	struct js_val *to = g->maker.cell;
	struct text t;
	size_t i;

	for (i = 0; i < m->nfield; i++) {
		if (m->field[i].lookup >= 0)
			continue;
		to[i].type = JS_MISSING;
		if (g->position[i] < 0)
			continue;
		t = cleaned(g, &row->cell[g->position[i]]);
		if (!is_null(g, t))
			to[i] = js_text_val(t.p, t.len);
	}
}

static void
set_rest(struct ingest *g, const struct row *row)
{
	struct text t;
	size_t i;

	for (i = 0; i < g->nrest; i++) {
		t = cleaned(g, &row->cell[g->rest[i].position]);
		g->maker.rest[i].value = js_text_val(t.p, t.len);
		if (is_null(g, t))
			g->maker.rest[i].value.type = JS_MISSING;
	}
}

/* Which of the file's rows with these cells it is; U+001F as in the hash of
 * event.c. */
static uint64_t
ordinal_of(struct ingest *g, const struct row *row)
{
	struct buf *b = &g->maker.sum;
	size_t i;

	if (g->twins == NULL || row->ncell != g->header.n)
		return 0;
	b->len = 0;
	for (i = 0; i < row->ncell; i++) {
		if (i > 0)
			buf_byte(b, '\x1f');
		buf_add(b, row->cell[i].p, row->cell[i].len);
	}
	return twins_add(g->twins, b->p, b->len);
}

bool
ingest_cells_key(struct ingest *g, const struct row *row, struct text *key)
{
	if (row->ncell != g->header.n)
		return false;
	set_fields(g, row);
	return ingest_key(g, key);
}

void
ingest_cells(struct ingest *g, struct row *row)
{
	g->size = row->size;
	if (g->jobs != NULL) {
		if (g->profile != NULL && row->ncell == g->header.n)
			profile_row(g->profile, row->cell, row->ncell);
		jobs_cells(g->jobs, row, ordinal_of(g, row));
		return;
	}
	if (row->ncell != g->header.n) {
		g->counts.read++;
		ingest_bad(g, &row->at,
		    row->ncell < g->header.n ? "too few cells"
					     : "too many cells",
		    row->text, row->len);
		return;
	}
	if (g->profile != NULL)
		profile_row(g->profile, row->cell, row->ncell);
	g->maker.whole = row->cell;
	g->maker.nwhole = row->ncell;
	set_fields(g, row);
	if (g->nrest > 0)
		set_rest(g, row);
	ingest_row(g, &row->at, row->text, row->len);
}

static bool
is_named(const struct ingest *g, size_t column)
{
	const struct map *m = g->map;
	size_t i;

	for (i = 0; i < m->nfield; i++)
		if (m->field[i].lookup < 0 && g->position[i] == (int)column)
			return true;
	return false;
}

/* Columns that the map does not name, where it wants them. */
static void
bind_rest(struct ingest *g)
{
	struct rest *r;
	size_t i;

	while (g->nrest > 0)
		buf_free(&g->rest[--g->nrest].key);
	for (i = 0; i < g->header.n; i++) {
		if (is_named(g, i))
			continue;
		g->rest = mem_grow(
		    g->rest, &g->restcap, g->nrest + 1, sizeof *g->rest);
		r = &g->rest[g->nrest++];
		memset(r, 0, sizeof *r);
		r->position = (int)i;
		buf_jsons(&r->key, g->header.name[i]);
		buf_byte(&r->key, ':');
	}
	free(g->maker.rest);
	g->maker.nrest = g->nrest;
	g->maker.rest = mem_alloc(g->nrest + 1, sizeof *g->maker.rest);
	for (i = 0; i < g->nrest; i++)
		g->maker.rest[i].key =
		    text_of(g->rest[i].key.p, g->rest[i].key.len);
}

void
ingest_header(struct ingest *g, const char *file)
{
	header_bind(&g->header, g->map, -1, file, g->position);
	if (g->map->rest != NULL)
		bind_rest(g);
	if (g->profile != NULL)
		profile_columns(g->profile, g->header.name, g->header.n);
}

static bool
same_names(const struct ingest *g, const struct row *row)
{
	struct header h = {0};
	bool same;

	header_read(&h, row);
	same = header_fits(&h, g->map);
	header_free(&h);
	return same;
}

/* A line that is no data, or a blank one. */
static void
skip(struct ingest *g, const struct row *row, enum rows_got got)
{
	if (got == ROWS_BLANK) {
		g->counts.blank++;
		g->bytes.blank += row->size;
	} else {
		g->skipped++;
		g->bytes.skipped += row->size;
	}
}

static void
refuse_json(const struct row *row)
{
	char c = row->rawlen > 0 ? row->raw[0] : '\0';

	if (c == '{' || (c == '[' && (row->rawlen == 1 ||
					 memchr(row->raw, '{', row->rawlen))))
		die_at(&row->at,
		    "no header but JSON: the map's \"input\" needs \"format\": "
		    "\"%s\"",
		    c == '{' ? "ndjson" : "json");
}

static _Noreturn void
bad_header(const struct row *row)
{
	refuse_json(row);
	if (row->text == NULL)
		die_at(&row->at,
		    "the header: %s; the map's \"input\" may name another "
		    "\"encoding\"",
		    row->why);
	die_at(&row->at, "the header: %s", row->why);
}

/* Skips the preamble and reads the header; false: the file is empty. */
static bool
find_header(struct ingest *g, struct rows *r)
{
	const struct map_input *in = &g->map->input;
	struct row row;
	enum rows_got got;
	int64_t n = in->preamble;
	const char *file = "";

	for (; n > 0; n--, skip(g, &row, ROWS_ROW))
		if (rows_next(r, &row) == ROWS_END)
			return false;
	if (in->column != NULL)
		header_names(&g->header, in->column, in->ncolumn);
	if (!in->header)
		return true;
	while ((got = rows_next(r, &row)) == ROWS_BLANK ||
	       (n == -1 && got != ROWS_END && g->skipped < PREAMBLE_MOST &&
		   !(got == ROWS_ROW && same_names(g, &row))))
		skip(g, &row, got);
	if (got == ROWS_END)
		return false;
	g->bytes.skipped += row.size;
	file = row.at.file;
	if (got == ROWS_BAD)
		bad_header(&row);
	if (in->column == NULL)
		header_read(&g->header, &row);
	if (!header_fits(&g->header, g->map))
		refuse_json(&row);
	ingest_header(g, file);
	return true;
}

static bool
is_trailer(struct ingest *g, struct pattern_run *run, const struct row *row)
{
	struct text t;

	if (g->map->input.trailer == NULL || row->ncell == 0)
		return false;
	t = cell_bare(text_of(row->cell[0].p, row->cell[0].len));
	return pattern_match(g->map->input.trailer, run, t.p, t.len) ==
	       PATTERN_YES;
}

/* A last row without newline that is not whole is a file cut off. */
static void
check_cut(const struct ingest *g, const struct row *row, enum rows_got got)
{
	if (!row->unfinished)
		return;
	if (g->jobs != NULL)
		jobs_drain(g->jobs);
	if (got == ROWS_BAD)
		die_at(&row->at, "the file ends in the middle of a row: %s",
		    row->why);
	if (got == ROWS_ROW && row->ncell < g->header.n)
		die_at(&row->at,
		    "the file ends in the middle of a row: %zu cells, "
		    "expected %zu",
		    row->ncell, g->header.n);
}

static void
read_rows(struct ingest *g, struct rows *r, struct pattern_run *run)
{
	struct row row;
	enum rows_got got;
	bool trailer = false;

	while ((got = rows_next(r, &row)) != ROWS_END) {
		if (got == ROWS_ROW && !trailer)
			trailer = is_trailer(g, run, &row);
		if (got == ROWS_BLANK || trailer)
			skip(g, &row, got);
		else {
			check_cut(g, &row, got);
			if (got == ROWS_ROW) {
				ingest_cells(g, &row);
				continue;
			}
			g->counts.read++;
			g->size = row.size;
			ingest_bad(g, &row.at, row.why,
			    row.text != NULL ? row.text : row.raw,
			    row.text != NULL ? row.len : row.rawlen);
		}
	}
}

struct rows_settings
ingest_rows_settings(const struct ingest *g)
{
	struct rows_settings set = {.encoding = g->map->input.encoding,
	    .delimiter = g->map->input.delimiter,
	    .quote = g->map->input.quote,
	    .max_line = reject_settings.max_line};

	return set;
}

void
ingest_rows(struct ingest *g, struct input *in)
{
	struct rows_settings set = ingest_rows_settings(g);
	struct rows *r = rows_new(in, &set);
	struct pattern_run *run = pattern_run_new();

	while (rows_next_file(r)) {
		g->bytes.skipped += rows_mark(r);
		if (find_header(g, r)) {
			if (!g->map->input.header)
				ingest_header(g, "the map");
			read_rows(g, r, run);
		}
		ingest_end_of_file(g);
	}
	pattern_run_free(run);
	rows_free(r);
}

void
ingest_header_only(struct ingest *g, struct input *in)
{
	struct rows_settings set = ingest_rows_settings(g);
	struct rows *r = rows_new(in, &set);

	struct sizes bytes = g->bytes;
	uint64_t skipped = g->skipped, blank = g->counts.blank;

	if (!rows_next_file(r) || !find_header(g, r))
		die("%s: no header", rows_file(r));
	g->bytes = bytes; /* the file itself is not read */
	g->skipped = skipped;
	g->counts.blank = blank;
	rows_free(r);
}

/* ---- JSON ---- */

/* a.b.0.c: names, and digits for the places of an array. */
static int
steps(const char *name, struct js_step *step, int max)
{
	int n = js_steps(name, step, max), i;
	size_t k;

	for (i = 0; i < n; i++) {
		for (k = 0; k < step[i].len && step[i].key[k] >= '0' &&
			    step[i].key[k] <= '9';
		     k++)
			;
		if (k == 0 || k < step[i].len)
			continue;
		step[i].index = strtoul(step[i].key, NULL, 10);
		step[i].key = NULL;
	}
	return n;
}

/* Of JSON, the columns that the map names. */
static void
profile_fields(struct ingest *g)
{
	char **name = mem_alloc(g->map->nfield + 1, sizeof *name);
	size_t i;

	for (i = 0; i < g->map->nfield; i++)
		name[i] = g->map->field[i].name;
	profile_columns(g->profile, name, g->map->nfield);
	free(name);
}

void
ingest_plan(struct ingest *g)
{
	const struct map *m = g->map;
	struct js_step step[32];
	size_t i;

	g->plan = js_plan_new();
	g->slot = mem_alloc(m->nfield + 1, sizeof *g->slot);
	for (i = 0; i < m->nfield; i++)
		if (m->field[i].lookup < 0)
			g->slot[i] = js_plan_field(
			    g->plan, step, steps(m->field[i].name, step, 32));
	if (g->profile != NULL && m->input.format >= FORMAT_JSON)
		profile_fields(g);
}

static void
set_slots(struct ingest *g)
{
	const struct map *m = g->map;
	size_t i;

	/* rows that are gathered are of other lines too */
	g->maker.compact = g->gatherer == NULL && js_line_compact(&g->line);
	for (i = 0; i < m->nfield; i++) {
		if (m->field[i].lookup >= 0)
			continue;
		g->maker.cell[i] = g->line.slot[g->slot[i]];
		if (g->maker.cell[i].type == JS_NULL)
			g->maker.cell[i].type = JS_MISSING;
	}
}

static bool
check_record(struct ingest *g, const char *p, size_t n, struct js_error *e)
{
	const char *again;
	size_t len;

	if (!js_scan(g->plan, p, n, &g->line, e))
		return false;
	again = js_line_duplicate(&g->line, &len);
	if (again == NULL)
		return true;
	e->at = (size_t)(again - p);
	e->why = "duplicate key";
	return false;
}

bool
ingest_record_key(struct ingest *g, const char *p, size_t n, struct text *key)
{
	struct js_error e;

	if (!check_record(g, p, n, &e))
		return false;
	set_slots(g);
	return ingest_key(g, key);
}

void
ingest_record(struct ingest *g, const struct place *at, const char *p, size_t n,
    size_t size)
{
	struct js_val whole = js_text_val(p, n);
	struct place place = *at;
	struct js_error e;

	g->size = size;
	if (g->jobs != NULL) {
		jobs_record(g->jobs, at, p, n, size,
		    g->twins != NULL ? twins_add(g->twins, p, n) : 0);
		return;
	}
	if (!check_record(g, p, n, &e)) {
		place.col = e.at + 1;
		g->counts.read++;
		ingest_bad(g, &place, e.why, p, n);
		return;
	}
	g->maker.whole = &whole;
	g->maker.nwhole = 1;
	set_slots(g);
	if (g->profile != NULL)
		profile_row(g->profile, g->maker.cell, g->map->nfield);
	ingest_row(g, at, p, n);
}

static bool
is_blank(const struct row *row, enum rows_got got)
{
	return got == ROWS_ROW &&
	       cell_trim(text_of(row->text, row->len)).len == 0;
}

void
ingest_lines(struct ingest *g, struct input *in)
{
	struct rows_settings set = ingest_rows_settings(g);
	struct rows *r = rows_new(in, &set);
	struct js_error e;
	struct row row;
	enum rows_got got;

	while (rows_next_file(r)) {
		g->bytes.skipped += rows_mark(r);
		while ((got = rows_line(r, &row)) != ROWS_END) {
			if (got == ROWS_BLANK || is_blank(&row, got)) {
				skip(g, &row, ROWS_BLANK);
				continue;
			}
			if (got == ROWS_BAD) {
				g->counts.read++;
				g->size = row.size;
				ingest_bad(
				    g, &row.at, row.why, row.raw, row.rawlen);
				continue;
			}
			if (row.unfinished && g->jobs != NULL)
				jobs_drain(g->jobs);
			if (row.unfinished && !js_valid(row.text, row.len, &e))
				die_at(&row.at, "the file ends in the middle "
						"of a line");
			ingest_record(g, &row.at, row.text, row.len, row.size);
		}
		ingest_end_of_file(g);
	}
	rows_free(r);
}

static bool
one_value(void *arg, const struct place *at, const char *p, size_t n,
    size_t size, const char *why)
{
	struct ingest *g = arg;

	g->utf8 += size;
	g->size = size;
	if (why == NULL)
		ingest_record(g, at, p, n, size);
	else {
		g->counts.read++;
		ingest_bad(g, at, why, p, n);
	}
	return true;
}

static void
between(void *arg, size_t n)
{
	struct ingest *g = arg;

	g->utf8 += n;
	g->bytes.skipped += n;
}

/* Where a file is UTF-8 it was taken as it is. */
void
ingest_values(struct ingest *g, struct input *in)
{
	struct rows_settings set = ingest_rows_settings(g);
	struct rows *r = rows_new(in, &set);
	struct values to = {set.max_line, one_value, between, g};
	uint64_t before = 0;

	while (rows_next_file(r)) {
		g->bytes.skipped += rows_mark(r);
		g->utf8 = rows_mark(r);
		values_read(&to, r);
		g->widened += (int64_t)(g->utf8 - (input_bytes(in) - before));
		before = input_bytes(in);
		ingest_end_of_file(g);
	}
	rows_free(r);
}
