#include <stdlib.h>
#include <string.h>

#include "../mem.h"
#include "../model/scorer.h"
#include "../rfm/applied.h"
#include "../score/points.h"
#include "../segment/segment.h"
#include "../splice.h"
#include "../tag/tags.h"
#include "uses.h"

enum kind { TAGS, SCORE, RFM, SEGMENTS, KINDS };
static const char *const member[] = {"tags", "score", "rfm", "segments", NULL};

struct uses {
	const struct js_plan *plan;
	enum kind stage[KINDS]; /* in the order of the first file of each */
	int n;
	int number[KINDS];                   /* of the member in the plan */
	struct opt_list file[KINDS], fitted; /* fitted: score models */
	bool snapshot;
	struct tags *tags;
	struct points *points;
	struct scorer *scorer; /* NULL: no score model */
	struct rfm_model *rfm;
	struct segments *segments;
};

struct uses_run {
	const struct uses *uses;
	struct tags_run *tags;
	struct points_run *points;
	struct scorer_run *scorer;
	struct rfm_run *rfm;
	struct segments_run *segments;
	struct made { /* one stage's */
		struct buf value, text;
		struct js_line line;
		uint64_t from, serial; /* of the line before, and of this one */
	} made[KINDS];
	struct buf value;
	const struct js_line *line; /* NULL: nothing decided yet */
	uint64_t from, serial;      /* line: of that serial */
	size_t seen;
	int64_t t, next; /* it holds from t until right before next */
};

/* ---- loading ---- */

/* *fitted: a model of cdp-score. */
static enum kind
kind_of(const struct node *at, const char *file, bool *fitted)
{
	struct rules *r = rules_read(file);
	struct node root = rules_root(r), n;
	int k = KINDS;

	*fitted = node_get(&root, "format", &n) &&
		  strcmp(node_text(&n), "cdp-score model") == 0;
	if (*fitted || node_get(&root, "elements", &n))
		k = SCORE;
	else if (node_get(&root, "format", &n) &&
		 strcmp(node_text(&n), "cdp-rfm model") == 0)
		k = RFM;
	else if (node_get(&root, "segments", &n))
		k = SEGMENTS;
	else if (node_get(&root, "rules", &n) || node_get(&root, "sources", &n))
		k = TAGS;
	if (k == KINDS)
		node_die(at,
		    "%s has neither \"rules\" nor \"elements\" nor "
		    "\"segments\", and is no fitted model: expected a file "
		    "of cdp-tag, cdp-score, cdp-rfm or cdp-segment",
		    err_quote(file, strlen(file)));
	rules_free(r);
	return (enum kind)k;
}

static void
add_file(struct uses *u, const struct node *at)
{
	const char *file = node_text(at);
	bool fitted;
	enum kind k = kind_of(at, file, &fitted);
	struct opt_list *l = fitted ? &u->fitted : &u->file[k];

	if (u->file[k].n == 0 && (k != SCORE || u->fitted.n == 0))
		u->stage[u->n++] = k;
	if (k == RFM && l->n > 0)
		node_die(at, "two models of cdp-rfm: one makes the member");
	l->item = mem_grow(l->item, &l->cap, l->n + 1, sizeof *l->item);
	l->item[l->n++] = file;
}

static void
read_files(struct uses *u, enum kind k, const struct node *at)
{
	struct opt_list *l = &u->file[k];
	size_t i;

	if (k == TAGS)
		u->tags = tags_load(l);
	else if (k == SCORE)
		u->points = points_load(l->item, l->n);
	else if (k == SEGMENTS) {
		u->segments = segments_new();
		for (i = 0; i < l->n; i++)
			segments_read(u->segments, l->item[i]);
		if (segments_rank(u->segments))
			node_die(at,
			    "a segment is a \"top\" of all customers, which "
			    "no line knows as of a moment that is past");
	}
}

/* What its rules ask; of models, see check_fitted. */
static const struct ask *
ask_of_kind(const struct uses *u, enum kind k)
{
	static const struct ask nothing;

	return k == RFM     ? &nothing
	       : k == TAGS  ? tags_ask(u->tags)
	       : k == SCORE ? points_ask(u->points)
			    : segments_ask(u->segments);
}

/* The i-th member of the profile that the rules of a kind read. */
static const char *
read_member(const struct uses *u, enum kind k, size_t i)
{
	const struct ask *a = ask_of_kind(u, k);
	const char *m;
	size_t n;
	int s;

	for (s = 0; s < a->n; s++) {
		for (n = 0; (m = expr_member(a->item[s].set, n)) != NULL; n++)
			if (i-- == 0)
				return m;
	}
	return NULL;
}

bool
uses_timeless(const char *name)
{
	return strcmp(name, "profile_id") == 0 ||
	       strcmp(name, "first_seen") == 0 || strcmp(name, "traits") == 0;
}

/* A stage may read what the stages before it make. */
static bool
knows(const struct uses *u, int stage, const char *name)
{
	bool known = uses_timeless(name);
	int s;

	for (s = 0; s < stage; s++)
		known = known || strcmp(name, member[u->stage[s]]) == 0;
	return known;
}

static void
check_stage(const struct uses *u, int stage, const struct node *at)
{
	const char *m;
	size_t i;

	for (i = 0; (m = read_member(u, u->stage[stage], i)) != NULL; i++)
		if (!knows(u, stage, m))
			node_die(at,
			    "the files that make %s read %s, which the line "
			    "knows as of --now: name the files that make it "
			    "before them, or say \"snapshot\": true if that "
			    "will do",
			    member[u->stage[stage]], m);
}

/* Models are compiled with the plan, so this comes later. */
static void
check_fitted(const struct uses *u)
{
	struct place at = {0};
	const char *m;
	size_t k, i;
	int stage = 0;

	while (stage < u->n && u->stage[stage] != SCORE)
		stage++;
	for (k = 0; k < u->fitted.n; k++) {
		at.file = u->fitted.item[k];
		for (i = 0; (m = scorer_member(u->scorer, k, i)) != NULL; i++)
			if (!knows(u, stage, m))
				die_at(&at,
				    "a feature reads %s, which the line knows "
				    "as of --now: name the files that make it "
				    "before this one in \"uses\"",
				    m);
	}
	if (u->rfm == NULL || !rfm_model_reads_profile(u->rfm))
		return;
	at.file = u->file[RFM].item[0];
	die_at(&at, "its orders are read from more than the events, which the "
		    "line knows as of --now");
}

struct uses *
uses_load(const struct node *at, bool snapshot)
{
	struct uses *u = mem_alloc(1, sizeof *u);
	struct node one;
	size_t i;
	int s;

	if (json_is_string(at->json))
		add_file(u, at);
	else {
		node_array(at);
		for (i = 0; i < node_count(at); i++) {
			one = node_at(at, i);
			add_file(u, &one);
		}
	}
	if (u->n == 0)
		node_die(at, "an empty list");
	u->snapshot = snapshot;
	for (s = 0; s < u->n; s++) {
		read_files(u, u->stage[s], at);
		if (!snapshot)
			check_stage(u, s, at);
	}
	return u;
}

void
uses_free(struct uses *u)
{
	int k;

	if (u == NULL)
		return;
	if (u->tags != NULL)
		tags_free(u->tags);
	if (u->points != NULL)
		points_free(u->points);
	if (u->scorer != NULL)
		scorer_free(u->scorer);
	if (u->rfm != NULL)
		rfm_model_free(u->rfm);
	if (u->segments != NULL)
		segments_free(u->segments);
	free(u->fitted.item);
	for (k = 0; k < KINDS; k++)
		free(u->file[k].item);
	free(u);
}

bool
uses_makes(const struct uses *u, const char *name)
{
	int s;

	for (s = 0; u != NULL && s < u->n; s++)
		if (strcmp(name, member[u->stage[s]]) == 0)
			return true;
	return false;
}

bool
uses_read_traits(const struct uses *u)
{
	const struct ask *a;
	const char *m;
	size_t i;
	int s, k;

	if (u->fitted.n > 0)
		return true; /* perhaps */
	for (s = 0; s < u->n; s++) {
		a = ask_of_kind(u, u->stage[s]);
		for (k = 0; k < a->n; k++)
			if (a->item[k].recipient)
				return true;
		for (i = 0; (m = read_member(u, u->stage[s], i)) != NULL; i++)
			if (strcmp(m, "traits") == 0)
				return true;
	}
	return false;
}

void
uses_plan(struct uses *u, struct js_plan *plan)
{
	int k;

	u->plan = plan;
	for (k = 0; k < KINDS; k++)
		u->number[k] = js_plan_member(plan, member[k]);
	if (u->tags != NULL)
		tags_plan(u->tags, plan);
	if (u->points != NULL)
		points_plan(u->points, plan);
	if (u->segments != NULL)
		segments_plan(u->segments, plan, true);
	if (u->fitted.n > 0)
		u->scorer = scorer_new(u->fitted.item, u->fitted.n, plan);
	if (u->file[RFM].n > 0)
		u->rfm = rfm_model_new(u->file[RFM].item[0], plan);
	if (!u->snapshot)
		check_fitted(u);
}

/* ---- a customer ---- */

struct uses_run *
uses_open(const struct uses *u)
{
	struct uses_run *r = mem_alloc(1, sizeof *r);

	r->uses = u;
	if (u->tags != NULL)
		r->tags = tags_open(u->tags, 0);
	if (u->points != NULL)
		r->points = points_open(u->points, 0);
	if (u->scorer != NULL)
		r->scorer = scorer_open(u->scorer);
	if (u->rfm != NULL)
		r->rfm = rfm_open(u->rfm);
	if (u->segments != NULL)
		r->segments = segments_open(u->segments);
	return r;
}

void
uses_close(struct uses_run *r)
{
	int k;

	if (r == NULL)
		return;
	if (r->tags != NULL)
		tags_close(r->tags);
	if (r->points != NULL)
		points_close(r->points);
	if (r->scorer != NULL)
		scorer_close(r->scorer);
	if (r->rfm != NULL)
		rfm_close(r->rfm);
	if (r->segments != NULL)
		segments_close(r->segments);
	for (k = 0; k < KINDS; k++) {
		buf_free(&r->made[k].value);
		buf_free(&r->made[k].text);
		js_line_free(&r->made[k].line);
	}
	buf_free(&r->value);
	free(r);
}

static const char *
decide_tags(struct uses_run *r, const struct js_line *line, int64_t t)
{
	const char *lacks, *why;

	tags_set_now(r->tags, t);
	why = tags_decide(r->tags, line, &lacks);
	if (why != NULL || lacks != NULL)
		return lacks != NULL ? lacks : why;
	tags_member(r->tags, &r->value);
	if (tags_next(r->tags) < r->next)
		r->next = tags_next(r->tags);
	return NULL;
}

static const char *
decide_score(struct uses_run *r, const struct js_line *line, int64_t t)
{
	const char *lacks, *why;

	points_set_now(r->points, t);
	why = points_count(r->points, line, &lacks);
	if (why != NULL || lacks != NULL)
		return lacks != NULL ? lacks : why;
	buf_byte(&r->value, '{');
	points_write(r->points, false, &r->value);
	if (points_next(r->points) < r->next)
		r->next = points_next(r->points);
	if (r->scorer != NULL) {
		lacks = scorer_write(r->scorer, line, t, false,
		    r->uses->file[SCORE].n > 0, &r->value);
		if (lacks != NULL)
			return lacks;
		if (scorer_next(r->scorer, t) < r->next)
			r->next = scorer_next(r->scorer, t);
	}
	buf_byte(&r->value, '}');
	return NULL;
}

static const char *
decide_rfm(struct uses_run *r, const struct js_line *line, int64_t t)
{
	const char *why = rfm_apply(r->rfm, line, t, &r->value);

	if (why == NULL && rfm_next(r->rfm) < r->next)
		r->next = rfm_next(r->rfm);
	return why;
}

static const char *
decide_segments(struct uses_run *r, const struct js_line *line, int64_t t)
{
	const char *lacks;
	int64_t next;

	lacks = segments_bind(r->segments, line, t);
	if (lacks != NULL)
		return lacks;
	segments_at(r->segments, t, &next);
	if (next < r->next)
		r->next = next;
	segments_write(r->segments, &r->value);
	return NULL;
}

/* The line with the member's new value, scanned again. */
static void
make(struct uses_run *r, enum kind k, const struct js_line *line)
{
	struct made *m = &r->made[k];
	struct splice_edit edit = {
	    r->uses->number[k], member[k], m->value.p, m->value.len};

	splice_scan(&m->text, line, &edit, 1, r->uses->plan, &m->line);
	m->line.neach = line->neach; /* events after now are not there */
}

/* One stage: its line stays where neither the line before nor the member's
 * value changed. */
static const char *
decide(struct uses_run *r, enum kind k, const struct js_line **line,
    uint64_t *serial, int64_t t)
{
	static const char *(*const decider[])(struct uses_run *,
	    const struct js_line *,
	    int64_t) = {decide_tags, decide_score, decide_rfm, decide_segments};
	struct made *m = &r->made[k];
	const char *why;

	r->value.len = 0;
	why = decider[k](r, *line, t);
	if (why != NULL)
		return why;
	if (m->serial == 0 || m->from != *serial ||
	    m->value.len != r->value.len ||
	    memcmp(m->value.p, r->value.p, r->value.len) != 0) {
		m->value.len = 0;
		buf_add(&m->value, r->value.p, r->value.len);
		make(r, k, *line);
		m->from = *serial;
		m->serial = ++r->serial;
	}
	*line = &m->line;
	*serial = m->serial;
	return NULL;
}

const struct js_line *
uses_line(struct uses_run *r, const struct js_line *line, uint64_t serial,
    size_t seen, int64_t t, const char **why)
{
	const uint64_t from = serial;
	int s;

	if (r->line != NULL && r->from == from && r->seen == seen &&
	    t >= r->t && t < r->next)
		return r->line;
	r->next = WHEN_NEVER;
	r->line = NULL;
	for (s = 0; s < r->uses->n; s++) {
		*why = decide(r, r->uses->stage[s], &line, &serial, t);
		if (*why != NULL)
			return NULL;
	}
	r->line = line;
	r->from = from;
	r->seen = seen;
	r->t = t;
	return line;
}

uint64_t
uses_serial(const struct uses_run *r)
{
	return r->serial;
}

int64_t
uses_next(const struct uses_run *r)
{
	return r->next;
}
