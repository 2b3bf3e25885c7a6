#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

/*
 * Records of a --rejects file, mended by hand: raw is UTF-8, raw_base64 the
 * bytes of the export's encoding.  A row's header is the map's, else it is
 * read from the file that the record names.
 */
enum { FILE_NAME, LINE, RAW, PACKED, FIELDS };

struct mender {
	struct ingest *ingest;
	struct js_plan *plan;
	struct js_line line;
	int slot[FIELDS];
	struct rows *rows; /* splits; reads no file */
	struct recode *recode;
	char *header_of; /* the file whose header stands */
	struct buf scratch, bytes, text;
};

static void
read_header(struct mender *m, const struct place *at, char *file)
{
	struct ingest *g = m->ingest;
	struct input *in;

	if (m->header_of != NULL && strcmp(m->header_of, file) == 0)
		return;
	free(m->header_of);
	m->header_of = mem_text(file, strlen(file));
	if (g->map->input.column != NULL) {
		header_names(
		    &g->header, g->map->input.column, g->map->input.ncolumn);
		ingest_header(g, "the map");
		return;
	}
	if (*file == '\0' || *file == '<')
		die_at(at, "the header is not known: name the \"columns\" in "
			   "the map");
	in = input_open(&file, 1, 0);
	ingest_header_only(g, in);
	input_close(in);
}

static bool
unpack(struct mender *m, struct js_val packed)
{
	size_t n, pad = 0, bad;
	const char *p = js_text(packed, &m->scratch, &n);
	int got;

	m->bytes.len = 0;
	buf_room(&m->bytes, n + 4);
	got = EVP_DecodeBlock(
	    (unsigned char *)m->bytes.p, (const unsigned char *)p, (int)n);
	if (got < 0)
		return false;
	while (pad < 2 && pad < n && p[n - 1 - pad] == '=')
		pad++;
	return recode_text(
	    m->recode, m->bytes.p, (size_t)got - pad, &m->text, &bad);
}

/* The record's text, padded for the scanner. */
static bool
set_text(struct mender *m, const struct place *at)
{
	const struct js_val *slot = m->line.slot;
	const char *p;
	size_t n;

	m->scratch.len = m->text.len = 0;
	if (slot[m->slot[RAW]].type == JS_STRING) {
		p = js_text(slot[m->slot[RAW]], &m->scratch, &n);
		buf_add(&m->text, p, n);
	} else if (slot[m->slot[PACKED]].type != JS_STRING)
		die_at(at, "expected a text \"raw\" or \"raw_base64\"");
	else if (!unpack(m, slot[m->slot[PACKED]])) {
		m->ingest->counts.read++;
		m->ingest->size = m->bytes.len;
		ingest_bad(m->ingest, at, "not of the encoding", m->bytes.p,
		    m->bytes.len);
		return false;
	}
	js_pad(&m->text);
	return true;
}

static void
one(struct mender *m, const struct input_line *line)
{
	struct ingest *g = m->ingest;
	struct row row = {.at = line->at};
	struct js_val file;
	char *name;
	const char *p;
	size_t n;

	if (!set_text(m, &line->at)) {
		g->counts.bytes_in += m->bytes.len;
		return;
	}
	g->counts.bytes_in += m->text.len;
	if (g->map->input.format >= FORMAT_JSON) {
		ingest_record(
		    g, &line->at, m->text.p, m->text.len, m->text.len);
		return;
	}
	file = m->line.slot[m->slot[FILE_NAME]];
	m->scratch.len = 0;
	p = file.type == JS_STRING ? js_text(file, &m->scratch, &n) : "";
	name = mem_text(p, file.type == JS_STRING ? n : 0);
	read_header(m, &line->at, name);
	free(name);
	row.text = m->text.p;
	row.len = row.size = m->text.len;
	if (rows_cells(m->rows, &row) == ROWS_ROW) {
		ingest_cells(g, &row);
		return;
	}
	g->counts.read++;
	g->size = row.size;
	ingest_bad(g, &row.at, row.why, row.text, row.len);
}

static void
plan(struct mender *m)
{
	static const char *const names[] = {
	    "file", "line", "raw", "raw_base64"};
	struct js_step step;
	int i;

	m->plan = js_plan_new();
	for (i = 0; i < FIELDS; i++) {
		step = (struct js_step){names[i], strlen(names[i]), 0};
		m->slot[i] = js_plan_field(m->plan, &step, 1);
	}
}

void
ingest_rejects(struct ingest *g, const char *file)
{
	struct mender m = {.ingest = g};
	char *name = mem_text(file, strlen(file));
	struct input *in = input_open(&name, 1, 0);
	struct rows_settings set = ingest_rows_settings(g);
	struct input_line line;
	struct js_error e;

	plan(&m);
	m.rows = rows_new(NULL, &set);
	m.recode = recode_open(set.encoding ? set.encoding : "UTF-8");
	if (m.recode == NULL)
		die("the encoding %s is not known here", set.encoding);
	while (input_line(in, &line)) {
		if (!js_scan(m.plan, line.p, line.len, &m.line, &e)) {
			line.at.col = e.at + 1;
			die_at(&line.at, "%s", e.why);
		}
		one(&m, &line);
	}
	input_close(in);
	ingest_finish(g);
	rows_free(m.rows);
	recode_close(m.recode);
	js_plan_free(m.plan);
	js_line_free(&m.line);
	free(m.header_of);
	buf_free(&m.scratch);
	buf_free(&m.bytes);
	buf_free(&m.text);
	free(name);
}
