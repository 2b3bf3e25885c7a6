/*
 * JSON values one after another, spread over lines as they may be: a file of
 * objects, or arrays of objects.  Only the end of each object is looked for
 * here; the scanner then judges it.  Owns nothing that outlives a call.
 */
#ifndef CDP_INGEST_VALUES_H
#define CDP_INGEST_VALUES_H

#include "../rows.h"

struct values {
	uint64_t max_line; /* 0: no limit */
	/* An object's text in UTF-8, padded for the scanner; size: what was
	 * taken of the rows; why: what is wrong with it already, or NULL.
	 * False: no more is wanted. */
	bool (*object)(void *arg, const struct place *, const char *p, size_t n,
	    size_t size, const char *why);
	/* Bytes before, between and behind the objects; may be NULL. */
	void (*between)(void *arg, size_t n);
	void *arg;
};

/* The rows' current file to its end.  What is neither object nor array ends
 * the program. */
void values_read(const struct values *, struct rows *);

#endif
