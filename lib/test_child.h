/*
 * For tests of code that ends the program: run it in a child with its
 * standard output and error caught.  The texts are static.
 */
#ifndef CDP_TEST_CHILD_H
#define CDP_TEST_CHILD_H

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

struct child {
	int status; /* exit status, or 128 + signal */
	size_t len; /* of out */
	char out[65536], err[4096];
};

static inline size_t
child_read(int fd, char *p, size_t n)
{
	size_t len;
	ssize_t k;

	lseek(fd, 0, SEEK_SET);
	for (len = 0; (k = read(fd, p + len, n - 1 - len)) > 0;)
		len += (size_t)k;
	p[len] = '\0';
	close(fd);
	return len;
}

static inline int
child_file(void)
{
	char name[] = "/tmp/cdp-test.XXXXXX";
	int fd = mkstemp(name);

	assert_true(fd >= 0);
	unlink(name);
	return fd;
}

/* f's return value is the exit status; in: bytes of standard input. */
static inline struct child *
child_run(int (*f)(void *), void *arg, const char *in, size_t n)
{
	static struct child c;
	int fd[3] = {child_file(), child_file(), child_file()}, i, status;
	pid_t pid;

	assert_int_equal(write(fd[0], in, n), (ssize_t)n);
	lseek(fd[0], 0, SEEK_SET);
	pid = fork();
	if (pid == 0) {
		for (i = 0; i < 3; i++)
			dup2(fd[i], i);
		_exit(f(arg));
	}
	waitpid(pid, &status, 0);
	c.status =
	    WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	close(fd[0]);
	c.len = child_read(fd[1], c.out, sizeof c.out);
	child_read(fd[2], c.err, sizeof c.err);
	return &c;
}

#endif
