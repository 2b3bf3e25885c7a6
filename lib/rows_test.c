#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rows.h"
#include "test.h"

#define BYTES(s) s, sizeof(s) - 1

/* Each row as its line and cells: "1:a|b ", a bad one as "2!", blank "3-". */
static void
show(enum rows_got got, const struct row *row, struct buf *out)
{
	size_t i;

	buf_addf(out, "%d", (int)row->at.line);
	if (got == ROWS_BAD)
		buf_addf(
		    out, "!%.*s(%s)", (int)row->rawlen, row->raw, row->why);
	else if (got == ROWS_BLANK)
		buf_adds(out, "-");
	else
		for (i = 0; i < row->ncell; i++)
			buf_addf(out, "%c%.*s", i > 0 ? '|' : ':',
			    (int)row->cell[i].len, row->cell[i].p);
	if (row->unfinished)
		buf_adds(out, "~");
	buf_adds(out, " ");
}

static void
expect(const char *bytes, size_t n, const struct rows_settings *set,
    const char *want)
{
	char name[] = "/tmp/rows_testXXXXXX", *file = name;
	struct buf out = {0};
	struct input *in;
	struct rows *r;
	struct row row;
	enum rows_got got;
	int fd = mkstemp(name);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), n);
	close(fd);
	in = input_open(&file, 1, 0);
	r = rows_new(in, set);
	assert_true(rows_next_file(r));
	while ((got = rows_next(r, &row)) != ROWS_END)
		show(got, &row, &out);
	buf_byte(&out, '\0');
	assert_string_equal(out.p, want);
	assert_false(rows_next_file(r));
	rows_free(r);
	input_close(in);
	buf_free(&out);
	unlink(name);
}

static const struct {
	const char *text, *want;
} csv[] = {
    {"a,b\n1,2\n", "1:a|b 2:1|2 "},
    {"a,b\r\n1,2\r\n", "1:a|b 2:1|2 "},
    {"a,b\n1,2", "1:a|b 2:1|2~ "},
    {"a,\n,\n", "1:a| 2:| "},
    {"\n\na\n", "1- 2- 3:a "},
    {" a , b \n", "1: a | b  "},
    {"\" a \",\"\"\n", "1: a | "},
    {"\"a\"\"b\",c\n", "1:a\"b|c "},
    {"\"a\nb\",c\nd,e\n", "1:a\nb|c 3:d|e "},
    {"\"a\r\nb\",c\r\nd,e\r\n", "1:a\r\nb|c 3:d|e "},
    {"\"a\n\nb\"\n", "1:a\n\nb "},
    {"a\rb,c\n", "1:a\rb|c "},
    {"a\"b,c\nd,e\n", "1:a\"b|c 2:d|e "},
    {"a\"b\",\"c\"\nd,e\n", "1:a\"b\"|c 2:d|e "},
    {"\"a\" ,c\nd,e\n", "1!\"a\" ,c(text behind a closing quote) 2:d|e "},
    {"1,\"x\n2,y\n3,z\n", "1!1,\"x(quote is not closed) 2:2|y 3:3|z "},
    {"1,\"x\n2,\"y\"\n3,z\n",
	"1!1,\"x(text behind a closing quote) 2:2|y 3:3|z "},
    {"\"a\"\"\n\"\"b\",\"\"\n", "1:a\"\n\"b| "},
    {"1,\"x", "1!1,\"x(quote is not closed)~ "},
    {"\xef\xbb\xbf\"a\",b\n", "1:a|b "},
    {"a,\xff\nc,d\n", "1!a,\xff(invalid UTF-8) 2:c|d "},
    {"\"a\n\xff\",b\nc,d\n",
	"1!\"a(invalid UTF-8) 2!\xff\",b(invalid UTF-8) 3:c|d "},
    {"0123456789abcdef0123456789,abcdef,,0123456789abcdef,x\n",
	"1:0123456789abcdef0123456789|abcdef||0123456789abcdef|x "},
};

static void
csv_rows(void **state)
{
	struct rows_settings set = {.delimiter = ',', .quote = '"'};
	size_t i;

	(void)state;
	for (i = 0; i < ROWS(csv); i++)
		expect(csv[i].text, strlen(csv[i].text), &set, csv[i].want);
}

static void
tsv_rows(void **state)
{
	struct rows_settings set = {.delimiter = '\t'};

	(void)state;
	expect(BYTES("a\t{\"x\":\"y\n"), &set, "1:a|{\"x\":\"y ");
}

/* 手机 in every encoding; the GB bytes by `iconv -t`, the four-byte one is
 * U+20000's. */
static void
encodings(void **state)
{
	struct rows_settings set = {.delimiter = ',', .quote = '"'};

	(void)state;
	set.encoding = "GB18030";
	expect(BYTES("\xca\xd6\xbb\xfa,1\r\n\x95\x32\x82\x36,\"\xca\xd6\"\n"),
	    &set, "1:手机|1 2:\xf0\xa0\x80\x80|手 ");
	expect(
	    "a\xff,b\nc,d\n", 9, &set, "1!a\xff,b(not of the encoding) 2:c|d ");
	set.encoding = "UTF-16LE";
	expect(
	    BYTES("\xff\xfe\x4b\x62\x3a\x67,\0\"\0a\0\n\0b\0\"\0\r\0\n\0x\0"),
	    &set, "1:手机|a\nb 3:x~ ");
	set.encoding = NULL;
	expect(BYTES("\xfe\xff\x62\x4b\0\n\0,"), &set, "1:手 2:|~ ");
	/* U+0A0A and U+0D0A hold bytes that look like newlines */
	set.encoding = "UTF-16LE";
	expect(BYTES("\x0a\x0a\x0a\x0d\n\0"), &set, "1:ਊഊ ");
	set.encoding = "Big5";
	expect(BYTES("\xa4\xe2\xbe\xf7,|\n"), &set, "1:手機|| ");
}

/* Every character of GB18030's two-byte area as iconv has it. */
static void
unknown_encodings(void **state)
{
	static const char *const bad[] = {
	    "UTF-7", "UTF-32LE", "EBCDIC-US", "nonsense"};
	size_t i;

	(void)state;
	for (i = 0; i < ROWS(bad); i++)
		assert_null(recode_open(bad[i]));
}

/* A quote that nothing closes within 1 MiB spoils one line. */
static void
far_quote(void **state)
{
	struct rows_settings set = {.delimiter = ',', .quote = '"'};
	struct buf text = {0}, want = {0};
	int i;

	(void)state;
	buf_adds(&text, "\"a,b\n");
	buf_adds(&want, "1!\"a,b(quote is not closed) ");
	for (i = 0; i < 400000; i++) {
		buf_adds(&text, "c,d\n");
		buf_addf(&want, "%d:c|d ", i + 2);
	}
	buf_byte(&want, '\0');
	expect(text.p, text.len, &set, want.p);
	buf_free(&text);
	buf_free(&want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(csv_rows),
	    cmocka_unit_test(tsv_rows),
	    cmocka_unit_test(encodings),
	    cmocka_unit_test(unknown_encodings),
	    cmocka_unit_test(far_quote),
	};

	return cmocka_run_group_tests_name("rows", tests, NULL, NULL);
}
