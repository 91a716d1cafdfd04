/*
 * A tape is what was seen over time: ticks, the runs of every series (a cell's value from tick to
 * tick, written down only where it changed), events, and when each source could be read. Live,
 * recorded and copied from another machine look the same. Times are in nanoseconds of the tape's
 * own clock: CLOCK_MONOTONIC where there are ticks, else the stamps of the log.
 */
#pragma once

#include "model/event.h"
#include "model/session.h"

struct tick {
	int64_t begin_ns, end_ns; /* everything of it was read in between */
	int64_t wall_ns, boot_ns; /* at begin */
	bool gap;  /* long after the full tick before: what happened between is not known */
	bool fast; /* of a few collectors only */
};

/* The ticks in which a collector was read, one bit each: not all are read in every tick. */
struct cadence {
	uint16_t first_signal, n_signals;
	uint64_t *ticks;
	uint32_t n_words;
	uint32_t last, before; /* the two ticks that were read last; NEVER_READ */
};
enum { CADENCES = 256 };
#define NEVER_READ UINT32_MAX

/* From this tick until the next point. */
struct point {
	uint32_t tick;
	bool there; /* false: the cell has gone, or could not be read */
	int64_t value;
};

struct series {
	uint32_t who;
	uint16_t sig, sub;
	struct point *points;
	uint32_t n, cap;
	uint32_t next; /* series + 1 of the same signal */
};

enum { TAPE_TICKS = 1 << 17, TAPE_SERIES = 1 << 18 };

/* A stretch of ticks in which a source could not be read, and why. */
struct blind {
	uint16_t source;
	int16_t error;
	uint32_t who;         /* ENTITY_NONE: all of it */
	uint32_t from, until; /* the first tick and the last one */
};

/* An event on the tape's clock: it happened between the two. */
struct happening {
	const struct event *event;
	int64_t lo_ns, hi_ns;
};

struct tape {
	struct session *session;
	struct tick *ticks;
	uint32_t n_ticks, cap_ticks;
	struct series *series;
	uint32_t n_series, cap_series;
	uint32_t *slots, n_slots; /* by (who, sig, sub) */
	uint32_t *first;          /* of each signal: series + 1 */
	struct cadence *cadences;
	uint16_t *cadence_of;           /* of each signal: cadence + 1; 0: of no source */
	uint32_t n_cadences, n_sources; /* n_sources: of the session, that have theirs */
	struct blind *blind;
	uint32_t n_blind, cap_blind;
	struct happening *events; /* in the order of their time */
	uint32_t n_events;
	uint64_t dropped;      /* ticks, series and stretches that did not fit */
	uint32_t out_of_order; /* ticks not after the one before; their rows went there */
	bool has_log;          /* a log was read, whether anything was in it or not */
	enum stamp clock;      /* MONO_STAMP with ticks, else that of the log */
};

int tape_open(struct tape *tape, struct session *session); /* 0 or -ENOMEM */
void tape_close(struct tape *tape);

/*
 * Add a tick: the frame's rows and spans, as run_tick() left them; it ended at end_ns. One whose time
 * is not after the tick before is counted, and changes that tick instead.
 */
void tape_add(struct tape *tape, const struct frame *frame, int64_t end_ns);

/*
 * All ticks are there: mark gaps, and give each event its time on the tape's clock. The events must
 * outlive the tape. 0 or -ENOMEM.
 */
int tape_finish(struct tape *tape, const struct events *events);

/* Wall clock of a moment of the tape; false when nobody knows it. */
bool tape_wall(const struct tape *tape, int64_t at_ns, int64_t *ret_wall_ns);

/*
 * Were the signal's sources read in this tick (whatever came of it)? Signals without any source are
 * taken as read in every tick that is not fast; on a tape of which no source says anything, in all.
 */
bool tape_was_read(const struct tape *tape, uint16_t sig, uint32_t tick);

const struct series *tape_find(const struct tape *tape, uint32_t who, uint16_t sig, unsigned sub);

/*
 * The value of a series in a tick; false when it was not there. *hint speeds up a walk forward; 0 at
 * first.
 */
bool series_value(const struct series *s, uint32_t tick, uint32_t *hint, int64_t *ret);
