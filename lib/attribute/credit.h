/*
 * Who gets how much of a conversion, exactly: credits are millionths that sum
 * to one, values are decimals that sum to the conversion's.  What does not
 * divide goes by the largest remainder (Hamilton), the earlier touch first
 * among equals.
 */
#ifndef CDP_ATTRIBUTE_CREDIT_H
#define CDP_ATTRIBUTE_CREDIT_H

#include "path.h"

#define CREDIT_ONE 1000000

struct effects { /* of a Markov model, by the channel's name */
	struct intern *channels;
	double *effect;
	int order;
	uint64_t paths, converted;
	double rate;
};

struct share {
	const struct touch *touch;
	int64_t credit; /* millionths */
	struct dec value;
};

struct shares {
	struct share *s;
	size_t n, cap;
	double *weight;
	int64_t *fine;
	dec_int *part;
	bool *more;
	size_t weightcap, finecap, partcap, morecap;
};
void shares_free(struct shares *);

/* Divide total into parts by the weights (not all 0); fine and more are
 * room for n. */
void divide(const double *weight, int64_t *fine, size_t n, dec_int total,
    dec_int *part, bool *more);

/* Share out one credited conversion.  effects: MARKOV only. */
void credit(struct shares *, const struct paths *, const struct conversion *,
    enum model, const struct effects *);

struct effects *effects_new(int order);
void effects_free(struct effects *);
double effects_find(const struct effects *, const char *p, size_t n);
void effects_write(const struct effects *, struct buf *);
struct effects *effects_read(const char *file, int order);

#endif
