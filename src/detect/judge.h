/* Judging one window of a session: watches over rows, to findings. No I/O. */
#pragma once

#include "model/health.h"

struct judge_window {
	const struct session *session;   /* as it is at the end of the window */
	const struct ledger_copy *first; /* values at its begin; NULL: a single reading */
	double seconds;
	double up_seconds;         /* since boot, for what a single reading can say; 0: unknown */
	const struct frame *frame; /* the last one: which sources were read */
	/* of each signal, where not all were read at both ends; 0: not twice. NULL: `seconds` for all */
	const double *signal_seconds;
};

/* All texts and arrays of the answer live in the arena. 0 or -ENOMEM. */
int judge(const struct judge_window *window, const struct knowledge *const *known, struct arena *a,
	struct health *ret);

/* Between the two values of this signal. */
double judge_seconds(const struct judge_window *window, uint16_t sig);

/*
 * derive.c: the highest of the subs of each entity that has the signal. Returns how many were made.
 */
size_t derive_highest(const struct judge_window *window, const struct derive *derive,
	struct arena *a, struct derived *out, size_t room);
