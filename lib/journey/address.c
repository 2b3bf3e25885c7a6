#include <string.h>

#include "replay.h"

/* `openid` also takes what is scoped: openid@APP, the first. */
static bool
is_namespace(struct js_val key, const char *name, size_t n)
{
	return key.len >= n + 2 && memcmp(key.p + 1, name, n) == 0 &&
	       (key.len == n + 2 || key.p[n + 1] == '@');
}

static bool
find_address(const struct replay *r, const char *const *name,
    struct js_val *namespace, struct js_val *value)
{
	struct js_iter it;
	struct js_val key, v;

	for (; name != NULL && *name != NULL; name++) {
		if (r->js->slot[r->plan->ids].type != JS_OBJECT)
			return false;
		it = js_iterate(r->js->slot[r->plan->ids]);
		while (js_next(&it, &key, &v)) {
			if (!is_namespace(key, *name, strlen(*name)))
				continue;
			if (v.type == JS_ARRAY)
				v = js_element(v, 0);
			if (v.type != JS_STRING)
				continue;
			*namespace = key;
			*value = v;
			return true;
		}
	}
	return false;
}

/* A journey's messages go over one channel, as a rule. */
const struct address *
replay_address(struct replay *r, const struct channel *c)
{
	struct address *a = &r->address;

	if (r->addressed != c || r->addressed_turn != r->turn) {
		r->addressed = c;
		r->addressed_turn = r->turn;
		r->has_address =
		    find_address(r, c->address, &a->namespace, &a->value);
	}
	return r->has_address ? a : NULL;
}
