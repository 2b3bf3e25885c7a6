#include <stdlib.h>

#include "../filter.h"
#include "../mem.h"
#include "applied.h"

struct rfm_model {
	struct rfm rfm;
	struct orders_rules *rules;
	int profile_id;
};

struct rfm_run {
	const struct rfm_model *model;
	struct orders *orders;
	int64_t next;
};

struct rfm_model *
rfm_model_new(const char *file, struct js_plan *plan)
{
	struct js_step id = {"profile_id", 10, 0};
	struct rfm_model *m = mem_alloc(1, sizeof *m);

	rfm_model_read(&m->rfm, file);
	rfm_check_tables(&m->rfm);
	m->rfm.orders.zone = filter_zone(m->rfm.timezone);
	m->profile_id = js_plan_field(plan, &id, 1);
	m->rules = orders_rules_new(&m->rfm.orders, plan);
	return m;
}

void
rfm_model_free(struct rfm_model *m)
{
	rules_free(m->rfm.rules);
	free(m);
}

bool
rfm_model_reads_profile(const struct rfm_model *m)
{
	return orders_read_profile(m->rules);
}

struct rfm_run *
rfm_open(const struct rfm_model *m)
{
	struct rfm_run *r = mem_alloc(1, sizeof *r);

	r->model = m;
	r->orders = orders_new(m->rules);
	return r;
}

void
rfm_close(struct rfm_run *r)
{
	orders_free(r->orders);
	free(r);
}

/* The next local day, or before it the first order to leave the window. */
static int64_t
next_change(const struct rfm *f, const struct orders *o, int64_t t)
{
	int64_t next = when_midnight(t, f->orders.zone, 1), leaves;
	size_t i;

	for (i = 0; f->window != NULL && i < o->n; i++) {
		leaves =
		    when_add(o->item[i].time, f->length, 1, f->orders.zone) + 1;
		if (leaves > t && leaves < next)
			next = leaves;
	}
	return next;
}

const char *
rfm_apply(
    struct rfm_run *r, const struct js_line *line, int64_t t, struct buf *b)
{
	const struct rfm *f = &r->model->rfm;
	const char *why = orders_read(r->orders, line, t);
	struct rfm_measure m = {0};

	if (why != NULL)
		return why;
	rfm_measure(f, r->orders, t, &m);
	if (f->ntile)
		m.tie = rfm_tie(line->slot[r->model->profile_id]);
	rfm_member(f, &m, b);
	r->next = next_change(f, r->orders, t);
	return NULL;
}

int64_t
rfm_next(const struct rfm_run *r)
{
	return r->next;
}
