/* What a recorder says of itself: how its store fares, and what it missed. */
#pragma once

#include "record/writer.h"

enum own_event {
	OWN_STARTED,
	OWN_MISSED,   /* ticks that came too late */
	OWN_OVERLOAD, /* over the budget of CPU: it reads less often */
	OWN_RELIEVED,
	OWN_STORE_FAILED,
	OWN_STORE_RECOVERED,
	OWN_LOG_LOST,
	OWN_LOCK_FAILED,
	OWN_CHILD_STUCK, /* what reads the sources that may hang does not come back */
	OWN_CHILD_BACK,  /* it did, or there is another one that reads */
	OWN_CHILD_GONE,  /* it has ended, and should not have */
	OWN_EVENTS,
};

void own_link_signals(struct catalog *catalog); /* unless it has them */
struct event own_event(const struct session *s, enum own_event which, const char *text);

struct own_state {
	int64_t every_ns, fast_ns; /* as it reads now; fast_ns 0: it does not */
	uint32_t followers;
	uint64_t followers_dropped, events;
	bool has_child;         /* or should have one */
	int64_t child_stuck_ns; /* for so long it has not read; 0: it does */
	int64_t child_cpu_ns;   /* of all that there were */
	const struct writer_status *status;
};
void own_emit(struct session *s, const struct own_state *state, struct frame *f);
