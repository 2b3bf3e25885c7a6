/*
 * For fuzz targets: bytes as a file that a loader opens by its name, and what
 * a program writes taken back.  Names are the caller's to free, descriptors to
 * close.
 */
#ifndef CDP_FUZZ_FILE_H
#define CDP_FUZZ_FILE_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mem.h"

static inline int
fuzz_file(const void *p, size_t n)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd < 0 || write(fd, p, n) != (ssize_t)n ||
	    lseek(fd, 0, SEEK_SET) != 0)
		abort();
	return fd;
}

static inline char *
fuzz_name(int fd)
{
	char text[32];

	return mem_text(
	    text, (size_t)snprintf(text, sizeof text, "/proc/self/fd/%d", fd));
}

/* A pipe takes the output, for a file would be synced each time. */
struct fuzz_pipe {
	int out, in;
};

static inline struct fuzz_pipe
fuzz_pipe(void)
{
	int fd[2];

	if (pipe2(fd, O_CLOEXEC | O_NONBLOCK) != 0 ||
	    fcntl(fd[1], F_SETPIPE_SZ, 1 << 20) < 0)
		abort();
	return (struct fuzz_pipe){fd[0], fd[1]};
}

/* What was written to it, as a file; closes the pipe. */
static inline int
fuzz_pipe_file(struct fuzz_pipe p, size_t *n)
{
	static char text[1 << 20];
	ssize_t got;

	for (*n = 0; (got = read(p.out, text + *n, sizeof text - *n)) > 0;)
		*n += (size_t)got;
	close(p.out);
	close(p.in);
	return fuzz_file(text, *n);
}

#endif
