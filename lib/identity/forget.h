/*
 * Customers who asked to be forgotten: keyed hashes of their identifiers with
 * the time up to which nothing of them is kept.
 */
#ifndef CDP_IDENTITY_FORGET_H
#define CDP_IDENTITY_FORGET_H

#include <stdbool.h>

#include "evidence.h"

struct forgotten;

#endif
