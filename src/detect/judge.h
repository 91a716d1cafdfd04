/* Judging one window of a session: watches over rows, to findings. No I/O. */
#pragma once

#include "model/health.h"

struct window {
	const struct session *session;   /* as it is at the end of the window */
	const struct ledger_copy *first; /* values at its begin; NULL: a single reading */
	double seconds;
	double up_seconds;         /* since boot, for what a single reading can say; 0: unknown */
	const struct frame *frame; /* the last one: which sources were read */
};

/* All texts and arrays of the answer live in the arena. 0 or -ENOMEM. */
int judge(const struct window *window, const struct knowledge *const *known, struct arena *a,
	struct health *ret);

/*
 * derive.c: the highest of the subs of each entity that has the signal. Returns how many were made.
 */
size_t derive_highest(const struct window *window, const struct derive *derive, struct arena *a,
	struct derived *out, size_t room);
