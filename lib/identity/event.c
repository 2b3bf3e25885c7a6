#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "json.h"
#include "mem.h"
#include "store.h"

static int
bytes(const char *a, size_t n, const char *b, size_t m)
{
	int c = memcmp(a, b, n < m ? n : m);

	return c != 0 ? c : (n > m) - (n < m);
}

static struct js_val
whole(const struct event *e)
{
	return (struct js_val){
	    e->p, e->len, e->flags & EVENT_STUB ? JS_ARRAY : JS_OBJECT, 0};
}

const char *
event_mid(const struct event *e, struct buf *scratch, size_t *n)
{
	struct js_val v = {e->p + e->mid - 1, e->midlen + 2, JS_STRING, 1};

	if (e->flags & EVENT_ESCAPED)
		return js_text(v, scratch, n);
	*n = e->midlen;
	return e->p + e->mid;
}

static int
by_mid(const struct event *a, const struct event *b)
{
	struct buf s = {0};
	const char *p, *q;
	size_t n, m;
	int c;

	if (!((a->flags | b->flags) & EVENT_ESCAPED))
		return bytes(
		    a->p + a->mid, a->midlen, b->p + b->mid, b->midlen);
	buf_room(&s, a->midlen + b->midlen + (size_t)JS_PAD);
	p = event_mid(a, &s, &n);
	q = event_mid(b, &s, &m);
	c = bytes(p, n, q, m);
	buf_free(&s);
	return c;
}

int
event_compare(const struct event *a, const struct event *b)
{
	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	return by_mid(a, b);
}

static struct js_val
version(const struct event *e)
{
	return e->flags & EVENT_STUB ? js_element(whole(e), 2)
				     : js_member(whole(e), "version", 7);
}

/* No version, then numbers by value, then texts by bytes. */
static int
by_version(struct js_val a, struct js_val b)
{
	struct buf s = {0};
	struct dec x, y;
	const char *p, *q;
	size_t n, m;
	int c, rank[2] = {a.type == JS_NUMBER   ? 1
			  : a.type == JS_STRING ? 2
						: 0,
		   b.type == JS_NUMBER   ? 1
		   : b.type == JS_STRING ? 2
					 : 0};

	if (rank[0] != rank[1] || rank[0] == 0)
		return rank[0] - rank[1];
	if (rank[0] == 1)
		return js_dec(a, &x) && js_dec(b, &y)
			   ? dec_cmp(x, y)
			   : (js_double(a) > js_double(b)) -
				 (js_double(a) < js_double(b));
	buf_room(&s, a.len + b.len + (size_t)JS_PAD);
	p = js_text(a, &s, &n);
	q = js_text(b, &s, &m);
	c = bytes(p, n, q, m);
	buf_free(&s);
	return c;
}

/* The first 16 hexadecimal digits of an event's SHA-256. */
static void
fingerprint(const struct event *e, char out[16])
{
	unsigned char md[DIGEST_SIZE];
	struct js_val v;
	struct buf hex = {0};

	if (e->flags & EVENT_STUB) {
		v = js_element(whole(e), 3);
		memset(out, 0, 16);
		if (v.type == JS_STRING)
			memcpy(out, v.p + 1, v.len - 2 < 16 ? v.len - 2 : 16);
		return;
	}
	digest_sha256(e->p, e->len, md);
	digest_hex(md, 8, &hex);
	memcpy(out, hex.p, 16);
	buf_free(&hex);
}

int
event_prevails(const struct event *a, const struct event *b)
{
	char x[16], y[16];
	int c;

	if (!((a->flags | b->flags) & EVENT_STUB) && a->len == b->len &&
	    memcmp(a->p, b->p, a->len) == 0)
		return 0;
	c = by_version(version(a), version(b));
	if (c != 0)
		return c;
	if (!((a->flags | b->flags) & EVENT_STUB))
		return bytes(a->p, a->len, b->p, b->len);
	fingerprint(a, x);
	fingerprint(b, y);
	return memcmp(x, y, sizeof x);
}

static int
by_order(const void *a, const void *b)
{
	return event_compare(a, b);
}

static void
insert(struct event *e, size_t n)
{
	struct event one;
	size_t i, k;

	for (i = 1; i < n; i++) {
		one = e[i];
		for (k = i; k > 0 && event_compare(&e[k - 1], &one) > 0; k--)
			e[k] = e[k - 1];
		e[k] = one;
	}
}

/* Exports come nearly in order: look before sorting. */
void
events_sort(struct event *e, size_t n)
{
	size_t i;

	if (n <= 32) {
		insert(e, n);
		return;
	}
	for (i = 1; i < n; i++)
		if (event_compare(&e[i - 1], &e[i]) > 0)
			break;
	if (i < n)
		mem_sort(e, n, sizeof *e, by_order);
}
