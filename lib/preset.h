/*
 * The rule files that come with the programs.  Owns nothing.
 */
#ifndef CDP_PRESET_H
#define CDP_PRESET_H

/* NAME.json in $CDP_SHARE, else in the installed share/cdp, opened for
 * reading; dies with the nearest name where there is none. */
int preset_open(const char *name);

#endif
