/*
 * Joins sorted profile files line by line: the shards of one stitching, made
 * under the same rules and the same evidence.  Memory holds one customer; owns
 * nothing beyond the call.
 */
#ifndef CDP_IDENTITY_MERGE_H
#define CDP_IDENTITY_MERGE_H

#include "guard.h"
#include "output.h"
#include "reject.h"

/* Files that are not sorted, or whose lines of one customer name different
 * identifiers, end the program.  files: at least one operand. */
void merge_files(const struct guards *, char *const *files, int n,
    bool no_history, struct output *, struct counts *);

#endif
