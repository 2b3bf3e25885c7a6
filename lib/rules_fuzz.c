/* Any bytes as a file that people or our own programs wrote: each loader takes
 * it, and says what it means, or ends the program with a message.  The first
 * byte of the input chooses the loader. */
#include <setjmp.h>
#include <stdint.h>

/* A death leads back to the fuzzer. */
static _Noreturn void escape(int status);
#define _exit escape
#include "err.c"
#undef _exit

#include "attribute/rule.h"
#include "filter.h"
#include "fuzz_file.h"
#include "identity/forget.h"
#include "identity/guard.h"
#include "identity/truth.h"
#include "ingest/ingest.h"
#include "ingest/map.h"
#include "journey/graph.h"
#include "model/scorer.h"
#include "rfm/rfm.h"
#include "score/points.h"
#include "segment/segment.h"
#include "tag/tags.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static jmp_buf back;
static struct buf said;

static _Noreturn void
escape(int status)
{
	(void)status;
	pthread_mutex_unlock(&speaking);
	longjmp(back, 1);
}

static void
load_tags(const char *file)
{
	struct opt_list one = {&file, 1, 1};
	struct tags *t = tags_load(&one);

	tags_check(t, &said);
	tags_free(t);
}

static void
load_points(const char *file)
{
	struct points *p = points_load(&file, 1);

	points_check(p, &said);
	points_free(p);
}

static void
load_segments(const char *file)
{
	struct segments *s = segments_new();
	struct js_plan *plan = filter_plan();

	segments_read(s, file);
	segments_plan(s, plan, true);
	segments_check(s, &said);
	segments_free(s);
	js_plan_free(plan);
}

static void
load_journeys(const char *file)
{
	struct opt_list one = {&file, 1, 1};
	struct journeys *j = journeys_load(&one);

	journeys_check(j, &said);
	journeys_free(j);
}

static void
load_guards(const char *file)
{
	struct guards *g = guards_read(file);

	guards_say(g, &said);
	guards_free(g);
}

static void
load_map(const char *file)
{
	struct map *m = map_read(file);

	map_say(m, &said);
	map_free(m);
}

static void
load_classes(const char *file)
{
	static struct rfm fresh, rfm;

	rfm = fresh;
	rfm.bins = 5;
	rfm_add_table(&rfm, file);
	rfm_check_tables(&rfm);
	rfm_say(&rfm, &said);
}

static void
load_worth(const char *file)
{
	static struct rfm fresh, rfm;

	rfm = fresh;
	rfm_model_read(&rfm, file);
	rfm_model_text(&rfm, &said);
}

static void
load_attribution(const char *file)
{
	struct attribution *a = attribution_load(file);

	attribution_say(a, &said);
	attribution_free(a);
}

static void
load_model(const char *file)
{
	struct js_plan *plan = filter_plan();

	scorer_new(&file, 1, plan);
	js_plan_free(plan);
}

static void
load_forgotten(const char *file)
{
	forgotten_read(file, "/dev/null");
}

static void
load_truth(const char *file)
{
	truth_read(file);
}

static void
load_old_tags(const char *file)
{
	tags_old_free(tags_old_read(file));
}

/* Records of --rejects, fed back. */
static void
load_mended(const char *file)
{
	static const char text[] =
	    "{\"input\": {\"columns\": [\"a\", \"b\"]}, \"ids\": {\"a\": "
	    "\"a\"},"
	    "\"timezone\": \"UTC\", \"event\": \"E\", \"timestamp\":"
	    "{\"column\": \"b\", \"format\": \"iso\"}}";
	struct ingest_settings set = {.output = "/dev/null"};
	int fd = fuzz_file(text, sizeof text - 1);
	char *name = fuzz_name(fd);
	struct map *m = map_read(name);
	struct ingest *g = ingest_new(m, &set);

	err_on_die(NULL); /* a death leaves the output as it is */
	free(name);
	close(fd);
	ingest_rejects(g, file);
	ingest_close(g);
	map_free(m);
}

static void (*const loaders[])(const char *) = {load_tags, load_points,
    load_segments, load_journeys, load_guards, load_map, load_classes,
    load_worth, load_attribution, load_model, load_forgotten, load_truth,
    load_old_tags, load_mended};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *name;
	int fd;

	if (n < 2)
		return 0;
	reject_settings.quiet = true;
	fd = fuzz_file(data + 1, n - 1);
	name = fuzz_name(fd);
	said.len = 0;
	if (setjmp(back) == 0)
		loaders[data[0] % (sizeof loaders / sizeof *loaders)](name);
	free(name);
	close(fd);
	return 0;
}
