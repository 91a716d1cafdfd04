/*
 * What a command that runs as a service tells the service manager (sd_notify): that it is ready, how it
 * goes, that it is alive, that it ends. Without one (no NOTIFY_SOCKET) nothing is said and all succeed.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct notify {
	int64_t every_ns; /* so often it wants to hear that we are alive; 0: it does not ask */
	int64_t due_ns;   /* when it is to hear so next */
};

void notify_open(struct notify *n);

/* Each is 0 or -errno. A status is one line; what stands behind its first line end is left out. */
int notify_ready(const char *status);
int notify_status(const char *status);
int notify_stopping(const char *status);

/*
 * Alive at this moment of the monotonic clock. Said when it is due and not oftener, so it may be
 * called in each round of a loop, which has to come round every n->every_ns.
 */
int notify_alive(struct notify *n, int64_t mono_ns);
