/*
 * Devices that are asked again and again. Who refuses a question twice is asked it less and less often: after a
 * minute, then after twice as long each time.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

#define PATIENCE_HOUR_NS (INT64_C(3600) * SECOND_NS)
#define PATIENCE_DAY_NS (24 * PATIENCE_HOUR_NS)

/* Zeroed: asked in every turn. */
struct patience {
	int64_t wait_ns, next_ns;
	int error; /* what the last answer was */
};

bool patience_is_due(const struct patience *p, int64_t now_ns);
void patience_note(struct patience *p, int error, int64_t now_ns,
	int64_t longest_ns); /* the answer of now; it waits no longer than that */
