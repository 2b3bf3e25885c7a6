#include <string.h>

#include "err.h"
#include "mem.h"
#include "who.h"

struct who {
	const char *arg, *id;
	size_t len;
	int slot; /* profile_id, or ids.NAMESPACE */
};

struct who *
who_new(const char *arg, struct js_plan *plan)
{
	struct who *w = mem_alloc(1, sizeof *w);
	const char *colon = strchr(arg, ':');
	struct js_step step[2] = {{"profile_id", 10, 0}, {NULL, 0, 0}};

	w->arg = w->id = arg;
	if (colon != NULL) {
		if (colon == arg || colon[1] == '\0')
			die("%s is no identifier, expected a profile_id or "
			    "namespace:value",
			    err_quote(arg, strlen(arg)));
		w->id = colon + 1;
		step[0] = (struct js_step){"ids", 3, 0};
		step[1] = (struct js_step){arg, (size_t)(colon - arg), 0};
	}
	w->len = strlen(w->id);
	w->slot = js_plan_field(plan, step, colon == NULL ? 1 : 2);
	return w;
}

bool
who_is(const struct who *w, const struct js_line *l)
{
	struct js_val v = l->slot[w->slot], id;
	struct js_iter it;

	if (v.type != JS_ARRAY)
		return js_is(v, w->id, w->len);
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
