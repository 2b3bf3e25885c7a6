#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hindsight.h"
#include "posterior.h"

#define DAY 86400000LL

struct hindsight {
	struct journeys *all;
	int64_t at, to;
	struct replay replay;
	struct tally before, actual;
	uint64_t cycle[FORECAST_CYCLE]; /* of what happened */
	struct reaction {               /* by response */
		uint64_t n, k;
		double logs, squares;
	} * r;
	/* By journey, in the time before: entry events, and the days in which
	 * there was somebody to have one. */
	uint64_t *entries;
	double *days;
	struct reached {
		struct instance x;
		const struct step *s;
		int64_t t;
	} * reached;
	size_t nreached, cap;
};

static void
reached(void *arg, const struct instance *x, const struct step *s, int64_t t)
{
	struct hindsight *b = arg;

	if (s->type == STEP_BRANCH)
		return;
	b->reached =
	    mem_grow(b->reached, &b->cap, b->nreached + 1, sizeof *b->reached);
	b->reached[b->nreached++] = (struct reached){*x, s, t};
}

struct hindsight *
hindsight_new(struct journeys *all, const struct replay_plan *plan, int64_t at,
    int64_t to)
{
	struct hindsight *b = mem_alloc(1, sizeof *b);

	b->all = all;
	b->at = at;
	b->to = to;
	tally_init(&b->before, all);
	tally_init(&b->actual, all);
	replay_init(&b->replay, all, plan, &b->before);
	b->replay.reached = reached;
	b->replay.reached_arg = b;
	b->r = mem_alloc(all->nresponses + 1, sizeof *b->r);
	b->entries = mem_alloc(all->n, sizeof *b->entries);
	b->days = mem_alloc(all->n, sizeof *b->days);
	return b;
}

void
hindsight_free(struct hindsight *b)
{
	replay_free(&b->replay);
	tally_free(&b->before);
	tally_free(&b->actual);
	free(b->r);
	free(b->entries);
	free(b->days);
	free(b->reached);
	free(b);
}

struct hindsight *
hindsight_again(const struct hindsight *b)
{
	struct hindsight *w =
	    hindsight_new(b->all, b->replay.plan, b->at, b->to);

	w->replay.reached = NULL;
	w->replay.cuts = b->replay.cuts;
	return w;
}

void
hindsight_quotas(struct hindsight *b, const struct quota_cuts *cuts)
{
	b->replay.cuts = cuts;
}

void
hindsight_clear(struct hindsight *b)
{
	tally_zero(&b->actual);
	memset(b->cycle, 0, sizeof b->cycle);
}

void
hindsight_add(struct hindsight *to, struct hindsight *w)
{
	size_t i;

	tally_add(&to->actual, &w->actual);
	for (i = 0; i < FORECAST_CYCLE; i++)
		to->cycle[i] += w->cycle[i];
	hindsight_free(w);
}

const uint64_t *
hindsight_cycle(const struct hindsight *b)
{
	return b->cycle;
}

const struct tally *
hindsight_actual(const struct hindsight *b)
{
	return &b->actual;
}

/* How long a reaction is waited for before it counts as none: twice the
 * declared spread beyond the median, or four times a median without one; seven
 * days where nothing is said. */
static int64_t
patience(const struct response *r)
{
	double w = r->sigma > 0 ? (double)r->median * exp(2 * r->sigma)
				: 4 * (double)r->median;

	if (r->median <= 1)
		return 7 * DAY;
	return w > 1e12 ? (int64_t)1e12 : (int64_t)w + 1;
}

static void
count(struct hindsight *b, const struct reached *from, size_t i)
{
	const struct response *r = &b->all->responses[i];
	struct reaction *to = &b->r[i];
	int64_t until = from->t + patience(r), when;
	double d;

	/* Whoever was not watched for long enough says nothing yet. */
	if (until > b->at || from->x.holdout)
		return;
	to->n++;
	if (!reach_reacted(&b->replay, r, &from->x, from->t, until, &when))
		return;
	to->k++;
	d = log((double)(when - from->t));
	to->logs += d;
	to->squares += d * d;
}

/* Which way was taken at a branch that has rates. */
static void
took(void *arg, const struct note *n)
{
	struct hindsight *b = arg;
	const struct response *r;
	size_t i;

	if (n->s->type != STEP_BRANCH || n->x->holdout)
		return;
	for (i = n->s->response0; i < n->s->response0 + n->s->nresponses; i++) {
		r = &b->all->responses[i];
		b->r[i].n++;
		b->r[i].k += n->why == n->s->edges[r->branch].name;
	}
}

/* The first event brings the customer into the file: it tells nothing of how
 * often the event comes to those who are there. */
static void
count_entries(struct hindsight *b)
{
	struct replay *p = &b->replay;
	int64_t from = b->at - (b->to - b->at);
	struct happening h = {.response = NONE};
	const struct journey *j;
	size_t i, k;

	if (from < p->source.born)
		from = p->source.born;
	for (k = 0; k < b->all->n; k++) {
		j = &b->all->j[k];
		if (j->entry.kind != ENTRY_EVENT)
			continue;
		b->days[k] += (double)(b->at - from) / (double)DAY;
		for (i = 1; i < p->n; i++) {
			h.t = p->time[i];
			h.event = (uint32_t)i;
			h.kind = p->kind[i];
			b->entries[k] +=
			    h.t > from &&
			    p->source.matches(p, j, &j->entry.on, &h, NULL);
		}
	}
}

void
hindsight_look(struct hindsight *b, const struct js_line *js)
{
	struct engine *e = &b->replay.engine;
	size_t i, k, col;

	b->nreached = 0;
	if (replay_begin(&b->replay, js, b->at, &col) != NULL ||
	    b->replay.n == 0)
		return;
	e->tally = &b->before;
	e->observer = (struct observer){b, took, 1u << WHAT_TOOK};
	engine_run(e, b->at);
	e->observer = (struct observer){0};
	for (i = 0; i < b->nreached; i++)
		for (k = 0; k < b->reached[i].s->nresponses; k++)
			count(
			    b, &b->reached[i], b->reached[i].s->response0 + k);
	count_entries(b);
}

/* k > 0 */
static void
fit_delay(struct response *r, const struct reaction *c, int64_t limit)
{
	struct delay_posterior *p;
	double mean = c->logs / (double)c->k, sigma = r->sigma;
	double var = c->squares / (double)c->k - mean * mean;

	r->fit = (struct delay_fit){
	    .k = (int64_t)c->k, .mean = mean, .limit = log((double)limit)};
	if (c->k > 1)
		r->sigma = sigma = 0;
	if (c->k > 1 && var > 1e-12) {
		r->fit.var = var;
		p = delay_posterior_new(&r->fit);
		delay_posterior_mean(p, &mean, &sigma);
		free(p);
	}
	r->median = llround(fmax(exp(mean), 1));
	r->sigma = sigma;
	r->rate = fmin(1, r->rate / delay_sooner(&r->fit, mean, sigma));
}

static const char *
origin(struct hindsight *b, double n, const char *of)
{
	struct buf text = {0};
	const char *p;

	buf_addf(&text, "estimated (n=%.0f%s)", n, of);
	p = arena_text(&b->all->arena, text.p, text.len);
	buf_free(&text);
	return p;
}

void
hindsight_fit(struct hindsight *b)
{
	struct response *r;
	const struct reaction *c;
	struct journey *j;
	int64_t limit;
	size_t i;

	for (i = 0; i < b->all->nresponses; i++) {
		r = &b->all->responses[i];
		c = &b->r[i];
		if (c->n == 0)
			continue;
		limit = patience(r);
		r->rate = (double)c->k / (double)c->n;
		r->n = (int64_t)c->n;
		r->k = (int64_t)c->k;
		r->origin = origin(b, (double)c->n, "");
		if (c->k > 0 && r->branch == NONE)
			fit_delay(r, c, limit);
	}
	for (i = 0; i < b->all->n; i++) {
		j = &b->all->j[i];
		if (b->days[i] == 0)
			continue;
		j->entry_k = (double)b->entries[i];
		j->entry_days = b->days[i];
		j->entry_rate = fmin(j->entry_k / j->entry_days, 1);
		j->entry_origin = origin(b, j->entry_days, " days");
	}
}

static void
ended(void *arg, const struct note *n)
{
	struct hindsight *b = arg;

	b->cycle[forecast_cycle(n->t - n->x->entered)]++;
}

void
hindsight_happened(struct hindsight *b, const struct js_line *js)
{
	struct engine *e = &b->replay.engine;
	const struct instance *x;
	size_t col;

	if (replay_begin(&b->replay, js, b->to, &col) != NULL ||
	    b->replay.source.born > b->at)
		return;
	e->tally = &b->before;
	engine_run(e, b->at);
	e->tally = &b->actual;
	e->observer = (struct observer){b, ended, 1u << WHAT_ENDED};
	for (x = e->x; x < e->x + e->n; x++)
		if (x->state == AT_STEP)
			b->actual.started
			    [b->all->j[x->journey].steps[x->step].tally]++;
	engine_run(e, b->to);
	engine_count_waiting(e);
	e->observer = (struct observer){0};
}
