/* The figures of a forecast, written. */
#include <math.h>
#include <string.h>

#include "../interval.h"
#include "../mem.h"
#include "simulate.h"

#define DAY 86400000LL

static void
text(struct buf *b, const char *key, const char *value)
{
	if (b->p[b->len - 1] != '{')
		buf_byte(b, ',');
	buf_addf(b, "\"%s\":", key);
	buf_jsons(b, value);
}

static void
number(struct buf *b, const char *key, double value)
{
	buf_addf(b, ",\"%s\":", key);
	buf_double(b, value);
}

static void
write_share(struct share s, struct buf *b)
{
	number(b, "n", s.n);
	number(b, "share", s.mean);
	number(b, "share_low", s.low);
	number(b, "share_high", s.high);
}

static void
write_actual(struct forecast *f, const struct figure *g, struct buf *b)
{
	double actual = (double)*f->happened;
	bool inside = actual >= g->low && actual <= g->high;

	number(b, "actual", actual);
	number(b, "error", g->mean - actual);
	buf_adds(b, inside ? ",\"inside\":true" : ",\"inside\":false");
	/* Where nothing can happen there is nothing to hit. */
	f->figures += g->high > 0 || actual > 0;
	f->inside += inside && (g->high > 0 || actual > 0);
}

/* The figure of f->values, at the end of a line begun. */
static void
figure(struct forecast *f, struct buf *b)
{
	struct share s = {0};
	struct figure g;

	if (f->people != NULL)
		s = forecast_share(f);
	g = forecast_figure(f->values, f->replications);
	if (f->counted != NULL)
		buf_addf(b, ",\"so_far\":%ju", (uintmax_t)*f->counted);
	number(b, "mean", g.mean);
	number(b, "low", g.low);
	number(b, "high", g.high);
	number(b, "half_width", (g.high - g.low) / 2);
	number(b, "mean_within", g.error);
	if (s.n > 0) {
		write_share(s, b);
		f->widest = fmax(f->widest, g.error / s.n);
	}
	if (f->actual != NULL && f->happened != NULL)
		write_actual(f, &g, b);
	buf_adds(b, "}\n");
}

/* counter: a place in the tally of replication 0. */
static void
counter(struct forecast *f, const uint64_t *at)
{
	size_t offset = (size_t)(at - f->counts), i;

	f->counted = &f->before->entered[offset];
	f->so_far = (double)*f->counted;
	f->happened = f->actual != NULL ? &f->actual->entered[offset] : NULL;
	for (i = 0; i < f->replications; i++)
		f->values[i] = f->counts[i * f->width + offset];
}

static void
begin(struct buf *b, const struct journey *j, const struct step *s,
    const char *what)
{
	buf_byte(b, '{');
	text(b, "journey", j->id);
	if (s != NULL)
		text(b, "node", s->id);
	text(b, "what", what);
}

static void
write_step(struct forecast *f, const struct journey *j, const struct step *s,
    struct buf *b)
{
	const struct tally *t = &f->tally;
	size_t k;

	begin(b, j, s, "entered");
	counter(f, &t->entered[s->tally]);
	figure(f, b);
	if (s->type == STEP_MESSAGE) {
		begin(b, j, s, "sent");
		counter(f, &t->sent[s->tally]);
		figure(f, b);
		begin(b, j, s, "skipped");
		counter(f, &t->skipped[s->tally]);
		figure(f, b);
	}
	for (k = 0; k < s->nedges; k++) {
		begin(b, j, s, "took");
		text(b, "branch", s->edges[k].name);
		counter(f, &t->edge[s->edge0 + k]);
		figure(f, b);
	}
	begin(b, j, s, "waiting");
	counter(f, &t->waiting[s->tally]);
	f->so_far = 0; /* who waits at the start may go on */
	figure(f, b);
}

static void
write_journey(struct forecast *f, size_t i, struct buf *b)
{
	const struct journey *j = &f->all->j[i];
	const struct tally *t = &f->tally;
	size_t k;

	begin(b, j, NULL, "entered");
	counter(f, &t->entries[i]);
	figure(f, b);
	f->people = &t->entries[i];
	if (j->goal.set) {
		begin(b, j, NULL, "goal");
		counter(f, &t->goals[i]);
		figure(f, b);
	}
	for (k = 0; k < j->nexits; k++) {
		begin(b, j, NULL, "exited");
		text(b, "exit", j->exits[k].name);
		counter(f, &t->rule[j->exits[k].tally]);
		figure(f, b);
	}
	for (k = 0; k < j->nsteps; k++)
		write_step(f, j, &j->steps[k], b);
	f->people = NULL;
}

/* f->values: a place among the forecast's own counters; false: all are 0. */
static bool
own_counter(struct forecast *f, size_t place)
{
	uint64_t any = 0;
	size_t i;

	for (i = 0; i < f->replications; i++)
		any |= f->values[i] = f->counts[i * f->width + place];
	return any != 0;
}

/* days: where the counters of the first day of s, of a rule or of j are. */
static void
write_days(struct forecast *f, const struct journey *j, const struct step *s,
    const char *what, const char *exit, size_t days, struct buf *b)
{
	char day[WHEN_TEXT];
	size_t d;

	for (d = 0; d < f->days; d++) {
		if (!own_counter(f, days + d))
			continue;
		begin(b, j, s, what);
		if (exit != NULL)
			text(b, "exit", exit);
		when_text(f->from + (int64_t)d * DAY, day);
		buf_adds(b, ",\"from\":\"");
		buf_add(b, day, sizeof day);
		buf_adds(b, "\",\"hours\":24");
		figure(f, b);
	}
}

static void
write_all_days(struct forecast *f, size_t i, struct buf *b)
{
	const struct journey *j = &f->all->j[i];
	const struct step *s;
	size_t k;

	write_days(
	    f, j, NULL, "entered", NULL, f->daily.entries + i * f->days, b);
	write_days(f, j, NULL, "goal", NULL, f->daily.goals + i * f->days, b);
	for (k = 0; k < j->nexits; k++)
		write_days(f, j, NULL, "exited", j->exits[k].name,
		    f->daily.exits + j->exits[k].tally * f->days, b);
	for (s = j->steps; s < j->steps + j->nsteps; s++)
		if (s->type == STEP_MESSAGE)
			write_days(f, j, s, "sent", NULL,
			    f->daily.sent + s->tally * f->days, b);
}

/* Messages by hour of the local day: the burst after quiet hours. */
static void
write_hours(struct forecast *f, size_t i, struct buf *b)
{
	size_t hour;

	for (hour = 0; hour < 24; hour++) {
		if (!own_counter(f, f->hours + i * 24 + hour))
			continue;
		begin(b, &f->all->j[i], NULL, "sent_at");
		buf_addf(b, ",\"hour\":%zu", hour);
		figure(f, b);
	}
}

/* What people fear before a launch: caps that are hit, messages that quiet
 * hours hold back to send them all at once, and many to one person. */
static void
write_pressure(struct forecast *f, struct buf *b)
{
	static const int hours[2] = {24, 168};
	const struct journey *j;
	const struct step *s;
	size_t i, k;

	for (j = f->all->j; j < f->all->j + f->all->n; j++)
		for (s = j->steps; s < j->steps + j->nsteps; s++) {
			for (k = 0; k < FORECAST_REASONS; k++) {
				if (!own_counter(
					f, f->reasons +
					       s->tally * FORECAST_REASONS + k))
					continue;
				begin(b, j, s, "skipped");
				text(b, "reason", forecast_reasons[k]);
				figure(f, b);
			}
			if (!own_counter(f, f->put_off + s->tally))
				continue;
			begin(b, j, s, "put_off");
			text(b, "reason", "quiet_hours");
			figure(f, b);
		}
	for (i = 0; i < f->all->n; i++)
		write_hours(f, i, b);
	for (i = 0; i < 2; i++)
		for (k = 1; k < FORECAST_PRESSURE; k++) {
			if (!own_counter(f, f->pressure[i] + k))
				continue;
			buf_addf(b,
			    "{\"what\":\"pressure\",\"hours\":%d,"
			    "\"messages\":%zu",
			    hours[i], k);
			if (k == FORECAST_PRESSURE - 1)
				buf_adds(b, ",\"or_more\":true");
			figure(f, b);
		}
}

static void
write_channel(struct forecast *f, size_t number, struct buf *b)
{
	const struct journey *j;
	const struct step *s;
	size_t i, n;
	const char *name = intern_text(f->all->channels, (uint32_t)number, &n);
	bool any = false;

	for (i = 0; i < f->replications; i++)
		f->values[i] = 0;
	for (j = f->all->j; j < f->all->j + f->all->n; j++)
		for (s = j->steps; s < j->steps + j->nsteps; s++) {
			if (s->type != STEP_MESSAGE ||
			    j->channels[s->channel].number != (int)number)
				continue;
			any = true;
			for (i = 0; i < f->replications; i++)
				f->values[i] +=
				    f->counts[i * f->width +
					      (size_t)(f->tally.sent -
						       f->counts) +
					      s->tally];
		}
	if (!any)
		return;
	buf_adds(b, "{\"channel\":");
	buf_json(b, name, n);
	buf_adds(b, ",\"what\":\"sent\"");
	figure(f, b);
}

/* Numerator, denominator and Wilson's interval. */
static void
write_estimate(double k, double n, struct buf *b)
{
	double low, high;

	wilson(fmin(k, n), n, Z95, &low, &high);
	number(b, "k", k);
	number(b, "n", n);
	number(b, "low", low);
	number(b, "high", high);
}

static void
write_entry(const struct journey *j, struct buf *b)
{
	buf_adds(b, "{\"assumption\":\"entry\"");
	text(b, "journey", j->id);
	number(b, "rate", j->entry_rate);
	text(b, "per", "1d");
	if (j->entry_days > 0)
		write_estimate(j->entry_k, j->entry_days, b);
	text(b, "origin", j->entry_origin);
	buf_adds(b, "}\n");
}

static void
write_response(
    const struct journeys *all, const struct response *r, struct buf *b)
{
	const struct journey *j = &all->j[r->journey];

	buf_adds(b, "{\"assumption\":");
	buf_jsons(b, r->name);
	text(b, "journey", j->id);
	text(b, "node", j->steps[r->step].id);
	number(b, "rate", r->rate);
	if (r->n > 0)
		write_estimate(
		    r->k > 0 ? (double)r->k : round(r->rate * (double)r->n),
		    (double)r->n, b);
	if (r->branch == NONE) {
		number(b, "delay_seconds", (double)r->median / 1000);
		number(b, "spread", r->sigma);
	}
	text(b, "origin", r->origin);
	buf_adds(b, "}\n");
}

static void
write_assumptions(const struct journeys *all, struct buf *b)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		if (all->j[i].entry_rate >= 0)
			write_entry(&all->j[i], b);
	for (i = 0; i < all->nresponses; i++)
		write_response(all, &all->responses[i], b);
}

static void
check_balance(const struct forecast *f)
{
	const struct step *bad;
	struct tally t;
	size_t i;

	for (i = 0; i < f->replications; i++) {
		tally_over(&t, f->all, f->counts + i * f->width);
		bad = tally_check(&t, f->all);
		if (bad != NULL)
			die("node %s: those who entered are not all accounted "
			    "for (a bug)",
			    bad->id);
	}
}

void
forecast_write(struct forecast *f, struct buf *b)
{
	size_t i, k = (f->replications + 1) / 40;
	double low, high;

	check_balance(f);
	buf_adds(b, "{\"forecast\":{");
	text(b, "seed", f->seed);
	buf_addf(b, ",\"replications\":%zu,\"customers\":%ju,\"level\":",
	    f->replications, (uintmax_t)f->customers);
	k = k < 1 ? 1 : k;
	f->widest = 0;
	buf_double(b, (double)(f->replications + 1 - 2 * k) /
			  (double)(f->replications + 1));
	buf_adds(b, ",\"from\":");
	when_json(f->from, b);
	buf_adds(b, ",\"to\":");
	when_json(f->to, b);
	buf_adds(b, "}}\n");
	write_assumptions(f->all, b);
	for (i = 0; i < f->all->n; i++)
		write_journey(f, i, b);
	f->counted = f->happened = NULL;
	for (i = 0; i < intern_count(f->all->channels); i++)
		write_channel(f, i, b);
	for (i = 0; i < f->all->n; i++)
		write_all_days(f, i, b);
	write_pressure(f, b);
	if (f->wanted > 0) {
		buf_adds(b, "{\"until_halfwidth\":");
		buf_double(b, f->wanted);
		number(b, "widest", f->widest);
		buf_adds(b, "}\n");
	}
	if (f->actual == NULL)
		return;
	distances_write(f, b);
	wilson((double)f->inside, (double)f->figures, Z95, &low, &high);
	buf_addf(b, "{\"inside\":%ju,\"of\":%ju,\"share_95\":[",
	    (uintmax_t)f->inside, (uintmax_t)f->figures);
	buf_double(b, low);
	buf_byte(b, ',');
	buf_double(b, high);
	buf_adds(b, "]}\n");
}
