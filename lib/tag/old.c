#include <stdlib.h>
#include <string.h>

#include "../input.h"
#include "inside.h"

/* `tags` of profile i is [end[i - 1], end[i]) of text. */
struct tags_old {
	struct intern *ids;
	struct buf text;
	size_t *end;
	size_t cap;
};

static void
add_line(struct tags_old *o, const struct js_line *l, int id, int tags,
    const struct place *at)
{
	struct buf scratch = {0};
	struct js_val v = l->slot[id];
	uint32_t before = intern_count(o->ids), n;
	const char *p;
	size_t len;

	if (v.type != JS_STRING)
		die_at(at, "no profile_id, expected a profile line");
	p = js_text(v, &scratch, &len);
	n = intern_add(o->ids, p, len);
	if (n < before)
		die_at(
		    at, "a second line for profile_id %s", err_quote(p, len));
	o->end = mem_grow(o->end, &o->cap, n + 1, sizeof *o->end);
	v = l->slot[tags];
	if (v.type == JS_OBJECT)
		buf_add(&o->text, v.p, v.len);
	o->end[n] = o->text.len;
	buf_free(&scratch);
}

struct tags_old *
tags_old_read(const char *file)
{
	struct tags_old *o = mem_alloc(1, sizeof *o);
	char *name = mem_text(file, strlen(file));
	struct input *in = input_open(&name, 1, 0);
	struct js_plan *plan = js_plan_new();
	struct js_step id = {"profile_id", 10, 0}, tags = {"tags", 4, 0};
	int id_slot = js_plan_field(plan, &id, 1);
	int tags_slot = js_plan_field(plan, &tags, 1);
	struct js_line line = {0};
	struct js_error e;
	struct input_line l;

	o->ids = intern_new();
	while (input_line(in, &l)) {
		if (l.len == 0)
			continue;
		if (!js_scan(plan, l.p, l.len, &line, &e)) {
			l.at.col = e.at + 1;
			die_at(&l.at, "%s", e.why);
		}
		add_line(o, &line, id_slot, tags_slot, &l.at);
	}
	js_line_free(&line);
	js_plan_free(plan);
	input_close(in);
	free(name);
	return o;
}

struct js_val
tags_old_find(const struct tags_old *o, const char *id, size_t n)
{
	uint32_t i = intern_find(o->ids, id, n);
	struct js_val v = {0};
	size_t from;

	if (i == INTERN_NONE)
		return v;
	from = i == 0 ? 0 : o->end[i - 1];
	v.p = o->text.p + from;
	v.len = (uint32_t)(o->end[i] - from);
	v.type = v.len > 0 ? JS_OBJECT : JS_MISSING;
	return v;
}

void
tags_old_free(struct tags_old *o)
{
	intern_free(o->ids);
	buf_free(&o->text);
	free(o->end);
	free(o);
}
