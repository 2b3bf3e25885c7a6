/*
 * Exact decimals: c * 10^-scale with up to 38 digits.  Values, never
 * pointers.  Every result is in normal form (no trailing zero in c unless
 * scale is 0), so equal numbers have equal text.
 */
#ifndef CDP_DEC_H
#define CDP_DEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

__extension__ typedef __int128 dec_int;

struct dec {
	dec_int c;
	int scale; /* 0 to 38 */
};

/* A JSON number's text.  False where 38 digits cannot hold it. */
bool dec_parse(const char *p, size_t n, struct dec *);
struct dec dec_of(int64_t);
/* False on overflow (and for dec_div: where the quotient does not end
 * within 18 decimal places, or b is 0); *out is untouched then. */
bool dec_add(struct dec a, struct dec b, struct dec *out);
bool dec_sub(struct dec a, struct dec b, struct dec *out);
bool dec_mul(struct dec a, struct dec b, struct dec *out);
bool dec_div(struct dec a, struct dec b, struct dec *out);
int dec_cmp(struct dec a, struct dec b); /* < 0, 0, > 0 */
/* Half away from zero, to so many decimals; -2: to hundreds. */
struct dec dec_round(struct dec, int places);
double dec_double(struct dec);
/* The decimal text of a finite double, read back exactly; false if it needs
 * more than 38 digits. */
bool dec_of_double(double, struct dec *);
void dec_text(struct dec, struct buf *);

#endif
