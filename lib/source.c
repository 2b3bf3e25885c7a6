#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "err.h"
#include "mem.h"
#include "source.h"
#include "thread.h"

#define RING 4
#define LAG 100 /* ms */

/* zlib's inflate itself, not gzread: gzread is silent about truncation. */
struct inflater {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t filled, drained;
	struct {
		unsigned char *p;
		size_t len;
	} block[RING];
	unsigned first, count; /* the filled blocks */
	size_t taken;          /* of the first of them */
	bool ended, stop;
	/* the thread's own, until it has ended */
	int fd;
	z_stream z;
	unsigned char *in;
	bool between, padded; /* behind a member; zeros seen there */
	unsigned members;
	const char *fault;
};

struct source {
	const char *name;
	int fd; /* -1: closed again, to be opened at the first read */
	bool regular, begun;
	uint64_t size;
	struct inflater *gzip;
	void (*lag)(void *);
	void *arg;
	char fault[128];
};

/* ---- inflating ---- */

static bool
refill(struct inflater *f)
{
	ssize_t n;

	do
		n = read(f->fd, f->in, SOURCE_READ);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		f->fault = strerror(errno);
	else if (n == 0 && !f->between)
		f->fault = "unexpected end of gzip data";
	if (n <= 0)
		return false;
	f->z.next_in = f->in;
	f->z.avail_in = (uInt)n;
	return true;
}

/* Behind a member: zeros may follow (tapes), or another member. */
static bool
next_member(struct inflater *f)
{
	while (f->z.avail_in > 0 && *f->z.next_in == 0) {
		f->z.next_in++;
		f->z.avail_in--;
		f->padded = true;
	}
	if (f->z.avail_in == 0)
		return true;
	if (f->padded || *f->z.next_in != 0x1f) {
		f->fault = "trailing garbage after gzip data";
		return false;
	}
	inflateReset(&f->z);
	f->between = false;
	f->members++;
	return true;
}

static void
inflate_fault(struct inflater *f)
{
	if (f->members > 0 && f->z.total_out == 0)
		f->fault = "trailing garbage after gzip data";
	else if (f->z.msg != NULL)
		f->fault = f->z.msg;
	else
		f->fault = "corrupt gzip data";
}

/* Inflates up to n bytes; fewer at the end. */
static size_t
inflate_block(struct inflater *f, unsigned char *p, size_t n)
{
	int rc;

	f->z.next_out = p;
	f->z.avail_out = (uInt)n;
	while (f->z.avail_out > 0) {
		if (f->z.avail_in == 0 && !refill(f))
			break;
		if (f->between) {
			if (!next_member(f))
				break;
			continue;
		}
		rc = inflate(&f->z, Z_NO_FLUSH);
		if (rc == Z_STREAM_END)
			f->between = true;
		else if (rc != Z_OK && rc != Z_BUF_ERROR) {
			inflate_fault(f);
			break;
		}
	}
	return n - f->z.avail_out;
}

static void *
inflate_thread(void *arg)
{
	struct inflater *f = arg;
	unsigned at = 0;
	size_t n = SOURCE_READ;

	pthread_mutex_lock(&f->lock);
	while (!f->stop && n == SOURCE_READ) {
		if (f->count == RING) {
			pthread_cond_wait(&f->drained, &f->lock);
			continue;
		}
		pthread_mutex_unlock(&f->lock);
		n = inflate_block(f, f->block[at].p, SOURCE_READ);
		pthread_mutex_lock(&f->lock);
		f->block[at].len = n;
		at = (at + 1) % RING;
		f->count++;
		pthread_cond_signal(&f->filled);
	}
	f->ended = true;
	pthread_cond_signal(&f->filled);
	pthread_mutex_unlock(&f->lock);
	return NULL;
}

static struct inflater *
inflater_new(int fd, const void *head, size_t n)
{
	struct inflater *f = mem_alloc(1, sizeof *f);
	size_t i;

	for (i = 0; i < RING; i++)
		f->block[i].p = mem_alloc(SOURCE_READ, 1);
	f->in = mem_alloc(n > SOURCE_READ ? n : SOURCE_READ, 1);
	memcpy(f->in, head, n);
	f->fd = fd;
	f->z.next_in = f->in;
	f->z.avail_in = (uInt)n;
	if (inflateInit2(&f->z, 16 + MAX_WBITS) != Z_OK)
		die("out of memory");
	pthread_mutex_init(&f->lock, NULL);
	pthread_cond_init(&f->filled, NULL);
	pthread_cond_init(&f->drained, NULL);
	thread_start(&f->thread, inflate_thread, f);
	return f;
}

static void
inflater_free(struct inflater *f)
{
	size_t i;

	if (f == NULL)
		return;
	pthread_mutex_lock(&f->lock);
	f->stop = true;
	pthread_cond_signal(&f->drained);
	pthread_mutex_unlock(&f->lock);
	pthread_join(f->thread, NULL);
	pthread_mutex_destroy(&f->lock);
	pthread_cond_destroy(&f->filled);
	pthread_cond_destroy(&f->drained);
	inflateEnd(&f->z);
	for (i = 0; i < RING; i++)
		free(f->block[i].p);
	free(f->in);
	free(f);
}

/* Waits for a filled block; the lock is held. */
static void
await_block(struct source *s, struct inflater *f)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_nsec += LAG * 1000000;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	while (f->count == 0 && !f->ended) {
		if (s->lag == NULL)
			pthread_cond_wait(&f->filled, &f->lock);
		else if (pthread_cond_timedwait(&f->filled, &f->lock, &t) ==
			 ETIMEDOUT) {
			pthread_mutex_unlock(&f->lock);
			s->lag(s->arg);
			pthread_mutex_lock(&f->lock);
			if (f->count == 0 && !f->ended)
				pthread_cond_wait(&f->filled, &f->lock);
		}
	}
}

static size_t
read_inflated(struct source *s, void *p, size_t n, const char **fault)
{
	struct inflater *f = s->gzip;
	size_t left, k;

	pthread_mutex_lock(&f->lock);
	for (;;) {
		await_block(s, f);
		if (f->count == 0) {
			*fault = f->fault;
			pthread_mutex_unlock(&f->lock);
			return 0;
		}
		left = f->block[f->first].len - f->taken;
		if (left > 0)
			break;
		f->taken = 0;
		f->first = (f->first + 1) % RING;
		f->count--;
		pthread_cond_signal(&f->drained);
	}
	pthread_mutex_unlock(&f->lock);
	k = left < n ? left : n;
	memcpy(p, f->block[f->first].p + f->taken, k);
	f->taken += k;
	return k;
}

/* ---- files ---- */

static _Noreturn void
cannot(const char *name)
{
	struct place at = {name, 0, 0, NULL};

	die_at(&at, "%s", strerror(errno));
}

static struct source *
source_new(int fd, const char *name)
{
	struct source *s = mem_alloc(1, sizeof *s);
	struct stat st;

	s->fd = fd;
	s->name = name;
	if (fstat(fd, &st) != 0)
		cannot(name);
	if (S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		cannot(name);
	}
	s->regular = S_ISREG(st.st_mode);
	s->size = s->regular ? (uint64_t)st.st_size : 0;
	if (S_ISFIFO(st.st_mode) && fcntl(fd, F_GETPIPE_SZ) < (int)SOURCE_READ)
		fcntl(fd, F_SETPIPE_SZ, (int)SOURCE_READ);
	return s;
}

struct source *
source_open(const char *name, bool keep)
{
	struct source *s;
	int fd;

	if (strcmp(name, "-") == 0)
		return source_new(STDIN_FILENO, "<stdin>");
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		cannot(name);
	s = source_new(fd, name);
	if (s->regular && !keep) {
		close(fd);
		s->fd = -1;
	}
	return s;
}

struct source *
source_of(int fd)
{
	return source_new(fd, "<spool>");
}

void
source_close(struct source *s)
{
	if (s == NULL)
		return;
	inflater_free(s->gzip);
	if (s->fd > STDIN_FILENO)
		close(s->fd);
	free(s);
}

const char *
source_name(const struct source *s)
{
	return s->name;
}

uint64_t
source_size(const struct source *s)
{
	return s->size;
}

void
source_on_lag(struct source *s, void (*f)(void *), void *arg)
{
	s->lag = f;
	s->arg = arg;
}

static void
await_bytes(struct source *s)
{
	struct pollfd p = {s->fd, POLLIN, 0};

	if (s->lag != NULL && !s->regular && poll(&p, 1, LAG) == 0)
		s->lag(s->arg);
}

static size_t
read_plain(struct source *s, char *p, size_t n, const char **fault)
{
	ssize_t k;

	await_bytes(s);
	do
		k = read(s->fd, p, n);
	while (k < 0 && errno == EINTR);
	if (k < 0) {
		strncpy(s->fault, strerror(errno), sizeof s->fault - 1);
		*fault = s->fault;
		return 0;
	}
	return (size_t)k;
}

/* The first bytes, at least two of them where there are two: gzip or not? */
static size_t
read_first(struct source *s, char *p, size_t n, const char **fault)
{
	size_t got = 0, k;

	s->begun = true;
	if (s->fd < 0 && (s->fd = open(s->name, O_RDONLY | O_CLOEXEC)) < 0)
		cannot(s->name);
	do
		got += k = read_plain(s, p + got, n - got, fault);
	while (k > 0 && got < 2);
	if (got < 2 || memcmp(p, "\x1f\x8b", 2) != 0)
		return got;
	s->gzip = inflater_new(s->fd, p, got);
	return read_inflated(s, p, n, fault);
}

size_t
source_read(struct source *s, void *p, size_t n, const char **fault)
{
	*fault = NULL;
	if (!s->begun)
		return read_first(s, p, n, fault);
	if (s->gzip != NULL)
		return read_inflated(s, p, n, fault);
	return read_plain(s, p, n, fault);
}
