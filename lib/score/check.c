#include <string.h>

#include "inside.h"

static void
say_place(const struct node *n, struct buf *b)
{
	struct place at = node_place(n);

	buf_addf(b, "%s:%llu:%llu: ", at.file, (unsigned long long)at.line,
	    (unsigned long long)at.col);
}

struct remarks {
	struct buf *out;
	struct place at; /* of the expression's first byte */
};

static void
remark(void *arg, size_t col, const char *text)
{
	struct remarks *r = arg;
	struct place at = place_in(&r->at, col - 1);

	buf_addf(r->out, "%s:%llu:%llu: %s\n", at.file,
	    (unsigned long long)at.line, (unsigned long long)at.col, text);
}

static void
remarks_on(const struct points *p, const struct node *n, const char *member,
    struct ask_expr e, struct buf *b)
{
	struct remarks r = {b, {0}};
	struct node m;

	if (e.set < 0 || !node_get(n, member, &m) || !json_is_string(m.json))
		return;
	r.at = node_text_place(&m);
	expr_check(ask_set(&p->ask, e), e.id, remark, &r);
}

static void
remarks_of(const struct points *p, const struct element *e, struct buf *b)
{
	struct node tiers;

	remarks_on(p, &e->node, "when", e->when, b);
	remarks_on(p, &e->node, "where", e->where, b);
	remarks_on(p, &e->node, "key", e->key, b);
	remarks_on(p, &e->node, "points", e->worth, b);
	if (node_get(&e->node, "tiers", &tiers))
		remarks_on(p, &tiers, "of", e->worth, b);
}

/* ---- sentences ---- */

static void
say_worth(const struct points *p, const struct element *e, struct buf *b)
{
	size_t i;

	if (e->worth.set < 0) {
		dec_text(e->points, b);
		buf_adds(b, " points");
		return;
	}
	buf_adds(b, e->step == NULL ? "as many points as " : "points by ");
	ask_say(&p->ask, e->worth, b);
	for (i = 0; i < e->steps; i++) {
		buf_adds(b, i == 0 ? ": " : ", ");
		dec_text(e->step[i].points, b);
		buf_adds(b, e->upper ? " above " : " from ");
		dec_text(e->step[i].from, b);
	}
	if (e->step != NULL)
		buf_byte(b, ';');
}

static void
say_duration(struct duration d, struct buf *b)
{
	static const struct {
		int64_t ms;
		const char *name;
	} unit[] = {{86400000, "d"}, {3600000, "h"}, {60000, "m"}, {1000, "s"}};
	size_t i;

	if (d.months > 0)
		buf_addf(b, "%lldmo", (long long)d.months);
	for (i = 0; i < sizeof unit / sizeof *unit; i++) {
		if (d.ms >= unit[i].ms)
			buf_addf(b, "%lld%s", (long long)(d.ms / unit[i].ms),
			    unit[i].name);
		d.ms %= unit[i].ms;
	}
}

static void
say_decay(const struct element *e, struct buf *b)
{
	switch (e->decay) {
	case DECAY_NONE:
		return;
	case DECAY_EXPIRE:
		buf_adds(b, "; they expire after ");
		break;
	case DECAY_LINEAR:
		buf_adds(b, "; they lose ");
		dec_text(e->percent, b);
		buf_adds(b, "% of the first value every ");
		break;
	case DECAY_HALF_LIFE:
		buf_adds(b, "; they are halved every ");
		break;
	}
	say_duration(e->period, b);
}

static void
say_events(const struct points *p, const struct element *e, struct buf *b)
{
	static const char *const repeat[] = {
	    "the first event",
	    "the latest event",
	    "the event worth the most",
	    "every event",
	    "the first event of each key",
	};
	size_t i;

	buf_addf(b, " for %s", repeat[e->repeat]);
	if (e->repeat == PER_KEY) {
		buf_adds(b, " (");
		ask_say(&p->ask, e->key, b);
		buf_byte(b, ')');
	}
	for (i = 0; e->event != NULL && e->event[i] != NULL; i++)
		buf_addf(b, "%s\"%s\"", i == 0 ? " " : " or ", e->event[i]);
	if (e->where.set >= 0) {
		buf_adds(b, " where ");
		ask_say(&p->ask, e->where, b);
	}
	if (e->times > 0)
		buf_addf(b, ", %lld times at most", (long long)e->times);
	say_decay(e, b);
}

static void
say_clamp(const struct clamp *c, struct buf *b)
{
	if (c->has_min) {
		buf_adds(b, ", at least ");
		dec_text(c->min, b);
	}
	if (c->has_max) {
		buf_adds(b, ", at most ");
		dec_text(c->max, b);
	}
}

static void
say_groups(const struct points_file *f, struct buf *b)
{
	size_t i;

	for (i = 0; i < f->groups; i++) {
		buf_addf(b, "  group %s: %s", f->group[i].id,
		    f->group[i].exclusive ? "the element worth the most"
					  : "the sum");
		say_clamp(&f->group[i].clamp, b);
		buf_byte(b, '\n');
	}
}

static void
say_element(const struct points *p, const struct points_file *f,
    const struct element *e, struct buf *b)
{
	buf_addf(b, "  %s", e->id);
	if (e->group != NOTHING)
		buf_addf(b, " (group %s)", f->group[e->group].id);
	buf_adds(b, ": ");
	say_worth(p, e, b);
	if (e->events)
		say_events(p, e, b);
	else if (e->when.set >= 0) {
		buf_adds(b, " if ");
		ask_say(&p->ask, e->when, b);
	}
	say_clamp(&e->clamp, b);
	buf_byte(b, '\n');
}

/* ---- bands ---- */

static void
say_range(const struct points_file *f, const struct reach *r, struct buf *b)
{
	size_t i, n = 0;

	buf_adds(b, "  attainable: ");
	if (!r->known) {
		buf_adds(b, "not known, the numbers are too large\n");
		return;
	}
	if (r->down)
		buf_adds(b, "any number below");
	else
		dec_text(reach_dec(r, r->lo), b);
	buf_adds(b, " .. ");
	if (r->up)
		buf_adds(b, "any number above");
	else
		dec_text(reach_dec(r, r->hi), b);
	buf_adds(b, " points");
	for (i = 0; i < f->groups; i++)
		if (f->group[i].required)
			buf_addf(b, "%s%s",
			    n++ == 0 ? " (of customers with an element of "
				     : " and ",
			    f->group[i].id);
	buf_adds(b, n > 0 ? ")\n" : "\n");
}

static void
say_edges(const struct points_file *f, size_t i, struct buf *b)
{
	const struct band *x = &f->band[i];

	buf_adds(b, f->upper ? "above " : "from ");
	dec_text(x->min, b);
	if (!x->has_max && i + 1 == f->bands)
		return;
	buf_adds(b, f->upper ? " up to " : " to below ");
	dec_text(x->has_max ? x->max : f->band[i + 1].min, b);
}

/* A declared end that leaves points between two bands, or lies in the next.
 */
static int
say_seam(const struct points_file *f, size_t i, struct buf *b)
{
	const struct band *x = &f->band[i], *next = x + 1;
	int c;

	if (!x->has_max || i + 1 == f->bands)
		return 0;
	c = dec_cmp(x->max, next->min);
	if (c == 0)
		return 0;
	say_place(&next->node, b);
	buf_addf(b, "%s between band %s, which ends at ",
	    c < 0 ? "gap" : "overlap", x->id);
	dec_text(x->max, b);
	buf_addf(b, ", and band %s, which begins at ", next->id);
	dec_text(next->min, b);
	buf_adds(b, c < 0 ? "\n" : "; the higher one is taken\n");
	return 1;
}

static int
check_file(const struct points *p, const struct points_file *f, struct buf *b)
{
	struct reach r;
	size_t i;
	int faults = 0;

	buf_addf(b, "%s: %s%s%s\n", rules_file(f->rules), f->id,
	    f->version == NULL ? "" : " version ",
	    f->version == NULL ? "" : f->version);
	for (i = 0; i < f->elements; i++)
		say_element(p, f, &f->element[i], b);
	say_groups(f, b);
	reach_of(f, &r);
	say_range(f, &r, b);
	for (i = 0; i < f->bands; i++) {
		buf_addf(b, "  band %s: ", f->band[i].id);
		say_edges(f, i, b);
		buf_byte(b, '\n');
	}
	for (i = 0; i < f->elements; i++)
		remarks_of(p, &f->element[i], b);
	for (i = 0; i < f->bands; i++)
		faults += say_seam(f, i, b);
	for (i = 0; i < f->bands; i++) {
		if (reach_band(f, &r, i))
			continue;
		say_place(&f->band[i].node, b);
		buf_addf(b, "band %s cannot be reached\n", f->band[i].id);
		faults++;
	}
	reach_free(&r);
	return faults;
}

int
points_check(const struct points *p, struct buf *b)
{
	size_t i;
	int faults = 0;

	for (i = 0; i < p->files; i++)
		faults += check_file(p, &p->file[i], b);
	return faults;
}
