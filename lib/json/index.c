#include <stdlib.h>
#include <string.h>

#include "json/index.h"
#include "json/token.h"
#include "mem.h"

/*
 * The strings of a block are found by the parity of its quotes (Langdale and
 * Lemire, Parsing gigabytes of JSON per second, 2019).  The grammar is checked
 * by masks too, four words at once, so that only brackets, numbers, literals
 * and escapes are looked at one by one.
 */
#if defined(__x86_64__) && !defined(JS_SCALAR)

#include <immintrin.h>

#define TARGET __attribute__((target("avx2,bmi,bmi2,popcnt,pclmul")))
#define INLINE TARGET static inline __attribute__((always_inline))
#define WORDS 64    /* of 64 bytes: a chunk */
#define LANES 4     /* words in a vector */
#define DEEP 64     /* levels; what nests deeper is left to others */
#define OBJECT 0x20 /* tells { and } from [ and ] */
#define CLOSES 0x04 /* tells } and ] from { and [ */

typedef uint64_t vec __attribute__((vector_size(8 * LANES)));

/* A bit a byte in each. */
struct masks {
	uint64_t quote[WORDS]; /* the quotes of strings */
	uint64_t in[WORDS];    /* strings, from the opening quote on */
	uint64_t mark[WORDS];  /* any of { } [ ] : , in strings too */
	uint64_t bit0[WORDS], bit2[WORDS]; /* of each byte: which mark */
	uint64_t flip[WORDS];              /* from object to array, or back */
	uint64_t object[WORDS];            /* in an object, not an array */
} __attribute__((aligned(8 * LANES)));

/* What a block needs to know of those before. */
struct run {
	uint64_t in;       /* a string goes on: all ones */
	uint64_t wide;     /* words of the chunk beyond ASCII */
	unsigned high;     /* the last bytes may be part of a character */
	uint16_t *bracket; /* behind the last of the chunk's */
	__m256i least;     /* bytes: is there any below a blank? */
};

/* And a vector of those before. */
struct past {
	vec separator, open, other, key_due, key_end, carry;
};

struct pass {
	struct masks m;
	struct past past;
	struct run run;
	struct scan s;
	struct index *x;
	const char *escape_end; /* of the last escape */
	uint64_t object;        /* an object goes on: all ones */
	uint64_t start;         /* words with a number or literal */
	/* The open levels, the innermost outside: the bracket that closes it
	 * and, above eight bits, the number of its opening. */
	uint64_t level[DEEP], top;
	size_t depth;
	uint16_t bracket[64 * WORDS + 4]; /* of the chunk: where */
};

/* ---- strings and brackets ---- */

INLINE uint64_t
bits(__m256i a, __m256i b)
{
	return (uint32_t)_mm256_movemask_epi8(a) |
	       (uint64_t)(uint32_t)_mm256_movemask_epi8(b) << 32;
}

INLINE __m256i
table(const void *p)
{
	return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)p));
}

INLINE uint64_t
parity(uint64_t x)
{
	return (uint64_t)_mm_cvtsi128_si64(_mm_clmulepi64_si128(
	    _mm_cvtsi64_si128((long long)x), _mm_set1_epi8(-1), 0));
}

INLINE uint16_t *
list(uint16_t *to, uint64_t left, size_t base)
{
	size_t n = (size_t)_mm_popcnt_u64(left);

	for (size_t i = 0; i < 4; i++, left = _blsr_u64(left))
		to[i] = (uint16_t)(base + _tzcnt_u64(left));
	if (__builtin_expect(n > 4, 0))
		for (size_t i = 4; i < n; i++, left = _blsr_u64(left))
			to[i] = (uint16_t)(base + _tzcnt_u64(left));
	return to + n;
}

/* Word w of the chunk is ab. */
INLINE void
block(struct run *r, struct masks *m, size_t w, __m256i a, __m256i b,
    uint64_t quote, uint64_t valid)
{
	/* by the lower half of a byte: the mark it may be */
	static const char marks[16] = "\0\0\0\0\0\0\0\0\0\0:{,}\0";
	const __m256i blank = _mm256_set1_epi8(' '), by_half = table(marks);
	__m256i ma = _mm256_cmpeq_epi8(
	    _mm256_or_si256(a, blank), _mm256_shuffle_epi8(by_half, a));
	__m256i mb = _mm256_cmpeq_epi8(
	    _mm256_or_si256(b, blank), _mm256_shuffle_epi8(by_half, b));
	uint64_t in = r->in ^ parity(quote), mark, bit0;
	unsigned high = (unsigned)_mm256_movemask_epi8(_mm256_or_si256(a, b));

	r->least = _mm256_min_epu8(r->least, _mm256_min_epu8(a, b));
	r->wide |= (uint64_t)((high | r->high) != 0) << w;
	r->high = (unsigned)_mm256_movemask_epi8(b) >> 29;
	r->in = (uint64_t)((int64_t)in >> 63);
	in |= ~valid;
	m->quote[w] = quote;
	m->in[w] = in;
	m->mark[w] = mark = bits(ma, mb);
	m->bit0[w] = bit0 =
	    bits(_mm256_slli_epi16(a, 7), _mm256_slli_epi16(b, 7));
	m->bit2[w] = bits(_mm256_slli_epi16(a, 5), _mm256_slli_epi16(b, 5));
	m->flip[w] = 0;
	r->bracket = list(r->bracket, mark & bit0 & ~in, 64 * w);
}

/* Whole words of the chunk from w on, up to one with escapes. */
TARGET static size_t
plain_blocks(struct pass *t, const char *p, size_t w, size_t words)
{
	const __m256i mark = _mm256_set1_epi8('"');
	const __m256i slash = _mm256_set1_epi8('\\');
	struct run r = t->run;

	if (t->escape_end > p + 64 * w)
		return w;
	for (; w < words; w++) {
		const __m256i *v = (const __m256i *)(p + 64 * w);
		__m256i a = _mm256_loadu_si256(v),
			b = _mm256_loadu_si256(v + 1);
		__m256i any = _mm256_or_si256(
		    _mm256_cmpeq_epi8(a, slash), _mm256_cmpeq_epi8(b, slash));

		if (!_mm256_testz_si256(any, any))
			break;
		block(&r, &t->m, w, a, b,
		    bits(
			_mm256_cmpeq_epi8(a, mark), _mm256_cmpeq_epi8(b, mark)),
		    ~UINT64_C(0));
	}
	t->run = r;
	return w;
}

/* Takes out the quotes that a backslash stands before. */
static bool
escapes(struct pass *t, const char *p, uint64_t slash, uint64_t *quote)
{
	const char *q;
	int i;

	if (t->escape_end > p)
		*quote &= ~UINT64_C(1);
	for (; slash != 0; slash &= slash - 1) {
		i = __builtin_ctzll(slash);
		t->x->slash = true;
		if (p + i < t->escape_end)
			continue;
		if ((q = escape(&t->s, p + i)) == NULL)
			return false;
		t->escape_end = q;
		if (i < 63)
			*quote &= ~(UINT64_C(2) << i);
	}
	return true;
}

/* Any word of the chunk: n bytes and blanks. */
TARGET static bool
any_block(struct pass *t, const char *p, size_t w, size_t n)
{
	const __m256i mark = _mm256_set1_epi8('"');
	const __m256i slash = _mm256_set1_epi8('\\');
	char copy[64];
	uint64_t quote;
	__m256i a, b;

	memset(copy, ' ', sizeof(copy));
	memcpy(copy, p + 64 * w, n < 64 ? n : 64);
	a = _mm256_loadu_si256((const __m256i *)copy);
	b = _mm256_loadu_si256((const __m256i *)copy + 1);
	quote = bits(_mm256_cmpeq_epi8(a, mark), _mm256_cmpeq_epi8(b, mark));
	if (!escapes(t, p + 64 * w,
		bits(_mm256_cmpeq_epi8(a, slash), _mm256_cmpeq_epi8(b, slash)),
		&quote))
		return false;
	block(&t->run, &t->m, w, a, b, quote,
	    n < 64 ? (UINT64_C(1) << n) - 1 : ~UINT64_C(0));
	return true;
}

/* ---- UTF-8 ---- */

enum { /* what two bytes in a row may have wrong */
	SHORT = 1,
	LONG = 2,
	OVER3 = 4,
	LARGE = 8,
	SURROGATE = 16,
	OVER2 = 32,
	LARGE4 = 64, /* or too long a form */
	TAILS = 128,
	ANY = SHORT | LONG | TAILS,
	LARGES = ANY | LARGE | LARGE4,
	TAIL8 = LONG | OVER2 | TAILS | OVER3 | LARGE4,
	TAIL9 = LONG | OVER2 | TAILS | OVER3 | LARGE,
	TAILA = LONG | OVER2 | TAILS | SURROGATE | LARGE
};

/* By the halves of the first byte, and the upper half of the second. */
static const uint8_t first_high[16] = {LONG, LONG, LONG, LONG, LONG, LONG, LONG,
    LONG, TAILS, TAILS, TAILS, TAILS, SHORT | OVER2, SHORT,
    SHORT | OVER3 | SURROGATE, SHORT | LARGE | LARGE4};
static const uint8_t first_low[16] = {ANY | OVER3 | OVER2 | LARGE4, ANY | OVER2,
    ANY, ANY, ANY | LARGE, LARGES, LARGES, LARGES, LARGES, LARGES, LARGES,
    LARGES, LARGES, LARGES | SURROGATE, LARGES, LARGES};
static const uint8_t second_high[16] = {SHORT, SHORT, SHORT, SHORT, SHORT,
    SHORT, SHORT, SHORT, TAIL8, TAIL9, TAILA, TAILA, SHORT, SHORT, SHORT,
    SHORT};

INLINE __m256i
look_up(const uint8_t *by_half, __m256i v)
{
	return _mm256_shuffle_epi8(
	    table(by_half), _mm256_and_si256(v, _mm256_set1_epi8(0x0f)));
}

/* 32 bytes at p, the three before them readable.  Keiser and Lemire,
 * Validating UTF-8 in less than one instruction per byte (2021). */
INLINE __m256i
wrong_utf8(const char *p)
{
	__m256i v = _mm256_loadu_si256((const __m256i *)p);
	__m256i v1 = _mm256_loadu_si256((const __m256i *)(p - 1));
	__m256i v2 = _mm256_loadu_si256((const __m256i *)(p - 2));
	__m256i v3 = _mm256_loadu_si256((const __m256i *)(p - 3));
	__m256i pair = _mm256_and_si256(
	    _mm256_and_si256(look_up(first_high, _mm256_srli_epi16(v1, 4)),
		look_up(first_low, v1)),
	    look_up(second_high, _mm256_srli_epi16(v, 4)));
	/* the third and fourth byte of a character are tails as well */
	__m256i tail = _mm256_or_si256(
	    _mm256_subs_epu8(v2, _mm256_set1_epi8((char)(0xe0 - 0x80))),
	    _mm256_subs_epu8(v3, _mm256_set1_epi8((char)(0xf0 - 0x80))));

	return _mm256_xor_si256(
	    pair, _mm256_and_si256(tail, _mm256_set1_epi8((char)0x80)));
}

TARGET static bool
utf8(const struct pass *t, const char *chunk)
{
	__m256i wrong = _mm256_setzero_si256();
	char copy[32 + 64];

	for (uint64_t left = t->run.wide; left != 0; left &= left - 1) {
		const char *p = chunk + 64 * _tzcnt_u64(left);
		size_t n = (size_t)(t->s.end - p);

		if (p == t->s.begin || n < 64) {
			memset(copy, ' ', sizeof(copy));
			if (p > t->s.begin)
				memcpy(copy + 29, p - 3, 3);
			memcpy(copy + 32, p, n < 64 ? n : 64);
			p = copy + 32;
		}
		wrong = _mm256_or_si256(
		    wrong, _mm256_or_si256(wrong_utf8(p), wrong_utf8(p + 32)));
	}
	return _mm256_testz_si256(wrong, wrong);
}

/* ---- levels ---- */

/* Where an object begins or ends in an array, or the other way around. */
INLINE void
flip(struct masks *m, size_t at, uint64_t change)
{
	if (change & OBJECT)
		m->flip[at / 64] ^= UINT64_C(1) << (at % 64);
}

/* Matches the chunk's brackets. */
TARGET static bool
nest(struct pass *t, const char *p)
{
	const uint16_t *bracket = t->bracket, *end = t->run.bracket;
	struct index *x = t->x;
	struct opening *opening;
	uint64_t top = t->top;
	size_t n = x->nopening, depth = t->depth;
	uint32_t base = (uint32_t)(p - t->s.begin);

	if (n + (size_t)(end - bracket) > x->openingcap)
		x->opening = mem_grow(x->opening, &x->openingcap,
		    n + (size_t)(end - bracket), sizeof(*x->opening));
	opening = x->opening;
	while (bracket < end) {
		size_t at = *bracket++;
		unsigned char c = (unsigned char)p[at];

		if (!(c & CLOSES)) {
			if (depth == DEEP)
				return false;
			flip(&t->m, at, top ^ c);
			t->level[depth++] = top;
			top = (uint64_t)n++ << 8 | (c + 2);
		} else {
			uint64_t was = top;

			if ((unsigned char)top != c)
				return false;
			opening[top >> 8] =
			    (struct opening){base + (uint32_t)at, (uint32_t)n};
			top = t->level[--depth];
			flip(&t->m, at, top ^ was);
			if (depth == 0 && p + at + 1 != t->s.end)
				return false;
		}
	}
	t->top = top;
	t->depth = depth;
	x->nopening = n;
	return true;
}

/* ---- grammar ---- */

/* Each bit moved to the byte behind. */
INLINE vec
behind(vec x, vec was)
{
	return x << 1 | __builtin_shufflevector(was, x, 3, 4, 5, 6) >> 63;
}

/* Returns bits where the grammar is broken. */
INLINE vec
grammar(struct pass *t, size_t w, uint64_t *stop)
{
	struct masks *m = &t->m;
	struct past *past = &t->past;
#define AT(mask) (*(const vec *)(m->mask + w))
	vec quote = AT(quote), in = AT(in), mark = AT(mark) & ~in;
	vec bracket = mark & AT(bit0), bit2 = AT(bit2);
	vec open = bracket & ~bit2, close = bracket & bit2;
	vec colon = mark & ~bracket & ~bit2, comma = mark & ~bracket & bit2;
	vec stops = quote | mark, other = ~(in | stops);
	vec separator = mark & ~close;
	vec key_due = (open | comma) & AT(object), begin = quote & in;
	vec start = other & ~behind(other, past->other);
	vec due = behind(key_due, past->key_due), key = begin & due;
	vec sum, carry, key_end, wrong;
#undef AT

	_mm256_storeu_si256((__m256i *)(stop + w), (__m256i)stops);
	_mm256_storeu_si256((__m256i *)(t->x->key + (stop - t->x->stop) + w),
	    (__m256i)(key | bracket));
	*(vec *)(m->mark + w) = start;
	t->start |=
	    (uint64_t)(15 & ~_mm256_movemask_pd((__m256d)_mm256_cmpeq_epi64(
				(__m256i)start, _mm256_setzero_si256())))
	    << w;
	/* A key or value stands behind a separator and nowhere else; but an
	 * open bracket may be closed at once. */
	wrong = ((begin | start | open) ^ behind(separator, past->separator)) &
		~(close & behind(open, past->open));
	wrong |= (start | open) & due;
	/* Adding a string's first bit carries it to the closing quote. */
	sum = in + key;
	carry = (in & ~sum) >> 63;
	key_end = sum + __builtin_shufflevector(past->carry, carry, 3, 4, 5, 6);
	wrong |= (sum & ~key_end) >> 63; /* a key of more than a word */
	key_end &= quote & ~in;
	wrong |= colon ^ behind(key_end, past->key_end);
	*past = (struct past){separator, open, other, key_due, key_end, carry};
	return wrong;
}

/* A number of up to 15 bytes with no exponent; else NULL. */
INLINE const char *
short_number(const char *p)
{
	__m128i v = _mm_loadu_si128((const __m128i *)p);
	__m128i d = _mm_sub_epi8(v, _mm_set1_epi8('0'));
	uint32_t odd = ~(uint32_t)_mm_movemask_epi8(
	    _mm_cmpeq_epi8(_mm_min_epu8(d, _mm_set1_epi8(9)), d));
	uint32_t n = _tzcnt_u32(odd), rest;

	if (n == 0 || n > 14 || (*p == '0' && n > 1))
		return NULL;
	if (p[n] != '.')
		return p + n;
	rest = _tzcnt_u32(odd >> (n + 1));
	return rest == 0 || n + 1 + rest > 15 ? NULL : p + n + 1 + rest;
}

INLINE bool
ends_scalar(const char *p)
{
	return p != NULL && (*p == ',' || (*p | OBJECT) == '}');
}

TARGET static bool
scalars(struct pass *t, const char *p)
{
	for (; t->start != 0; t->start &= t->start - 1) {
		size_t w = _tzcnt_u64(t->start);
		uint64_t left = t->m.mark[w];

		do {
			const char *q = p + 64 * w + _tzcnt_u64(left);

			if (!ends_scalar(short_number(q)) &&
			    !ends_scalar(scalar(&t->s, q)))
				return false;
			left &= left - 1;
		} while (left != 0);
	}
	return true;
}

TARGET static bool
check(struct pass *t, const char *p, size_t words, uint64_t *stop)
{
	struct masks *m = &t->m;
	uint64_t object = t->object;
	vec wrong = {0};
	size_t w;

	if ((t->run.wide != 0 && !utf8(t, p)) || !nest(t, p))
		return false;
	for (w = 0; w < words; w++) {
		m->object[w] = object ^= parity(m->flip[w]);
		object = (uint64_t)((int64_t)object >> 63);
	}
	t->object = object;
	for (; w % LANES != 0; w++) {
		m->quote[w] = m->mark[w] = 0;
		m->in[w] = ~UINT64_C(0);
	}
	for (w = 0; w < words; w += LANES)
		wrong |= grammar(t, w, stop);
	return _mm256_testz_si256((__m256i)wrong, (__m256i)wrong) &&
	       scalars(t, p);
}

TARGET static bool
pass(struct pass *t, const char *p, size_t n)
{
	uint64_t *stop = t->x->stop;
	size_t w, words, left;

	t->run.least = _mm256_set1_epi8(' ');
	t->past.separator[LANES - 1] = UINT64_C(1) << 63;
	for (; n > 0; p += 64 * words, n -= left, stop += words) {
		left = n < 64 * WORDS ? n : 64 * WORDS;
		words = (left + 63) / 64;
		t->run.wide = 0;
		t->run.bracket = t->bracket;
		for (w = 0; w < words; w++) {
			w = plain_blocks(t, p, w, left / 64);
			if (w < words && !any_block(t, p, w, left - 64 * w))
				return false;
		}
		if (!check(t, p, words, stop))
			return false;
	}
	return t->depth == 0 && _mm256_movemask_epi8(_mm256_cmpeq_epi8(
				    t->run.least, _mm256_set1_epi8(' '))) == -1;
}

static bool
supported(void)
{
	__builtin_cpu_init();
	return __builtin_cpu_supports("avx2") &&
	       __builtin_cpu_supports("bmi") &&
	       __builtin_cpu_supports("bmi2") &&
	       __builtin_cpu_supports("popcnt") &&
	       __builtin_cpu_supports("pclmul");
}

bool
index_line(struct index *x, const char *p, size_t n)
{
	struct pass t;
	static _Atomic int can;

	if (can == 0)
		can = supported() ? 1 : -1;
	if (can < 0 || n < 2 || *p != '{' || n > UINT32_MAX - JS_PAD)
		return false;
	if (n / 64 + 16 > x->stopcap) {
		x->stop = mem_grow(
		    x->stop, &x->stopcap, n / 64 + 16, sizeof(*x->stop));
		x->key = mem_resize(x->key, x->stopcap, sizeof(*x->key));
	}
	x->nopening = 0;
	x->slash = false;
	t.s = (struct scan){.begin = p, .end = p + n};
	t.x = x;
	t.escape_end = p;
	t.run.in = t.run.high = 0;
	t.object = t.top = t.start = 0;
	t.depth = 0;
	memset(&t.past, 0, sizeof(t.past));
	return pass(&t, p, n);
}

#else

bool
index_line(struct index *x, const char *p, size_t n)
{
	(void)x;
	(void)p;
	(void)n;
	return false;
}

#endif

void
index_free(struct index *x)
{
	if (x == NULL)
		return;
	free(x->stop);
	free(x->key);
	free(x->opening);
	free(x);
}
