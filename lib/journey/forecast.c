/* The figures of a forecast. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../interval.h"
#include "../stats.h"
#include "mem.h"
#include "posterior.h"

#define DAY 86400000LL

/* A customer whose only event is the reaction. */
static void
match_response(struct forecast *f, struct replay *r, size_t i)
{
	static const char head[] =
	    "{\"profile_id\":\"\",\"ids\":{},\"traits\":{},\"tags\":{},"
	    "\"score\":{},\"rfm\":{},\"clv\":{},\"segments\":[],"
	    "\"journeys\":{},\"events\":[";
	const struct journeys *all = f->all;
	struct js_line js = {0};
	struct js_error e;
	struct happening h = {.response = NONE};
	struct buf b = {0};
	size_t col, k;

	buf_add(&b, head, sizeof head - 1);
	buf_adds(&b, all->responses[i].event_json);
	buf_adds(&b, "]}");
	js_pad(&b);
	if (!js_scan(f->plan, b.p, b.len, &js, &e) ||
	    replay_begin(r, &js, WHEN_MAX, &col) != NULL || r->n != 1)
		die("response %s: its event is not one",
		    err_quote(all->responses[i].name,
			strlen(all->responses[i].name)));
	h.t = r->time[0];
	h.kind = r->kind[0];
	for (k = 0; k < all->ntriggers; k++)
		f->matches[i * all->ntriggers + k] =
		    all->triggers[k] != NULL &&
		    r->source.matches(
			r, f->owner[k], all->triggers[k], &h, NULL);
	for (k = 0; k < all->n; k++)
		if (all->j[k].entry.kind == ENTRY_EVENT &&
		    f->matches[i * all->ntriggers +
			       (size_t)all->j[k].entry.on.id])
			f->begins[i] = true;
	js_line_free(&js);
	buf_free(&b);
}

static void
own(struct forecast *f, const struct journey *j, const struct trigger *t)
{
	f->owner[t->id] = j;
}

/* Whose expressions a trigger's are. */
static void
find_owners(struct forecast *f)
{
	const struct journey *j;
	const struct step *s;
	size_t i, k;

	f->owner =
	    mem_alloc(f->all->ntriggers + 1, sizeof(const struct journey *));
	for (j = f->all->j; j < f->all->j + f->all->n; j++) {
		if (j->entry.kind == ENTRY_EVENT)
			own(f, j, &j->entry.on);
		if (j->goal.set)
			own(f, j, &j->goal.on);
		for (i = 0; i < j->nexits; i++)
			own(f, j, &j->exits[i].on);
		for (i = 0; i < j->nchannels; i++)
			if (j->channels[i].has_window)
				own(f, j, &j->channels[i].since);
		for (s = j->steps; s < j->steps + j->nsteps; s++)
			for (k = 0; k < s->nedges && (s->type == STEP_WAIT ||
							 s->type == STEP_TASK);
			     k++)
				own(f, j, &s->edges[k].on);
	}
}

/* How many aggregates over the events a text may hold. */
static size_t
aggregates(const char *text)
{
	static const char *const words[] = {"count", "exists", "sum", "avg",
	    "min", "max", "first", "last", "distinct", "sequence", NULL};
	const char *p;
	size_t n = 0, len;
	int i;

	for (i = 0; words[i] != NULL; i++) {
		len = strlen(words[i]);
		for (p = text; (p = strstr(p, words[i])) != NULL; p += len)
			n += p[len + strspn(p + len, " ")] == '(';
	}
	return n;
}

/* May the value depend on events that are drawn?  One aggregate that names
 * only others does not. */
static bool
sees(const struct forecast *f, const struct journey *j, int expr)
{
	const char *const *name = expr_event_names(j->set, expr);
	size_t i, n = aggregates(expr_text(j->set, expr));

	if (n != 1 || *name == NULL)
		return n > 0;
	for (; *name != NULL; name++)
		for (i = 0; i < f->all->nresponses; i++)
			if (f->all->responses[i].branch == NONE &&
			    strcmp(f->all->responses[i].event, *name) == 0)
				return true;
	for (i = 0; i < f->all->n; i++)
		if (journey_begins_by_rate(&f->all->j[i]))
			return true;
	return false;
}

static void
find_seeing(struct forecast *f)
{
	const struct journey *j;
	size_t i;
	int k;

	f->sees = mem_alloc(f->all->n, sizeof(bool *));
	for (i = 0; i < f->all->n; i++) {
		j = &f->all->j[i];
		f->sees[i] = mem_alloc((size_t)j->nexprs + 1, 1);
		for (k = 0; k < j->nexprs; k++)
			f->sees[i][k] = sees(f, j, k);
	}
}

/* A replication's counters: a tally's, then the forecast's own. */
static void
lay_out(struct forecast *f)
{
	size_t n;

	tally_init(&f->tally, f->all);
	n = tally_width(&f->tally);
	tally_free(&f->tally);
	f->daily.sent = n;
	n += f->all->nsteps * f->days;
	f->daily.entries = n;
	n += f->all->n * f->days;
	f->daily.goals = n;
	n += f->all->n * f->days;
	f->daily.exits = n;
	n += f->all->nrules * f->days;
	f->reasons = n;
	n += f->all->nsteps * FORECAST_REASONS;
	f->hours = n;
	n += f->all->n * 24;
	f->put_off = n;
	n += f->all->nsteps;
	f->pressure[0] = n;
	f->pressure[1] = n + FORECAST_PRESSURE;
	f->cycle = n + 2 * FORECAST_PRESSURE;
	f->width = f->cycle + FORECAST_CYCLE;
}

void
forecast_init(struct forecast *f, struct replay *r)
{
	bool any = false;
	size_t i;

	if (f->ready)
		return;
	f->ready = true;
	f->all = r->all;
	pthread_mutex_init(&f->lock, NULL);
	f->days = (size_t)((f->to - f->from) / DAY + 1);
	f->matches = mem_alloc(f->all->nresponses * f->all->ntriggers + 1, 1);
	f->begins = mem_alloc(f->all->nresponses + 1, 1);
	lay_out(f);
	f->counts = mem_alloc(f->replications * f->width, sizeof *f->counts);
	tally_over(&f->tally, f->all, f->counts);
	f->values = mem_alloc(f->replications, sizeof *f->values);
	f->shares = mem_alloc(f->replications, sizeof *f->shares);
	forecast_believe(f);
	find_owners(f);
	find_seeing(f);
	for (i = 0; i < f->all->n; i++)
		any = any || f->all->j[i].entry_rate >= 0;
	if (!any && f->all->nresponses == 0)
		warning("no journey has a response_model: nobody reacts");
	for (i = 0; i < f->all->nresponses; i++)
		if (f->all->responses[i].branch == NONE)
			match_response(f, r, i);
}

void
forecast_free(struct forecast *f)
{
	size_t i;

	f->ready = false;
	for (i = 0; i < f->all->n; i++)
		free(f->sees[i]);
	free(f->sees);
	pthread_mutex_destroy(&f->lock);
	free(f->cut);
	f->cut = NULL;
	free(f->counts);
	free(f->matches);
	free(f->begins);
	free(f->owner);
	free(f->values);
	free(f->shares);
	forecast_forget(f);
}

const char *const forecast_reasons[FORECAST_REASONS] = {"consent", "no_address",
    "channel_window_closed", "frequency_cap", "holdout", "already_sent",
    "quiet_hours"};

static int
by_size(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

struct figure
forecast_figure(uint64_t *v, size_t n)
{
	struct figure g = {0};
	uint64_t sum = 0;
	double squares = 0, d;
	size_t i, k = (n + 1) / 40; /* 2.5 % on either side */

	if (k < 1)
		k = 1;
	mem_sort(v, n, sizeof *v, by_size);
	for (i = 0; i < n; i++)
		sum += v[i];
	g.mean = (double)sum / (double)n;
	for (i = 0; i < n; i++) {
		d = (double)v[i] - g.mean;
		squares += d * d;
	}
	if (n > 1)
		g.error = Z95 * sqrt(squares / (double)(n - 1) / (double)n);
	g.low = (double)v[k - 1];
	g.high = (double)v[n - k];
	g.level = (double)(n + 1 - 2 * k) / (double)(n + 1);
	return g;
}

/* One run tells a share as any sample does, by Wilson's interval; of several,
 * order statistics, as for their counts. */
struct share
forecast_share(struct forecast *f)
{
	size_t place = (size_t)(f->people - f->counts), R = f->replications;
	size_t i, k = (R + 1) / 40;
	struct share s = {0};
	double n, v;

	for (i = 0; i < R; i++) {
		n = (double)(f->before->entered[place] +
			     f->counts[i * f->width + place]);
		v = f->so_far + (double)f->values[i];
		f->shares[i] = n > 0 ? v / n : 0;
		s.n += n;
		s.mean += f->shares[i];
	}
	s.n /= (double)R;
	s.mean /= (double)R;
	if (R == 1) {
		wilson(fmin(s.mean, 1) * s.n, s.n, Z95, &s.low, &s.high);
		return s;
	}
	k = k < 1 ? 1 : k;
	sort_doubles(f->shares, R);
	s.low = f->shares[k - 1];
	s.high = f->shares[R - k];
	return s;
}
