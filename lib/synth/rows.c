#include "synth/rows.h"
#include "synth/maps.h"
#include "synth/words.h"
#include "when.h"

const struct source_file source_files[SOURCES] = {
    [TMALL] = {"tmall-orders.csv", "tmall.map.json", tmall_head, "GB18030",
	false, false, tmall_row, tmall_map},
    [YOUZAN] = {"youzan-orders.csv", "youzan.map.json", youzan_head, NULL, true,
	false, youzan_row, youzan_map},
    [WECHAT] = {"wechat.ndjson", "wechat.map.json", "", NULL, false, false,
	wechat_row, wechat_map},
    [APP] = {"app.ndjson.gz", "app.map.json", "", NULL, false, true, app_row,
	app_map},
    [POS] = {"pos.tsv", "pos.map.json", pos_head, NULL, false, false, pos_row,
	pos_map},
};

static void
add_number(struct buf *b, uint64_t v, int width)
{
	char text[20];
	int n = 0;

	do
		text[n++] = (char)('0' + v % 10);
	while ((v /= 10) > 0 || n < width);
	while (n > 0)
		buf_byte(b, text[--n]);
}

void
add_fen(struct buf *b, int64_t fen)
{
	buf_int(b, fen / 100);
	buf_byte(b, '.');
	add_number(b, (uint64_t)(fen % 100), 2);
}

void
add_local_time(struct buf *b, int64_t t, bool slash)
{
	struct civil c;
	char sep = slash ? '/' : '-';

	when_civil(t, zone_find("+08:00", 6), &c);
	add_number(b, (uint64_t)c.year, 4);
	buf_byte(b, sep);
	add_number(b, (uint64_t)c.month, slash ? 1 : 2);
	buf_byte(b, sep);
	add_number(b, (uint64_t)c.day, slash ? 1 : 2);
	buf_byte(b, ' ');
	add_number(b, (uint64_t)c.hour, slash ? 1 : 2);
	buf_byte(b, ':');
	add_number(b, (uint64_t)c.minute, 2);
	if (!slash) {
		buf_byte(b, ':');
		add_number(b, (uint64_t)c.second, 2);
	}
}

void
add_order(struct buf *b, const struct person *p, const struct visit *v)
{
	__extension__ typedef unsigned __int128 wide;
	uint64_t n = p->number * (WORLD_VISITS + 1) + (uint64_t)v->n;

	add_number(b,
	    (uint64_t)((wide)n * UINT64_C(618033988749894847) %
		       UINT64_C(1000000000000000000)),
	    18);
}

void
add_phone(struct buf *b, const struct person *p, unsigned says)
{
	size_t at = b->len;

	if (says & SAYS_KIN_PHONE) {
		struct person kin = world_person(p->world, p->kin);

		person_phone(&kin, 0, b);
	} else if (says & SAYS_SECOND_PHONE) {
		person_phone(p, 1, b);
	} else if (says & (SAYS_PHONE | SAYS_MASKED)) {
		person_phone(p, 0, b);
	}
	if (says & SAYS_MASKED)
		memcpy(b->p + at + 3, "****", 4);
}

void
add_message_id(struct buf *b, const struct visit *v, int row)
{
	buf_addf(b, "%s-%016llx-%d", v->source == APP ? "app" : "wx",
	    (unsigned long long)v->key, row);
}
