/* The response model: how people react in a forecast. */
#include <stdlib.h>
#include <string.h>

#include "../draw.h"
#include "graph.h"

static double
load_rate(const struct node *up)
{
	struct node v = node_need(up, "rate");
	double rate = node_number(&v);

	if (!(rate >= 0 && rate <= 1))
		node_die(&v, "expected a share from 0 to 1");
	return rate;
}

static const char *
load_origin(struct loader *l, const struct node *v)
{
	node_need(v, "origin"); /* an assumption says where it comes from */
	return load_text(l, v, "origin", NULL);
}

/* The event as it would stand in a history, to see what it triggers. */
static const char *
event_json(struct loader *l, const struct node *v, const struct response *r,
    const struct step *s)
{
	struct buf b = {0};
	struct node properties;
	char *text;
	const char *json;

	buf_adds(&b, "{\"type\":\"track\",\"event\":");
	buf_jsons(&b, r->event);
	buf_adds(&b, ",\"timestamp\":\"1970-01-01T00:00:00.000Z\","
		     "\"messageId\":\"\",\"properties\":{\"journey\":");
	buf_jsons(&b, l->j->id);
	buf_adds(&b, ",\"node\":");
	buf_jsons(&b, s->id);
	if (node_get(v, "properties", &properties)) {
		node_object(&properties);
		text = json_dumps(properties.json, JSON_COMPACT);
		if (strlen(text) > 2) {
			buf_byte(&b, ',');
			buf_add(&b, text + 1, strlen(text) - 2);
		}
		free(text);
	}
	buf_adds(&b, "}}");
	json = arena_text(&l->all->arena, b.p, b.len);
	buf_free(&b);
	return json;
}

static int
edge_named(const struct step *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->nedges; i++)
		if (strcmp(s->edges[i].name, name) == 0)
			return (int)i;
	return NONE;
}

static void
load_response(struct loader *l, const struct node *v, size_t step)
{
	static const char *const known[] = {"event", "rate", "n", "delay",
	    "spread", "properties", "origin", NULL};
	struct journeys *all = l->all;
	struct step *s = &l->j->steps[step];
	struct response *r;
	struct node delay;

	node_object(v);
	node_only(v, known);
	all->responses = mem_grow(all->responses, &all->responsecap,
	    all->nresponses + 1, sizeof *all->responses);
	r = &all->responses[all->nresponses++];
	memset(r, 0, sizeof *r);
	r->at = node_place(v);
	r->name = arena_text(&all->arena, v->key, strlen(v->key));
	r->rate = load_rate(v);
	r->n = get_int(v, "n", 0, INT64_MAX, 0);
	r->origin = load_origin(l, v);
	r->step = step;
	r->journey = (size_t)(l->j - all->j);
	r->branch = NONE;
	r->hash = draw_key(
	    (const char *)&s->hash, sizeof s->hash, r->name, strlen(r->name));
	if (s->type == STEP_BRANCH) {
		r->branch = edge_named(s, r->name);
		if (r->branch == NONE)
			node_die(v, "node %s has no branch %s",
			    err_quote(s->id, strlen(s->id)),
			    err_quote(r->name, strlen(r->name)));
		return;
	}
	r->event = load_text(l, v, "event", r->name);
	r->kind = (int)intern_add(all->names, r->event, strlen(r->event));
	if (node_get(v, "delay", &delay)) {
		r->median = node_duration(&delay).ms;
		if (r->median <= 0)
			node_die(&delay, "expected a duration above 0");
	} else
		r->median = 1; /* at once, but after the cause */
	r->sigma = get_number(v, "spread", 0);
	if (!(r->sigma >= 0 && r->sigma <= 10))
		node_die(v, "\"spread\" is not from 0 to 10");
	r->event_json = event_json(l, v, r, s);
}

static void
load_entry_rate(struct loader *l, const struct node *v)
{
	static const char *const known[] = {"rate", "per", "origin", NULL};
	static const char *const pers[] = {"1d", NULL};

	node_object(v);
	node_only(v, known);
	get_word(v, "per", pers, 0);
	l->j->entry_rate = load_rate(v);
	l->j->entry_origin = load_origin(l, v);
}

/* What is left over goes by the else. */
static void
check_branch_rates(
    const struct loader *l, const struct step *s, const struct node *v)
{
	const struct response *r = l->all->responses + s->response0;
	double sum = 0;
	size_t i;

	if (s->type != STEP_BRANCH)
		return;
	for (i = 0; i < s->nresponses; i++) {
		sum += r[i].rate;
		if (r[i].n != r->n)
			node_die(v, "the branches of a node share its people: "
				    "expected the same \"n\" for all");
	}
	if (sum > 1 + 1e-9)
		node_die(v, "the rates of the branches add up to more than 1");
}

void
load_responses(struct loader *l, const struct node *root)
{
	struct node model, v, r;
	struct step *s;
	size_t i, k, step;

	l->j->entry_rate = -1;
	if (!node_get(root, "response_model", &model))
		return;
	node_object(&model);
	for (i = 0; i < node_count(&model); i++) {
		v = node_nth(&model, i);
		if (strcmp(v.key, "entry") == 0) {
			load_entry_rate(l, &v);
			continue;
		}
		if (strcmp(v.key, "note") == 0)
			continue;
		for (step = 0; step < l->j->nsteps; step++)
			if (strcmp(l->j->steps[step].id, v.key) == 0)
				break;
		if (step == l->j->nsteps)
			node_only(&model, l->ids);
		node_object(&v);
		s = &l->j->steps[step];
		s->response0 = l->all->nresponses;
		for (k = 0; k < node_count(&v); k++) {
			r = node_nth(&v, k);
			if (strcmp(r.key, "note") != 0)
				load_response(l, &r, step);
		}
		s->nresponses = l->all->nresponses - s->response0;
		check_branch_rates(l, s, &v);
	}
}
