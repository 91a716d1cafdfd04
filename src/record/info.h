/* What there is in a store, and what it costs. */
#pragma once

#include "base/arena.h"
#include "record/schema.h"

/* One run of the recorder. */
struct info_era {
	int64_t id, every_ns, begin_wall_ns;
	int64_t first_wall_ns, last_wall_ns; /* 0: it has no segment any more */
	uint64_t n_ticks;
	str boot_id, host, release, faultline;
};

/* Between two ticks of one era, or from the last one of an era to the first one of the next. */
struct info_gap {
	int64_t from_wall_ns, to_wall_ns;
	int64_t length_ns; /* by the monotonic clock; by the wall clock where the boot is another one */
	bool between_eras, other_boot;
};

struct info_table {
	str name;
	uint64_t bytes; /* with its indexes */
};

enum { INFO_GAPS = 1000 };

struct info {
	const struct info_era *eras; /* oldest first */
	const struct info_gap *gaps; /* the first INFO_GAPS of them */
	const struct info_table *tables;
	uint32_t n_eras, n_gaps, n_tables, n_boots;
	uint64_t gaps_in_all, not_read; /* not_read: segments whose ticks are damaged */
	int64_t first_wall_ns, last_wall_ns;
	uint64_t n_ticks, n_lost, n_values, n_changed, n_events;
	uint64_t n_open, n_rolled; /* segments */
	uint64_t n_signals, n_entities, n_series;
	uint64_t database_bytes, wal_bytes, free_bytes, page_bytes;
	bool pages_counted; /* bytes of tables are whole pages; else only what is in the rows */
	int version;
};

/* Of one state of the store. Everything lives in the arena. 0, -EBADMSG, -ENOMEM, ... */
int store_info(sqlite3 *db, const char *path, struct arena *a, struct info *ret);
