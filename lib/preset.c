#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "mem.h"
#include "preset.h"

#ifndef CDP_SHARE
#define CDP_SHARE "/usr/local/share/cdp"
#endif

static int
is_json(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return n > 5 && strcmp(d->d_name + n - 5, ".json") == 0;
}

static _Noreturn void
no_preset(const char *dir, const char *name)
{
	struct dirent **found;
	const char **names, *near;
	int n = scandir(dir, &found, is_json, alphasort), i;

	if (n < 0)
		die("%s:", dir);
	names = mem_alloc((size_t)n + 1, sizeof *names);
	for (i = 0; i < n; i++) {
		found[i]->d_name[strlen(found[i]->d_name) - 5] = '\0';
		names[i] = found[i]->d_name;
	}
	near = err_nearest(name, names);
	if (near != NULL)
		die("no preset %s in %s, did you mean '%s'?",
		    err_quote(name, strlen(name)), dir, near);
	die("no preset %s in %s", err_quote(name, strlen(name)), dir);
}

int
preset_open(const char *name)
{
	const char *dir = getenv("CDP_SHARE");
	char *path;
	int fd;

	if (dir == NULL || *dir == '\0')
		dir = CDP_SHARE;
	if (*name == '\0' || strchr(name, '/') != NULL)
		no_preset(dir, name);
	if (asprintf(&path, "%s/%s.json", dir, name) < 0)
		die("out of memory");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		no_preset(dir, name);
	if (fd < 0)
		die("%s:", path);
	free(path);
	return fd;
}
