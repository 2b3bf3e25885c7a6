#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <zlib.h>

#include "err.h"
#include "output.h"
#include "test.h"
#include "test_child.h"

static char dir[64];

static const char *
in_dir(const char *name)
{
	static char path[4][128];
	static unsigned turn;
	char *p = path[turn++ % 4];

	snprintf(p, sizeof path[0], "%s/%s", dir, name);
	return p;
}

static int
make_dir(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/cdp-test.XXXXXX");
	return mkdtemp(dir) == NULL;
}

static int
entries(void)
{
	DIR *d = opendir(dir);
	int n = -2;

	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

static int
drop_dir(void **state)
{
	static const char *const names[] = {"f", "link", "far", "z.gz", NULL};
	int i;

	(void)state;
	for (i = 0; names[i] != NULL; i++)
		unlink(in_dir(names[i]));
	return rmdir(dir);
}

static void
put(const char *file, const char *text)
{
	FILE *f = fopen(file, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void
holds(const char *file, const char *text)
{
	char got[256] = "";
	FILE *f = fopen(file, "r");

	assert_non_null(f);
	got[fread(got, 1, sizeof got - 1, f)] = '\0';
	fclose(f);
	assert_string_equal(got, text);
}

static void
a_file_appears_whole(void **state)
{
	const char *f = in_dir("f"), *link = in_dir("link");
	struct output *o;
	struct stat st;

	(void)state;
	umask(022);
	o = output_open(f, false);
	output_write(o, "new\n", 4);
	assert_int_not_equal(access(f, F_OK), 0);
	output_close(o);
	holds(f, "new\n");
	assert_int_equal(stat(f, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(chmod(f, 0640), 0);
	assert_int_equal(symlink("f", link), 0);
	o = output_open(link, false);
	output_write(o, "again\n", 6);
	holds(f, "new\n");
	output_close(o);
	holds(f, "again\n");
	assert_int_equal(stat(f, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(entries(), 2);
}

static void
a_dangling_link_gets_its_file(void **state)
{
	struct output *o;

	(void)state;
	assert_int_equal(symlink("far", in_dir("link")), 0);
	o = output_open(in_dir("link"), false);
	output_write(o, "x\n", 2);
	output_close(o);
	holds(in_dir("far"), "x\n");
	assert_int_equal(entries(), 2);
}

/* What the child does with stdout and the file f. */
enum { DIE, DIE_STDOUT, PROMISED, SIGNAL, FULL, CLOSED, FILE_DIES };

static int
ends_badly(void *arg)
{
	int how = *(int *)arg;
	struct output *o = NULL;

	if (how == CLOSED)
		close(1);
	if (how == FULL)
		dup2(open("/dev/full", O_WRONLY), 1);
	if (how == PROMISED) {
		output_promise(NULL);
		die("no rules");
	}
	if (how == DIE || how == FILE_DIES || how == SIGNAL)
		o = output_open(in_dir("f"), false);
	if (how != FILE_DIES)
		o = output_open(NULL, false);
	output_write(o, "line\n", 5);
	if (how == SIGNAL)
		raise(SIGTERM);
	if (how == FULL) {
		output_close(o);
		return 0;
	}
	die("enough");
}

static const struct {
	int how, status;
	const char *out, *err;
} bad_ends[] = {
    {DIE, 2, "line\n{", "cdp: enough\n"},
    {DIE_STDOUT, 2, "line\n{", "cdp: enough\n"},
    {PROMISED, 2, "{", "cdp: no rules\n"},
    {SIGNAL, 128 + SIGTERM, "{", ""},
    {FULL, 2, "", "cdp: <stdout>: No space left on device\n"},
    {CLOSED, 2, "", "cdp: <stdout>: Bad file descriptor\n"},
    {FILE_DIES, 2, "", "cdp: enough\n"},
};

static void
a_bad_end_is_told(void **state)
{
	struct child *c;
	size_t i;

	(void)state;
	put(in_dir("f"), "old\n");
	for (i = 0; i < ROWS(bad_ends); i++) {
		c = child_run(ends_badly, (void *)&bad_ends[i].how, "", 0);
		assert_int_equal(c->status, bad_ends[i].status);
		assert_string_equal(c->out, bad_ends[i].out);
		assert_string_equal(c->err, bad_ends[i].err);
		holds(in_dir("f"), "old\n");
		assert_int_equal(entries(), 1);
	}
}

static int
writes_to_nobody(void *arg)
{
	int p[2];
	struct output *o, *file = output_open(in_dir("f"), false);

	output_write(file, "x", 1);
	if (arg != NULL)
		signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(p), 0);
	close(p[0]);
	dup2(p[1], 1);
	o = output_open(NULL, false);
	output_write(o, "line\n", 5);
	output_close(o);
	return 0;
}

static void
a_closed_pipe_is_silent(void **state)
{
	struct child *c = child_run(writes_to_nobody, NULL, "", 0);

	(void)state;
	assert_int_equal(c->status, 128 + SIGPIPE);
	assert_string_equal(c->err, "");
	assert_int_equal(entries(), 0);
	c = child_run(writes_to_nobody, c, "", 0);
	assert_int_equal(c->status, 2);
	assert_string_equal(c->err, "cdp: <stdout>: Broken pipe\n");
	assert_int_equal(entries(), 0);
}

static int
writes_much(void *arg)
{
	struct output *o = output_open(arg, false);
	char line[1000];
	int i;

	memset(line, 'x', sizeof line);
	for (i = 0; i < 300; i++)
		output_write(o, line, sizeof line);
	output_close(o);
	return 0;
}

/* A disk that is full: the old file stays. */
static int
limited(void *arg)
{
	struct rlimit most = {200000, 200000};

	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &most);
	return writes_much(arg);
}

static void
a_full_disk_leaves_the_old_file(void **state)
{
	struct child *c;

	(void)state;
	put(in_dir("f"), "old\n");
	c = child_run(limited, (void *)in_dir("f"), "", 0);
	assert_int_equal(c->status, 2);
	assert_non_null(strstr(c->err, "File too large"));
	holds(in_dir("f"), "old\n");
	assert_int_equal(entries(), 1);
}

static void
devices_are_written_in_place(void **state)
{
	struct child *c;
	struct stat st;

	(void)state;
	c = child_run(writes_much, "/dev/full", "", 0);
	assert_int_equal(c->status, 2);
	assert_string_equal(
	    c->err, "cdp: /dev/full: No space left on device\n");
	c = child_run(writes_much, "/dev/null", "", 0);
	assert_int_equal(c->status, 0);
	assert_int_equal(stat("/dev/null", &st), 0);
	assert_true(S_ISCHR(st.st_mode));
	c = child_run(writes_much, dir, "", 0);
	assert_int_equal(c->status, 2);
	c = child_run(writes_much, "/nowhere/f", "", 0);
	assert_int_equal(c->status, 2);
	assert_string_equal(
	    c->err, "cdp: /nowhere/f: No such file or directory\n");
}

static void
gzip_reads_back(void **state)
{
	struct output *o = output_open(in_dir("z.gz"), true);
	char line[100], got[100];
	gzFile z;
	int i, n;

	(void)state;
	for (i = 0; i < 30000; i++) {
		n = snprintf(line, sizeof line, "{\"n\":%d}\n", i * 7919);
		output_write(o, line, (size_t)n);
	}
	output_close(o);
	z = gzopen(in_dir("z.gz"), "r");
	for (i = 0; i < 30000; i++) {
		snprintf(line, sizeof line, "{\"n\":%d}\n", i * 7919);
		assert_non_null(gzgets(z, got, sizeof got));
		assert_string_equal(got, line);
	}
	assert_null(gzgets(z, got, sizeof got));
	assert_int_equal(gzclose(z), Z_OK);
}

static int
spills(void *arg)
{
	int fd = output_spill(arg);
	struct stat st;

	return fstat(fd, &st) != 0 || st.st_nlink != 0 ||
	       (st.st_mode & 0777) != 0600;
}

static void
spill_files_have_no_name(void **state)
{
	struct child *c = child_run(spills, dir, "", 0);

	(void)state;
	assert_int_equal(c->status, 0);
	assert_int_equal(entries(), 0);
	c = child_run(spills, "/nowhere", "", 0);
	assert_int_equal(c->status, 2);
	assert_string_equal(
	    c->err, "cdp: /nowhere: No such file or directory\n");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_dir, drop_dir)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_file_appears_whole),
	    TEST(a_dangling_link_gets_its_file),
	    TEST(a_bad_end_is_told),
	    TEST(a_closed_pipe_is_silent),
	    TEST(a_full_disk_leaves_the_old_file),
	    TEST(devices_are_written_in_place),
	    TEST(gzip_reads_back),
	    TEST(spill_files_have_no_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
