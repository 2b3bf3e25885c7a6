#include <stdio.h>

#include "rules.h"
#include "test.h"
#include "test_child.h"

static const char *const words[] = {"once", "always", NULL};

/* Reads every kind of member there is. */
static int
read_all(void *arg)
{
	static const char *const names[] = {
	    "id", "list", "price", "count", "within", "repeat", "on", NULL};
	const char *text = arg;
	struct rules *r = rules_parse(text, strlen(text), "r.json");
	struct node root = rules_root(r), list, item, n;
	size_t i;

	node_only(&root, names);
	get_text(&root, "id", "none");
	if (node_get(&root, "list", &list)) {
		node_array(&list);
		for (i = 0; i < node_count(&list); i++) {
			item = node_at(&list, i);
			node_number(&item);
		}
	}
	if (node_get(&root, "price", &n))
		node_dec(&n);
	get_int(&root, "count", 1, 10, 1);
	if (node_get(&root, "within", &n))
		node_duration(&n);
	get_word(&root, "repeat", words, 0);
	get_bool(&root, "on", true);
	node_need(&root, "id");
	rules_free(r);
	return 0;
}

/* The columns were counted by hand. */
static const struct {
	const char *text, *says;
} wrong[] = {
    {"", "r.json:1:1: "},
    {"{\n  \"id\": }", "r.json:2:9: "},
    {"{\"id\":\"a\",\n \"id\":\"b\"}", "r.json:2:2: "},
    {"{\"id\":\"a\"} x", "r.json:1:12: "},
    {"{\"id\":\"\xff\"}", "r.json:1:8: "},
    {"[]", "r.json:1:1: expected an object, found an array\n"},
    {"{\"id\":\"a\",\n\"withn\":1}",
	"r.json:2:1: unknown member 'withn', did you mean 'within'?\n"},
    {"{\"id\":\"a\",\"xyzzyq\":1}",
	"r.json:1:11: unknown member 'xyzzyq', expected one of: "},
    {"{\"id\":7}", "r.json:1:7: 'id': expected a string, found a number\n"},
    {"{\"id\":\"a\",\"list\":[1,\r\n\t2,\"3\"]}",
	"r.json:2:4: element 3: expected a number, found a string\n"},
    {"{\"id\":\"a\",\"count\":11}",
	"r.json:1:19: 'count': 11 is not between 1 and 10\n"},
    {"{\"id\":\"a\",\"count\":1.5}",
	"r.json:1:19: 'count': expected a whole number, found a number\n"},
    {"{\"id\":\"a\",\"within\":\"2 h\"}", "r.json:1:20: '2 h' is not a dur"},
    {"{\"id\":\"a\",\"repeat\":\"onec\"}",
	"r.json:1:20: unknown word 'onec', did you mean 'once'?\n"},
    {"{\"id\":\"a\",\"on\":0}",
	"r.json:1:16: 'on': expected true or false, found a number\n"},
    {"{\"on\":true}", "r.json:1:1: 'id' is missing\n"},
    {"{\"\\u006fn\":true,\"id\":\"\xe4\xb8\xad\",\"note\":1,\"$schema\":2,"
     "\"x\":1}",
	"r.json:1:49: unknown member 'x', expected one of: "},
};

static void
faults_name_their_place(void **state)
{
	struct child *c;
	char want[256];
	size_t i;

	(void)state;
	for (i = 0; i < ROWS(wrong); i++) {
		c = child_run(read_all, (void *)wrong[i].text, "", 0);
		snprintf(want, sizeof want, "cdp: %s", wrong[i].says);
		if (c->status != 2 || strstr(c->err, want) != c->err)
			fail_msg("row %zu: status %d, says %s, not %s", i,
			    c->status, c->err, want);
	}
}

static int
parse_nul(void *arg)
{
	(void)arg;
	rules_parse("{\"id\":\n1\0}", 10, "r.json");
	return 0;
}

static void
nul_after_a_number(void **state)
{
	struct child *c = child_run(parse_nul, NULL, "", 0);

	(void)state;
	assert_int_equal(c->status, 2);
	assert_string_equal(
	    c->err, "cdp: r.json:2:2: not valid JSON: a NUL byte\n");
}

static void
good_files_are_read(void **state)
{
	static const char text[] =
	    "\xef\xbb\xbf{\"a\\u0062\": {\"x\": [19.990, \"\\u4e2d\"]},"
	    "\r\n \"b\": 2}";
	struct rules *r = rules_parse(text, sizeof text - 1, "r.json");
	struct node root = rules_root(r), ab, x, price, b, name;
	struct buf out = {0};
	struct place at;

	(void)state;
	ab = node_need(&root, "ab");
	x = node_need(&ab, "x");
	price = node_at(&x, 0);
	dec_text(node_dec(&price), &out);
	assert_int_equal(out.len, 5);
	assert_memory_equal(out.p, "19.99", 5);
	name = node_at(&x, 1);
	assert_string_equal(node_text(&name), "\xe4\xb8\xad");
	at = node_text_place(&name);
	assert_int_equal(at.line, 1);
	assert_int_equal(at.col, 29);
	b = node_nth(&root, 1);
	assert_string_equal(b.key, "b");
	at = node_place(&b);
	assert_int_equal(at.line, 2);
	assert_int_equal(at.col, 7);
	assert_int_equal(strlen(rules_digest(r)), 64);
	buf_free(&out);
	rules_free(r);
}

static int
read_preset(void *arg)
{
	rules_free(rules_read(arg));
	return 0;
}

static void
presets_have_names(void **state)
{
	char dir[] = "/tmp/cdp-test.XXXXXX", file[64];
	struct child *c;
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(file, sizeof file, "%s/shop.json", dir);
	f = fopen(file, "w");
	assert_non_null(f);
	fputs("{}", f);
	fclose(f);
	setenv("CDP_SHARE", dir, 1);
	c = child_run(read_preset, "preset:shop", "", 0);
	assert_int_equal(c->status, 0);
	c = child_run(read_preset, "preset:shp", "", 0);
	assert_int_equal(c->status, 2);
	assert_non_null(strstr(c->err, "did you mean 'shop'?"));
	c = child_run(read_preset, "preset:../shop", "", 0);
	assert_int_equal(c->status, 2);
	unlink(file);
	rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(faults_name_their_place),
	    cmocka_unit_test(nul_after_a_number),
	    cmocka_unit_test(good_files_are_read),
	    cmocka_unit_test(presets_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
