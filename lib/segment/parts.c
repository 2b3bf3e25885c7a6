#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../mem.h"
#include "../output.h"
#include "columns.h"

struct parts {
	const char *file;
	bool gzip, resume;
	uint64_t most; /* rows a part; 0: one part */
	const struct buf *head;
	struct output *out; /* NULL: a part that is there already */
	unsigned k;
	uint64_t rows;
	bool begun;
};

/* "d/list.csv" and 2: "d/list-0002.csv". */
static char *
part_name(const struct parts *s)
{
	const char *slash = strrchr(s->file, '/');
	const char *base = slash != NULL ? slash + 1 : s->file;
	const char *dot = strchr(base + (*base == '.'), '.');
	char *name;
	int n = dot != NULL ? (int)(dot - s->file) : (int)strlen(s->file);

	if (asprintf(&name, "%.*s-%04u%s", n, s->file, s->k, s->file + n) < 0)
		die("out of memory");
	return name;
}

static void
begin_part(struct parts *s)
{
	char *name;

	s->k++;
	s->rows = 0;
	s->begun = true;
	if (s->most == 0)
		s->out = output_open(s->file, s->gzip);
	else {
		name = part_name(s);
		if (!s->resume || access(name, F_OK) != 0)
			s->out = output_open(name, s->gzip);
		free(name);
	}
	if (s->out != NULL)
		output_write(s->out, s->head->p, s->head->len);
}

static void
end_part(struct parts *s)
{
	if (s->out != NULL)
		output_close(s->out);
	s->out = NULL;
	s->begun = false;
}

/* One part is begun at once, so that a list of nobody has its head. */
struct parts *
parts_new(const char *file, bool gzip, uint64_t most, bool resume,
    const struct buf *head)
{
	struct parts *s = mem_alloc(1, sizeof *s);

	s->file = file;
	s->gzip = gzip;
	s->most = most;
	s->resume = resume;
	s->head = head;
	begin_part(s);
	return s;
}

/* The end of the row at p: the first newline outside quotes.  No encoding in
 * use has a quote or newline as the second byte of a character. */
static const char *
row_end(const char *p, const char *end)
{
	bool quoted = false;

	for (; p < end; p++)
		if (*p == '"')
			quoted = !quoted;
		else if (*p == '\n' && !quoted)
			return p + 1;
	return end;
}

void
parts_put(struct parts *s, const char *p, size_t n)
{
	const char *end = p + n, *row;

	if (s->most == 0) {
		output_write(s->out, p, n);
		return;
	}
	for (; p < end; p = row) {
		row = row_end(p, end);
		if (s->rows == s->most)
			end_part(s);
		if (!s->begun)
			begin_part(s);
		if (s->out != NULL)
			output_write(s->out, p, (size_t)(row - p));
		s->rows++;
	}
}

void
parts_close(struct parts *s)
{
	char *name;

	end_part(s);
	s->k++;
	if (s->most > 0) {
		name = part_name(s);
		if (access(name, F_OK) == 0)
			warning("%s and what follows it were there before and "
				"are no part of this list",
			    name);
		free(name);
	}
	free(s);
}
