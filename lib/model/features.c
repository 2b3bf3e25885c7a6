#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../err.h"
#include "../expr/expr.h"
#include "../mem.h"
#include "features.h"

const char *const learner_names[] = {
    "logistic", "two models", "class transformation", NULL};

const char *const transform_names[] = {"none", "log", "log1p", NULL};

/* ---- reading ---- */

static void
read_features(struct features *f, const struct node *root)
{
	static const char *const known[] = {"expr", "transform", NULL};
	struct node list = node_need(root, "features"), one, text;
	size_t i;

	node_object(&list);
	f->n = node_count(&list);
	if (f->n == 0)
		node_die(&list, "expected one feature at least, as "
				"\"orders\": \"count(event = 'Order "
				"Completed')\"");
	f->feature = mem_alloc(f->n, sizeof *f->feature);
	for (i = 0; i < f->n; i++) {
		one = node_nth(&list, i);
		f->feature[i].name = one.key;
		text = one;
		if (json_is_object(one.json)) {
			node_only(&one, known);
			text = node_need(&one, "expr");
			f->feature[i].transform = (enum transform)get_word(
			    &one, "transform", transform_names, AS_IT_IS);
		}
		f->feature[i].text = node_text(&text);
	}
}

static void
read_label(struct features *f, const struct node *root)
{
	static const char *const known[] = {"when", "event", "within", NULL};
	struct node label, text, within;

	f->label_text = NULL;
	if (!node_get(root, "label", &label))
		return;
	node_only(&label, known);
	f->label_event = node_get(&label, "event", &text);
	if (!f->label_event)
		text = node_need(&label, "when");
	f->label_text = node_text(&text);
	f->label_timed = node_get(&label, "within", &within);
	if (f->label_timed) {
		f->within = node_duration(&within);
		f->within_text = node_text(&within);
	} else if (f->label_event)
		node_die(&label, "a label by event needs \"within\", such as "
				 "\"30d\"");
}

static void
read_test(struct features *f, const struct node *root)
{
	struct node n;

	f->test_share = 0.3;
	f->test = NULL;
	if (!node_get(root, "test", &n))
		return;
	if (json_is_string(n.json)) {
		f->test = node_text(&n);
		return;
	}
	f->test_share = node_number(&n);
	if (!(f->test_share >= 0 && f->test_share < 1))
		node_die(&n, "expected a share from 0 to below 1, or an "
			     "expression");
}

void
features_read(struct features *f, const struct node *root)
{
	struct node id = node_need(root, "id");
	struct node learner;

	memset(f, 0, sizeof *f);
	f->id = node_text(&id);
	f->version = get_int(root, "version", 0, INT32_MAX, 1);
	f->timezone = get_text(root, "timezone", NULL);
	read_features(f, root);
	read_label(f, root);
	read_test(f, root);
	f->population = get_text(root, "population", NULL);
	f->treatment = get_text(root, "treatment", NULL);
	f->order = get_text(root, "order", NULL);
	f->money = get_text(root, "money", NULL);
	f->ridge = get_number(root, "ridge", 1);
	f->learner = (enum learner)get_word(root, "learner", learner_names,
	    f->treatment != NULL ? LEARN_TWO_MODELS : LEARN_LOGISTIC);
	if (node_get(root, "learner", &learner) &&
	    f->learner != LEARN_LOGISTIC && f->treatment == NULL)
		node_die(&learner, "uplift needs \"treatment\": who was "
				   "treated, by lot");
	if (f->ridge < 0)
		node_die(root, "the ridge is below 0");
	f->treatment_expr = f->population_expr = f->label_expr = f->test_expr =
	    -1;
}

/* ---- compiling ---- */

static int
compile(struct features *f, const struct node *up, const char *key,
    enum expr_ground ground, const char *text)
{
	struct node n;
	struct place at = node_place(up);

	if (text == NULL)
		return -1;
	if (node_get(up, key, &n) && json_is_object(n.json)) {
		struct node inner = node_need(&n, "expr");

		at = node_text_place(&inner);
	} else if (json_is_string(n.json))
		at = node_text_place(&n);
	return expr_add(f->set, ground, text, strlen(text), &at);
}

void
features_plan(struct features *f, struct js_plan *plan, bool label)
{
	struct expr_settings settings = {.zone = f->zone};
	struct node root = rules_root(f->rules), list, inner;
	const struct js_step time = {"timestamp", 9, 0};
	size_t i;

	f->time = js_plan_each(plan, &time, 1);
	f->set = expr_set_new(&settings);
	list = node_need(&root, "features");
	for (i = 0; i < f->n; i++)
		f->feature[i].expr = compile(f, &list, f->feature[i].name,
		    EXPR_PROFILE, f->feature[i].text);
	if (label) {
		inner = node_need(&root, "label");
		f->label_expr = compile(f, &inner,
		    f->label_event ? "event" : "when",
		    f->label_event ? EXPR_EVENT : EXPR_PROFILE, f->label_text);
		f->population_expr = compile(
		    f, &root, "population", EXPR_PROFILE, f->population);
		f->treatment_expr =
		    compile(f, &root, "treatment", EXPR_PROFILE, f->treatment);
		f->test_expr = compile(f, &root, "test", EXPR_PROFILE, f->test);
	}
	expr_plan(f->set, plan);
}

bool
features_read_profile(const struct features *f)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		if (expr_reads_profile(f->set, f->feature[i].expr))
			return true;
	return false;
}

void
features_warn(const struct features *f)
{
	size_t i;

	for (i = 0; f->label_timed && i < f->n; i++)
		if (expr_reads_profile(f->set, f->feature[i].expr))
			warning("the feature %s reads the profile as it is "
				"now, not as it was at the date: it may know "
				"the answer",
			    f->feature[i].name);
}

/* ---- one line ---- */

struct features_run {
	const struct features *f;
	struct expr_run *run;
	const struct js_line *js;
};

struct features_run *
features_open(const struct features *f)
{
	struct features_run *r = mem_alloc(1, sizeof *r);

	r->f = f;
	r->run = expr_run_new(f->set);
	return r;
}

void
features_close(struct features_run *r)
{
	expr_run_free(r->run);
	free(r);
}

const char *
features_bind(struct features_run *r, const struct js_line *js)
{
	const char *why = NULL;

	r->js = js;
	return expr_bind(r->run, js, &why) ? NULL : why;
}

static bool
number_of(const struct feature *f, struct expr_value v, double *out)
{
	switch (v.type) {
	case EXPR_NUMBER:
		*out = v.exact ? dec_double(v.dec) : v.number;
		if (f->transform == LOG)
			*out = log(*out);
		else if (f->transform == LOG1P)
			*out = log1p(*out);
		return isfinite(*out);
	case EXPR_BOOL:
		*out = v.truth;
		return true;
	case EXPR_NULL:
		return false;
	default:
		die("the feature %s is no number; compare it, as in "
		    "traits.city = 'Shanghai'",
		    f->name);
	}
}

void
features_at(struct features_run *r, int64_t t, double *x, bool *missing)
{
	const struct feature *f = r->f->feature;
	size_t i;

	for (i = 0; i < r->f->n; i++) {
		missing[i] = !number_of(
		    &f[i], expr_eval(r->run, f[i].expr, t, NULL), &x[i]);
		if (missing[i])
			x[i] = 0;
	}
}

int64_t
features_next(struct features_run *r, int64_t t)
{
	int64_t next = WHEN_NEVER, one;
	size_t i;

	for (i = 0; i < r->f->n; i++) {
		one = WHEN_NEVER;
		expr_eval(r->run, r->f->feature[i].expr, t, &one);
		if (one < next)
			next = one;
	}
	return next;
}

bool
features_true(struct features_run *r, int expr, int64_t t)
{
	return expr_true(r->run, expr, t, NULL);
}

static bool
event_time(const struct features_run *r, size_t i, int64_t *t)
{
	struct js_val v = js_each(r->js, i, r->f->time);

	return v.type == JS_STRING && v.len > 2 &&
	       when_parse(v.p + 1, v.len - 2, t);
}

bool
features_event(struct features_run *r, int expr, int64_t t, int64_t until)
{
	int64_t at;
	size_t i;

	for (i = 0; i < r->js->neach; i++)
		if (event_time(r, i, &at) && at > t && at <= until &&
		    expr_event_true(r->run, expr, i, until))
			return true;
	return false;
}

int64_t
features_first(const struct features_run *r)
{
	int64_t first = INT64_MAX, at;
	size_t i;

	for (i = 0; i < r->js->neach; i++)
		if (event_time(r, i, &at) && at < first)
			first = at;
	return first;
}
