/*
 * Evidence as a file, cdp-identity(5): a line for each distinct set of
 * identifiers with the messages it rests on.  The union of two files is the
 * evidence of both, a message seen twice counts once, so shards and nights
 * agree.  The writer owns its scratch and lives until the program ends; the
 * output belongs to the caller.
 */
#ifndef CDP_IDENTITY_EVIDENCE_FILE_H
#define CDP_IDENTITY_EVIDENCE_FILE_H

#include "output.h"
#include "read.h"

struct evidence_file;

struct evidence_file *evidence_file_new(
    const struct evidence *, const struct guards *, struct output *);
/* The sets and messages of one customer's sorted events. */
void evidence_file_write(
    struct evidence_file *, const struct event *, size_t n);

/* Reads such a file into the reader's evidence and store; what is wrong ends
 * the program.  Returns how many messages it held. */
uint64_t evidence_file_read(struct reader *, char *const *files, int n);

#endif
