/*
 * Any bytes as a file: gzip or not, the lines one by one and in blocks must
 * be the same, under a limit of their length too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "buf.h"
#include "input.h"

static void
note(struct buf *b, const struct input_line *l)
{
	if (l->p[l->len] != '\n')
		abort();
	buf_addf(b, "%d%d%d %zu:", (int)l->at.line, l->unfinished, l->too_long,
	    l->len);
	buf_add(b, l->p, l->len);
}

static void
by_lines(struct input *in, struct buf *b)
{
	struct input_line l;

	while (input_line(in, &l))
		note(b, &l);
}

static void
by_chunks(struct input *in, struct buf *b)
{
	struct input_chunk c = {0};
	struct input_line l;
	size_t pos;

	while (input_chunk(in, &c))
		for (pos = 0; input_chunk_line(&c, &pos, &l);)
			note(b, &l);
	free(c.p);
}

static void
read_all(const char *path, uint64_t most, struct buf *b,
    void (*how)(struct input *, struct buf *))
{
	char *files[] = {(char *)path};
	struct input *in = input_open(files, 1, most);

	input_hold(in);
	how(in, b);
	input_close(in);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct buf a = {0}, b = {0};
	uint64_t most = n > 0 ? p[0] : 0;
	int fd = memfd_create("fuzz", 0);
	char path[32];

	if (n < 1 || fd < 0 || write(fd, p + 1, n - 1) != (ssize_t)n - 1)
		return close(fd), 0;
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	read_all(path, most, &a, by_lines);
	read_all(path, most, &b, by_chunks);
	if (a.len != b.len || (a.len > 0 && memcmp(a.p, b.p, a.len) != 0))
		abort();
	buf_free(&a);
	buf_free(&b);
	close(fd);
	return 0;
}
