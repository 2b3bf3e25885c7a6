/*
 * The columns of a guess, between the file that counts and the file that
 * writes the map; see guess.h.  They belong to the guess.
 */
#ifndef CDP_INGEST_COLUMN_H
#define CDP_INGEST_COLUMN_H

#include "../intern.h"
#include "guess.h"
#include "runs.h"
#include "stamp.h"

#define MOST_VALUES 50000 /* distinct ones that are told apart */
#define FORMATS 14

extern const char *const guess_formats[FORMATS];

struct column {
	char *name;
	uint64_t filled, numbers, money, truths, phones, emails, chinese, unfit,
	    lost, blanks, marked, zoned;
	uint64_t time[FORMATS];
	struct intern *values;
	size_t longest;
};

struct guess {
	struct column *column;
	size_t n, cap;
	uint64_t rows;
	struct stamp *stamp[FORMATS];
	struct buf scratch;
	struct runs *runs;
};

#endif
