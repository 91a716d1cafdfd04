/* One segment of a store in memory: its packets, and its rows in the order of their ticks. */
#pragma once

#include "record/packet.h"
#include "record/schema.h"
#include "record/squeeze.h"

struct load_row {
	uint32_t tick;
	struct sample row; /* in the era's numbers */
};

struct load {
	int64_t id, era;
	bool clean;        /* rows are here; else in the packets */
	struct pack plain; /* the packets */
	struct load_row *rows;
	uint32_t n_rows, cap_rows;
	uint64_t n_expected; /* rows, as the segment says */
	struct sample
		*hidden; /* cells whose values are damaged: nobody knows them in this segment */
	uint32_t n_hidden, cap_hidden;
	struct pack scratch;
	const char *damage; /* NULL: none; else the first thing met, static text */
};

void load_close(struct load *l);

/* 0; -errno as SQLite said; -EBADMSG: nothing of the segment can be read. */
int load_segment(
	struct load *l, sqlite3 *db, struct squeezer *z, int64_t id, int64_t era, bool clean);

/* One chunk's columns; series of its slots are asked for with `series` (false: unknown slot). */
int load_chunk(
	struct load *l, str data, struct squeezer *z, const struct sample *series, uint32_t n);
