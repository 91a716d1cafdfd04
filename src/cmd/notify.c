/* Messages to the service manager, by libsystemd. */
#include "cmd/notify.h"

#include <string.h>
#include <systemd/sd-daemon.h>

void notify_open(struct notify *n)
{
	uint64_t limit_us = 0;

	*n = (struct notify){ 0 };
	/* A third of the limit: one message may come late without our being taken for dead. */
	if (sd_watchdog_enabled(0, &limit_us) > 0 && limit_us <= (uint64_t)INT64_MAX / 1000)
		n->every_ns = (int64_t)limit_us * 1000 / 3;
}

/* A line end in the status would begin another assignment. */
static int tell(const char *what, const char *status)
{
	int r = sd_notifyf(0, "%sSTATUS=%.*s\n", what, (int)strcspn(status, "\n"), status);

	return r < 0 ? r : 0;
}

int notify_ready(const char *status)
{
	return tell("READY=1\n", status);
}

int notify_status(const char *status)
{
	return tell("", status);
}

int notify_stopping(const char *status)
{
	return tell("STOPPING=1\n", status);
}

int notify_alive(struct notify *n, int64_t mono_ns)
{
	int r;

	if (!n->every_ns || mono_ns < n->due_ns)
		return 0;
	r = sd_notify(0, "WATCHDOG=1");
	if (r < 0)
		return r; /* due still: the next round tries again */
	n->due_ns = mono_ns + n->every_ns;
	return 0;
}
