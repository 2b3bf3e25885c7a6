#include <string.h>

#include "inside.h"

static void
open_line(struct tags_run *r, const char *name, size_t n, const char *change,
    struct buf *b)
{
	tag_profile_id(r, b);
	buf_adds(b, ",\"tag\":");
	buf_add(b, name, n);
	buf_addf(b, ",\"change\":\"%s\"", change);
}

static void
add_member(struct buf *b, const char *name, struct js_val v)
{
	if (v.type == JS_MISSING)
		return;
	buf_addf(b, ",\"%s\":", name);
	buf_add(b, v.p, v.len);
}

/* The member of an object whose name has the same bytes, quotes and all, or
 * else the same text. */
static struct js_val
find(struct tags_run *r, struct js_val object, struct js_val key)
{
	const char *p;
	size_t n;

	if (object.type != JS_OBJECT)
		return (struct js_val){0};
	r->value.len = 0;
	p = js_text(key, &r->value, &n);
	return js_member(object, p, n);
}

/* The tag that its exclusive group gives instead, if any. */
static void
add_replaced_by(struct tags_run *r, struct js_val key, struct buf *b)
{
	const struct tags *t = r->tags;
	const char *p;
	size_t n, u;
	uint32_t tag;

	r->value.len = 0;
	p = js_text(key, &r->value, &n);
	tag = intern_find(t->names, p, n);
	if (tag == INTERN_NONE)
		return;
	u = t->unit_of[tag];
	if (r->unit[u].now.rule == NOBODY)
		return;
	buf_adds(b, ",\"replaced_by\":");
	tag_name(t, r->unit[u].now.rule, b);
}

static void
compare(struct tags_run *r, struct js_val key, struct js_val was,
    struct js_val is, struct buf *b)
{
	struct js_val a = js_member(was, "value", 5),
		      v = js_member(is, "value", 5);

	if (was.type == JS_MISSING)
		open_line(r, key.p, key.len, "added", b);
	else if (a.len != v.len || memcmp(a.p, v.p, a.len) != 0) {
		open_line(r, key.p, key.len, "changed", b);
		add_member(b, "was", a);
	} else
		return;
	add_member(b, "value", v);
	add_member(b, "rule", js_member(is, "rule", 4));
	buf_adds(b, "}\n");
}

void
tags_changes(struct tags_run *r, struct js_val old, struct buf *b)
{
	struct js_val new, key, v;
	struct js_iter it;

	r->text.len = 0;
	tags_member(r, &r->text);
	new = (struct js_val){r->text.p, (uint32_t)r->text.len, JS_OBJECT, 0};
	it = js_iterate(new);
	while (js_next(&it, &key, &v))
		compare(r, key, find(r, old, key), v, b);
	if (old.type != JS_OBJECT)
		return;
	it = js_iterate(old);
	while (js_next(&it, &key, &v)) {
		if (find(r, new, key).type != JS_MISSING)
			continue;
		open_line(r, key.p, key.len, "removed", b);
		add_member(b, "was", js_member(v, "value", 5));
		add_member(b, "rule", js_member(v, "rule", 4));
		add_replaced_by(r, key, b);
		buf_adds(b, "}\n");
	}
}
