/*
 * What a program says and how it ends.  Every message reads
 * "prog: file:line:col: what is wrong, what was expected"; a format that
 * ends in ':' gets the text of errno.  Nothing here owns memory.
 */
#ifndef CDP_ERR_H
#define CDP_ERR_H

#include <stddef.h>
#include <stdint.h>

/* The exit statuses of every program. */
enum { OK = 0, NO = 1, TROUBLE = 2, REJECTED = 3 };

struct place {
	const char *file; /* "<stdin>" for standard input */
	uint64_t line;    /* 0: the file as a whole */
	uint64_t col;     /* byte column, 1 is the first; 0: none */
	/* Of a text in a file of JSON: how it stands there, from col on, with
	 * its escapes.  NULL: as it is. */
	const char *raw;
};

void err_program(const char *name); /* name: a string that stays */
const char *err_name(void);
/* Called once before die ends the program: remove temp files, mark output. */
void err_on_die(void (*)(void));

void warning(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The place of byte i of the text that begins at a place. */
struct place place_in(const struct place *, size_t i);
void warning_at(const struct place *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
_Noreturn void die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void die_at(const struct place *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
_Noreturn void usage_error(const char *fmt, ...)
    __attribute__((format(printf, 1, 2))); /* adds "Try 'prog --help' ..." */

/*
 * Foreign bytes made fit for a message: quoted, control bytes and broken
 * UTF-8 as \xNN, cut at 60 bytes.  Returns one of four static buffers.
 */
const char *err_quote(const char *p, size_t n);
/* The known name nearest to `name` (edit distance <= 2, or 1/3 of it), or
 * NULL.  `known` ends with NULL. */
const char *err_nearest(const char *name, const char *const *known);

#endif
