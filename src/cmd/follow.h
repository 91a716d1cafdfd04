/* Following a recorder through the socket beside its store: its frames and events, as they come. */
#pragma once

#include "model/event.h"
#include "model/session.h"

struct follow;

/* The session's catalog has the tables linked. 0 or -errno; -EPROTO: it is no recorder that answers. */
int follow_open(const char *store, struct session *session, struct follow **ret);
void follow_say(const char *store, int error); /* why nobody can be followed */
struct follow *follow_close(struct follow *f); /* returns NULL */

enum follow_what {
	FOLLOW_TICK,   /* the frame has what changed; the first one has all there is */
	FOLLOW_EVENTS, /* events came */
	FOLLOW_TIMEOUT,
	FOLLOW_ENDED, /* the recorder has gone, or a signal came */
};

/*
 * Waits until something came, at most `ms` (-1: as long as it takes). Events are added to `events`; a
 * tick may bring some too. FOLLOW_..., or -errno.
 */
int follow_next(
	struct follow *f, int ms, struct frame *frame, int64_t *ret_end_ns, struct events *events);
