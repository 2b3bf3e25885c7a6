/* cdp-ingest: rows of exports to event lines. */
#include <stdio.h>
#include <string.h>

#include "err.h"
#include "filter.h"
#include "ingest/ingest.h"
#include "ingest/sniff.h"
#include "opt.h"
#include "output.h"

static const char *map_file, *mended;
static bool sniff, check;
static struct opt_list lookups, hashes;
static struct ingest_settings set = {.lookup = &lookups, .hash = &hashes};

static const struct opt own[] = {
    {'m', "map", "FILE", "make events as FILE says (default: preset:segment)",
	OPT_TEXT, &map_file},
    {0, "lookup", "NAME=FILE", "read the map's lookup NAME from FILE", OPT_LIST,
	&lookups},
    {0, "sniff", NULL, "look at the files and write a map to begin with",
	OPT_FLAG, &sniff},
    {0, "check", NULL, "check the map and say what it means", OPT_FLAG, &check},
    {0, "from-rejects", "FILE", "read mended records of a --rejects file",
	OPT_TEXT, &mended},
    {0, "dedupe", NULL, "leave out event lines that were written before",
	OPT_FLAG, &set.dedupe},
    {0, "dedupe-state", "FILE", "and remember them in FILE for the next run",
	OPT_TEXT, &set.dedupe_state},
    {0, "hash", "NAMESPACE", "write its ids as HMAC-SHA-256", OPT_LIST,
	&hashes},
    {0, "key-file", "FILE", "the key of --hash", OPT_TEXT, &set.key_file},
    {0, "profile-out", "FILE", "write what the columns look like to FILE",
	OPT_TEXT, &set.profile_out},
    {0, "profile-in", "FILE", "exit 1 if they have drifted from FILE", OPT_TEXT,
	&set.profile_in},
    {0, NULL, NULL, NULL, OPT_FLAG, NULL},
};

static int
check_map(struct map *m)
{
	struct buf b = {0};

	map_say(m, &b);
	output_text(filter_settings.output, filter_settings.gzip, &b);
	map_free(m);
	return OK;
}

/* Without a map a file must be NDJSON: tell by its first byte what to do
 * about another, before each of its rows is set apart. */
static void
need_no_map(const char *file)
{
	static const char json[] = "{\t\n\r \x1f\xef"; /* or gzip, or a BOM */
	struct place at = {file, 0, 0, NULL};
	FILE *f = strcmp(file, "-") == 0 ? NULL : fopen(file, "r");
	int c;

	if (f == NULL)
		return;
	c = fgetc(f);
	fclose(f);
	if (c > 0 && strchr(json, c) == NULL)
		die_at(&at,
		    "not NDJSON, and no map: try cdp-ingest --sniff %s > "
		    "map.json",
		    file);
}

static int
run(char *const *files, int n)
{
	struct map *m;
	struct ingest *g;
	int status;

	if (sniff)
		return sniff_files(files, n, filter_settings.output);
	m = map_read(map_file != NULL ? map_file : "preset:segment");
	if (check)
		return check_map(m);
	set.output = filter_settings.output;
	set.gzip = filter_settings.gzip;
	g = ingest_new(m, &set);
	for (int i = 0; map_file == NULL && i < n; i++)
		need_no_map(files[i]);
	if (mended != NULL)
		ingest_rejects(g, mended);
	if (mended == NULL || n > 0)
		ingest_files(g, files, n);
	status = ingest_close(g);
	map_free(m);
	return status;
}

int
main(int argc, char **argv)
{
	static const struct opt *const tables[] = {
	    own, filter_options, reject_options, NULL};
	static const struct opt_program program = {"cdp-ingest",
	    "[-m MAP] [FILE ...]\n--sniff FILE ...",
	    "Make event lines of the rows of exports.", tables};
	int first = opt_parse(&program, argc, argv);

	if (!sniff && !check)
		output_promise(filter_settings.output);
	return run(argv + first, argc - first);
}
