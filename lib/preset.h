/*
 * The rule files that come with the programs.  Owns nothing.
 */
#ifndef CDP_PRESET_H
#define CDP_PRESET_H

/* NAME.json of the presets' folder, opened for reading; dies with the nearest
 * name where there is none. */
int preset_open(const char *name);

/* $CDP_SHARE, else ../share/cdp from where the program lies, else lib/presets
 * of the tree that it was built in, else the folder it was built for.  The
 * caller frees the path. */
char *preset_folder(void);

#endif
