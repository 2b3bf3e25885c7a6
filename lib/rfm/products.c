#include <stdlib.h>
#include <string.h>

#include "../err.h"
#include "../intern.h"
#include "../mem.h"
#include "mem.h"
#include "products.h"

struct sold {
	uint64_t orders;
	struct dec quantity, money;
};

struct products {
	int column;
	struct intern *names; /* list, NUL, product */
	struct sold *sold;
	size_t cap;
	struct buf key, text;
};

int
products_plan(struct js_plan *plan)
{
	const struct js_step path[] = {
	    {"properties", 10, 0}, {"products", 8, 0}};

	return js_plan_each(plan, path, 2);
}

struct products *
products_new(int column)
{
	struct products *p = mem_alloc(1, sizeof *p);

	p->column = column;
	p->names = intern_new();
	return p;
}

static void
products_free(struct products *p)
{
	intern_free(p->names);
	free(p->sold);
	buf_free(&p->key);
	buf_free(&p->text);
	free(p);
}

static struct sold *
entry(struct products *p, const char *key, size_t n)
{
	uint32_t before = intern_count(p->names);
	uint32_t id = intern_add(p->names, key, n);

	p->sold = mem_grow(p->sold, &p->cap, id + 1, sizeof *p->sold);
	if (id == before)
		p->sold[id] = (struct sold){0};
	return &p->sold[id];
}

static void
add_sold(struct sold *to, const struct sold *s)
{
	to->orders += s->orders;
	if (!dec_add(to->quantity, s->quantity, &to->quantity) ||
	    !dec_add(to->money, s->money, &to->money))
		die("the money of a product needs more than 38 digits");
}

static void
count_in(struct products *p, const char *list, const char *name, size_t n,
    const struct sold *s)
{
	p->key.len = 0;
	buf_adds(&p->key, list);
	buf_byte(&p->key, '\0');
	buf_add(&p->key, name, n);
	add_sold(entry(p, p->key.p, p->key.len), s);
}

static struct js_val
name_of(struct js_val product)
{
	static const char *const keys[] = {"name", "product_id", "sku"};
	struct js_val v = {0};
	size_t i;

	for (i = 0; i < sizeof keys / sizeof *keys; i++) {
		v = js_member(product, keys[i], strlen(keys[i]));
		if (v.type == JS_STRING)
			break;
	}
	return v;
}

static void
count_product(
    struct products *p, struct js_val product, bool first, const char *class)
{
	struct js_val v = name_of(product);
	struct sold s = {1, dec_of(1), dec_of(0)};
	struct dec d;
	const char *name;
	size_t n;

	if (v.type != JS_STRING)
		return;
	p->text.len = 0;
	name = js_text(v, &p->text, &n);
	v = js_member(product, "quantity", 8);
	if (v.type == JS_NUMBER && js_dec(v, &d))
		s.quantity = d;
	v = js_member(product, "price", 5);
	if (v.type == JS_NUMBER && js_dec(v, &d) &&
	    !dec_mul(d, s.quantity, &s.money))
		die("the money of a product needs more than 38 digits");
	count_in(p, first ? "new" : "existing", name, n, &s);
	if (class != NULL)
		count_in(p, class, name, n, &s);
}

void
products_add(struct products *p, const struct js_line *js,
    const struct orders *o, int64_t from, const char *class)
{
	struct js_val list, product;
	struct js_iter it;
	size_t i;

	for (i = 0; i < o->events; i++) {
		if (o->event[i].time < from)
			continue;
		list = js_each(js, o->event[i].event, p->column);
		if (list.type != JS_ARRAY)
			continue;
		it = js_iterate(list);
		while (js_next(&it, NULL, &product))
			if (product.type == JS_OBJECT)
				count_product(
				    p, product, o->event[i].first, class);
	}
}

void
products_join(struct products *to, struct products *from)
{
	uint32_t i;
	const char *key;
	size_t n;

	for (i = 0; i < intern_count(from->names); i++) {
		key = intern_text(from->names, i, &n);
		add_sold(entry(to, key, n), &from->sold[i]);
	}
	products_free(from);
}

struct ranked {
	const char *list, *name;
	size_t len;
	const struct sold *sold;
};

static int
by_rank(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	size_t n = x->len < y->len ? x->len : y->len;
	int c = strcmp(x->list, y->list);

	if (c == 0)
		c = dec_cmp(y->sold->money, x->sold->money);
	if (c == 0)
		c = memcmp(x->name, y->name, n);
	return c != 0 ? c : (x->len > y->len) - (x->len < y->len);
}

void
products_report(struct products *p, size_t top, struct report *r)
{
	size_t count = intern_count(p->names), i, rank = 0, n;
	struct ranked *v = mem_alloc(count + 1, sizeof *v);
	char *name;

	for (i = 0; i < count; i++) {
		v[i].list = intern_text(p->names, (uint32_t)i, &n);
		v[i].name = v[i].list + strlen(v[i].list) + 1;
		v[i].len = n - (size_t)(v[i].name - v[i].list);
		v[i].sold = &p->sold[i];
	}
	mem_sort(v, count, sizeof *v, by_rank);
	for (i = 0; i < count; i++) {
		if (i == 0 || strcmp(v[i].list, v[i - 1].list) != 0)
			rank = 0;
		if (++rank > top)
			continue;
		name = mem_text(v[i].name, v[i].len);
		report_row(r);
		report_text(r, "list", v[i].list);
		report_int(r, "rank", (int64_t)rank);
		report_text(r, "product", name);
		report_int(r, "orders", (int64_t)v[i].sold->orders);
		report_dec(r, "quantity", v[i].sold->quantity);
		report_dec(r, "money", v[i].sold->money);
		free(name);
	}
	free(v);
	products_free(p);
}
