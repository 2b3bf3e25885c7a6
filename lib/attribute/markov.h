/*
 * Attribution by a Markov chain over channels: how many conversions would be
 * lost if a channel were taken away (removal effect; Anderl et al. 2016).  A
 * state of order k is the last k channels.  A struct markov owns its counts.
 */
#ifndef CDP_ATTRIBUTE_MARKOV_H
#define CDP_ATTRIBUTE_MARKOV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct markov;

struct markov *markov_new(int order);
void markov_free(struct markov *);
/* A path of channels (numbers from 0), seen once; converted or not. */
void markov_path(
    struct markov *, const uint32_t *channel, size_t n, bool converted);
/* Chance that a path ends in a conversion; without the channel unless it is
 * MARKOV_ALL. */
#define MARKOV_ALL UINT32_MAX
double markov_rate(const struct markov *, uint32_t without);
/* 1 - rate without / rate: 0 where nothing converts. */
double markov_effect(const struct markov *, uint32_t channel);
uint64_t markov_paths(const struct markov *, uint64_t *converted);

#endif
