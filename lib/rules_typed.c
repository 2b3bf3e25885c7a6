/* Texts, numbers and words of rule files. */
#include <string.h>

#include "rules.h"

const char *
node_text(const struct node *n)
{
	if (!json_is_string(n->json))
		node_expected(n, "a string");
	return json_string_value(n->json);
}

double
node_number(const struct node *n)
{
	if (!json_is_number(n->json))
		node_expected(n, "a number");
	return json_number_value(n->json);
}

bool
node_bool(const struct node *n)
{
	if (!json_is_boolean(n->json))
		node_expected(n, "true or false");
	return json_is_true(n->json);
}

struct duration
node_duration(const struct node *n)
{
	const char *text = node_text(n);
	struct duration d;

	if (!duration_parse(text, strlen(text), &d))
		node_die(n,
		    "%s is not a duration, expected such as \"48h\" "
		    "or \"30d\"",
		    err_quote(text, strlen(text)));
	return d;
}

const char *
get_text(const struct node *up, const char *key, const char *fb)
{
	struct node n;

	return node_get(up, key, &n) ? node_text(&n) : fb;
}

bool
get_bool(const struct node *up, const char *key, bool fb)
{
	struct node n;

	return node_get(up, key, &n) ? node_bool(&n) : fb;
}

int64_t
get_int(const struct node *up, const char *key, int64_t least, int64_t most,
    int64_t fb)
{
	struct node n;

	return node_get(up, key, &n) ? node_int(&n, least, most) : fb;
}

double
get_number(const struct node *up, const char *key, double fb)
{
	struct node n;

	return node_get(up, key, &n) ? node_number(&n) : fb;
}

int
node_word(const struct node *n, const char *const *words)
{
	const char *text = node_text(n), *near = err_nearest(text, words);
	const char *shown = err_quote(text, strlen(text));
	struct buf all = {0};
	int i;

	for (i = 0; words[i] != NULL; i++) {
		if (strcmp(text, words[i]) == 0) {
			buf_free(&all);
			return i;
		}
		buf_addf(&all, "%s%s", i > 0 ? ", " : "", words[i]);
	}
	buf_byte(&all, '\0');
	if (near != NULL)
		node_die(n, "unknown word %s, did you mean '%s'?", shown, near);
	node_die(n, "unknown word %s, expected one of: %s", shown, all.p);
}

int
get_word(
    const struct node *up, const char *key, const char *const *words, int fb)
{
	struct node n;

	return node_get(up, key, &n) ? node_word(&n, words) : fb;
}
