/*
 * Writes an invented world to a directory: five exports in the order of time,
 * the maps that read them, and the truth.  It owns the files while it writes.
 */
#ifndef CDP_SYNTH_WRITE_H
#define CDP_SYNTH_WRITE_H

#include "synth/world.h"

struct synth_counts {
	uint64_t rows, bytes; /* all exports; bytes as UTF-8 */
	uint64_t duplicate, superseded, bad;
};

/* dir is made where it is missing. */
void synth_write(const struct world *, const char *dir, struct synth_counts *);

#endif
