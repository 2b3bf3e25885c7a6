#include "inside.h"

/* Halvings are exact to this many decimals and cut off there, so that k
 * halvings give floor(base * 10^18 / 2^k), and 0 in the end. */
#define HALF_PLACES 18
#define PERIODS_MOST 100000

static struct duration
times(struct duration d, int64_t k)
{
	return (struct duration){d.ms * k, d.months * k};
}

/* Whole periods from t to now, counted in the calendar of the zone. */
static int64_t
periods(struct duration d, const struct zone *z, int64_t t, int64_t now)
{
	int64_t longest = d.ms + d.months * 31 * 86400000, k;

	if (longest <= 0 || now < t)
		return 0;
	k = (now - t) / longest;
	if (k > PERIODS_MOST)
		return PERIODS_MOST;
	while (k < PERIODS_MOST && when_add(t, times(d, k + 1), 1, z) <= now)
		k++;
	return k;
}

static bool
linear(const struct element *e, struct dec base, int64_t k, struct dec *out)
{
	struct dec lost, left, part;

	if (!dec_mul(e->percent, dec_of(k), &lost) ||
	    !dec_sub(dec_of(100), lost, &left) || dec_cmp(left, dec_of(0)) <= 0)
		return false;
	return dec_mul(left, (struct dec){1, 2}, &part) &&
	       dec_mul(base, part, out);
}

static bool
halve(struct dec base, int64_t k, struct dec *out)
{
	for (; k > 0 && base.c != 0; k--) {
		if (!dec_mul(base, (struct dec){5, 1}, &base))
			return false;
		for (; base.scale > HALF_PLACES; base.scale--)
			base.c /= 10;
	}
	/* adding 0 brings the normal form */
	return dec_add(base, dec_of(0), out) && out->c != 0;
}

bool
decay_at(const struct element *e, const struct zone *z, struct dec base,
    int64_t t, int64_t now, struct dec *out)
{
	*out = base;
	switch (e->decay) {
	case DECAY_NONE:
		return true;
	case DECAY_EXPIRE:
		return now <= when_add(t, e->period, 1, z);
	case DECAY_LINEAR:
		return linear(e, base, periods(e->period, z, t, now), out);
	case DECAY_HALF_LIFE:
		return halve(base, periods(e->period, z, t, now), out);
	}
	return false;
}

int64_t
decay_next(
    const struct element *e, const struct zone *z, int64_t t, int64_t now)
{
	int64_t end;

	switch (e->decay) {
	case DECAY_EXPIRE:
		end = when_add(t, e->period, 1, z);
		return now <= end ? end + 1 : WHEN_NEVER;
	case DECAY_LINEAR:
	case DECAY_HALF_LIFE:
		return when_add(t,
		    times(e->period, periods(e->period, z, t, now) + 1), 1, z);
	default:
		return WHEN_NEVER;
	}
}
