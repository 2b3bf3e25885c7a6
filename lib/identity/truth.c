#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "input.h"
#include "intern.h"
#include "json.h"
#include "mem.h"
#include "truth.h"

struct truth {
	struct intern *mids, *persons;
	uint32_t *person; /* by mid */
	size_t cap;
	uint64_t *size; /* by person: its events met so far */
	uint32_t *here; /* by person: ... in one customer */
	uint32_t *met;  /* persons of one customer */
	size_t metcap;
	uint64_t events, unknown, customers;
	double both, same_customer; /* pairs */
	double precision;           /* sum over events, B-cubed */
	struct buf scratch;
	/* recall needs each person's whole size: kept until the end */
	struct part {
		uint32_t person, n;
	} * part;
	size_t nparts, partcap;
};

static uint32_t
person_of(struct truth *t, struct js_val v)
{
	const char *p = v.p;
	size_t n = v.len;

	t->scratch.len = 0;
	if (v.type == JS_STRING)
		p = js_text(v, &t->scratch, &n);
	return intern_add(t->persons, p, n);
}

static void
take(struct truth *t, const struct input_line *line)
{
	struct js_val v = {line->p, (uint32_t)line->len, JS_OBJECT, 0};
	struct js_val mid = {0}, person = {0};
	const char *p;
	uint32_t i;
	size_t n;

	if (*line->p == '{') {
		mid = js_member(v, "messageId", 9);
		person = js_member(v, "person", 6);
	}
	if (mid.type != JS_STRING ||
	    (person.type != JS_STRING && person.type != JS_NUMBER))
		die_at(&line->at, "expected {\"messageId\": a string, "
				  "\"person\": a string or a number}");
	t->scratch.len = 0;
	p = js_text(mid, &t->scratch, &n);
	i = intern_add(t->mids, p, n);
	if (i + (size_t)1 < intern_count(t->mids) ||
	    (t->cap > i && t->person[i] != UINT32_MAX))
		die_at(&line->at, "messageId %s stands twice", err_quote(p, n));
	n = t->cap;
	t->person =
	    mem_grow(t->person, &t->cap, i + (size_t)1, sizeof *t->person);
	for (; n < t->cap; n++)
		t->person[n] = UINT32_MAX;
	t->person[i] = person_of(t, person);
}

struct truth *
truth_read(const char *file)
{
	struct truth *t = mem_alloc(1, sizeof *t);
	char *const files[] = {(char *)(uintptr_t)file};
	struct input *in = input_open(files, 1, 0);
	struct input_line line;
	struct js_error e;

	t->mids = intern_new();
	t->persons = intern_new();
	while (input_line(in, &line)) {
		if (line.len == 0)
			continue;
		if (!js_valid(line.p, line.len, &e))
			die_at(&line.at, "%s", e.why);
		take(t, &line);
	}
	input_close(in);
	t->size = mem_alloc(intern_count(t->persons), sizeof *t->size);
	t->here = mem_alloc(intern_count(t->persons), sizeof *t->here);
	return t;
}

void
truth_free(struct truth *t)
{
	if (t == NULL)
		return;
	intern_free(t->mids);
	intern_free(t->persons);
	free(t->person);
	free(t->size);
	free(t->here);
	free(t->met);
	free(t->part);
	buf_free(&t->scratch);
	free(t);
}

static double
pairs(double n)
{
	return n * (n - 1) / 2;
}

static void
meet(struct truth *t, const struct event *e, size_t *nmet)
{
	const char *p;
	uint32_t i, person;
	size_t n;

	if (e->flags & EVENT_STUB)
		return;
	t->scratch.len = 0;
	p = event_mid(e, &t->scratch, &n);
	i = intern_find(t->mids, p, n);
	if (i == INTERN_NONE) {
		t->unknown++;
		return;
	}
	person = t->person[i];
	t->events++;
	t->size[person]++;
	if (t->here[person]++ > 0)
		return;
	t->met = mem_grow(t->met, &t->metcap, *nmet + 1, sizeof *t->met);
	t->met[(*nmet)++] = person;
}

void
truth_customer(struct truth *t, const struct event *e, size_t n)
{
	size_t i, nmet = 0;
	double all = 0, k;

	for (i = 0; i < n; i++)
		meet(t, &e[i], &nmet);
	for (i = 0; i < nmet; i++)
		all += t->here[t->met[i]];
	t->customers += nmet > 0;
	t->same_customer += pairs(all);
	for (i = 0; i < nmet; i++) {
		k = t->here[t->met[i]];
		t->both += pairs(k);
		t->precision += k * k / all;
		t->part = mem_grow(
		    t->part, &t->partcap, t->nparts + 1, sizeof *t->part);
		t->part[t->nparts++] =
		    (struct part){t->met[i], t->here[t->met[i]]};
		t->here[t->met[i]] = 0;
	}
}

static void
write_scores(struct buf *b, const char *name, double precision, double recall)
{
	double f1 = precision + recall > 0
			? 2 * precision * recall / (precision + recall)
			: 0;

	buf_addf(b, ",\"%s\":{\"precision\":%.6f,\"recall\":%.6f,\"f1\":%.6f",
	    name, precision, recall, f1);
}

void
truth_write(const struct truth *t, struct buf *b)
{
	double recall = 0, same_person = 0, n = (double)t->events;
	uint64_t persons = 0;
	size_t i;

	for (i = 0; i < t->nparts; i++)
		recall += (double)t->part[i].n * t->part[i].n /
			  (double)t->size[t->part[i].person];
	for (i = 0; i < intern_count(t->persons); i++) {
		same_person += pairs((double)t->size[i]);
		persons += t->size[i] > 0;
	}
	buf_addf(b,
	    "{\"events\":%llu,\"not_in_truth\":%llu,\"persons\":%llu,"
	    "\"customers\":%llu",
	    (unsigned long long)t->events, (unsigned long long)t->unknown,
	    (unsigned long long)persons, (unsigned long long)t->customers);
	write_scores(b, "pairwise",
	    t->same_customer > 0 ? t->both / t->same_customer : 1,
	    same_person > 0 ? t->both / same_person : 1);
	buf_addf(b,
	    ",\"pairs_found_true\":%.0f,\"pairs_found\":%.0f,"
	    "\"pairs_true\":%.0f}",
	    t->both, t->same_customer, same_person);
	write_scores(
	    b, "b_cubed", n > 0 ? t->precision / n : 1, n > 0 ? recall / n : 1);
	buf_adds(b, "}}\n");
}
