/*
 * A segment while it grows: every packet's rows go to the columns, what else it says of the tick to
 * the head. Rolled over, it is some chunks and a head in the store.
 */
#pragma once

#include "record/column.h"
#include "record/packet.h"
#include "record/schema.h"
#include "record/squeeze.h"

/* As in the table `segment`. */
struct segment_about {
	int64_t id, era;
	int64_t first_wall_ns, last_wall_ns, first_mono_ns, last_mono_ns;
	uint64_t n_values, n_changed, n_lost;
	uint32_t n_ticks;
};

struct segment_series {
	uint32_t who;
	uint16_t sig, sub;
	struct column column;
};

struct segment_group {
	uint32_t series[GROUP_SERIES];
	unsigned n, n_stored; /* n_stored: that the table `series` has */
};

enum { SEGMENT_SERIES = 1 << 19 }; /* a frame has half of it at most */

struct segment {
	struct segment_about about;
	struct column_pool pool;
	struct pack head;
	/* of the era: */
	struct segment_series *series;
	uint32_t n_series, cap_series, *slots, n_slots;
	struct segment_group *groups;
	uint32_t n_groups, cap_groups, first_group; /* number of groups[0] */
	uint16_t *source_of;                        /* signal: its first source + 1 */
	uint8_t *order_of;                          /* signal: 2 for counters */
	uint32_t *open_group;                       /* source: the group that has room, + 1 */
	uint64_t dropped;                           /* rows of series that did not fit */
};

void segment_open(struct segment *s);
void segment_close(struct segment *s);
void segment_begin_era(struct segment *s, uint32_t first_group);
void segment_begin(struct segment *s, int64_t id, int64_t era);
void segment_take(struct segment *s, const struct packet *p, const struct frame *f);
bool segment_is_crowded(const struct segment *s); /* there may be no room for many more series */
/* Most of its series are of the past: another segment should begin with none. */
bool segment_is_sparse(const struct segment *s);
size_t segment_bytes(const struct segment *s); /* that the present segment takes in memory */

/*
 * Within a transaction of the caller's: series, chunks and head are written, tails deleted. 0 or
 * -errno; the segment in memory stays until the next segment_begin(). segment_rolled() when the
 * transaction has ended, true if it was committed.
 */
int segment_roll(struct segment *s, sqlite3 *db, struct squeezer *z, uint64_t *ret_bytes);
void segment_rolled(struct segment *s, bool committed);
