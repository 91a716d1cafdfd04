/* Onsets: when did each signal that can tell begin to misbehave? */
#pragma once

#include "model/onset.h"

/*
 * Looks at every series that an indicator of `known` names, and at the events. The result lives in
 * the arena and points to the tape. 0 or -ENOMEM.
 */
int onsets_find(const struct tape *tape, const struct knowledge *const *known, struct arena *a,
	struct onsets *ret);
