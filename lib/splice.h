/*
 * Writes a record with members replaced and every other byte as it came.
 * Owns nothing.
 */
#ifndef CDP_SPLICE_H
#define CDP_SPLICE_H

#include "buf.h"
#include "json.h"

struct splice_edit {
	int member;        /* js_plan_member's number */
	const char *name;  /* plain ASCII, needs no escape */
	const char *value; /* JSON text; NULL: only remove */
	size_t len;
};

/*
 * Append the line and its newline to out.  All occurrences of an edited
 * member are removed; the new one stands where the first stood, else before
 * `events`, else last.  The plan must name every edited member, and `events`
 * too where its place matters.
 */
void splice_line(struct buf *out, const struct js_line *,
    const struct splice_edit *, size_t n);
/* The line with its edits, read again; its bytes are all that text holds
 * then. */
void splice_scan(struct buf *text, const struct js_line *,
    const struct splice_edit *, size_t n, const struct js_plan *,
    struct js_line *to);

#endif
