/*
 * Columns: the points of many series over one segment, encoded as they come. A point says from
 * which tick of the segment on a value holds; a value that stays costs nothing.
 *
 *   column: the ticks, then the values
 *   ticks:  step:number repeat:number...    so many times that far after the one before (the first: after -1)
 *   values: first:signed step:signed...     the change, or with order 2 the change of the change
 *
 *   chunk:  version:number n:number directory ticks... values...
 *   directory, one for each column: slot:number order:number points:number ticks_bytes:number values_bytes:number
 *           slots less the one before; so that one column is found without decoding the others
 */
#pragma once

#include "host/pack.h"

enum { COLUMN_VERSION = 1, COLUMN_ORDERS = 2 };

/* Bytes of many short columns: blocks of a shared pool, chained. */
struct column_pool {
	struct column_block *blocks;
	uint32_t n, cap;
};
struct column_chain {
	uint32_t first, last; /* blocks + 1 */
	uint32_t bytes;
};

struct column {
	struct column_chain ticks, values;
	uint32_t n, tick; /* points; of the last one */
	uint32_t step, repeat;
	int64_t value, change;
	uint8_t order;
};

void column_pool_clear(struct column_pool *pool); /* all columns in it end */
void column_pool_close(struct column_pool *pool);
size_t column_pool_bytes(const struct column_pool *pool);

/* A point, with a tick after that of the one before. `order` counts for the first point only. */
void column_put(
	struct column_pool *pool, struct column *c, uint32_t tick, int64_t value, unsigned order);

struct column_slot {
	struct column *column;
	uint32_t slot; /* ascending */
};
void columns_pack(
	struct column_pool *pool, const struct column_slot *columns, uint32_t n, struct pack *out);

/* ---- reading ---- */

struct column_cursor {
	str ticks, values;
	uint32_t left, tick, repeat, step;
	int64_t value, change;
	uint8_t order;
	bool begun;
};

/* The directory of a chunk; one cursor a column. */
struct column_reader {
	uint64_t left; /* columns */
	uint32_t slot;
	str directory, ticks, values;
};
int columns_read(str chunk, struct column_reader *ret); /* 0 or -EBADMSG */
/* The next column. 0, -ENODATA behind the last one, -EBADMSG. */
int columns_next(struct column_reader *r, uint32_t *ret_slot, struct column_cursor *ret);
/* The next point. 0, -ENODATA, -EBADMSG. */
int column_next(struct column_cursor *c, uint32_t *ret_tick, int64_t *ret_value);
