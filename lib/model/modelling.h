/*
 * The work of cdp-score with models: fit, judge, compare.  Options are in
 * model_options; model_settings holds what was given.
 */
#ifndef CDP_MODELLING_H
#define CDP_MODELLING_H

#include <stdbool.h>
#include <stdint.h>

#include "../opt.h"

struct model_settings {
	const char *fit, *lift, *outcome, *treated, *compare;
	struct opt_list at, models;
	bool why, report, text;
	bool check; /* the program's own option */
	uint64_t parts, seed;
};

extern struct model_settings model_settings;
extern const struct opt model_options[];

/* Was a fit, a lift or a comparison asked for, in place of scored lines? */
bool modelling_asked(void);
/* Does it; returns the exit status. */
int modelling_run(char **files, int n);

#endif
