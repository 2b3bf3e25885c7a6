/*
 * A growing run of bytes.  The owner of the struct frees it with buf_free;
 * a zeroed struct is an empty buffer.
 */
#ifndef CDP_BUF_H
#define CDP_BUF_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct buf {
	char *p;
	size_t len, cap;
};

void buf_room(struct buf *, size_t more); /* cap - len >= more afterwards */
void buf_addf(struct buf *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void buf_addv(struct buf *, const char *fmt, va_list)
    __attribute__((format(printf, 2, 0)));
void buf_int(struct buf *, int64_t);
/* A JSON string with its quotes, from bytes that are valid UTF-8. */
void buf_json(struct buf *, const char *p, size_t n);
void buf_jsons(struct buf *, const char *); /* NULL as null */
/* A number: the shortest text that reads back equal; NaN, inf as null. */
void buf_double(struct buf *, double);
void buf_free(struct buf *);

static inline void
buf_add(struct buf *b, const void *p, size_t n)
{
	if (b->cap - b->len < n)
		buf_room(b, n);
	if (n > 0)
		memcpy(b->p + b->len, p, n);
	b->len += n;
}

static inline void
buf_byte(struct buf *b, char c)
{
	if (b->cap == b->len)
		buf_room(b, 1);
	b->p[b->len++] = c;
}

static inline void
buf_adds(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

#endif
