#include <stdio.h>
#include <zlib.h>

#include "buf.h"
#include "input.h"
#include "json.h"
#include "test.h"
#include "test_child.h"

/* A file under /tmp with the bytes; the name is static. */
static char *
file_of(const void *p, size_t n)
{
	static char names[4][32];
	static unsigned turn;
	char *name = names[turn++ % 4];
	int fd;

	strcpy(name, "/tmp/cdp-test.XXXXXX");
	fd = mkstemp(name);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, p, n), (ssize_t)n);
	close(fd);
	return name;
}

/* Appends a gzip member. */
static void
gzip(struct buf *b, const void *p, size_t n)
{
	z_stream z = {0};

	deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
	buf_room(b, n + 256);
	z.next_in = (unsigned char *)p;
	z.avail_in = (uInt)n;
	z.next_out = (unsigned char *)b->p + b->len;
	z.avail_out = (uInt)(b->cap - b->len);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	b->len += z.total_out;
	deflateEnd(&z);
}

/* Prints "line:text|" for each line, with ! unfinished and > too long. */
static int
show_lines(struct input *in)
{
	struct input_line l;

	while (input_line(in, &l)) {
		assert_int_equal(l.p[l.len], '\n');
		dprintf(1, "%d:%.*s%s%s|", (int)l.at.line,
		    l.len > 20 ? 3 : (int)l.len, l.p, l.unfinished ? "!" : "",
		    l.too_long ? ">" : "");
	}
	input_close(in);
	return 0;
}

static int
show_chunks(struct input *in)
{
	struct input_chunk c = {0};
	struct input_line l;
	size_t pos;

	while (input_chunk(in, &c))
		for (pos = 0; input_chunk_line(&c, &pos, &l);)
			dprintf(1, "%d:%.*s%s%s|", (int)l.at.line,
			    l.len > 20 ? 3 : (int)l.len, l.p,
			    l.unfinished ? "!" : "", l.too_long ? ">" : "");
	free(c.p);
	input_close(in);
	return 0;
}

static uint64_t limit;

static int
lines_of_stdin(void *arg)
{
	struct input *in = input_open(NULL, 0, limit);

	return arg != NULL ? show_chunks(in) : show_lines(in);
}

static const struct {
	const char *in, *out;
} plain[] = {
    {"", ""},
    {"\n", "1:|"},
    {"a\nb\n", "1:a|2:b|"},
    {"a\r\n\r\nb", "1:a|2:|3:b!|"},
    {"\xef\xbb\xbf"
     "a\n\xef\xbb\xbf"
     "b\n",
	"1:a|2:\xef\xbb\xbf"
	"b|"},
    {"a", "1:a!|"},
    {"\xef\xbb\xbf", ""},
    {"\xef\xbb", "1:\xef\xbb!|"},
};

static void
lines_end_as_documented(void **state)
{
	struct child *c;
	size_t i;
	int way;

	(void)state;
	limit = 0;
	for (i = 0; i < ROWS(plain); i++)
		for (way = 0; way < 2; way++) {
			c = child_run(lines_of_stdin, way ? &way : NULL,
			    plain[i].in, strlen(plain[i].in));
			assert_string_equal(c->err, "");
			assert_string_equal(c->out, plain[i].out);
		}
}

/* 17: concatenated members, padding, garbage, cut and broken files. */
static void
gzip_is_known_by_its_bytes(void **state)
{
	static const char two[] = "1:a|2:b|3:c|";
	struct buf b = {0}, whole = {0};
	struct child *c;
	int way;

	(void)state;
	limit = 0;
	gzip(&whole, "a\nb\n", 4);
	gzip(&whole, "", 0);
	gzip(&whole, "c\n", 2);
	for (way = 0; way < 2; way++) {
		void *arg = way ? &way : NULL;

		c = child_run(lines_of_stdin, arg, whole.p, whole.len);
		assert_int_equal(c->status, 0);
		assert_string_equal(c->out, two);
		b.len = 0;
		buf_add(&b, whole.p, whole.len);
		buf_add(&b, "\0\0\0\0\0\0\0", 7);
		c = child_run(lines_of_stdin, arg, b.p, b.len);
		assert_int_equal(c->status, 0);
		assert_string_equal(c->out, two);
		buf_add(&b, "x", 1);
		c = child_run(lines_of_stdin, arg, b.p, b.len);
		assert_int_equal(c->status, 2);
		assert_string_equal(c->out, two);
		assert_non_null(strstr(
		    c->err, "<stdin>: trailing garbage after gzip data\n"));
		b.len = whole.len;
		buf_add(&b, "\x1f\x8bzz", 4);
		c = child_run(lines_of_stdin, arg, b.p, b.len);
		assert_int_equal(c->status, 2);
		assert_string_equal(c->out, two);
		/* the check sum of the last member */
		b.len = whole.len;
		b.p[b.len - 8] ^= 1;
		c = child_run(lines_of_stdin, arg, b.p, b.len);
		assert_int_equal(c->status, 2);
		assert_string_equal(c->out, two);
		assert_non_null(
		    strstr(c->err, "<stdin>: incorrect data check\n"));
		/* gzip of gzip is not unpacked twice */
		b.len = 0;
		gzip(&b, whole.p, whole.len);
		c = child_run(lines_of_stdin, arg, b.p, b.len);
		assert_int_equal(c->status, 0);
		assert_int_equal(memcmp(c->out, "1:", 2), 0);
		assert_int_equal((unsigned char)c->out[2], 0x1f);
	}
	buf_free(&b);
	buf_free(&whole);
}

static void
gzip_cut_anywhere_is_said(void **state)
{
	struct buf b = {0};
	struct child *c;
	char text[600];
	size_t cut;
	int i, n = 0;

	(void)state;
	limit = 0;
	for (i = 0; i < 100; i++)
		n += snprintf(
		    text + n, sizeof text - (size_t)n, "%d\n", i * i % 91);
	gzip(&b, text, (size_t)n);
	for (cut = 2; cut < b.len; cut++) {
		c = child_run(lines_of_stdin, cut % 2 ? &n : NULL, b.p, cut);
		assert_int_equal(c->status, 2);
		assert_string_equal(
		    c->err, "cdp: <stdin>: unexpected end of gzip data\n");
		/* whole lines only */
		assert_true(c->len == 0 || c->out[c->len - 1] == '|');
		assert_null(strchr(c->out, '!'));
	}
	buf_free(&b);
}

/* 6: at the limit, one over it, and far over it without a newline. */
static void
long_lines_are_cut(void **state)
{
	struct buf b = {0};
	struct child *c;
	int way;
	size_t i;

	(void)state;
	limit = 100000;
	for (i = 0; i < 100000; i++)
		buf_byte(&b, 'x');
	buf_adds(&b, "\nb\n");
	for (i = 0; i < 100001; i++)
		buf_byte(&b, 'y');
	buf_adds(&b, "\nc\n");
	for (i = 0; i < 3000000; i++)
		buf_byte(&b, 'z');
	buf_adds(&b, "\nd\n");
	for (i = 0; i < 3000000; i++)
		buf_byte(&b, 'w');
	for (way = 0; way < 2; way++) {
		c = child_run(lines_of_stdin, way ? &way : NULL, b.p, b.len);
		assert_int_equal(c->status, 0);
		assert_string_equal(
		    c->out, "1:xxx|2:b|3:yyy>|4:c|5:zzz>|6:d|7:www!>|");
	}
	buf_free(&b);
}

static int
lines_of_files(void *arg)
{
	char **files = arg;
	int n;

	for (n = 0; files[n] != NULL; n++)
		;
	return show_lines(input_open(files, n, 0));
}

static void
files_are_one_stream(void **state)
{
	struct buf b = {0};
	char *files[5];
	struct child *c;

	(void)state;
	gzip(&b, "b\nc", 3);
	files[0] = file_of("a\n", 2);
	files[1] = file_of(b.p, b.len);
	files[2] = "-";
	files[3] = file_of("", 0);
	files[4] = NULL;
	c = child_run(lines_of_files, files, "d\n", 2);
	assert_int_equal(c->status, 0);
	assert_string_equal(c->out, "1:a|1:b|2:c!|1:d|");
	unlink(files[1]);
	c = child_run(lines_of_files, files, "d\n", 2);
	assert_int_equal(c->status, 2);
	assert_string_equal(c->out, ""); /* known before any output */
	unlink(files[0]);
	unlink(files[3]);
	files[0] = "/tmp";
	c = child_run(lines_of_files, files, "d\n", 2);
	assert_int_equal(c->status, 2);
	assert_string_equal(c->err, "cdp: /tmp: Is a directory\n");
	buf_free(&b);
}

static int
raw_bytes(void *arg)
{
	struct input *in = input_open(arg, 2, 0);
	const char *name;
	char p[7];
	size_t n;

	while (input_next_file(in, &name)) {
		dprintf(1, "[");
		while ((n = input_read(in, p, sizeof p)) > 0)
			dprintf(1, "%.*s", (int)n, p);
		dprintf(1, "]");
	}
	input_close(in);
	return 0;
}

static void
raw_bytes_keep_everything(void **state)
{
	struct buf b = {0};
	char *files[2];
	struct child *c;

	(void)state;
	gzip(&b, "abcdefghijkl\r\n", 14);
	files[0] = file_of("\xef\xbb\xbfx\ny", 6);
	files[1] = file_of(b.p, b.len);
	c = child_run(raw_bytes, files, "", 0);
	assert_int_equal(c->status, 0);
	assert_string_equal(c->out, "[\xef\xbb\xbfx\ny][abcdefghijkl\r\n]");
	unlink(files[0]);
	unlink(files[1]);
	buf_free(&b);
}

/* Lines of all lengths across the edges of the blocks, both ways. */
static void
blocks_do_not_show(void **state)
{
	struct buf b = {0};
	char *files[1];
	struct input *in;
	struct input_line l;
	struct input_chunk c = {0};
	size_t i, k, pos;

	(void)state;
	for (i = 0; i < 4000; i++) {
		for (k = 0; k < i * 7919 % 1500; k++)
			buf_byte(&b, (char)('a' + i % 26));
		buf_byte(&b, '\n');
	}
	files[0] = file_of(b.p, b.len);
	in = input_open(files, 1, 0);
	for (i = 0; input_line(in, &l); i++) {
		assert_int_equal(l.len, i * 7919 % 1500);
		assert_int_equal(l.at.line, i + 1);
		assert_true(l.len == 0 || l.p[l.len - 1] == 'a' + (int)i % 26);
	}
	assert_int_equal(i, 4000);
	assert_int_equal(input_bytes(in), b.len);
	assert_int_equal(input_size(in), b.len);
	input_close(in);
	in = input_open(files, 1, 0);
	for (i = 0; input_chunk(in, &c);)
		for (pos = 0; input_chunk_line(&c, &pos, &l); i++) {
			assert_int_equal(l.len, i * 7919 % 1500);
			assert_int_equal(l.at.line, i + 1);
		}
	assert_int_equal(i, 4000);
	input_close(in);
	free(c.p);
	unlink(files[0]);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines_end_as_documented),
	    cmocka_unit_test(gzip_is_known_by_its_bytes),
	    cmocka_unit_test(gzip_cut_anywhere_is_said),
	    cmocka_unit_test(long_lines_are_cut),
	    cmocka_unit_test(files_are_one_stream),
	    cmocka_unit_test(raw_bytes_keep_everything),
	    cmocka_unit_test(blocks_do_not_show),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
