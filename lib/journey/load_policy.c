/* Who enters, who leaves, and when nobody is to be disturbed. */
#include <string.h>

#include "graph.h"

static void
load_reentry(struct loader *l, const struct node *up)
{
	static const char *const words[] = {"never", "always", NULL};
	static const char *const known[] = {"after", "concurrent", NULL};
	struct entry *e = &l->j->entry;
	struct node v, after;

	/* A schedule or a date comes again by itself: each is its own. */
	e->reentry = e->kind == ENTRY_SCHEDULE || e->kind == ENTRY_DATE
			 ? REENTRY_ALWAYS
			 : REENTRY_NEVER;
	if (!node_get(up, "reentry", &v))
		return;
	if (json_is_string(v.json)) {
		e->reentry = (enum reentry)node_word(&v, words);
		return;
	}
	node_object(&v);
	node_only(&v, known);
	e->concurrent = get_bool(&v, "concurrent", false);
	e->reentry = REENTRY_ALWAYS;
	if (node_get(&v, "after", &after)) {
		e->reentry = REENTRY_AFTER;
		e->after = node_duration(&after);
	}
}

static unsigned
load_weekdays(const struct node *up)
{
	struct node v, e;
	unsigned bits = 0;
	size_t i;

	if (!node_get(up, "weekdays", &v))
		return 0;
	node_array(&v);
	for (i = 0; i < node_count(&v); i++) {
		e = node_at(&v, i);
		bits |= 1u << node_int(&e, 1, 7);
	}
	return bits;
}

static void
load_schedule(struct loader *l, const struct node *up)
{
	static const char *const known[] = {
	    "every", "at", "weekdays", "day", NULL};
	static const char *const words[] = {"day", "week", "month", NULL};
	struct entry *e = &l->j->entry;
	struct node v, at;
	int word;

	e->kind = ENTRY_SCHEDULE;
	v = node_need(up, "schedule");
	if (json_is_string(v.json)) {
		e->every = ONCE;
		e->once = load_time(l, &v);
		return;
	}
	node_object(&v);
	node_only(&v, known);
	word = get_word(&v, "every", words, 0);
	e->every = word == 0 ? DAILY : word == 1 ? WEEKLY : MONTHLY;
	at = node_need(&v, "at");
	e->at = load_clock(&at);
	e->weekdays = load_weekdays(&v);
	e->monthday = (int)get_int(&v, "day", 1, 31, 1);
	if (e->every == WEEKLY && e->weekdays == 0)
		node_die(
		    &v, "\"every\": \"week\" needs \"weekdays\": [1 ... 7]");
	if (l->j->zone == NULL)
		node_die(&v, "a schedule needs a \"timezone\"");
}

static void
load_date(struct loader *l, const struct node *up)
{
	static const char *const known[] = {"of", "at", "yearly", "days", NULL};
	struct entry *e = &l->j->entry;
	struct node v, at;

	e->kind = ENTRY_DATE;
	v = node_need(up, "date");
	node_object(&v);
	node_only(&v, known);
	node_need(&v, "of");
	e->date = load_expr_of(l, EXPR_PROFILE, &v, "of");
	at = node_need(&v, "at");
	e->at = load_clock(&at);
	e->yearly = get_bool(&v, "yearly", false);
	e->days = get_int(&v, "days", -366, 366, 0);
	if (l->j->zone == NULL)
		node_die(&v, "a date needs a \"timezone\"");
}

static void
load_active(struct loader *l, const struct node *root)
{
	static const char *const known[] = {"from", "until", NULL};
	struct node v, t;

	if (!node_get(root, "active", &v))
		return;
	node_object(&v);
	node_only(&v, known);
	if (node_get(&v, "from", &t))
		l->j->from = load_time(l, &t);
	if (node_get(&v, "until", &t)) {
		l->j->until = load_time(l, &t);
		if (l->j->until <= l->j->from)
			node_die(&t, "not after \"from\": nobody can enter");
	}
}

void
load_entry(struct loader *l, const struct node *root)
{
	static const char *const known[] = {"event", "where", "when", "key",
	    "filter", "reentry", "segment", "schedule", "date", NULL};
	struct entry *e = &l->j->entry;
	struct node v = node_need(root, "entry"), k;
	bool event, segment, schedule, date;

	node_object(&v);
	node_only(&v, known);
	load_active(l, root);
	e->key = e->segment = e->date = NONE;
	event = node_get(&v, "event", &k) || node_get(&v, "where", &k);
	segment = node_get(&v, "segment", &k);
	schedule = node_get(&v, "schedule", &k);
	date = node_get(&v, "date", &k);
	if (event + segment + schedule + date != 1)
		node_die(&v, "expected one of \"event\", \"segment\", "
			     "\"schedule\" and \"date\"");
	e->filter = load_expr_of(l, EXPR_PROFILE, &v, "filter");
	if (event) {
		e->kind = ENTRY_EVENT;
		e->on = load_trigger(l, &v);
		e->key = load_expr_of(l, EXPR_EVENT, &v, "key");
		e->on.key = NONE;
	} else if (node_get(&v, "key", &k))
		node_die(
		    &k, "a key is read from the entry event: there is none");
	if (segment) {
		e->kind = ENTRY_SEGMENT;
		e->segment = load_expr_of(l, EXPR_PROFILE, &v, "segment");
	}
	if (schedule)
		load_schedule(l, &v);
	if (date)
		load_date(l, &v);
	load_reentry(l, &v);
}

static const char *
first_kind(struct loader *l, const struct trigger *on)
{
	const char *name;
	size_t n;

	if (on->nkinds == 0)
		return "exit";
	name = intern_text(l->all->names, (uint32_t)on->kinds[0], &n);
	return arena_text(&l->all->arena, name, n);
}

static void
load_exits(struct loader *l, const struct node *root)
{
	static const char *const known[] = {
	    "id", "event", "where", "when", "key", "any_key", "timing", NULL};
	static const char *const timings[] = {
	    "immediate", "end_of_step", "before_next_message", NULL};
	struct node list, v, timing;
	struct exit_rule *x;
	size_t i;

	if (!node_get(root, "exit", &list))
		return;
	node_array(&list);
	if (node_count(&list) > 64)
		node_die(&list, "more than 64 exit rules");
	l->j->exits = arena_alloc(
	    &l->all->arena, node_count(&list) * sizeof *l->j->exits + 1);
	for (i = 0; i < node_count(&list); i++) {
		v = node_at(&list, i);
		node_object(&v);
		node_only(&v, known);
		x = &l->j->exits[l->j->nexits++];
		memset(x, 0, sizeof *x);
		x->on = load_trigger(l, &v);
		timing = node_need(&v, "timing");
		x->timing = (enum timing)node_word(&timing, timings);
		x->name = load_text(l, &v, "id", NULL);
		if (x->name == NULL)
			x->name = first_kind(l, &x->on);
		l->j->timings |= 1u << x->timing;
		if (!x->on.event && x->timing == EXIT_NOW)
			l->j->watches = true;
	}
}

static void
load_goal(struct loader *l, const struct node *root)
{
	static const char *const known[] = {
	    "event", "where", "when", "key", "any_key", "within", "exit", NULL};
	struct goal *g = &l->j->goal;
	struct node v, within;

	if (!node_get(root, "goal", &v))
		return;
	node_object(&v);
	node_only(&v, known);
	g->set = true;
	g->on = load_trigger(l, &v);
	if (!g->on.event)
		node_die(&v, "a goal is an event, expected \"event\"");
	g->exit = get_bool(&v, "exit", true);
	if (node_get(&v, "within", &within))
		g->within = node_duration(&within);
}

static void
load_holdout(struct loader *l, const struct node *root)
{
	static const char *const known[] = {"percent", "salt", NULL};
	struct node v, p;
	double percent;

	if (!node_get(root, "holdout", &v))
		return;
	node_object(&v);
	node_only(&v, known);
	p = node_need(&v, "percent");
	percent = node_number(&p);
	if (!(percent > 0 && percent < 100))
		node_die(&p, "expected a number between 0 and 100");
	l->j->holdout = percent / 100;
	l->j->holdout_salt = load_text(l, &v, "salt", l->j->id);
}

static void
load_quiet(struct loader *l, const struct node *root)
{
	static const char *const known[] = {"from", "to", "fallback", NULL};
	static const char *const words[] = {"next", "previous", "skip", NULL};
	struct quiet *q = &l->j->quiet;
	struct node v, t;

	if (!node_get(root, "quiet_hours", &v))
		return;
	node_object(&v);
	node_only(&v, known);
	t = node_need(&v, "from");
	q->from = load_clock(&t);
	t = node_need(&v, "to");
	q->to = load_clock(&t);
	if ((q->from - q->to) % 1440 == 0)
		node_die(&v, "\"from\" equals \"to\": no hour would be quiet, "
			     "or none would not");
	t = node_need(&v, "fallback");
	q->fallback = (enum fallback)node_word(&t, words);
	q->set = true;
	if (l->j->zone == NULL)
		node_die(&v, "quiet hours need a \"timezone\"");
}

static void
load_window(struct loader *l, struct channel *c, const struct node *up)
{
	static const char *const known[] = {"event", "where", "within", NULL};
	struct node v, within;

	if (!node_get(up, "window", &v))
		return;
	node_object(&v);
	node_only(&v, known);
	c->has_window = true;
	c->since = load_trigger(l, &v);
	c->since.key = NONE;
	within = node_need(&v, "within");
	c->within = node_duration(&within);
}

static void
load_channels(struct loader *l, const struct node *root)
{
	static const char *const known[] = {
	    "address", "window", "consent", NULL};
	struct node list, v, address;
	struct channel *c;
	size_t i, n;

	if (!node_get(root, "channels", &list))
		return;
	node_object(&list);
	n = node_count(&list);
	l->j->channels =
	    arena_alloc(&l->all->arena, (n + 1) * sizeof *l->j->channels);
	for (i = 0; i < n; i++) {
		v = node_nth(&list, i);
		node_object(&v);
		node_only(&v, known);
		c = &l->j->channels[l->j->nchannels++];
		memset(c, 0, sizeof *c);
		c->name = arena_text(&l->all->arena, v.key, strlen(v.key));
		c->number =
		    (int)intern_add(l->all->channels, c->name, strlen(c->name));
		c->declared = true;
		c->consent = load_expr_of(l, EXPR_PROFILE, &v, "consent");
		if (node_get(&v, "address", &address))
			c->address = load_texts(l, &address);
		load_window(l, c, &v);
	}
}

static void
load_caps(struct loader *l, const struct node *root)
{
	static const char *const known[] = {
	    "channel", "max", "per", "window", NULL};
	static const char *const windows[] = {"rolling", "calendar", NULL};
	struct node list, v, per, max;
	struct cap *c;
	const char *channel;
	size_t i, n;

	if (!node_get(root, "frequency_cap", &list))
		return;
	node_array(&list);
	n = node_count(&list);
	l->j->caps = arena_alloc(&l->all->arena, (n + 1) * sizeof *l->j->caps);
	for (i = 0; i < n; i++) {
		v = node_at(&list, i);
		node_object(&v);
		node_only(&v, known);
		c = &l->j->caps[l->j->ncaps++];
		memset(c, 0, sizeof *c);
		c->at = node_place(&v);
		channel = get_text(&v, "channel", "any");
		c->channel = strcmp(channel, "any") == 0
				 ? NONE
				 : (int)intern_add(l->all->channels, channel,
				       strlen(channel));
		max = node_need(&v, "max");
		c->max = node_int(&max, 0, 1000000);
		per = node_need(&v, "per");
		c->per = node_duration(&per);
		node_need(&v, "window");
		c->calendar = get_word(&v, "window", windows, 0) == 1;
		if (c->calendar &&
		    (l->j->zone == NULL || (c->per.ms % 86400000 != 0)))
			node_die(
			    &v, l->j->zone == NULL
				    ? "calendar days need a \"timezone\""
				    : "not whole days: expected 1d, 7d, 1mo");
	}
}

void
load_policy(struct loader *l, const struct node *root)
{
	load_exits(l, root);
	load_goal(l, root);
	load_holdout(l, root);
	load_quiet(l, root);
	l->j->consent = load_expr_of(l, EXPR_PROFILE, root, "consent");
	load_channels(l, root);
	load_caps(l, root);
}
