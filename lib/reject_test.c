#include <stdio.h>

#include "reject.h"
#include "test.h"
#include "test_child.h"

static char file[64];

static const char *
contents(void)
{
	static char got[4096];
	FILE *f = fopen(file, "r");

	assert_non_null(f);
	got[fread(got, 1, sizeof got - 1, f)] = '\0';
	fclose(f);
	unlink(file);
	return got;
}

static int
name_file(void **state)
{
	(void)state;
	strcpy(file, "/tmp/cdp-test.XXXXXX");
	close(mkstemp(file));
	memset(&reject_settings, 0, sizeof reject_settings);
	return 0;
}

static const struct {
	const char *raw;
	size_t n;
	const char *line;
} records[] = {
    {"{\"a\":}", 6, "\"raw\":\"{\\\"a\\\":}\"}\n"},
    {"a\0b", 3, "\"raw\":\"a\\u0000b\"}\n"},
    {"\xe4\xb8\xad", 3, "\"raw\":\"\xe4\xb8\xad\"}\n"},
    /* RFC 4648 by hand: ff ff -> //8= */
    {"\xff\xff", 2, "\"raw_base64\":\"//8=\"}\n"},
    {"", 0, "\"raw\":\"\"}\n"},
};

static int
sets_apart(void *arg)
{
	struct place at = {"x.ndjson", 7, 3, NULL};
	struct reject *r = reject_open();
	struct counts n = {.read = 9, .written = 4, .rejected = 5};
	size_t i;

	(void)arg;
	for (i = 0; i < ROWS(records); i++)
		reject_record(
		    r, &at, "bad thing", records[i].raw, records[i].n);
	return reject_close(r, &n, NULL);
}

static void
every_byte_is_kept(void **state)
{
	struct child *c;
	const char *p;
	char want[128];
	size_t i;

	(void)state;
	reject_settings.rejects = file;
	c = child_run(sets_apart, NULL, "", 0);
	assert_int_equal(c->status, 3);
	assert_string_equal(c->out, "");
	p = contents();
	for (i = 0; i < ROWS(records); i++) {
		snprintf(want, sizeof want,
		    "{\"file\":\"x.ndjson\",\"line\":7,\"col\":3,"
		    "\"reason\":\"bad thing\",%s",
		    records[i].line);
		assert_int_equal(strncmp(p, want, strlen(want)), 0);
		p += strlen(want);
	}
	assert_string_equal(p, "");
}

static int
many(void *arg)
{
	struct reject *r = reject_open();
	struct place at = {"f", 0, 0, NULL};
	struct counts n = {
	    .read = 300, .written = 250, .rejected = 25, .filtered = 25};

	(void)arg;
	for (at.line = 1; at.line <= 25; at.line++)
		reject_record(r, &at, at.line % 2 ? "odd" : "even", "x", 1);
	return reject_close(r, &n, ",\"more\":1");
}

static void
ten_messages_then_a_count(void **state)
{
	struct child *c = child_run(many, NULL, "", 0);

	(void)state;
	assert_non_null(strstr(c->err, "cdp: f:10: even\ncdp: 25 records set "
				       "apart in all, the first 10 are shown"
				       "\n"));
	assert_null(strstr(c->err, "f:11:"));
	reject_settings.quiet = true;
	c = child_run(many, NULL, "", 0);
	assert_string_equal(c->err, "cdp: 25 records set apart in all\n");
	unlink(file);
}

static void
counts_are_one_object(void **state)
{
	static const char want[] =
	    "{\"program\":\"cdp\",\"read\":300,\"written\":250,"
	    "\"rejected\":25,\"filtered\":25,\"duplicate\":0,"
	    "\"superseded\":0,\"blank\":0,\"bytes_in\":0,\"bytes_out\":0,"
	    "\"reasons\":{\"even\":12,\"odd\":13},\"more\":1,\"seconds\":";

	(void)state;
	reject_settings.stats = file;
	reject_settings.quiet = true;
	child_run(many, NULL, "", 0);
	assert_int_equal(strncmp(contents(), want, strlen(want)), 0);
}

/* 25 of 300 are 8.33 %. */
static const struct {
	const char *allow;
	int status;
} allowed[] = {
    {NULL, 3},
    {"24", 3},
    {"25", 0},
    {"8%", 3},
    {"8.4%", 0},
    {"100%", 0},
    {"101%", 2},
    {"-1", 2},
    {"x", 2},
    {"", 2},
    {"%", 2},
};

static void
some_may_be_allowed(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ROWS(allowed); i++) {
		reject_settings.allow = allowed[i].allow;
		assert_int_equal(
		    child_run(many, NULL, "", 0)->status, allowed[i].status);
	}
	reject_settings.allow = "100%";
	reject_settings.strict = true;
	assert_int_equal(child_run(many, NULL, "", 0)->status, 2);
	unlink(file);
}

static int
unbalanced(void *arg)
{
	struct counts n = {.read = 2, .written = 1};

	(void)arg;
	return reject_close(reject_open(), &n, NULL);
}

static void
a_lost_record_is_noticed(void **state)
{
	struct child *c = child_run(unbalanced, NULL, "", 0);

	(void)state;
	assert_int_equal(c->status, 2);
	assert_non_null(strstr(c->err, "do not balance"));
	unlink(file);
}

#define TEST(f) cmocka_unit_test_setup(f, name_file)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(every_byte_is_kept),
	    TEST(ten_messages_then_a_count),
	    TEST(counts_are_one_object),
	    TEST(some_may_be_allowed),
	    TEST(a_lost_record_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
