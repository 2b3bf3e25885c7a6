/*
 * Regular expressions (PCRE2, compiled by its JIT where there is one) with
 * limits, so that no pattern can hold up a record.  A pattern is read-only
 * once compiled and shared by threads; each thread owns a pattern_run.
 * Subjects are valid UTF-8.
 */
#ifndef CDP_PATTERN_H
#define CDP_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

struct pattern;
struct pattern_run;

/* NULL: the pattern is faulty; *at is the byte offset of the fault, *why its
 * text (in a buffer of the calling thread). */
struct pattern *pattern_compile(
    const char *p, size_t n, bool ignore_case, size_t *at, const char **why);
void pattern_free(struct pattern *);

enum pattern_verdict { PATTERN_NO, PATTERN_YES, PATTERN_LIMIT };

struct pattern_run *pattern_run_new(void); /* serves any number of patterns */
void pattern_run_free(struct pattern_run *);

/* Does it match anywhere in the subject?  PATTERN_LIMIT: it took more than
 * 100,000 steps or 64 MB: neither yes nor no, to be treated as a fault. */
enum pattern_verdict pattern_match(
    const struct pattern *, struct pattern_run *, const char *p, size_t n);
/* Group `i` of the last match (0: the whole), false where it took no part. */
bool pattern_group(
    const struct pattern_run *, size_t i, size_t *from, size_t *to);

#endif
