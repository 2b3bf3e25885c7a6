#include <iconv.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "mem.h"
#include "recode.h"

#define FIRST_LEAD 0x81
#define FIRST_TRAIL 0x40
#define TRAILS (0xff - FIRST_TRAIL)
#define PAIRS ((0xff - FIRST_LEAD) * TRAILS)

/*
 * pair: the double-byte characters of the GB family as UTF-8 (three bytes,
 * their number above them), asked of iconv once: it converts a character at
 * a time and slowly.
 */
struct recode {
	iconv_t cd;
	enum recode_unit unit;
	bool plain;
	uint32_t *pair;
};

static bool
is_name(const char *s, const char *const *names)
{
	for (; *names != NULL; names++)
		if (strcasecmp(s, *names) == 0)
			return true;
	return false;
}

/* A newline is a newline, and the rest of ASCII itself. */
static bool
holds_ascii(iconv_t cd)
{
	char in[128], out[256], *p = in, *q = out;
	size_t n = sizeof in, m = sizeof out;
	int i;

	for (i = 0; i < 128; i++)
		in[i] = (char)i;
	if (iconv(cd, &p, &n, &q, &m) == (size_t)-1 || q - out != 128)
		return false;
	return memcmp(in, out, 128) == 0;
}

static uint32_t
ask_pair(iconv_t cd, int lead, int trail)
{
	char in[2] = {(char)lead, (char)trail}, *p = in, *q;
	unsigned char out[8];
	size_t n = 2, m = sizeof out, k;
	uint32_t packed = 0;

	q = (char *)out;
	iconv(cd, NULL, NULL, NULL, NULL);
	if (iconv(cd, &p, &n, &q, &m) == (size_t)-1 || sizeof out - m > 3)
		return 0;
	for (k = 0; k < sizeof out - m; k++)
		packed |= (uint32_t)out[k] << 8 * k;
	return packed | (uint32_t)k << 24;
}

static void
ask_pairs(struct recode *r)
{
	int lead, trail;
	uint32_t *to;

	r->pair = to = mem_alloc(PAIRS, sizeof *r->pair);
	for (lead = FIRST_LEAD; lead < 0xff; lead++)
		for (trail = FIRST_TRAIL; trail < 0xff; trail++)
			*to++ = ask_pair(r->cd, lead, trail);
	iconv(r->cd, NULL, NULL, NULL, NULL);
}

struct recode *
recode_open(const char *encoding)
{
	static const char *const utf8[] = {"UTF-8", "UTF8", "ASCII", NULL};
	static const char *const gb[] = {
	    "GB18030", "GBK", "GB2312", "CP936", NULL};
	static const char *const big[] = {"UTF-16BE", NULL};
	static const char *const little[] = {"UTF-16LE", "UTF-16", NULL};
	struct recode *r = mem_alloc(1, sizeof *r);

	r->plain = is_name(encoding, utf8);
	if (r->plain)
		return r;
	r->unit = is_name(encoding, little) ? RECODE_WIDE_LITTLE
		  : is_name(encoding, big)  ? RECODE_WIDE_BIG
					    : RECODE_BYTE;
	if (r->unit == RECODE_WIDE_LITTLE)
		encoding = "UTF-16LE";
	r->cd = iconv_open("UTF-8", encoding);
	if (r->cd == (iconv_t)-1 ||
	    (r->unit == RECODE_BYTE && !holds_ascii(r->cd))) {
		recode_close(r);
		return NULL;
	}
	if (is_name(encoding, gb))
		ask_pairs(r);
	return r;
}

void
recode_close(struct recode *r)
{
	if (r == NULL)
		return;
	if (!r->plain && r->cd != (iconv_t)-1)
		iconv_close(r->cd);
	free(r->pair);
	free(r);
}

bool
recode_plain(const struct recode *r)
{
	return r->plain;
}

enum recode_unit
recode_unit(const struct recode *r)
{
	return r->unit;
}

/* Length of the run of ASCII that p begins with. */
static size_t
ascii_run(const char *p, size_t n)
{
	size_t i = 0;

#ifdef __SSE2__
	for (; n - i >= 16; i += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(p + i));
		int high = _mm_movemask_epi8(v);

		if (high != 0)
			return i + (size_t)__builtin_ctz((unsigned)high);
	}
#endif
	while (i < n && (unsigned char)p[i] < 0x80)
		i++;
	return i;
}

/* Length of the sequence at p, or 0.  Table 3-7 of the Unicode standard. */
static size_t
sequence(const unsigned char *p, size_t n)
{
	unsigned char c = p[0], low = 0x80, high = 0xbf;
	size_t want, i;

	if (c < 0xc2 || c > 0xf4)
		return 0;
	want = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	if (n < want)
		return 0;
	if (c == 0xe0)
		low = 0xa0;
	else if (c == 0xf0)
		low = 0x90;
	else if (c == 0xed)
		high = 0x9f;
	else if (c == 0xf4)
		high = 0x8f;
	if (p[1] < low || p[1] > high)
		return 0;
	for (i = 2; i < want; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return want;
}

/* Three bytes of E1 to EC, EE or EF and two tails: most Chinese text. */
static bool
is_three(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;
	uint32_t v;

	memcpy(&v, p, sizeof v);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return (v & 0xc0c0f0) == 0x8080e0 && u[0] != 0xe0 && u[0] != 0xed;
#else
	return (v >> 8 & 0xf0c0c0) == 0xe08080 && u[0] != 0xe0 && u[0] != 0xed;
#endif
}

bool
recode_valid(const char *p, size_t n, size_t *bad)
{
	size_t i = 0, k;

	for (;;) {
		i += ascii_run(p + i, n - i);
		for (;;) {
			while (n - i >= 4 && is_three(p + i))
				i += 3;
			if (i == n || (unsigned char)p[i] < 0x80)
				break;
			k = sequence((const unsigned char *)p + i, n - i);
			if (k == 0) {
				*bad = i;
				return false;
			}
			i += k;
		}
		if (i == n)
			return true;
	}
}

/* By iconv.  NULs are let through: JSON can escape them. */
static bool
convert(
    struct recode *r, const char *s, size_t n, struct buf *out, size_t *left)
{
	char *p = (char *)(uintptr_t)s, *q;
	size_t m, got;

	buf_room(out, n * 3 + 16);
	q = out->p + out->len;
	m = out->cap - out->len;
	iconv(r->cd, NULL, NULL, NULL, NULL);
	got = iconv(r->cd, &p, &n, &q, &m);
	out->len = (size_t)(q - out->p);
	*left = n;
	return got != (size_t)-1;
}

/* ASCII and pairs by the table, the rest (four bytes) by iconv. */
static bool
gb_text(struct recode *r, const char *p, size_t n, struct buf *out, size_t *bad)
{
	const unsigned char *s = (const unsigned char *)p;
	size_t i = 0, k, left;
	uint32_t v;

	buf_room(out, n * 3 + 16);
	while (i < n) {
		k = ascii_run(p + i, n - i);
		buf_add(out, p + i, k);
		i += k;
		for (; i < n && s[i] >= 0x80; i += k) {
			k = n - i < 2 ? 1 : s[i + 1] < FIRST_TRAIL ? 4 : 2;
			v = k == 2 && s[i] >= FIRST_LEAD && s[i] < 0xff &&
				    s[i + 1] < 0xff
				? r->pair[(s[i] - FIRST_LEAD) * TRAILS +
					  s[i + 1] - FIRST_TRAIL]
				: 0;
			*bad = i;
			if (v != 0) {
				memcpy(out->p + out->len, &v, 3);
				out->len += v >> 24;
			} else if (k > n - i ||
				   !convert(r, p + i, k, out, &left))
				return false;
		}
	}
	return true;
}

bool
recode_text(
    struct recode *r, const char *p, size_t n, struct buf *out, size_t *bad)
{
	size_t k = 0, left;

	if (r->plain) {
		if (!recode_valid(p, n, bad))
			return false;
		buf_add(out, p, n);
		return true;
	}
	if (r->pair != NULL)
		return gb_text(r, p, n, out, bad);
	if (r->unit == RECODE_BYTE) {
		k = ascii_run(p, n);
		buf_add(out, p, k);
	}
	if (convert(r, p + k, n - k, out, &left))
		return true;
	*bad = n - left;
	return false;
}

const char *
recode_mark(const char *p, size_t n, size_t *len)
{
	*len = 3;
	if (n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		return "UTF-8";
	*len = 2;
	if (n >= 2 && memcmp(p, "\xff\xfe", 2) == 0)
		return "UTF-16LE";
	if (n >= 2 && memcmp(p, "\xfe\xff", 2) == 0)
		return "UTF-16BE";
	*len = 4;
	if (n >= 4 && memcmp(p, "\x84\x31\x95\x33", 4) == 0)
		return "GB18030";
	*len = 0;
	return NULL;
}
