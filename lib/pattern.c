#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

#include "err.h"
#include "mem.h"
#include "pattern.h"

#define STEPS 100000
#define HEAP_KIB 65536
#define LONGEST 4096 /* bytes of a pattern */
#define GROUPS 64
#define JIT_LEAST 32768
#define JIT_MOST 1048576

struct pattern {
	pcre2_code *code;
};

struct pattern_run {
	pcre2_match_data *data;
	pcre2_match_context *context;
	pcre2_jit_stack *stack;
	int groups; /* of the last match */
};

struct pattern *
pattern_compile(
    const char *p, size_t n, bool ignore_case, size_t *at, const char **why)
{
	static _Thread_local unsigned char text[256];
	struct pattern *pattern;
	pcre2_code *code;
	uint32_t flags = PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C;
	int error;

	*at = 0;
	if (n > LONGEST) {
		*why = "the pattern is longer than 4,096 bytes";
		return NULL;
	}
	if (ignore_case)
		flags |= PCRE2_CASELESS;
	code = pcre2_compile((PCRE2_SPTR)p, n, flags, &error, at, NULL);
	if (code == NULL) {
		pcre2_get_error_message(error, text, sizeof text);
		*why = (const char *)text;
		return NULL;
	}
	/* Where there is no JIT the interpreter gives the same answers. */
	pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
	pattern = mem_alloc(1, sizeof *pattern);
	pattern->code = code;
	return pattern;
}

void
pattern_free(struct pattern *p)
{
	if (p == NULL)
		return;
	pcre2_code_free(p->code);
	free(p);
}

struct pattern_run *
pattern_run_new(void)
{
	struct pattern_run *r = mem_alloc(1, sizeof *r);

	r->data = pcre2_match_data_create(GROUPS, NULL);
	r->context = pcre2_match_context_create(NULL);
	if (r->data == NULL || r->context == NULL)
		die("out of memory");
	pcre2_set_match_limit(r->context, STEPS);
	pcre2_set_heap_limit(r->context, HEAP_KIB);
	r->stack = pcre2_jit_stack_create(JIT_LEAST, JIT_MOST, NULL);
	if (r->stack != NULL)
		pcre2_jit_stack_assign(r->context, NULL, r->stack);
	return r;
}

void
pattern_run_free(struct pattern_run *r)
{
	if (r == NULL)
		return;
	pcre2_match_data_free(r->data);
	pcre2_match_context_free(r->context);
	if (r->stack != NULL)
		pcre2_jit_stack_free(r->stack);
	free(r);
}

enum pattern_verdict
pattern_match(
    const struct pattern *p, struct pattern_run *r, const char *s, size_t n)
{
	int found = pcre2_match(p->code, (PCRE2_SPTR)s, n, 0,
	    PCRE2_NO_UTF_CHECK, r->data, r->context);

	r->groups = found > 0 ? found : found == 0 ? GROUPS : 0;
	return found >= 0                     ? PATTERN_YES
	       : found == PCRE2_ERROR_NOMATCH ? PATTERN_NO
					      : PATTERN_LIMIT;
}

bool
pattern_group(const struct pattern_run *r, size_t i, size_t *from, size_t *to)
{
	const PCRE2_SIZE *at = pcre2_get_ovector_pointer(r->data);

	if (i >= (size_t)r->groups || at[2 * i] == PCRE2_UNSET)
		return false;
	*from = at[2 * i];
	*to = at[2 * i + 1];
	return true;
}
