/*
 * What was seen before: rows of a file, counted by a seeded hash, and event
 * lines, known by the first 16 bytes of their SHA-256 (so they can be carried
 * over nights).  Both own their tables.
 */
#ifndef CDP_INGEST_SEEN_H
#define CDP_INGEST_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct twins;
struct twins *twins_new(void);
void twins_free(struct twins *);
void twins_clear(struct twins *);
/* How often the text has come, this time included. */
uint64_t twins_add(struct twins *, const char *p, size_t n);

struct seen;
struct seen *seen_new(void);
void seen_free(struct seen *);
/* False: the line was there. */
bool seen_add(struct seen *, const char *line, size_t n);
/* A text file, a line of 32 hex digits each; an absent one is empty. */
void seen_read(struct seen *, const char *file);
void seen_write(const struct seen *, const char *file);

#endif
