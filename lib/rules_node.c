#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "buf.h"
#include "mem.h"
#include "rules_node.h"

/* ---- messages ---- */

/* "points": or element 3: , so that a message says what it is about. */
static void
say_whose(const struct node *n, struct buf *b)
{
	if (n->key != NULL)
		buf_addf(b, "%s: ", err_quote(n->key, strlen(n->key)));
	else if (n->up != NULL)
		buf_addf(b, "element %zu: ", n->index + 1);
}

void
node_die(const struct node *n, const char *fmt, ...)
{
	struct place at = node_place(n);
	char *what;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&what, fmt, ap) < 0)
		die("out of memory");
	va_end(ap);
	die_at(&at, "%s", what);
}

static const char *
type_name(const json_t *j)
{
	static const char *const names[] = {
	    [JSON_OBJECT] = "an object",
	    [JSON_ARRAY] = "an array",
	    [JSON_STRING] = "a string",
	    [JSON_INTEGER] = "a number",
	    [JSON_REAL] = "a number",
	    [JSON_TRUE] = "true",
	    [JSON_FALSE] = "false",
	    [JSON_NULL] = "null",
	};

	return names[json_typeof(j)];
}

void
node_expected(const struct node *n, const char *what)
{
	struct buf whose = {0};

	say_whose(n, &whose);
	buf_byte(&whose, '\0');
	node_die(
	    n, "%sexpected %s, found %s", whose.p, what, type_name(n->json));
}

void
node_object(const struct node *n)
{
	if (!json_is_object(n->json))
		node_expected(n, "an object");
}

void
node_array(const struct node *n)
{
	if (!json_is_array(n->json))
		node_expected(n, "an array");
}

static bool
among(const char *name, const char *const *names)
{
	for (; *names != NULL; names++)
		if (strcmp(name, *names) == 0)
			return true;
	return false;
}

static const char *const for_people[] = {"note", "description", NULL};

static _Noreturn void
unknown_member(const struct node *n, const char *key, const char *const *names)
{
	struct place at = node_key_place(n, key);
	const char *near = err_nearest(key, names);
	const char *shown = err_quote(key, strlen(key));
	struct buf all = {0};

	if (near == NULL)
		near = err_nearest(key, for_people);
	if (near != NULL)
		die_at(
		    &at, "unknown member %s, did you mean '%s'?", shown, near);
	for (; *names != NULL; names++)
		buf_addf(&all, "%s%s", all.len > 0 ? ", " : "", *names);
	buf_byte(&all, '\0');
	die_at(&at, "unknown member %s, expected one of: %s", shown, all.p);
}

void
node_only(const struct node *n, const char *const *names)
{
	const char *key;
	void *it;

	node_object(n);
	for (it = json_object_iter((json_t *)n->json); it != NULL;
	     it = json_object_iter_next((json_t *)n->json, it)) {
		key = json_object_iter_key(it);
		if (*key != '$' && !among(key, for_people) &&
		    !among(key, names))
			unknown_member(n, key, names);
	}
}

/* ---- walking ---- */

bool
node_get(const struct node *up, const char *key, struct node *out)
{
	json_t *j;

	node_object(up);
	j = json_object_get(up->json, key);
	if (j == NULL)
		return false;
	*out = (struct node){up->rules, j, up, key, 0};
	return true;
}

/* One letter too many, too few or wrong, or two neighbours exchanged: no more,
 * for most members beside a missing one are right. */
static bool
misspelt(const char *name, const char *key)
{
	size_t n = strlen(name), m = strlen(key), most = n > m ? n : m;
	size_t least = n < m ? n : m, front = 0, back = 0;

	while (front < least && name[front] == key[front])
		front++;
	while (front + back < least && name[n - 1 - back] == key[m - 1 - back])
		back++;
	return front + back + 1 >= most ||
	       (n == m && n > 3 && front + back + 2 == n &&
		   name[front] == key[front + 1] &&
		   name[front + 1] == key[front]);
}

/* The member that is the key misspelt is where the fault is. */
static _Noreturn void
missing(const struct node *up, const char *key)
{
	const char *name;
	struct place at;
	void *it;

	for (it = json_object_iter((json_t *)up->json); it != NULL;
	     it = json_object_iter_next((json_t *)up->json, it)) {
		name = json_object_iter_key(it);
		if (!misspelt(name, key))
			continue;
		at = node_key_place(up, name);
		die_at(&at, "'%s' is missing; did you mean it by %s?", key,
		    err_quote(name, strlen(name)));
	}
	node_die(up, "'%s' is missing", key);
}

struct node
node_need(const struct node *up, const char *key)
{
	struct node n;

	if (!node_get(up, key, &n))
		missing(up, key);
	return n;
}

size_t
node_count(const struct node *n)
{
	if (json_is_array(n->json))
		return json_array_size(n->json);
	return json_object_size(n->json);
}

struct node
node_at(const struct node *array, size_t i)
{
	struct node n = {array->rules, NULL, array, NULL, i};

	node_array(array);
	n.json = json_array_get(array->json, i);
	return n;
}

struct node
node_nth(const struct node *object, size_t i)
{
	struct node n = {object->rules, NULL, object, NULL, 0};
	void *it;

	node_object(object);
	it = json_object_iter((json_t *)object->json);
	while (i-- > 0)
		it = json_object_iter_next((json_t *)object->json, it);
	n.key = json_object_iter_key(it);
	n.json = json_object_iter_value(it);
	return n;
}

/* ---- numbers by their text ---- */

int64_t
node_int(const struct node *n, int64_t least, int64_t most)
{
	struct buf whose = {0};
	int64_t v;

	if (!json_is_integer(n->json))
		node_expected(n, "a whole number");
	v = json_integer_value(n->json);
	if (v >= least && v <= most)
		return v;
	say_whose(n, &whose);
	buf_byte(&whose, '\0');
	if (most == INT64_MAX)
		node_die(n, "%s%jd is less than %jd", whose.p, (intmax_t)v,
		    (intmax_t)least);
	node_die(n, "%s%jd is not between %jd and %jd", whose.p, (intmax_t)v,
	    (intmax_t)least, (intmax_t)most);
}

struct dec
node_dec(const struct node *n)
{
	struct js_val v;
	struct dec d;

	if (!json_is_number(n->json))
		node_expected(n, "a number");
	v = node_bytes(n);
	if (!dec_parse(v.p, v.len, &d))
		node_die(n, "%s has too many digits, expected at most 38",
		    err_quote(v.p, v.len));
	return d;
}
