#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"

#define QUOTED 60

static const char *program = "cdp";
static void (*last_act)(void);
static pthread_mutex_t speaking = PTHREAD_MUTEX_INITIALIZER;

void
err_program(const char *name)
{
	program = name;
}

const char *
err_name(void)
{
	return program;
}

void
err_on_die(void (*act)(void))
{
	last_act = act;
}

/* A file's name as it is, unless it would work on the terminal. */
static const char *
shown(const char *name)
{
	const char *p;

	for (p = name; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return err_quote(name, strlen(name));
	return name;
}

/* How many bytes of a JSON string write the first n of its text. */
static size_t
raw_length(const char *raw, size_t n)
{
	const char *p = raw;
	char hex[5] = "";
	unsigned code;
	size_t width;

	while (n > 0 && *p != '"') {
		width = 1;
		if (p[0] == '\\' && p[1] == 'u') {
			memcpy(hex, p + 2, 4);
			code = (unsigned)strtoul(hex, NULL, 16);
			/* each half of a pair writes two of its four bytes */
			width = code < 0x80                          ? 1
				: code < 0x800 || code >> 11 == 0x1b ? 2
								     : 3;
		}
		n -= width < n ? width : n;
		p += p[0] != '\\' ? 1 : p[1] == 'u' ? 6 : 2;
	}
	return (size_t)(p - raw);
}

struct place
place_in(const struct place *at, size_t i)
{
	struct place p = *at;

	if (p.col == 0)
		p.col = 1;
	p.col += p.raw == NULL ? i : raw_length(p.raw, i);
	p.raw = NULL;
	return p;
}

static void
say(const struct place *at, const char *fmt, va_list ap)
{
	int saved = errno;
	size_t n = strlen(fmt);

	flockfile(stderr);
	fprintf(stderr, "%s: ", program);
	if (at != NULL && at->file != NULL) {
		fprintf(stderr, "%s:", shown(at->file));
		if (at->line > 0)
			fprintf(stderr, "%ju:", (uintmax_t)at->line);
		if (at->line > 0 && at->col > 0)
			fprintf(stderr, "%ju:", (uintmax_t)at->col);
		fputc(' ', stderr);
	}
	vfprintf(stderr, fmt, ap);
	if (n > 0 && fmt[n - 1] == ':')
		fprintf(stderr, " %s", strerror(saved));
	fputc('\n', stderr);
	funlockfile(stderr);
}

/* Only the first thread to fail speaks; the others wait for the exit. */
static _Noreturn void
end(const struct place *at, const char *fmt, va_list ap, const char *hint)
{
	pthread_mutex_lock(&speaking);
	say(at, fmt, ap);
	if (hint != NULL)
		fprintf(
		    stderr, "Try '%s --help' for more information.\n", program);
	if (last_act != NULL)
		last_act();
	_exit(TROUBLE);
}

void
warning(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(NULL, fmt, ap);
	va_end(ap);
}

void
warning_at(const struct place *at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(at, fmt, ap);
	va_end(ap);
}

void
die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	end(NULL, fmt, ap, NULL);
}

void
die_at(const struct place *at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	end(at, fmt, ap, NULL);
}

void
usage_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	end(NULL, fmt, ap, program);
}

/* Length of the whole UTF-8 sequence at p that is fit to print, or 0. */
static size_t
printable(const unsigned char *p, size_t n)
{
	size_t want, i;

	if (p[0] >= 0x20 && p[0] < 0x7f)
		return 1;
	want = p[0] >= 0xc2 && p[0] < 0xe0   ? 2
	       : p[0] >= 0xe0 && p[0] < 0xf0 ? 3
	       : p[0] >= 0xf0 && p[0] < 0xf5 ? 4
					     : 0;
	if (want == 0 || want > n || (p[0] == 0xc2 && p[1] < 0xa0))
		return 0;
	for (i = 1; i < want; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return want;
}

const char *
err_quote(const char *p, size_t n)
{
	static _Thread_local char texts[4][4 * QUOTED + 8];
	static _Thread_local unsigned turn;
	char *start = texts[turn++ % 4], *out = start;
	size_t i = 0, k;

	*out++ = '\'';
	while (i < n && i < QUOTED) {
		k = printable((const unsigned char *)p + i, n - i);
		if (k > 0) {
			memcpy(out, p + i, k);
			out += k;
			i += k;
		} else
			out += sprintf(out, "\\x%02x", (unsigned char)p[i++]);
	}
	strcpy(out, i < n ? "'..." : "'");
	return start;
}

#define NAME 64

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Optimal string alignment: insert, delete, replace, swap two neighbours. */
static size_t
distance(const char *a, size_t n, const char *b, size_t m)
{
	size_t d[3][NAME + 1], i, j, *row, *up, *up2;

	for (j = 0; j <= m; j++)
		d[0][j] = j;
	for (i = 1; i <= n; i++) {
		row = d[i % 3];
		up = d[(i - 1) % 3];
		up2 = d[(i + 1) % 3];
		row[0] = i;
		for (j = 1; j <= m; j++) {
			row[j] = least(up[j - 1] + (a[i - 1] != b[j - 1]),
			    least(up[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				row[j] = least(row[j], up2[j - 2] + 1);
		}
	}
	return d[n % 3][m];
}

const char *
err_nearest(const char *name, const char *const *known)
{
	size_t n = strlen(name), m, d, best;
	const char *found = NULL;

	if (n == 0 || n > NAME)
		return NULL;
	best = n / 3 > 2 ? n / 3 : 2;
	if (best >= n)
		best = n - 1;
	best++;
	for (; *known != NULL; known++) {
		m = strlen(*known);
		if (m > NAME)
			continue;
		d = distance(name, n, *known, m);
		if (d < best) {
			best = d;
			found = *known;
		}
	}
	return found;
}
