/*
 * What became of yesterday's customers: created, joined, merged, split,
 * renamed, gone, refused, shared; NDJSON in byte order.  The changes own what
 * they remember of the earlier lines; they live until the program ends.
 */
#ifndef CDP_IDENTITY_CHANGES_H
#define CDP_IDENTITY_CHANGES_H

#include "json.h"
#include "output.h"
#include "link.h"
#include "store.h"

struct changes;

struct changes *changes_new(struct evidence *);
/* An earlier line, as the reader meets it (reader.profile). */
void changes_before(
    void *changes, struct js_val id, struct js_val ids, struct js_val shared);
/* Once all is linked; then every customer's events, then the report. */
void changes_begin(struct changes *, struct links *);
void changes_customer(
    struct changes *, uint32_t rank, const struct event *, size_t n);
void changes_write(struct changes *, struct output *);

#endif
