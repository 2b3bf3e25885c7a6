#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../digest.h"
#include "../intern.h"
#include "../mem.h"
#include "mem.h"
#include "survey.h"

struct ids { /* texts, each with a newline behind it */
	struct buf text;
	size_t *at; /* where each begins */
	size_t n, cap;
};

struct steps {
	int n;
	uint64_t *alone, *left;
};

struct survey {
	const struct segments *s;
	unsigned kinds;
	uint64_t lines;
	size_t n; /* segments, the chosen one too */
	uint64_t *members;
	struct intern *combination; /* a bit for each segment */
	uint64_t *times;
	size_t cap;
	char *bits;
	struct steps *steps;
	struct ids *ids;
};

static size_t
bytes(const struct survey *r)
{
	return (segments_count(r->s) + 7) / 8;
}

struct survey *
survey_new(const struct segments *s, unsigned kinds)
{
	struct survey *r = mem_alloc(1, sizeof *r);
	struct steps *p;
	size_t i;

	r->s = s;
	r->kinds = kinds;
	r->n = segments_all(s);
	r->members = mem_alloc(r->n, sizeof *r->members);
	r->combination = intern_new();
	r->bits = mem_alloc(bytes(r), 1);
	r->ids = mem_alloc(r->n, sizeof *r->ids);
	r->steps = mem_alloc(r->n, sizeof *r->steps);
	for (i = 0; i < r->n; i++) {
		p = &r->steps[i];
		p->n = segments_steps(s, i);
		p->alone = mem_alloc((size_t)p->n, sizeof *p->alone);
		p->left = mem_alloc((size_t)p->n, sizeof *p->left);
	}
	return r;
}

void
survey_free(struct survey *r)
{
	size_t i;

	for (i = 0; i < r->n; i++) {
		free(r->steps[i].alone);
		free(r->steps[i].left);
		buf_free(&r->ids[i].text);
		free(r->ids[i].at);
	}
	intern_free(r->combination);
	free(r->members);
	free(r->times);
	free(r->bits);
	free(r->steps);
	free(r->ids);
	free(r);
}

/* ---- counting ---- */

static void
count_combination(struct survey *r, const char *bits, uint64_t times)
{
	uint32_t before = intern_count(r->combination);
	uint32_t k = intern_add(r->combination, bits, bytes(r));

	r->times = mem_grow(r->times, &r->cap, (size_t)k + 1, sizeof *r->times);
	if (k == before)
		r->times[k] = 0;
	r->times[k] += times;
}

static void
count_overlap(struct survey *r, const bool *in)
{
	size_t i;

	memset(r->bits, 0, bytes(r));
	for (i = 0; i < segments_count(r->s); i++)
		if (in[i])
			r->bits[i / 8] |= (char)(1 << i % 8);
	count_combination(r, r->bits, 1);
}

static void
count_steps(struct survey *r, struct segments_run *run, int64_t t)
{
	struct steps *p;
	bool left, holds;
	size_t i;
	int k;

	for (i = 0; i < r->n; i++) {
		p = &r->steps[i];
		left = true;
		for (k = 0; k < p->n; k++) {
			holds = segments_step_true(run, i, k, t);
			left = left && holds;
			p->alone[k] += holds;
			p->left[k] += left;
		}
	}
}

static void
add_id(struct ids *ids, const char *p, size_t n)
{
	ids->at = mem_grow(ids->at, &ids->cap, ids->n + 1, sizeof *ids->at);
	ids->at[ids->n++] = ids->text.len;
	buf_add(&ids->text, p, n);
	buf_byte(&ids->text, '\n');
}

void
survey_line(
    struct survey *r, struct segments_run *run, const bool *in, int64_t t)
{
	const char *who;
	size_t i, n;

	r->lines++;
	who = segments_who(run, &n);
	for (i = 0; i < r->n; i++)
		r->members[i] += in[i];
	for (i = 0; i < r->n && (r->kinds & SURVEY_DIGEST); i++)
		if (in[i])
			add_id(&r->ids[i], who, n);
	if (r->kinds & SURVEY_OVERLAP)
		count_overlap(r, in);
	if (r->kinds & SURVEY_STEPS)
		count_steps(r, run, t);
}

static void
add_ids(struct ids *to, const struct ids *from)
{
	size_t i, end;

	for (i = 0; i < from->n; i++) {
		end = i + 1 < from->n ? from->at[i + 1] : from->text.len;
		add_id(to, from->text.p + from->at[i], end - from->at[i] - 1);
	}
}

void
survey_add(struct survey *to, const struct survey *from)
{
	const char *bits;
	size_t i, n;
	uint32_t k;
	int p;

	to->lines += from->lines;
	for (i = 0; i < to->n; i++) {
		to->members[i] += from->members[i];
		add_ids(&to->ids[i], &from->ids[i]);
		for (p = 0; p < to->steps[i].n; p++) {
			to->steps[i].alone[p] += from->steps[i].alone[p];
			to->steps[i].left[p] += from->steps[i].left[p];
		}
	}
	for (k = 0; k < intern_count(from->combination); k++) {
		bits = intern_text(from->combination, k, &n);
		count_combination(to, bits, from->times[k]);
	}
}

/* ---- tables ---- */

static const char *
name_of(const struct survey *r, size_t i)
{
	const char *name = segments_name(r->s, i);

	return name != NULL ? name : "(selected)";
}

static void
add_share(struct buf *b, uint64_t k, uint64_t of)
{
	if (of == 0)
		buf_adds(b, "-");
	else
		buf_addf(b, "%.2f%%", 100 * (double)k / (double)of);
}

void
survey_counts(const struct survey *r, struct buf *b)
{
	size_t i;

	buf_adds(b, "segment\tmembers\tof\tshare\n");
	for (i = 0; i < r->n; i++) {
		buf_addf(b, "%s\t%" PRIu64 "\t%" PRIu64 "\t", name_of(r, i),
		    r->members[i], r->lines);
		add_share(b, r->members[i], r->lines);
		buf_byte(b, '\n');
	}
}

struct row {
	const char *bits;
	size_t n;
	uint64_t times;
};

static int
by_times(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->times != y->times)
		return x->times > y->times ? -1 : 1;
	return memcmp(x->bits, y->bits, x->n);
}

static void
add_names(const struct survey *r, const char *bits, struct buf *b)
{
	size_t i, n = 0;

	for (i = 0; i < segments_count(r->s); i++) {
		if (!(bits[i / 8] & 1 << i % 8))
			continue;
		if (n++ > 0)
			buf_adds(b, " & ");
		buf_adds(b, name_of(r, i));
	}
	if (n == 0)
		buf_adds(b, "(none)");
}

void
survey_overlap(const struct survey *r, struct buf *b)
{
	uint32_t k, n = intern_count(r->combination);
	struct row *row = mem_alloc(n, sizeof *row);

	for (k = 0; k < n; k++) {
		row[k].bits = intern_text(r->combination, k, &row[k].n);
		row[k].times = r->times[k];
	}
	mem_sort(row, n, sizeof *row, by_times);
	buf_adds(b, "members\tof\tshare\tsegments\n");
	for (k = 0; k < n; k++) {
		buf_addf(
		    b, "%" PRIu64 "\t%" PRIu64 "\t", row[k].times, r->lines);
		add_share(b, row[k].times, r->lines);
		buf_byte(b, '\t');
		add_names(r, row[k].bits, b);
		buf_byte(b, '\n');
	}
	free(row);
}

void
survey_steps(const struct survey *r, struct buf *b)
{
	const struct steps *p;
	size_t i;
	int k;

	buf_adds(b, "segment\tstep\talone\tleft\tcondition\n");
	for (i = 0; i < r->n; i++) {
		p = &r->steps[i];
		buf_addf(b, "%s\t0\t%" PRIu64 "\t%" PRIu64 "\t(all)\n",
		    name_of(r, i), r->lines, r->lines);
		for (k = 0; k < p->n; k++) {
			buf_addf(b, "%s\t%d\t%" PRIu64 "\t%" PRIu64 "\t",
			    name_of(r, i), k + 1, p->alone[k], p->left[k]);
			segments_step_text(r->s, i, k, b);
			buf_byte(b, '\n');
		}
	}
}

static int
by_bytes(const void *a, const void *b, void *text)
{
	const char *x = (char *)text + *(const size_t *)a;
	const char *y = (char *)text + *(const size_t *)b;

	while (*x == *y && *x != '\n') {
		x++;
		y++;
	}
	if (*x == '\n' || *y == '\n')
		return (*x != '\n') - (*y != '\n');
	return (unsigned char)*x - (unsigned char)*y;
}

void
survey_digest(struct survey *r, struct buf *b)
{
	unsigned char sum[DIGEST_SIZE];
	struct digest *d;
	struct ids *ids;
	const char *p;
	size_t i, k;

	buf_adds(b, "segment\tmembers\tsha256\n");
	for (i = 0; i < r->n; i++) {
		ids = &r->ids[i];
		if (ids->n > 0)
			mem_sort_by(ids->at, ids->n, sizeof *ids->at, by_bytes,
			    ids->text.p);
		d = digest_new();
		for (k = 0; k < ids->n; k++) {
			p = ids->text.p + ids->at[k];
			digest_add(d, p, strcspn(p, "\n") + 1);
		}
		digest_end(d, sum);
		buf_addf(b, "%s\t%" PRIu64 "\t", name_of(r, i), r->members[i]);
		digest_hex(sum, sizeof sum, b);
		buf_byte(b, '\n');
	}
}
