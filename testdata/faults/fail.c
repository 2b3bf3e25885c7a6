/*
 * Preloaded into a program, makes its world fail on cue:
 * FAIL_ALLOC=N the N-th allocation and FAIL_FROM=N all from the N-th on,
 * FAIL_READ=N the N-th read of data with EIO, FAIL_WRITE=N the N-th write with
 * ENOSPC, SHORT=1 all reads and writes move one byte.  COUNT=FILE appends how
 * many allocations there were.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);

static atomic_long allocs, reads, writes;

static long
asked(const char *name)
{
	const char *text = getenv(name);

	return text != NULL ? atol(text) : 0;
}

static bool
fails(void)
{
	long n = ++allocs, one = asked("FAIL_ALLOC"), from = asked("FAIL_FROM");

	if ((one > 0 && n == one) || (from > 0 && n >= from)) {
		errno = ENOMEM;
		return true;
	}
	return false;
}

void *
malloc(size_t n)
{
	return fails() ? NULL : __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
	return fails() ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
	return fails() ? NULL : __libc_realloc(p, n);
}

ssize_t
read(int fd, void *p, size_t n)
{
	static ssize_t (*real)(int, void *, size_t);

	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "read");
	if (++reads == asked("FAIL_READ")) {
		errno = EIO;
		return -1;
	}
	return real(fd, p, n > 1 && asked("SHORT") ? 1 : n);
}

ssize_t
write(int fd, const void *p, size_t n)
{
	static ssize_t (*real)(int, const void *, size_t);

	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "write");
	if (fd != 2 && ++writes == asked("FAIL_WRITE")) {
		errno = ENOSPC;
		return -1;
	}
	return real(fd, p, n > 1 && asked("SHORT") ? 1 : n);
}

__attribute__((destructor)) static void
count(void)
{
	const char *file = getenv("COUNT");
	FILE *f = file != NULL ? fopen(file, "a") : NULL;

	if (f != NULL) {
		fprintf(f, "%ld\n", (long)allocs);
		fclose(f);
	}
}
