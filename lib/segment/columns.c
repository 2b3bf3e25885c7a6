#include <csv.h>
#include <ctype.h>
#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../mem.h"
#include "columns.h"

struct column {
	struct ask_expr expr;
	char *name;
};

struct columns {
	struct column *item;
	size_t n, cap;
	const char *encoding; /* of iconv; NULL: UTF-8 */
	bool mark, guard;
};

struct columns_run {
	const struct columns *c;
	iconv_t to;
	struct buf cell, row;
};

/* ---- the list of columns ---- */

static size_t
blanks(const char *p)
{
	return strspn(p, " \t\r\n");
}

/* A name in quotes, or up to the comma; returns what was read. */
static size_t
read_name(const char *p, char **name)
{
	size_t n, skip;
	char quote = *p;

	if (quote == '"' || quote == '\'' || quote == '`') {
		n = strcspn(p + 1, (char[]){quote, '\0'});
		*name = mem_text(p + 1, n);
		return n + 1 + (p[n + 1] == quote);
	}
	skip = n = strcspn(p, ",");
	while (n > 0 && isspace((unsigned char)p[n - 1]))
		n--;
	*name = mem_text(p, n);
	return skip;
}

static bool
word_as(const char *p)
{
	return strncasecmp(p, "as", 2) == 0 && isspace((unsigned char)p[2]);
}

static struct place
place_at(const char *text, const char *p)
{
	return (struct place){"--csv", 1, (uint64_t)(p - text) + 1, NULL};
}

static const char *
read_column(struct columns *c, struct ask *ask, int set, const char *text,
    const char *p)
{
	struct place at = place_at(text, p);
	struct column *k;
	size_t used, n;

	c->item = mem_grow(c->item, &c->cap, c->n + 1, sizeof *c->item);
	k = &c->item[c->n++];
	k->expr.set = set;
	k->expr.id = expr_add_part(
	    ask_set(ask, k->expr), EXPR_PROFILE, p, strlen(p), &at, &used);
	n = used;
	while (n > 0 && isspace((unsigned char)p[n - 1]))
		n--;
	if (word_as(p + used)) {
		used += 2 + blanks(p + used + 2);
		used += read_name(p + used, &k->name);
	} else if (n > 2 && *p == '`' && memchr(p + 1, '`', n - 1) == p + n - 1)
		k->name = mem_text(p + 1, n - 2);
	else
		k->name = mem_text(p, n);
	used += blanks(p + used);
	if (p[used] != ',' && p[used] != '\0') {
		at = place_at(text, p + used);
		die_at(&at, "expected 'as NAME', a comma or the end");
	}
	return p + used;
}

/* Only such as keep the quote and the newline to themselves (see row_end). */
static void
set_encoding(struct columns *c, const char *name)
{
	static const char *const known[] = {
	    "utf-8", "utf-8-bom", "gb18030", "gbk", NULL};
	int i;

	for (i = 0; name != NULL && known[i] != NULL; i++)
		if (strcasecmp(name, known[i]) == 0)
			break;
	if (name == NULL || i == 0)
		return;
	if (known[i] == NULL)
		usage_error("--encoding: unknown encoding %s, expected utf-8, "
			    "utf-8-bom, gb18030 or gbk",
		    err_quote(name, strlen(name)));
	if (i == 1)
		c->mark = true;
	else
		c->encoding = known[i];
}

struct columns *
columns_new(struct ask *ask, int set, const char *text, const char *encoding,
    bool guard)
{
	struct columns *c = mem_alloc(1, sizeof *c);
	const char *p = text + blanks(text);

	c->guard = guard;
	set_encoding(c, encoding);
	for (;;) {
		p = read_column(c, ask, set, text, p);
		if (*p == '\0')
			return c;
		p++;
		p += blanks(p);
	}
}

bool
columns_read_profile(const struct columns *c, const struct ask *ask)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (ask_reads_profile(ask, c->item[i].expr))
			return true;
	return false;
}

void
columns_free(struct columns *c)
{
	size_t i;

	if (c == NULL)
		return;
	for (i = 0; i < c->n; i++)
		free(c->item[i].name);
	free(c->item);
	free(c);
}

bool
columns_read(const struct columns *c, const struct ask *ask, const char *member)
{
	struct ask_expr e;
	size_t i;

	for (i = 0; i < c->n; i++) {
		e = c->item[i].expr;
		if (expr_reads(ask_set(ask, e), e.id, member))
			return true;
	}
	return false;
}

/* ---- rows ---- */

/* An optional sign, digits, a fraction, an exponent; its length, or 0. */
static size_t
number(const char *p, size_t n)
{
	size_t i = n > 0 && (*p == '+' || *p == '-'), digits = i;

	while (i < n && isdigit((unsigned char)p[i]))
		i++;
	if (i == digits)
		return 0;
	if (i < n && p[i] == '.')
		for (i++; i < n && isdigit((unsigned char)p[i]); i++)
			;
	if (i + 1 < n && (p[i] == 'e' || p[i] == 'E'))
		for (i += 2; i < n && isdigit((unsigned char)p[i]); i++)
			;
	return i;
}

/* One, or several joined by ';'. */
static bool
numbers(const char *p, size_t n)
{
	size_t k = number(p, n);

	while (k > 0 && k < n && p[k] == ';') {
		p += k + 1;
		n -= k + 1;
		k = number(p, n);
	}
	return k > 0 && k == n;
}

static void
add_cell(struct buf *row, const struct buf *cell)
{
	size_t room = 2 * cell->len + 2;

	buf_room(row, room);
	row->len += csv_write(
	    row->p + row->len, room, cell->p != NULL ? cell->p : "", cell->len);
}

/* CWE-1236; a number is none, whatever its sign. */
static bool
formula(const struct buf *cell)
{
	return cell->len > 0 && strchr("=+-@\t\r", cell->p[0]) != NULL &&
	       cell->p[0] != '\0' && !numbers(cell->p, cell->len);
}

static void
end_row(const struct columns *c, iconv_t to, struct buf *row, struct buf *out)
{
	char *from = row->p, *p;
	size_t left = row->len, room;

	buf_byte(row, '\n');
	from = row->p;
	left = row->len;
	if (c->encoding == NULL) {
		buf_add(out, row->p, row->len);
		return;
	}
	while (left > 0) {
		buf_room(out, 2 * left + 16);
		p = out->p + out->len;
		room = out->cap - out->len;
		if (iconv(to, &from, &left, &p, &room) == (size_t)-1 &&
		    errno != E2BIG)
			die("%s has no character for %s", c->encoding,
			    err_quote(from, left < 4 ? left : 4));
		out->len = (size_t)(p - out->p);
	}
}

struct columns_run *
columns_open(const struct columns *c)
{
	struct columns_run *r = mem_alloc(1, sizeof *r);

	r->c = c;
	if (c->encoding == NULL)
		return r;
	r->to = iconv_open(c->encoding, "UTF-8");
	if (r->to == (iconv_t)-1)
		die("this system cannot write %s:", c->encoding);
	return r;
}

void
columns_close(struct columns_run *r)
{
	if (r->c->encoding != NULL)
		iconv_close(r->to);
	buf_free(&r->cell);
	buf_free(&r->row);
	free(r);
}

void
columns_row(struct columns_run *r, const struct asker *ask, int64_t now,
    struct buf *out)
{
	const struct columns *c = r->c;
	struct ask_expr e;
	size_t i;

	r->row.len = 0;
	for (i = 0; i < c->n; i++) {
		e = c->item[i].expr;
		r->cell.len = 0;
		expr_plain(
		    expr_eval(asker_run(ask, e), e.id, now, NULL), &r->cell);
		if (c->guard && formula(&r->cell)) {
			buf_byte(&r->cell, '\0');
			memmove(r->cell.p + 1, r->cell.p, r->cell.len - 1);
			r->cell.p[0] = '\'';
		}
		if (i > 0)
			buf_byte(&r->row, ',');
		add_cell(&r->row, &r->cell);
	}
	end_row(c, r->to, &r->row, out);
}

void
columns_head(const struct columns *c, struct buf *out)
{
	struct columns_run *r = columns_open(c);
	size_t i;

	if (c->mark)
		buf_adds(out, "\xef\xbb\xbf");
	for (i = 0; i < c->n; i++) {
		r->cell.len = 0;
		buf_adds(&r->cell, c->item[i].name);
		if (i > 0)
			buf_byte(&r->row, ',');
		add_cell(&r->row, &r->cell);
	}
	end_row(c, r->to, &r->row, out);
	columns_close(r);
}
