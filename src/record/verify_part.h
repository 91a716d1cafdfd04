/* What the parts of verify share. */
#pragma once

#include "record/skim.h"
#include "record/statement.h"
#include "record/verify.h"

struct verify {
	sqlite3 *db;
	struct verified found;
	struct verify_span *spans;
	bool span_open; /* the last span goes on with the next tick */
	void (*problem)(void *self, const char *what);
	void *self;
	struct skim skim;
	uint64_t ops_left; /* thousands of SQLite's operations */
};

__attribute__((format(printf, 2, 3))) void verify_problem(
	struct verify *v, const char *format, ...);

/* A segment, its ticks and its columns. */
struct verify_segment {
	int64_t id, era, first_wall_ns, last_wall_ns, first_mono_ns, last_mono_ns;
	int64_t n_ticks, n_values, n_changed;
	bool clean;
};
void verify_data(struct verify *v, const struct verify_segment *s);
