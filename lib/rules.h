/*
 * Rule files, maps and models: what people write, read with jansson.
 * Duplicate keys are refused; every fault ends the program with
 * file:line:col.  The rules own the tree and the text; a node is a place in
 * it, passed by value, and keeps a pointer to the node above it, which must
 * outlive it.
 */
#ifndef CDP_RULES_H
#define CDP_RULES_H

#include <jansson.h>
#include <stdbool.h>

#include "dec.h"
#include "err.h"
#include "when.h"

struct rules;

/* "preset:NAME" is NAME.json in the folder of presets (preset.h);
 * anything else is a path, "-" stdin. */
struct rules *rules_read(const char *file);
struct rules *rules_parse(const char *text, size_t n, const char *file);
void rules_free(struct rules *);
const char *rules_file(const struct rules *); /* as named in messages */
/* SHA-256 of the text in hex (64 and a NUL), for models' provenance. */
const char *rules_digest(const struct rules *);

struct node {
	const struct rules *rules;
	const json_t *json;
	const struct node *up; /* NULL: the root */
	const char *key;       /* name in an object, else NULL */
	size_t index;          /* in an array */
};

struct node rules_root(const struct rules *);

/* Messages at the node's own value (or, for name, at that member's key). */
_Noreturn void node_die(const struct node *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* expected WHAT, found the node's type */
_Noreturn void node_expected(const struct node *, const char *what);
struct place node_place(const struct node *);
/* Place of the first byte inside a string node, for expression columns. */
struct place node_text_place(const struct node *);

/* Every member must be one of the names (NULL-terminated): an unknown one is
 * an error with the nearest known name.  "note", "description" and names that
 * begin with "$" are always allowed. */
void node_only(const struct node *, const char *const *names);
void node_object(const struct node *); /* or die: expected an object */
void node_array(const struct node *);

/* False where the member is absent.  The parent must stay in scope. */
bool node_get(const struct node *up, const char *key, struct node *out);
struct node node_need(const struct node *up, const char *key);
size_t node_count(const struct node *); /* elements or members */
struct node node_at(const struct node *array, size_t i);
/* i-th member in the order of the file; its name in out->key. */
struct node node_nth(const struct node *object, size_t i);

/* Typed reading; the get_ forms return fallback where the member is absent. */
const char *node_text(const struct node *);
double node_number(const struct node *);
int64_t node_int(const struct node *, int64_t least, int64_t most);
struct dec node_dec(const struct node *); /* exact: from the file's text */
bool node_bool(const struct node *);
struct duration node_duration(const struct node *); /* "48h" */
const char *get_text(const struct node *, const char *key, const char *fb);
bool get_bool(const struct node *, const char *key, bool fb);
int64_t get_int(const struct node *, const char *key, int64_t least,
    int64_t most, int64_t fb);
double get_number(const struct node *, const char *key, double fb);
/* One of the words, its index; an unknown word is an error that names them. */
int node_word(const struct node *, const char *const *words);
int get_word(
    const struct node *, const char *key, const char *const *words, int fb);

#endif
