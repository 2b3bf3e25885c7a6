#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../draw.h"
#include "../err.h"
#include "../mem.h"
#include "mem.h"
#include "population.h"
#include "rfm.h"

int64_t
rfm_window(const struct rfm *rfm, int64_t now)
{
	return rfm->window == NULL
		   ? INT64_MIN
		   : when_add(now, rfm->length, -1, rfm->orders.zone);
}

void
rfm_measure(const struct rfm *rfm, const struct orders *o, int64_t now,
    struct rfm_measure *m)
{
	int64_t from = rfm_window(rfm, now), day = INT64_MIN;
	struct dec sum = dec_of(0);
	size_t i;

	m->orders = 0;
	for (i = 0; i < o->n; i++) {
		if (o->item[i].time < from)
			continue;
		if (!rfm->merge_days || o->item[i].day != day)
			m->orders++;
		day = o->item[i].day;
		if (!dec_add(sum, o->item[i].money, &sum))
			die("the money of one customer needs more than 38 "
			    "digits");
	}
	m->sum = sum;
	if (m->orders == 0)
		return;
	m->recency = when_day(now, rfm->orders.zone) - day;
	m->money = dec_double(sum);
	if (rfm->mean)
		m->money /= (double)m->orders;
}

uint64_t
rfm_tie(struct js_val id)
{
	return draw_key("ntile", 5, id.p, id.type == JS_MISSING ? 0 : id.len);
}

static double
value_of(const struct rfm_measure *m, int which)
{
	return which == RFM_R   ? (double)m->recency
	       : which == RFM_F ? (double)m->orders
				: m->money;
}

/* How many cuts the value lies above; at a cut counts where `at`. */
static int
above(const struct rfm_scale *s, double v, bool at)
{
	int n = 0, i;

	for (i = 0; i < s->n; i++)
		n += at ? v >= s->cut[i].value : v > s->cut[i].value;
	return n;
}

/* Groups of equal size: who has the value of the cut is told from it by the
 * tie. */
static int
above_groups(const struct rfm_scale *s, int which, double v, uint64_t tie)
{
	int n = 0, i;

	for (i = 0; i < s->n; i++)
		n += v == s->cut[i].value
			 ? tie > s->cut[i].tie
			 : (v > s->cut[i].value) != (which == RFM_R);
	return n;
}

void
rfm_scores(const struct rfm *rfm, const struct rfm_measure *m, int score[3])
{
	const struct rfm_scale *s;
	bool at, groups;
	double v;
	int which;

	for (which = 0; which < RFM_MEASURES; which++) {
		s = &rfm->scale[which];
		v = value_of(m, which);
		groups = rfm->ntile && !rfm->given[which];
		at = rfm->rfm_r && !rfm->given[which];
		/* Recency is better the smaller it is. */
		score[which] = 1 + (groups ? above_groups(s, which, v, m->tie)
				       : which == RFM_R ? s->n - above(s, v, at)
							: above(s, v, at));
	}
}

void
rfm_own_cuts(struct rfm *rfm, const char *text)
{
	static const char letters[] = "rfm";
	const char *letter = strchr(letters, text[0]), *p;
	struct rfm_scale *s;
	char *end;
	double v;

	if (text[0] == '\0' || letter == NULL || text[1] != '=')
		usage_error("--cuts: expected such as r=30,90,180,365, not %s",
		    err_quote(text, strlen(text)));
	s = &rfm->scale[letter - letters];
	if (rfm->given[letter - letters])
		usage_error("--cuts: %c is given twice", text[0]);
	rfm->given[letter - letters] = true;
	s->n = 0;
	for (p = text + 2; s->n == 0 || p[-1] == ','; p = end + 1) {
		v = strtod(p, &end);
		if (end == p || (*end != ',' && *end != '\0') ||
		    (s->n > 0 && v <= s->cut[s->n - 1].value))
			usage_error("--cuts: expected rising numbers, not %s",
			    err_quote(p, strlen(p)));
		s->cut = mem_resize(s->cut, (size_t)s->n + 1, sizeof *s->cut);
		s->cut[s->n++] = (struct rfm_cut){v, 0};
		if (*end == '\0')
			break;
	}
}

/* ---- fitting ---- */

static int
by_goodness(const void *a, const void *b)
{
	const struct rfm_cut *x = a, *y = b;

	if (x->value != y->value)
		return x->value < y->value ? -1 : 1;
	return (x->tie > y->tie) - (x->tie < y->tie);
}

/* SQL's NTILE: groups whose sizes differ by one at most, the larger first;
 * each cut is the last of its group. */
static void
cut_groups(struct rfm_cut *v, size_t n, size_t bins, struct rfm_scale *s)
{
	size_t i, at = 0;

	mem_sort(v, n, sizeof *v, by_goodness);
	for (i = 0; i + 1 < bins; i++) {
		at += n / bins + (i < n % bins);
		s->cut[i] = v[at > 0 ? at - 1 : 0];
	}
}

/* 14 digits: interpolation leaves 250.19400000000002 where the quantile is
 * 250.194, and who has exactly that belongs below the cut. */
static double
tidy(double v)
{
	char text[40];

	snprintf(text, sizeof text, "%.14g", v);
	return strtod(text, NULL);
}

static void
cut_values(const struct rfm *rfm, struct rfm_cut *v, size_t n, int which,
    struct rfm_scale *s)
{
	double *x = mem_alloc(n + 1, sizeof *x);
	bool one = rfm->one && which == RFM_F;
	int i, parts = rfm->bins - one;
	size_t k = 0, j;

	for (j = 0; j < n; j++)
		if (!one || v[j].value > 1)
			x[k++] = v[j].value;
	sort_doubles(x, k);
	if (one)
		s->cut[0].value = 1;
	for (i = 1; i < parts; i++)
		s->cut[i - 1 + one].value =
		    tidy((k > 0 ? quantile(x, k, (double)i / parts) : 1) +
			 rfm->rfm_r);
	free(x);
}

void
rfm_fit_scales(struct rfm *rfm, const struct population *p)
{
	struct rfm_cut *v = mem_alloc(p->n + 1, sizeof *v);
	struct rfm_scale *s;
	size_t i;
	int which;

	for (which = 0; which < RFM_MEASURES; which++) {
		s = &rfm->scale[which];
		if (rfm->given[which])
			continue;
		s->n = rfm->bins - 1;
		s->cut = mem_alloc((size_t)rfm->bins, sizeof *s->cut);
		for (i = 0; i < p->n; i++)
			v[i] = (struct rfm_cut){
			    value_of(&p->m[i], which) *
				(rfm->ntile && which == RFM_R ? -1 : 1),
			    p->m[i].tie};
		if (!rfm->ntile)
			cut_values(rfm, v, p->n, which, s);
		else if (p->n > 0)
			cut_groups(v, p->n, (size_t)rfm->bins, s);
		for (i = 0; rfm->ntile && which == RFM_R && i < (size_t)s->n;
		     i++)
			s->cut[i].value = 0 - s->cut[i].value;
	}
	free(v);
}
