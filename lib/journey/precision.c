/* How many replications a forecast takes, and took. */
#include <math.h>
#include <string.h>
#include <time.h>

#include "../dec.h"
#include "../err.h"
#include "../opt.h"
#include "simulate.h"

void
forecast_until(struct forecast *f, const char *text)
{
	size_t n = strlen(text);
	bool points = n > 2 && strcmp(text + n - 2, "pp") == 0;
	struct dec d;

	if (dec_parse(text, points ? n - 2 : n, &d) &&
	    (!points || dec_mul(d, (struct dec){1, 2}, &d)))
		f->wanted = dec_double(d);
	if (!(f->wanted > 0 && f->wanted < 1))
		usage_error("--until-halfwidth: expected such as 0.5pp or "
			    "0.005, not %s",
		    err_quote(text, n));
	if (f->replications < 39)
		usage_error("--until-halfwidth: expected --simulate of at "
			    "least 39, to begin with");
}

static uint64_t
visits(const struct forecast *f)
{
	uint64_t n = f->visits;
	size_t i, k;

	for (i = 0; i < f->replications; i++)
		for (k = 0; k < f->all->nsteps; k++)
			n += f->counts[i * f->width + k];
	return n;
}

/* The standard error of a mean falls with the root of R. */
bool
forecast_again(struct forecast *f, bool *unmet)
{
	struct buf b = {0};
	double ratio, r;

	*unmet = false;
	forecast_write(f, &b);
	buf_free(&b);
	if (f->widest <= f->wanted)
		return false;
	ratio = f->widest / f->wanted;
	r = ceil((double)f->replications * ratio * ratio);
	if (r <= (double)f->replications)
		r = (double)f->replications + 1;
	/* Estimated from few, the number may be well off. */
	if (r > FORECAST_MOST && r < 2 * FORECAST_MOST &&
	    f->replications < FORECAST_MOST)
		r = FORECAST_MOST;
	if (r > FORECAST_MOST) {
		warning("--until-halfwidth: that takes about %.0f "
			"replications, more than %d: these are %zu",
		    r, FORECAST_MOST, f->replications);
		*unmet = true;
		return false;
	}
	f->visits = visits(f);
	forecast_free(f);
	f->replications = (size_t)r;
	f->customers = 0;
	return true;
}

void
forecast_stats(const struct forecast *f, struct buf *b)
{
	double cpu = (double)clock() / CLOCKS_PER_SEC;
	uint64_t n = visits(f);

	buf_addf(b,
	    ",\"visits\":%ju,\"cpu_seconds\":%.2f,"
	    "\"visits_per_cpu_second\":%.0f",
	    (uintmax_t)n, cpu, cpu > 0 ? (double)n / cpu : 0);
}
