/*
 * For tests: JSON texts drawn at random, and random damage.  Every draw is a
 * hash of the seed, so that a failure can be repeated.
 */
#ifndef CDP_JSON_MESSY_H
#define CDP_JSON_MESSY_H

#include "buf.h"
#include "draw.h"

struct messy {
	uint64_t key, which;
};

static inline size_t
messy_below(struct messy *m, size_t n)
{
	return (size_t)(draw_next(m->key, m->which++) % n);
}

static inline const char *
messy_one(struct messy *m, const char *const *list, size_t n)
{
	return list[messy_below(m, n)];
}

#define MESSY(m, list) messy_one(m, list, sizeof(list) / sizeof(list)[0])

static inline void
messy_space(struct messy *m, struct buf *b)
{
	static const char *const blank[] = {
	    "", "", "", "", "", " ", "\t", "  "};

	buf_adds(b, MESSY(m, blank));
}

static inline void
messy_scalar(struct messy *m, struct buf *b)
{
	static const char *const scalar[] = {"true", "false", "null", "0", "-0",
	    "19.99", "19.90", "1e5", "-1.5E-3", "9223372036854775807",
	    "-9223372036854775808", "9223372036854775808", "1e400",
	    "0.1234567890123456789", "\"\"", "\"a\"", "\"Order Completed\"",
	    "\"\xe4\xbf\x9d\xe6\xb8\xa9\xe6\x9d\xaf\"", "\"\\u4fdd\\n\\/\"",
	    "\"\\ud83d\\ude00\"", "\"\\u0000\"", "\"\xf0\x9f\x98\x80 x\"",
	    "\"caf\xc3\xa9 and more than sixteen bytes\"", "[]", "{}",
	    "\"2026-11-11T02:00:00.000Z\"", "\"\\\\\\\"\""};

	buf_adds(b, MESSY(m, scalar));
}

static inline void messy_value(struct messy *m, struct buf *b, int depth);

static inline void
messy_members(struct messy *m, struct buf *b, int depth)
{
	static const char *const key[] = {"\"a\"", "\"ids\"", "\"\\u0061\"",
	    "\"tags\"", "\"properties\"", "\"events\"", "\"\"",
	    "\"\xe6\x89\x8b\xe6\x9c\xba\"", "\"a long name of a member\""};

	for (size_t i = messy_below(m, 6), first = i; i > 0; i--) {
		if (i < first)
			buf_byte(b, ',');
		messy_space(m, b);
		buf_adds(b, MESSY(m, key));
		messy_space(m, b);
		buf_byte(b, ':');
		messy_value(m, b, depth - 1);
	}
}

static inline void
messy_value(struct messy *m, struct buf *b, int depth)
{
	size_t kind = depth > 0 ? messy_below(m, 4) : 0;

	messy_space(m, b);
	if (kind < 2) {
		messy_scalar(m, b);
	} else if (kind == 2) {
		buf_byte(b, '{');
		messy_members(m, b, depth);
		buf_byte(b, '}');
	} else {
		buf_byte(b, '[');
		for (size_t i = messy_below(m, 5), first = i; i > 0; i--) {
			if (i < first)
				buf_byte(b, ',');
			messy_value(m, b, depth - 1);
		}
		buf_byte(b, ']');
	}
	messy_space(m, b);
}

/* An object. */
static inline void
messy_record(struct messy *m, struct buf *b)
{
	messy_space(m, b);
	buf_byte(b, '{');
	messy_members(m, b, 4);
	buf_byte(b, '}');
	messy_space(m, b);
}

/* One to three bytes changed, taken out, doubled or swapped. */
static inline void
messy_damage(struct messy *m, struct buf *b)
{
	static const char byte[] = "\"\\{}[],: \n\t\x7f\x80\xbf\xc3\xe4\xed\xf4"
				   "0123456789.-+eEutfn";

	for (size_t i = 1 + messy_below(m, 3); i > 0 && b->len > 1; i--) {
		size_t at = messy_below(m, b->len - 1);
		size_t kind = messy_below(m, 5);
		char c = b->p[at];

		if (kind == 0) {
			memmove(b->p + at, b->p + at + 1, b->len - at - 1);
			b->len--;
		} else if (kind == 1) {
			buf_byte(b, c);
		} else if (kind == 2) {
			b->p[at] = b->p[at + 1];
			b->p[at + 1] = c;
		} else if (kind == 3) {
			b->p[at] = (char)messy_below(m, 256);
		} else {
			b->p[at] = byte[messy_below(m, sizeof(byte) - 1)];
		}
	}
}

#endif
