#include <stdlib.h>
#include <string.h>

#include "input.h"
#include "json.h"
#include "mem.h"
#include "source.h"

#define KEPT ((size_t)64 * 1024) /* of a line that is too long */
#define HELD 64                  /* regular files kept open from the start */

/*
 * buf[from, to) is read and not yet handed out; up to `seen` it is known to
 * hold no newline, so a line of any length is searched once.
 */
struct input {
	struct source **source;
	int n, next;
	struct source *now; /* NULL: before the first and between files */
	char *buf;
	size_t cap, from, to, seen;
	uint64_t line, max, size;
	_Atomic uint64_t bytes; /* the progress of another thread reads it */
	bool ended;             /* the current file */
	bool hold;
	char *fault;        /* what went wrong, */
	const char *faulty; /* and in which file */
};

static struct input *
input_new(int n)
{
	struct input *in = mem_alloc(1, sizeof *in);

	in->n = n;
	in->source = mem_alloc((size_t)n, sizeof *in->source);
	return in;
}

struct input *
input_open(char *const *files, int n, uint64_t max_line)
{
	struct input *in = input_new(n > 0 ? n : 1);
	bool known = true;
	int i;

	in->max = max_line;
	for (i = 0; i < in->n; i++) {
		in->source[i] = source_open(n > 0 ? files[i] : "-", i < HELD);
		in->size += source_size(in->source[i]);
		known = known && source_size(in->source[i]) > 0;
	}
	if (!known)
		in->size = 0;
	return in;
}

struct input *
input_spool(int fd)
{
	struct input *in = input_new(1);

	in->source[0] = source_of(fd);
	in->size = source_size(in->source[0]);
	return in;
}

void
input_close(struct input *in)
{
	int i;

	if (in == NULL)
		return;
	for (i = 0; i < in->n; i++)
		source_close(in->source[i]);
	free(in->source);
	free(in->fault);
	free(in->buf);
	free(in);
}

void
input_on_lag(struct input *in, void (*f)(void *), void *arg)
{
	int i;

	for (i = in->next; i < in->n; i++)
		source_on_lag(in->source[i], f, arg);
}

uint64_t
input_bytes(const struct input *in)
{
	return in->bytes;
}

uint64_t
input_size(const struct input *in)
{
	return in->size;
}

void
input_hold(struct input *in)
{
	in->hold = true;
}

void
input_check(const struct input *in)
{
	struct place at = {in->faulty, 0, 0, NULL};

	if (in->fault != NULL)
		die_at(&at, "%s", in->fault);
}

/* ---- bytes ---- */

static void
end_file(struct input *in)
{
	source_close(in->now);
	in->source[in->next - 1] = NULL;
	in->now = NULL;
	in->from = in->to = in->seen = 0;
}

static bool
next_file(struct input *in)
{
	if (in->now != NULL)
		end_file(in);
	if (in->next == in->n || in->fault != NULL)
		return false;
	in->now = in->source[in->next++];
	in->line = 0;
	in->ended = false;
	return true;
}

static size_t
get(struct input *in, void *p, size_t n)
{
	const char *fault;
	size_t k = source_read(in->now, p, n, &fault);

	in->bytes += k;
	if (k > 0)
		return k;
	in->ended = true;
	if (fault != NULL) {
		in->fault = mem_text(fault, strlen(fault));
		in->faulty = source_name(in->now);
	}
	return 0;
}

bool
input_next_file(struct input *in, const char **name)
{
	if (!next_file(in))
		return false;
	*name = source_name(in->now);
	return true;
}

size_t
input_read(struct input *in, void *p, size_t n)
{
	size_t k = in->ended ? 0 : get(in, p, n);

	if (k == 0 && !in->hold)
		input_check(in);
	return k;
}

/* ---- lines ---- */

/* More bytes behind `to`; false at the end of the file. */
static bool
fill(struct input *in)
{
	size_t had = in->cap;

	if (in->ended)
		return false;
	if (in->from > 0) {
		memmove(in->buf, in->buf + in->from, in->to - in->from);
		in->to -= in->from;
		in->seen -= in->from;
		in->from = 0;
	}
	in->buf = mem_grow(in->buf, &in->cap, in->to + SOURCE_READ + JS_PAD, 1);
	if (in->cap > had)
		memset(in->buf + had, 0, in->cap - had);
	in->to += get(in, in->buf + in->to, SOURCE_READ);
	return !in->ended;
}

/* Start on the current or the next file; false where there is none. */
static bool
begin(struct input *in)
{
	if (in->now != NULL)
		return true;
	if (!next_file(in))
		return false;
	while (in->to < 3 && fill(in))
		;
	if (in->to >= 3 && memcmp(in->buf, "\xef\xbb\xbf", 3) == 0)
		in->from = in->seen = 3;
	return true;
}

/* Nothing whole is left of the file.  True: an unfinished line is. */
static bool
leftover(struct input *in)
{
	if (in->fault != NULL) {
		if (!in->hold)
			input_check(in);
		in->from = in->to;
	}
	return in->to > in->from;
}

/* The rest of a line over the limit is read and dropped. */
static void
skip(struct input *in)
{
	char *nl = NULL;

	do {
		in->to = in->seen = in->from + KEPT;
		if (!fill(in))
			break;
		nl = memchr(in->buf + in->seen, '\n', in->to - in->seen);
	} while (nl == NULL);
	in->seen = nl != NULL ? (size_t)(nl - in->buf) : in->to;
}

static bool
over(const struct input *in)
{
	size_t limit = in->max > KEPT ? in->max : KEPT;

	return in->max > 0 && in->seen - in->from > limit;
}

/* The line at p, ended at p + n by a newline or by the end of the file. */
static void
set_line(struct input_line *l, char *p, size_t n, uint64_t max)
{
	l->too_long = max > 0 && n > max;
	if (l->too_long && n > KEPT)
		n = KEPT;
	else if (n > 0 && p[n - 1] == '\r')
		n--;
	p[n] = '\n';
	l->p = p;
	l->len = n;
	l->at.col = 0;
}

static bool
take(struct input *in, struct input_line *l, size_t end, bool unfinished)
{
	char *p = in->buf + in->from;

	l->at.file = source_name(in->now);
	l->at.line = ++in->line;
	l->unfinished = unfinished;
	set_line(l, p, end - in->from, in->max);
	in->from = in->seen = unfinished ? end : end + 1;
	return true;
}

static bool
take_too_long(struct input *in, struct input_line *l)
{
	size_t end;
	bool unfinished;

	skip(in);
	end = in->seen;
	unfinished = end == in->to;
	take(in, l, in->from + KEPT, unfinished);
	l->too_long = true;
	in->from = in->seen = unfinished ? end : end + 1;
	return true;
}

bool
input_line(struct input *in, struct input_line *l)
{
	char *nl;

	while (begin(in)) {
		nl = memchr(in->buf + in->seen, '\n', in->to - in->seen);
		if (nl != NULL)
			return take(in, l, (size_t)(nl - in->buf), false);
		in->seen = in->to;
		if (over(in))
			return take_too_long(in, l);
		if (fill(in))
			continue;
		if (leftover(in))
			return take(in, l, in->to, true);
		end_file(in);
	}
	return false;
}

/* ---- chunks ---- */

static bool
give(struct input *in, struct input_chunk *c, size_t end)
{
	size_t n = end - in->from, i;
	const char *p = in->buf + in->from;
	uint64_t lines = 0;

	c->p = mem_grow(c->p, &c->cap, n + JS_PAD, 1);
	memcpy(c->p, p, n);
	memset(c->p + n, 0, JS_PAD);
	c->len = n;
	c->file = source_name(in->now);
	c->line = in->line + 1;
	c->max = in->max;
	c->unfinished = c->too_long = false;
	for (i = 0; i < n; i++)
		lines += p[i] == '\n';
	in->line += lines;
	in->from = end;
	if (in->seen < end)
		in->seen = end;
	return true;
}

static bool
give_unfinished(struct input *in, struct input_chunk *c)
{
	give(in, c, in->to);
	in->line++;
	c->unfinished = true;
	return true;
}

static bool
give_too_long(struct input *in, struct input_chunk *c)
{
	size_t end;

	skip(in);
	end = in->seen;
	in->buf[in->from + KEPT] = '\n';
	give(in, c, in->from + KEPT + 1);
	c->too_long = true;
	c->unfinished = end == in->to;
	in->from = in->seen = c->unfinished ? end : end + 1;
	return true;
}

bool
input_chunk(struct input *in, struct input_chunk *c)
{
	char *nl;

	while (begin(in)) {
		nl = memrchr(in->buf + in->seen, '\n', in->to - in->seen);
		in->seen = in->to;
		if (nl != NULL)
			return give(in, c, (size_t)(nl - in->buf) + 1);
		if (over(in))
			return give_too_long(in, c);
		if (fill(in))
			continue;
		if (leftover(in))
			return give_unfinished(in, c);
		end_file(in);
	}
	return false;
}

bool
input_chunk_line(struct input_chunk *c, size_t *pos, struct input_line *l)
{
	char *p = c->p + *pos, *nl;
	size_t left = c->len - *pos, n;

	if (left == 0)
		return false;
	nl = memchr(p, '\n', left);
	n = nl != NULL ? (size_t)(nl - p) : left;
	*pos += nl != NULL ? n + 1 : n;
	l->at.file = c->file;
	l->at.line = c->line++;
	l->unfinished = c->unfinished && *pos == c->len;
	set_line(l, p, n, c->max);
	l->too_long = l->too_long || c->too_long;
	return true;
}
