/*
 * The scan lists directories for the places that declared texts have: devices, namespaces and queues
 * come and go.
 */
#pragma once

#include "collect/walk.h"

/* One text, and where it is. */
struct sought {
	const struct text_source *text;
	struct places places;
	bool changed; /* by the last scan: places came or went */
};

struct scan {
	struct host *host;
	struct session *session;
	struct sought *items;
	unsigned n;
	struct arena keep[2]; /* the places of this scan and of the one before */
	unsigned keeping;
	int64_t period_ns; /* between two scans that nobody asked for */
	bool done, wanted;
	int64_t scanned_ns, looked_ns;
	uint64_t namespaces; /* a sum of those that there were */
	str proc; /* the tasks that there were, listed for the namespaces in tick proc_tick */
	uint32_t proc_tick;
};

/* `items` have their texts. 0 or -ENOMEM. */
int scan_open(struct scan *s, struct host *host, struct session *session, struct sought *items,
	unsigned n, bool rarely);
unsigned scan_close(struct scan *s); /* how many files were closed */

void scan_ask(struct scan *s); /* the next one is due at once */

/* When one is due: true, and *closed files of places that are gone are closed. */
bool scan_tick(struct scan *s, struct arena *scratch, int64_t now_ns, unsigned *closed);
