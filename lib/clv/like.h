/*
 * Log-likelihoods of the models, for one customer; what fit.c and predict.c
 * share.  gradient: by parameter, or NULL.
 */
#ifndef CDP_CLV_LIKE_H
#define CDP_CLV_LIKE_H

#include "clv.h"

typedef double clv_like(
    const double *p, const struct clv_case *, double *gradient);

clv_like like_bg, like_mbg, like_pareto, like_nbd, like_gamma;
clv_like *like_of(enum clv_kind);
double alive_pareto(const double *p, const struct clv_case *);

#endif
