#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "inside.h"
#include "measure.h"

struct measure {
	struct ask_expr of, per; /* per.set < 0: the number of members */
	char *name;
};

struct measures {
	size_t segment[2];
	char *name[2];
	struct measure *item;
	size_t n, cap;
};

struct sums {
	struct dec of, per;
};

struct measured {
	const struct measures *m;
	uint64_t members[2];
	struct sums *sum; /* two a measure */
};

/* ---- reading ---- */

static size_t
find(const struct segments *s, const char *name)
{
	const char **names = mem_alloc(segments_count(s) + 1, sizeof *names);
	const char *near;
	size_t i;

	for (i = 0; i < segments_count(s); i++) {
		names[i] = segments_name(s, i);
		if (strcmp(names[i], name) == 0) {
			free(names);
			return i;
		}
	}
	near = err_nearest(name, names);
	usage_error("--compare: no segment %s%s%s%s",
	    err_quote(name, strlen(name)), near ? ", did you mean '" : "",
	    near ? near : "", near ? "'?" : "");
}

static size_t
blanks(const char *p)
{
	return strspn(p, " \t\r\n");
}

static bool
word(const char *p, const char *w)
{
	size_t n = strlen(w);

	return strncasecmp(p, w, n) == 0 && isspace((unsigned char)p[n]);
}

static const char *
read_expr(
    struct segments *s, const char *list, const char *p, struct ask_expr *e)
{
	struct place at = {"--measure", 1, (uint64_t)(p - list) + 1, NULL};
	size_t used;

	e->set = segments_zone(s);
	e->id = expr_add_part(ask_set(segments_ask(s), *e), EXPR_PROFILE, p,
	    strlen(p), &at, &used);
	return p + used;
}

static const char *
read_measure(
    struct measures *m, struct segments *s, const char *list, const char *p)
{
	const char *from = p;
	struct measure *k;
	struct place at;
	size_t n;

	m->item = mem_grow(m->item, &m->cap, m->n + 1, sizeof *m->item);
	k = &m->item[m->n++];
	k->per = ASK_NONE;
	p = read_expr(s, list, p, &k->of);
	if (word(p, "per")) {
		p += 3 + blanks(p + 3);
		p = read_expr(s, list, p, &k->per);
	}
	n = (size_t)(p - from);
	if (word(p, "as")) {
		p += 2 + blanks(p + 2);
		from = p;
		p += n = strcspn(p, ",");
	}
	while (n > 0 && isspace((unsigned char)from[n - 1]))
		n--;
	k->name = mem_text(from, n);
	if (*p != ',' && *p != '\0') {
		at = (struct place){
		    "--measure", 1, (uint64_t)(p - list) + 1, NULL};
		die_at(&at, "expected 'per EXPR', 'as NAME', a comma or the "
			    "end");
	}
	return p;
}

struct measures *
measures_new(struct segments *s, const char *between, const char *list)
{
	struct measures *m = mem_alloc(1, sizeof *m);
	const char *comma = strchr(between, ','), *p;

	if (comma == NULL)
		usage_error("--compare: give two segments, A,B");
	m->name[0] = mem_text(between, (size_t)(comma - between));
	m->name[1] = mem_text(comma + 1, strlen(comma + 1));
	m->segment[0] = find(s, m->name[0]);
	m->segment[1] = find(s, m->name[1]);
	if (list == NULL)
		usage_error("--compare needs --measure, what to sum up");
	for (p = list + blanks(list);; p += 1 + blanks(p + 1)) {
		p = read_measure(m, s, list, p);
		if (*p == '\0')
			return m;
	}
}

void
measures_free(struct measures *m)
{
	size_t i;

	if (m == NULL)
		return;
	for (i = 0; i < m->n; i++)
		free(m->item[i].name);
	free(m->item);
	free(m->name[0]);
	free(m->name[1]);
	free(m);
}

/* ---- summing ---- */

struct measured *
measured_new(const struct measures *m)
{
	struct measured *d = mem_alloc(1, sizeof *d);

	d->m = m;
	d->sum = mem_alloc(2 * m->n, sizeof *d->sum);
	return d;
}

void
measured_free(struct measured *d)
{
	if (d != NULL)
		free(d->sum);
	free(d);
}

static void
add(struct dec *sum, struct dec v)
{
	if (!dec_add(*sum, v, sum))
		die("--measure: the sum has more than 38 digits");
}

/* What is no number counts nothing. */
static void
add_value(struct dec *sum, const struct segments_run *r, struct ask_expr e,
    int64_t now)
{
	struct expr_value v = expr_eval(asker_run(&r->ask, e), e.id, now, NULL);

	if (v.type != EXPR_NUMBER)
		return;
	if (!v.exact && !dec_of_double(v.number, &v.dec))
		die("--measure: a value has more than 38 digits");
	add(sum, v.dec);
}

void
measured_line(
    struct measured *d, struct segments_run *r, const bool *in, int64_t now)
{
	const struct measure *k;
	struct sums *sum;
	size_t i;
	int side;

	for (side = 0; side < 2; side++) {
		if (!in[d->m->segment[side]])
			continue;
		d->members[side]++;
		for (i = 0; i < d->m->n; i++) {
			k = &d->m->item[i];
			sum = &d->sum[2 * i + (size_t)side];
			add_value(&sum->of, r, k->of, now);
			if (k->per.set >= 0)
				add_value(&sum->per, r, k->per, now);
		}
	}
}

void
measured_add(struct measured *to, const struct measured *from)
{
	size_t i;

	to->members[0] += from->members[0];
	to->members[1] += from->members[1];
	for (i = 0; i < 2 * to->m->n; i++) {
		add(&to->sum[i].of, from->sum[i].of);
		add(&to->sum[i].per, from->sum[i].per);
	}
}

/* ---- the table ---- */

static double
quotient(const struct measured *d, size_t i, int side)
{
	const struct sums *sum = &d->sum[2 * i + (size_t)side];
	double per = d->m->item[i].per.set >= 0 ? dec_double(sum->per)
						: (double)d->members[side];

	return dec_double(sum->of) / per;
}

static void
add_ratio(struct buf *b, double a, double z)
{
	if (z == 0 || !(a == a) || !(z == z)) {
		buf_adds(b, "-\t-\n");
		return;
	}
	buf_addf(b, "%.2f\t%+.1f%%\n", a / z, 100 * (a / z - 1));
}

static void
add_quotient(struct buf *b, double v)
{
	if (v - v == 0)
		buf_double(b, v);
	else
		buf_byte(b, '-');
	buf_byte(b, '\t');
}

void
measured_table(const struct measured *d, struct buf *b)
{
	double a, z;
	size_t i;

	buf_addf(b, "measure\t%s\t%s\tratio\tchange\n", d->m->name[0],
	    d->m->name[1]);
	buf_addf(b, "(members)\t%" PRIu64 "\t%" PRIu64 "\t", d->members[0],
	    d->members[1]);
	add_ratio(b, (double)d->members[0], (double)d->members[1]);
	for (i = 0; i < d->m->n; i++) {
		a = quotient(d, i, 0);
		z = quotient(d, i, 1);
		buf_addf(b, "%s\t", d->m->item[i].name);
		add_quotient(b, a);
		add_quotient(b, z);
		add_ratio(b, a, z);
	}
}
