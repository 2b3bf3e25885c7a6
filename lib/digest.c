/* SHA256() of OpenSSL 3 looks the algorithm up on every call, at four times the
 * price of the sum itself; these do not. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "err.h"
#include "mem.h"

struct digest {
	EVP_MD_CTX *md;
};

struct digest *
digest_new(void)
{
	struct digest *d = mem_alloc(1, sizeof *d);

	d->md = EVP_MD_CTX_new();
	if (d->md == NULL || EVP_DigestInit_ex(d->md, EVP_sha256(), NULL) != 1)
		die("cannot start SHA-256");
	return d;
}

void
digest_add(struct digest *d, const void *p, size_t n)
{
	if (EVP_DigestUpdate(d->md, p, n) != 1)
		die("cannot go on with SHA-256");
}

void
digest_end(struct digest *d, unsigned char out[DIGEST_SIZE])
{
	if (EVP_DigestFinal_ex(d->md, out, NULL) != 1)
		die("cannot end SHA-256");
	EVP_MD_CTX_free(d->md);
	free(d);
}

void
digest_sha256(const void *p, size_t n, unsigned char out[DIGEST_SIZE])
{
	SHA256_CTX sum;

	SHA256_Init(&sum);
	SHA256_Update(&sum, p, n);
	SHA256_Final(out, &sum);
}

void
digest_hmac(const void *key, size_t keylen, const void *p, size_t n,
    unsigned char out[DIGEST_SIZE])
{
	if (HMAC(EVP_sha256(), key, (int)keylen, p, n, out, NULL) == NULL)
		die("cannot compute HMAC-SHA-256");
}

void
digest_hex(const unsigned char *p, size_t n, struct buf *b)
{
	static const char hex[] = "0123456789abcdef";
	char *to;
	size_t i;

	buf_room(b, 2 * n);
	to = b->p + b->len;
	for (i = 0; i < n; i++) {
		*to++ = hex[p[i] >> 4];
		*to++ = hex[p[i] & 15];
	}
	b->len += 2 * n;
}

static int
nibble(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

bool
uuid_parse(const char *p, size_t n, unsigned char out[16])
{
	size_t i, k = 0;
	int high, low;

	if (n != UUID_TEXT)
		return false;
	for (i = 0; i < n; i += 2) {
		if (i == 8 || i == 13 || i == 18 || i == 23)
			if (p[i++] != '-')
				return false;
		high = nibble(p[i]);
		low = nibble(p[i + 1]);
		if (high < 0 || low < 0)
			return false;
		out[k++] = (unsigned char)(high << 4 | low);
	}
	return true;
}

void
uuid5_bytes(const unsigned char space[16], const void *name, size_t n,
    unsigned char out[16])
{
	unsigned char md[SHA_DIGEST_LENGTH];
	SHA_CTX sum;

	SHA1_Init(&sum);
	SHA1_Update(&sum, space, 16);
	SHA1_Update(&sum, name, n);
	SHA1_Final(md, &sum);
	md[6] = (unsigned char)((md[6] & 0x0f) | 0x50);
	md[8] = (unsigned char)((md[8] & 0x3f) | 0x80);
	memcpy(out, md, 16);
}

void
uuid5(const unsigned char space[16], const void *name, size_t n,
    char out[UUID_TEXT + 1])
{
	static const char hex[] = "0123456789abcdef";
	unsigned char md[16];
	size_t i;

	uuid5_bytes(space, name, n, md);
	for (i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*out++ = '-';
		*out++ = hex[md[i] >> 4];
		*out++ = hex[md[i] & 15];
	}
	*out = '\0';
}
