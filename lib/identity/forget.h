/*
 * Customers who asked to be forgotten: keyed hashes (HMAC-SHA-256) of their
 * identifiers with the time up to which nothing of them is kept.  The table
 * owns its entries, is one thread's and lives until the program ends.
 */
#ifndef CDP_IDENTITY_FORGET_H
#define CDP_IDENTITY_FORGET_H

#include "link.h"

struct forgotten;

/* file: lines {"hash": 64 hex digits, "until": time}; key_file: the key, one
 * trailing newline left aside.  What is wrong ends the program. */
struct forgotten *forgotten_read(const char *file, const char *key_file);
/* Until when an identifier is forgotten, or INT64_MIN; asked once of each. */
int64_t forgotten_until(
    struct forgotten *, const struct evidence *, uint32_t id);
/* The lines that forget a customer, appended. */
void forget_lines(const struct links *, uint32_t rank, const char *key_file,
    int64_t until, struct buf *);

#endif
