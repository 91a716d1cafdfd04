/* Columns of points, packed and unpacked. */
#include "record/column.h"

#include <errno.h>

#include "base/own.h"

enum { BLOCK_BYTES = 28, FIRST_BLOCKS = 1024, NUMBER_BYTES = 10 };

struct column_block {
	uint32_t next; /* block + 1 */
	unsigned char bytes[BLOCK_BYTES];
};
_Static_assert(sizeof(struct column_block) == 32, "two to a cache line");

void column_pool_clear(struct column_pool *pool)
{
	pool->n = 0;
}

void column_pool_close(struct column_pool *pool)
{
	free(pool->blocks);
	*pool = (struct column_pool){ 0 };
}

size_t column_pool_bytes(const struct column_pool *pool)
{
	return pool->n * sizeof(*pool->blocks);
}

static void chain_byte(struct column_pool *pool, struct column_chain *chain, unsigned char byte)
{
	uint32_t at = chain->bytes % BLOCK_BYTES;

	if (at == 0) {
		if (pool->n == pool->cap) {
			pool->cap = pool->cap ? pool->cap * 2 : FIRST_BLOCKS;
			pool->blocks = own_grow(pool->blocks, pool->cap, sizeof(*pool->blocks));
		}
		pool->blocks[pool->n++].next = 0;
		if (chain->last)
			pool->blocks[chain->last - 1].next = pool->n;
		else
			chain->first = pool->n;
		chain->last = pool->n;
	}
	pool->blocks[chain->last - 1].bytes[at] = byte;
	chain->bytes++;
}

static void chain_number(struct column_pool *pool, struct column_chain *chain, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		chain_byte(pool, chain, (unsigned char)(value | 0x80));
	chain_byte(pool, chain, (unsigned char)value);
}

static uint64_t fold(int64_t value)
{
	return (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0);
}

static int64_t minus(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a - (uint64_t)b);
}

static int64_t plus(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a + (uint64_t)b);
}

static void put_steps(struct column_pool *pool, struct column *c)
{
	if (!c->repeat)
		return;
	chain_number(pool, &c->ticks, c->step);
	chain_number(pool, &c->ticks, c->repeat);
	c->repeat = 0;
}

void column_put(
	struct column_pool *pool, struct column *c, uint32_t tick, int64_t value, unsigned order)
{
	uint32_t step = c->n ? tick - c->tick : tick + 1;
	int64_t change = minus(value, c->value);

	if (c->n == 0) {
		c->order = (uint8_t)order;
		chain_number(pool, &c->values, fold(value));
	} else {
		chain_number(
			pool, &c->values, fold(c->order == 2 ? minus(change, c->change) : change));
		c->change = change;
	}
	if (step != c->step) {
		put_steps(pool, c);
		c->step = step;
	}
	c->repeat++;
	c->value = value;
	c->tick = tick;
	c->n++;
}

static void pack_chain(
	const struct column_pool *pool, const struct column_chain *chain, struct pack *out)
{
	uint32_t left = chain->bytes;

	for (uint32_t at = chain->first; at && left; at = pool->blocks[at - 1].next) {
		uint32_t n = left < BLOCK_BYTES ? left : BLOCK_BYTES;

		pack_bytes(out, (str){ (const char *)pool->blocks[at - 1].bytes, n });
		left -= n;
	}
}

void columns_pack(
	struct column_pool *pool, const struct column_slot *columns, uint32_t n, struct pack *out)
{
	uint32_t slot = 0;

	pack_number(out, COLUMN_VERSION);
	pack_number(out, n);
	for (uint32_t i = 0; i < n; i++) {
		struct column *c = columns[i].column;

		put_steps(pool, c);
		pack_number(out, columns[i].slot - slot);
		pack_number(out, c->order);
		pack_number(out, c->n);
		pack_number(out, c->ticks.bytes);
		pack_number(out, c->values.bytes);
		slot = columns[i].slot;
	}
	for (uint32_t i = 0; i < n; i++)
		pack_chain(pool, &columns[i].column->ticks, out);
	for (uint32_t i = 0; i < n; i++)
		pack_chain(pool, &columns[i].column->values, out);
}

/* ---- reading ---- */

struct entry {
	uint64_t slot, order, points, ticks_bytes, values_bytes;
};

static bool read_entry(str *directory, struct entry *e)
{
	return unpack_number(directory, &e->slot) && unpack_number(directory, &e->order) &&
	       unpack_number(directory, &e->points) && unpack_number(directory, &e->ticks_bytes) &&
	       unpack_number(directory, &e->values_bytes) && e->order >= 1 &&
	       e->order <= COLUMN_ORDERS && e->slot <= UINT32_MAX && e->points <= UINT32_MAX &&
	       e->ticks_bytes <= UINT32_MAX && e->values_bytes <= UINT32_MAX;
}

int columns_read(str chunk, struct column_reader *ret)
{
	uint64_t version, n, ticks_bytes = 0;
	str directory, rest;

	if (!unpack_number(&chunk, &version) || version != COLUMN_VERSION ||
		!unpack_number(&chunk, &n) || n > chunk.n)
		return -EBADMSG;
	rest = directory = chunk;
	for (uint64_t i = 0; i < n; i++) {
		struct entry e;

		if (!read_entry(&rest, &e))
			return -EBADMSG;
		ticks_bytes += e.ticks_bytes;
	}
	*ret = (struct column_reader){ .left = n, .directory = directory };
	return unpack_bytes(&rest, ticks_bytes, &ret->ticks) ? (ret->values = rest, 0) : -EBADMSG;
}

int columns_next(struct column_reader *r, uint32_t *ret_slot, struct column_cursor *ret)
{
	struct entry e;
	struct column_cursor c = { 0 };

	if (r->left == 0)
		return -ENODATA;
	if (!read_entry(&r->directory, &e) || !unpack_bytes(&r->ticks, e.ticks_bytes, &c.ticks) ||
		!unpack_bytes(&r->values, e.values_bytes, &c.values))
		return -EBADMSG;
	r->left--;
	r->slot += (uint32_t)e.slot;
	c.left = (uint32_t)e.points;
	c.order = (uint8_t)e.order;
	c.tick = UINT32_MAX;
	*ret_slot = r->slot;
	*ret = c;
	return 0;
}

static bool next_tick(struct column_cursor *c)
{
	uint64_t step, repeat;

	if (c->repeat == 0) {
		if (!unpack_number(&c->ticks, &step) || !unpack_number(&c->ticks, &repeat) ||
			step == 0 || step > UINT32_MAX || repeat == 0 || repeat > UINT32_MAX)
			return false;
		c->step = (uint32_t)step;
		c->repeat = (uint32_t)repeat;
	}
	c->repeat--;
	if (c->begun && c->step > UINT32_MAX - c->tick - 1)
		return false;
	c->tick += c->step; /* the first one from -1 on */
	return true;
}

int column_next(struct column_cursor *c, uint32_t *ret_tick, int64_t *ret_value)
{
	int64_t step;

	if (c->left == 0)
		return -ENODATA;
	if (!next_tick(c) || !unpack_signed(&c->values, &step))
		return -EBADMSG;
	c->left--;
	if (!c->begun) {
		c->value = step;
	} else {
		c->change = c->order == 2 ? plus(c->change, step) : step;
		c->value = plus(c->value, c->change);
	}
	c->begun = true;
	*ret_tick = c->tick;
	*ret_value = c->value;
	return 0;
}
