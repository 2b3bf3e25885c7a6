#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "mem.h"
#include "opt.h"

#ifndef CDP_VERSION
#define CDP_VERSION "unknown"
#endif

#define FIRST_LONG 256 /* getopt values of options without a letter */
#define MOST 96
#define HELP_AT 32 /* columns of --help */
#define WIDTH 80

static bool help, version, usage_table;

static const struct opt own[] = {
    {'h', "help", NULL, "show this help and exit", OPT_FLAG, &help},
    {'V', "version", NULL, "show the version and exit", OPT_FLAG, &version},
    {0, "usage-table", NULL,
	"list the options, tab separated, for completions and tests", OPT_FLAG,
	&usage_table},
    {0, NULL, NULL, NULL, OPT_FLAG, NULL},
};

/* All options of a program in one array; returns how many. */
static size_t
gather(const struct opt_program *p, const struct opt *all[MOST])
{
	const struct opt *const *table;
	const struct opt *o;
	size_t n = 0;

	for (table = p->tables; *table != NULL; table++)
		for (o = *table; o->name != NULL && n < MOST; o++)
			all[n++] = o;
	for (o = own; o->name != NULL && n < MOST; o++)
		all[n++] = o;
	return n;
}

/* What an option does, from HELP_AT to WIDTH. */
static void
show_text(const char *text)
{
	const char *end;
	int room = WIDTH - HELP_AT, n;

	for (; *text != '\0'; text = end + strspn(end, " ")) {
		n = (int)strlen(text);
		if (n > room)
			for (n = room; n > 1 && text[n] != ' '; n--)
				;
		end = text + n;
		printf("%.*s\n", n, text);
		if (*end != '\0')
			printf("%*s", HELP_AT, "");
	}
}

static void
show_option(const struct opt *o)
{
	char left[64];
	const char *open = o->arg == NULL ? "" : "=";
	int n;

	if (o->kind == OPT_MAYBE)
		n = snprintf(left, sizeof left, "--%s[=%s]", o->name, o->arg);
	else
		n = snprintf(left, sizeof left, "--%s%s%s", o->name, open,
		    o->arg == NULL ? "" : o->arg);
	if (o->letter != 0)
		printf("  -%c, ", o->letter);
	else
		printf("      ");
	if (n > 24)
		printf("%s\n%*s", left, HELP_AT, "");
	else
		printf("%-24s  ", left);
	show_text(o->help);
}

static void
show_synopsis(const struct opt_program *p)
{
	const char *s = p->synopsis, *end;
	const char *head = "usage: ";

	for (; *s != '\0'; s = *end == '\0' ? end : end + 1) {
		end = strchrnul(s, '\n');
		printf("%s%s %.*s\n", head, p->name, (int)(end - s), s);
		head = "       ";
	}
}

static _Noreturn void
answer(const struct opt_program *p, const struct opt *const *all, size_t n)
{
	size_t i;

	if (version)
		printf("%s (cdp) %s\n", p->name, CDP_VERSION);
	else if (help) {
		show_synopsis(p);
		printf("%s\n\n", p->does);
		for (i = 0; i < n; i++)
			show_option(all[i]);
	} else
		for (i = 0; i < n; i++)
			printf("%c\t%s\t%s\t%s\n",
			    all[i]->letter != 0 ? all[i]->letter : '-',
			    all[i]->name, all[i]->arg ? all[i]->arg : "",
			    all[i]->help);
	if (fflush(stdout) != 0 || fclose(stdout) != 0)
		die("<stdout>:");
	exit(OK);
}

static uint64_t
number(const struct opt *o, const char *text)
{
	static const char units[] = "KMG";
	char *end;
	const char *unit;
	unsigned long long v;
	int shift = 0;

	if (text[0] < '0' || text[0] > '9')
		usage_error("--%s: %s is not a number", o->name,
		    err_quote(text, strlen(text)));
	v = strtoull(text, &end, 10);
	if (o->kind == OPT_SIZE && *end != '\0' &&
	    (unit = strchr(units, *end)) != NULL) {
		shift = (int)(unit - units + 1) * 10;
		end++;
	}
	if (*end != '\0' || v > UINT64_MAX >> shift)
		usage_error("--%s: %s is not a number%s", o->name,
		    err_quote(text, strlen(text)),
		    o->kind == OPT_SIZE ? " with K, M or G" : "");
	if (o->kind == OPT_COUNT && v == 0)
		usage_error("--%s: expected 1 or more", o->name);
	return (uint64_t)v << shift;
}

static void
take(const struct opt *o, const char *arg)
{
	struct opt_list *list = o->to;

	switch (o->kind) {
	case OPT_FLAG:
		*(bool *)o->to = true;
		break;
	case OPT_TEXT:
		*(const char **)o->to = arg;
		break;
	case OPT_OUT:
		*(const char **)o->to = strcmp(arg, "-") == 0 ? NULL : arg;
		break;
	case OPT_MAYBE:
		*(const char **)o->to = arg != NULL ? arg : "";
		break;
	case OPT_LIST:
		list->item = mem_grow(
		    list->item, &list->cap, list->n + 1, sizeof *list->item);
		list->item[list->n++] = arg;
		break;
	case OPT_COUNT:
	case OPT_SIZE:
		*(uint64_t *)o->to = number(o, arg);
		break;
	}
}

static _Noreturn void
unknown(char **argv, const struct opt *const *all, size_t n)
{
	const char *names[MOST + 1], *near;
	const char *bad = argv[optind - 1];
	size_t i;
	char name[64];

	for (i = 0; i < n; i++)
		names[i] = all[i]->name;
	names[n] = NULL;
	if (optopt > 0 && optopt < FIRST_LONG)
		usage_error("unknown option -%c", optopt);
	snprintf(
	    name, sizeof name, "%.*s", (int)strcspn(bad + 2, "="), bad + 2);
	near = err_nearest(name, names);
	if (near != NULL)
		usage_error(
		    "unknown option --%s, did you mean --%s?", name, near);
	usage_error("unknown option %s", err_quote(bad, strlen(bad)));
}

static _Noreturn void
wrong(int c, char **argv, const struct opt *const *all, size_t n)
{
	const char *bad = argv[optind - 1];

	if (c == ':')
		usage_error(
		    "option %s needs a value", err_quote(bad, strlen(bad)));
	if (optopt >= FIRST_LONG)
		usage_error("option --%s takes no value",
		    all[optopt - FIRST_LONG]->name);
	unknown(argv, all, n);
}

/* A closed standard file would be the next file that is opened: messages
 * would stand in it, or it would be read as the input.  Reading the first and
 * writing the second stays an error. */
static void
hold_standard_files(void)
{
	static const int flags[] = {O_WRONLY, O_RDONLY, O_RDWR};
	int fd;

	for (fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", flags[fd]) < 0)
			die("/dev/null:");
}

int
opt_parse(const struct opt_program *p, int argc, char **argv)
{
	const struct opt *all[MOST];
	struct option longs[MOST + 1];
	char shorts[2 * MOST + 3] = ":", *s = shorts + 1;
	size_t n, i;
	int c;

	err_program(p->name);
	hold_standard_files();
	n = gather(p, all);
	memset(longs, 0, sizeof longs);
	for (i = 0; i < n; i++) {
		longs[i].name = all[i]->name;
		longs[i].has_arg = all[i]->kind == OPT_MAYBE ? optional_argument
				   : all[i]->arg != NULL     ? required_argument
							     : no_argument;
		longs[i].val = FIRST_LONG + (int)i;
		if (all[i]->letter == 0)
			continue;
		*s++ = all[i]->letter;
		if (all[i]->arg != NULL && all[i]->kind != OPT_MAYBE)
			*s++ = ':';
	}
	*s = '\0';
	while ((c = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (c == '?' || c == ':')
			wrong(c, argv, all, n);
		for (i = 0; i < n; i++)
			if (c == FIRST_LONG + (int)i || c == all[i]->letter)
				break;
		take(all[i], optarg);
	}
	if (help || version || usage_table)
		answer(p, all, n);
	return optind;
}
