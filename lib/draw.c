#include "buf.h"
#include "digest.h"
#include "draw.h"

uint64_t
draw_key(const char *salt, size_t n, const char *who, size_t m)
{
	unsigned char md[DIGEST_SIZE];
	struct buf b = {0};
	uint64_t v = 0;
	int i;

	buf_add(&b, salt, n);
	buf_byte(&b, '\0');
	buf_add(&b, who, m);
	digest_sha256(b.p, b.len, md);
	buf_free(&b);
	for (i = 0; i < 8; i++)
		v = v << 8 | md[i];
	return v;
}
