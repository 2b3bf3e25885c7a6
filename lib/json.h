/*
 * The record scanner.  It validates every byte of a line (RFC 8259, UTF-8,
 * depth at most 1,024) and picks out the fields that a plan names; it builds
 * no tree and changes nothing.  Values point into the line and live as long
 * as its bytes.  A plan is compiled once and may be shared by threads; a
 * js_line is one thread's and is used again for every line.
 *
 * The line handed to js_scan must be followed by JS_PAD readable bytes, the
 * first of them '\n' (input_line and js_pad see to that).
 */
#ifndef CDP_JSON_H
#define CDP_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "dec.h"

#define JS_PAD 64
#define JS_DEPTH 1024

enum js_type {
	JS_MISSING,
	JS_NULL,
	JS_FALSE,
	JS_TRUE,
	JS_NUMBER,
	JS_STRING, /* p, len: with the quotes */
	JS_ARRAY,
	JS_OBJECT,
	JS_TEXT, /* decoded bytes without quotes: a CSV cell, never from a scan
		  */
};

struct js_val {
	const char *p; /* the value's text in the line */
	uint32_t len;
	uint8_t type;
	uint8_t escaped; /* a string that holds a backslash */
};

/* One step of a path: a member's name, or an array index where key is NULL. */
struct js_step {
	const char *key; /* decoded; may hold a NUL */
	size_t len;
	size_t index;
};

struct js_plan;
struct index;

struct js_plan *js_plan_new(void);
void js_plan_free(struct js_plan *);
/* A field of the record; returns its slot.  Zero steps: the record itself.
 * Naming a path again returns the same slot. */
int js_plan_field(struct js_plan *, const struct js_step *, int n);
/* A field of every element of the array `events`; returns its column.  Zero
 * steps: the whole event. */
int js_plan_each(struct js_plan *, const struct js_step *, int n);
/* The column of a plain key of the events, or -1 where nobody asked for it. */
int js_plan_column(const struct js_plan *, const char *key);
/* A member of the record whose every occurrence is to be noted (js_span);
 * returns its number, to be used in js_span.member. */
int js_plan_member(struct js_plan *, const char *key);
/* Helper: a dotted path of plain names ("ids.phone") to steps; n <= max. */
int js_steps(const char *dotted, struct js_step *, int max);

/* Where a noted member stands: [from, to) holds key and value without the
 * commas around them. */
struct js_span {
	int member;
	uint32_t from, to;
};

struct js_line {
	const char *p;
	size_t len;
	struct js_val *slot; /* js_plan_field's; JS_MISSING where absent */
	struct js_val *each; /* neach rows of neachcol columns */
	size_t neach, neachcol;
	struct js_span *span; /* in order of appearance */
	size_t nspan;
	bool empty;      /* the record has no member at all */
	uint32_t close;  /* offset of the closing brace */
	uint32_t events; /* offset of the key of the last "events", or 0 */
	/* private: capacities */
	size_t slotcap, eachcap, spancap;
	struct buf key;
	struct index *index;
	bool indexed;    /* the index is this line's */
	unsigned spaced; /* so many lines more are scanned step by step */
};

struct js_error {
	size_t at;       /* byte offset in the line */
	const char *why; /* a constant: "invalid escape" ... */
};

void js_pad(struct buf *); /* behind its bytes; len stays */
/* One line: must be one object, white space around it allowed.  Duplicate
 * keys: the last wins.  False: *e says where and why. */
bool js_scan(const struct js_plan *, const char *p, size_t n, struct js_line *,
    struct js_error *e);
/* Any JSON value, not just an object; picks nothing.  Padded like a line; may
 * hold newlines. */
bool js_valid(const char *p, size_t n, struct js_error *e);
/* The first duplicate key at any level of a valid value, at its opening quote
 * (keylen: with both quotes), or NULL. */
const char *js_duplicate(const char *p, size_t n, size_t *keylen);
/* The same of the line scanned last, while its bytes stand: faster. */
const char *js_line_duplicate(const struct js_line *, size_t *keylen);
/* The line scanned last has no white space around its tokens.  False says
 * nothing. */
static inline bool
js_line_compact(const struct js_line *l)
{
	return l->indexed;
}
void js_line_free(struct js_line *);

static inline struct js_val
js_each(const struct js_line *l, size_t event, int column)
{
	return l->each[event * l->neachcol + (size_t)column];
}

/* ---- inside one value; the text is already known to be valid, and as many
 * as 16 bytes behind it are readable ---- */

/* Member of an object (last of equal names) or JS_MISSING. */
struct js_val js_member(struct js_val object, const char *key, size_t n);
struct js_val js_element(struct js_val array, size_t i);
struct js_val js_path(struct js_val, const struct js_step *, int n);

struct js_iter { /* over the elements of an array or members of an object */
	const char *p, *end;
	bool object;
};
struct js_iter js_iterate(struct js_val);
/* False at the end.  key (of an object; raw, with quotes) may be NULL. */
bool js_next(struct js_iter *, struct js_val *key, struct js_val *value);

/* The decoded bytes of a string: into the line where it has no escapes, else
 * appended to *scratch (so they stay until the caller empties it). */
const char *js_text(struct js_val, struct buf *scratch, size_t *n);
void js_raw(struct js_val, struct buf *); /* its bytes; missing: null */
bool js_is(struct js_val, const char *text, size_t n); /* a string, equal */
bool js_dec(struct js_val, struct dec *); /* of a number; false: too long */
double js_double(struct js_val);          /* of a number, correctly rounded */
struct js_val js_text_val(const char *p, size_t n); /* a JS_TEXT */

#endif
