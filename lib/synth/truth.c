#include "digest.h"
#include "synth/rows.h"
#include "synth/truth.h"

#define APPID "wx5f2a8c01d3e94b67"

static void
add_person(struct buf *b, const struct person *p)
{
	buf_byte(b, 'C');
	for (uint64_t unit = 10000000; unit > 0; unit /= 10)
		buf_byte(b, (char)('0' + p->number / unit % 10));
	buf_byte(b, '\n');
}

void
truth_rows_begin(struct output *out)
{
	static const char head[] = "file,line,person,fate\n";

	output_write(out, head, sizeof(head) - 1);
}

void
truth_messages_begin(struct output *out)
{
	static const char head[] = "messageId,person\n";

	output_write(out, head, sizeof(head) - 1);
}

void
truth_row(struct output *out, const char *file, uint64_t line,
    const struct person *p, enum fate fate)
{
	static const char *const names[] = {
	    "kept", "duplicate", "superseded", "bad"};
	char text[128];
	struct buf b = {text, 0, sizeof(text)};

	buf_adds(&b, file);
	buf_byte(&b, ',');
	buf_int(&b, (int64_t)line);
	buf_addf(
	    &b, ",C%08llu,%s\n", (unsigned long long)p->number, names[fate]);
	output_write(out, b.p, b.len);
}

static void
message(struct output *out, const char *id, size_t n, const struct person *p)
{
	char text[128];
	struct buf b = {text, 0, sizeof(text)};

	buf_add(&b, id, n);
	buf_addf(&b, ",C%08llu\n", (unsigned long long)p->number);
	output_write(out, b.p, b.len);
}

/* As cdp-map(5) has it: SHA-256 of source, event and key, cut in half. */
static void
order_message(struct output *out, const struct person *p, const struct visit *v,
    const char *event)
{
	static const char *const source[] = {
	    [TMALL] = "tmall", [YOUZAN] = "youzan", [POS] = "pos"};
	static const char first[] = {
	    [TMALL] = '2', [YOUZAN] = 'E', [POS] = 'R'};
	unsigned char sum[DIGEST_SIZE];
	char text[128], id[DIGEST_SIZE];
	struct buf b = {text, 0, sizeof(text)}, hex = {id, 0, sizeof(id)};

	buf_addf(
	    &b, "%s\x1f%s\x1f%c", source[v->source], event, first[v->source]);
	add_order(&b, p, v);
	digest_sha256(b.p, b.len, sum);
	digest_hex(sum, DIGEST_SIZE / 2, &hex);
	message(out, hex.p, hex.len, p);
}

void
truth_messages(
    struct output *out, const struct person *p, const struct visit *v, int row)
{
	char text[64];
	struct buf b = {text, 0, sizeof(text)};

	if (v->says & SAYS_TABLET && !visit_is_login(v, row))
		return; /* the shop's tablet, and nobody says who */
	switch (v->source) {
	case WECHAT:
	case APP:
		add_message_id(&b, v, row);
		message(out, b.p, b.len, p);
		break;
	default:
		order_message(out, p, v, "Order Completed");
		if (v->source == TMALL && visit_is_refunded(v) &&
		    row == v->rows - 1)
			order_message(out, p, v, "Order Refunded");
	}
}

typedef void id_fn(const struct person *, struct buf *);

static void
phone(const struct person *p, struct buf *b)
{
	person_phone(p, 0, b);
}

static void
second_phone(const struct person *p, struct buf *b)
{
	person_phone(p, 1, b);
}

static void
anonymous(const struct person *p, struct buf *b)
{
	person_anonymous(p, 0, b);
}

static void
second_anonymous(const struct person *p, struct buf *b)
{
	person_anonymous(p, 1, b);
}

static void
device(const struct person *p, struct buf *b)
{
	person_device(p, 0, b);
}

static void
second_device(const struct person *p, struct buf *b)
{
	person_device(p, 1, b);
}

/* Which identifiers a visit brings: its says, or its source. */
static const struct {
	unsigned says;
	enum source source; /* SOURCES: any */
	const char *namespace;
	id_fn *add;
} ids[] = {
    {SAYS_PHONE, SOURCES, "phone:+86", phone},
    {SAYS_SECOND_PHONE, SOURCES, "phone:+86", second_phone},
    {SAYS_UNIONID, SOURCES, "unionid:", person_unionid},
    {SAYS_USER, SOURCES, "user_id:", person_user},
    {SAYS_EMAIL, SOURCES, "email:", person_email},
    {SAYS_CARD, SOURCES, "card:", person_card},
    {SAYS_DEVICE, SOURCES, "anonymous_id:", anonymous},
    {SAYS_DEVICE, SOURCES, "device:", device},
    {SAYS_SECOND_DEVICE, SOURCES, "anonymous_id:", second_anonymous},
    {SAYS_SECOND_DEVICE, SOURCES, "device:", second_device},
    {0, TMALL, "tmall:", person_nick},
    {0, YOUZAN, "youzan:", person_youzan},
    {0, WECHAT, "openid@" APPID ":", person_openid},
};

static bool
is_good(const struct visit *v)
{
	for (int row = 0; row < v->rows; row++)
		if (!visit_broken(v, row))
			return true;
	return false;
}

static void
person_ids(struct buf *b, const struct person *p)
{
	unsigned says = 0, seen = 0;

	for (int n = 0; n < p->visits; n++) {
		struct visit v = person_visit(p, n);

		if (!is_good(&v))
			continue;
		says |= v.says;
		seen |= 1u << v.source;
	}
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		if (ids[i].source == SOURCES ? !(says & ids[i].says)
					     : !(seen >> ids[i].source & 1))
			continue;
		buf_adds(b, ids[i].namespace);
		ids[i].add(p, b);
		buf_byte(b, ',');
		add_person(b, p);
	}
}

void
truth_ids(struct output *out, const struct world *w)
{
	struct buf b = {0};

	buf_adds(&b, "id,person\n");
	for (uint64_t i = 0; i < w->customers; i++) {
		struct person p = world_person(w, i);

		person_ids(&b, &p);
		output_write(out, b.p, b.len);
		b.len = 0;
	}
	buf_free(&b);
}
