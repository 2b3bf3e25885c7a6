#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "mem.h"
#include "rows.h"
#include "truth.h"

#define SEVERAL UINT32_MAX /* persons: it cannot tell anybody apart */

struct truth {
	bool events; /* units are messages, else identifiers */
	struct intern *units, *persons;
	uint32_t *person; /* by unit */
	size_t cap;
	uint64_t *met; /* customer << 32 | person, one a unit */
	size_t n, metcap;
	uint64_t unknown, several;
	struct buf scratch;
};

/* Sums over all units. */
struct score {
	uint64_t customers, persons;
	uint64_t both, same_customer, same_person; /* pairs */
	double precision, recall;                  /* of B-cubed */
};

static void
take(struct truth *t, const struct row *row)
{
	const struct js_val *c = row->cell;
	uint32_t unit, person, count = intern_count(t->units);

	if (row->ncell != 2 || c[0].len == 0 || c[1].len == 0)
		die_at(&row->at, "expected two cells: %s,person",
		    t->events ? "messageId" : "id");
	unit = intern_add(t->units, c[0].p, c[0].len);
	person = intern_add(t->persons, c[1].p, c[1].len);
	t->person =
	    mem_grow(t->person, &t->cap, unit + (size_t)1, sizeof *t->person);
	if (unit == count)
		t->person[unit] = person;
	else if (t->person[unit] != person)
		t->person[unit] = SEVERAL;
}

static void
take_header(struct truth *t, const struct row *row)
{
	const struct js_val *c = row->cell;

	t->events = row->ncell == 2 && js_is(c[0], "messageId", 9);
	if (row->ncell != 2 || !js_is(c[1], "person", 6) ||
	    (!t->events && !js_is(c[0], "id", 2)))
		die_at(&row->at, "expected the header id,person or "
				 "messageId,person");
}

struct truth *
truth_read(const char *file)
{
	static const struct rows_settings csv = {
	    .delimiter = ',', .quote = '"'};
	struct truth *t = mem_alloc(1, sizeof *t);
	char *const files[] = {(char *)(uintptr_t)file};
	struct input *in = input_open(files, 1, 0);
	struct rows *rows = rows_new(in, &csv);
	struct row row;
	enum rows_got got;
	bool header = false;

	t->units = intern_new();
	t->persons = intern_new();
	rows_next_file(rows);
	while ((got = rows_next(rows, &row)) != ROWS_END) {
		if (got == ROWS_BAD)
			die_at(&row.at, "%s", row.why);
		if (got == ROWS_BLANK)
			continue;
		if (header)
			take(t, &row);
		else
			take_header(t, &row);
		header = true;
	}
	rows_free(rows);
	input_close(in);
	if (!header)
		die("%s: empty, expected the header id,person or "
		    "messageId,person",
		    file);
	return t;
}

static void
meet(struct truth *t, uint32_t customer, uint32_t unit)
{
	if (t->person[unit] == SEVERAL) {
		t->several++;
		return;
	}
	t->met = mem_grow(t->met, &t->metcap, t->n + 1, sizeof *t->met);
	t->met[t->n++] = (uint64_t)customer << 32 | t->person[unit];
}

void
truth_customer(struct truth *t, uint32_t rank, const struct event *e, size_t n)
{
	const char *p;
	uint32_t unit;
	size_t i, m;

	for (i = 0; t->events && i < n; i++) {
		if (e[i].flags & EVENT_STUB)
			continue;
		t->scratch.len = 0;
		p = event_mid(&e[i], &t->scratch, &m);
		unit = intern_find(t->units, p, m);
		if (unit == INTERN_NONE)
			t->unknown++;
		else
			meet(t, rank, unit);
	}
}

/* Identifiers: a shared one is nobody's, so it stands alone. */
static void
meet_ids(struct truth *t, struct links *l)
{
	uint32_t unit, id, customer;
	const char *p;
	char *text;
	size_t n;

	for (unit = 0; unit < intern_count(t->units); unit++) {
		p = intern_text(t->units, unit, &n);
		text = mem_text(p, n);
		id = links_named(l, text);
		free(text);
		if (id == LINK_NONE || l->first[id] == EVIDENCE_NEVER) {
			t->unknown++;
			continue;
		}
		customer = l->flag[id] & LINK_SHARED ? LINK_NONE
						     : links_customer(l, id);
		if (customer == LINK_NONE)
			customer = (uint32_t)l->n + 1 + id;
		meet(t, customer, unit);
	}
}

/* ---- scores ---- */

static int
by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static uint64_t
pairs(uint64_t n)
{
	return n * (n - 1) / 2;
}

/* Sorted: the runs of one high half, and in them the runs of equal values.
 * Adds pairs of the former and, per unit, the share of its own run in it. */
static uint64_t
runs(const uint64_t *v, size_t n, uint64_t *whole, uint64_t *equal,
    double *share)
{
	size_t i, from, k, first;
	uint64_t count = 0;
	double m;

	*whole = *equal = 0;
	*share = 0;
	for (from = 0; from < n; from = i) {
		for (i = from; i < n && v[i] >> 32 == v[from] >> 32; i++)
			;
		count++;
		*whole += pairs(i - from);
		for (first = from; first < i; first = k) {
			for (k = first; k < i && v[k] == v[first]; k++)
				;
			m = (double)(k - first);
			*equal += pairs(k - first);
			*share += m * m / (double)(i - from);
		}
	}
	return count;
}

static void
score(struct truth *t, struct score *s)
{
	size_t i;

	mem_sort(t->met, t->n, sizeof *t->met, by_value);
	s->customers =
	    runs(t->met, t->n, &s->same_customer, &s->both, &s->precision);
	for (i = 0; i < t->n; i++)
		t->met[i] = t->met[i] << 32 | t->met[i] >> 32;
	mem_sort(t->met, t->n, sizeof *t->met, by_value);
	s->persons = runs(t->met, t->n, &s->same_person, &s->both, &s->recall);
}

static void
write_share(struct buf *b, const char *name, double v)
{
	if (b->p[b->len - 1] != '{')
		buf_byte(b, ',');
	buf_addf(b, "\"%s\":", name);
	buf_double(b, round(v * 1e6) / 1e6);
}

static void
write_scores(struct buf *b, const char *name, double precision, double recall)
{
	double sum = precision + recall;

	buf_addf(b, ",\"%s\":{", name);
	write_share(b, "precision", precision);
	write_share(b, "recall", recall);
	write_share(b, "f1", sum > 0 ? 2 * precision * recall / sum : 0);
}

static double
ratio(double a, double b)
{
	return b > 0 ? a / b : 1;
}

void
truth_write(struct truth *t, struct links *l, struct buf *b)
{
	struct score s = {0};

	if (!t->events)
		meet_ids(t, l);
	score(t, &s);
	buf_addf(b,
	    "{\"units\":\"%s\",\"judged\":%zu,\"unknown\":%llu,"
	    "\"of_several\":%llu,\"persons\":%llu,\"customers\":%llu",
	    t->events ? "events" : "ids", t->n, (unsigned long long)t->unknown,
	    (unsigned long long)t->several, (unsigned long long)s.persons,
	    (unsigned long long)s.customers);
	write_scores(b, "pairwise",
	    ratio((double)s.both, (double)s.same_customer),
	    ratio((double)s.both, (double)s.same_person));
	buf_addf(b, ",\"right\":%llu,\"found\":%llu,\"true\":%llu}",
	    (unsigned long long)s.both, (unsigned long long)s.same_customer,
	    (unsigned long long)s.same_person);
	write_scores(b, "b_cubed", ratio(s.precision, (double)t->n),
	    ratio(s.recall, (double)t->n));
	buf_adds(b, "}}\n");
}
