/*
 * The options that say how orders are read, cut, named and looked ahead from:
 * what a model file holds in their place.  The options own what they point to.
 */
#ifndef CDP_RFM_SETTINGS_H
#define CDP_RFM_SETTINGS_H

#include <stdbool.h>

#include "../opt.h"
#include "rfm.h"

extern const struct opt rfm_options[];

/* Was any of them given? */
bool rfm_asked(void);
/* What they ask for; a fault is a usage error. */
void rfm_settle(struct rfm *);

#endif
