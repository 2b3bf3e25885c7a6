/*
 * A model file of cdp-rfm, applied to lines as of any moment.  A struct
 * rfm_model is read-only once made and shared by threads; a struct rfm_run is
 * one thread's.
 */
#ifndef CDP_RFM_APPLIED_H
#define CDP_RFM_APPLIED_H

#include "rfm.h"

struct rfm_model;

/* What its orders are read from is added to the plan. */
struct rfm_model *rfm_model_new(const char *file, struct js_plan *);
void rfm_model_free(struct rfm_model *);
/* Do its expressions read anything but the events? */
bool rfm_model_reads_profile(const struct rfm_model *);

struct rfm_run;

struct rfm_run *rfm_open(const struct rfm_model *);
void rfm_close(struct rfm_run *);
/* Appends the member rfm of the line as of t.  NULL, or why the line must be
 * set apart (a constant). */
const char *rfm_apply(
    struct rfm_run *, const struct js_line *, int64_t t, struct buf *);
/* An instant after that t before which the clock alone changes nothing. */
int64_t rfm_next(const struct rfm_run *);

#endif
