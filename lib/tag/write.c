#include <string.h>

#include "inside.h"

void
tag_profile_id(const struct tags_run *r, struct buf *b)
{
	buf_adds(b, "{\"profile_id\":");
	js_raw(r->line->slot[r->tags->profile_id], b);
}

void
tag_name(const struct tags *t, size_t rule, struct buf *b)
{
	size_t n;
	const char *p = intern_text(t->names, t->rule[rule].tag, &n);

	buf_json(b, p, n);
}

static void
write_evidence(struct tags_run *r, const struct tag_rule *rule, struct buf *b)
{
	size_t event[EVIDENCE_MOST], i, n;

	if (rule->match != NULL)
		n = tag_hits_evidence(r, rule, event, EVIDENCE_MOST);
	else if (rule->when.set >= 0)
		n = expr_evidence(asker_run(&r->ask, rule->when), rule->when.id,
		    r->now, event, EVIDENCE_MOST);
	else
		n = expr_evidence(asker_run(&r->ask, rule->value),
		    rule->value.id, r->now, event, EVIDENCE_MOST);
	buf_adds(b, ",\"evidence\":[");
	for (i = 0; i < n; i++) {
		if (i > 0)
			buf_byte(b, ',');
		history_id(&r->history, event[i], b);
	}
	buf_byte(b, ']');
}

/* The tags of the rules below the one given, of its group, that hold too. */
static void
write_replaces(struct tags_run *r, const struct tag_given *g, struct buf *b)
{
	const struct tags *t = r->tags;
	const struct tag_unit *u = &t->unit[t->rule[g->now.rule].unit];
	bool below = false, any = false;
	int64_t next;
	size_t i;

	for (i = 0; i < u->n; i++) {
		if (below && tag_rule_at(r, &t->rule[u->rule[i]], r->now,
				 &r->probe.value, &next)) {
			buf_adds(b, any ? "," : ",\"replaces\":[");
			tag_name(t, u->rule[i], b);
			any = true;
		}
		below |= u->rule[i] == g->now.rule;
	}
	if (any)
		buf_byte(b, ']');
}

/* "value":..,"from":..,"until":..,"rule":.. */
static void
write_given(
    struct tags_run *r, const struct tag_given *g, bool evidence, struct buf *b)
{
	const struct tag_rule *rule = &r->tags->rule[g->now.rule];
	const char *value;
	size_t n;

	value = tag_value(r->tags, &g->now, &n);
	buf_adds(b, "\"value\":");
	buf_add(b, value, n);
	if (rule->file->since) {
		buf_adds(b, ",\"from\":");
		when_json(g->from, b);
	}
	buf_adds(b, ",\"until\":");
	when_json(g->until, b);
	buf_adds(b, ",\"rule\":");
	buf_jsons(b, rule->full);
	if (!evidence)
		return;
	write_evidence(r, rule, b);
	if (rule->group != NULL)
		write_replaces(r, g, b);
}

static void
merged_name(const struct tags_run *r, const struct tag_merge *m, struct buf *b)
{
	size_t n;
	const char *p = intern_text(r->merged, m->name, &n);

	buf_json(b, p, n);
}

void
tags_member(struct tags_run *r, struct buf *b)
{
	const struct tag_given *g;
	char comma = '{';
	size_t i;

	for (i = 0; i < r->tags->units; i++) {
		g = &r->unit[i];
		if (g->now.rule == NOBODY)
			continue;
		buf_byte(b, comma);
		comma = ',';
		tag_name(r->tags, g->now.rule, b);
		buf_adds(b, ":{");
		write_given(r, g, r->tags->rule[g->now.rule].file->evidence, b);
		buf_byte(b, '}');
	}
	for (i = 0; i < r->merges; i++) {
		if (r->merge[i].overruled)
			continue;
		buf_byte(b, comma);
		comma = ',';
		merged_name(r, &r->merge[i], b);
		buf_adds(b, ":{");
		tag_merge_write(r, &r->merge[i], b);
		buf_byte(b, '}');
	}
	if (comma == '{')
		buf_byte(b, '{');
	buf_byte(b, '}');
}

/* ---- explain ---- */

static void
explain_why(struct tags_run *r, const struct tag_rule *rule, struct buf *b)
{
	const struct ask_expr *e = &rule->when;

	if (rule->match != NULL)
		return;
	if (e->set < 0)
		e = &rule->value;
	buf_adds(b, ",\"why\":");
	expr_explain(asker_run(&r->ask, *e), e->id, r->now, b);
}

static void
explain_rule(struct tags_run *r, const struct tag_rule *rule, struct buf *b)
{
	const struct tag_given *g = &r->unit[rule->unit];
	int64_t next;
	bool holds, given = g->now.rule == rule->order;

	holds = tag_rule_at(r, rule, r->now, &r->probe.value, &next);
	tag_profile_id(r, b);
	buf_adds(b, ",\"tag\":");
	tag_name(r->tags, rule->order, b);
	buf_addf(b, ",\"holds\":%s,\"given\":%s,", holds ? "true" : "false",
	    given ? "true" : "false");
	if (!given) {
		buf_adds(b, "\"rule\":");
		buf_jsons(b, rule->full);
		buf_byte(b, ',');
	}
	if (given)
		write_given(r, g, true, b);
	else if (holds) {
		buf_adds(b, "\"replaced_by\":");
		tag_name(r->tags, g->now.rule, b);
		write_evidence(r, rule, b);
	} else
		b->len--;
	explain_why(r, rule, b);
	buf_adds(b, "}\n");
}

static void
explain_merge(struct tags_run *r, const struct tag_merge *m, struct buf *b)
{
	tag_profile_id(r, b);
	buf_adds(b, ",\"tag\":");
	merged_name(r, m, b);
	if (m->overruled)
		buf_adds(b, ",\"overruled\":true");
	buf_byte(b, ',');
	tag_merge_write(r, m, b);
	buf_adds(b, "}\n");
}

void
tags_explain(struct tags_run *r, struct buf *b)
{
	size_t i;

	for (i = 0; i < r->tags->rules; i++)
		explain_rule(r, &r->tags->rule[i], b);
	for (i = 0; i < r->merges; i++)
		explain_merge(r, &r->merge[i], b);
}
