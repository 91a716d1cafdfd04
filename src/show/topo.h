/* Where devices, their interrupts and CPUs sit, as text of 80 columns and as JSON. Pure. */
#pragma once

#include "model/topology.h"

struct topo_answer {
	const struct topology *topology;
	const char *host, *release;
	int64_t wall_ns;          /* 0: at a time that the tree does not tell */
	const char *const *notes; /* what could not be read, and why */
	size_t n_notes;
};

void topo_text(FILE *out, const struct topo_answer *answer);
void topo_json(FILE *out, const struct topo_answer *answer); /* docs/schema/topo.json */
