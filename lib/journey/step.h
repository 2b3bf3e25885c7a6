/*
 * How one instance moves through its graph; private to the engine.  What may
 * end an instance leaves it in place: the engine tidies up.
 */
#ifndef CDP_JOURNEY_STEP_H
#define CDP_JOURNEY_STEP_H

#include "engine.h"

static inline const struct journey *
journey_of(const struct engine *e, const struct instance *x)
{
	return &e->all->j[x->journey];
}

static inline const struct step *
step_of(const struct engine *e, const struct instance *x)
{
	return &e->all->j[x->journey].steps[x->step];
}

/* End it where it is, for this reason. */
void step_leave(
    struct engine *, struct instance *, int64_t t, enum state, const char *why);
void step_exit(struct engine *, struct instance *, int64_t t, int rule);
/* A branch of its wait has come: go, or remember it until the wait ends. */
bool step_take(struct engine *, struct instance *, size_t branch, int64_t t);
/* Exits and branches by condition; true if it moved. */
bool step_look(struct engine *, struct instance *, int64_t t);
/* The arm of a split that is the customer's. */
size_t step_split(struct engine *, const struct journey *, const struct step *);
/* Its instant has come: the end of a wait, or a message. */
void step_timer(struct engine *, struct instance *, int64_t t);

#endif
