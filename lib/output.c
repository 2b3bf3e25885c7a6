#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "err.h"
#include "mem.h"
#include "output.h"

/* Writes above the pipe's size make the stages of a pipeline take turns. */
#define BLOCK ((size_t)128 * 1024)
#define PIPE 262144
#define LINKS 40

struct output {
	struct output *below;
	int fd;
	char *target, *temp; /* NULL: written in place */
	const char *name;    /* for messages */
	char *buf;
	size_t len;
	uint64_t bytes;
	pthread_mutex_t writing;
	pthread_t writer; /* who holds it */
	bool held;
	bool kept; /* all is written; to be closed at the end */
	z_stream *z;
	unsigned char *packed;
};

/* The open outputs, for the end of the program: whoever changes the list
 * blocks the signals, because the handler walks it. */
static struct output *open_outputs;
static void close_kept(void);
static volatile sig_atomic_t marked; /* stdout is promised, and not whole */
static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;

/* ---- the end of a program that fails ---- */

static void
write_all(int fd, const char *p, size_t n)
{
	ssize_t k;

	while (n > 0) {
		k = write(fd, p, n);
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return;
		p += k;
		n -= (size_t)k;
	}
}

/* An unfinished line tells the reader of a pipe that more was to come. */
static void
mark(void)
{
	if (marked && !isatty(STDOUT_FILENO))
		write_all(STDOUT_FILENO, "{", 1);
	marked = 0;
}

static void
remove_temps(void)
{
	struct output *o;

	for (o = open_outputs; o != NULL; o = o->below)
		if (o->temp != NULL)
			unlink(o->temp);
}

/* What is in the buffer are whole lines: they are not lost.  Another thread
 * that is writing is waited for, and kept from writing behind the mark; where
 * writing is what failed, this thread holds the lock. */
static void
flush_whole(struct output *o)
{
	if (o->held && pthread_equal(o->writer, pthread_self()))
		return;
	pthread_mutex_lock(&o->writing);
	if (o->temp == NULL && o->z == NULL)
		write_all(o->fd, o->buf, o->len);
}

static void
at_death(void)
{
	struct output *o;

	for (o = open_outputs; o != NULL; o = o->below)
		flush_whole(o);
	mark();
	remove_temps();
}

static void
on_signal(int sig)
{
	remove_temps();
	if (sig != SIGPIPE)
		mark();
	signal(sig, SIG_DFL);
	raise(sig);
}

static const int signals[] = {SIGHUP, SIGINT, SIGTERM, SIGPIPE};
#define SIGNALS (sizeof signals / sizeof *signals)

static void
block_signals(sigset_t *old)
{
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < SIGNALS; i++)
		sigaddset(&set, signals[i]);
	pthread_sigmask(SIG_BLOCK, &set, old);
	pthread_mutex_lock(&list_lock);
}

static void
restore_signals(const sigset_t *old)
{
	pthread_mutex_unlock(&list_lock);
	pthread_sigmask(SIG_SETMASK, old, NULL);
}

/* Once.  What was ignored when the program began stays ignored. */
static void
watch(void)
{
	static bool done;
	struct sigaction sa = {0}, old;
	size_t i;

	if (done)
		return;
	done = true;
	err_on_die(at_death);
	atexit(close_kept);
	sa.sa_handler = on_signal;
	sigfillset(&sa.sa_mask);
	for (i = 0; i < SIGNALS; i++)
		if (sigaction(signals[i], NULL, &old) == 0 &&
		    old.sa_handler == SIG_DFL)
			sigaction(signals[i], &sa, NULL);
}

void
output_promise(const char *file)
{
	int flags;

	watch();
	if (file != NULL)
		return;
	flags = fcntl(STDOUT_FILENO, F_GETFL);
	errno = EBADF;
	if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY)
		die("<stdout>:");
	marked = 1;
}

/* ---- opening ---- */

static _Noreturn void
cannot(const char *name)
{
	struct place at = {name, 0, 0, NULL};

	die_at(&at, "%s", strerror(errno));
}

/* What the name stands for: symbolic links of its last part are followed,
 * also where the file itself is still to be made. */
static char *
follow(const char *file)
{
	char *path = mem_text(file, strlen(file)), *next, *slash;
	char link[PATH_MAX];
	ssize_t n;
	int i;

	for (i = 0; i < LINKS; i++) {
		n = readlink(path, link, sizeof link - 1);
		if (n < 0)
			return path;
		link[n] = '\0';
		slash = strrchr(path, '/');
		if (link[0] == '/' || slash == NULL)
			next = mem_text(link, (size_t)n);
		else if (asprintf(&next, "%.*s/%s", (int)(slash - path), path,
			     link) < 0)
			die("out of memory");
		free(path);
		path = next;
	}
	errno = ELOOP;
	cannot(file);
}

static mode_t
new_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

/* A hidden temp file in the target's folder. */
static void
open_temp(struct output *o, const struct stat *old)
{
	const char *slash = strrchr(o->target, '/');
	int n = slash != NULL ? (int)(slash - o->target) + 1 : 0;

	if (asprintf(&o->temp, "%.*s.cdp.XXXXXX", n, o->target) < 0)
		die("out of memory");
	o->fd = mkostemp(o->temp, O_CLOEXEC);
	if (o->fd < 0) {
		free(o->temp);
		o->temp = NULL;
		cannot(o->name);
	}
	if (old != NULL && fchown(o->fd, old->st_uid, old->st_gid) != 0)
		errno = 0; /* not ours to give: the mode is what counts */
	if (fchmod(o->fd, old != NULL ? old->st_mode & 07777 : new_mode()) != 0)
		cannot(o->name);
}

static void
open_file(struct output *o, const char *file)
{
	struct stat st;
	bool exists;

	/* a link of /proc to a pipe has no path that it could be followed to */
	exists = stat(file, &st) == 0;
	o->target = exists && !S_ISREG(st.st_mode)
			? mem_text(file, strlen(file))
			: follow(file);
	o->name = o->target;
	if (exists && S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		cannot(file);
	}
	if (exists && !S_ISREG(st.st_mode))
		o->fd = open(o->target, O_WRONLY | O_CLOEXEC);
	else
		open_temp(o, exists ? &st : NULL);
	if (o->fd < 0)
		cannot(file);
}

static void
open_stdout(struct output *o)
{
	output_promise(NULL);
	o->fd = STDOUT_FILENO;
	o->name = "<stdout>";
	if (fcntl(o->fd, F_GETPIPE_SZ) < PIPE)
		fcntl(o->fd, F_SETPIPE_SZ, PIPE);
}

static void
start_gzip(struct output *o)
{
	o->z = mem_alloc(1, sizeof *o->z);
	o->packed = mem_alloc(BLOCK, 1);
	if (deflateInit2(o->z, Z_DEFAULT_COMPRESSION, Z_DEFLATED,
		16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		die("out of memory");
}

static struct output *
output_new(void)
{
	struct output *o = mem_alloc(1, sizeof *o);

	watch();
	o->buf = mem_alloc(BLOCK, 1);
	pthread_mutex_init(&o->writing, NULL);
	return o;
}

static void
enlist(struct output *o)
{
	o->below = open_outputs;
	open_outputs = o;
}

struct output *
output_of(int fd)
{
	struct output *o = output_new();
	sigset_t old;

	o->fd = fd;
	o->name = "<spool>";
	block_signals(&old);
	enlist(o);
	restore_signals(&old);
	return o;
}

struct output *
output_open(const char *file, bool gzip)
{
	struct output *o = output_new();
	sigset_t old;

	block_signals(&old);
	if (file != NULL)
		open_file(o, file);
	else
		open_stdout(o);
	enlist(o);
	restore_signals(&old);
	if (gzip)
		start_gzip(o);
	return o;
}

/* ---- writing ---- */

static void
put(struct output *o, const char *p, size_t n)
{
	ssize_t k;

	while (n > 0) {
		k = write(o->fd, p, n);
		if (k < 0 && errno != EINTR)
			cannot(o->name);
		if (k > 0) {
			p += k;
			n -= (size_t)k;
		}
	}
}

static void
pack(struct output *o, const char *p, size_t n, int flush)
{
	o->z->next_in = (unsigned char *)p;
	o->z->avail_in = (uInt)n;
	do {
		o->z->next_out = o->packed;
		o->z->avail_out = (uInt)BLOCK;
		deflate(o->z, flush);
		put(o, (char *)o->packed, BLOCK - o->z->avail_out);
	} while (o->z->avail_out == 0);
}

static void
drain(struct output *o, const char *p, size_t n)
{
	pthread_mutex_lock(&o->writing);
	o->writer = pthread_self();
	o->held = true;
	if (o->z != NULL)
		pack(o, p, n, Z_NO_FLUSH);
	else
		put(o, p, n);
	if (p == o->buf)
		o->len = 0;
	o->held = false;
	pthread_mutex_unlock(&o->writing);
}

void
output_write(struct output *o, const void *p, size_t n)
{
	const char *from = p;

	o->bytes += n;
	if (n > BLOCK - o->len) {
		drain(o, o->buf, o->len);
		for (; n > BLOCK; from += BLOCK, n -= BLOCK)
			drain(o, from, BLOCK);
	}
	if (n > 0)
		memcpy(o->buf + o->len, from, n);
	o->len += n;
}

void
output_flush(struct output *o)
{
	if (o->z == NULL) /* else the bytes would depend on the clock */
		drain(o, o->buf, o->len);
}

uint64_t
output_bytes(const struct output *o)
{
	return o->bytes;
}

/* ---- closing ---- */

static void
forget(struct output *o)
{
	struct output **at = &open_outputs;

	while (*at != o)
		at = &(*at)->below;
	*at = o->below;
	if (o->z != NULL) {
		deflateEnd(o->z);
		free(o->z);
		free(o->packed);
	}
	pthread_mutex_destroy(&o->writing);
	free(o->temp);
	free(o->target);
	free(o->buf);
	free(o);
}

/* A rename is on the disk when its folder is. */
static void
sync_folder(const char *file)
{
	const char *slash = strrchr(file, '/');
	char *dir = slash != NULL ? mem_text(file, (size_t)(slash - file) + 1)
				  : mem_text(".", 1);
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0) {
		if (fsync(fd) != 0 && errno != EINVAL)
			cannot(dir);
		close(fd);
	}
	free(dir);
}

static void
settle(struct output *o)
{
	if (fsync(o->fd) != 0 || close(o->fd) != 0)
		cannot(o->name);
	if (rename(o->temp, o->target) != 0)
		cannot(o->name);
	free(o->temp);
	o->temp = NULL;
	sync_folder(o->target);
}

/* Number 1 stays taken, so that no later file gets it. */
static void
close_stdout(void)
{
	int copy = dup(STDOUT_FILENO);

	if (copy < 0 || close(copy) != 0)
		die("<stdout>:");
	marked = 0;
}

static void
finish(struct output *o)
{
	drain(o, o->buf, o->len);
	if (o->z != NULL && !o->kept)
		pack(o, NULL, 0, Z_FINISH);
}

void
output_keep(struct output *o)
{
	finish(o);
	if (o->temp != NULL && fsync(o->fd) != 0)
		cannot(o->name);
	o->kept = true;
}

/* exit comes here, a death does not. */
static void
close_kept(void)
{
	struct output *o, *below;

	for (o = open_outputs; o != NULL; o = below) {
		below = o->below;
		if (o->kept)
			output_close(o);
	}
}

void
output_close(struct output *o)
{
	sigset_t old;

	finish(o);
	block_signals(&old);
	if (o->temp != NULL)
		settle(o);
	else if (o->fd == STDOUT_FILENO)
		close_stdout();
	else if (close(o->fd) != 0)
		cannot(o->name);
	forget(o);
	restore_signals(&old);
}

void
output_text(const char *file, bool gzip, struct buf *b)
{
	struct output *o;

	if (file != NULL && strcmp(file, "-") == 0)
		file = NULL;
	o = output_open(file, gzip);
	output_write(o, b->p, b->len);
	output_close(o);
	buf_free(b);
}

int
output_spill(const char *dir)
{
	char *path;
	int fd;

	if (dir == NULL)
		dir = getenv("TMPDIR");
	if (dir == NULL || *dir == '\0')
		dir = "/tmp";
	fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0)
		return fd;
	if (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT)
		cannot(dir);
	if (asprintf(&path, "%s/.cdp.XXXXXX", dir) < 0)
		die("out of memory");
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0 || unlink(path) != 0)
		cannot(dir);
	free(path);
	return fd;
}
