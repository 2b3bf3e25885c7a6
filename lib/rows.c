#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "err.h"
#include "mem.h"
#include "rows_room.h"

#define BLOCK 262144
#define LONGEST_QUOTE 1048576

static int
never(unsigned char c)
{
	(void)c;
	return 0;
}

/* No blank is trimmed, and a row is handed over whole, its quotes followed
 * already: nothing ends it but csv_fini.  (CSV_STRICT would refuse a quote
 * inside a cell that is not quoted.) */
static void
ready_csv(struct rows *r)
{
	if (r->csv_ready)
		csv_free(&r->csv);
	if (csv_init(&r->csv, 0) != 0)
		die("out of memory");
	csv_set_delim(&r->csv, (unsigned char)r->set.delimiter);
	csv_set_quote(&r->csv, (unsigned char)r->set.quote);
	csv_set_space_func(&r->csv, never);
	csv_set_term_func(&r->csv, never);
	r->csv_ready = true;
}

struct rows *
rows_new(struct input *in, const struct rows_settings *set)
{
	struct rows *r = mem_alloc(1, sizeof *r);

	r->in = in;
	r->set = *set;
	r->cap = BLOCK;
	r->p = mem_alloc(r->cap + JS_PAD, 1);
	ready_csv(r);
	return r;
}

void
rows_free(struct rows *r)
{
	if (r == NULL)
		return;
	csv_free(&r->csv);
	recode_close(r->recode);
	buf_free(&r->text);
	buf_free(&r->cells);
	free(r->cell);
	free(r->p);
	free(r);
}

/* More bytes behind `to`; what lies before `keep` may go. */
bool
rows_fill(struct rows *r, size_t *keep)
{
	size_t n;

	if (r->ended)
		return false;
	if (*keep > 0) {
		memmove(r->p, r->p + *keep, r->to - *keep);
		r->to -= *keep;
		r->from -= *keep;
		*keep = 0;
	}
	if (r->cap - r->to < BLOCK / 2) {
		r->cap *= 2;
		r->p = mem_resize(r->p, r->cap + JS_PAD, 1);
	}
	n = input_read(r->in, r->p + r->to, r->cap - r->to);
	r->to += n;
	memset(r->p + r->to, '\n', JS_PAD);
	r->ended = n == 0;
	return n > 0;
}

bool
rows_next_file(struct rows *r)
{
	const char *marked;
	size_t len, keep = 0;

	if (!input_next_file(r->in, &r->file))
		return false;
	r->from = r->to = 0;
	r->ended = false;
	r->line = 0;
	while (r->to < 4 && rows_fill(r, &keep))
		;
	marked = recode_mark(r->p, r->to, &len);
	r->from = r->mark = len;
	r->text.len = r->taken = 0;
	r->encoding = marked            ? marked
		      : r->set.encoding ? r->set.encoding
					: "UTF-8";
	recode_close(r->recode);
	r->recode = recode_open(r->encoding);
	if (r->recode == NULL)
		die("%s: the encoding %s is not known here", r->file,
		    err_quote(r->encoding, strlen(r->encoding)));
	r->unit = recode_unit(r->recode);
	return true;
}

const char *
rows_file(const struct rows *r)
{
	return r->file;
}

size_t
rows_mark(const struct rows *r)
{
	return r->mark;
}

/* A line in the buffer: [from, end), and where the next one begins. */
struct line {
	size_t from, end, next;
	bool unfinished;
};

static bool
find_newline(const struct rows *r, size_t from, size_t *at)
{
	size_t high = r->unit == RECODE_WIDE_LITTLE, i;
	const char *nl;

	if (r->unit == RECODE_BYTE) {
		nl = memchr(r->p + from, '\n', r->to - from);
		if (nl == NULL)
			return false;
		*at = (size_t)(nl - r->p);
		return true;
	}
	for (i = from; r->to - i >= 2; i += 2)
		if (r->p[i + high] == '\0' && r->p[i + 1 - high] == '\n') {
			*at = i;
			return true;
		}
	return false;
}

static bool
is_return(const struct rows *r, size_t at)
{
	size_t high = r->unit == RECODE_WIDE_LITTLE;

	if (r->unit == RECODE_BYTE)
		return r->p[at] == '\r';
	return r->p[at + high] == '\0' && r->p[at + 1 - high] == '\r';
}

/* The line at `from`; *keep is moved along with the buffer. */
static bool
get_line(struct rows *r, size_t from, size_t *keep, struct line *l)
{
	size_t seen = from, end, moved;
	bool more;

	while (!find_newline(r, seen, &end)) {
		seen = r->to - (r->to - from) % rows_width(r);
		moved = *keep;
		more = rows_fill(r, keep);
		from -= moved - *keep;
		seen -= moved - *keep;
		if (!more) {
			l->from = from;
			l->end = l->next = r->to;
			l->unfinished = true;
			return r->to > from;
		}
	}
	l->from = from;
	l->next = end + rows_width(r);
	l->unfinished = false;
	if (end >= from + rows_width(r) && is_return(r, end - rows_width(r)))
		end -= rows_width(r);
	l->end = end;
	return true;
}

/* [from, end) of the buffer as the row's text. */
static bool
decode(struct rows *r, size_t from, size_t end, struct row *row)
{
	size_t bad;

	row->raw = r->p + from;
	row->rawlen = end - from;
	row->text = NULL;
	row->why = "not of the encoding";
	if (recode_plain(r->recode)) {
		row->why = "invalid UTF-8";
		row->at.col = 0;
		if (!recode_valid(row->raw, row->rawlen, &bad)) {
			row->at.col = bad + 1;
			return false;
		}
		row->text = row->raw;
		row->len = row->rawlen;
		return true;
	}
	r->text.len = 0;
	if (!recode_text(r->recode, row->raw, row->rawlen, &r->text, &bad)) {
		row->at.col = bad + 1;
		return false;
	}
	js_pad(&r->text);
	row->text = r->text.p;
	row->len = r->text.len;
	return true;
}

static enum rows_got
first_line(struct rows *r, struct row *row, struct line *l)
{
	memset(row, 0, sizeof *row);
	row->at.file = r->file;
	row->at.line = r->line + 1;
	if (!get_line(r, r->from, &r->from, l))
		return ROWS_END;
	row->unfinished = l->unfinished;
	row->size = l->next - l->from;
	return l->end == l->from ? ROWS_BLANK : ROWS_ROW;
}

static enum rows_got
too_long(struct row *row)
{
	row->why = "line too long";
	row->rawlen = row->rawlen < 65536 ? row->rawlen : 65536;
	return ROWS_BAD;
}

enum rows_got
rows_line(struct rows *r, struct row *row)
{
	struct line l;
	enum rows_got got = first_line(r, row, &l);

	if (got == ROWS_END)
		return got;
	if (got == ROWS_ROW && recode_plain(r->recode)) {
		row->text = row->raw = r->p + l.from;
		row->len = row->rawlen = l.end - l.from;
		r->p[l.end] = '\n';
	} else if (got == ROWS_ROW && !decode(r, l.from, l.end, row))
		got = ROWS_BAD;
	r->from = l.next;
	r->line++;
	if (r->set.max_line > 0 && row->rawlen > r->set.max_line)
		return too_long(row);
	return got;
}

/* ---- cells ---- */

static void
add_cell(struct rows *r, const char *p, size_t n)
{
	if (r->ncell == r->cellcap)
		r->cell = mem_grow(
		    r->cell, &r->cellcap, r->ncell + 1, sizeof *r->cell);
	r->cell[r->ncell].p = p;
	r->cell[r->ncell].len = (uint32_t)n;
	r->cell[r->ncell].type = JS_TEXT;
	r->cell[r->ncell++].escaped = 0;
}

enum { HAS_QUOTE = 1, HAS_WIDE = 2 }; /* what a row's bytes hold */

/* A row without quotes is its cells between delimiters; libcsv would copy it
 * a byte at a time to say the same.  The one pass tells whether it is one. */
static int
split(struct rows *r, const char *p, size_t n)
{
	const char *end = p + n, *cell = p;
	int holds = 0;

#ifdef __SSE2__
	const __m128i delimiter = _mm_set1_epi8(r->set.delimiter);
	const __m128i quote = _mm_set1_epi8(r->set.quote);
	unsigned quotes = 0, wide = 0;

	for (; p < end; p += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)p);
		unsigned few = end - p < 16 ? (1u << (end - p)) - 1 : 0xffff;
		unsigned hits =
		    (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v, delimiter));

		quotes |=
		    (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v, quote)) & few;
		wide |= (unsigned)_mm_movemask_epi8(v) & few;
		for (hits &= few; hits != 0; hits &= hits - 1) {
			const char *at = p + __builtin_ctz(hits);

			add_cell(r, cell, (size_t)(at - cell));
			cell = at + 1;
		}
	}
	holds = (quotes != 0 && r->set.quote != 0 ? HAS_QUOTE : 0) |
		(wide != 0 ? HAS_WIDE : 0);
#else
	holds = HAS_WIDE;
	if (r->set.quote != 0 && memchr(p, r->set.quote, n) != NULL)
		holds |= HAS_QUOTE;
	while ((p = memchr(cell, r->set.delimiter, (size_t)(end - cell))) !=
	       NULL) {
		add_cell(r, cell, (size_t)(p - cell));
		cell = p + 1;
	}
#endif
	add_cell(r, cell, (size_t)(end - cell));
	return holds;
}

static void
got_cell(void *p, size_t n, void *arg)
{
	struct rows *r = arg;
	char *to = r->cells.p + r->cells.len;

	if (n > 0)
		memcpy(to, p, n);
	r->cells.len += n;
	add_cell(r, to, n);
}

static void
got_row(int c, void *arg)
{
	(void)c;
	(void)arg;
}

/* The cells of a row are never longer than its text, so they do not move. */
static void
unquote(struct rows *r, const char *p, size_t n)
{
	r->cells.len = 0;
	buf_room(&r->cells, n + JS_PAD);
	if (csv_parse(&r->csv, p, n, got_cell, got_row, r) != n ||
	    csv_fini(&r->csv, got_cell, got_row, r) != 0)
		die("out of memory");
}

static enum rows_got
split_row(struct rows *r, struct row *row)
{
	r->ncell = 0;
	if ((split(r, row->text, row->len) & HAS_QUOTE) != 0) {
		r->ncell = 0;
		unquote(r, row->text, row->len);
	}
	row->cell = r->cell;
	row->ncell = r->ncell;
	return ROWS_ROW;
}

/* How far the quotes of a row are followed: `at` is where a cell begins, or
 * inside a quoted one. */
struct quotes {
	size_t at;
	bool inside;
};

enum closed { CLOSED, OPEN, WRONG };

/* A quote opens a cell as its first character and closes it before a delimiter
 * or the end; two of them inside are one.  Anywhere else it is data. */
static enum closed
follow(const struct rows *r, const char *p, size_t n, struct quotes *q)
{
	const char *hit;

	for (;;) {
		if (!q->inside && q->at < n && p[q->at] == r->set.quote) {
			q->inside = true;
			q->at++;
		}
		hit = memchr(p + q->at,
		    q->inside ? r->set.quote : r->set.delimiter, n - q->at);
		if (hit == NULL) {
			q->at = n;
			return q->inside ? OPEN : CLOSED;
		}
		q->at = (size_t)(hit - p) + 1;
		if (!q->inside)
			continue;
		if (q->at < n && p[q->at] == r->set.quote) {
			q->at++;
			continue;
		}
		if (q->at == n)
			return CLOSED;
		if (p[q->at++] != r->set.delimiter)
			return WRONG;
		q->inside = false;
	}
}

/* The row goes on behind `seen` up to `end`. */
static bool
extend(struct rows *r, size_t seen, size_t end, struct row *row)
{
	size_t bad;

	row->raw = r->p + r->from;
	row->rawlen = end - r->from;
	if (recode_plain(r->recode)) {
		row->why = "invalid UTF-8";
		row->text = row->raw;
		row->len = row->rawlen;
		return recode_valid(r->p + seen, end - seen, &bad);
	}
	row->why = "not of the encoding";
	if (!recode_text(r->recode, r->p + seen, end - seen, &r->text, &bad))
		return false;
	js_pad(&r->text);
	row->text = r->text.p;
	row->len = r->text.len;
	return true;
}

/* While a quoted cell is open, the next line is of the row too.  False: why
 * says what is wrong. */
static bool
close_quotes(struct rows *r, struct row *row, struct line *l, uint64_t *lines)
{
	uint64_t limit = r->set.max_line > 0 ? r->set.max_line : LONGEST_QUOTE;
	struct quotes q = {0, false};
	struct line next = *l;
	enum closed closed;
	size_t seen;

	*lines = 1;
	if (memchr(row->text, r->set.quote, row->len) == NULL)
		return true;
	while ((closed = follow(r, row->text, row->len, &q)) == OPEN) {
		row->why = "quote is not closed";
		seen = next.end - r->from;
		if (next.next - r->from > limit ||
		    !get_line(r, next.next, &r->from, &next) ||
		    !extend(r, r->from + seen, next.end, row))
			return false;
		++*lines;
	}
	row->why = "text behind a closing quote";
	next.from = r->from;
	*l = next;
	return closed == CLOSED;
}

/* The first line of a row alone is set apart; its `why` stays. */
static enum rows_got
only_first(struct rows *r, struct row *row, size_t first, const char *why)
{
	decode(r, r->from, r->from + first, row);
	row->why = why;
	row->at.col = 0;
	return ROWS_BAD;
}

static enum rows_got
row_of(struct rows *r, struct row *row, struct line *l, uint64_t *lines)
{
	size_t first = l->end - l->from;

	if (r->set.quote != 0 && !close_quotes(r, row, l, lines))
		return only_first(r, row, first, row->why);
	if (r->set.max_line > 0 && l->end - l->from > r->set.max_line)
		return only_first(r, row, first, "line too long");
	row->unfinished = l->unfinished;
	return split_row(r, row);
}

/* A line of UTF-8 without quotes, in one pass over it; false: look closer. */
static bool
plain_row(struct rows *r, const struct line *l, struct row *row)
{
	size_t bad;
	int holds;

	if (!recode_plain(r->recode))
		return false;
	row->text = row->raw = r->p + l->from;
	row->len = row->rawlen = l->end - l->from;
	if (r->set.max_line > 0 && row->len > r->set.max_line)
		return false;
	r->ncell = 0;
	holds = split(r, row->text, row->len);
	row->cell = r->cell;
	row->ncell = r->ncell;
	return (holds & HAS_QUOTE) == 0 &&
	       ((holds & HAS_WIDE) == 0 ||
		   recode_valid(row->text, row->len, &bad));
}

enum rows_got
rows_next(struct rows *r, struct row *row)
{
	struct line l;
	enum rows_got got = first_line(r, row, &l);
	uint64_t lines = 1;

	if (got == ROWS_END)
		return got;
	if (got == ROWS_ROW && !plain_row(r, &l, row))
		got = decode(r, l.from, l.end, row) ? row_of(r, row, &l, &lines)
						    : ROWS_BAD;
	if (got == ROWS_ROW) {
		row->size = l.next - l.from;
		r->line += lines - 1;
	}
	r->from += row->size;
	r->line++;
	return got;
}

enum rows_got
rows_cells(struct rows *r, struct row *row)
{
	struct quotes q = {0, false};

	if (r->set.quote == 0 || follow(r, row->text, row->len, &q) == CLOSED)
		return split_row(r, row);
	row->why =
	    q.inside ? "quote is not closed" : "text behind a closing quote";
	return ROWS_BAD;
}
