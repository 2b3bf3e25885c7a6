/* May this message go to this customer now? */
#include <string.h>

#include "engine.h"

#define DAY 86400000LL

/* Minutes of the local day, and how far into the minute. */
static int64_t
local_ms(const struct zone *z, int64_t t)
{
	int64_t ms = (t + zone_offset(z, t)) % DAY;

	return ms < 0 ? ms + DAY : ms;
}

static bool
is_quiet(const struct quiet *q, const struct zone *z, int64_t t)
{
	int64_t ms = local_ms(z, t), from = q->from * 60000LL,
		to = q->to * 60000LL;

	return from < to ? ms >= from && ms < to : ms >= from || ms < to;
}

/* First instant from t on at which the local clock shows the minute; where an
 * hour comes twice, also in its second run. */
static int64_t
clock_after(const struct zone *z, int64_t t, int minute)
{
	int64_t day = when_day(t, z), at, again;

	at = zone_instant(z, day * DAY + minute * 60000LL, NULL);
	again = t + minute * 60000LL - local_ms(z, t);
	if (at < t && again >= t && local_ms(z, again) == minute * 60000LL)
		return again;
	if (at < t)
		at = zone_instant(z, (day + 1) * DAY + minute * 60000LL, NULL);
	return at;
}

static int64_t
clock_before(const struct zone *z, int64_t t, int minute)
{
	int64_t day = when_day(t, z), at;

	at = zone_instant(z, day * DAY + minute * 60000LL, NULL);
	if (at > t)
		at = zone_instant(z, (day - 1) * DAY + minute * 60000LL, NULL);
	return at;
}

static bool
quiet_for(const struct engine *e, const struct journey *j, const struct step *s,
    int64_t t)
{
	return j->quiet.set && s->type == STEP_MESSAGE && !s->ignore_quiet &&
	       is_quiet(&j->quiet, e->source->zone(e->source->arg, j), t);
}

int64_t
send_before_quiet(struct engine *e, const struct journey *j,
    const struct step *next, int64_t from, int64_t t)
{
	int64_t at;

	if (t == WHEN_NEVER || j->quiet.fallback != FALLBACK_PREVIOUS ||
	    !quiet_for(e, j, next, t))
		return t;
	at =
	    clock_before(e->source->zone(e->source->arg, j), t, j->quiet.from) -
	    1;
	return at > from ? at : t; /* a wait of no time is none */
}

static bool
same(const char *p, size_t n, const char *text, size_t m)
{
	return n == m && memcmp(p, text, n) == 0;
}

/* The history's own record of this node for this instance, or NULL.  Who
 * enters once in a life has one instance, whatever it was called when it was
 * sent: late data may have moved its beginning. */
static const struct sent *
recorded(const struct engine *e, const struct instance *x)
{
	const struct journey *j = &e->all->j[x->journey];
	const char *node = j->steps[x->step].id, *key = engine_key(e, x);
	bool only = j->entry.reentry == REENTRY_NEVER && j->entry.key == NONE;
	size_t i, n, m;

	if (e->nrecorded == 0)
		return NULL;
	n = strlen(j->id);
	m = strlen(node);
	for (i = 0; i < e->nrecorded; i++)
		if (same(e->sent[i].name, e->sent[i].namelen, j->id, n) &&
		    same(e->sent[i].node, e->sent[i].nodelen, node, m) &&
		    (only || same(e->sent[i].instance, e->sent[i].instancelen,
				 key, x->keylen)))
			return &e->sent[i];
	return NULL;
}

static bool
sent_already(const struct engine *e, const struct instance *x)
{
	const struct sent *s;

	if (x->step < 64)
		return x->sent >> x->step & 1;
	for (s = e->sent; s < e->sent + e->nsent; s++)
		if (!s->recorded && s->journey == x->journey &&
		    s->step == x->step &&
		    same(e->keys.p + s->key, s->keylen, engine_key(e, x),
			x->keylen))
			return true;
	return false;
}

/* Of those from sent[first] up to before end: how many from..t count under
 * the cap, but no more than it allows; *by: the latest. */
static int64_t
count(const struct engine *e, const struct cap *c, size_t first, size_t end,
    int64_t from, int64_t t, const struct sent **by)
{
	const struct sent *s;
	int64_t n = 0;

	while (end-- > first && n < c->max) {
		s = &e->sent[end];
		if (s->t < from)
			break;
		if (s->t > t ||
		    (c->channel != NONE && s->channel != c->channel))
			continue;
		if (*by == NULL || s->t > (*by)->t)
			*by = s;
		n++;
	}
	return n;
}

/* The latest send that fills the cap, or NULL where there is room. */
static const struct sent *
capped(const struct engine *e, const struct journey *j, const struct cap *c,
    int64_t t)
{
	const struct zone *z = e->source->zone(e->source->arg, j);
	const struct sent *by = NULL;
	int64_t from, n;

	if (c->calendar)
		from = when_midnight(
		    when_add(t, (struct duration){0, c->per.months}, -1, z), z,
		    c->per.months > 0 ? 1 : 1 - c->per.ms / DAY);
	else
		from = when_add(t, c->per, -1, z) + 1;
	n = count(e, c, e->nrecorded, e->nsent, from, t, &by) +
	    count(e, c, 0, e->nrecorded, from, t, &by);
	return n >= c->max ? by : NULL;
}

static bool
window_open(const struct engine *e, const struct journey *j,
    const struct channel *c, int64_t t)
{
	const struct source *s = e->source;
	int64_t last;

	if (!c->has_window)
		return true;
	return s->last(s->arg, j, &c->since, t, &last) &&
	       t <= when_add(last, c->within, 1, s->zone(s->arg, j));
}

static struct decided
skip(const char *why)
{
	return (struct decided){.what = DECIDE_SKIP, .why = why};
}

static struct decided
later(int64_t t, const char *why)
{
	return (struct decided){.what = DECIDE_LATER, .why = why, .until = t};
}

static struct decided
policy(struct engine *e, const struct journey *j, const struct channel *c,
    int64_t t)
{
	const struct source *s = e->source;
	const struct sent *by;
	size_t i;

	if (j->consent != NONE && !s->holds(s->arg, j, j->consent, t, NULL))
		return skip("consent");
	if (c->consent != NONE && !s->holds(s->arg, j, c->consent, t, NULL))
		return skip("consent");
	if (c->address != NULL && !s->address(s->arg, c))
		return skip("no_address");
	if (!window_open(e, j, c, t))
		return skip("channel_window_closed");
	for (i = 0; i < j->ncaps; i++) {
		if (j->caps[i].channel != NONE &&
		    j->caps[i].channel != c->number)
			continue;
		if (j->caps[i].max == 0)
			return skip("frequency_cap");
		by = capped(e, j, &j->caps[i], t);
		if (by != NULL)
			return (struct decided){.what = DECIDE_SKIP,
			    .why = "frequency_cap",
			    .by = by};
	}
	return (struct decided){.what = DECIDE_SEND};
}

struct decided
send_decide(struct engine *e, const struct instance *x, int64_t t)
{
	const struct journey *j = &e->all->j[x->journey];
	const struct step *s = &j->steps[x->step];
	const struct sent *r;

	if (x->holdout)
		return skip("holdout");
	r = recorded(e, x);
	if (r != NULL && r->t > t)
		return later(r->t, "recorded");
	if (r != NULL)
		return (struct decided){
		    .what = DECIDE_RECORDED, .why = "recorded"};
	if (sent_already(e, x))
		return skip("already_sent");
	if (quiet_for(e, j, s, t)) {
		if (j->quiet.fallback == FALLBACK_SKIP)
			return skip("quiet_hours");
		return later(clock_after(e->source->zone(e->source->arg, j), t,
				 j->quiet.to),
		    "quiet_hours");
	}
	return policy(e, j, &j->channels[s->channel], t);
}

/* Entries of one key that overlap are one instance. */
static void
tell_twins(struct engine *e, struct instance *x)
{
	const struct journey *j = &e->all->j[x->journey];
	struct instance *y;

	x->sent |= 1ull << x->step;
	for (y = e->x; j->entry.concurrent && y < e->x + e->n; y++)
		if (y->journey == x->journey &&
		    same(engine_key(e, y), y->keylen, engine_key(e, x),
			x->keylen))
			y->sent |= 1ull << x->step;
}

void
send_note(struct engine *e, struct instance *x, int64_t t)
{
	const struct journey *j = &e->all->j[x->journey];
	struct entered *p;
	struct sent *s;

	x->unsent = true;
	if (x->step < 64)
		tell_twins(e, x);
	if (j->entry.reentry != REENTRY_NEVER) {
		p = entry_latest(e, x->journey, engine_key(e, x), x->keylen);
		p->sent = x->sent;
		p->unsent = true;
	}
	if (x->step < 64 && !e->all->capped)
		return;
	e->sent = mem_grow(e->sent, &e->sentcap, e->nsent + 1, sizeof *e->sent);
	s = &e->sent[e->nsent++];
	memset(s, 0, sizeof *s);
	s->t = t;
	s->channel = j->channels[j->steps[x->step].channel].number;
	s->key = x->key;
	s->keylen = x->keylen;
	s->journey = x->journey;
	s->step = x->step;
}
