/* Who enters, and when. */
#include <string.h>

#include "engine.h"

#define DAY 86400000LL

static const struct zone *
zone_of(const struct engine *e, const struct journey *j)
{
	return e->source->zone(e->source->arg, j);
}

static bool
holds(const struct engine *e, const struct journey *j, int expr, int64_t t,
    int64_t *next)
{
	return e->source->holds(e->source->arg, j, expr, t, next);
}

static void
refuse(struct engine *e, size_t journey, int64_t t, const char *why)
{
	struct note n = {
	    .what = WHAT_REFUSED, .j = &e->all->j[journey], .t = t, .why = why};

	e->refused[journey] = why;
	tally_count(e->tally, &e->tally->refused[journey]);
	if (e->observer.wants >> WHAT_REFUSED & 1)
		e->observer.note(e->observer.arg, &n);
}

static bool
active(const struct engine *e, size_t journey, const char *key, size_t n,
    bool keyed)
{
	const struct instance *x;

	for (x = e->x; x < e->x + e->n; x++)
		if (x->journey == journey && x->state == AT_STEP &&
		    (!keyed || (x->keylen == n &&
				   memcmp(engine_key(e, x), key, n) == 0)))
			return true;
	return false;
}

static bool
has_key(const struct engine *e, const struct entered *p, size_t journey,
    const char *key, size_t n)
{
	return p->journey == journey && p->keylen == n &&
	       memcmp(e->keys.p + p->key, key, n) == 0;
}

struct entered *
entry_latest(const struct engine *e, size_t journey, const char *key, size_t n)
{
	uint32_t i = (uint32_t)e->npast;

	if (e->nslot > 0)
		i = e->slot[intern_hash(key, n) & (e->nslot - 1)];
	while (i > 0 && !has_key(e, &e->past[i - 1], journey, key, n))
		i = e->nslot > 0 ? e->past[i - 1].chain : i - 1;
	return i > 0 ? &e->past[i - 1] : NULL;
}

/* The latest entry yet, of any key, or NULL. */
static const struct entered *
latest(const struct engine *e, size_t journey)
{
	const struct entered *p;

	for (p = e->past + e->npast; p-- > e->past;)
		if (p->journey == journey)
			return p;
	return NULL;
}

static void
chain(struct engine *e, size_t i)
{
	struct entered *p = &e->past[i];
	uint32_t *slot = &e->slot[intern_hash(e->keys.p + p->key, p->keylen) &
				  (e->nslot - 1)];

	p->chain = *slot;
	*slot = (uint32_t)i + 1;
}

/* Of few entries all are looked through: that is faster. */
static void
remember(struct engine *e, const struct entered *past)
{
	size_t i;

	e->past = mem_grow(e->past, &e->pastcap, e->npast + 1, sizeof *e->past);
	e->past[e->npast++] = *past;
	if (e->npast > 32 && e->npast > e->nslot) {
		e->nslot = e->nslot > 0 ? e->nslot * 4 : 128;
		e->slot =
		    mem_grow(e->slot, &e->slotcap, e->nslot, sizeof *e->slot);
		memset(e->slot, 0, e->nslot * sizeof *e->slot);
		for (i = 0; i < e->npast; i++)
			chain(e, i);
	} else if (e->nslot > 0)
		chain(e, e->npast - 1);
}

/* Does an earlier entry forbid this one?  With a key: one of the same key. */
static bool
blocked(const struct engine *e, size_t journey, int64_t t, const char *key,
    size_t n)
{
	const struct journey *j = &e->all->j[journey];
	const struct entry *in = &j->entry;
	bool keyed = in->key != NONE;
	const struct entered *last =
	    keyed ? entry_latest(e, journey, key, n) : latest(e, journey);

	if (last == NULL)
		return false;
	if (in->reentry == REENTRY_NEVER)
		return true;
	if (in->reentry == REENTRY_AFTER &&
	    t < when_add(last->t, in->after, 1, zone_of(e, j)))
		return true;
	return !in->concurrent && active(e, journey, key, n, keyed);
}

static void
enter(struct engine *e, size_t journey, int64_t t, uint32_t event,
    const char *key, size_t n)
{
	const struct journey *j = &e->all->j[journey];
	const struct entered *same;
	struct entered past = {0};

	if (t < j->from || t >= j->until) {
		refuse(e, journey, t, "not_active");
		return;
	}
	if (j->entry.filter != NONE && !holds(e, j, j->entry.filter, t, NULL)) {
		refuse(e, journey, t, "filter_failed");
		return;
	}
	if (blocked(e, journey, t, key, n)) {
		refuse(e, journey, t, "reentry_blocked");
		return;
	}
	/* The same key again is the same instance: what was sent, was. */
	same = entry_latest(e, journey, key, n);
	past.journey = (uint32_t)journey;
	past.key = (uint32_t)e->keys.len;
	past.keylen = (uint32_t)n;
	past.t = t;
	if (same != NULL) {
		past.sent = same->sent;
		past.unsent = same->unsent;
	}
	buf_add(&e->keys, key, n);
	buf_byte(&e->keys, '\0');
	remember(e, &past);
	engine_start(e, journey, t, event);
}

void
entry_by_event(struct engine *e, const struct happening *h)
{
	const struct source *s = e->source;
	const struct journey *j;
	struct buf *key = &e->scratch;
	size_t i;

	for (i = 0; i < e->all->n; i++) {
		j = &e->all->j[i];
		if (j->entry.kind != ENTRY_EVENT ||
		    !s->matches(s->arg, j, &j->entry.on, h, NULL))
			continue;
		key->len = 0;
		s->key(s->arg, j, h, key);
		if (j->entry.key != NONE && key->len == 0)
			refuse(e, i, h->t, "no_key");
		else
			enter(e, i, h->t, h->event, key->p, key->len);
	}
}

/* The local date, the key of instances that no event begins. */
static void
enter_by_date(struct engine *e, size_t journey, int64_t t)
{
	const struct zone *z = zone_of(e, &e->all->j[journey]);
	char text[WHEN_TEXT];
	int64_t local = t + (z == NULL ? 0 : zone_offset(z, t));

	when_text(local, text);
	enter(e, journey, t, NO_EVENT, text, 10);
}

/* ---- segments: entered where the condition becomes true ---- */

static void
look_segment(struct engine *e, size_t journey, int64_t t)
{
	const struct journey *j = &e->all->j[journey];
	int64_t next = WHEN_NEVER;
	bool yes;

	if (t < j->from) {
		e->watch[journey] = j->from;
		return;
	}
	yes = holds(e, j, j->entry.segment, t, &next);
	e->watch[journey] = t < j->until ? next : WHEN_NEVER;
	if (yes && !e->inside[journey])
		enter_by_date(e, journey, t);
	e->inside[journey] = yes;
}

/* ---- schedules and dates ---- */

static int64_t
clock_of(const struct zone *z, int64_t day, int minute)
{
	return zone_instant(z, day * DAY + minute * 60000LL, NULL);
}

static bool
on_day(const struct entry *in, int64_t day)
{
	struct civil c, after;

	when_civil(day * DAY, NULL, &c);
	if (in->every == WEEKLY || in->weekdays != 0)
		return in->weekdays >> c.weekday & 1;
	if (in->every == DAILY)
		return true;
	when_civil((day + 1) * DAY, NULL, &after);
	return c.day == in->monthday ||
	       (c.day < in->monthday && after.day == 1); /* its last day */
}

/* The first time of the schedule from t on. */
static int64_t
next_schedule(const struct entry *in, const struct zone *z, int64_t t)
{
	int64_t day, at;
	int i;

	if (in->every == ONCE)
		return t <= in->once ? in->once : WHEN_NEVER;
	day = when_day(t, z);
	for (i = 0; i < 63; i++, day++) {
		at = clock_of(z, day, in->at);
		if (at >= t && on_day(in, day))
			return at;
	}
	return WHEN_NEVER;
}

static int
month_days(int year, int month)
{
	return (int)(when_days(month == 12 ? year + 1 : year,
			 month == 12 ? 1 : month + 1, 1) -
		     when_days(year, month, 1));
}

/* The first occurrence from t on; 29 February is kept on the 28th in common
 * years. */
static int64_t
next_date(const struct entry *in, const struct zone *z, int64_t date, int64_t t)
{
	struct civil c, now;
	int64_t at;
	int year, day;

	when_civil(date, z, &c);
	if (!in->yearly) {
		at = clock_of(
		    z, when_days(c.year, c.month, c.day) + in->days, in->at);
		return at >= t ? at : WHEN_NEVER;
	}
	when_civil(t, z, &now);
	for (year = now.year - 1; year <= now.year + 2; year++) {
		if (year < c.year)
			continue;
		day = month_days(year, c.month);
		day = c.day < day ? c.day : day;
		at = clock_of(
		    z, when_days(year, c.month, day) + in->days, in->at);
		if (at >= t)
			return at;
	}
	return WHEN_NEVER;
}

/* `from` counts: an entry at exactly that instant is still to come.  `seen`:
 * the instant up to which the customer's data may be read. */
static void
set_watch(struct engine *e, size_t journey, int64_t from, int64_t seen)
{
	const struct journey *j = &e->all->j[journey];
	const struct source *s = e->source;
	int64_t date, t = from;

	if (t < j->from)
		t = j->from;
	e->watch[journey] = WHEN_NEVER;
	if (j->entry.kind == ENTRY_SCHEDULE)
		e->watch[journey] = next_schedule(&j->entry, zone_of(e, j), t);
	else if (j->entry.kind == ENTRY_DATE &&
		 s->instant(s->arg, j, j->entry.date, NULL, seen, &date))
		e->watch[journey] =
		    next_date(&j->entry, zone_of(e, j), date, t);
	if (e->watch[journey] >= j->until)
		e->watch[journey] = WHEN_NEVER;
}

void
entry_watch_all(struct engine *e)
{
	const struct journey *j;
	int64_t born = e->source->born;
	size_t i;

	for (i = 0; i < e->all->n; i++) {
		j = &e->all->j[i];
		if (j->entry.kind == ENTRY_SEGMENT)
			e->watch[i] = born > j->from ? born : j->from;
		else if (j->entry.kind == ENTRY_EVENT || born == WHEN_NEVER)
			e->watch[i] = WHEN_NEVER;
		else
			set_watch(e, i, born, born);
	}
}

void
entry_by_clock(struct engine *e, size_t journey, int64_t t)
{
	if (e->all->j[journey].entry.kind == ENTRY_SEGMENT) {
		look_segment(e, journey, t);
		return;
	}
	set_watch(e, journey, t + 1, t);
	enter_by_date(e, journey, t);
}

void
entry_after_event(struct engine *e, int64_t t)
{
	size_t i;

	for (i = 0; i < e->all->n; i++)
		if (e->all->j[i].entry.kind == ENTRY_SEGMENT)
			look_segment(e, i, t);
		else if (e->all->j[i].entry.kind == ENTRY_DATE ||
			 (e->all->j[i].entry.kind == ENTRY_SCHEDULE &&
			     e->all->j[i].recipient))
			set_watch(e, i, t, t);
}
