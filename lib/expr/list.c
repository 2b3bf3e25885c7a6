#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "room.h"

static char *
beside(const struct parser *p, const char *name)
{
	const char *slash = p->dir != NULL ? strrchr(p->dir, '/') : NULL;
	struct buf b = {0};

	if (name[0] != '/' && slash != NULL)
		buf_add(&b, p->dir, (size_t)(slash - p->dir) + 1);
	buf_add(&b, name, strlen(name) + 1);
	return b.p;
}

/* One value a line; blank lines and a BOM do not count. */
static struct intern *
read_lines(FILE *f)
{
	struct intern *lines = intern_new();
	char *line = NULL, *p;
	size_t cap = 0;
	ssize_t n;
	bool first = true;

	while ((n = getline(&line, &cap, f)) > 0) {
		p = line;
		if (first && n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
			p += 3;
			n -= 3;
		}
		first = false;
		while (n > 0 && (p[n - 1] == '\n' || p[n - 1] == '\r'))
			n--;
		if (n > 0)
			intern_add(lines, p, (size_t)n);
	}
	free(line);
	return lines;
}

struct list_file *
list_open(struct parser *p, const struct token *name)
{
	char *text = mem_text(name->p, name->len), *path = beside(p, text);
	struct list_file *l;
	FILE *f;

	free(text);
	for (l = p->set->lists; l != NULL; l = l->next)
		if (strcmp(l->name, path) == 0) {
			free(path);
			return l;
		}
	f = fopen(path, "re");
	if (f == NULL) {
		text = arena_text(&p->set->arena, path, strlen(path));
		free(path);
		parse_fail(p, name->from, "cannot read %s: %s",
		    err_quote(text, strlen(text)), strerror(errno));
	}
	l = mem_alloc(1, sizeof *l);
	l->name = path;
	l->lines = read_lines(f);
	fclose(f);
	l->next = p->set->lists;
	p->set->lists = l;
	return l;
}

void
list_free(struct list_file *l)
{
	struct list_file *next;

	for (; l != NULL; l = next) {
		next = l->next;
		intern_free(l->lines);
		free(l->name);
		free(l);
	}
}

/* A text, a number by its text, or any member of an array. */
bool
list_has(struct expr_run *r, const struct list_file *l, const struct val *v)
{
	struct js_val js = {.p = v->p, .len = (uint32_t)v->len}, item;
	struct js_iter it;
	struct val x;

	if (v->type == EXPR_TEXT)
		return intern_find(l->lines, v->p, v->len) != INTERN_NONE;
	if (v->type == EXPR_NUMBER) {
		r->scratch.len = 0;
		expr_plain(val_public(v), &r->scratch);
		return intern_find(l->lines, r->scratch.p, r->scratch.len) !=
		       INTERN_NONE;
	}
	if (v->type != EXPR_JSON || v->p[0] != '[')
		return false;
	js.type = JS_ARRAY;
	for (it = js_iterate(js); js_next(&it, NULL, &item);) {
		x = run_val(r, item);
		if (x.type != EXPR_JSON && list_has(r, l, &x))
			return true;
	}
	return false;
}

struct term *
parse_listed(struct parser *p, struct term *value)
{
	struct term *t = term_new(p->set, OP_LISTED, 1);

	if (p->tok.kind != T_TEXT)
		parse_fail(p, p->tok.from,
		    "the name of a list file in quotes expected");
	t->kid[0] = value;
	t->list = list_open(p, &p->tok);
	lex_next(p);
	return parse_done(p, t, value->from);
}
