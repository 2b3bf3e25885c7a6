#include "synth/rows.h"
#include "synth/words.h"
#include "when.h"

#define APPID "wx5f2a8c01d3e94b67"

/* A line that no parser can take: cut, ended early, or not UTF-8. */
static void
spoil(struct buf *b, size_t from, int broken)
{
	size_t n = b->len - 1 - from;

	if (broken == 0)
		return;
	if (broken == 4)
		b->p[from + n / 2] = '\xff';
	else
		b->len = from + n * (size_t)broken / 4;
	if (broken != 4)
		buf_byte(b, '\n');
}

static void
text_member(struct buf *b, const char *name, const char *value)
{
	buf_addf(b, ",\"%s\":\"%s\"", name, value);
}

/* ---- the WeChat account ---- */

static void
chat_event(struct buf *b, const struct visit *v)
{
	static const char *const skin[] = {"干性", "油性", "混合", "敏感"};
	static const char *const age[] = {"18-24", "25-30", "31-40", "41+"};
	uint64_t kind = v->key % 10;

	if (kind < 5) {
		text_member(b, "event", "CLICK");
		text_member(b, "event_key", menus[v->key / 16 % nmenus]);
	} else if (kind < 8) {
		text_member(b, "event", "VIEW");
		buf_addf(b, ",\"event_key\":\"https://m.example.com/p/%s\"",
		    products[v->product].sku);
	} else if (kind < 9) {
		text_member(b, "event", "survey");
		buf_addf(b, ",\"answers\":{\"skin\":\"%s\",\"age\":\"%s\"}",
		    skin[v->key / 16 % 4], age[v->key / 64 % 4]);
	} else if (v->key / 16 % 3 == 0) {
		text_member(b, "event", "unsubscribe");
	} else {
		text_member(b, "event", "coupon");
		buf_addf(
		    b, ",\"coupon\":\"C%02u\"", (unsigned)(v->key / 16 % 20));
	}
}

/* Who binds a phone does so in a row of its own. */
static void
chat_phone(struct buf *b, const struct person *p, const struct visit *v)
{
	text_member(b, "event", "phone_bound");
	buf_adds(b, ",\"country_code\":\"86\",\"phone\":\"");
	add_phone(b, p, v->says);
	buf_byte(b, '"');
}

void
wechat_row(
    struct buf *b, const struct person *p, const struct visit *v, int row)
{
	size_t from = b->len;
	unsigned phone =
	    v->says & (SAYS_PHONE | SAYS_SECOND_PHONE | SAYS_KIN_PHONE);

	buf_addf(b, "{\"appid\":\"%s\",\"msgid\":\"", APPID);
	add_message_id(b, v, row);
	buf_adds(b, "\",\"openid\":\"");
	person_openid(p, b);
	if (v->says & SAYS_UNIONID) {
		buf_adds(b, "\",\"unionid\":\"");
		person_unionid(p, b);
	}
	buf_adds(b, "\",\"create_time\":");
	buf_int(b, visit_row_time(v, row) / 1000);
	if (v->first && row == 0) {
		text_member(b, "event", "subscribe");
		buf_addf(b, ",\"event_key\":\"qrscene_%02u\"",
		    (unsigned)(v->key % 40));
		text_member(b, "language", p->key % 16 == 0 ? "en" : "zh_CN");
		buf_adds(b, ",\"nickname\":\"");
		person_name(p, b);
		buf_byte(b, '"');
	} else if (phone != 0 && row == v->rows - 1) {
		chat_phone(b, p, v);
	} else {
		chat_event(b, v);
	}
	buf_adds(b, "}\n");
	spoil(b, from, visit_broken(v, row));
}

/* ---- the app, as the Segment spec has it ---- */

static void
app_ids(struct buf *b, const struct person *p, const struct visit *v, int row)
{
	int device = (v->says & SAYS_SECOND_DEVICE) != 0;

	buf_adds(b, ",\"anonymousId\":\"");
	if (v->says & SAYS_TABLET) {
		store_tablet(p->world, v->store, false, b);
	} else if (v->says & SAYS_KIN_DEVICE) {
		struct person kin = world_person(p->world, p->kin);

		person_anonymous(&kin, 0, b);
	} else {
		person_anonymous(p, device, b);
	}
	buf_byte(b, '"');
	if (visit_is_login(v, row)) {
		buf_adds(b, ",\"userId\":\"");
		person_user(p, b);
		buf_byte(b, '"');
	}
}

static void
app_context(struct buf *b, const struct person *p, const struct visit *v)
{
	int device = (v->says & SAYS_SECOND_DEVICE) != 0;

	buf_adds(b, ",\"context\":{\"device\":{\"id\":\"");
	if (v->says & SAYS_TABLET) {
		store_tablet(p->world, v->store, true, b);
	} else if (v->says & SAYS_KIN_DEVICE) {
		struct person kin = world_person(p->world, p->kin);

		person_device(&kin, 0, b);
	} else {
		person_device(p, device, b);
	}
	buf_addf(b,
	    "\",\"type\":\"%s\"},\"app\":{\"name\":\"悦己商城\","
	    "\"version\":\"5.%u.1\"},\"locale\":\"zh-CN\"}",
	    (p->key + (uint64_t)device) % 2 ? "ios" : "android",
	    (unsigned)(v->key % 9));
}

static void
app_traits(struct buf *b, const struct person *p, const struct visit *v)
{
	unsigned year = 1960 + (unsigned)(p->key >> 8) % 46;

	buf_adds(b, ",\"traits\":{\"name\":\"");
	person_name(p, b);
	buf_adds(b, "\",\"phone\":\"+86");
	add_phone(b, p, v->says);
	if (v->says & SAYS_EMAIL) {
		buf_adds(b, "\",\"email\":\"");
		person_email(p, b);
	}
	buf_addf(b,
	    "\",\"city\":\"%s\",\"birthday\":\"%u-%02u-%02u\","
	    "\"gender\":\"%s\"}",
	    cities[person_city(p)].city, year,
	    1 + (unsigned)(p->key >> 16) % 12,
	    1 + (unsigned)(p->key >> 24) % 28, p->key & 1 ? "女" : "男");
}

static void
app_properties(
    struct buf *b, const struct person *p, const struct visit *v, bool order)
{
	const struct product *g = products + v->product;
	int64_t price = v->fen / (int64_t)v->quantity;

	buf_adds(b, ",\"properties\":{");
	if (order) {
		buf_adds(b, "\"order_id\":\"A");
		add_order(b, p, v);
		buf_adds(b, "\",\"amount\":");
		add_fen(b, price * (int64_t)v->quantity);
		buf_adds(b, ",\"currency\":\"CNY\",\"products\":[{");
	}
	buf_addf(b,
	    "\"sku\":\"%s\",\"name\":\"%s\",\"category\":\"%s\","
	    "\"price\":",
	    g->sku, g->name, g->category);
	add_fen(b, price);
	if (order)
		buf_addf(b, ",\"quantity\":%zu}]", v->quantity);
	buf_byte(b, '}');
}

static void
app_what(struct buf *b, const struct person *p, const struct visit *v, int step)
{
	static const char *const names[] = {"Product Viewed", "Product Added",
	    "Checkout Started", "Order Completed"};

	if (step < 0) {
		app_traits(b, p, v);
	} else if (step == 0) {
		text_member(b, "name", "首页");
	} else {
		text_member(b, "event", names[step - 1]);
		app_properties(b, p, v, step == 4);
	}
}

/* A visit walks down the funnel; who names a phone begins with identify. */
void
app_row(struct buf *b, const struct person *p, const struct visit *v, int row)
{
	size_t from = b->len;
	bool identify =
	    (v->says & (SAYS_PHONE | SAYS_SECOND_PHONE | SAYS_KIN_PHONE)) != 0;
	int step = (row - identify) % 5; /* who looks again starts again */
	int64_t t = visit_row_time(v, row);

	buf_addf(b, "{\"type\":\"%s\",\"messageId\":\"",
	    step < 0    ? "identify"
	    : step == 0 ? "screen"
			: "track");
	add_message_id(b, v, row);
	buf_adds(b, "\",\"timestamp\":");
	when_json(t, b);
	buf_adds(b, ",\"channel\":\"mobile\"");
	app_ids(b, p, v, row);
	app_what(b, p, v, step);
	app_context(b, p, v);
	buf_adds(b, "}\n");
	spoil(b, from, visit_broken(v, row));
}
