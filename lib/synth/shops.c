#include "synth/rows.h"
#include "synth/words.h"

#define DAY INT64_C(86400000)

/* As in one real export: some names end with a blank. */
const char tmall_head[] =
    "订单编号,买家会员名,买家支付宝账号,买家应付货款,买家应付邮费,总金额,"
    "买家实际支付金额,订单状态,买家留言,收货人姓名,收货地址 ,运送方式,"
    "联系电话 ,联系手机,订单创建时间,订单付款时间 ,宝贝标题 ,宝贝种类 ,"
    "物流单号 ,物流公司,订单备注,宝贝总数量,店铺Id,店铺名称,退款金额,"
    "确认收货时间,商家编码\n";
const char youzan_head[] =
    "订单号,订单状态,订单创建时间,买家付款时间,付款方式,商品金额合计,运费,"
    "订单实付金额,收货人省份,收货人城市,收货人地区,收货人/提货人,"
    "收货人手机号/提货人手机号,买家昵称,买家手机号,分销员,分销员,商品名称,"
    "商品编码,商品类目,商品单价,商品数量,yz_open_id,unionid\n";
const char pos_head[] = "小票号\t门店\t交易时间\t会员卡号\t手机号\t商品编码\t"
			"商品名称\t商品类目\t数量\t单价\t实收金额\t收银员\n";

/* How a row is spoiled; what is left can only be set apart. */
enum { BAD_TIME = 1, BAD_PHONE, BAD_CUT, BAD_BYTES };

static void
cell(struct buf *b, const char *text)
{
	bool quote = strpbrk(text, ",\"\n") != NULL;

	if (quote)
		buf_byte(b, '"');
	for (; *text != '\0'; text++) {
		if (*text == '"')
			buf_byte(b, '"');
		buf_byte(b, *text);
	}
	if (quote)
		buf_byte(b, '"');
}

static void
next_cell(struct buf *b, const char *text)
{
	buf_byte(b, ',');
	cell(b, text);
}

static void
next_fen(struct buf *b, int64_t fen)
{
	buf_byte(b, ',');
	add_fen(b, fen);
}

static void
bad_or_time(struct buf *b, int64_t t, int broken, bool slash)
{
	if (broken == BAD_TIME)
		buf_adds(b, "##########");
	else
		add_local_time(b, t, slash);
}

/* Excel's way with eleven digits. */
static void
bad_or_phone(struct buf *b, const struct person *p, unsigned says, int broken)
{
	if (broken == BAD_PHONE)
		buf_adds(b, "1.38E+10");
	else
		add_phone(b, p, says);
}

static void
tmall_address(
    struct buf *b, const struct person *p, const struct visit *v, int broken)
{
	const struct city *c = cities + person_city(p);

	buf_byte(b, ',');
	person_name(p, b);
	buf_addf(b, ",%s %s %s 人民路%d号,快递,,", c->province, c->city,
	    c->district, (int)(p->key % 900) + 1);
	if (broken == BAD_PHONE || (v->says & ~(unsigned)SAYS_UNIONID) != 0)
		buf_byte(b, '\'');
	bad_or_phone(b, p, v->says, broken);
}

static void
tmall_goods(struct buf *b, const struct visit *v)
{
	const struct product *g = products + v->product;

	next_cell(b, g->name);
	next_cell(b, g->category);
	buf_addf(b, ",YT%010u,圆通速递,,%zu,58321234,悦己美妆旗舰店",
	    (unsigned)(v->key >> 32), v->quantity);
}

/* The first of two rows is of an order that is not done yet. */
void
tmall_row(struct buf *b, const struct person *p, const struct visit *v, int row)
{
	int broken = visit_broken(v, row);
	bool open = v->rows == 2 && row == 0;
	int64_t done = v->rows == 2 ? visit_row_time(v, 1) : v->time + 5 * DAY;

	buf_adds(b, "'2");
	add_order(b, p, v);
	buf_byte(b, ',');
	person_nick(p, b);
	buf_byte(b, ',');
	next_fen(b, v->fen);
	buf_adds(b, ",0.00");
	next_fen(b, v->fen);
	next_fen(b, v->fen);
	next_cell(b, open ? "买家已付款，等待卖家发货"
		     : visit_is_refunded(v) ? "交易关闭"
					    : "交易成功");
	next_cell(b, v->key % 31 == 0 ? "请发\"顺丰\", 谢谢" : "");
	if (broken == BAD_CUT) {
		buf_byte(b, '\n');
		return;
	}
	tmall_address(b, p, v, broken);
	buf_byte(b, ',');
	bad_or_time(b, v->time, broken, false);
	buf_byte(b, ',');
	bad_or_time(b, v->time + 40000, broken, false);
	tmall_goods(b, v);
	next_fen(b, !open && visit_is_refunded(v) ? v->fen : 0);
	buf_byte(b, ',');
	if (!open)
		add_local_time(b, done, false);
	next_cell(b, products[v->product].sku);
	buf_byte(b, '\n');
	if (broken == BAD_BYTES) /* the writer turns it into a broken byte */
		b->p[b->len - 3] = ROW_BROKEN_BYTE;
}

static void
youzan_goods(struct buf *b, const struct person *p, const struct visit *v)
{
	const struct product *g = products + v->product;

	buf_addf(b, ",%s,%s", guides[v->key % nguides],
	    v->key % 3 == 0 ? guides[v->key / 64 % nguides] : "");
	next_cell(b, g->name);
	buf_addf(b, ",%s,%s", g->sku, g->category);
	next_fen(b, v->fen / (int64_t)v->quantity);
	buf_addf(b, ",%zu,", v->quantity);
	person_youzan(p, b);
	buf_byte(b, ',');
	if (v->says & SAYS_UNIONID)
		person_unionid(p, b);
}

void
youzan_row(
    struct buf *b, const struct person *p, const struct visit *v, int row)
{
	int broken = visit_broken(v, row);
	const struct city *c = cities + person_city(p);

	buf_byte(b, 'E');
	add_order(b, p, v);
	next_cell(b, visit_is_refunded(v) ? "已关闭" : "交易完成");
	buf_byte(b, ',');
	bad_or_time(b, v->time, broken, false);
	if (broken == BAD_CUT) {
		buf_byte(b, '\n');
		return;
	}
	buf_byte(b, ',');
	add_local_time(b, v->time + 25000, false);
	next_cell(b, "微信支付");
	next_fen(b, v->fen);
	buf_adds(b, ",0.00");
	next_fen(b, v->fen);
	buf_addf(b, ",%s,%s,%s,", c->province, c->city, c->district);
	person_name(p, b);
	buf_byte(b, ',');
	add_phone(b, p, v->says);
	buf_byte(b, ',');
	person_name(p, b);
	if (broken == BAD_BYTES)
		buf_byte(b, '\xff');
	buf_byte(b, ',');
	bad_or_phone(b, p, v->says, broken);
	youzan_goods(b, p, v);
	buf_byte(b, '\n');
}

void
pos_row(struct buf *b, const struct person *p, const struct visit *v, int row)
{
	int broken = visit_broken(v, row);
	const struct product *g = products + v->product;

	buf_byte(b, 'R');
	add_order(b, p, v);
	buf_addf(b, "\t%s\t", stores[v->store]);
	bad_or_time(b, v->time, broken, true);
	buf_byte(b, '\t');
	if (broken == BAD_CUT) {
		buf_byte(b, '\n');
		return;
	}
	if (v->says & SAYS_CARD)
		person_card(p, b);
	buf_byte(b, '\t');
	bad_or_phone(b, p, v->says, broken);
	buf_addf(b, "\t%s\t%s", g->sku, g->name);
	if (broken == BAD_BYTES)
		buf_byte(b, '\xff');
	buf_addf(b, "\t%s\t%zu\t", g->category, v->quantity);
	add_fen(b, v->fen / (int64_t)v->quantity);
	buf_byte(b, '\t');
	add_fen(b, v->fen);
	buf_addf(b, "\t收银%02u\n", (unsigned)(v->key % 12));
}
