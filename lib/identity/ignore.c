/*
 * Values that identify nobody: words for nothing, masks, ciphers.  The lists
 * are the union of what Segment, PostHog and Adobe refuse, and of what
 * Chinese shop systems write in place of a person (Taobao's and Youzan's
 * encrypted fields, masked phones).
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "guard.h"
#include "mem.h"
#include "pattern.h"

struct ignore {
	struct ignore *up;
	unsigned presets;
	struct intern *exact;
	struct pattern **pattern;
	size_t n;
	struct pattern_run *run;
};

#define LONGEST 20 /* of the words */

static const char *const nothing[] = {"null", "nil", "none", "n/a", "na", "nan",
    "undefined", "unknown", "anonymous", "anon", "guest", "invalid", "missing",
    "empty", "void", "default", "test", "true", "false", "0", "-1", "-", "--",
    "[object object]", "not_authenticated", "distinct_id", "distinctid",
    "user_id", "userid", "id", "email", "\\n", "(null)", "<null>", "not set",
    "(not set)", "no email", "noemail", "\xe6\x97\xa0", "\xe7\xa9\xba",
    "\xe6\x9c\xaa\xe7\x9f\xa5", "\xe5\x8c\xbf\xe5\x90\x8d",
    "\xe5\x8c\xbf\xe5\x90\x8d\xe7\x94\xa8\xe6\x88\xb7",
    "\xe6\xb8\xb8\xe5\xae\xa2", "\xe6\x95\xa3\xe5\xae\xa2",
    "\xe6\x9c\xaa\xe5\xa1\xab\xe5\x86\x99", NULL};

/* The words in lower case, once a process: is_nothing is asked for every
 * identifier. */
static struct intern *words;

static void
learn_words(void)
{
	size_t i;

	words = intern_new();
	for (i = 0; nothing[i] != NULL; i++)
		intern_add(words, nothing[i], strlen(nothing[i]));
}

static bool
is_nothing(const char *p, size_t n)
{
	char lower[LONGEST];
	size_t i;

	if (n > sizeof lower)
		return false;
	for (i = 0; i < n; i++)
		lower[i] =
		    p[i] >= 'A' && p[i] <= 'Z' ? (char)(p[i] | 32) : p[i];
	return intern_find(words, lower, n) != INTERN_NONE;
}

/* One character again and again, three times or more: 000000, -------. */
static bool
is_repeated(const char *p, size_t n)
{
	size_t i;

	for (i = 1; i < n && p[i] == p[0]; i++)
		;
	return i == n && n >= 3;
}

static bool
is_zero(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n && (p[i] == '0' || p[i] == '-'); i++)
		;
	return i == n;
}

/* 138****0000, a**@b.cn, and a name as one character and its mask. */
static bool
is_masked(const char *p, size_t n)
{
	return memmem(p, n, "**", 2) != NULL ||
	       memmem(p, n, "\xef\xbc\x8a", 3) != NULL ||
	       (n > 0 && p[n - 1] == '*');
}

/* $...$1$ (Youzan, Taobao), ~...~, a base64 tail. */
static bool
is_cipher(const char *p, size_t n)
{
	if (n > 4 && p[0] == '$' && p[n - 1] == '$')
		return true;
	if (n > 4 && p[0] == '~' && p[n - 1] == '~')
		return true;
	return n > 8 && p[n - 1] == '=' && p[n - 2] == '=';
}

/* A phone or number that went through a spreadsheet: 1.38E+10. */
static bool
is_scientific(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && (isdigit((unsigned char)p[i]) || p[i] == '.'))
		i++;
	if (i == 0 || i + 2 >= n || (p[i] | 32) != 'e' || p[i + 1] != '+')
		return false;
	for (i += 2; i < n && isdigit((unsigned char)p[i]); i++)
		;
	return i == n;
}

static const struct {
	const char *name;
	bool (*is)(const char *, size_t);
} presets[] = {
    {"nothing", is_nothing},
    {"zero", is_zero},
    {"repeated", is_repeated},
    {"masked", is_masked},
    {"encrypted", is_cipher},
    {"scientific", is_scientific},
};
#define NPRESET (sizeof presets / sizeof presets[0])

bool
ignore_value(const struct ignore *ig, const char *p, size_t n)
{
	size_t i;

	for (; ig != NULL; ig = ig->up) {
		for (i = 0; i < NPRESET; i++)
			if (ig->presets >> i & 1 && presets[i].is(p, n))
				return true;
		if (intern_count(ig->exact) > 0 &&
		    intern_find(ig->exact, p, n) != INTERN_NONE)
			return true;
		for (i = 0; i < ig->n; i++)
			if (pattern_match(ig->pattern[i], ig->run, p, n) !=
			    PATTERN_NO)
				return true;
	}
	return false;
}

static void
take_preset(struct ignore *ig, const struct node *at, const char *name)
{
	const char *known[NPRESET + 1] = {NULL}, *near;
	size_t i;

	for (i = 0; i < NPRESET; i++) {
		known[i] = presets[i].name;
		if (strcmp(presets[i].name, name) != 0)
			continue;
		ig->presets |= 1u << i;
		if (words == NULL)
			learn_words();
		return;
	}
	near = err_nearest(name, known);
	node_die(at, "unknown preset '%s', expected %s", name,
	    near != NULL ? near
			 : "nothing, zero, repeated, masked, encrypted or "
			   "scientific");
}

static void
take_regex(struct ignore *ig, const struct node *at)
{
	struct node re;
	const char *text, *why;
	struct pattern *p;
	size_t where;

	node_only(at, (const char *const[]){"regex", NULL});
	re = node_need(at, "regex");
	text = node_text(&re);
	p = pattern_compile(text, strlen(text), false, &where, &why);
	if (p == NULL)
		node_die(&re, "regex: %s at offset %zu", why, where);
	ig->pattern = mem_resize(ig->pattern, ig->n + 1, sizeof(void *));
	ig->pattern[ig->n++] = p;
	if (ig->run == NULL)
		ig->run = pattern_run_new();
}

struct ignore *
ignore_none(struct ignore *up)
{
	struct ignore *ig = mem_alloc(1, sizeof *ig);

	ig->up = up;
	ig->exact = intern_new();
	return ig;
}

struct ignore *
ignore_read(const struct node *list, struct ignore *up)
{
	struct ignore *ig = ignore_none(up);
	struct node at;
	const char *text;
	size_t i;

	node_array(list);
	for (i = 0; i < node_count(list); i++) {
		at = node_at(list, i);
		if (json_is_object(at.json)) {
			take_regex(ig, &at);
			continue;
		}
		text = node_text(&at);
		if (strncmp(text, "preset:", 7) == 0)
			take_preset(ig, &at, text + 7);
		else
			intern_add(ig->exact, text, strlen(text));
	}
	return ig;
}

void
ignore_free(struct ignore *ig)
{
	size_t i;

	if (ig == NULL)
		return;
	for (i = 0; i < ig->n; i++)
		pattern_free(ig->pattern[i]);
	if (ig->run != NULL)
		pattern_run_free(ig->run);
	free(ig->pattern);
	intern_free(ig->exact);
	free(ig);
}

/* U+FF01 to U+FF5E and the ideographic space, as ASCII; else 0. */
static char
narrow(const unsigned char *p, size_t n)
{
	if (n < 3)
		return 0;
	if (p[0] == 0xef && p[1] == 0xbc && p[2] >= 0x81)
		return (char)(p[2] - 0x81 + 0x21);
	if (p[0] == 0xef && p[1] == 0xbd && p[2] <= 0x9e)
		return (char)(p[2] - 0x80 + 0x60);
	return p[0] == 0xe3 && p[1] == 0x80 && p[2] == 0x80 ? ' ' : 0;
}

static void
one(unsigned normal, char c, struct buf *out)
{
	if (normal & NORMAL_DIGITS && !isdigit((unsigned char)c))
		return;
	if (normal & NORMAL_LOWER && c >= 'A' && c <= 'Z')
		c = (char)(c | 32);
	if (normal & NORMAL_UPPER && c >= 'a' && c <= 'z')
		c = (char)(c & ~32);
	buf_byte(out, c);
}

void
normal_form(unsigned normal, const char *p, size_t n, struct buf *out)
{
	size_t from = out->len, i;
	char c;

	for (i = 0; i < n; i++) {
		c = normal & NORMAL_WIDTH
			? narrow((const unsigned char *)p + i, n - i)
			: 0;
		one(normal, c != 0 ? c : p[i], out);
		i += c != 0 ? 2 : 0;
	}
	if (!(normal & NORMAL_TRIM))
		return;
	while (out->len > from && isspace((unsigned char)out->p[out->len - 1]))
		out->len--;
	for (i = from; i < out->len && isspace((unsigned char)out->p[i]); i++)
		;
	memmove(out->p + from, out->p + i, out->len - i);
	out->len -= i - from;
}
