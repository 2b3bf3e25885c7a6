#include <string.h>

#include "inside.h"

void
score_profile_id(const struct points_run *r, struct buf *b)
{
	buf_adds(b, "{\"profile_id\":");
	js_raw(r->line->slot[r->points->profile_id], b);
}

static void
add_text(struct buf *b, const char *name, const char *text)
{
	buf_addf(b, "\"%s\":", name);
	buf_jsons(b, text);
}

static void
add_event(const struct points_run *r, const struct entry *e, struct buf *b)
{
	buf_adds(b, ",\"at\":");
	when_json(r->history.time[e->event], b);
	buf_adds(b, ",\"messageId\":");
	history_id(&r->history, e->event, b);
	if (dec_cmp(e->base, e->points) != 0) {
		buf_adds(b, ",\"of\":");
		dec_text(e->base, b);
	}
}

static void
write_entry(const struct points_run *r, const struct points_file *f,
    const struct entry *e, struct buf *b)
{
	buf_byte(b, '{');
	if (e->kind == BY_GROUP_CAP)
		add_text(b, "group", f->group[e->element].id);
	else if (e->kind == BY_TOTAL_CAP)
		add_text(b, "total", f->id);
	else
		add_text(b, "element", f->element[e->element].id);
	buf_adds(b, ",\"points\":");
	dec_text(e->points, b);
	if (e->kind == BY_EVENT)
		add_event(r, e, b);
	else if (e->kind != BY_WHEN)
		buf_adds(b, ",\"cap\":true");
	buf_byte(b, '}');
}

static void
write_ledger(const struct points_run *r, const struct points_file *f,
    const struct account *a, struct buf *b)
{
	size_t i;

	buf_adds(b, ",\"ledger\":[");
	for (i = 0; i < a->n; i++) {
		if (i > 0)
			buf_byte(b, ',');
		write_entry(r, f, &a->entry[i], b);
	}
	buf_byte(b, ']');
}

static void
write_band(const struct points_file *f, size_t band, struct buf *b)
{
	buf_adds(b, band == NOTHING ? "null" : f->band[band].id);
}

void
points_write(struct points_run *r, bool ledger, struct buf *b)
{
	const struct points_file *f;
	const struct account *a;
	size_t i;

	for (i = 0; i < r->points->files; i++) {
		f = &r->points->file[i];
		a = &r->account[i];
		if (i > 0)
			buf_byte(b, ',');
		buf_jsons(b, f->id);
		buf_adds(b, ":{\"points\":");
		dec_text(a->points, b);
		buf_adds(b, ",\"band\":");
		write_band(f, a->band, b);
		if (a->band != NOTHING && f->band[a->band].content != NULL) {
			buf_adds(b, ",\"content\":");
			buf_adds(b, f->band[a->band].content);
		}
		if (ledger)
			write_ledger(r, f, a, b);
		buf_byte(b, '}');
	}
}

/* ---- explain ---- */

static void
explain_element(struct points_run *r, const struct points_file *f,
    const struct account *a, size_t number, struct buf *b)
{
	const struct element *e = &f->element[number];
	struct dec s = {0, 0};
	size_t i, n = 0;

	score_profile_id(r, b);
	buf_byte(b, ',');
	add_text(b, "score", f->id);
	buf_byte(b, ',');
	add_text(b, "element", e->id);
	buf_adds(b, ",\"ledger\":[");
	for (i = 0; i < a->n; i++) {
		if (a->entry[i].kind > BY_ELEMENT_CAP ||
		    a->entry[i].element != number)
			continue;
		if (n++ > 0)
			buf_byte(b, ',');
		write_entry(r, f, &a->entry[i], b);
		(void)dec_add(s, a->entry[i].points, &s);
	}
	buf_adds(b, "],\"points\":");
	dec_text(s, b);
	if (a->replaced[number] != NOTHING) {
		buf_byte(b, ',');
		add_text(b, "replaced_by", f->element[a->replaced[number]].id);
	}
	if (e->when.set >= 0) {
		buf_adds(b, ",\"why\":");
		expr_explain(
		    asker_run(&r->ask, e->when), e->when.id, r->now, b);
	}
	buf_adds(b, "}\n");
}

/* The score itself, with the caps that no element has. */
static void
explain_score(struct points_run *r, const struct points_file *f,
    const struct account *a, struct buf *b)
{
	size_t i;

	for (i = 0; i < a->n; i++) {
		if (a->entry[i].kind <= BY_ELEMENT_CAP)
			continue;
		score_profile_id(r, b);
		buf_byte(b, ',');
		add_text(b, "score", f->id);
		buf_adds(b, ",\"ledger\":[");
		write_entry(r, f, &a->entry[i], b);
		buf_adds(b, "],\"points\":");
		dec_text(a->entry[i].points, b);
		buf_adds(b, "}\n");
	}
	score_profile_id(r, b);
	buf_byte(b, ',');
	add_text(b, "score", f->id);
	buf_adds(b, ",\"points\":");
	dec_text(a->points, b);
	buf_adds(b, ",\"band\":");
	write_band(f, a->band, b);
	buf_adds(b, "}\n");
}

void
points_explain(struct points_run *r, struct buf *b)
{
	const struct points_file *f;
	size_t i, k;

	for (i = 0; i < r->points->files; i++) {
		f = &r->points->file[i];
		for (k = 0; k < f->elements; k++)
			explain_element(r, f, &r->account[i], k, b);
		explain_score(r, f, &r->account[i], b);
	}
}

/* ---- diff ---- */

static const char *
entry_name(const struct points_file *f, const struct entry *e)
{
	if (e->kind == BY_GROUP_CAP)
		return f->group[e->element].id;
	return e->kind == BY_TOTAL_CAP ? f->id : f->element[e->element].id;
}

/* Points on the account under a name: an element's, a group's cap or the
 * total's. */
static struct dec
under(const struct points_file *f, const struct account *a, const char *name,
    bool cap)
{
	struct dec s = {0, 0};
	size_t i;

	for (i = 0; i < a->n; i++)
		if ((a->entry[i].kind > BY_ELEMENT_CAP) == cap &&
		    strcmp(entry_name(f, &a->entry[i]), name) == 0)
			(void)dec_add(s, a->entry[i].points, &s);
	return s;
}

struct side {
	const struct points_file *file;
	const struct account *account;
};

static void
reason(const char *name, bool cap, const struct side side[2], size_t *n,
    struct buf *b)
{
	struct dec was = under(side[0].file, side[0].account, name, cap);
	struct dec is = under(side[1].file, side[1].account, name, cap);

	if (dec_cmp(was, is) == 0)
		return;
	buf_adds(b, (*n)++ == 0 ? "{" : ",{");
	add_text(b, cap ? "cap" : "element", name);
	buf_adds(b, ",\"points\":[");
	dec_text(was, b);
	buf_byte(b, ',');
	dec_text(is, b);
	buf_adds(b, "]}");
}

static bool
told(const struct side *s, size_t upto, const char *name, bool cap)
{
	const struct entry *e;
	size_t i;

	for (i = 0; i < upto; i++) {
		e = &s->account->entry[i];
		if ((e->kind > BY_ELEMENT_CAP) == cap &&
		    strcmp(entry_name(s->file, e), name) == 0)
			return true;
	}
	return false;
}

static void
write_reasons(const struct side side[2], struct buf *b)
{
	const struct entry *e;
	const char *name;
	size_t i, k, n = 0;
	bool cap;

	for (k = 0; k < 2; k++)
		for (i = 0; i < side[k].account->n; i++) {
			e = &side[k].account->entry[i];
			cap = e->kind > BY_ELEMENT_CAP;
			name = entry_name(side[k].file, e);
			if (told(&side[k], i, name, cap) ||
			    (k == 1 &&
				told(&side[0], side[0].account->n, name, cap)))
				continue;
			reason(name, cap, side, &n, b);
		}
	if (n == 0)
		buf_adds(b, "{\"bands\":true}");
}

void
points_diff(struct points_run *was, struct points_run *is, struct buf *b)
{
	struct side side[2] = {
	    {was->points->file, was->account}, {is->points->file, is->account}};
	struct buf old = {0}, new = {0};

	write_band(side[0].file, side[0].account->band, &old);
	write_band(side[1].file, side[1].account->band, &new);
	if (old.len != new.len || memcmp(old.p, new.p, old.len) != 0) {
		score_profile_id(is, b);
		buf_byte(b, ',');
		add_text(b, "score", side[1].file->id);
		buf_adds(b, ",\"band\":[");
		buf_add(b, old.p, old.len);
		buf_byte(b, ',');
		buf_add(b, new.p, new.len);
		buf_adds(b, "],\"points\":[");
		dec_text(side[0].account->points, b);
		buf_byte(b, ',');
		dec_text(side[1].account->points, b);
		buf_adds(b, "],\"because\":[");
		write_reasons(side, b);
		buf_adds(b, "]}\n");
	}
	buf_free(&old);
	buf_free(&new);
}
