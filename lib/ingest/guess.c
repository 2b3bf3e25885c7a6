#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../intern.h"
#include "../mem.h"
#include "guess.h"
#include "id.h"
#include "stamp.h"

#define MOST_VALUES 50000 /* distinct ones that are told apart */
#define FORMATS 9

static const char *const formats[FORMATS] = {"iso", "%Y-%m-%d %H:%M:%S %z",
    "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d", "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M", "%d.%m.%Y %H:%M", "epoch"};

struct column {
	char *name;
	uint64_t filled, numbers, money, truths, phones, emails, chinese, unfit,
	    lost, blanks, marked, zoned;
	uint64_t time[FORMATS];
	struct intern *values;
	size_t longest;
};

struct guess {
	struct column *column;
	size_t n, cap;
	uint64_t rows;
	struct stamp *stamp[FORMATS];
	struct buf scratch;
};

struct guess *
guess_new(void)
{
	struct guess *g = mem_alloc(1, sizeof *g);
	size_t i;

	for (i = 0; i < FORMATS; i++) {
		g->stamp[i] = stamp_new(zone_find("UTC", 3));
		stamp_add(g->stamp[i], formats[i]);
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

	if (t.len < 8 || t.len > 40)
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
}

/* ---- names ---- */

static bool
has_word(const char *name, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strcasestr(name, *words) != NULL)
			return true;
	return false;
}

static const char *const phone_words[] = {
    "phone", "mobile", "tel", "手机", "电话", NULL};
static const char *const money_words[] = {"amount", "total", "price", "revenue",
    "subtotal", "fee", "tax", "金额", "价", "款", "费", "实付", NULL};
static const char *const paid_words[] = {
    "paid", "pay", "complete", "付款", "支付", "成交", "交易时间", NULL};
static const char *const order_words[] = {"order", "invoice", "receipt",
    "订单编号", "订单号", "交易号", "小票", "单号", NULL};
static const char *const id_words[] = {"openid", "unionid", "user", "anonymous",
    "member", "customer", "client", "device", "card", "buyer", "会员", "买家",
    "用户", "客户", "昵称", "卡号", NULL};
static const char *const not_id_words[] = {"name", "time", "date", "count",
    "level", "category", "时间", "留言", "备注", "应付", "实际", "积分", "是否",
    NULL};

/* ---- decisions ---- */

enum role { PLAIN, TIME, PHONE, EMAIL, ID, ORDER, MONEY, NUMBER, TRUTH };

/* At least 95 in 100 of what is there, or all but one. */
static bool
most(uint64_t n, const struct column *c)
{
	return c->filled > 0 &&
	       (n * 20 >= c->filled * 19 || (n >= 2 && n + 1 >= c->filled));
}

static int
time_format(const struct column *c)
{
	int i;

	for (i = 0; i < FORMATS; i++)
		if (most(c->time[i], c) &&
		    (strcmp(formats[i], "epoch") != 0 ||
			strcasestr(c->name, "time") != NULL ||
			strcasestr(c->name, "date") != NULL ||
			strstr(c->name, "时间") != NULL))
			return i;
	return -1;
}

static enum role
role_of(const struct column *c)
{
	if (c->filled == 0)
		return PLAIN;
	if (time_format(c) >= 0)
		return TIME;
	if (most(c->emails, c))
		return EMAIL;
	if (has_word(c->name, phone_words) &&
	    (c->phones + c->unfit + c->lost) * 2 >= c->filled)
		return PHONE;
	if (has_word(c->name, order_words) &&
	    intern_count(c->values) * 20 >= c->filled && c->longest < 64 &&
	    !has_word(c->name, money_words) && !has_word(c->name, not_id_words))
		return ORDER;
	if (has_word(c->name, id_words) && !has_word(c->name, not_id_words) &&
	    c->longest < 128 && (intern_count(c->values) > 2 || c->filled < 20))
		return ID;
	if (has_word(c->name, money_words) && most(c->money, c))
		return MONEY;
	if (most(c->truths, c) && intern_count(c->values) == 2 &&
	    !most(c->numbers, c))
		return TRUTH;
	if (most(c->numbers, c) && c->longest < 12)
		return NUMBER;
	return PLAIN;
}

static const struct column *
find(const struct guess *g, enum role role, const char *const *words)
{
	size_t i;

	for (i = 0; i < g->n; i++)
		if (role_of(&g->column[i]) == role &&
		    (words == NULL || has_word(g->column[i].name, words)))
			return &g->column[i];
	return NULL;
}

/* ---- writing ---- */

static void
member(struct buf *b, const char *pad, const char *name, bool *any)
{
	buf_adds(b, *any ? ",\n" : "\n");
	*any = true;
	buf_adds(b, pad);
	buf_json(b, name, strlen(name));
	buf_adds(b, ": ");
}

static void
text(struct buf *b, const char *s)
{
	buf_json(b, s, strlen(s));
}

static void
note(const struct guess *g, const struct column *c, struct buf *b)
{
	uint64_t percent =
	    g->rows == 0 ? 0 : (g->rows - c->filled) * 100 / g->rows;

	buf_addf(b, ", \"note\": \"%ju%% empty, %s%u values",
	    (uintmax_t)percent,
	    intern_count(c->values) == MOST_VALUES ? "more than " : "",
	    intern_count(c->values));
	if (c->unfit > 0)
		buf_addf(b, "; %ju masked or encrypted: they connect nobody",
		    (uintmax_t)c->unfit);
	if (c->lost > 0)
		buf_addf(b, "; %ju in scientific notation: will be set apart",
		    (uintmax_t)c->lost);
	if (c->marked > 0)
		buf_adds(b, "; quote or back-tick marks");
	buf_adds(b, "\"}");
}

static void
column(const struct guess *g, const struct column *c, const char *more,
    struct buf *b)
{
	buf_adds(b, "{\"column\": ");
	text(b, c->name);
	buf_adds(b, more);
	note(g, c, b);
}

static const char *
namespace_of(const struct column *c, enum role role)
{
	if (role == PHONE)
		return "phone";
	if (role == EMAIL)
		return "email";
	if (strcasestr(c->name, "unionid") != NULL)
		return "unionid";
	if (strcasestr(c->name, "openid") != NULL)
		return "openid";
	return c->name;
}

static bool
is_used(const struct guess *g, const char *name, size_t before)
{
	size_t i;
	enum role role;

	for (i = 0; i < before; i++) {
		role = role_of(&g->column[i]);
		if ((role == PHONE || role == EMAIL || role == ID) &&
		    strcmp(namespace_of(&g->column[i], role), name) == 0)
			return true;
	}
	return false;
}

static void
write_ids(const struct guess *g, struct buf *b)
{
	const struct column *c;
	enum role role;
	const char *name;
	bool any = false;
	size_t i;

	buf_adds(b, "  \"ids\": {");
	for (i = 0; i < g->n; i++) {
		c = &g->column[i];
		role = role_of(c);
		if (role != PHONE && role != EMAIL && role != ID)
			continue;
		name = namespace_of(c, role);
		if (is_used(g, name, i))
			name = c->name;
		member(b, "    ", name, &any);
		column(g, c,
		    role == PHONE   ? ", \"normalize\": \"phone\""
		    : role == EMAIL ? ", \"normalize\": \"email\""
				    : "",
		    b);
	}
	buf_adds(b, any ? "\n  },\n" : "},\n");
}

static void
write_properties(
    const struct guess *g, const struct column *amount, struct buf *b)
{
	const struct column *c;
	enum role role;
	bool any = false;
	size_t i;

	buf_adds(b, "  \"properties\": {");
	for (i = 0; i < g->n; i++) {
		c = &g->column[i];
		role = role_of(c);
		if (role == PHONE || role == EMAIL || role == ID ||
		    c->filled == 0)
			continue;
		member(b, "    ",
		    role == ORDER && find(g, ORDER, NULL) == c ? "order_id"
		    : c == amount                              ? "amount"
							       : c->name,
		    &any);
		column(g, c,
		    role == MONEY    ? ", \"type\": \"money\""
		    : role == NUMBER ? ", \"type\": \"number\""
		    : role == TRUTH  ? ", \"type\": \"boolean\""
				     : "",
		    b);
	}
	buf_adds(b, any ? "\n  }" : "}");
}

static void
write_time(const struct guess *g, const struct column *c, struct buf *b)
{
	if (c == NULL) {
		buf_adds(b, "  \"timestamp\": {\"value\": "
			    "\"1970-01-01T00:00:00Z\", \"note\": \"no column "
			    "looks like a time: name one\"},\n");
		return;
	}
	buf_adds(b, "  \"timestamp\": {\"column\": ");
	text(b, c->name);
	buf_adds(b, ", \"format\": ");
	text(b, formats[time_format(c)]);
	if (c->filled < g->rows)
		buf_adds(b, ", \"when_missing\": \"skip\"");
	if (time_format(c) == 5 && c->time[6] == c->time[5])
		buf_adds(b, ", \"note\": \"day and month could be the other "
			    "way round\"},\n");
	else
		buf_adds(b, "},\n");
}

static bool
is_chinese(const struct guess *g)
{
	const struct column *phone = find(g, PHONE, NULL);
	size_t i;

	if (phone != NULL && phone->chinese * 2 > phone->filled)
		return true;
	for (i = 0; i < g->n; i++)
		if ((unsigned char)g->column[i].name[0] >= 0xe4 &&
		    (unsigned char)g->column[i].name[0] <= 0xe9)
			return true;
	return false;
}

static void
write_input(const struct guess *g, const struct guess_input *in, struct buf *b)
{
	uint64_t blanks = 0, marked = 0;
	size_t i;

	for (i = 0; i < g->n; i++) {
		blanks += g->column[i].blanks;
		marked += g->column[i].marked;
	}
	buf_addf(b, "  \"input\": {\"format\": \"%s\"", in->format);
	if (strcmp(in->encoding, "UTF-8") != 0)
		buf_addf(b, ", \"encoding\": \"%s\"", in->encoding);
	if (in->delimiter != ',' && in->delimiter != '\t') {
		buf_adds(b, ", \"delimiter\": ");
		buf_json(b, &in->delimiter, 1);
	}
	if (in->preamble > 0)
		buf_addf(b, ", \"preamble\": %zu", in->preamble);
	if (in->trailer != NULL) {
		buf_adds(b, ", \"trailer\": ");
		text(b, in->trailer);
	}
	if (blanks > 0)
		buf_adds(b, ", \"trim\": true");
	if (marked > 0)
		buf_adds(b, ", \"unmangle\": true");
	buf_addf(b, ",\n    \"note\": \"%s; %ju rows%s\"},\n", in->why_encoding,
	    (uintmax_t)g->rows,
	    in->cut ? " were looked at, there are more" : "");
}

static void
write_key(const struct guess *g, const struct column *order, struct buf *b)
{
	if (order == NULL) {
		buf_adds(b, ",\n  \"note\": \"no column tells one row from "
			    "all others: two equal rows are two events\"");
		return;
	}
	buf_adds(b, ",\n  \"key\": ");
	text(b, order->name);
	if (intern_count(order->values) < order->filled &&
	    intern_count(order->values) < MOST_VALUES)
		buf_addf(b,
		    ",\n  \"note\": \"the key comes again in %ju of %ju rows: "
		    "if these are the lines of an order, gather them by a "
		    "group\"",
		    (uintmax_t)(order->filled - intern_count(order->values)),
		    (uintmax_t)g->rows);
}

void
guess_map(const struct guess *g, const struct guess_input *in, struct buf *b)
{
	const struct column *time = find(g, TIME, paid_words);
	const struct column *amount = find(g, MONEY, paid_words);
	const struct column *order = find(g, ORDER, NULL);

	if (time == NULL)
		time = find(g, TIME, NULL);
	if (amount == NULL)
		amount = find(g, MONEY, NULL);
	buf_adds(b, "{\n  \"id\": \"sniffed\",\n  \"description\": \"a first "
		    "guess: read every note, then delete it\",\n");
	if (time == NULL || time->zoned < time->filled)
		buf_addf(b, "  \"timezone\": \"%s\",\n",
		    is_chinese(g) ? "Asia/Shanghai" : "UTC");
	if (find(g, PHONE, NULL) != NULL)
		buf_addf(
		    b, "  \"country\": \"%s\",\n", is_chinese(g) ? "CN" : "US");
	buf_adds(b, "  \"source\": \"name-the-source\",\n");
	if (in->preset != NULL)
		buf_addf(b,
		    "  \"$preset\": \"%s has all columns that it needs: "
		    "try -m preset:%s\",\n",
		    in->preset, in->preset);
	write_input(g, in, b);
	buf_addf(b, "  \"event\": \"%s\",\n",
	    order != NULL && amount != NULL ? "Order Completed"
					    : "Row Imported");
	write_time(g, time, b);
	write_ids(g, b);
	write_properties(g, amount, b);
	write_key(g, order, b);
	buf_adds(b, "\n}\n");
}
