#include <math.h>
#include <nlopt.h>
#include <stdlib.h>
#include <string.h>

#include "../mem.h"
#include "../stats.h"
#include "like.h"
#include "mem.h"

static const struct {
	const char *name;
	int params;
	const char *param[CLV_PARAMS + 1];
} kinds[] = {
    [CLV_BG] = {"bg/nbd", 4, {"r", "alpha", "a", "b", NULL}},
    [CLV_MBG] = {"mbg/nbd", 4, {"r", "alpha", "a", "b", NULL}},
    [CLV_PARETO] = {"pareto/nbd", 4, {"r", "alpha", "s", "beta", NULL}},
    [CLV_NBD] = {"nbd", 2, {"r", "alpha", NULL}},
    [CLV_GAMMA] = {"gamma-gamma", 3, {"p", "q", "v", NULL}},
};

const char *
clv_name(enum clv_kind kind)
{
	return kinds[kind].name;
}

int
clv_params(enum clv_kind kind)
{
	return kinds[kind].params;
}

const char *const *
clv_param_names(enum clv_kind kind)
{
	return kinds[kind].param;
}

static int
by_case(const void *a, const void *b)
{
	const struct clv_case *c = a, *d = b;
	double x[4] = {c->x, c->tx, c->T, c->m},
	       y[4] = {d->x, d->tx, d->T, d->m};
	int i;

	for (i = 0; i < 4; i++)
		if (x[i] != y[i])
			return x[i] < y[i] ? -1 : 1;
	return 0;
}

size_t
clv_compress(struct clv_case *c, size_t n)
{
	size_t i, k = 0;

	mem_sort(c, n, sizeof *c, by_case);
	for (i = 0; i < n; i++)
		if (k > 0 && by_case(&c[k - 1], &c[i]) == 0)
			c[k - 1].weight += c[i].weight;
		else
			c[k++] = c[i];
	return k;
}

struct problem {
	clv_like *like;
	int params;
	const struct clv_case *c;
	size_t n;
	double weight;
	int steps;
};

/* The mean log-likelihood at log parameters l; its gradient by them. */
static double
objective(struct problem *p, const double *l, double *g)
{
	double par[CLV_PARAMS], one[CLV_PARAMS], sum = 0;
	double total[CLV_PARAMS] = {0};
	size_t i;
	int j;

	p->steps++;
	for (j = 0; j < p->params; j++)
		par[j] = exp(l[j]);
	for (i = 0; i < p->n; i++) {
		sum += p->c[i].weight *
		       p->like(par, &p->c[i], g != NULL ? one : NULL);
		for (j = 0; g != NULL && j < p->params; j++)
			total[j] += p->c[i].weight * one[j];
	}
	for (j = 0; g != NULL && j < p->params; j++)
		g[j] = total[j] * par[j] / p->weight;
	return sum / p->weight;
}

static double
nlopt_objective(unsigned n, const double *l, double *g, void *problem)
{
	double v = objective(problem, l, g);

	(void)n;
	/* An overflow far out must not look like an optimum. */
	return isfinite(v) ? v : -1e300;
}

static void
climb(struct problem *p, double *l)
{
	nlopt_opt opt = nlopt_create(NLOPT_LD_LBFGS, (unsigned)p->params);
	double best;

	nlopt_set_max_objective(opt, nlopt_objective, p);
	nlopt_set_lower_bounds1(opt, -12);
	nlopt_set_upper_bounds1(opt, 16);
	nlopt_set_ftol_rel(opt, 1e-10);
	nlopt_set_maxeval(opt, 300);
	nlopt_optimize(opt, l, &best);
	nlopt_destroy(opt);
}

/* Minus the Hessian by central differences of the gradient. */
static void
curvature(struct problem *p, const double *l, double *h)
{
	double up[CLV_PARAMS], down[CLV_PARAMS], at[CLV_PARAMS];
	const double step = 1e-5;
	int n = p->params, i, j;

	memcpy(at, l, sizeof at);
	for (i = 0; i < n; i++) {
		at[i] = l[i] + step;
		objective(p, at, up);
		at[i] = l[i] - step;
		objective(p, at, down);
		at[i] = l[i];
		for (j = 0; j < n; j++)
			h[i * n + j] = (down[j] - up[j]) / (2 * step);
	}
	for (i = 0; i < n; i++)
		for (j = 0; j < i; j++)
			h[i * n + j] = h[j * n + i] =
			    (h[i * n + j] + h[j * n + i]) / 2;
}

/* Newton's steps, each at most 1 in any log parameter; h is minus the Hessian
 * at the end.  False where the surface is not a hill. */
static bool
polish(struct problem *p, double *l, double *h)
{
	double a[CLV_PARAMS * CLV_PARAMS], g[CLV_PARAMS], most;
	int n = p->params, turn, j;

	curvature(p, l, h);
	for (turn = 0; turn < 30; turn++) {
		objective(p, l, g);
		memcpy(a, h, sizeof a);
		if (!cholesky_solve(a, g, n))
			return false;
		for (most = 0, j = 0; j < n; j++)
			most = fmax(most, fabs(g[j]));
		for (j = 0; j < n; j++)
			l[j] += most > 1 ? g[j] / most : g[j];
		if (!(most < 1e3))
			return false;
		if (most < 1e-11)
			return true;
		/* Close to the top the old curvature is good enough. */
		if (most > 1e-4)
			curvature(p, l, h);
	}
	return most < 1e-7;
}

static void
start(enum clv_kind kind, const struct problem *p, double *l)
{
	double money = 0, time = 0;
	size_t i;

	for (i = 0; i < p->n; i++) {
		money += p->c[i].weight * p->c[i].m / p->weight;
		time += p->c[i].weight * p->c[i].T / p->weight;
	}
	for (i = 0; i < CLV_PARAMS; i++)
		l[i] = 0;
	if (kind == CLV_GAMMA) {
		l[0] = log(6);
		l[1] = log(4);
		l[2] = log(money);
		return;
	}
	/* Rates of once in a fifth of the time, whatever its unit. */
	l[1] = log(time / 5);
	if (kind == CLV_PARETO)
		l[3] = l[1];
}

bool
clv_fit(enum clv_kind kind, const struct clv_case *c, size_t n,
    struct clv_model *m, const char **why)
{
	struct problem p = {like_of(kind), clv_params(kind), c, n, 0, 0};
	double l[CLV_PARAMS], h[CLV_PARAMS * CLV_PARAMS];
	size_t i;
	int j;

	for (i = 0; i < n; i++)
		p.weight += c[i].weight;
	*why = "there are no customers to fit";
	if (p.weight <= 0)
		return false;
	start(kind, &p, l);
	climb(&p, l);
	*why = "the likelihood has no maximum; the data do not have the "
	       "model's shape";
	if (!polish(&p, l, h))
		return false;
	memset(m, 0, sizeof *m);
	m->kind = kind;
	m->cases = p.weight;
	m->ll = objective(&p, l, NULL) * p.weight;
	curvature(&p, l, h);
	if (!cholesky_invert(h, p.params))
		return false;
	for (j = 0; j < p.params; j++) {
		m->p[j] = exp(l[j]);
		m->se[j] = m->p[j] * sqrt(h[j * p.params + j] / p.weight);
	}
	m->steps = p.steps;
	return isfinite(m->ll);
}
