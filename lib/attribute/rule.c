#include <stdlib.h>
#include <string.h>

#include "../filter.h"
#include "../mem.h"
#include "rule.h"

const char *const model_names[] = {"first_touch", "last_touch",
    "last_non_direct", "linear", "position_based", "time_decay", "markov",
    "shapley", NULL};

static const char *const members[] = {"id", "version", "timezone", "touchpoint",
    "conversion", "model", "weights", "half_life", "order", "window", "windows",
    "link_ttl", NULL};

int
model_named(const char *name, size_t n)
{
	int i;

	for (i = 0; model_names[i] != NULL; i++)
		if (strlen(model_names[i]) == n &&
		    memcmp(model_names[i], name, n) == 0)
			return i;
	return -1;
}

static int
expression(struct attribution *a, const struct node *up, const char *key)
{
	struct node v;
	struct place at;
	const char *text;

	if (!node_get(up, key, &v))
		return -1;
	text = node_text(&v);
	at = node_text_place(&v);
	a->nexprs = 1 + expr_add(a->set, EXPR_EVENT, text, strlen(text), &at);
	a->at[a->nexprs - 1] = at;
	return a->nexprs - 1;
}

/* `event` (a name or several) and `where` as one expression. */
static int
condition(struct attribution *a, const struct node *up)
{
	struct node event, where, e;
	struct place at;
	struct buf b = {0};
	size_t i;
	int id;

	if (!node_get(up, "event", &event)) {
		node_need(up, "where");
		return expression(a, up, "where");
	}
	at = node_place(&event);
	buf_adds(&b, "event in (");
	if (json_is_array(event.json)) {
		for (i = 0; i < node_count(&event); i++) {
			e = node_at(&event, i);
			buf_adds(&b, i > 0 ? ", " : "");
			buf_jsons(&b, node_text(&e));
		}
		if (i == 0)
			node_die(&event, "an empty list");
	} else
		buf_jsons(&b, node_text(&event));
	buf_byte(&b, ')');
	if (node_get(up, "where", &where)) {
		expression(a, up, "where"); /* its own faults, at its place */
		buf_adds(&b, " and (");
		buf_adds(&b, node_text(&where));
		buf_byte(&b, ')');
	}
	id = expr_add(a->set, EXPR_EVENT, b.p, b.len, &at);
	a->nexprs = id + 1;
	buf_free(&b);
	return id;
}

static void
load_touchpoint(struct attribution *a, const struct node *root)
{
	static const char *const known[] = {
	    "event", "where", "channel", "link", "published", "direct", NULL};
	struct node v = node_need(root, "touchpoint");

	node_object(&v);
	node_only(&v, known);
	a->touch = condition(a, &v);
	node_need(&v, "channel");
	a->channel = expression(a, &v, "channel");
	a->link = expression(a, &v, "link");
	a->published = expression(a, &v, "published");
	a->direct = get_text(&v, "direct", "direct");
}

static void
load_conversion(struct attribution *a, const struct node *root)
{
	static const char *const known[] = {
	    "event", "where", "value", "dedupe", NULL};
	struct node v = node_need(root, "conversion");

	node_object(&v);
	node_only(&v, known);
	a->conversion = condition(a, &v);
	a->value = expression(a, &v, "value");
	a->dedupe = expression(a, &v, "dedupe");
}

static void
load_weights(struct attribution *a, const struct node *root)
{
	struct node v, e;
	double sum = 0;
	size_t i;

	a->position[0] = a->position[2] = 0.4;
	a->position[1] = 0.2;
	if (!node_get(root, "weights", &v))
		return;
	node_array(&v);
	if (node_count(&v) != 3)
		node_die(&v, "expected three weights: first, middle, last");
	for (i = 0; i < 3; i++) {
		e = node_at(&v, i);
		a->position[i] = node_number(&e);
		if (!(a->position[i] >= 0))
			node_die(&e, "expected a number from 0");
		sum += a->position[i];
	}
	if (!(sum > 0))
		node_die(&v, "the weights sum to 0");
	for (i = 0; i < 3; i++)
		a->position[i] /= sum;
}

static struct window
load_window(const struct attribution *a, const struct node *v)
{
	static const char *const known[] = {"type", "days", "within", NULL};
	static const char *const types[] = {"rolling", "calendar_day", NULL};
	struct window w = {0};
	struct node within;

	node_object(v);
	node_only(v, known);
	node_need(v, "type");
	w.calendar = get_word(v, "type", types, 0) == 1;
	if (w.calendar) {
		w.days = get_int(v, "days", 1, 3660, 1);
		if (a->zone == NULL)
			node_die(v, "a calendar day needs a \"timezone\" or "
				    "--tz");
		return w;
	}
	within = node_need(v, "within");
	w.within = node_duration(&within);
	return w;
}

static void
load_windows(struct attribution *a, const struct node *root)
{
	struct node list, v;
	size_t i;

	if (node_get(root, "window", &v))
		a->window = load_window(a, &v);
	if (!node_get(root, "windows", &list))
		return;
	node_object(&list);
	for (i = 0; i < node_count(&list); i++) {
		v = node_nth(&list, i);
		a->windows = mem_grow(a->windows, &a->windowcap,
		    a->nwindows + 1, sizeof *a->windows);
		a->windows[a->nwindows] = load_window(a, &v);
		a->windows[a->nwindows++].channel = v.key;
	}
}

struct attribution *
attribution_load(const char *file)
{
	struct attribution *a = mem_alloc(1, sizeof *a);
	struct expr_settings settings = {0};
	struct node root, v;
	const char *zone;

	a->rules = rules_read(file);
	root = rules_root(a->rules);
	node_object(&root);
	node_only(&root, members);
	v = node_need(&root, "id");
	a->id = node_text(&v);
	if (a->id[0] == '\0')
		node_die(&v, "an empty id");
	get_int(&root, "version", 0, INT64_MAX, 1);
	zone = get_text(&root, "timezone", NULL);
	if (node_get(&root, "timezone", &v) &&
	    zone_find(zone, strlen(zone)) == NULL)
		node_die(&v,
		    "no time zone %s, expected a name such as "
		    "\"Asia/Shanghai\" or an offset",
		    err_quote(zone, strlen(zone)));
	a->zone = filter_zone(zone);
	settings.zone = a->zone;
	a->set = expr_set_new(&settings);
	load_touchpoint(a, &root);
	load_conversion(a, &root);
	v = node_need(&root, "model");
	a->model = (enum model)node_word(&v, model_names);
	load_weights(a, &root);
	a->half_life = (struct duration){7 * 86400000LL, 0};
	if (node_get(&root, "half_life", &v)) {
		a->half_life = node_duration(&v);
		if (a->half_life.ms <= 0 || a->half_life.months != 0)
			node_die(&v, "expected a duration in days or hours");
	}
	a->order = (int)get_int(&root, "order", 1, 8, 1);
	load_windows(a, &root);
	if (node_get(&root, "link_ttl", &v)) {
		a->link_ttl = node_duration(&v);
		if (a->published < 0)
			node_die(&v, "a lifetime needs touchpoint.published, "
				     "the time the link was made");
	}
	return a;
}

void
attribution_free(struct attribution *a)
{
	expr_set_free(a->set);
	rules_free(a->rules);
	free(a->windows);
	free(a);
}

static void
say_count(int64_t n, const char *unit, struct buf *b)
{
	buf_addf(b, "%jd %s%s", (intmax_t)n, unit, n == 1 ? "" : "s");
}

static void
say_duration(struct duration d, struct buf *b)
{
	if (d.months != 0)
		say_count(d.months, "month", b);
	if (d.months != 0 && d.ms == 0)
		return;
	buf_adds(b, d.months != 0 ? " and " : "");
	if (d.ms % 86400000 == 0)
		say_count(d.ms / 86400000, "day", b);
	else
		buf_addf(b, "%g hours", (double)d.ms / 3600000.0);
}

static void
say_window(const struct attribution *a, const struct window *w, struct buf *b)
{
	if (w->calendar && w->days == 1)
		buf_addf(b, "on the day of the conversion in %s",
		    zone_name(a->zone));
	else if (w->calendar) {
		buf_adds(b, "on the day of the conversion and ");
		say_count(w->days - 1, "day", b);
		buf_addf(b, " before, in %s", zone_name(a->zone));
	} else if (w->within.ms == 0 && w->within.months == 0)
		buf_adds(b, "at any time before the conversion");
	else {
		buf_adds(b, "up to ");
		say_duration(w->within, b);
		buf_adds(b, " before the conversion");
	}
}

struct remarks {
	const struct place *at;
	struct buf *out;
};

static void
remark(void *arg, size_t col, const char *text)
{
	const struct remarks *r = arg;

	buf_addf(r->out, "%s:%ju:%ju: warning: %s\n", r->at->file,
	    (uintmax_t)r->at->line, (uintmax_t)(r->at->col + col - 1), text);
}

void
attribution_say(const struct attribution *a, struct buf *b)
{
	struct remarks r = {.out = b};
	size_t i;
	int k;

	for (k = 0; k < a->nexprs; k++) {
		r.at = &a->at[k];
		if (r.at->file != NULL)
			expr_check(a->set, k, remark, &r);
	}
	buf_addf(b, "%s: credit by %s", a->id, model_names[a->model]);
	if (a->model == TIME_DECAY) {
		buf_adds(b, ", halved every ");
		say_duration(a->half_life, b);
	}
	if (a->model == MARKOV)
		buf_addf(b, " of order %d", a->order);
	buf_adds(b, "; a touch counts ");
	say_window(a, &a->window, b);
	for (i = 0; i < a->nwindows; i++) {
		buf_addf(b, "%s one on ", i == 0 ? ";" : ",");
		buf_adds(b, a->windows[i].channel);
		buf_byte(b, ' ');
		say_window(a, &a->windows[i], b);
	}
	if (a->link_ttl.ms != 0 || a->link_ttl.months != 0) {
		buf_adds(b, ", while its link is younger than ");
		say_duration(a->link_ttl, b);
	}
	buf_adds(b, ".\n");
}
