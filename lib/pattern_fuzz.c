/* Any bytes as a pattern, its end at the first newline, and a subject: what
 * matches has its groups inside the subject. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pattern.h"
#include "recode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
match(const struct pattern *p, const char *subject, size_t n)
{
	struct pattern_run *r = pattern_run_new();
	size_t i, from, to;

	if (pattern_match(p, r, subject, n) == PATTERN_YES)
		for (i = 0; i < 4; i++)
			if (pattern_group(r, i, &from, &to) && to > n)
				abort();
	pattern_run_free(r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *text = (const char *)data, *end = memchr(data, '\n', n);
	size_t length = end != NULL ? (size_t)(end - text) : n, at;
	size_t rest = end != NULL ? n - length - 1 : 0;
	struct pattern *p;
	const char *why;

	p = pattern_compile(text, length, n % 2 == 1, &at, &why);
	if (p == NULL && (why == NULL || at > length))
		abort();
	if (p != NULL && end != NULL && recode_valid(end + 1, rest, &at))
		match(p, end + 1, rest);
	if (p != NULL)
		pattern_free(p);
	return 0;
}
