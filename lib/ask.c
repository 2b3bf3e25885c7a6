#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "filter.h"
#include "mem.h"

int
ask_of(struct ask *a, const struct node *root)
{
	struct expr_settings s = {.owns = a->owns};
	const char *name = get_text(root, "timezone", NULL);
	struct node at;
	int i;

	if (name != NULL && strcmp(name, "recipient") == 0) {
		s.recipient_zone = true;
		name = NULL;
	} else if (name != NULL && zone_find(name, strlen(name)) == NULL) {
		at = node_need(root, "timezone");
		node_die(&at,
		    "no time zone %s, expected a name such as \"Asia/Shanghai\""
		    ", an offset or \"recipient\"",
		    err_quote(name, strlen(name)));
	}
	s.zone = filter_zone(name);
	for (i = 0; i < a->n; i++)
		if (a->item[i].zone == s.zone &&
		    a->item[i].recipient == s.recipient_zone)
			return i;
	a->item = mem_grow(a->item, &a->cap, (size_t)a->n + 1, sizeof *a->item);
	a->item[a->n] =
	    (struct ask_set){s.zone, s.recipient_zone, expr_set_new(&s)};
	return a->n++;
}

struct ask_expr
ask_text(struct ask *a, int set, enum expr_ground ground, const char *text,
    const struct place *at)
{
	struct ask_expr e = {set, 0};

	e.id = expr_add(a->item[set].set, ground, text, strlen(text), at);
	return e;
}

struct ask_expr
ask_add(struct ask *a, int set, enum expr_ground ground, const struct node *n)
{
	struct place at = node_text_place(n);
	struct ask_expr e = ask_text(a, set, ground, node_text(n), &at);

	if (a->owns != NULL && expr_reads(ask_set(a, e), e.id, a->owns))
		node_die(n,
		    "reads %s, which this run writes anew: its old value must "
		    "not matter; write the condition itself here",
		    a->owns);
	return e;
}

struct ask_expr
ask_when(struct ask *a, int set, enum expr_ground ground, const struct node *n)
{
	struct place at = node_text_place(n);
	struct ask_expr e = ask_add(a, set, ground, n);

	expr_condition(ask_set(a, e), e.id, &at);
	return e;
}

const struct zone *
ask_zone(const struct ask *a, int set)
{
	return a->item[set].zone;
}

struct expr_set *
ask_set(const struct ask *a, struct ask_expr e)
{
	return a->item[e.set].set;
}

/* expr_say's sentence without its opening and its full stop. */
void
ask_say(const struct ask *a, struct ask_expr e, struct buf *b)
{
	static const char *const opening[] = {
	    "True when ", "The value: ", "The value of "};
	struct buf s = {0};
	size_t i, n, from = 0;

	expr_say(a->item[e.set].set, e.id, &s);
	for (i = 0; i < sizeof opening / sizeof *opening; i++) {
		n = strlen(opening[i]);
		if (s.len > n && memcmp(s.p, opening[i], n) == 0)
			from = n;
	}
	if (s.len > from && s.p[s.len - 1] == '.')
		s.len--;
	buf_add(b, s.p + from, s.len - from);
	buf_free(&s);
}

void
ask_plan(struct ask *a, struct js_plan *plan)
{
	int i;

	for (i = 0; i < a->n; i++)
		expr_plan(a->item[i].set, plan);
}

bool
ask_reads_profile(const struct ask *a, struct ask_expr e)
{
	return e.set >= 0 && expr_reads_profile(a->item[e.set].set, e.id);
}

bool
ask_reads_events(const struct ask *a, struct ask_expr e)
{
	return e.set >= 0 && expr_reads_events(a->item[e.set].set, e.id);
}

int64_t
ask_since(const struct ask *a, int64_t now)
{
	int64_t since = 0, one;
	int i;

	for (i = 0; i < a->n; i++) {
		one = expr_since(a->item[i].set, now);
		if (one != 0 && (since == 0 || one < since))
			since = one;
	}
	return since;
}

void
ask_free(struct ask *a)
{
	int i;

	for (i = 0; i < a->n; i++)
		expr_set_free(a->item[i].set);
	free(a->item);
}

void
asker_open(struct asker *k, const struct ask *a)
{
	int i;

	k->n = a->n;
	k->run = mem_alloc((size_t)a->n, sizeof *k->run);
	for (i = 0; i < a->n; i++)
		k->run[i] = expr_run_new(a->item[i].set);
}

bool
asker_bind(struct asker *k, const struct js_line *l, const char **why)
{
	int i;

	for (i = 0; i < k->n; i++)
		if (!expr_bind(k->run[i], l, why))
			return false;
	return true;
}

void
asker_close(struct asker *k)
{
	int i;

	for (i = 0; i < k->n; i++)
		expr_run_free(k->run[i]);
	free(k->run);
}
