/*
 * For tests of doubles: equal but for a relative error.  Owns nothing.
 */
#ifndef CDP_TEST_NEAR_H
#define CDP_TEST_NEAR_H

#include <math.h>

#include "test.h"

static inline int
near(double a, double b, double relative)
{
	if (fabs(a - b) <= relative * fabs(b))
		return 1;
	print_message("%.15g is not %.15g\n", a, b);
	return 0;
}

#endif
