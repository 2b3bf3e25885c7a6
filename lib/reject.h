/*
 * Records that are set apart, and the count of everything: the one place
 * that knows read = written + rejected + filtered (+ duplicate + superseded).
 * A struct reject belongs to whoever opened it.
 */
#ifndef CDP_REJECT_H
#define CDP_REJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "opt.h"

/* --rejects, --allow-rejects, --strict, --max-line, -q, --stats */
extern const struct opt reject_options[];

struct reject_settings {
	const char *rejects, *allow, *stats;
	bool strict, quiet;
	uint64_t max_line;
};
extern struct reject_settings reject_settings;

struct counts {
	uint64_t read, written, rejected, filtered, duplicate, superseded,
	    blank, bytes_in, bytes_out;
};

struct reject;

struct reject *reject_open(void); /* by reject_settings */
/* Set one record apart: message (the first ten), line in --rejects, count by
 * reason; --strict ends the program.  reason: a constant such as "invalid
 * escape"; raw may hold any bytes.  Thread safe. */
void reject_record(struct reject *, const struct place *, const char *reason,
    const char *raw, size_t n);
uint64_t reject_count(const struct reject *);
/*
 * Close the file, check the balance (a difference is a bug and ends with
 * status 2), print --stats (`more`: further members, each `,"name":value`, or
 * NULL), say how many messages were held back.  Returns OK or REJECTED; frees.
 */
int reject_close(struct reject *, const struct counts *, const char *more);

#endif
