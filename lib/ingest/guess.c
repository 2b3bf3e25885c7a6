#include <stdlib.h>
#include <string.h>

#include "../mem.h"
#include "column.h"
#include "id.h"

const char *const guess_formats[FORMATS] = {"iso", "%Y-%m-%d %H:%M:%S %z",
    "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d", "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M", "%m/%d/%Y %I:%M %p", "%d.%m.%Y %H:%M", "%d.%m.%Y",
    "%Y年%m月%d日 %H:%M", "%Y年%m月%d日", "epoch", "excel"};

struct guess *
guess_new(void)
{
	struct guess *g = mem_alloc(1, sizeof *g);
	size_t i;

	g->runs = runs_new();
	for (i = 0; i < FORMATS; i++) {
		g->stamp[i] = stamp_new(zone_find("UTC", 3));
		stamp_add(g->stamp[i], guess_formats[i]);
	}
	return g;
}

void
guess_free(struct guess *g)
{
	size_t i;

	for (i = 0; i < g->n; i++) {
		free(g->column[i].name);
		intern_free(g->column[i].values);
	}
	for (i = 0; i < FORMATS; i++)
		stamp_free(g->stamp[i]);
	free(g->column);
	buf_free(&g->scratch);
	runs_free(g->runs);
	free(g);
}

size_t
guess_column(struct guess *g, struct text name)
{
	struct column *c;
	size_t i;

	for (i = 0; i < g->n; i++)
		if (strlen(g->column[i].name) == name.len &&
		    memcmp(g->column[i].name, name.p, name.len) == 0)
			return i;
	g->column = mem_grow(g->column, &g->cap, g->n + 1, sizeof *g->column);
	c = &g->column[g->n];
	memset(c, 0, sizeof *c);
	c->name = mem_text(name.p, name.len);
	c->values = intern_new();
	return g->n++;
}

static void
count_time(struct guess *g, struct column *c, struct text t)
{
	int64_t at;
	size_t i;

	if (t.len < 5 || t.len > 40)
		return;
	c->zoned += when_parse(t.p, t.len, &at);
	for (i = 0; i < FORMATS; i++)
		c->time[i] += stamp_parse(g->stamp[i], t, &at) == STAMP_OK;
}

static void
count_id(struct guess *g, struct column *c, struct text t)
{
	const char *label;
	struct text out;

	g->scratch.len = 0;
	switch (id_normal(ID_PHONE, "CN", t, &g->scratch, &out, &label)) {
	case ID_SCIENTIFIC:
		c->lost++;
		return;
	case ID_OK:
		c->phones += out.len >= 12;
		c->chinese += out.len == 14 && memcmp(out.p, "+861", 4) == 0;
		break;
	case ID_UNFIT:
		c->unfit += strcmp(label, "invalid") != 0;
	}
	g->scratch.len = 0;
	c->emails +=
	    memchr(t.p, '@', t.len) != NULL &&
	    id_normal(ID_EMAIL, NULL, t, &g->scratch, &out, &label) == ID_OK;
}

void
guess_cell(struct guess *g, size_t column, struct text cell)
{
	struct column *c = &g->column[column];
	struct text t = cell_bare(cell);

	if (t.len == 0)
		return;
	c->filled++;
	runs_cell(g->runs, column, t);
	c->blanks += cell_trim(cell).len != cell.len;
	c->marked += t.len != cell_trim(cell).len;
	if (intern_count(c->values) < MOST_VALUES)
		intern_add(c->values, t.p, t.len);
	if (t.len > c->longest)
		c->longest = t.len;
	c->numbers += cell_is_number(t);
	g->scratch.len = 0;
	c->money += cell_money(t, &g->scratch);
	c->truths += cell_truth(t) >= 0;
	count_time(g, c, t);
	count_id(g, c, t);
}

void
guess_row(struct guess *g)
{
	g->rows++;
	runs_row(g->runs);
}

bool
guess_is_data(struct guess *g, struct text cell)
{
	struct text t = cell_bare(cell), out;
	const char *label;
	int64_t at;
	size_t i;

	if (t.len == 0)
		return false;
	if (cell_is_number(t) || (memchr(t.p, '@', t.len) != NULL &&
				     id_normal(ID_EMAIL, NULL, t, &g->scratch,
					 &out, &label) == ID_OK))
		return true;
	for (i = 0; i < FORMATS; i++)
		if (stamp_parse(g->stamp[i], t, &at) == STAMP_OK)
			return true;
	return false;
}
