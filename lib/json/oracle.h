/*
 * For tests and fuzzers: jansson as the oracle of verdicts and values.  The
 * text belongs to the caller.
 */
#ifndef CDP_JSON_ORACLE_H
#define CDP_JSON_ORACLE_H

#include <stdlib.h>

#include <jansson.h>

#include "json.h"

/* Where jansson is known to be wrong, or stricter than RFC 8259. */
enum oracle_says {
	ORACLE_NO,
	ORACLE_YES,
	ORACLE_NUL_KEY, /* refuses \u0000 in a key, which is legal */
	ORACLE_RANGE, /* refuses legal numbers: 1e400, integers over 64 bits */
	ORACLE_NUL,   /* a NUL byte: it may stop there and accept "1\0" */
	ORACLE_DEPTH  /* its bound is 2,048 levels, ours 1,024 */
};

static inline bool
oracle_deep(const char *p, size_t n)
{
	size_t open = 0;

	for (size_t i = 0; i < n; i++)
		open += p[i] == '{' || p[i] == '[';
	return open > JS_DEPTH;
}

/* The tree goes to *root where the answer is ORACLE_YES. */
static inline enum oracle_says
oracle(const char *p, size_t n, json_t **root)
{
	json_error_t e;

	*root = NULL;
	if (memchr(p, '\0', n) != NULL)
		return ORACLE_NUL;
	if (oracle_deep(p, n))
		return ORACLE_DEPTH;
	*root = json_loadb(p, n, JSON_DECODE_ANY | JSON_ALLOW_NUL, &e);
	if (*root != NULL)
		return ORACLE_YES;
	if (json_error_code(&e) == json_error_null_byte_in_key)
		return ORACLE_NUL_KEY;
	if (json_error_code(&e) == json_error_numeric_overflow)
		return ORACLE_RANGE;
	return ORACLE_NO;
}

static inline bool
oracle_text(struct js_val v, const char *text, size_t n)
{
	struct buf b = {0};
	size_t len;
	const char *p = js_text(v, &b, &len);
	bool same = len == n && memcmp(p, text, n) == 0;

	buf_free(&b);
	return same && js_is(v, text, n);
}

static inline bool
oracle_number(struct js_val v, const json_t *want)
{
	struct dec d;

	if (v.type != JS_NUMBER)
		return false;
	if (json_is_real(want))
		return js_double(v) == json_real_value(want);
	return js_dec(v, &d) &&
	       dec_cmp(d, dec_of(json_integer_value(want))) == 0;
}

static inline bool oracle_same(struct js_val, json_t *);

static inline bool
oracle_array(struct js_val v, json_t *want)
{
	struct js_iter it = js_iterate(v);
	struct js_val item;
	size_t i = 0;

	if (v.type != JS_ARRAY)
		return false;
	while (js_next(&it, NULL, &item))
		if (!oracle_same(item, json_array_get(want, i++)))
			return false;
	return i == json_array_size(want);
}

/* Each of jansson's members is found, and no name is ours alone. */
static inline bool
oracle_object(struct js_val v, json_t *want)
{
	struct js_iter it = js_iterate(v);
	struct js_val name, item;
	const char *key;
	json_t *value;
	bool known = true;

	if (v.type != JS_OBJECT)
		return false;
	json_object_foreach(
	    want, key, value) if (!oracle_same(js_member(v, key, strlen(key)),
				      value)) return false;
	while (known && js_next(&it, &name, &item)) {
		struct buf b = {0};
		size_t n;
		const char *p = js_text(name, &b, &n);

		known = json_object_getn(want, p, n) != NULL;
		buf_free(&b);
	}
	return known;
}

static inline bool
oracle_same(struct js_val v, json_t *want)
{
	switch (json_typeof(want)) {
	case JSON_OBJECT:
		return oracle_object(v, want);
	case JSON_ARRAY:
		return oracle_array(v, want);
	case JSON_STRING:
		return v.type == JS_STRING &&
		       oracle_text(v, json_string_value(want),
			   json_string_length(want));
	case JSON_INTEGER:
	case JSON_REAL:
		return oracle_number(v, want);
	case JSON_TRUE:
		return v.type == JS_TRUE;
	case JSON_FALSE:
		return v.type == JS_FALSE;
	default:
		return v.type == JS_NULL;
	}
}

#endif
