/*
 * One customer's touches and conversions, and which touches lie on the path
 * to which conversion.  A struct paths is one thread's and is used again for
 * every customer; its texts live until the next.
 */
#ifndef CDP_ATTRIBUTE_PATH_H
#define CDP_ATTRIBUTE_PATH_H

#include "../dec.h"
#include "../json.h"
#include "rule.h"

struct touch {
	size_t event;
	int64_t t;
	uint32_t channel;     /* number in the caller's intern */
	size_t name, namelen; /* of the channel, in paths.text */
	bool direct, expired; /* the link's life was over */
	bool used;            /* on the path of some conversion */
};

struct conversion {
	size_t event;
	int64_t t;
	struct dec value;
	bool duplicate;     /* an earlier one has the same dedupe value */
	const char *reason; /* NULL: credited */
	size_t from, n;     /* its path in paths.on */
};

struct path_plan {
	int profile_id, time, message_id, event;
};

struct paths {
	const struct attribution *rule;
	const struct path_plan *plan;
	struct expr_run *run;
	const struct js_line *js;
	struct touch *touch;
	size_t ntouch, touchcap;
	struct conversion *conversion;
	size_t nconversion, conversioncap;
	size_t *on; /* touches, path after path */
	size_t non, oncap;
	struct buf text, ids;
	struct id_span {
		size_t at, len;
	} * id;
	size_t nid, idcap;
};

void paths_plan(struct path_plan *, struct attribution *, struct js_plan *);
void paths_init(
    struct paths *, const struct attribution *, const struct path_plan *);
void paths_free(struct paths *);
/* NULL, or why the line is to be set apart. */
const char *paths_read(
    struct paths *, const struct js_line *, int64_t now, size_t *col);

#endif
