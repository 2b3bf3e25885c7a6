/* The nodes of a journey. */
#include <stdlib.h>
#include <string.h>

#include "../draw.h"
#include "graph.h"

const char *const step_types[] = {"message", "delay", "wait_until", "branch",
    "split", "quota", "task", "tag", "score", "emit", "jump", "exit", NULL};

int
load_channel(struct loader *l, const struct node *v)
{
	const char *name = node_text(v);
	struct journey *j = l->j;
	struct channel *more;
	size_t i;

	for (i = 0; i < j->nchannels; i++)
		if (strcmp(j->channels[i].name, name) == 0)
			return (int)i;
	/* Not declared: known by its name alone. */
	more = arena_alloc(&l->all->arena, (j->nchannels + 1) * sizeof *more);
	if (j->nchannels > 0)
		memcpy(more, j->channels, j->nchannels * sizeof *more);
	memset(&more[i], 0, sizeof more[i]);
	more[i].name = arena_text(&l->all->arena, name, strlen(name));
	more[i].number = (int)intern_add(l->all->channels, name, strlen(name));
	more[i].consent = NONE;
	j->channels = more;
	j->nchannels++;
	return (int)i;
}

static void
load_variables(struct loader *l, const struct node *up, struct step *s)
{
	enum expr_ground ground =
	    l->j->entry.kind == ENTRY_EVENT ? EXPR_EVENT : EXPR_PROFILE;
	struct node v, e;
	size_t i;

	if (!node_get(up, "variables", &v))
		return;
	node_object(&v);
	s->variables = arena_alloc(
	    &l->all->arena, (node_count(&v) + 1) * sizeof *s->variables);
	for (i = 0; i < node_count(&v); i++) {
		e = node_nth(&v, i);
		s->variables[i].name =
		    arena_text(&l->all->arena, e.key, strlen(e.key));
		s->variables[i].value = load_expr(l, ground, &e);
	}
	s->nvariables = i;
}

static void
load_otherwise(
    struct loader *l, const struct node *v, struct step *s, const char *key)
{
	struct node other;

	s->has_otherwise = node_get(v, key, &other);
	s->otherwise = load_target(l, v, key);
}

static void
load_message(struct loader *l, const struct node *v, struct step *s)
{
	static const char *const known[] = {"id", "type", "channel", "template",
	    "variant_by", "variants", "else", "quiet_hours", "expires",
	    "variables", "next", "on_skip", NULL};
	struct node channel = node_need(v, "channel"), e;

	node_only(v, known);
	node_need(v, "template");
	s->channel = load_channel(l, &channel);
	s->template = load_text(l, v, "template", NULL);
	s->variant_by = load_expr_of(l, EXPR_PROFILE, v, "variant_by");
	s->variant_else = load_text(l, v, "else", NULL);
	if (node_get(v, "variants", &e))
		s->variants = load_texts(l, &e);
	if (s->variant_by != NONE &&
	    (s->variants == NULL || s->variant_else == NULL))
		node_die(v, "\"variant_by\" needs \"variants\" and \"else\"");
	s->ignore_quiet = !get_bool(v, "quiet_hours", true);
	if (node_get(v, "expires", &e))
		s->expires = node_duration(&e);
	load_variables(l, v, s);
	load_otherwise(l, v, s, "on_skip");
}

static void
load_delay(struct loader *l, const struct node *v, struct step *s)
{
	static const char *const known[] = {"id", "type", "for", "window", "at",
	    "since", "until", "next", NULL};

	node_only(v, known);
	s->span = load_span(l, v, "for");
}

/* The list `branches`; returns how many, with s->edges zeroed. */
static size_t
load_edges(struct loader *l, const struct node *v, const char *key,
    struct step *s, struct node *list)
{
	*list = node_need(v, key);
	node_array(list);
	s->nedges = node_count(list);
	if (s->nedges == 0)
		node_die(list, "an empty list");
	s->edges = arena_alloc(&l->all->arena, s->nedges * sizeof *s->edges);
	memset(s->edges, 0, s->nedges * sizeof *s->edges);
	return s->nedges;
}

static void
load_wait(struct loader *l, const struct node *v, struct step *s)
{
	static const char *const known[] = {"id", "type", "branches", "timeout",
	    "window", "at", "since", "until", "on_timeout", "ranked", NULL};
	static const char *const known_edge[] = {
	    "id", "event", "where", "when", "key", "any_key", "next", NULL};
	struct node list, e;
	size_t i, n;

	node_only(v, known);
	n = load_edges(l, v, "branches", s, &list);
	for (i = 0; i < n; i++) {
		e = node_at(&list, i);
		node_object(&e);
		node_only(&e, known_edge);
		s->edges[i].on = load_trigger(l, &e);
		s->edges[i].name = load_text(l, &e, "id", NULL);
		s->edges[i].next = load_target(l, &e, "next");
		if (s->edges[i].name == NULL)
			s->edges[i].name = get_text(&e, "next", "done");
	}
	s->ranked = get_bool(v, "ranked", false);
	if (!node_get(v, "timeout", &e) && !node_get(v, "until", &e) &&
	    !node_get(v, "at", &e))
		node_die(v, "no \"timeout\": expected a duration or \"never\"");
	s->span = load_span(l, v, "timeout");
	if (s->span.forever && s->ranked)
		node_die(v, "a ranked wait ends at its timeout: it needs one");
	load_otherwise(l, v, s, "on_timeout");
}

static void
load_branch(struct loader *l, const struct node *v, struct step *s)
{
	static const char *const known[] = {
	    "id", "type", "branches", "else", NULL};
	static const char *const known_edge[] = {
	    "id", "when", "where", "next", NULL};
	struct node list, e, w;
	size_t i, n;

	node_only(v, known);
	n = load_edges(l, v, "branches", s, &list);
	for (i = 0; i < n; i++) {
		e = node_at(&list, i);
		node_object(&e);
		node_only(&e, known_edge);
		s->edges[i].when = load_expr_of(l, EXPR_PROFILE, &e, "when");
		s->edges[i].where = load_expr_of(l, EXPR_EVENT, &e, "where");
		if (s->edges[i].when == NONE && s->edges[i].where == NONE)
			node_die(&e, "no condition, expected \"when\" or "
				     "\"where\"");
		if (node_get(&e, "where", &w) &&
		    l->j->entry.kind != ENTRY_EVENT)
			node_die(&w, "reads the entry event: there is none");
		s->edges[i].next = load_target(l, &e, "next");
		s->edges[i].name =
		    load_text(l, &e, "id", get_text(&e, "next", "done"));
	}
	if (!node_get(v, "else", &e))
		node_die(v,
		    "branch %s has no \"else\": people that no branch "
		    "takes would be lost",
		    err_quote(s->id, strlen(s->id)));
	load_otherwise(l, v, s, "else");
}

static void
load_split(struct loader *l, const struct node *v, struct step *s)
{
	static const char *const known[] = {
	    "id", "type", "variants", "salt", NULL};
	static const char *const known_edge[] = {"id", "weight", "next", NULL};
	struct node list, e, w;
	double sum = 0, part = 0, weight;
	size_t i, n;

	node_only(v, known);
	n = load_edges(l, v, "variants", s, &list);
	for (i = 0; i < n; i++) {
		e = node_at(&list, i);
		node_object(&e);
		node_only(&e, known_edge);
		w = node_need(&e, "weight");
		weight = node_number(&w);
		if (!(weight >= 0 && weight < 1e9))
			node_die(&w, "expected a number from 0");
		s->edges[i].weight = weight;
		sum += weight;
		s->edges[i].next = load_target(l, &e, "next");
		s->edges[i].name =
		    load_text(l, &e, "id", get_text(&e, "next", "done"));
	}
	if (!(sum > 0))
		node_die(&list, "the weights sum to 0");
	for (i = 0; i < n; i++) {
		part += s->edges[i].weight;
		s->edges[i].weight = part / sum;
	}
	s->salt = load_text(l, v, "salt", NULL);
}

static void
load_quota(struct loader *l, const struct node *v, struct step *s)
{
	static const char *const known[] = {
	    "id", "type", "max", "next", "on_full", NULL};
	struct node max = node_need(v, "max");

	node_only(v, known);
	s->max = node_int(&max, 0, INT64_MAX);
	s->quota = (int)l->all->nquotas++;
	load_otherwise(l, v, s, "on_full");
}

static void
load_task(struct loader *l, const struct node *v, struct step *s)
{
	static const char *const known[] = {"id", "type", "template",
	    "assignee", "contact", "done", "within", "window", "at", "since",
	    "until", "on_done", "on_timeout", "variables", NULL};
	static const char *const known_done[] = {
	    "event", "where", "when", "key", "any_key", NULL};
	struct node done = node_need(v, "done"), e;

	node_only(v, known);
	node_object(&done);
	node_only(&done, known_done);
	s->edges = arena_alloc(&l->all->arena, sizeof *s->edges);
	memset(s->edges, 0, sizeof *s->edges);
	s->nedges = 1;
	s->edges[0].on = load_trigger(l, &done);
	s->edges[0].name = "done";
	s->edges[0].next = load_target(l, v, "on_done");
	s->span = load_span(l, v, "within");
	s->template = load_text(l, v, "template", s->id);
	s->assignee = load_expr_of(l, EXPR_PROFILE, v, "assignee");
	if (node_get(v, "contact", &e))
		s->contact = load_texts(l, &e);
	load_variables(l, v, s);
	load_otherwise(l, v, s, "on_timeout");
}

static void
load_effect(struct loader *l, const struct node *v, struct step *s)
{
	static const char *const tag[] = {"id", "type", "tag", "next", NULL};
	static const char *const score[] = {
	    "id", "type", "score", "points", "next", NULL};
	static const char *const emit[] = {
	    "id", "type", "event", "variables", "next", NULL};
	const char *key = s->type == STEP_TAG     ? "tag"
			  : s->type == STEP_SCORE ? "score"
						  : "event";
	struct node points;
	struct buf b = {0};

	node_only(v, s->type == STEP_TAG     ? tag
		     : s->type == STEP_SCORE ? score
					     : emit);
	node_need(v, key);
	s->name = load_text(l, v, key, NULL);
	if (s->type == STEP_SCORE) {
		points = node_need(v, "points");
		dec_text(node_dec(&points), &b);
		s->points = arena_text(&l->all->arena, b.p, b.len);
		buf_free(&b);
	}
	if (s->type == STEP_EMIT)
		load_variables(l, v, s);
}

static void
load_end(struct loader *l, const struct node *v, struct step *s)
{
	static const char *const jump[] = {"id", "type", "to", NULL};
	static const char *const out[] = {"id", "type", "reason", NULL};

	node_only(v, s->type == STEP_JUMP ? jump : out);
	if (s->type == STEP_EXIT) {
		s->reason = load_text(l, v, "reason", NULL);
		return;
	}
	node_need(v, "to");
	s->next = load_target(l, v, "to");
}

static void
load_step(struct loader *l, const struct node *v, struct step *s)
{
	static void (*const kinds[])(struct loader *, const struct node *,
	    struct step *) = {load_message, load_delay, load_wait, load_branch,
	    load_split, load_quota, load_task, load_effect, load_effect,
	    load_effect, load_end, load_end};
	struct node type = node_need(v, "type");
	struct buf b = {0};

	s->at = node_place(v);
	s->type = (enum step_type)node_word(&type, step_types);
	s->variant_by = s->assignee = s->channel = s->quota = NONE;
	s->otherwise = s->next = STEP_END;
	buf_add(&b, l->j->id, strlen(l->j->id) + 1);
	s->hash = draw_key(b.p, b.len, s->id, strlen(s->id));
	buf_free(&b);
	kinds[s->type](l, v, s);
	if (s->type != STEP_JUMP)
		s->next = load_target(l, v, "next");
}

static void
check_id(struct loader *l, const struct node *v, size_t n)
{
	struct node id = node_need(v, "id");
	const char *s = node_text(&id);
	size_t i;

	if (s[0] == '\0')
		node_die(&id, "an empty id");
	for (i = 0; i < n; i++)
		if (strcmp(l->ids[i], s) == 0)
			node_die(
			    &id, "a second node %s", err_quote(s, strlen(s)));
}

void
load_steps(struct loader *l, const struct node *root)
{
	struct node list = node_need(root, "nodes"), v;
	struct journey *j = l->j;
	size_t i, n;

	node_array(&list);
	n = node_count(&list);
	if (n == 0)
		node_die(&list, "a journey needs at least one node");
	l->ids = mem_alloc(n + 1, sizeof *l->ids);
	j->steps = arena_alloc(&l->all->arena, n * sizeof *j->steps);
	memset(j->steps, 0, n * sizeof *j->steps);
	for (i = 0; i < n; i++) {
		v = node_at(&list, i);
		node_object(&v);
		check_id(l, &v, i);
		j->steps[i].id = l->ids[i] = load_text(l, &v, "id", NULL);
	}
	j->nsteps = n;
	for (i = 0; i < n; i++) {
		v = node_at(&list, i);
		load_step(l, &v, &j->steps[i]);
	}
}
