/*
 * Small tables for people and programs: rows of named cells, as NDJSON or as
 * aligned text.  The report owns its cells; nothing is written before
 * report_write.
 */
#ifndef CDP_REPORT_H
#define CDP_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "dec.h"

struct report;

struct report *report_new(void);
/* Begins a row.  Its cells follow; every row of a table that is printed as
 * text should name the same cells.  A row with other names begins a new block
 * of the text, with its own head. */
void report_row(struct report *);
void report_text(
    struct report *, const char *name, const char *s); /* NULL ok */
void report_int(struct report *, const char *name, int64_t);
void report_number(struct report *, const char *name, double, int digits);
void report_dec(struct report *, const char *name, struct dec);
/* Appends everything and frees the report. */
void report_write(struct report *, bool text, struct buf *);

/* A number with so many significant digits, in the shortest text. */
void report_digits(struct buf *, double, int digits);

#endif
