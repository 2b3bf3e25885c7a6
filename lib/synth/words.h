/*
 * Names, cities, goods and shops of the invented world: constants.
 */
#ifndef CDP_SYNTH_WORDS_H
#define CDP_SYNTH_WORDS_H

#include <stddef.h>
#include <stdint.h>

struct city {
	const char *province, *city, *district;
};
struct product {
	const char *sku, *name, *category;
	int64_t fen; /* its price */
};

extern const struct city cities[];
extern const size_t ncities;
extern const struct product products[];
extern const size_t nproducts;
extern const char *const surnames[], *const given_names[], *const nicks[];
extern const size_t nsurnames, ngiven_names, nnicks;
extern const char *const stores[], *const guides[], *const menus[];
extern const size_t nstores, nguides, nmenus;

#endif
