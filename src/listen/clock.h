/* What the clocks say against each other: a wall clock that was set, a machine that was asleep. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
	CLOCK_LEAST_STEP_NS = 100 * 1000, /* less is the time that it takes to read two clocks */
	CLOCK_LEAST_SLEEP_NS = 1000 * 1000,
};

struct clocks {
	int64_t wall_ns, mono_ns, boot_ns;
};

/*
 * Between two readings: how far the wall clock was set, how long the machine was suspended; 0 where
 * it was not. The monotonic clock stands still in a suspend, the other two go on.
 */
struct clock_change {
	int64_t step_ns, asleep_ns;
};
struct clock_change clocks_compare(const struct clocks *before, const struct clocks *after);
