/*
 * An event is one line of a log that a pattern knows, with its meaning: what happened, to which
 * entity, how often. Its signal is of kind EVENT.
 */
#pragma once

#include "base/arena.h"
#include "model/signal.h"

/* Which clock a stamp is of. */
enum stamp {
	NO_STAMP,
	MONO_STAMP, /* seconds since boot: the kernel's printk clock, close to CLOCK_MONOTONIC */
	WALL_STAMP,
};

enum event_severity {
	EVENT_INFO, /* it belongs to the story and is no fault by itself */
	EVENT_WARNING,
	EVENT_CRITICAL,
	EVENT_SEVERITIES,
};
extern const char *const event_severity_names[EVENT_SEVERITIES]; /* "info", "warning", "critical" */

struct event {
	uint32_t who;   /* entity: the device of the line, or the host */
	uint16_t sig;   /* catalog number */
	uint32_t count; /* how often: 1, and what the kernel says it suppressed */
	enum event_severity severity;
	enum stamp stamp;
	int64_t at_ns; /* as the stamp says; 0 without one */
	/* monotonic: it came to whoever listened between the two; both 0: nobody did, it is of a file */
	int64_t arrival_lo_ns, arrival_hi_ns;
	uint64_t line; /* number of its first line in the log, from 1 */
	str text;      /* the message without stamp and level; joined lines have '\n' between */
};

enum { EVENT_LIMIT = 1 << 18 };

/* Events in the order of the log; what does not fit is counted. */
struct events {
	struct event *items;
	uint32_t n, cap;
	uint64_t dropped;
	struct arena texts;
};
int events_open(struct events *es); /* 0 or -ENOMEM */
void events_close(struct events *es);
void events_clear(struct events *es); /* none any more; memory stays for the next ones */
bool events_add(struct events *es, const struct event *e); /* copies the text; false when full */
