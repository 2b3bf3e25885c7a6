#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "id.h"

const char *const id_forms[] = {
    "none", "lower", "upper", "email", "phone", "digits", NULL};

/* Calling codes and the trunk prefix dropped before them (ITU-T E.164 and
 * E.123); lengths are of the national number. */
static const struct country {
	const char *name, *code, *trunk;
	size_t least, most;
} countries[] = {
    {"CN", "86", "0", 7, 11},
    {"HK", "852", "", 8, 8},
    {"MO", "853", "", 8, 8},
    {"TW", "886", "0", 8, 9},
    {"SG", "65", "", 8, 8},
    {"MY", "60", "0", 8, 10},
    {"JP", "81", "0", 9, 10},
    {"KR", "82", "0", 8, 10},
    {"IN", "91", "0", 10, 10},
    {"AU", "61", "0", 9, 9},
    {"NZ", "64", "0", 8, 10},
    {"GB", "44", "0", 9, 10},
    {"IE", "353", "0", 7, 9},
    {"DE", "49", "0", 6, 11},
    {"FR", "33", "0", 9, 9},
    {"IT", "39", "", 6, 11},
    {"ES", "34", "", 9, 9},
    {"NL", "31", "0", 9, 9},
    {"US", "1", "1", 10, 10},
    {"CA", "1", "1", 10, 10},
    {"BR", "55", "0", 10, 11},
    {"MX", "52", "", 10, 10},
    {"RU", "7", "8", 10, 10},
};

static const struct country *
country_of(const char *name)
{
	size_t i;

	for (i = 0; name != NULL && i < sizeof countries / sizeof *countries;
	     i++)
		if (strcmp(countries[i].name, name) == 0)
			return &countries[i];
	return NULL;
}

bool
id_country(const char *name)
{
	return country_of(name) != NULL;
}

/* ---- what the bytes tell at once ---- */

/* Are the eight bytes at p digits? */
static bool
digits(const char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof v);
	return ((v & UINT64_C(0xf0f0f0f0f0f0f0f0)) |
		   ((v + UINT64_C(0x0606060606060606)) &
		       UINT64_C(0xf0f0f0f0f0f0f0f0)) >>
		       4) == UINT64_C(0x3333333333333333);
}

static bool
is_usual(char c)
{
	return (c >= '0' && c <= ':') || (c >= '@' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z') || c == '_' || c == '-' || c == '.';
}

#ifdef __SSE2__
static __m128i
between(__m128i v, char low, char high)
{
	return _mm_and_si128(_mm_cmpgt_epi8(v, _mm_set1_epi8((char)(low - 1))),
	    _mm_cmplt_epi8(v, _mm_set1_epi8((char)(high + 1))));
}

/* is_usual of sixteen bytes. */
static bool
are_usual(const char *p)
{
	__m128i v = _mm_loadu_si128((const __m128i *)p);
	__m128i ok = _mm_or_si128(
	    _mm_or_si128(between(v, '0', ':'), between(v, '@', 'Z')),
	    _mm_or_si128(between(v, 'a', 'z'),
		_mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('_')),
		    between(v, '-', '.'))));

	return _mm_movemask_epi8(ok) == 0xffff;
}
#endif

/* Most ids are letters, digits and a few marks: nothing to undo. */
static bool
usual(struct text t)
{
	size_t i = 0;

#ifdef __SSE2__
	for (; t.len - i >= 16; i += 16)
		if (!are_usual(t.p + i))
			return false;
	if (t.len >= 16)
		return are_usual(t.p + t.len - 16);
#endif
	for (; i < t.len; i++)
		if (!is_usual(t.p[i]))
			return false;
	return true;
}

/* Eight digits to sixteen, as phones are. */
static bool
plain_digits(struct text t)
{
	return t.len >= 8 && t.len <= 16 && digits(t.p) &&
	       digits(t.p + t.len - 8);
}

/* ---- what is no key ---- */

static size_t
stars(struct text t)
{
	static const char *const marks[] = {
	    "*", "\xef\xbc\x8a", "\xe2\x80\xa2", "\xe2\x97\x8f"};
	size_t i, j, n, found = 0;

	for (i = 0; i < t.len; i += n) {
		n = 1;
		for (j = 0; j < sizeof marks / sizeof *marks; j++)
			if (t.len - i >= strlen(marks[j]) &&
			    memcmp(t.p + i, marks[j], strlen(marks[j])) == 0) {
				n = strlen(marks[j]);
				found++;
				break;
			}
	}
	return found;
}

/* 138xxxx0000: at least three x between digits, and nothing else. */
static bool
crossed_out(struct text t)
{
	size_t i, x = 0;

	if (t.len < 7)
		return false;
	for (i = 0; i < t.len; i++) {
		if (t.p[i] == 'x' || t.p[i] == 'X')
			x++;
		else if ((t.p[i] < '0' || t.p[i] > '9') && t.p[i] != '+' &&
			 t.p[i] != '-')
			return false;
	}
	return x >= 3;
}

/* Receivers of Chinese marketplaces: $index$text$1$, ~index~text~1~ and
 * #index#text#1# say a key's version at the end. */
static bool
encrypted(struct text t)
{
	char mark = t.len > 6 ? t.p[0] : '\0';
	const char *p, *end = t.p + t.len - 1;
	size_t marks = 0;

	if ((mark != '$' && mark != '~' && mark != '#') || *end != mark)
		return false;
	for (p = t.p; p <= end; p++)
		marks += *p == mark;
	return marks >= 3 && end[-1] >= '0' && end[-1] <= '9';
}

static const char *
unfit(struct text t)
{
	return stars(t) >= 2 || crossed_out(t) ? "masked"
	       : encrypted(t)                  ? "encrypted"
					       : NULL;
}

/* ---- normal forms ---- */

static struct text
fold(struct text t, char from, char to, struct buf *scratch)
{
	char *p = scratch->p + scratch->len;
	size_t i;

	for (i = 0; i < t.len; i++)
		p[i] = t.p[i] >= from && t.p[i] <= to ? (char)(t.p[i] ^ 0x20)
						      : t.p[i];
	scratch->len += t.len;
	return text_of(p, t.len);
}

/* One @ with something before it and a dot somewhere behind it. */
static bool
looks_like_email(struct text t)
{
	const char *at = memchr(t.p, '@', t.len), *end = t.p + t.len;
	const char *dot;

	if (at == NULL || at == t.p || memchr(at + 1, '@', end - at - 1))
		return false;
	dot = memchr(at + 1, '.', (size_t)(end - at - 1));
	return dot != NULL && dot > at + 1 && end[-1] != '.' &&
	       memchr(t.p, ' ', t.len) == NULL;
}

static struct text
only_digits(struct text t, struct buf *scratch, bool *clean)
{
	char *to = scratch->p + scratch->len, *p = to;
	size_t i;
	char c;

	*clean = true;
	for (i = 0; i < t.len; i++) {
		c = t.p[i];
		if (c >= '0' && c <= '9')
			*p++ = c;
		else if (strchr(" -().+/", c) == NULL || c == '\0')
			*clean = false;
	}
	scratch->len += (size_t)(p - to);
	return text_of(to, (size_t)(p - to));
}

static bool
starts(struct text t, const char *prefix)
{
	size_t n = strlen(prefix);

	return t.len >= n && memcmp(t.p, prefix, n) == 0;
}

static bool
fits(const struct country *c, struct text national)
{
	return national.len >= c->least && national.len <= c->most &&
	       (strcmp(c->name, "CN") != 0 || national.p[0] != '1' ||
		   national.len == 11);
}

/* A number without + is national, or has its country's code in front. */
static bool
national(const struct country *c, struct text d, struct text *out)
{
	size_t code = strlen(c->code);

	if (starts(d, "00") && starts(text_of(d.p + 2, d.len - 2), c->code))
		d = text_of(d.p + 2, d.len - 2);
	*out = text_of(d.p + code, d.len - code);
	if (starts(d, c->code) && d.len > code && fits(c, *out) &&
	    (d.len > c->most || !fits(c, d)))
		return true;
	if (c->trunk[0] != '\0' && starts(d, c->trunk) && d.len > c->least)
		d = text_of(d.p + 1, d.len - 1);
	*out = d;
	return fits(c, d);
}

/* plain: nothing but digits. */
static bool
phone(struct text t, bool plain, const char *name, struct buf *scratch,
    struct text *out)
{
	const struct country *c = country_of(name);
	bool plus = t.len > 0 && t.p[0] == '+', clean;
	struct text d;
	size_t at;

	d = plain ? t : only_digits(t, scratch, &clean);
	if (!plain && !clean)
		return false;
	at = scratch->len;
	buf_byte(scratch, '+');
	if (plus) {
		if (d.len < 7 || d.len > 15 || d.p[0] == '0')
			return false;
		/* a national number is checked where its plan is known */
		if (c != NULL && starts(d, c->code) &&
		    !fits(c, text_of(d.p + strlen(c->code),
				 d.len - strlen(c->code))))
			return false;
	} else {
		if (c == NULL || !national(c, d, &d))
			return false;
		buf_adds(scratch, c->code);
	}
	buf_add(scratch, d.p, d.len);
	*out = text_of(scratch->p + at, scratch->len - at);
	return true;
}

static bool
digits_only(struct text t)
{
	size_t i;

	for (i = 0; i < t.len; i++)
		if (t.p[i] < '0' || t.p[i] > '9')
			return false;
	return t.len > 0;
}

static bool
form(enum id_form f, const char *country, struct text t, bool plain,
    struct buf *scratch, struct text *out)
{
	bool clean;

	*out = t;
	switch (f) {
	case ID_LOWER:
		*out = fold(t, 'A', 'Z', scratch);
		return true;
	case ID_UPPER:
		*out = fold(t, 'a', 'z', scratch);
		return true;
	case ID_EMAIL:
		*out = fold(t, 'A', 'Z', scratch);
		return looks_like_email(*out);
	case ID_PHONE:
		return phone(t, plain, country, scratch, out);
	case ID_DIGITS:
		*out = only_digits(t, scratch, &clean);
		return clean && digits_only(*out);
	default:
		return true;
	}
}

enum id_got
id_normal(enum id_form f, const char *country, struct text cell,
    struct buf *scratch, struct text *out, const char **label)
{
	struct text t = cell;
	bool plain = plain_digits(t), odd = !plain && !usual(t);
	size_t whole;

	/* what follows adds less than this, so no text moves */
	buf_room(scratch, 5 * cell.len + 64);
	if (odd)
		t = cell_trim(cell_narrow(cell_bare(t), scratch));
	*out = t;
	if (!plain && cell_is_scientific(t))
		return ID_SCIENTIFIC;
	*label = odd ? unfit(t) : !plain && crossed_out(t) ? "masked" : NULL;
	if (*label != NULL)
		return ID_UNFIT;
	whole = plain ? 0 : cell_whole(t);
	if (whole > 0)
		t.len = whole;
	if (form(f, country, t, plain || plain_digits(t), scratch, out))
		return ID_OK;
	*out = t;
	*label = "invalid";
	return ID_UNFIT;
}
