/*
 * The index of a line, made 64 bytes at a time: the whole line is checked
 * (RFC 8259 and UTF-8), and where its strings end and its brackets close is
 * noted, so that whoever picks fields leaps over the rest.  A struct index is
 * one thread's and is used again for every line.
 */
#ifndef CDP_JSON_INDEX_H
#define CDP_JSON_INDEX_H

#include "json.h"

/* A bracket that opens, in the order of the line. */
struct opening {
	uint32_t to;   /* where it closes */
	uint32_t next; /* the first opening behind that */
};

struct index {
	/* One bit a byte: the quotes that begin and end strings, and outside
	 * of strings brackets, colons and commas. */
	uint64_t *stop;
	/* The quotes that begin keys, and the brackets outside of strings. */
	uint64_t *key;
	size_t stopcap; /* words of stop, and of key */
	struct opening *opening;
	size_t nopening, openingcap;
	bool slash; /* some string holds a backslash */
};

/*
 * True: the line is one valid object, without white space around its tokens,
 * and the index is made.  False says nothing of the line but that it must be
 * scanned step by step: it has such space, is wrong, nests deeply, or this
 * machine has no AVX2.  The line is padded as for js_scan.
 */
bool index_line(struct index *, const char *p, size_t n);
void index_free(struct index *);

#endif
