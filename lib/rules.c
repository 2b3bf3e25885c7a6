#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "digest.h"
#include "json.h"
#include "mem.h"
#include "preset.h"
#include "rules_node.h"

/*
 * jansson keeps no positions.  `flat` is the text with every newline made a
 * blank (in valid JSON they stand between values only), so the record scanner
 * can walk it again, offset for offset, when a message needs a place.
 */
struct rules {
	char *file;
	struct buf text; /* JS_PAD zero bytes follow */
	char *flat;
	json_t *root;
	char digest[2 * DIGEST_SIZE + 1];
	struct cursor *cursor;
};

/* The element of an array that was located last, so that a file's rules are
 * found in one walk. */
struct cursor {
	const json_t *array;
	struct js_iter it;
	struct js_val v;
	size_t read;
};

/* ---- reading ---- */

static void
slurp(int fd, const char *name, struct buf *b)
{
	ssize_t n;

	do {
		buf_room(b, 65536);
		n = read(fd, b->p + b->len, 65536);
		if (n > 0)
			b->len += (size_t)n;
	} while (n > 0 || (n < 0 && errno == EINTR));
	if (n < 0)
		die("%s:", name);
}

struct rules *
rules_read(const char *file)
{
	struct buf text = {0};
	struct rules *r;
	int fd;

	if (strncmp(file, "preset:", 7) == 0)
		fd = preset_open(file + 7);
	else if (strcmp(file, "-") == 0) {
		fd = STDIN_FILENO;
		file = "<stdin>";
	} else if ((fd = open(file, O_RDONLY | O_CLOEXEC)) < 0)
		die("%s:", file);
	slurp(fd, file, &text);
	if (fd != STDIN_FILENO)
		close(fd);
	r = rules_parse(text.p, text.len, file);
	buf_free(&text);
	return r;
}

/* ---- places ---- */

static struct place
place_of(const struct rules *r, size_t at)
{
	struct place p = {r->file, 1, 1, NULL};
	const char *from = r->text.p, *end = from + at, *nl;

	while ((nl = memchr(from, '\n', (size_t)(end - from))) != NULL) {
		p.line++;
		from = nl + 1;
	}
	p.col = (uint64_t)(end - from) + 1;
	return p;
}

static struct js_val
whole(const struct rules *r)
{
	const char *p = r->flat + strspn(r->flat, " \t\r");
	const char *end = r->flat + r->text.len;
	struct js_val v = {p, 0, JS_OBJECT, 0};

	while (end > p && strchr(" \t\r", end[-1]) != NULL)
		end--;
	v.len = (uint32_t)(end - p);
	if (*p == '[')
		v.type = JS_ARRAY;
	else if (*p != '{')
		v.type = *p == '"' ? JS_STRING : JS_NUMBER;
	return v;
}

/* The value of a member; *key is set to the text of its name. */
static struct js_val
member(struct js_val object, const char *name, struct js_val *key)
{
	struct js_iter it = js_iterate(object);
	struct js_val v;

	while (js_next(&it, key, &v))
		if (js_is(*key, name, strlen(name)))
			return v;
	*key = object;
	return object;
}

static struct js_val
element(const struct node *n)
{
	struct cursor *c = n->rules->cursor;

	if (c->array != n->up->json || n->index + 1 < c->read) {
		c->it = js_iterate(node_bytes(n->up));
		c->array = n->up->json;
		c->read = 0;
	}
	while (c->read <= n->index && js_next(&c->it, NULL, &c->v))
		c->read++;
	return c->v;
}

struct js_val
node_bytes(const struct node *n)
{
	struct js_val up, key;

	if (n->up == NULL)
		return whole(n->rules);
	if (n->key == NULL)
		return element(n);
	up = node_bytes(n->up);
	return member(up, n->key, &key);
}

struct place
node_place(const struct node *n)
{
	return place_of(n->rules, (size_t)(node_bytes(n).p - n->rules->flat));
}

struct place
node_text_place(const struct node *n)
{
	struct place p = node_place(n);

	p.raw = node_bytes(n).p + 1;
	p.col++;
	return p;
}

struct place
node_key_place(const struct node *object, const char *name)
{
	struct js_val key;

	member(node_bytes(object), name, &key);
	return place_of(object->rules, (size_t)(key.p - object->rules->flat));
}

/* ---- parsing ---- */

static _Noreturn void
bad_text(const struct rules *r, const json_error_t *je)
{
	struct place at = {
	    r->file, (uint64_t)je->line, (uint64_t)je->column, NULL};
	struct js_error e;
	const char *dup;
	size_t n;

	if (!js_valid(r->flat, r->text.len, &e)) {
		at = place_of(r, e.at);
		die_at(&at, "not valid JSON: %s", e.why);
	}
	dup = js_duplicate(r->flat, r->text.len, &n);
	if (dup != NULL) {
		at = place_of(r, (size_t)(dup - r->flat));
		die_at(&at, "%s stands twice in one object", err_quote(dup, n));
	}
	die_at(&at, "%s", je->text);
}

static void
load(struct rules *r)
{
	json_error_t je;
	struct place at;
	const char *nul = memchr(r->text.p, 0, r->text.len);
	size_t i;

	if (nul != NULL) {
		at = place_of(r, (size_t)(nul - r->text.p));
		die_at(&at, "not valid JSON: a NUL byte");
	}
	r->flat = mem_text(r->text.p, r->text.len + JS_PAD);
	for (i = 0; i < r->text.len; i++)
		if (r->flat[i] == '\n')
			r->flat[i] = ' ';
	r->flat[r->text.len] = '\n';
	r->root =
	    json_loadb(r->text.p, r->text.len, JSON_REJECT_DUPLICATES, &je);
	if (r->root == NULL)
		bad_text(r, &je);
}

/* jansson 2.14 takes a failed allocation inside a string for its end and would
 * hand over half a name, so it never sees one. */
static void *
allocate(size_t n)
{
	return mem_resize(NULL, n, 1);
}

struct rules *
rules_parse(const char *text, size_t n, const char *file)
{
	struct rules *r = mem_alloc(1, sizeof *r);
	unsigned char sum[DIGEST_SIZE];
	struct buf hex = {0};

	json_set_alloc_funcs(allocate, free);
	r->file = mem_text(file, strlen(file));
	r->cursor = mem_alloc(1, sizeof *r->cursor);
	digest_sha256(text, n, sum);
	digest_hex(sum, sizeof sum, &hex);
	memcpy(r->digest, hex.p, 2 * DIGEST_SIZE);
	buf_free(&hex);
	if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		n -= 3;
	}
	buf_room(&r->text, n + JS_PAD);
	memset(r->text.p, 0, n + JS_PAD);
	buf_add(&r->text, text, n);
	load(r);
	return r;
}

void
rules_free(struct rules *r)
{
	if (r == NULL)
		return;
	json_decref(r->root);
	buf_free(&r->text);
	free(r->flat);
	free(r->file);
	free(r->cursor);
	free(r);
}

const char *
rules_file(const struct rules *r)
{
	return r->file;
}

const char *
rules_digest(const struct rules *r)
{
	return r->digest;
}

struct node
rules_root(const struct rules *r)
{
	struct node n = {r, r->root, NULL, NULL, 0};

	return n;
}
