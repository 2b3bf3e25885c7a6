#include <stdlib.h>
#include <string.h>

#include "../draw.h"
#include "../filter.h"
#include "graph.h"
#include "mem.h"

static const char *const members[] = {"id", "version", "timezone", "priority",
    "active", "entry", "exit", "goal", "holdout", "quiet_hours", "channels",
    "frequency_cap", "consent", "snapshot", "uses", "nodes", "response_model",
    NULL};

/* Members that other programs make say what holds at --now. */
static void
look_at_members(struct loader *l, const struct node *v)
{
	struct journey *j = l->j;
	const char *m;
	size_t i;

	for (i = 0; (m = expr_member(j->set, i)) != NULL; i++) {
		j->reads_traits = j->reads_traits || strcmp(m, "traits") == 0;
		if (!j->snapshot && !uses_timeless(m) &&
		    !uses_makes(j->uses, m))
			node_die(v,
			    "reads %s, which the line knows as of --now, not "
			    "as of the moment that is asked about: name the "
			    "files of tags, score, rfm or segments in "
			    "\"uses\", or say \"snapshot\": true if that "
			    "will do",
			    m);
	}
}

int
load_expr(struct loader *l, enum expr_ground ground, const struct node *v)
{
	const char *text = node_text(v);
	struct place at = node_text_place(v);
	int id = expr_add(l->j->set, ground, text, strlen(text), &at);

	l->j->nexprs = id + 1;
	l->j->expr_at = mem_grow(l->j->expr_at, &l->j->exprcap, (size_t)id + 1,
	    sizeof *l->j->expr_at);
	l->j->expr_at[id] = at;
	look_at_members(l, v);
	return id;
}

int
load_expr_of(struct loader *l, enum expr_ground ground, const struct node *up,
    const char *key)
{
	static const char *const conditions[] = {
	    "when", "where", "filter", "segment", "consent", NULL};
	struct place at;
	struct node v;
	int id, i;

	if (!node_get(up, key, &v))
		return NONE;
	id = load_expr(l, ground, &v);
	at = node_text_place(&v);
	for (i = 0; conditions[i] != NULL; i++)
		if (strcmp(key, conditions[i]) == 0)
			expr_condition(l->j->set, id, &at);
	return id;
}

const char *
load_text(
    struct loader *l, const struct node *up, const char *key, const char *fb)
{
	const char *s = get_text(up, key, fb);

	return s == NULL ? NULL : arena_text(&l->all->arena, s, strlen(s));
}

const char *const *
load_texts(struct loader *l, const struct node *v)
{
	size_t n, i;
	const char **texts;
	struct node e;

	if (json_is_string(v->json)) {
		texts = arena_alloc(&l->all->arena, 2 * sizeof *texts);
		texts[0] = arena_text(
		    &l->all->arena, node_text(v), strlen(node_text(v)));
		texts[1] = NULL;
		return texts;
	}
	node_array(v);
	n = node_count(v);
	texts = arena_alloc(&l->all->arena, (n + 1) * sizeof *texts);
	for (i = 0; i < n; i++) {
		e = node_at(v, i);
		texts[i] = arena_text(
		    &l->all->arena, node_text(&e), strlen(node_text(&e)));
	}
	texts[n] = NULL;
	return texts;
}

/* "10:00" to minutes; 24:00 is the end of the day. */
int
load_clock(const struct node *v)
{
	const char *s = node_text(v);
	int h, m;

	if (strlen(s) == 5 && s[2] == ':' && strspn(s, "0123456789:") == 5) {
		h = (s[0] - '0') * 10 + s[1] - '0';
		m = (s[3] - '0') * 10 + s[4] - '0';
		if (m < 60 && (h < 24 || (h == 24 && m == 0)))
			return h * 60 + m;
	}
	node_die(v, "%s is not a time of day, expected \"10:00\"",
	    err_quote(s, strlen(s)));
}

/* A date or time; without a zone of its own it is in the journey's. */
int64_t
load_time(struct loader *l, const struct node *v)
{
	const char *s = node_text(v);
	int64_t t;

	if (!when_parse_in(s, strlen(s), l->j->zone, &t))
		node_die(v,
		    "%s is not a time, expected \"2026-11-11T10:00:00\"%s",
		    err_quote(s, strlen(s)),
		    l->j->zone == NULL ? " with a zone, or a \"timezone\""
				       : "");
	return t;
}

static void
load_kinds(struct loader *l, const struct node *v, struct trigger *t)
{
	const char *const *names = load_texts(l, v);
	int n = 0;

	while (names[n] != NULL)
		n++;
	if (n == 0)
		node_die(v, "no event, expected a name or a list of names");
	t->kinds = arena_alloc(&l->all->arena, (size_t)n * sizeof *t->kinds);
	for (t->nkinds = 0; t->nkinds < n; t->nkinds++)
		t->kinds[t->nkinds] = (int)intern_add(
		    l->all->names, names[t->nkinds], strlen(names[t->nkinds]));
}

/*
 * `event`, `where`, `when`, `key`, `any_key`.  Under a journey with a key an
 * event must be about the instance's own key unless any_key says otherwise.
 */
struct trigger
load_trigger(struct loader *l, const struct node *up)
{
	struct trigger t = {0};
	struct node v;

	t.where = load_expr_of(l, EXPR_EVENT, up, "where");
	t.when = load_expr_of(l, EXPR_PROFILE, up, "when");
	t.key = NONE;
	t.event = node_get(up, "event", &v);
	if (t.event)
		load_kinds(l, &v, &t);
	if (t.where != NONE)
		t.event = true;
	if (!t.event && t.when == NONE)
		node_die(up, "waits for nothing, expected \"event\", "
			     "\"where\" or \"when\"");
	if (t.event && !get_bool(up, "any_key", false)) {
		t.key = load_expr_of(l, EXPR_EVENT, up, "key");
		if (t.key == NONE)
			t.key = l->j->entry.key;
	}
	t.id = (int)l->all->ntriggers++;
	return t;
}

/* `for`/`timeout`, `window`, `at`, `since`, `until`. */
struct span
load_span(struct loader *l, const struct node *up, const char *key)
{
	static const char *const windows[] = {"rolling", "calendar", NULL};
	static const char *const sinces[] = {"step", "entry", NULL};
	struct span s = {.at = NONE, .until = NONE};
	struct node v;

	s.until = load_expr_of(l,
	    l->j->entry.kind == ENTRY_EVENT ? EXPR_EVENT : EXPR_PROFILE, up,
	    "until");
	s.since_entry = get_word(up, "since", sinces, 0) == 1;
	s.said = node_get(up, "window", &v);
	s.calendar = get_word(up, "window", windows, 0) == 1;
	if (node_get(up, "at", &v)) {
		s.at = load_clock(&v);
		s.calendar = s.said = true;
	}
	if (node_get(up, key, &v)) {
		if (s.until != NONE)
			node_die(
			    &v, "\"%s\" and \"until\" exclude each other", key);
		if (strcmp(node_text(&v), "never") == 0)
			s.forever = true;
		else
			s.d = node_duration(&v);
		/* Hours say it themselves. */
		s.said = s.said || strpbrk(node_text(&v), "dw") == NULL;
		if (s.calendar && s.d.ms % 86400000 != 0)
			node_die(&v, "not whole days, expected 1d, 2w or 1mo "
				     "where days are calendar days");
	} else if (s.until == NONE && s.at == NONE)
		node_die(up, "expected \"%s\", \"until\" or \"at\"", key);
	if (s.calendar && l->j->zone == NULL)
		node_die(up, "a calendar day needs a \"timezone\"");
	return s;
}

int
load_target(struct loader *l, const struct node *up, const char *key)
{
	struct node v;
	const char *name, *near;
	int i;

	if (!node_get(up, key, &v))
		return STEP_END;
	name = node_text(&v);
	for (i = 0; l->ids[i] != NULL; i++)
		if (strcmp(l->ids[i], name) == 0)
			return i;
	near = err_nearest(name, l->ids);
	node_die(&v, "no node %s%s%s%s", err_quote(name, strlen(name)),
	    near != NULL ? ", did you mean '" : "", near != NULL ? near : "",
	    near != NULL ? "'?" : "");
}

static void
load_uses(struct loader *l, const struct node *root)
{
	struct journey *j = l->j;
	struct node v;

	j->snapshot = get_bool(root, "snapshot", false);
	if (node_get(root, "uses", &v)) {
		j->uses = uses_load(&v, j->snapshot);
		j->reads_traits = uses_read_traits(j->uses);
	}
	j->reads_traits = j->reads_traits || j->recipient;
}

static void
load_header(struct loader *l, const struct node *root)
{
	struct journey *j = l->j;
	struct expr_settings settings = {0};
	const char *zone;
	struct node v, id = node_need(root, "id");

	node_only(root, members);
	j->id = load_text(l, root, "id", NULL);
	if (j->id[0] == '\0')
		node_die(&id, "an empty id");
	j->version = get_int(root, "version", 0, INT64_MAX, 1);
	j->priority = get_int(root, "priority", -1000000, 1000000, 0);
	zone = get_text(root, "timezone", NULL);
	j->recipient = zone != NULL && strcmp(zone, "recipient") == 0;
	if (node_get(root, "timezone", &v) && !j->recipient &&
	    zone_find(zone, strlen(zone)) == NULL)
		node_die(&v,
		    "no time zone %s, expected a name such as "
		    "\"Asia/Shanghai\", an offset or \"recipient\"",
		    err_quote(zone, strlen(zone)));
	j->zone = filter_zone(j->recipient ? NULL : zone);
	if (j->recipient && j->zone == NULL)
		j->zone = zone_find("UTC", 3);
	load_uses(l, root);
	j->hash = draw_key(j->id, strlen(j->id), "", 0);
	settings.zone = j->zone;
	settings.recipient_zone = j->recipient;
	j->set = expr_set_new(&settings);
	j->from = WHEN_MIN;
	j->until = WHEN_NEVER;
}

static void
load_file(struct journeys *all, struct journey *j, const char *file)
{
	struct loader l = {.all = all, .j = j};
	struct node root;

	j->file = file;
	j->rules = rules_read(file);
	root = rules_root(j->rules);
	node_object(&root);
	load_header(&l, &root);
	load_entry(&l, &root);
	load_policy(&l, &root);
	load_steps(&l, &root);
	load_responses(&l, &root);
	arms_find(all, j);
	free(l.ids);
}

bool
journeys_read_profile(const struct journeys *all)
{
	const struct journey *j;
	int i;

	for (j = all->j; j < all->j + all->n; j++)
		for (i = 0; i < j->nexprs; i++)
			if (expr_reads_profile(j->set, i))
				return true;
	return false;
}

static int
by_priority(const void *a, const void *b)
{
	const struct journey *x = a, *y = b;

	if (x->priority != y->priority)
		return x->priority > y->priority ? -1 : 1;
	return strcmp(x->id, y->id);
}

static void
note_trigger(struct journeys *all, const struct trigger *t)
{
	all->triggers[t->id] = t;
}

/* Number the triggers, steps and edges of the run once all stand still. */
static void
number_all(struct journeys *all)
{
	struct journey *j;
	struct step *s;
	size_t i, k, m;

	all->triggers = mem_alloc(all->ntriggers + 1, sizeof *all->triggers);
	for (j = all->j; j < all->j + all->n; j++) {
		all->capped = all->capped || j->ncaps > 0;
		all->clocked = all->clocked || j->entry.kind != ENTRY_EVENT;
		if (j->entry.kind == ENTRY_EVENT)
			note_trigger(all, &j->entry.on);
		if (j->goal.set)
			note_trigger(all, &j->goal.on);
		for (i = 0; i < j->nexits; i++) {
			note_trigger(all, &j->exits[i].on);
			j->exits[i].tally = all->nrules++;
		}
		for (i = 0; i < j->nchannels; i++)
			if (j->channels[i].has_window)
				note_trigger(all, &j->channels[i].since);
		for (i = 0; i < j->nsteps; i++) {
			s = &j->steps[i];
			s->tally = all->nsteps++;
			for (k = 0; k < s->nresponses; k++)
				all->responses[s->response0 + k].journey =
				    (size_t)(j - all->j);
			s->edge0 = all->nedges;
			all->nedges += s->nedges + 2;
			m = s->type == STEP_WAIT || s->type == STEP_TASK
				? s->nedges
				: 0;
			for (k = 0; k < m; k++) {
				note_trigger(all, &s->edges[k].on);
				s->looks = s->looks || !s->edges[k].on.event;
			}
		}
	}
}

struct journeys *
journeys_load(const struct opt_list *files)
{
	struct journeys *all = mem_alloc(1, sizeof *all);
	size_t i;

	all->names = intern_new();
	all->channels = intern_new();
	all->sent_kind = (int)intern_add(all->names, "Message Sent", 12);
	all->j = mem_alloc(files->n, sizeof *all->j);
	for (i = 0; i < files->n; i++)
		load_file(all, &all->j[all->n++], files->item[i]);
	mem_sort(all->j, all->n, sizeof *all->j, by_priority);
	for (i = 1; i < all->n; i++)
		if (strcmp(all->j[i - 1].id, all->j[i].id) == 0)
			die("%s and %s have the same id %s", all->j[i - 1].file,
			    all->j[i].file,
			    err_quote(all->j[i].id, strlen(all->j[i].id)));
	number_all(all);
	return all;
}

void
journeys_free(struct journeys *all)
{
	size_t i;

	for (i = 0; i < all->n; i++) {
		rules_free(all->j[i].rules);
		uses_free(all->j[i].uses);
		free(all->j[i].expr_at);
		expr_set_free(all->j[i].set);
	}
	intern_free(all->names);
	intern_free(all->channels);
	arena_free(&all->arena);
	free(all->triggers);
	free(all->responses);
	free(all->j);
	free(all);
}
