/* Any bytes as rows of an export, through a map with every kind of value: the
 * counts balance (else the program ends), and each line that comes out is valid
 * JSON.  Or sniffed: the map that is written can be read. */
#include <string.h>

#include "../fuzz_file.h"
#include "../input.h"
#include "../json.h"
#include "../recode.h"
#include "../reject.h"
#include "ingest.h"
#include "sniff.h"

#define LONGEST 2048 /* so that the events of its rows fit into a pipe */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { CSV, TSV, NDJSON, WIDE, GB, JSON, GROUP, SNIFF, MODES };

static const char *const inputs[SNIFF] = {
    "\"format\": \"csv\", \"header\": false, \"trailer\": \"^END\"",
    "\"format\": \"tsv\", \"header\": false, \"trim\": true",
    "\"format\": \"ndjson\"",
    "\"encoding\": \"UTF-16LE\", \"header\": false, \"unmangle\": true",
    "\"encoding\": \"GB18030\", \"header\": false, \"nulls\": [\"\", \"-\"]",
    "\"format\": \"json\"",
    "\"header\": false, \"delimiter\": \";\"",
};

static const char map_text_rest[] =
    ", \"columns\": [\"a\", \"b\", \"c\", \"d\"]},"
    "\"timezone\": \"America/New_York\", \"country\": \"CN\","
    "\"where\": \"a != 'no'\","
    "\"ids\": {\"phone\": {\"column\": \"a\", \"normalize\": \"phone\"},"
    "\"email\": [{\"column\": \"b\", \"normalize\": \"email\"}, \"a\"],"
    "\"open\": {\"column\": \"b\", \"scope\": \"a\"},"
    "\"*\": {\"column\": \"d\"}},"
    "\"traits\": {\"t\": {\"expr\": \"lower(a)\"},"
    "\"both\": {\"join\": [\"a\", \"b\"]}},"
    "\"properties\": {\"n\": {\"column\": \"b\", \"type\": \"money\","
    "\"default\": 0}, \"j\": {\"column\": \"c\", \"type\": \"text\"}},"
    "\"events\": [{\"event\": \"A\", \"timestamp\": {\"column\": \"c\","
    "\"format\": [\"iso\", \"epoch\", \"%d/%m/%Y %I:%M %p %z\", \"excel\","
    "\"%b %d %y %H:%M:%S.%f\"], \"when_missing\": \"skip\"},"
    "\"properties\": {\"x\": {\"column\": \"d\", \"type\": \"json\"}}},"
    "{\"event\": \"B\", \"timestamp\":"
    "{\"value\": \"2026-01-01T00:00:00Z\"}, \"key\": \"a\"},"
    "{\"event\": \"C\", \"where\": \"c = 'c'\", \"timestamp\":"
    "{\"value\": \"2026-01-01T00:00:00Z\"}, \"message_id\": \"b\","
    "\"properties\": {\"*\": \"d\", \"y\": {\"column\": \"b\","
    "\"type\": \"boolean\"}, \"z\": {\"column\": \"c\","
    "\"values\": {\"1\": true}}, \"w\": {\"column\": \"a\","
    "\"type\": \"time\", \"format\": \"epoch_us\"}}}]";

static const char group_text[] =
    ", \"group\": {\"by\": [\"a\"], \"consecutive\": true, \"each\": {"
    "\"b\": \"b\", \"c\": {\"column\": \"c\", \"type\": \"number\"}}}";

static void
check_lines(char *file)
{
	struct input_line line;
	struct js_error e;
	struct input *in = input_open(&file, 1, 0);

	while (input_line(in, &line))
		if (!js_valid(line.p, line.len, &e))
			abort();
	input_close(in);
}

/* An array of objects: other values end the program. */
static bool
is_array(const struct buf *b)
{
	struct buf copy = {0};
	struct js_error e;
	struct js_val all, one;
	struct js_iter it;
	bool ok;

	buf_add(&copy, b->p, b->len);
	js_pad(&copy);
	ok = *copy.p == '[' && js_valid(copy.p, copy.len, &e);
	if (ok) {
		all = (struct js_val){copy.p, (uint32_t)copy.len, JS_ARRAY, 0};
		it = js_iterate(all);
		while (js_next(&it, NULL, &one))
			ok = ok && one.type == JS_OBJECT;
	}
	buf_free(&copy);
	return ok;
}

static bool
looks_like_json(const struct buf *b)
{
	size_t i;

	recode_mark(b->p, b->len, &i);
	for (; i < b->len; i++)
		if (b->p[i] == '{' || b->p[i] == '[')
			return true;
		else if (b->p[i] != '\0' && strchr(" \t\r\n", b->p[i]) == NULL)
			break;
	return false;
}

/* Would the program end with a message about the file as a whole? */
static bool
ends_early(const struct buf *b, int mode)
{
	size_t mark;

	if (b->len >= 2 && memcmp(b->p, "\x1f\x8b", 2) == 0)
		return true;
	recode_mark(b->p, b->len, &mark);
	if (mode == SNIFF)
		return looks_like_json(b) && !is_array(b);
	return mark > 0 || (mode == JSON && !is_array(b));
}

static struct map *
map_of(int mode)
{
	struct buf text = {0};
	struct map *m;
	char *name;
	int fd;

	buf_addf(&text, "{\"input\": {%s%s%s}", inputs[mode], map_text_rest,
	    mode == GROUP ? group_text : "");
	fd = fuzz_file(text.p, text.len);
	name = fuzz_name(fd);
	m = map_read(name);
	free(name);
	close(fd);
	buf_free(&text);
	return m;
}

static void
make_events(int mode, char *rows, char *output)
{
	struct ingest_settings set = {
	    .output = output, .dedupe = mode == CSV || mode == GROUP};
	static struct map *maps[SNIFF];
	struct ingest *g;

	if (maps[mode] == NULL)
		maps[mode] = map_of(mode);
	g = ingest_new(maps[mode], &set);
	ingest_files(g, &rows, 1);
	ingest_close(g);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buf rows = {0};
	struct fuzz_pipe pipe;
	int file, out, mode;
	char *in_name, *out_name;
	size_t wrote;

	if (n == 0 || n > LONGEST)
		return 0;
	mode = data[0] % MODES;
	reject_settings.quiet = true;
	reject_settings.allow = "100%";
	buf_add(&rows, data + 1, mode == WIDE ? (n - 1) & ~(size_t)1 : n - 1);
	buf_add(&rows, "\n", mode == WIDE ? 2 : 1);
	if (ends_early(&rows, mode)) {
		buf_free(&rows);
		return 0;
	}
	file = fuzz_file(rows.p, rows.len);
	pipe = fuzz_pipe();
	in_name = fuzz_name(file);
	out_name = fuzz_name(pipe.in);
	if (mode == SNIFF)
		sniff_files(&in_name, 1, out_name);
	else
		make_events(mode, in_name, out_name);
	free(out_name);
	out = fuzz_pipe_file(pipe, &wrote);
	out_name = fuzz_name(out);
	if (mode == SNIFF)
		map_free(map_read(out_name));
	else
		check_lines(out_name);
	free(in_name);
	free(out_name);
	close(file);
	close(out);
	buf_free(&rows);
	return 0;
}
