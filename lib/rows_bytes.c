#include <string.h>

#include "rows_room.h"

#define LONGEST_CHARACTER 8

/* The bytes that are there, decoded behind what was not taken yet.  What is
 * not of the encoding becomes a byte that is of none; a character that the
 * end of the buffer cuts in two waits for its rest. */
static void
decode_some(struct rows *r)
{
	struct buf *b = &r->text;
	size_t bad;

	if (r->taken > 0) {
		memmove(b->p, b->p + r->taken, b->len - r->taken);
		b->len -= r->taken;
		r->taken = 0;
	}
	while (r->from < r->to && !recode_text(r->recode, r->p + r->from,
				      r->to - r->from, b, &bad)) {
		r->from += bad;
		if (!r->ended && r->to - r->from < LONGEST_CHARACTER)
			return;
		buf_byte(b, ROWS_WRONG);
		r->from += r->to - r->from < rows_width(r) ? 1 : rows_width(r);
	}
	r->from = r->to;
}

/* The end of the file is known one fill after its last bytes. */
static bool
more_text(struct rows *r, size_t had)
{
	bool more;

	do {
		more = rows_fill(r, &r->from);
		decode_some(r);
	} while (more && r->text.len - r->taken <= had);
	return r->text.len - r->taken > had;
}

bool
rows_bytes(struct rows *r, size_t had, const char **p, size_t *n)
{
	if (!recode_plain(r->recode)) {
		if (r->text.len - r->taken <= had && !more_text(r, had))
			return false;
		*p = r->text.p + r->taken;
		*n = r->text.len - r->taken;
		return true;
	}
	while (r->to - r->from <= had)
		if (!rows_fill(r, &r->from))
			return false;
	*p = r->p + r->from;
	*n = r->to - r->from;
	return true;
}

void
rows_take(struct rows *r, size_t used)
{
	if (recode_plain(r->recode))
		r->from += used;
	else
		r->taken += used;
}

bool
rows_plain(const struct rows *r)
{
	return recode_plain(r->recode);
}
