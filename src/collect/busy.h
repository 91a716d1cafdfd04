/* The processes that used most CPU time since the reading before, from what the collector of tasks said. */
#pragma once

#include "model/session.h"

enum { BUSY_MOST = 32, BUSY_SEEN = 4096 };

struct busy_task {
	uint32_t who, pid;
	int64_t grown; /* in ticks */
};

struct busy_seen {
	uint32_t who;
	int64_t ticks;
};

/* Zeroed before the first reading; the kernel's own threads are not among them. */
struct busy {
	struct busy_task items[BUSY_MOST];
	struct busy_seen now[BUSY_SEEN], before[BUSY_SEEN];
	unsigned n, n_now, n_before;
};

void busy_find(struct busy *b, const struct session *s, int64_t window_ns); /* 0: the first one */
