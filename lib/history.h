/*
 * The events of a scanned line as seen at a given now: their times, names and
 * messageIds.  A struct history is one thread's; history_close frees it.
 */
#ifndef CDP_HISTORY_H
#define CDP_HISTORY_H

#include "buf.h"
#include "json.h"

struct history_plan {
	int time, event, id; /* columns */
};

struct history {
	const struct history_plan *plan;
	const struct js_line *line;
	int64_t *time; /* ms, ascending */
	size_t n, cap; /* events at or before now */
};

void history_plan(struct history_plan *, struct js_plan *);
/* NULL, or a constant: an event (column time) has no RFC 3339 timestamp or
 * one before that of the event before it, at byte *col of the line. */
const char *history_fault(const struct js_line *, int time, size_t *col);
/* The events are without fault, as all are that reach a filter's line. */
void history_read(struct history *, const struct js_line *, int64_t now);
struct js_val history_event(const struct history *, size_t i); /* its name */
/* The messageId as JSON, null where the event has none. */
void history_id(const struct history *, size_t i, struct buf *);
void history_close(struct history *);

#endif
