#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../draw.h"
#include "../err.h"
#include "../intern.h"
#include "../mem.h"
#include "totals.h"

void
totals_init(struct totals *t, size_t replicates)
{
	memset(t, 0, sizeof *t);
	t->names = intern_new();
	t->reasons = intern_new();
	t->value = dec_of(0);
	t->replicates = replicates;
}

void
totals_free(struct totals *t)
{
	intern_free(t->names);
	intern_free(t->reasons);
	free(t->total);
	free(t->missed);
	free(t->credits);
	free(t->values);
	free(t->touched);
}

static void
add(struct dec *to, struct dec d)
{
	if (!dec_add(*to, d, to))
		die("a sum of values needs more than 38 digits");
}

static void *
grow_zero(void *p, size_t *cap, size_t want, size_t size)
{
	size_t before = *cap;
	char *q = mem_grow(p, cap, want, size);

	if (*cap > before)
		memset(q + before * size, 0, (*cap - before) * size);
	return q;
}

static uint32_t
channel(struct totals *t, const char *p, size_t n)
{
	uint32_t known = intern_count(t->names),
		 id = intern_add(t->names, p, n);
	size_t want;

	if (id < known)
		return id;
	t->total = grow_zero(t->total, &t->cap, id + 1, sizeof *t->total);
	t->total[id].value = dec_of(0);
	want = ((size_t)id + 1) * t->replicates;
	if (want > 0) {
		t->credits = grow_zero(
		    t->credits, &t->creditcap, want, sizeof *t->credits);
		t->values =
		    grow_zero(t->values, &t->valuecap, want, sizeof *t->values);
	}
	return id;
}

static int64_t
millionths(struct dec d)
{
	struct dec m;

	if (!dec_mul(d, dec_of(CREDIT_ONE), &m))
		return 0;
	return (int64_t)dec_round(m, 0).c;
}

void
totals_credit(struct totals *t, const struct paths *p, const struct shares *s)
{
	const struct touch *x;
	struct total *to;
	uint32_t id;
	size_t i;

	for (i = 0; i < s->n; i++) {
		x = s->s[i].touch;
		id = channel(t, p->text.p + x->name, x->namelen);
		to = &t->total[id];
		to->touches++;
		to->credit += s->s[i].credit;
		add(&to->value, s->s[i].value);
		if (t->replicates == 0)
			continue;
		if (to->mine == 0 && to->mine_value == 0) {
			t->touched = mem_grow(t->touched, &t->touchedcap,
			    t->ntouched + 1, sizeof *t->touched);
			t->touched[t->ntouched++] = id;
		}
		to->mine += s->s[i].credit;
		to->mine_value += millionths(s->s[i].value);
	}
}

static struct missed *
missed(struct totals *t, const char *p, size_t n)
{
	uint32_t known = intern_count(t->reasons);
	uint32_t id = intern_add(t->reasons, p, n);

	t->missed =
	    grow_zero(t->missed, &t->missedcap, id + 1, sizeof *t->missed);
	if (id == known)
		t->missed[id].value = dec_of(0);
	return &t->missed[id];
}

void
totals_missed(struct totals *t, const struct conversion *c)
{
	struct missed *m = missed(t, c->reason, strlen(c->reason));

	m->n++;
	add(&m->value, c->value);
}

void
totals_conversion(struct totals *t, const struct conversion *c)
{
	if (c->duplicate) {
		t->duplicates++;
		return;
	}
	t->conversions++;
	add(&t->value, c->value);
}

/* Poisson(1) by inversion: 1/e, 1/e, 1/2e, 1/6e ... */
static int64_t
poisson(double u)
{
	double p = 0.36787944117144233, sum = p;
	int64_t k = 0;

	while (u >= sum && k < 20) {
		k++;
		p /= (double)k;
		sum += p;
	}
	return k;
}

void
totals_customer(struct totals *t, const char *seed, const char *who, size_t n)
{
	uint64_t key;
	int64_t k;
	size_t i, c;
	struct total *x;

	if (t->ntouched == 0)
		return;
	key = draw_key(seed, strlen(seed), who, n);
	for (i = 0; i < t->replicates; i++) {
		k = poisson(draw_unit(draw_next(key, i)));
		for (c = 0; k > 0 && c < t->ntouched; c++) {
			x = &t->total[t->touched[c]];
			t->credits[t->touched[c] * t->replicates + i] +=
			    k * x->mine;
			t->values[t->touched[c] * t->replicates + i] +=
			    k * x->mine_value;
		}
	}
	for (c = 0; c < t->ntouched; c++) {
		t->total[t->touched[c]].mine = 0;
		t->total[t->touched[c]].mine_value = 0;
	}
	t->ntouched = 0;
}

void
totals_add(struct totals *to, const struct totals *t)
{
	struct missed *m;
	const char *p;
	uint32_t i, id;
	size_t n, k;

	for (i = 0; i < intern_count(t->names); i++) {
		p = intern_text(t->names, i, &n);
		id = channel(to, p, n);
		to->total[id].touches += t->total[i].touches;
		to->total[id].credit += t->total[i].credit;
		add(&to->total[id].value, t->total[i].value);
		for (k = 0; k < t->replicates; k++) {
			to->credits[id * t->replicates + k] +=
			    t->credits[i * t->replicates + k];
			to->values[id * t->replicates + k] +=
			    t->values[i * t->replicates + k];
		}
	}
	for (i = 0; i < intern_count(t->reasons); i++) {
		p = intern_text(t->reasons, i, &n);
		m = missed(to, p, n);
		m->n += t->missed[i].n;
		add(&m->value, t->missed[i].value);
	}
	to->conversions += t->conversions;
	to->duplicates += t->duplicates;
	add(&to->value, t->value);
}

/* ---- writing ---- */

struct name {
	const char *p;
	size_t n;
	uint32_t id;
};

static int
by_name(const void *a, const void *b)
{
	const struct name *x = a, *y = b;
	int c = memcmp(x->p, y->p, x->n < y->n ? x->n : y->n);

	return c != 0 ? c : x->n < y->n ? -1 : x->n > y->n;
}

static struct name *
sorted(const struct intern *in, size_t *n)
{
	struct name *names;
	uint32_t i;

	*n = intern_count(in);
	names = mem_alloc(*n + 1, sizeof *names);
	for (i = 0; i < *n; i++) {
		names[i].p = intern_text(in, i, &names[i].n);
		names[i].id = i;
	}
	qsort(names, *n, sizeof *names, by_name);
	return names;
}

static int
by_size(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static struct dec
units(int64_t millionth)
{
	struct dec d = dec_of(0);

	dec_mul(dec_of(millionth), (struct dec){1, 6}, &d);
	return d;
}

/* 95 %: order statistics 2.5 and 97.5 % of the replicates. */
static void
interval(struct buf *b, const char *name, const int64_t *all, size_t n)
{
	int64_t *v = mem_alloc(n, sizeof *v);
	size_t k = (n + 1) / 40;

	memcpy(v, all, n * sizeof *v);
	qsort(v, n, sizeof *v, by_size);
	k = k < 1 ? 1 : k;
	buf_addf(b, ",\"%s\":[", name);
	dec_text(units(v[k - 1]), b);
	buf_byte(b, ',');
	dec_text(units(v[n - k]), b);
	buf_byte(b, ']');
	free(v);
}

static void
begin(struct buf *b, enum model model, const char *key, const char *p, size_t n)
{
	buf_addf(b, "{\"model\":\"%s\",\"%s\":", model_names[model], key);
	buf_json(b, p, n);
}

static void
write_channel(const struct totals *t, enum model model, const struct name *c,
    struct buf *b)
{
	const struct total *x = &t->total[c->id];

	begin(b, model, "channel", c->p, c->n);
	buf_addf(b, ",\"touches\":%ju,\"conversions\":", (uintmax_t)x->touches);
	dec_text(units(x->credit), b);
	if (t->replicates > 0)
		interval(b, "conversions_95",
		    &t->credits[c->id * t->replicates], t->replicates);
	buf_adds(b, ",\"value\":");
	dec_text(x->value, b);
	if (t->replicates > 0)
		interval(b, "value_95", &t->values[c->id * t->replicates],
		    t->replicates);
	buf_adds(b, "}\n");
}

/* Credited and missed make up all conversions, and all of their value. */
static void
check(const struct totals *t)
{
	struct dec value = dec_of(0);
	int64_t credit = 0;
	uint32_t i;

	for (i = 0; i < intern_count(t->names); i++) {
		credit += t->total[i].credit;
		add(&value, t->total[i].value);
	}
	for (i = 0; i < intern_count(t->reasons); i++) {
		credit += (int64_t)t->missed[i].n * CREDIT_ONE;
		add(&value, t->missed[i].value);
	}
	if (credit != (int64_t)t->conversions * CREDIT_ONE ||
	    dec_cmp(value, t->value) != 0)
		die("the credits do not sum to the conversions (a bug)");
}

void
totals_write(const struct totals *t, enum model model, struct buf *b)
{
	struct name *names;
	size_t n, i;

	check(t);
	names = sorted(t->names, &n);
	for (i = 0; i < n; i++)
		write_channel(t, model, &names[i], b);
	free(names);
	names = sorted(t->reasons, &n);
	for (i = 0; i < n; i++) {
		begin(b, model, "not_credited", names[i].p, names[i].n);
		buf_addf(b, ",\"conversions\":%ju,\"value\":",
		    (uintmax_t)t->missed[names[i].id].n);
		dec_text(t->missed[names[i].id].value, b);
		buf_adds(b, "}\n");
	}
	free(names);
	begin(b, model, "total", "all", 3);
	buf_addf(
	    b, ",\"conversions\":%ju,\"value\":", (uintmax_t)t->conversions);
	dec_text(t->value, b);
	buf_addf(b, ",\"duplicates\":%ju}\n", (uintmax_t)t->duplicates);
}
