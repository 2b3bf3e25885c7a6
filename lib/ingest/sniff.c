#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../err.h"
#include "../mem.h"
#include "../output.h"
#include "../preset.h"
#include "../rows.h"
#include "guess.h"
#include "header.h"
#include "sniff.h"
#include "values.h"

#define SAMPLE 1048576 /* bytes for the encoding */
#define MOST_ROWS 200000
#define MOST_CELLS 512
#define TRIAL_ROWS 400

/* ---- encoding ---- */

static size_t
read_sample(char *file, struct buf *b)
{
	struct input *in = input_open(&file, 1, 0);
	const char *name;
	size_t n;

	input_next_file(in, &name);
	do {
		buf_room(b, SAMPLE);
		n = input_read(in, b->p + b->len, SAMPLE - b->len);
		b->len += n;
	} while (n > 0 && b->len < SAMPLE);
	input_hold(in);
	input_close(in);
	js_pad(b);
	return b->len;
}

/* Up to the last newline, so that no character is cut in two. */
static size_t
whole_lines(const struct buf *b)
{
	const char *nl;

	if (b->len < SAMPLE)
		return b->len;
	nl = memrchr(b->p, '\n', b->len);
	return nl == NULL ? b->len : (size_t)(nl - b->p);
}

static bool
decodes(const char *encoding, const struct buf *b)
{
	struct recode *r = recode_open(encoding);
	struct buf out = {0};
	size_t bad;
	bool ok = recode_text(r, b->p, whole_lines(b), &out, &bad);

	buf_free(&out);
	recode_close(r);
	return ok;
}

/* Text has no zero byte; UTF-16 has one in every newline, and most of them are
 * high bytes. */
static const char *
wide(const struct buf *b)
{
	size_t i, even = 0, odd = 0, n = b->len < 4096 ? b->len : 4096;

	for (i = 0; i + 1 < n; i += 2) {
		even += b->p[i] == '\0';
		odd += b->p[i + 1] == '\0';
	}
	return odd > 2 * even ? "UTF-16LE" : even > 2 * odd ? "UTF-16BE" : NULL;
}

static void
find_encoding(const struct buf *b, struct guess_input *in)
{
	size_t len;

	in->encoding = recode_mark(b->p, b->len, &len);
	in->why_encoding = "the encoding by its mark";
	if (in->encoding != NULL)
		return;
	in->encoding = wide(b);
	in->why_encoding = "UTF-16 by its zero bytes";
	if (in->encoding != NULL)
		return;
	in->encoding = "UTF-8";
	in->why_encoding = "valid UTF-8";
	if (decodes("UTF-8", b))
		return;
	in->encoding = "GB18030";
	in->why_encoding = "not UTF-8, but valid GB18030";
	if (decodes("GB18030", b))
		return;
	in->encoding = "windows-1252";
	in->why_encoding = "neither UTF-8 nor GB18030: windows-1252 is a guess";
}

/* ---- delimiter, preamble, trailer ---- */

static struct rows *
open_rows(char **file, const struct guess_input *in, struct input **input)
{
	struct rows_settings set = {
	    .encoding = in->encoding, .delimiter = in->delimiter};
	struct rows *r;

	set.quote = in->delimiter == '\t' ? '\0' : '"';
	*input = input_open(file, 1, 0);
	r = rows_new(*input, &set);
	rows_next_file(r);
	return r;
}

/* The commonest number of cells, and how many rows have it. */
static size_t
commonest(char **file, const struct guess_input *in, uint64_t *share)
{
	uint64_t seen[MOST_CELLS] = {0};
	struct input *input;
	struct rows *r = open_rows(file, in, &input);
	struct row row;
	enum rows_got got;
	size_t i, best = 1, rows = 0;

	while (rows++ < TRIAL_ROWS && (got = rows_next(r, &row)) != ROWS_END)
		if (got == ROWS_ROW && row.ncell < MOST_CELLS)
			seen[row.ncell]++;
	for (i = 2; i < MOST_CELLS; i++)
		if (seen[i] > 0 && (best == 1 || seen[i] > seen[best]))
			best = i;
	*share = seen[best];
	rows_free(r);
	input_hold(input);
	input_close(input);
	return best;
}

static size_t
find_delimiter(char **file, struct guess_input *in)
{
	static const char tried[] = ",\t;|";
	uint64_t share, best_share = 0;
	size_t i, cells, best = 1;
	char delimiter = ',';

	for (i = 0; tried[i] != '\0'; i++) {
		in->delimiter = tried[i];
		cells = commonest(file, in, &share);
		if (cells > 1 && (share > best_share ||
				     (share == best_share && cells > best))) {
			best = cells;
			best_share = share;
			delimiter = tried[i];
		}
	}
	in->delimiter = delimiter;
	in->format = delimiter == '\t' ? "tsv" : "csv";
	return best;
}

/* ---- rows ---- */

struct reading {
	struct guess *guess;
	struct guess_input *in;
	struct header header;
	size_t cells;
	struct buf trailer;
	uint64_t rows;
	struct js_plan *plan;
	struct js_line line;
};

static void
add_row(struct reading *s, const struct row *row)
{
	size_t i;

	for (i = 0; i < row->ncell; i++)
		guess_cell(
		    s->guess, i, text_of(row->cell[i].p, row->cell[i].len));
	guess_row(s->guess);
	s->rows++;
}

/* The beginning of the first row behind the data, as a pattern. */
static void
set_trailer(struct reading *s, const struct row *row)
{
	struct text t = cell_bare(text_of(row->text, row->len));
	size_t i;

	if (row->ncell > 0)
		t = cell_bare(text_of(row->cell[0].p, row->cell[0].len));
	s->trailer.len = 0;
	buf_byte(&s->trailer, '^');
	for (i = 0; i < t.len && i < 12; i++) {
		if ((t.p[i] & 0xc0) == 0x80 || t.p[i] == '-' || t.p[i] == '_' ||
		    (unsigned char)t.p[i] >= 0x80 ||
		    (t.p[i] >= '0' && t.p[i] <= '9') ||
		    (t.p[i] >= 'A' && t.p[i] <= 'Z') ||
		    (t.p[i] >= 'a' && t.p[i] <= 'z'))
			buf_byte(&s->trailer, t.p[i]);
		else
			break;
	}
	while (i < t.len && (t.p[i] & 0xc0) == 0x80)
		buf_byte(&s->trailer, t.p[i++]);
	buf_byte(&s->trailer, '\0');
}

/* Where presets are installed; an absent one is not asked. */
static bool
is_there(const char *name)
{
	char *dir = preset_folder();
	struct buf path = {0};
	bool there;

	buf_addf(&path, "%s/%s.json", dir, name);
	buf_byte(&path, '\0');
	there = access(path.p, R_OK) == 0;
	buf_free(&path);
	free(dir);
	return there;
}

static void
find_preset(struct reading *s)
{
	static const char *const names[] = {
	    "shopify", "tmall", "youzan", "wechat-pay", "alipay"};
	struct map *m;
	char file[32];
	size_t i;

	for (i = 0; i < sizeof names / sizeof *names; i++) {
		if (!is_there(names[i]))
			continue;
		snprintf(file, sizeof file, "preset:%s", names[i]);
		m = map_read(file);
		if (header_fits(&s->header, m))
			s->in->preset = names[i];
		map_free(m);
	}
}

/* Without a header the first row is data: its cells are no names. */
static bool
is_data(struct reading *s, const struct row *row)
{
	size_t i;

	for (i = 0; i < row->ncell; i++)
		if (guess_is_data(
			s->guess, text_of(row->cell[i].p, row->cell[i].len)))
			return true;
	return false;
}

/* The one preset of files without a header is known by their many columns. */
static bool
name_columns(struct reading *s, size_t columns)
{
	struct map *m;
	const char *name;
	size_t i;

	if (!is_there("snowplow"))
		return false;
	m = map_read("preset:snowplow");
	if (m->input.ncolumn == columns) {
		for (i = 0; i < columns; i++) {
			name = m->input.column[i];
			guess_column(s->guess, text_of(name, strlen(name)));
		}
		s->in->preset = "snowplow";
	}
	map_free(m);
	return s->in->preset != NULL;
}

static void
set_columns(struct reading *s, const struct row *row)
{
	char name[32];
	size_t i, named;

	s->in->no_header = true;
	named = name_columns(s, row->ncell) ? row->ncell : 0;
	for (i = named; i < row->ncell; i++) {
		snprintf(name, sizeof name, "c%zu", i + 1);
		guess_column(s->guess, text_of(name, strlen(name)));
	}
	add_row(s, row);
}

static void
set_header(struct reading *s, const struct row *row)
{
	size_t i;
	const char *name;

	if (is_data(s, row)) {
		set_columns(s, row);
		return;
	}
	header_read(&s->header, row);
	for (i = 0; i < s->header.n; i++) {
		name = s->header.name[i];
		guess_column(s->guess, text_of(name, strlen(name)));
	}
	find_preset(s);
}

static void
read_rows(struct reading *s, struct rows *r)
{
	struct row row;
	enum rows_got got;
	size_t odd = 0;

	while ((got = rows_next(r, &row)) != ROWS_END && s->rows < MOST_ROWS) {
		if (got != ROWS_ROW)
			continue;
		if (s->header.n == 0 && !s->in->no_header) {
			if (row.ncell != s->cells) {
				s->in->preamble++;
				continue;
			}
			set_header(s, &row);
		} else if (row.ncell == s->cells) {
			add_row(s, &row);
			odd = 0;
		} else if (odd++ == 0)
			set_trailer(s, &row);
	}
	s->in->cut = got != ROWS_END;
	if (odd > 0 && !s->in->cut && s->trailer.len > 2)
		s->in->trailer = s->trailer.p;
}

static void
sniff_rows(char **file, struct reading *s)
{
	struct input *input;
	struct rows *r;

	s->cells = find_delimiter(file, s->in);
	r = open_rows(file, s->in, &input);
	read_rows(s, r);
	rows_free(r);
	input_hold(input);
	input_close(input);
	header_free(&s->header);
}

/* ---- JSON ---- */

static void
add_object(struct guess *g, struct js_val object, const char *prefix, int depth)
{
	struct js_iter it = js_iterate(object);
	struct js_val key, value;
	struct buf name = {0}, scratch = {0};
	struct text t;

	while (js_next(&it, &key, &value)) {
		name.len = scratch.len = 0;
		buf_adds(&name, prefix);
		t.p = js_text(key, &scratch, &t.len);
		buf_add(&name, t.p, t.len);
		if (value.type == JS_OBJECT && depth < 3) {
			buf_adds(&name, ".");
			buf_byte(&name, '\0');
			add_object(g, value, name.p, depth + 1);
		} else if (value.type > JS_NULL && value.type < JS_ARRAY) {
			scratch.len = 0;
			t.p = js_text(value, &scratch, &t.len);
			guess_cell(
			    g, guess_column(g, text_of(name.p, name.len)), t);
		}
	}
	buf_free(&name);
	buf_free(&scratch);
}

/* False: enough was seen. */
static bool
one_value(void *arg, const struct place *at, const char *p, size_t n,
    size_t size, const char *why)
{
	struct reading *s = arg;
	struct js_val object = {.type = JS_OBJECT};
	struct js_error e;

	(void)at;
	(void)size;
	if (why != NULL || !js_scan(s->plan, p, n, &s->line, &e))
		return true;
	object.p = memchr(p, '{', n);
	object.len = s->line.close + 1 - (uint32_t)(object.p - p);
	add_object(s->guess, object, "", 0);
	guess_row(s->guess);
	return ++s->rows < MOST_ROWS;
}

static void
sniff_objects(char **file, struct reading *s)
{
	struct values to = {.object = one_value, .arg = s};
	struct input *input;
	struct rows *r;
	struct row row;
	enum rows_got got;

	s->plan = js_plan_new();
	s->in->delimiter = ',';
	r = open_rows(file, s->in, &input);
	if (strcmp(s->in->format, "json") == 0)
		values_read(&to, r);
	else
		while ((got = rows_line(r, &row)) != ROWS_END)
			if (got == ROWS_ROW && !one_value(s, &row.at, row.text,
						   row.len, row.size, NULL))
				break;
	s->in->cut = s->rows == MOST_ROWS;
	rows_free(r);
	input_hold(input);
	input_close(input);
	js_line_free(&s->line);
	js_plan_free(s->plan);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' ||
	       c == '\0'; /* of a wide character */
}

/* The next byte that is not blank, from p on; '\0': none. */
static char
next_byte(const char *p, const char *end)
{
	while (p < end && is_blank(*p))
		p++;
	return p < end ? *p : '\0';
}

/* A first line that is an object of its own is NDJSON; [name],[phone] is a
 * header as some databases write it. */
static const char *
json_format(const struct buf *b)
{
	const char *p = b->p, *end = b->p + b->len, *nl;
	struct js_error e;
	struct buf line = {0};
	size_t mark;
	bool whole;
	char c;

	recode_mark(p, b->len, &mark);
	p += mark;
	while (p < end && is_blank(*p))
		p++;
	if (p == end || (*p != '{' && *p != '['))
		return NULL;
	nl = memchr(p, '\n', (size_t)(end - p));
	if (*p == '[') {
		c = next_byte(p + 1, end);
		return c == '{' || c == ']' ? "json" : NULL;
	}
	buf_add(&line, p, (size_t)((nl != NULL ? nl : end) - p));
	js_pad(&line);
	whole = js_valid(line.p, line.len, &e);
	buf_free(&line);
	return whole ? "ndjson" : "json";
}

int
sniff_files(char *const *files, int n, const char *output)
{
	struct guess_input in = {0};
	struct reading s = {.in = &in};
	struct buf sample = {0}, map = {0};
	char *file;

	if (n == 0 || strcmp(files[0], "-") == 0)
		usage_error("--sniff reads a file more than once: name it");
	file = files[0];
	s.guess = guess_new();
	if (read_sample(file, &sample) == 0)
		die("%s: the file is empty", file);
	find_encoding(&sample, &in);
	in.format = json_format(&sample);
	if (in.format == NULL)
		sniff_rows(&file, &s);
	else
		sniff_objects(&file, &s);
	guess_map(s.guess, &in, &map);
	output_text(output, false, &map);
	guess_free(s.guess);
	buf_free(&s.trailer);
	buf_free(&sample);
	return OK;
}
