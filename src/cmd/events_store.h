/* The events of a recording, each with its wall time where that is known. */
#pragma once

#include "cmd/from_store.h"

/*
 * Events in the order in which they came, with the stamp WALL_STAMP; arrival is of the wall clock too.
 * False, and said, when there is no such recording or no tick in the window.
 */
/* What a recorder hears from now on, as it hears it, until it ends. */
bool events_of_recorder(const char *store, struct session *session,
	void (*event)(void *self, const struct event *e), void *self);

bool events_of_store(const char *path, const struct window *window, struct session *session,
	void (*event)(void *self, const struct event *e), void *self);
