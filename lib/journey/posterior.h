/*
 * What an estimated response model leaves open: each replication believes in
 * rates, delays and entry rates of its own, drawn from their posteriors.  The
 * forecast owns what is drawn; a struct delay_posterior is its maker's.
 */
#ifndef CDP_JOURNEY_POSTERIOR_H
#define CDP_JOURNEY_POSTERIOR_H

#include "simulate.h"

/* Fills f->rate, f->delay and f->enter: draws are hashes of seed, what is
 * drawn, and replication. */
void forecast_believe(struct forecast *);
void forecast_forget(struct forecast *);

/*
 * Log-normal delays of which those beyond a limit were not seen: the
 * posterior of (mu, log sigma) under the prior that is flat in both (without a
 * limit normal-inverse-chi-square with k - 1 degrees: Gelman et al., Bayesian
 * Data Analysis, 3.2), on a grid.  The median is not sought beyond the limit.
 */
struct delay_posterior;
/* k >= 2, var > 0 */
struct delay_posterior *delay_posterior_new(const struct delay_fit *);
void delay_posterior_draw(
    const struct delay_posterior *, uint64_t key, double *mu, double *sigma);
void delay_posterior_mean(
    const struct delay_posterior *, double *mu, double *sigma);
/* The share of delays up to the limit. */
double delay_sooner(const struct delay_fit *, double mu, double sigma);

#endif
