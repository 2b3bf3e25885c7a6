#include <string.h>

#include "map.h"

static void
say_columns(const struct map *m, const struct map_value *v, struct buf *b)
{
	size_t i;

	for (i = 0; i < v->nfield; i++)
		buf_addf(b, "%s%s", i > 0 ? ", else " : "",
		    m->field[v->field[i]].name);
	if (v->constant.len > 0)
		buf_add(b, v->constant.p, v->constant.len);
	if (v->expr >= 0)
		buf_adds(b, expr_text(m->exprs, v->expr));
	if (v->sum >= 0)
		buf_addf(b, "the sum of %s",
		    expr_text(m->exprs, m->group.sum[v->sum]));
	if (v->count)
		buf_adds(b, "the number of rows");
}

static void
say_values(const struct map *m, const char *what, const char *in,
    const struct map_values *vs, struct buf *b)
{
	size_t i;

	for (i = 0; i < vs->n; i++) {
		buf_addf(b, "  %s %s from ", what,
		    vs->v[i].spread ? "of each element" : vs->v[i].name);
		say_columns(m, &vs->v[i], b);
		if (vs->v[i].form != ID_AS_IS)
			buf_addf(b, ", as %s", id_forms[vs->v[i].form]);
		buf_addf(b, "%s\n", in);
	}
}

static void
say_key(const struct map *m, const struct map_event *e, struct buf *b)
{
	size_t i;

	buf_adds(b, "  messageId ");
	if (e->message_id.given) {
		buf_adds(b, "from ");
		say_columns(m, &e->message_id, b);
		buf_adds(b, ", else ");
	}
	if (e->nkey == 0)
		buf_adds(b, "by hash of the whole row and its number among "
			    "equal rows");
	else
		buf_adds(b, "by hash of ");
	for (i = 0; i < e->nkey; i++)
		buf_addf(
		    b, "%s%s", i > 0 ? ", " : "", m->field[e->key[i]].name);
	buf_byte(b, '\n');
}

static void
say_event(const struct map *m, const struct map_event *e, struct buf *b)
{
	buf_adds(b, "event ");
	say_columns(m, e->name.given ? &e->name : &e->type, b);
	if (e->where >= 0)
		buf_addf(b, ", where %s", expr_text(m->exprs, e->where));
	buf_adds(b, "\n  timestamp from ");
	say_columns(m, &e->time, b);
	buf_adds(b, e->time_optional ? "; without it, no event\n" : "\n");
	say_key(m, e, b);
	say_values(m, "id", "", &e->ids, b);
	say_values(m, "trait", "", &e->traits, b);
	say_values(m, "property", "", &e->properties, b);
}

void
map_say(const struct map *m, struct buf *b)
{
	static const char *const formats[] = {"csv", "tsv", "json", "ndjson"};
	size_t i;

	buf_addf(b, "reads %s", formats[m->input.format]);
	if (m->input.encoding != NULL)
		buf_addf(b, " in %s", m->input.encoding);
	buf_byte(b, '\n');
	if (m->where >= 0)
		buf_addf(
		    b, "takes rows where %s\n", expr_text(m->exprs, m->where));
	for (i = 0; i < m->nlookup; i++)
		buf_addf(b, "joins %s: its %s with %s\n", m->lookup[i].name,
		    m->lookup[i].key, m->field[m->lookup[i].on].name);
	if (m->group.given)
		buf_addf(b, "gathers rows with the same %s to %s\n",
		    m->field[m->group.by[0]].name, m->group.name);
	for (i = 0; i < m->nevent; i++)
		say_event(m, &m->event[i], b);
}
