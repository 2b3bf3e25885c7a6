/*
 * For tests: both scanners in a row, and texts padded as lines are.  Who asks
 * for a padded copy frees it.
 */
#ifndef CDP_JSON_BOTH_H
#define CDP_JSON_BOTH_H

#include "json/scalar.h"
#include "test.h"

typedef bool scan_fn(const struct js_plan *, const char *, size_t,
    struct js_line *, struct js_error *);
static scan_fn *const scanners[] = {js_scan, scalar_scan};

/* A copy with the sentinel and padding that a line has; n bytes of room. */
static char *
padded(const char *p, size_t n)
{
	char *copy = mem_alloc(n + JS_PAD, 1);

	memcpy(copy, p, n);
	memset(copy + n, '\n', 1);
	return copy;
}

#endif
