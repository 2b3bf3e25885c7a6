#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../err.h"
#include "../mem.h"
#include "population.h"
#include "rfm.h"

static const char letters[] = "rfm";

/* ---- reading ---- */

/* "r": 5, or "r": [4, 5]. */
static void
read_range(const struct node *up, const char *key, double *low, double *high)
{
	struct node n, end;

	*low = -INFINITY;
	*high = INFINITY;
	if (!node_get(up, key, &n))
		return;
	if (!json_is_array(n.json)) {
		*low = *high = node_number(&n);
		return;
	}
	if (node_count(&n) != 2)
		node_die(&n, "expected [lowest, highest]");
	end = node_at(&n, 0);
	*low = node_number(&end);
	end = node_at(&n, 1);
	*high = node_number(&end);
	if (*low > *high)
		node_die(&n, "the lowest is above the highest");
}

static int
read_bits(const struct rfm_table *t, const struct node *class)
{
	struct node n;
	const char *text, *p, *letter;
	int bits = 0;

	if (!node_get(class, "high", &n))
		return -1;
	if (!t->splits)
		node_die(&n, "the table does not say what is high, expected "
			     "a member high before classes");
	text = node_text(&n);
	for (p = text; *p != '\0'; p++) {
		letter = strchr(letters, *p);
		if (letter == NULL)
			node_die(&n, "expected some of the letters r, f, m");
		bits |= 1 << (letter - letters);
	}
	return bits;
}

static struct rfm_name
name_of(const char *text)
{
	struct buf b = {0};

	if (text == NULL)
		return (struct rfm_name){NULL, "null", 4};
	buf_jsons(&b, text);
	return (struct rfm_name){text, b.p, b.len};
}

static void
read_class(const struct rfm_table *t, const struct node *n, struct rfm_class *c)
{
	static const char *const known[] = {
	    "class", "r", "f", "m", "fm", "high", NULL};
	static const char *const range[] = {"r", "f", "m", "fm"};
	struct node name;
	int i;

	node_only(n, known);
	name = node_need(n, "class");
	c->name = name_of(node_text(&name));
	for (i = 0; i < 4; i++)
		read_range(n, range[i], &c->low[i], &c->high[i]);
	c->bits = read_bits(t, n);
}

static void
read_split(struct rfm_table *t, const struct node *n)
{
	static const char *const known[] = {"by", "equal", "r", "f", "m", NULL};
	static const char *const by[] = {
	    "mean", "median", "score mean", "score", "given", NULL};
	static const char *const equal[] = {"low", "high", NULL};
	struct node v;
	int i;

	node_only(n, known);
	t->splits = true;
	t->by = (enum rfm_threshold)get_word(n, "by", by, BY_MEAN);
	t->equal_high = get_word(n, "equal", equal, t->by == BY_SCORE) == 1;
	for (i = 0; i < RFM_MEASURES; i++) {
		char key[2] = {letters[i], '\0'};

		if (node_get(n, key, &v))
			t->threshold[i] = node_number(&v);
		else if (t->by == BY_SCORE || t->by == BY_GIVEN)
			node_die(n, "expected a threshold %s", key);
	}
}

/* Names that stand in the member beside the table's. */
static void
check_id(const struct rfm *rfm, const struct node *n, const char *id)
{
	static const char *const taken[] = {"r", "f", "m", "recency_days",
	    "orders", "money", "class", "currency", NULL};
	size_t i;

	for (i = 0; taken[i] != NULL; i++)
		if (strcmp(id, taken[i]) == 0)
			node_die(n, "the id %s is the name of another member",
			    err_quote(id, strlen(id)));
	for (i = 0; i < rfm->tables; i++)
		if (strcmp(id, rfm->table[i].id) == 0)
			node_die(n, "two class tables have the id %s",
			    err_quote(id, strlen(id)));
	if (id[0] == '\0' ||
	    id[strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			  "0123456789_-")] != '\0')
		node_die(n, "expected an id of letters, digits, - and _");
}

void
rfm_table_from(struct rfm *rfm, const struct node *n)
{
	static const char *const known[] = {"id", "version", "timezone", "bins",
	    "high", "classes", "otherwise", "none", NULL};
	struct rfm_table *t = &rfm->table[rfm->tables];
	struct node list, id = node_need(n, "id"), split, one;
	size_t i;

	node_only(n, known);
	if (rfm->tables == RFM_TABLES)
		node_die(n, "more than %d class tables", RFM_TABLES);
	t->id = node_text(&id);
	check_id(rfm, &id, t->id);
	t->bins = (int)get_int(n, "bins", 2, 100, 0);
	if (node_get(n, "high", &split))
		read_split(t, &split);
	list = node_need(n, "classes");
	node_array(&list);
	t->n = node_count(&list);
	t->class = mem_alloc(t->n + 1, sizeof *t->class);
	for (i = 0; i < t->n; i++) {
		one = node_at(&list, i);
		read_class(t, &one, &t->class[i]);
	}
	t->otherwise = name_of(get_text(n, "otherwise", NULL));
	t->none = name_of(get_text(n, "none", NULL));
	t->json = json_deep_copy(n->json);
	rfm->tables++;
}

void
rfm_add_table(struct rfm *rfm, const char *file)
{
	struct rules *rules = rules_read(file);
	struct node root = rules_root(rules);

	rfm_table_from(rfm, &root);
	rfm->table[rfm->tables - 1].rules = rules;
}

/* Ranges of scores mean nothing on another number of scores. */
void
rfm_check_tables(const struct rfm *rfm)
{
	size_t i;
	int k;

	for (i = 0; i < rfm->tables; i++)
		for (k = 0; k < RFM_MEASURES; k++) {
			/* Cuts of one's own, or a model's, say it. */
			int have = rfm->scale[k].n > 0 ? rfm->scale[k].n + 1
						       : rfm->bins;

			if (rfm->table[i].bins > 0 &&
			    rfm->table[i].bins != have)
				die("the class table %s is made for scores of "
				    "1 to %d, these go to %d: give another "
				    "with --rules",
				    rfm->table[i].id, rfm->table[i].bins, have);
		}
}

/* ---- applying ---- */

static int
bits_of(
    const struct rfm_table *t, const struct rfm_measure *m, const int score[3])
{
	bool scores = t->by == BY_SCORE || t->by == BY_SCORE_MEAN;
	double v[RFM_MEASURES] = {
	    (double)m->recency, (double)m->orders, m->money};
	int bits = 0, i;

	for (i = 0; i < RFM_MEASURES; i++) {
		/* A small recency is high, a small score of it is not. */
		double d = scores       ? score[i] - t->threshold[i]
			   : i == RFM_R ? t->threshold[i] - v[i]
					: v[i] - t->threshold[i];

		if (d > 0 || (d == 0 && t->equal_high))
			bits |= 1 << i;
	}
	return bits;
}

static const struct rfm_name *
first_that_fits(const struct rfm_table *t, const int score[3], int bits)
{
	const struct rfm_class *c;
	double v[4] = {score[RFM_R], score[RFM_F], score[RFM_M],
	    (score[RFM_F] + score[RFM_M]) / 2.};
	int i;

	for (c = t->class; c < t->class + t->n; c++) {
		for (i = 0; i < 4; i++)
			if (v[i] < c->low[i] || v[i] > c->high[i])
				break;
		if (i == 4 && (c->bits < 0 || c->bits == bits))
			return &c->name;
	}
	return &t->otherwise;
}

static size_t
place_of(const struct rfm *rfm, const int score[3], int bits)
{
	size_t at = (size_t)bits;
	int i;

	for (i = 0; i < RFM_MEASURES; i++)
		at = at * (size_t)(rfm->scale[i].n + 1) + (size_t)score[i] - 1;
	return at;
}

const struct rfm_name *
rfm_class_of(const struct rfm *rfm, const struct rfm_table *t,
    const struct rfm_measure *m, const int score[3])
{
	int bits;

	if (m->orders == 0)
		return &t->none;
	bits = t->splits ? bits_of(t, m, score) : 0;
	return t->map != NULL ? t->map[place_of(rfm, score, bits)]
			      : first_that_fits(t, score, bits);
}

#define MAP_MOST 65536

void
rfm_map_classes(struct rfm *rfm)
{
	int top[RFM_MEASURES], score[RFM_MEASURES], i, bits;
	size_t size = 8;
	struct rfm_table *t;

	for (i = 0; i < RFM_MEASURES; i++) {
		top[i] = rfm->scale[i].n + 1;
		size *= (size_t)top[i];
	}
	for (t = rfm->table; t < rfm->table + rfm->tables; t++) {
		free(t->map);
		t->map = NULL;
		if (size > MAP_MOST)
			continue;
		t->map = mem_alloc(size, sizeof *t->map);
		for (bits = 0; bits < 8; bits++)
			for (i = 0; i < top[0] * top[1] * top[2]; i++) {
				score[RFM_R] = i % top[0] + 1;
				score[RFM_F] = i / top[0] % top[1] + 1;
				score[RFM_M] = i / top[0] / top[1] + 1;
				t->map[place_of(rfm, score, bits)] =
				    first_that_fits(t, score, bits);
			}
	}
}

/* ---- fitting ---- */

static double
median_of(const struct population *p, int which)
{
	double *v = mem_alloc(p->n + 1, sizeof *v), middle;
	size_t i;

	for (i = 0; i < p->n; i++)
		v[i] = which == RFM_R   ? (double)p->m[i].recency
		       : which == RFM_F ? (double)p->m[i].orders
					: p->m[i].money;
	sort_doubles(v, p->n);
	middle = p->n > 0 ? quantile(v, p->n, .5) : 0;
	free(v);
	return middle;
}

/* Sums are whole numbers or exact decimals, so no order matters. */
static void
means_of(const struct rfm *rfm, const struct population *p, bool scores,
    double mean[RFM_MEASURES])
{
	int64_t whole[RFM_MEASURES] = {0};
	struct dec money = dec_of(0), one;
	int score[RFM_MEASURES], k;
	size_t i;

	for (i = 0; i < p->n; i++) {
		if (scores)
			rfm_scores(rfm, &p->m[i], score);
		else {
			score[RFM_R] = (int)p->m[i].recency;
			score[RFM_F] = (int)p->m[i].orders;
			score[RFM_M] = 0;
		}
		for (k = 0; k < RFM_MEASURES; k++)
			whole[k] += score[k];
		one = p->m[i].sum;
		if (rfm->mean && !dec_of_double(p->m[i].money, &one))
			one = dec_of(0);
		if (!dec_add(money, one, &money))
			die("the money of all needs more than 38 digits");
	}
	for (k = 0; k < RFM_MEASURES; k++)
		mean[k] = (k == RFM_M && !scores ? dec_double(money)
						 : (double)whole[k]) /
			  (double)(p->n > 0 ? p->n : 1);
}

void
rfm_fit_thresholds(struct rfm *rfm, const struct population *p)
{
	struct rfm_table *t;
	int k;

	for (t = rfm->table; t < rfm->table + rfm->tables; t++) {
		if (!t->splits)
			continue;
		if (t->by == BY_MEAN || t->by == BY_SCORE_MEAN)
			means_of(rfm, p, t->by == BY_SCORE_MEAN, t->threshold);
		for (k = 0; t->by == BY_MEDIAN && k < RFM_MEASURES; k++)
			t->threshold[k] = median_of(p, k);
	}
}
