/* Events come out of memory as they went in, however they are written. */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "hold.h"
#include "json.h"
#include "mem.h"

static const struct {
	const char *text, *mid; /* mid: as it stands in the text */
	unsigned flags;
} written[] = {
    {"{\"messageId\":\"m-1\",\"ids\":{}}", "m-1", EVENT_TRAITS},
    {"{\"ids\":{\"a\":\"\\n\"},\"messageId\":\"m-2\"}", "m-2", 0},
    {"{\"messageId\" : \"m-3\"}", "m-3", EVENT_TRAITS},
    {"{\"message\\u0049d\":\"m-4\"}", "m-4", 0},
    {"{\"messageId\":\"say \\\"m-5\\\\\",\"b\":1}", "say \\\"m-5\\\\",
	EVENT_ESCAPED},
    {"[\"m-6\",\"2026-01-01T00:00:00Z\",null,\"00\"]", "m-6", EVENT_STUB},
    {"{\"messageId\":\"\xe6\xb6\x88\xe6\x81\xaf\"}", "\xe6\xb6\x88\xe6\x81\xaf",
	0},
};
#define WRITTEN (sizeof written / sizeof *written)

static struct event
event_of(const char *text, size_t n, const char *mid, unsigned i)
{
	const char *at = memmem(text, n, mid, strlen(mid));

	assert_non_null(at);
	return (struct event){.p = text,
	    .time = INT64_MAX - 10 * (int64_t)i,
	    .len = (uint32_t)n,
	    .set = EVIDENCE_SETS | (i * 2570),
	    .mid = (uint32_t)(at - text),
	    .midlen = strlen(mid) & EVENT_MID_MAX,
	    .flags = i < WRITTEN ? written[i].flags & 0xff : 0};
}

static void
same(const struct event *a, const struct event *b)
{
	assert_int_equal(a->len, b->len);
	assert_memory_equal(a->p, b->p, a->len);
	assert_int_equal(a->p[a->len], '\n');
	assert_true(a->time == b->time);
	assert_int_equal(a->set, b->set);
	assert_int_equal(a->mid, b->mid);
	assert_int_equal(a->midlen, b->midlen);
	assert_int_equal(a->flags, b->flags);
}

static struct event
nth(unsigned i)
{
	const char *text = written[i % WRITTEN].text;
	struct event e =
	    event_of(text, strlen(text), written[i % WRITTEN].mid, i % WRITTEN);

	e.time -= i;
	e.set += i;
	return e;
}

static void
every_spelling(void **state)
{
	struct hold h = {0};
	struct event in, out;
	struct buf copy = {0};
	unsigned i;

	(void)state;
	for (i = 0; i < 5000; i++) {
		in = nth(i);
		hold_add(&h, &in, i);
	}
	for (i = 0; i < 5000; i++) {
		in = nth(i);
		out = hold_head(&h, i);
		assert_true(out.time == in.time && out.set == in.set);
		out = hold_copy(&h, i, &copy);
		same(&out, &in);
	}
	for (i = 0; i < 5000; i++) {
		in = nth(i * 7 % 5000);
		out = hold_take(&h, i * 7 % 5000);
		same(&out, &in);
		assert_int_equal(h.key[i], i);
	}
	buf_free(&copy);
	hold_free(&h);
}

/* Longer than any block, its messageId behind everything else. */
static void
long_event(void **state)
{
	static const char end[] = "\",\"messageId\":\"last\"}";
	size_t n = ((size_t)70 << 20) + sizeof end - 1;
	char *text = mem_alloc(n, 1);
	struct event in[3], out;
	struct hold h = {0};
	unsigned i;

	(void)state;
	memset(text, 'x', n);
	memcpy(text, "{\"a\":\"", 6);
	memcpy(text + n - (sizeof end - 1), end, sizeof end - 1);
	in[0] = nth(0);
	in[1] = event_of(text, n, "last", 1);
	in[1].flags = 0;
	in[2] = nth(2);
	for (i = 0; i < 3; i++)
		hold_add(&h, &in[i], i);
	for (i = 0; i < 3; i++) {
		out = hold_take(&h, i);
		same(&out, &in[i]);
	}
	free(text);
	hold_free(&h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_spelling),
	    cmocka_unit_test(long_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
