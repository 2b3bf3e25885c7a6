/*
 * The customer that an option such as --explain names: a profile_id, old or
 * new, or namespace:value.  A struct who points at the argument's bytes and
 * owns only itself; the caller frees it with free(3).
 */
#ifndef CDP_WHO_H
#define CDP_WHO_H

#include <stdbool.h>

#include "json.h"

struct who;

/* An argument without ':' is a profile_id.  The plan gets the fields it
 * takes to tell.  An old profile_id is the UUIDv5 of an identifier that the
 * line still names, in the id_namespace of preset:identity or
 * $CDP_ID_NAMESPACE. */
struct who *who_new(const char *arg, struct js_plan *);
bool who_is(const struct who *, const struct js_line *);
/* The status of a run that was to find the customer: a warning and NO where
 * it did not and nothing else went wrong.  who NULL: nobody was asked for. */
int who_status(const struct who *, bool found, int status);

#endif
