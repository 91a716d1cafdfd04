/* Explain: from onsets, relations and rules to a report. */
#pragma once

#include "model/onset.h"

/*
 * The report and all it points to live in the arena, the tape and the tables; all must outlive it.
 * The same tape gives the same report. 0 or -ENOMEM.
 */
int explain(const struct tape *tape, const struct onsets *onsets,
	const struct knowledge *const *known, struct arena *a, struct report *ret);
