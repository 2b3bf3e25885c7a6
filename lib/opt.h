/*
 * Options as tables.  Parsing, --help, --version, --usage-table (which the
 * completions and the tests read) all come from them.  Texts named by an
 * option point into argv.
 */
#ifndef CDP_OPT_H
#define CDP_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum opt_kind {
	OPT_FLAG,  /* bool * */
	OPT_TEXT,  /* const char ** */
	OPT_OUT,   /* const char **: a file; NULL for -, standard output */
	OPT_MAYBE, /* const char **: --name or --name=ARG; "" without ARG */
	OPT_LIST,  /* struct opt_list *: may be given again */
	OPT_COUNT, /* uint64_t *: digits, 1 or more */
	OPT_SIZE,  /* uint64_t *: digits and K, M or G (1024) */
};

struct opt {
	char letter;      /* 0: long only */
	const char *name; /* NULL ends a table */
	const char *arg;  /* NULL: takes none */
	const char *help; /* one line, no full stop */
	enum opt_kind kind;
	void *to;
};

struct opt_list {
	const char **item;
	size_t n, cap;
};

struct opt_program {
	const char *name;     /* "cdp-tag" */
	const char *synopsis; /* "-r RULES [FILE ...]", lines split by \n */
	const char *does;     /* one sentence */
	const struct opt *const *tables; /* ends with NULL */
};

/*
 * Parse; -h, -V and --usage-table answer and exit 0; a wrong option ends
 * with a usage error.  Returns the index of the first operand.
 */
int opt_parse(const struct opt_program *, int argc, char **argv);

#endif
