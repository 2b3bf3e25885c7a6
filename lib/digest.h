/*
 * SHA-256, HMAC-SHA-256 and UUIDv5, by libcrypto.  Results are written to
 * the caller's memory.
 */
#ifndef CDP_DIGEST_H
#define CDP_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

#define DIGEST_SIZE 32
#define UUID_TEXT 36 /* and a NUL */

struct digest; /* a running SHA-256 */

struct digest *digest_new(void);
void digest_add(struct digest *, const void *p, size_t n);
void digest_end(struct digest *, unsigned char out[DIGEST_SIZE]); /* frees */

void digest_sha256(const void *p, size_t n, unsigned char out[DIGEST_SIZE]);
void digest_hmac(const void *key, size_t keylen, const void *p, size_t n,
    unsigned char out[DIGEST_SIZE]);
void digest_hex(const unsigned char *p, size_t n, struct buf *);
bool uuid_parse(const char *p, size_t n, unsigned char out[16]);
/* RFC 9562, section 5.5: SHA-1 of namespace and name. */
void uuid5(const unsigned char space[16], const void *name, size_t n,
    char out[UUID_TEXT + 1]);
void uuid5_bytes(const unsigned char space[16], const void *name, size_t n,
    unsigned char out[16]);

#endif
