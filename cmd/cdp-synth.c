#include <stdio.h>

#include "err.h"
#include "opt.h"
#include "synth/write.h"
#include "when.h"

#define DAY INT64_C(86400000)
#define EVENTS_A_CUSTOMER 13

static const char *directory, *seed = "1", *from = "2025-11-11";
static uint64_t customers, events, days = 365;
static bool quiet;

static const struct opt options[] = {
    {'d', "directory", "DIR", "where the files go; made where missing",
	OPT_TEXT, &directory},
    {'s', "seed", "TEXT", "another seed, another world (1)", OPT_TEXT, &seed},
    {'n', "customers", "N", "how many customers (1000)", OPT_COUNT, &customers},
    {'e', "events", "N", "about how many rows (13 a customer)", OPT_COUNT,
	&events},
    {0, "from", "DATE", "the first day (2025-11-11)", OPT_TEXT, &from},
    {0, "days", "N", "how many days (365)", OPT_COUNT, &days},
    {'q', "quiet", NULL, "do not say what was written", OPT_FLAG, &quiet},
    {0, NULL, NULL, NULL, OPT_FLAG, NULL},
};
static const struct opt *const tables[] = {options, NULL};
static const struct opt_program program = {"cdp-synth",
    "-d DIR [-s SEED] [-n CUSTOMERS] [-e EVENTS]",
    "Invent customers, their messy exports, and the truth about them.", tables};

static struct world
make_world(void)
{
	const struct zone *zone = zone_find("+08:00", 6);
	struct world w = {.key = draw_key("cdp-synth", 9, seed, strlen(seed))};

	if (!when_parse_in(from, strlen(from), zone, &w.from))
		usage_error("--from %s is no date like 2025-11-11",
		    err_quote(from, strlen(from)));
	if (days > 36500)
		usage_error("--days must be at most 36500");
	w.until = w.from + (int64_t)days * DAY;
	if (customers == 0)
		customers = events > 0 ? events / EVENTS_A_CUSTOMER + 1 : 1000;
	if (customers > WORLD_CUSTOMERS)
		usage_error("--customers must be at most %d", WORLD_CUSTOMERS);
	w.customers = customers;
	w.mean =
	    events > 0 ? (double)events / (double)customers : EVENTS_A_CUSTOMER;
	return w;
}

int
main(int argc, char **argv)
{
	struct synth_counts counts;
	struct world w;

	if (opt_parse(&program, argc, argv) < argc)
		usage_error("cdp-synth takes no operands");
	if (directory == NULL)
		usage_error("no directory: -d DIR");
	w = make_world();
	synth_write(&w, directory, &counts);
	if (!quiet)
		printf("%llu rows of %llu customers: %llu duplicate, "
		       "%llu superseded, %llu bad\n",
		    (unsigned long long)counts.rows,
		    (unsigned long long)w.customers,
		    (unsigned long long)counts.duplicate,
		    (unsigned long long)counts.superseded,
		    (unsigned long long)counts.bad);
	return fflush(stdout) == 0 ? OK
				   : (warning("standard output:"), TROUBLE);
}
