#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>

#include "filter.h"
#include "mem.h"
#include "test.h"
#include "test_child.h"

/* A filter that does what the line's member "do" says. */
struct tally {
	int looked;
	atomic_int lines;
	atomic_bool after; /* look came before every line */
};

static int slot;
static struct tally *tally;

static enum filter_verdict
act(void *state, struct filter_line *l)
{
	static const struct splice_edit x = {1, "x", "[1.0]", 5};
	struct js_val v = l->js->slot[slot];

	(void)state;
	tally->lines++;
	if (tally->looked == 0)
		tally->after = false;
	if (js_is(v, "drop", 4))
		return FILTER_DROP;
	if (js_is(v, "edit", 4)) {
		filter_splice(l, &x, 1);
		return FILTER_WROTE;
	}
	if (js_is(v, "reject", 6)) {
		l->reason = "not liked";
		l->col = 2;
		return FILTER_REJECT;
	}
	return FILTER_PASS;
}

static void
look(void *cfg, const struct js_line *js)
{
	struct tally *t = cfg;

	(void)js;
	t->looked++;
}

static void
looked(void *cfg)
{
	struct tally *t = cfg;

	t->after = t->lines == 0;
}

enum { TWICE = 1, NO_OUTPUT = 2, READS = 4, FROM_FILE = 8 };
static char *file;

static int
run(void *arg)
{
	int how = *(int *)arg, status;
	struct tally t = {0, 0, true};
	struct js_step step = {"do", 2, 0};
	struct filter f = {.cfg = &t, .line = act};

	tally = &t;
	f.plan = filter_plan();
	js_plan_member(f.plan, "x");
	slot = js_plan_field(f.plan, &step, 1);
	if (how & TWICE) {
		f.look = look;
		f.looked = looked;
	}
	f.no_output = (how & NO_OUTPUT) != 0;
	f.reads_profile = (how & READS) != 0;
	status = filter_run(&f, &file, (how & FROM_FILE) != 0);
	js_plan_free(f.plan);
	if ((how & TWICE) && !t.after)
		return 99;
	return status;
}

static const char mixed[] = "{\"do\":\"pass\",\"n\":19.990}\r\n"
			    "\n"
			    "{\"do\":\"edit\",\"n\":1E+2 , \"events\":[]}\n"
			    " {\"do\":\"drop\"}\n"
			    "{\"do\":\"reject\"}\n"
			    "{\"do\":\"pass\"\n"
			    " \t\n"
			    "{\"do\":\"edit\",\"x\":0,\"\\u0078\":2}\n"
			    "{}";

static const char mixed_out[] =
    "{\"do\":\"pass\",\"n\":19.990}\n"
    "{\"do\":\"edit\",\"n\":1E+2 , \"x\":[1.0],\"events\":[]}\n"
    "{\"do\":\"edit\",\"x\":[1.0]}\n"
    "{}\n";

static const char mixed_err[] = "cdp: <stdin>:5:2: not liked\n"
				"cdp: <stdin>:6:13: ";

static void
start(void)
{
	memset(&filter_settings, 0, sizeof filter_settings);
	memset(&reject_settings, 0, sizeof reject_settings);
}

static void
all_verdicts_all_ways(void **state)
{
	struct child *c;
	int how;

	(void)state;
	start();
	reject_settings.stats = "";
	for (how = 0; how < 8; how++) {
		int flags = how & TWICE;

		filter_settings.jobs = how & 4 ? 3 : 1;
		c = child_run(run, &flags, mixed, strlen(mixed));
		assert_int_equal(c->status, 3);
		assert_string_equal(c->out, mixed_out);
		/* in a second pass the faults of lines come first */
		if (!(how & TWICE))
			assert_int_equal(
			    strncmp(c->err, mixed_err, strlen(mixed_err)), 0);
		assert_non_null(strstr(c->err, "cdp: <stdin>:5:2: not liked"));
		assert_non_null(strstr(c->err, "cdp: <stdin>:6:13: "));
		assert_non_null(strstr(c->err,
		    "\"read\":7,\"written\":4,\"rejected\":2,\"filtered\":1,"
		    "\"duplicate\":0,\"superseded\":0,\"blank\":2,"
		    "\"bytes_in\":"));
	}
}

static void
history_is_left_out(void **state)
{
	static const char in[] = "{\"a\":1,\"events\":[{\"b\":2}]}\n"
				 "{\"do\":\"edit\",\"events\":[]}\n";
	int how = 0;
	struct child *c;

	(void)state;
	start();
	filter_settings.no_history = true;
	c = child_run(run, &how, in, strlen(in));
	assert_int_equal(c->status, 0);
	assert_string_equal(
	    c->out, "{\"a\":1}\n{\"do\":\"edit\",\"x\":[1.0]}\n");
}

static void
cut_input_is_told(void **state)
{
	static const char in[] = "{\"a\":1}\n{\"a\":";
	int how, flags;
	struct child *c;

	(void)state;
	start();
	for (how = 0; how < 4; how++) {
		flags = how & TWICE;
		filter_settings.jobs = how & 2 ? 2 : 1;
		c = child_run(run, &flags, in, strlen(in));
		assert_int_equal(c->status, 2);
		assert_string_equal(c->out, how & TWICE ? "{" : "{\"a\":1}\n{");
		assert_int_equal(
		    strncmp(c->err, "cdp: <stdin>:2:6: truncated input: ", 35),
		    0);
	}
}

static void
the_future_is_not_read(void **state)
{
	static const char in[] =
	    "{\"last_seen\":\"2026-11-11T00:00:00.000Z\"}\n";
	int how = READS, not = 0;

	(void)state;
	start();
	filter_settings.now = "2026-11-11T08:00:00+08:00";
	assert_int_equal(child_run(run, &how, in, strlen(in))->status, 0);
	filter_settings.now = "2026-11-10T23:59:59.999Z";
	assert_int_equal(child_run(run, &not, in, strlen(in))->status, 0);
	assert_int_equal(child_run(run, &how, in, strlen(in))->status, 2);
	filter_settings.jobs = 2;
	assert_int_equal(child_run(run, &how, in, strlen(in))->status, 2);
	filter_settings.now = "yesterday";
	assert_int_equal(child_run(run, &how, in, strlen(in))->status, 2);
}

static void
nothing_is_written_where_nothing_is_asked(void **state)
{
	int how = NO_OUTPUT | TWICE;
	struct child *c;

	(void)state;
	start();
	reject_settings.stats = "";
	c = child_run(run, &how, "{}\n{}\n", 6);
	assert_int_equal(c->status, 0);
	assert_string_equal(c->out, "");
	assert_non_null(strstr(
	    c->err, "\"read\":2,\"written\":0,\"rejected\":0,\"filtered\":2"));
}

/* Many lines, some of them bad: every way gives the same bytes. */
static void
threads_and_passes_change_nothing(void **state)
{
	static const char *const what[] = {"pass", "edit", "drop", "pass"};
	char name[] = "/tmp/cdp-test.XXXXXX", cmp[65536];
	struct buf b = {0};
	struct child *c;
	int i, how, fd = mkstemp(name);

	(void)state;
	start();
	for (i = 0; i < 30000; i++)
		if (i % 3000 == 7)
			buf_addf(&b, "{\"do\":%d,}\n", i);
		else
			buf_addf(&b, "{\"do\":\"%s\",\"pad\":\"%*d\"}\n",
			    i % 300 ? "drop" : what[i / 300 % 4], i * 31 % 97,
			    i);
	assert_int_equal(write(fd, b.p, b.len), (ssize_t)b.len);
	close(fd);
	file = name;
	for (how = 0; how < 8; how++) {
		int flags = (how & TWICE) | (how & 2 ? FROM_FILE : 0);

		filter_settings.jobs = how & 4 ? 4 : 1;
		c = child_run(run, &flags, b.p, b.len);
		assert_int_equal(c->status, 3);
		assert_true(c->len > 3000);
		if (how == 0)
			memcpy(cmp, c->out, sizeof cmp);
		assert_string_equal(c->out, cmp);
	}
	unlink(name);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_verdicts_all_ways),
	    cmocka_unit_test(history_is_left_out),
	    cmocka_unit_test(cut_input_is_told),
	    cmocka_unit_test(the_future_is_not_read),
	    cmocka_unit_test(nothing_is_written_where_nothing_is_asked),
	    cmocka_unit_test(threads_and_passes_change_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
