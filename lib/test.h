/*
 * What every module test includes, in the order cmocka needs.  Owns nothing.
 */
#ifndef CDP_TEST_H
#define CDP_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define ROWS(table) (sizeof(table) / sizeof(table)[0])

#endif
