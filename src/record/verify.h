/* Whether a store is what was written: every page, reference, sum, frame, packet and column of it. */
#pragma once

#include "base/arena.h"
#include "record/schema.h"

/* Ticks that can be read, without one between them that cannot. */
struct verify_span {
	int64_t from_wall_ns, to_wall_ns;
	uint64_t n_ticks;
};

struct verified {
	uint64_t problems;
	uint64_t n_segments, n_chunks, n_ticks, n_points; /* that were read and are sound */
	const struct verify_span *spans;                  /* the first VERIFY_SPANS of them */
	uint32_t n_spans;
	uint64_t spans_in_all;
};
enum { VERIFY_SPANS = 1000, VERIFY_LINE = 512 };

/*
 * `problem` is told of each thing that is damaged, in one line. Never takes longer than a sound store
 * of that many bytes would. 0: it was looked at, whatever was found; -ENOMEM.
 */
int store_verify(sqlite3 *db, struct arena *a, void (*problem)(void *self, const char *what),
	void *self, struct verified *ret);
