/* Any bytes as rows of an export, through a map with every kind of value: the
 * counts balance (else the program ends), and each line that comes out is valid
 * JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../input.h"
#include "../json.h"
#include "../mem.h"
#include "../reject.h"
#include "ingest.h"

#define MODES 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const char *const inputs[MODES] = {
    "\"format\": \"csv\", \"header\": false, \"trailer\": \"^END\"",
    "\"format\": \"tsv\", \"header\": false, \"trim\": true",
    "\"format\": \"ndjson\"",
    "\"encoding\": \"UTF-16LE\", \"header\": false, \"unmangle\": true",
};

static const char map_text_rest[] =
    ", \"columns\": [\"a\", \"b\", \"c\", \"d\"]},"
    "\"timezone\": \"America/New_York\", \"country\": \"CN\","
    "\"where\": \"a != 'no'\","
    "\"ids\": {\"phone\": {\"column\": \"a\", \"normalize\": \"phone\"},"
    "\"email\": [{\"column\": \"b\", \"normalize\": \"email\"}, \"a\"],"
    "\"*\": {\"column\": \"d\"}},"
    "\"traits\": {\"t\": {\"expr\": \"lower(a)\"}},"
    "\"properties\": {\"n\": {\"column\": \"b\", \"type\": \"money\","
    "\"default\": 0}, \"j\": {\"column\": \"c\", \"type\": \"text\"}},"
    "\"events\": [{\"event\": \"A\", \"timestamp\": {\"column\": \"c\","
    "\"format\": [\"iso\", \"epoch\", \"%d/%m/%Y %I:%M %p %z\"],"
    "\"when_missing\": \"skip\"}}, {\"event\": \"B\", \"timestamp\":"
    "{\"value\": \"2026-01-01T00:00:00Z\"}, \"key\": \"a\"}]}";

static char *
path_of(int fd)
{
	char text[32];

	snprintf(text, sizeof text, "/proc/self/fd/%d", fd);
	return mem_text(text, strlen(text));
}

static int
memory(const void *p, size_t n)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd < 0 || write(fd, p, n) != (ssize_t)n ||
	    lseek(fd, 0, SEEK_SET) != 0)
		abort();
	return fd;
}

static void
check_lines(int fd)
{
	struct input_line line;
	struct js_error e;
	char *name = path_of(fd);
	struct input *in = input_open(&name, 1, 0);

	while (input_line(in, &line))
		if (!js_valid(line.p, line.len, &e))
			abort();
	input_close(in);
	free(name);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct ingest_settings set = {0};
	struct buf text = {0}, rows = {0};
	int map, file, out, mode;
	char *names[3];
	struct ingest *g;
	struct map *m;

	if (n == 0)
		return 0;
	mode = data[0] % MODES;
	reject_settings.quiet = true;
	reject_settings.allow = "100%";
	buf_addf(&text, "{\"input\": {%s%s", inputs[mode], map_text_rest);
	buf_add(&rows, data + 1, n - 1);
	buf_add(&rows, "\n", mode == 3 ? 2 : 1);
	map = memory(text.p, text.len);
	file = memory(rows.p, rows.len);
	out = memory("", 0);
	names[0] = path_of(map);
	names[1] = path_of(file);
	names[2] = path_of(out);
	set.output = names[2];
	m = map_read(names[0]);
	g = ingest_new(m, &set);
	ingest_files(g, names + 1, 1);
	ingest_close(g);
	map_free(m);
	check_lines(out);
	for (mode = 0; mode < 3; mode++)
		free(names[mode]);
	close(map);
	close(file);
	close(out);
	buf_free(&text);
	buf_free(&rows);
	return 0;
}
