/*
 * For tests and fuzzers: the scanner once more, with the table-driven string
 * loop, beside the one in the library.  Owns nothing.
 */
#ifndef CDP_JSON_SCALAR_H
#define CDP_JSON_SCALAR_H

#include "json.h"

bool scalar_scan(const struct js_plan *, const char *p, size_t n,
    struct js_line *, struct js_error *e);
bool scalar_valid(const char *p, size_t n, struct js_error *e);
void scalar_line_free(struct js_line *);

#define JS_SCALAR
#define js_scan scalar_scan
#define js_valid scalar_valid
#define js_line_free scalar_line_free
#include "json/scan.c"
#undef js_scan
#undef js_valid
#undef js_line_free

#endif
