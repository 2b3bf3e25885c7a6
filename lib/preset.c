#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* Where the presets may be: as told, beside the installed program wherever
 * that was moved to, in the tree that the program was built in, as built. */
static char *
folder(int i)
{
	static const char *const beside[] = {
	    "/../share/cdp", "/../../lib/presets"};
	const char *told = getenv("CDP_SHARE");
	char exe[PATH_MAX], *path, *slash;
	ssize_t n;

	if (told != NULL && *told != '\0')
		return i == 0 ? mem_text(told, strlen(told)) : NULL;
	if (i == (int)(sizeof beside / sizeof *beside))
		return mem_text(CDP_SHARE, strlen(CDP_SHARE));
	if (i > (int)(sizeof beside / sizeof *beside))
		return NULL;
	n = readlink("/proc/self/exe", exe, sizeof exe - 1);
	exe[n > 0 ? n : 0] = '\0';
	slash = strrchr(exe, '/');
	if (asprintf(&path, "%.*s%s", slash != NULL ? (int)(slash - exe) : 0,
		exe, beside[i]) < 0)
		die("out of memory");
	return path;
}

/* A folder that is one of presets holds the shipped guards. */
char *
preset_folder(void)
{
	char *dir, *last = NULL, *file;
	int i;

	for (i = 0; (dir = folder(i)) != NULL; i++) {
		free(last);
		last = dir;
		if (asprintf(&file, "%s/identity.json", dir) < 0)
			die("out of memory");
		if (access(file, R_OK) == 0) {
			free(file);
			break;
		}
		free(file);
	}
	return last;
}

int
preset_open(const char *name)
{
	char *dir = preset_folder(), *path;
	int fd;

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
	free(dir);
	return fd;
}
