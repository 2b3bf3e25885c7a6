#include <string.h>

#include "report.h"

static void
time_text(struct buf *b, int64_t t)
{
	char text[WHEN_TEXT];

	when_text(t, text);
	buf_add(b, text, sizeof text);
}

/* The instance that stands for the journey: the latest that still moves, else
 * the latest that ended; NULL: never entered. */
static const struct instance *
standing(const struct engine *e, size_t journey)
{
	const struct instance *x, *best = NULL;

	for (x = e->x; x < e->x + e->n; x++)
		if (x->journey == journey && x->state == AT_STEP &&
		    (best == NULL || x->seq > best->seq))
			best = x;
	if (best == NULL && e->has_last[journey])
		best = &e->last[journey];
	return best;
}

static const char *
state_of(const struct instance *x)
{
	return x->holdout && x->state == AT_STEP ? "holdout"
						 : state_names[x->state];
}

static void
member_one(const struct engine *e, const struct instance *x, struct buf *b)
{
	const struct journey *j = &e->all->j[x->journey];

	buf_jsons(b, j->id);
	buf_adds(b, ":{\"state\":");
	buf_jsons(b, state_of(x));
	buf_adds(b, ",\"node\":");
	buf_jsons(b, j->steps[x->step].id);
	buf_adds(b, ",\"until\":");
	when_json(x->state == AT_STEP ? x->until : WHEN_NEVER, b);
	buf_adds(b, ",\"instance\":");
	buf_json(b, engine_key(e, x), x->keylen);
	if (x->state != AT_STEP && x->state != DONE) {
		buf_adds(b, ",\"reason\":");
		buf_jsons(b, x->why);
	}
	if (x->goal)
		buf_adds(b, ",\"goal\":true");
	buf_byte(b, '}');
}

void
report_member(const struct replay *r, struct buf *b)
{
	const struct engine *e = &r->engine;
	const struct instance *x;
	bool first = true;
	size_t i;

	buf_byte(b, '{');
	for (i = 0; i < e->all->n; i++) {
		x = standing(e, i);
		if (x == NULL)
			continue;
		if (!first)
			buf_byte(b, ',');
		member_one(e, x, b);
		first = false;
	}
	buf_byte(b, '}');
}

/* ---- --explain ---- */

static void
explain_outside(struct replay *r, size_t i, int64_t now, struct buf *b)
{
	const struct journey *j = &r->all->j[i];
	const char *why = r->engine.refused[i];

	buf_adds(b, "not entered: ");
	buf_adds(b, why != NULL ? why : "not_triggered");
	if (why != NULL && strcmp(why, "filter_failed") == 0) {
		buf_adds(b, ": ");
		expr_explain(replay_run(r, j, now), j->entry.filter, now, b);
	} else if (why == NULL && j->entry.kind == ENTRY_SEGMENT) {
		buf_adds(b, ": ");
		expr_explain(replay_run(r, j, now), j->entry.segment, now, b);
	}
}

static void
explain_inside(const struct engine *e, const struct instance *x, struct buf *b)
{
	const struct journey *j = &e->all->j[x->journey];
	const struct step *s = &j->steps[x->step];
	const struct unsent *u = &e->unsent[x->journey];

	if (x->state == AT_STEP) {
		buf_adds(b, x->holdout ? "holdout, waiting" : "waiting");
		if (x->until != WHEN_NEVER) {
			buf_adds(b, " until ");
			time_text(b, x->until);
		}
	} else {
		buf_adds(b, state_names[x->state]);
		if (x->state != DONE) {
			buf_adds(b, ": ");
			buf_adds(b, x->why);
		}
		buf_adds(b, " at ");
		time_text(b, x->since);
	}
	buf_addf(b, ", node %s (%s), entered ", s->id, step_types[s->type]);
	time_text(b, x->entered);
	buf_adds(b, ", instance ");
	buf_add(b, engine_key(e, x), x->keylen);
	if (x->goal)
		buf_adds(b, ", goal reached");
	if (u->why != NULL) {
		buf_addf(b, ", %s skipped at ", j->steps[u->step].id);
		time_text(b, u->t);
		buf_addf(b, ": %s", u->why);
	}
}

void
report_explain(struct replay *r, int64_t now, struct buf *b)
{
	const struct instance *x;
	size_t i;

	for (i = 0; i < r->all->n; i++) {
		buf_adds(b, r->all->j[i].id);
		buf_adds(b, ": ");
		x = standing(&r->engine, i);
		if (x == NULL)
			explain_outside(r, i, now, b);
		else
			explain_inside(&r->engine, x, b);
		buf_byte(b, '\n');
	}
}

/* ---- --trace ---- */

static const char *const whats[] = {[WHAT_ENTERED] = "entered",
    [WHAT_REFUSED] = "not entered",
    [WHAT_REACHED] = "reached",
    [WHAT_WAITS] = "waits",
    [WHAT_SENT] = "sent",
    [WHAT_RECORDED] = "sent before",
    [WHAT_SKIPPED] = "skipped",
    [WHAT_DELAYED] = "put off",
    [WHAT_TOOK] = "took",
    [WHAT_GOAL] = "goal",
    [WHAT_EFFECT] = "done",
    [WHAT_TASK] = "task",
    [WHAT_TASK_ENDED] = "task",
    [WHAT_ENDED] = "ended"};

/* Did the history decide this, after a message that it does not hold? */
static bool
exogenous(const struct note *n)
{
	if (n->x == NULL || !n->x->unsent)
		return false;
	switch (n->what) {
	case WHAT_GOAL:
		return true;
	case WHAT_TOOK:
		return step_asks_history(n->s);
	case WHAT_ENDED:
		return n->x->state == GOAL ||
		       (n->x->state == EXITED && n->x->rule != NONE);
	default:
		return false;
	}
}

/* Whose hours a wait counts. */
static const char *
clock_of(const struct span *p)
{
	return p->forever || p->until != NONE   ? ""
	       : p->calendar || p->d.months > 0 ? ", calendar"
						: ", rolling";
}

void
report_note(const struct replay *r, const struct note *n, struct buf *b)
{
	time_text(b, n->t);
	buf_byte(b, ' ');
	buf_adds(b, n->j->id);
	if (n->x != NULL) {
		buf_byte(b, ' ');
		buf_add(b, engine_key(&r->engine, n->x), n->x->keylen);
	}
	if (n->s != NULL) {
		buf_byte(b, ' ');
		buf_adds(b, n->s->id);
	}
	buf_adds(b, ": ");
	buf_adds(b, whats[n->what]);
	if (n->what == WHAT_WAITS || n->what == WHAT_DELAYED) {
		buf_adds(b, " until ");
		if (n->until == WHEN_NEVER)
			buf_adds(b, "something happens");
		else
			time_text(b, n->until);
		if (n->what == WHAT_WAITS)
			buf_adds(b, clock_of(&n->s->span));
	}
	if (n->why != NULL) {
		buf_adds(b, n->what == WHAT_TOOK ? " " : ": ");
		buf_adds(b, n->why);
	}
	if (n->by != NULL) {
		buf_adds(b, ", by ");
		if (n->by->recorded)
			buf_add(b, n->by->name, n->by->namelen);
		else
			buf_adds(b, r->all->j[n->by->journey].id);
	}
	if (exogenous(n))
		buf_adds(b, ", exogenous");
	buf_byte(b, '\n');
}

/* ---- --stats ---- */

static void
count(struct buf *b, const char *name, uint64_t n)
{
	if (b->p[b->len - 1] != '{')
		buf_byte(b, ',');
	buf_addf(b, "\"%s\":%ju", name, (uintmax_t)n);
}

static void
count_step(const struct tally *t, const uint64_t *exogenous,
    const struct step *s, struct buf *b)
{
	uint64_t moved = 0;
	size_t k;

	for (k = 0; k < s->nedges + 2; k++)
		moved += t->edge[s->edge0 + k];
	buf_jsons(b, s->id);
	buf_adds(b, ":{");
	count(b, "entered", t->entered[s->tally]);
	count(b, "moved", moved);
	count(b, "exited", t->exited[s->tally]);
	count(b, "waiting", t->waiting[s->tally]);
	count(b, "dropped", t->dropped[s->tally]);
	count(b, "exogenous", exogenous[s->tally]);
	if (s->type == STEP_MESSAGE) {
		count(b, "sent", t->sent[s->tally]);
		count(b, "recorded", t->recorded[s->tally]);
		count(b, "skipped", t->skipped[s->tally]);
	}
	buf_byte(b, '}');
}

void
report_counts(const struct tally *t, const uint64_t *exogenous,
    const struct journeys *all, struct buf *b)
{
	const struct journey *j;
	size_t i, k;

	buf_adds(b, "\"journeys\":{");
	for (i = 0; i < all->n; i++) {
		j = &all->j[i];
		if (i > 0)
			buf_byte(b, ',');
		buf_jsons(b, j->id);
		buf_adds(b, ":{");
		count(b, "entered", t->entries[i]);
		count(b, "refused", t->refused[i]);
		count(b, "holdout", t->holdouts[i]);
		count(b, "goal", t->goals[i]);
		count(b, "goal_exogenous", exogenous[all->nsteps + i]);
		count(b, "contaminated", t->contaminated[i]);
		count(b, "ended", t->done[i]);
		buf_adds(b, ",\"nodes\":{");
		for (k = 0; k < j->nsteps; k++) {
			if (k > 0)
				buf_byte(b, ',');
			count_step(t, exogenous, &j->steps[k], b);
		}
		buf_adds(b, "}}");
	}
	buf_byte(b, '}');
}

/* ---- --dot ---- */

static void
dot_name(struct buf *b, size_t journey, const char *name)
{
	buf_addf(b, "%zu/%s", journey, name);
}

static void
dot_edge(struct buf *b, size_t journey, const struct journey *j,
    const struct step *s, int next, const char *label, const uint64_t *n)
{
	struct buf name = {0};

	buf_adds(b, "\t\t");
	dot_name(&name, journey, s->id);
	buf_json(b, name.p, name.len);
	buf_adds(b, " -> ");
	name.len = 0;
	dot_name(&name, journey, next == STEP_END ? "" : j->steps[next].id);
	buf_json(b, name.p, name.len);
	name.len = 0;
	if (label != NULL)
		buf_adds(&name, label);
	if (n != NULL)
		buf_addf(
		    &name, "%s%ju", label != NULL ? " " : "", (uintmax_t)*n);
	buf_adds(b, " [label=");
	buf_json(b, name.p, name.len);
	buf_adds(b, "];\n");
	buf_free(&name);
}

static void
dot_step(struct buf *b, size_t journey, const struct journey *j,
    const struct step *s, const struct tally *t)
{
	static const char *const shapes[] = {[STEP_MESSAGE] = "box",
	    [STEP_DELAY] = "ellipse",
	    [STEP_WAIT] = "ellipse",
	    [STEP_BRANCH] = "diamond",
	    [STEP_SPLIT] = "diamond",
	    [STEP_QUOTA] = "diamond",
	    [STEP_TASK] = "box",
	    [STEP_TAG] = "note",
	    [STEP_SCORE] = "note",
	    [STEP_EMIT] = "note",
	    [STEP_JUMP] = "point",
	    [STEP_EXIT] = "doublecircle"};
	struct buf name = {0};
	size_t k;

	dot_name(&name, journey, s->id);
	buf_adds(b, "\t\t");
	buf_json(b, name.p, name.len);
	buf_adds(b, " [label=");
	buf_jsons(b, s->id);
	buf_addf(b, ",shape=%s];\n", shapes[s->type]);
	for (k = 0; k < s->nedges; k++)
		dot_edge(b, journey, j, s, s->edges[k].next, s->edges[k].name,
		    t != NULL ? &t->edge[s->edge0 + k] : NULL);
	if (s->has_otherwise || s->type == STEP_WAIT || s->type == STEP_QUOTA)
		dot_edge(b, journey, j, s, s->otherwise, "else",
		    t != NULL ? &t->edge[s->edge0 + k] : NULL);
	if (s->type != STEP_EXIT && s->type != STEP_WAIT &&
	    s->type != STEP_BRANCH && s->type != STEP_SPLIT &&
	    s->type != STEP_TASK)
		dot_edge(b, journey, j, s, s->next, NULL,
		    t != NULL ? &t->edge[s->edge0 + k + 1] : NULL);
	buf_free(&name);
}

void
report_dot(const struct tally *t, const struct journeys *all, struct buf *b)
{
	const struct journey *j;
	struct buf name = {0};
	size_t i, k;

	buf_adds(b, "digraph journeys {\n\trankdir=LR;\n");
	for (i = 0; i < all->n; i++) {
		j = &all->j[i];
		buf_addf(b, "\tsubgraph cluster_%zu {\n\t\tlabel=", i);
		buf_jsons(b, j->id);
		buf_adds(b, ";\n\t\t");
		name.len = 0;
		dot_name(&name, i, "");
		buf_json(b, name.p, name.len);
		buf_adds(b, " [label=\"end\",shape=plaintext];\n");
		for (k = 0; k < j->nsteps; k++)
			dot_step(b, i, j, &j->steps[k], t);
		buf_adds(b, "\t}\n");
	}
	buf_adds(b, "}\n");
	buf_free(&name);
}
