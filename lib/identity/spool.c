#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "mem.h"
#include "output.h"
#include "spool.h"

#define BLOCK 65536
#define AHEAD 262144
#define PAD 64

struct spool *
spool_new(const char *dir)
{
	struct spool *s = mem_alloc(1, sizeof *s);

	s->fd = output_spill(dir);
	return s;
}

static void
flush(struct spool *s)
{
	size_t done = 0;
	ssize_t n;

	while (done < s->out.len) {
		n = write(s->fd, s->out.p + done, s->out.len - done);
		if (n < 0 && errno != EINTR)
			die("cannot write a spill file:");
		done += n > 0 ? (size_t)n : 0;
	}
	s->out.len = 0;
}

void
spool_put(struct spool *s, const void *p, size_t n)
{
	buf_add(&s->out, p, n);
	s->len += n;
	if (s->out.len >= BLOCK)
		flush(s);
}

static size_t
fetch(struct spool *s, void *to, size_t n, uint64_t at)
{
	size_t done = 0;
	ssize_t k;

	while (done < n) {
		k = pread(
		    s->fd, (char *)to + done, n - done, (off_t)(at + done));
		if (k == 0)
			break;
		if (k < 0 && errno != EINTR)
			die("cannot read a spill file:");
		done += k > 0 ? (size_t)k : 0;
	}
	return done;
}

void
spool_rewind(struct spool *s)
{
	flush(s);
	buf_free(&s->out);
	s->in.len = 0;
	s->at = 0;
	s->next = 0;
}

const char *
spool_get(struct spool *s, size_t n)
{
	size_t rest = s->in.len - s->at, want;

	if (rest < n) {
		if (rest > 0)
			memmove(s->in.p, s->in.p + s->at, rest);
		s->in.len = rest;
		s->at = 0;
		want = n - rest > AHEAD ? n - rest : AHEAD;
		buf_room(&s->in, want + PAD);
		want = fetch(s, s->in.p + rest, want, s->next);
		s->next += want;
		s->in.len += want;
		if (s->in.len < n)
			return NULL;
	}
	s->at += n;
	return s->in.p + s->at - n;
}

void
spool_at(struct spool *s, uint64_t at, size_t n, struct buf *out)
{
	out->len = 0;
	buf_room(out, n + PAD);
	if (fetch(s, out->p, n, at) < n)
		die("a spill file ends too early");
	out->len = n;
	out->p[n] = '\n';
}

void
spool_free(struct spool *s)
{
	if (s == NULL)
		return;
	close(s->fd);
	buf_free(&s->out);
	buf_free(&s->in);
	free(s);
}
