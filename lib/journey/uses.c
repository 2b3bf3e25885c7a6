#include <stdlib.h>
#include <string.h>

#include "../mem.h"
#include "../score/points.h"
#include "../segment/segment.h"
#include "../splice.h"
#include "../tag/tags.h"
#include "uses.h"

enum kind { TAGS, SCORE, SEGMENTS, KINDS };
static const char *const member[] = {"tags", "score", "segments", NULL};

struct uses {
	const struct js_plan *plan;
	enum kind stage[KINDS]; /* in the order of the first file of each */
	int n;
	int number[KINDS]; /* of the member in the plan */
	struct opt_list file[KINDS];
	struct tags *tags;
	struct points *points;
	struct segments *segments;
};

struct uses_run {
	const struct uses *uses;
	struct tags_run *tags;
	struct points_run *points;
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

static enum kind
kind_of(const struct node *at, const char *file)
{
	struct rules *r = rules_read(file);
	struct node root = rules_root(r), n;
	int k = KINDS;

	if (node_get(&root, "elements", &n))
		k = SCORE;
	else if (node_get(&root, "segments", &n))
		k = SEGMENTS;
	else if (node_get(&root, "rules", &n) || node_get(&root, "sources", &n))
		k = TAGS;
	if (k == KINDS)
		node_die(at,
		    "%s has neither \"rules\" nor \"elements\" nor "
		    "\"segments\": expected a file of cdp-tag, cdp-score or "
		    "cdp-segment",
		    err_quote(file, strlen(file)));
	rules_free(r);
	return (enum kind)k;
}

static void
add_file(struct uses *u, const struct node *at)
{
	const char *file = node_text(at);
	enum kind k = kind_of(at, file);
	struct opt_list *l = &u->file[k];

	if (l->n == 0)
		u->stage[u->n++] = k;
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
	else {
		u->segments = segments_new();
		for (i = 0; i < l->n; i++)
			segments_read(u->segments, l->item[i]);
		if (segments_rank(u->segments))
			node_die(at,
			    "a segment is a \"top\" of all customers, which "
			    "no line knows as of a moment that is past");
	}
}

static const struct ask *
ask_of_kind(const struct uses *u, enum kind k)
{
	return k == TAGS    ? tags_ask(u->tags)
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
static void
check_stage(const struct uses *u, int stage, const struct node *at)
{
	const char *m;
	bool known;
	size_t i;
	int s;

	for (i = 0; (m = read_member(u, u->stage[stage], i)) != NULL; i++) {
		known = uses_timeless(m);
		for (s = 0; s < stage; s++)
			known = known || strcmp(m, member[u->stage[s]]) == 0;
		if (!known)
			node_die(at,
			    "the files that make %s read %s, which the line "
			    "knows as of --now: name the files that make it "
			    "before them, or say \"snapshot\": true if that "
			    "will do",
			    member[u->stage[stage]], m);
	}
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
	if (u->segments != NULL)
		segments_free(u->segments);
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
	buf_byte(&r->value, '}');
	if (points_next(r->points) < r->next)
		r->next = points_next(r->points);
	return NULL;
}

static const char *
decide_segments(struct uses_run *r, const struct js_line *line, int64_t t)
{
	const struct segments *s = r->uses->segments;
	const char *lacks, *name;
	const bool *in;
	int64_t next;
	size_t i;

	lacks = segments_bind(r->segments, line, t);
	if (lacks != NULL)
		return lacks;
	in = segments_at(r->segments, t, &next);
	if (next < r->next)
		r->next = next;
	buf_byte(&r->value, '[');
	for (i = 0; i < segments_count(s); i++) {
		if (!in[i])
			continue;
		if (r->value.len > 1)
			buf_byte(&r->value, ',');
		name = segments_name(s, i);
		buf_json(&r->value, name, strlen(name));
	}
	buf_byte(&r->value, ']');
	return NULL;
}

/* The line with the member's new value, scanned again. */
static void
make(struct uses_run *r, enum kind k, const struct js_line *line)
{
	struct made *m = &r->made[k];
	struct splice_edit edit = {
	    r->uses->number[k], member[k], m->value.p, m->value.len};
	struct js_error e;
	size_t n;

	m->text.len = 0;
	splice_line(&m->text, line, &edit, 1);
	n = m->text.len - 1;
	buf_room(&m->text, JS_PAD);
	memset(m->text.p + n, '\n', JS_PAD);
	if (!js_scan(r->uses->plan, m->text.p, n, &m->line, &e))
		die("a line with its %s decided again is broken (a bug)",
		    member[k]);
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
	    int64_t) = {decide_tags, decide_score, decide_segments};
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
