/*
 * What the engine does, as lines: messages for the sender, messages that are
 * not sent with the reason, staff tasks, events.  A struct scribe is one
 * thread's observer; it appends to the side buffers of the filter's line.
 */
#ifndef CDP_JOURNEY_MESSAGE_H
#define CDP_JOURNEY_MESSAGE_H

#include "replay.h"

enum { SIDE_MESSAGES, SIDE_SKIPPED, SIDE_TASKS, SIDE_EVENTS };

struct scribe {
	struct replay *replay;
	struct buf *side; /* by SIDE_ */
	bool wants[FILTER_SIDES];
	int64_t from, to; /* only what happens in [from, to) */
	struct task {
		struct instance x;
		const struct step *s;
		int64_t opened, due, ended;
		const char *status;
	} * task;
	size_t ntask, taskcap;
	uint64_t tasks_done, tasks_all, messages, skipped;
	struct buf text;
};

void scribe_note(void *, const struct note *);
/* At the customer's end: the tasks, with what became of them. */
void scribe_tasks(struct scribe *);
void scribe_free(struct scribe *);

#endif
