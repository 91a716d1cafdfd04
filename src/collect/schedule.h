/*
 * When each collector is due. Without a schedule all are, in every tick; with one they are by their
 * pace. Intervals are of time, whatever a tick's length: a collector runs in the first tick after its
 * turn, and turns of one pace are spread, so that they do not all fall into one tick.
 */
#pragma once

#include "collect/run.h"

enum { FAST_CELLS = 500 }; /* read in a fast tick, at most */

struct turn {
	int64_t phase_ns;
	int64_t ran_ns; /* begin of the last full tick in which it ran */
	bool ran;
	bool at_once;   /* its places are others now */
	bool firmware;  /* some signal of it costs the device a command */
	uint32_t cells; /* it wrote at the last time */
};

struct schedule {
	bool on;
	bool begun;
	int64_t start_ns; /* what the phases count from: the first tick */
	uint64_t ticks;   /* full ones */
	struct turn *turns;
	size_t n;
};

void schedule_open(
	struct schedule *s, const struct collector *const *list, size_t n, bool scheduled);
void schedule_close(struct schedule *s);

void schedule_begin_tick(struct schedule *s, int64_t now_ns); /* a full one */
bool schedule_is_due(
	const struct schedule *s, size_t i, const struct run_cost *cost, int64_t now_ns);
void schedule_ran(struct schedule *s, size_t i, int64_t now_ns, uint64_t cells);
int64_t schedule_turn_s(
	const struct schedule *s, const struct collector *c); /* a tick counts as one */
void schedule_hurry(struct schedule *s, size_t i);            /* it is due in the next full tick */

/* After a full tick: what fast ticks read, and how often each runs, into costs[].fast and .interval_ns. */
void schedule_choose_fast(const struct schedule *s, struct run_cost *costs);
