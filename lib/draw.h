/*
 * Random choices as hashes: (salt, what, who, which) to a number, so that no
 * order, thread or neighbour changes anybody's draw.  Owns nothing.
 */
#ifndef CDP_DRAW_H
#define CDP_DRAW_H

#include <stddef.h>
#include <stdint.h>

/* First 8 bytes, big-endian, of SHA-256(salt, 0, who): any language can
 * recompute it.  hash_bucket(salt, n) is the value modulo n. */
uint64_t draw_key(const char *salt, size_t n, const char *who, size_t m);
/* The which-th number of a key's own stream (SplitMix64's finaliser; Steele,
 * Lea, Flood 2014). */
static inline uint64_t
draw_next(uint64_t key, uint64_t which)
{
	uint64_t z = key + (which + 1) * 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}
static inline double
draw_unit(uint64_t bits) /* [0, 1) */
{
	return (double)(bits >> 11) * 0x1p-53;
}
/* A standard normal number: the quantile by Wichura's AS 241 (1988), right to
 * about 1e-16. */
double draw_normal(uint64_t bits);

#endif
