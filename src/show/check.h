/* The health of a host, as text of 80 columns and as JSON. Pure. */
#pragma once

#include "model/health.h"

struct check_answer {
	const struct session *session;
	const struct health *health;
	const char *host, *release;
	const char *notes[4];      /* further lines under the headline, NULL at the end */
	int64_t begin_ns, wall_ns; /* wall clock: begin of the window, and its end */
	double cpu_ms, wall_ms;
	uint64_t reads;
	bool color;
};

void check_text(FILE *out, const struct check_answer *answer);
void check_json(FILE *out, const struct check_answer *answer); /* docs/schema/check.json */
