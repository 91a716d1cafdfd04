/*
 * Rates out of a recording: not all collectors are read in every tick, so each signal has its own two
 * readings.
 */
#pragma once

#include "detect/judge.h"
#include "model/tape.h"

struct rates {
	struct ledger_copy first; /* the values at the earlier reading of each */
	double *seconds;          /* of each signal, between its two readings; 0: there are none */
	double window_s;          /* of what is read in every full tick */
};

/*
 * Between the last reading of each signal on the tape, and the latest one that is at least span_ns
 * before it; else the first. False: there are no two ticks.
 */
bool rates_take(const struct tape *tape, int64_t span_ns, struct rates *ret);
void rates_free(struct rates *r);
