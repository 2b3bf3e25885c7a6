#include <stdlib.h>
#include <string.h>

#include "inside.h"

struct remarks {
	struct buf *out;
	struct place at; /* of the expression's first byte */
};

static void
say_place(struct buf *b, const struct place *at)
{
	buf_addf(b, "%s:%llu:%llu: ", at->file, (unsigned long long)at->line,
	    (unsigned long long)at->col);
}

static void
remark(void *arg, size_t col, const char *text)
{
	struct remarks *r = arg;
	struct place at = place_in(&r->at, col - 1);

	say_place(r->out, &at);
	buf_addf(r->out, "%s\n", text);
}

static void
remarks_on(const struct tags *t, const struct tag_rule *rule,
    const char *member, struct ask_expr e, struct buf *b)
{
	struct remarks r = {b, {0}};
	struct node n;

	if (e.set < 0 || !node_get(&rule->node, member, &n))
		return;
	r.at = node_text_place(&n);
	expr_check(ask_set(&t->ask, e), e.id, remark, &r);
}

static void
say_events(const struct tag_match *m, struct buf *b)
{
	size_t i;

	if (m->event == NULL)
		buf_adds(b, "an event");
	for (i = 0; m->event != NULL && m->event[i] != NULL; i++)
		buf_addf(b, "%s\"%s\"", i == 0 ? "" : " or ", m->event[i]);
}

/* The pattern as the file has it: under `match`, or under the tag's name. */
static void
say_pattern(const struct tags *t, const struct tag_rule *r, struct buf *b)
{
	struct node words, n;
	size_t len;
	const char *p = intern_text(t->names, r->tag, &len);
	char *s, *tag = mem_text(p, len);

	if (node_get(&r->node, "keywords", &words))
		n = node_need(&words, tag);
	else
		n = node_need(&r->node, "match");
	free(tag);
	s = json_dumps(n.json, JSON_ENCODE_ANY | JSON_COMPACT);
	buf_adds(b, " matches ");
	buf_adds(b, s);
	free(s);
}

static void
say_match(const struct tags *t, const struct tag_rule *r, struct buf *b)
{
	static const char *const keeps[] = {
	    "the latest counts", "the first counts", "all values are kept"};
	const struct tag_match *m = r->match;

	buf_adds(b, "by ");
	say_events(m, b);
	if (m->where.set >= 0) {
		buf_adds(b, " where ");
		ask_say(&t->ask, m->where, b);
	}
	if (m->pattern != NULL) {
		buf_adds(b, m->where.set >= 0 ? " and " : " where ");
		ask_say(&t->ask, m->text, b);
		say_pattern(t, r, b);
	}
	if (m->bounded)
		buf_addf(b, ", for %s", get_text(&r->node, "within", ""));
	buf_addf(b, "; %s", keeps[m->keep]);
	if (m->value.set >= 0) {
		buf_adds(b, "; its value is ");
		ask_say(&t->ask, m->value, b);
	}
}

static void
say_rule(const struct tags *t, const struct tag_rule *r, struct buf *b)
{
	buf_adds(b, "  ");
	tag_name(t, r->order, b);
	if (r->group != NULL)
		buf_addf(b, " (group %s, priority %lld)", r->group,
		    (long long)r->priority);
	buf_adds(b, ": ");
	if (r->match != NULL)
		say_match(t, r, b);
	else if (r->when.set >= 0) {
		buf_adds(b, "when ");
		ask_say(&t->ask, r->when, b);
	} else
		buf_adds(b, "always");
	if (r->value.set >= 0) {
		buf_adds(b, "; its value is ");
		ask_say(&t->ask, r->value, b);
	}
	buf_byte(b, '\n');
}

static const char *
text_of(const struct tag_rule *r)
{
	return r->match != NULL ? NULL : get_text(&r->node, "when", "true");
}

/* A rule that an earlier one of its unit always hides. */
static bool
hidden(const struct tags *t, const struct tag_rule *r, struct buf *b)
{
	const struct tag_unit *u = &t->unit[r->unit];
	const struct tag_rule *o;
	const char *mine = text_of(r), *theirs;
	struct place at = node_place(&r->node);
	size_t i;

	for (i = 0; i < u->n && u->rule[i] != r->order; i++) {
		o = &t->rule[u->rule[i]];
		theirs = text_of(o);
		if (theirs == NULL || o->value.set >= 0)
			continue;
		if (strcmp(theirs, "true") != 0 &&
		    (mine == NULL || strcmp(mine, theirs) != 0))
			continue;
		say_place(b, &at);
		buf_addf(b,
		    "unreachable: rule %s comes first and holds "
		    "whenever this one does\n",
		    err_quote(o->id, strlen(o->id)));
		return true;
	}
	return false;
}

int
tags_check(const struct tags *t, struct buf *b)
{
	const struct tag_rule *r;
	size_t i, k;
	int faults = 0;

	for (i = 0; i < t->files; i++) {
		const struct tag_file *f = &t->file[i];

		buf_addf(b, "%s: %s%s%s\n", rules_file(f->rules), f->id,
		    f->version == NULL ? "" : " version ",
		    f->version == NULL ? "" : f->version);
		for (k = 0; k < t->rules; k++)
			if (t->rule[k].file == f)
				say_rule(t, &t->rule[k], b);
		for (k = 0; k < f->sources; k++) {
			buf_addf(b, "  from source %s: ", f->source[k].name);
			ask_say(&t->ask, f->source[k].tags, b);
			buf_byte(b, '\n');
		}
	}
	for (k = 0; k < t->rules; k++) {
		r = &t->rule[k];
		remarks_on(t, r, "when", r->when, b);
		remarks_on(t, r, "value", r->value, b);
		if (r->match != NULL) {
			remarks_on(t, r, "where", r->match->where, b);
			remarks_on(t, r, "text", r->match->text, b);
			remarks_on(t, r, "value", r->match->value, b);
		}
		faults += hidden(t, r, b);
	}
	return faults;
}
