#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "column.h"

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
    "subtotal", "fee", "tax", "sum", "betrag", "金额", "价", "款", "费", "实付",
    NULL};
static const char *const part_words[] = {"subtotal", "tax", "shipping",
    "discount", "refund", "运费", "退款", "服务费", "优惠", NULL};
static const char *const time_words[] = {"time", "date", "_at", " at",
    "created", "updated", "timestamp", "时间", "日期", NULL};
static const char *const paid_words[] = {
    "paid", "pay", "complete", "付款", "支付", "成交", "交易时间", NULL};
static const char *const total_words[] = {
    "total", "amount", "revenue", "sum", "betrag", "金额", "实付", NULL};
static const char *const order_words[] = {"order", "invoice", "receipt",
    "bestell", "订单编号", "订单号", "交易号", "小票", "单号", NULL};
static const char *const id_words[] = {"openid", "unionid", "user", "anonymous",
    "member", "customer", "client", "device", "card", "buyer", "会员", "买家",
    "用户", "客户", "昵称", "卡号", NULL};
static const char *const not_id_words[] = {"name", "time", "date", "count",
    "level", "category", "时间", "留言", "备注", "应付", "实际", "积分", "是否",
    NULL};

static const char *const item_words[] = {"lineitem", "line item", "sku",
    "product", "item", "article", "artikel", "description", "title", "商品",
    "宝贝", "货品", "款号", "条码", NULL};
static const char *const quantity_words[] = {
    "quantity", "qty", "count", "units", "数量", "件数", NULL};

/* ---- decisions ---- */

enum role { PLAIN, TIME, PHONE, EMAIL, ID, ORDER, MONEY, NUMBER, TRUTH };

/* At least 95 in 100 of what is there, or all but one. */
static bool
most(uint64_t n, const struct column *c)
{
	return c->filled > 0 &&
	       (n * 20 >= c->filled * 19 || (n >= 2 && n + 1 >= c->filled));
}

/* Numbers are times where the name says so. */
static bool
is_number_format(const char *format)
{
	return strcmp(format, "epoch") == 0 || strcmp(format, "excel") == 0;
}

static int
time_format(const struct column *c)
{
	int i;

	for (i = 0; i < FORMATS; i++)
		if (most(c->time[i], c) &&
		    (!is_number_format(guess_formats[i]) ||
			has_word(c->name, time_words) ||
			strcasecmp(c->name, "ts") == 0))
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

/* What the map is about. */
struct choice {
	const struct column *time, *amount, *order;
	bool lines; /* an order has several rows: its lines */
};

static size_t
place_of(const struct guess *g, const struct column *c)
{
	return (size_t)(c - g->column);
}

static bool
has_items(const struct guess *g)
{
	size_t i;

	for (i = 0; i < g->n; i++)
		if (has_word(g->column[i].name, item_words) ||
		    has_word(g->column[i].name, quantity_words))
			return true;
	return false;
}

/* Is the column one of an order's lines, not of the order? */
static bool
is_line(const struct guess *g, const struct choice *is, const struct column *c)
{
	return is->lines &&
	       (runs_differ(g->runs, place_of(g, is->order), place_of(g, c)) ||
		   (has_word(c->name, item_words) &&
		       !has_word(c->name, paid_words)));
}

/* By its name, else the first column whose values stand in several rows one
 * after another where there are articles too. */
static void
find_order(const struct guess *g, struct choice *is)
{
	bool items = has_items(g);
	size_t i;

	is->order = find(g, ORDER, NULL);
	for (i = 0; is->order == NULL && items && i < g->n; i++)
		if (runs_key(g->runs, i) && g->column[i].longest < 64 &&
		    role_of(&g->column[i]) != TIME)
			is->order = &g->column[i];
	for (i = 0; is->order == NULL && i < g->n; i++)
		if (strcasecmp(g->column[i].name, "id") == 0 &&
		    find(g, MONEY, NULL) != NULL && g->rows > 0 &&
		    intern_count(g->column[i].values) == g->rows)
			is->order = &g->column[i];
	is->lines = is->order != NULL && items &&
		    runs_key(g->runs, place_of(g, is->order));
}

static const struct column *
find_best(const struct guess *g, const struct choice *is, enum role role,
    const char *const *words)
{
	const struct column *c, *any = NULL;
	size_t i;

	for (i = 0; i < g->n; i++) {
		c = &g->column[i];
		if (role_of(c) != role ||
		    (words != NULL && !has_word(c->name, words)))
			continue;
		if (!is_line(g, is, c) &&
		    (role != MONEY || !has_word(c->name, part_words)))
			return c;
		if (any == NULL)
			any = c;
	}
	return any;
}

static struct choice
choose(const struct guess *g)
{
	struct choice is = {0};

	find_order(g, &is);
	is.time = find_best(g, &is, TIME, paid_words);
	is.amount = find_best(g, &is, MONEY, paid_words);
	if (is.amount == NULL || is_line(g, &is, is.amount))
		is.amount = find_best(g, &is, MONEY, total_words);
	if (is.time == NULL)
		is.time = find_best(g, &is, TIME, NULL);
	if (is.amount == NULL)
		is.amount = find_best(g, &is, MONEY, NULL);
	return is;
}

/* ---- writing ---- */

static void
member(struct buf *b, const char *pad, const char *name, bool *any)
{
	buf_adds(b, *any ? ",\n" : "\n");
	*any = true;
	buf_adds(b, pad);
	buf_jsons(b, name);
	buf_adds(b, ": ");
}

static void
text(struct buf *b, const char *s)
{
	buf_jsons(b, s);
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

static bool
is_id(const struct choice *is, const struct column *c)
{
	enum role role = role_of(c);

	return c != is->order && (role == PHONE || role == EMAIL || role == ID);
}

/* number(`name`), as an expression in JSON */
static void
write_sum(const struct column *c, struct buf *b)
{
	struct buf e = {0};

	buf_adds(&e, "number(`");
	buf_adds(&e, c->name);
	buf_adds(&e, "`)");
	buf_json(b, e.p, e.len);
	buf_free(&e);
}

static void
write_ids(const struct guess *g, const struct choice *is, struct buf *b)
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
		if (!is_id(is, c))
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

/* The columns of an order, or those of its lines. */
static void
write_columns(const struct guess *g, const struct choice *is, bool lines,
    const char *pad, struct buf *b)
{
	const struct column *c;
	enum role role;
	bool any = false;
	size_t i;

	for (i = 0; i < g->n; i++) {
		c = &g->column[i];
		role = role_of(c);
		if (is_id(is, c) || c->filled == 0 ||
		    is_line(g, is, c) != lines)
			continue;
		member(b, pad,
		    c == is->order              ? "order_id"
		    : c == is->amount && !lines ? "amount"
						: c->name,
		    &any);
		column(g, c,
		    role == MONEY    ? ", \"type\": \"money\""
		    : role == NUMBER ? ", \"type\": \"number\""
		    : role == TRUTH  ? ", \"type\": \"boolean\""
				     : "",
		    b);
	}
	if (!lines && is->amount != NULL && is_line(g, is, is->amount)) {
		member(b, pad, "amount", &any);
		buf_adds(b, "{\"sum\": ");
		write_sum(is->amount, b);
		buf_adds(b, ", \"note\": \"the sum over the lines of an "
			    "order\"}");
	}
	if (any) {
		buf_byte(b, '\n');
		buf_add(b, pad, strlen(pad) - 2);
	}
}

static void
write_properties(const struct guess *g, const struct choice *is, struct buf *b)
{
	buf_adds(b, "  \"properties\": {");
	write_columns(g, is, false, "    ", b);
	buf_byte(b, '}');
}

static void
write_group(const struct guess *g, const struct choice *is, struct buf *b)
{
	if (!is->lines)
		return;
	buf_adds(b, "  \"group\": {\"by\": ");
	text(b, is->order->name);
	buf_adds(b, ", \"consecutive\": true, \"as\": \"products\",\n"
		    "    \"note\": \"rows with the same order stand one "
		    "after another: they are its lines\",\n"
		    "    \"each\": {");
	write_columns(g, is, true, "      ", b);
	buf_adds(b, "}},\n");
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
	text(b, guess_formats[time_format(c)]);
	if (c->filled < g->rows)
		buf_adds(b, ", \"when_missing\": \"skip\"");
	if (strncmp(guess_formats[time_format(c)], "%d/", 3) == 0 &&
	    c->time[time_format(c) + 1] == c->time[time_format(c)])
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

	if (phone != NULL &&
	    phone->chinese * 2 > phone->filled - phone->lost - phone->unfit)
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
	if (in->no_header) {
		buf_adds(b, ", \"header\": false, \"columns\": [");
		for (i = 0; i < g->n; i++) {
			buf_adds(b, i > 0 ? ", " : "");
			text(b, g->column[i].name);
		}
		buf_byte(b, ']');
	}
	if (in->trailer != NULL) {
		buf_adds(b, ", \"trailer\": ");
		text(b, in->trailer);
	}
	if (blanks > 0)
		buf_adds(b, ", \"trim\": true");
	if (marked > 0)
		buf_adds(b, ", \"unmangle\": true");
	buf_addf(b, ",\n    \"note\": \"%s; %ju rows%s%s\"},\n",
	    in->why_encoding, (uintmax_t)g->rows,
	    in->cut ? " were looked at, there are more" : "",
	    in->no_header ? "; no header: the first row is data, name its "
			    "columns"
			  : "");
}

static void
write_key(const struct guess *g, const struct choice *is, struct buf *b)
{
	const struct column *order = is->order;

	if (order == NULL) {
		buf_adds(b, ",\n  \"note\": \"no column tells one row from "
			    "all others: two equal rows are two events\"");
		return;
	}
	buf_adds(b, ",\n  \"key\": ");
	text(b, order->name);
	if (!is->lines && intern_count(order->values) < order->filled &&
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
	struct choice is = choose(g);

	buf_adds(b, "{\n  \"id\": \"sniffed\",\n  \"description\": \"a first "
		    "guess: read every note, then delete it\",\n");
	if (is.time == NULL || is.time->zoned < is.time->filled)
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
	    is.order != NULL && is.amount != NULL ? "Order Completed"
						  : "Row Imported");
	write_time(g, is.time, b);
	write_ids(g, &is, b);
	write_group(g, &is, b);
	write_properties(g, &is, b);
	write_key(g, &is, b);
	buf_adds(b, "\n}\n");
}
