/*
 * What customers who come and go without notice will still buy, and whether
 * they are still there: BG/NBD (Fader, Hardie, Lee 2005), MBG/NBD (Batislam,
 * Denizel, Filiztekin 2007), Pareto/NBD (Schmittlein, Morrison, Colombo 1987),
 * NBD (Ehrenberg 1959), and Gamma-Gamma for money (Fader, Hardie 2013).
 * Models are values; arrays of cases belong to the caller.  Time has any one
 * unit: parameters scale with it.
 */
#ifndef CDP_CLV_H
#define CDP_CLV_H

#include <stdbool.h>
#include <stddef.h>

enum clv_kind { CLV_BG, CLV_MBG, CLV_PARETO, CLV_NBD, CLV_GAMMA };
#define CLV_KINDS 5
#define CLV_PARAMS 4

struct clv_case {  /* a customer, or `weight` equal ones */
	double x;  /* repeat purchases: days of purchase less the first */
	double tx; /* first to last purchase */
	double T;  /* first purchase to the end of observation */
	double m;  /* mean money of the repeat purchases; CLV_GAMMA */
	double weight;
};

struct clv_model {
	enum clv_kind kind;
	double p[CLV_PARAMS];  /* all > 0, in the order of clv_names */
	double se[CLV_PARAMS]; /* from the Hessian; NaN where it has none */
	double ll;             /* log-likelihood, of the timing */
	double cases;          /* customers it was fitted on */
	int steps;             /* evaluations of the likelihood */
};

const char *clv_name(enum clv_kind); /* "bg/nbd" ... */
int clv_params(enum clv_kind);
const char *const *clv_param_names(enum clv_kind);

/* Merge equal cases; returns how many are left. */
size_t clv_compress(struct clv_case *, size_t n);

/*
 * Maximum likelihood on the log parameters: L-BFGS (NLopt), then Newton to
 * the last digit.  False: no optimum was found, and *why (a constant) says
 * what is wrong with the data.
 */
bool clv_fit(enum clv_kind, const struct clv_case *, size_t n,
    struct clv_model *, const char **why);

/* ---- predictions; not for CLV_GAMMA ---- */

double clv_alive(const struct clv_model *, double x, double tx, double T);
/* Expected purchases in (T, T + t]. */
double clv_expect(
    const struct clv_model *, double x, double tx, double T, double t);
/* Of a new customer: expected repeat purchases in (0, t], and P(X(t) = x). */
double clv_expect_new(const struct clv_model *, double t);
double clv_pmf(const struct clv_model *, double t, int x);
/* Expected money per purchase, by a CLV_GAMMA model; x 0: of anybody.  NaN
 * where q is too small for a mean. */
double clv_spend(const struct clv_model *, double x, double m);

/* What is expected in n periods after T of a customer who is alive at T;
 * times clv_alive it is what is expected of anybody. */
struct clv_outlook {
	double purchases;
	double discounted; /* each counted (1 + rate)^-i in the i-th period */
};
void clv_if_alive(const struct clv_model *, double x, double T, double period,
    int n, double rate, struct clv_outlook *);

#endif
