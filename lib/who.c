#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "err.h"
#include "mem.h"
#include "who.h"

/* The id_namespace of preset:identity. */
#define SHIPPED "7f1dc0f5-6a0e-5c57-9c55-2f1f6a3d8e41"

struct who {
	const char *arg, *id;
	size_t len;
	int slot; /* profile_id, or ids.NAMESPACE */
	/* of a profile_id, which may be an old one */
	bool uuid;
	int ids;
	unsigned char want[16], space[16];
};

static void
read_space(struct who *w)
{
	const char *text = getenv("CDP_ID_NAMESPACE");

	if (text == NULL || *text == '\0')
		text = SHIPPED;
	if (!uuid_parse(text, strlen(text), w->space))
		die("CDP_ID_NAMESPACE is no UUID: %s",
		    err_quote(text, strlen(text)));
}

struct who *
who_new(const char *arg, struct js_plan *plan)
{
	struct who *w = mem_alloc(1, sizeof *w);
	const char *colon = strchr(arg, ':');
	struct js_step step[2] = {{"profile_id", 10, 0}, {NULL, 0, 0}};
	struct js_step ids = {"ids", 3, 0};

	w->arg = w->id = arg;
	if (colon != NULL) {
		if (colon == arg || colon[1] == '\0')
			die("%s is no identifier, expected a profile_id or "
			    "namespace:value",
			    err_quote(arg, strlen(arg)));
		w->id = colon + 1;
		step[0] = ids;
		step[1] = (struct js_step){arg, (size_t)(colon - arg), 0};
	}
	w->len = strlen(w->id);
	w->slot = js_plan_field(plan, step, colon == NULL ? 1 : 2);
	if (colon == NULL && uuid_parse(arg, w->len, w->want)) {
		w->uuid = true;
		w->ids = js_plan_field(plan, &ids, 1);
		read_space(w);
	}
	return w;
}

/* Was the id once made of this identifier?  b: "namespace:". */
static bool
made_of(const struct who *w, struct js_val v, struct buf *b)
{
	unsigned char uuid[16];
	struct buf scratch = {0};
	size_t n, from = b->len;
	const char *p;

	if (v.type != JS_STRING)
		return false;
	p = js_text(v, &scratch, &n);
	buf_add(b, p, n);
	buf_free(&scratch);
	uuid5_bytes(w->space, b->p, b->len, uuid);
	b->len = from;
	return memcmp(uuid, w->want, sizeof uuid) == 0;
}

/* Is one of the line's identifiers what the id was made of? */
static bool
once_was(const struct who *w, struct js_val ids)
{
	struct js_iter it = js_iterate(ids), in;
	struct js_val key, v, one;
	struct buf b = {0};
	const char *p;
	bool found = false;
	size_t n;

	while (!found && js_next(&it, &key, &v)) {
		b.len = 0;
		p = js_text(key, &b, &n);
		if (p != b.p)
			buf_add(&b, p, n);
		buf_byte(&b, ':');
		if (v.type != JS_ARRAY) {
			found = made_of(w, v, &b);
			continue;
		}
		in = js_iterate(v);
		while (!found && js_next(&in, NULL, &one))
			found = made_of(w, one, &b);
	}
	buf_free(&b);
	return found;
}

bool
who_is(const struct who *w, const struct js_line *l)
{
	struct js_val v = l->slot[w->slot], id;
	struct js_iter it;

	if (v.type != JS_ARRAY) {
		if (js_is(v, w->id, w->len))
			return true;
		return w->uuid && l->slot[w->ids].type == JS_OBJECT &&
		       once_was(w, l->slot[w->ids]);
	}
	it = js_iterate(v);
	while (js_next(&it, NULL, &id))
		if (js_is(id, w->id, w->len))
			return true;
	return false;
}

int
who_status(const struct who *w, bool found, int status)
{
	if (w == NULL || found || status != OK)
		return status;
	warning("no customer %s", err_quote(w->arg, strlen(w->arg)));
	return NO;
}
