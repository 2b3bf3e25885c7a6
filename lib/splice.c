#include "err.h"
#include "splice.h"

struct splicer {
	struct buf *out;
	const struct js_line *line;
	size_t start;  /* where the record starts in out */
	uint32_t done; /* bytes of the line copied or left out so far */
};

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void
copy_to(struct splicer *s, uint32_t to)
{
	buf_add(s->out, s->line->p + s->done, to - s->done);
	s->done = to;
}

static void
add_member(struct buf *out, const struct splice_edit *e)
{
	buf_byte(out, '"');
	buf_adds(out, e->name);
	buf_add(out, "\":", 2);
	buf_add(out, e->value, e->len);
}

/* What is written so far, without the white space at its end. */
static size_t
written(const struct splicer *s)
{
	size_t n = s->out->len;

	while (n > s->start && is_space(s->out->p[n - 1]))
		n--;
	return n;
}

/* A member leaves with the comma after it, or else with the one before. */
static void
leave_out(struct splicer *s, const struct js_span *span)
{
	const char *p = s->line->p;
	uint32_t to = span->to;
	size_t n;

	copy_to(s, span->from);
	while (is_space(p[to]))
		to++;
	if (p[to] == ',') {
		for (to++; is_space(p[to]); to++)
			;
		s->done = to;
		return;
	}
	s->done = span->to;
	n = written(s);
	if (s->out->p[n - 1] == ',')
		s->out->len = n - 1;
}

static const struct splice_edit *
find_edit(const struct splice_edit *edit, size_t n, int member)
{
	for (size_t i = 0; i < n; i++)
		if (edit[i].member == member)
			return edit + i;
	return NULL;
}

static uint64_t
bit(const struct splice_edit *edit, const struct splice_edit *e)
{
	return UINT64_C(1) << (e - edit);
}

/* Edits whose members the line holds: one bit each. */
static uint64_t
present(const struct js_line *l, const struct splice_edit *edit, size_t n)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < l->nspan; i++) {
		const struct splice_edit *e =
		    find_edit(edit, n, l->span[i].member);

		if (e != NULL)
			bits |= bit(edit, e);
	}
	return bits;
}

static void
add_before_events(
    struct splicer *s, const struct splice_edit *edit, size_t n, uint64_t held)
{
	copy_to(s, s->line->events);
	for (size_t i = 0; i < n; i++)
		if (edit[i].value != NULL && !(held >> i & 1)) {
			add_member(s->out, edit + i);
			buf_byte(s->out, ',');
		}
}

static void
add_last(
    struct splicer *s, const struct splice_edit *edit, size_t n, uint64_t held)
{
	copy_to(s, s->line->close);
	for (size_t i = 0; i < n; i++)
		if (edit[i].value != NULL && !(held >> i & 1)) {
			if (s->out->p[written(s) - 1] != '{')
				buf_byte(s->out, ',');
			add_member(s->out, edit + i);
		}
}

void
splice_line(struct buf *out, const struct js_line *l,
    const struct splice_edit *edit, size_t n)
{
	struct splicer s = {out, l, out->len, 0};
	uint64_t held = present(l, edit, n), seen = 0;
	bool added = false;

	for (size_t i = 0; i < l->nspan; i++) {
		const struct js_span *span = l->span + i;
		const struct splice_edit *e = find_edit(edit, n, span->member);

		if (e == NULL)
			continue;
		if (!added && l->events > 0 && span->from >= l->events) {
			add_before_events(&s, edit, n, held);
			added = true;
		}
		if (e->value == NULL || (seen & bit(edit, e))) {
			leave_out(&s, span);
		} else {
			copy_to(&s, span->from);
			add_member(out, e);
			s.done = span->to;
		}
		seen |= bit(edit, e);
	}
	if (!added && l->events > 0)
		add_before_events(&s, edit, n, held);
	else if (l->events == 0)
		add_last(&s, edit, n, held);
	copy_to(&s, (uint32_t)l->len);
	buf_byte(out, '\n');
}

void
splice_scan(struct buf *text, const struct js_line *from,
    const struct splice_edit *edits, size_t n, const struct js_plan *plan,
    struct js_line *to)
{
	struct js_error e;

	text->len = 0;
	splice_line(text, from, edits, n);
	text->len--; /* its newline */
	js_pad(text);
	if (!js_scan(plan, text->p, text->len, to, &e))
		die("a line with its %s made anew is broken (a bug)",
		    edits->name);
}
