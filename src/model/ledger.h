/*
 * The ledger is the state that frames change: the present value of every cell, and which cells
 * there are. A collector writes into it and only what changed reaches the frame; a frame applied to
 * a ledger of its own gives the same state back, so that a dense view is made when somebody asks
 * for one.
 */
#pragma once

#include "base/arena.h"
#include "model/frame.h"

enum { LEDGER_BLOCKS = 1 << 17, LEDGER_OWNERS = 256 };

/* All cells of one signal of one entity; the cell's number is the row's sub. */
struct block {
	uint32_t who, tick, next;
	uint16_t sig, n, owner;
	int64_t *values;
	uint64_t *now, *before; /* one bit a cell: there in this tick, there in the one before */
};

struct ledger {
	struct block *blocks;
	uint32_t n;
	uint32_t *slots, n_slots;
	uint32_t heads[LEDGER_OWNERS]; /* block + 1 of each owner's list */
	uint32_t tick;
	struct arena memory;
	uint64_t dropped;
};

int ledger_open(struct ledger *l); /* 0 or -ENOMEM */
void ledger_close(struct ledger *l);

/* A copy of the values only, to compare with later: cells keep their block and number. */
struct ledger_copy {
	int64_t *values; /* of block i from offsets[i] on */
	uint32_t *offsets, n;
};
void ledger_copy_take(const struct ledger *l, struct ledger_copy *ret);
void ledger_copy_free(struct ledger_copy *copy);
bool ledger_copy_value(const struct ledger_copy *copy, const struct ledger *l,
	const struct block *b, unsigned sub,
	int64_t *ret); /* false when the cell was not there then */
/* What is other than in the copy, as a frame says it: spans and rows are added. An empty copy: all. */
void ledger_changes(const struct ledger *l, const struct ledger_copy *before, struct frame *out);

/* The block of (who, sig) with room for n cells, made when it is new; NULL when full (counted). */
struct block *ledger_block(
	struct ledger *l, uint16_t owner, uint32_t who, uint16_t sig, unsigned n);
const struct block *ledger_find(const struct ledger *l, uint32_t who, uint16_t sig);

/*
 * Write one cell; the row goes to the frame when it changed. Inline, and without a branch on
 * whether it changed: a big host has 200,000 cells a tick, and each wrong guess takes longer than
 * the row that is written and not counted.
 */
void ledger_write_first(
	struct ledger *l, struct frame *f, struct block *b, unsigned sub, int64_t value);
static inline void ledger_write(
	struct ledger *l, struct frame *f, struct block *b, unsigned sub, int64_t value)
{
	if (sub >= b->n || b->tick != l->tick || f->n_rows == FRAME_ROWS) {
		ledger_write_first(l, f, b, sub, value);
		return;
	}
	f->rows[f->n_rows] = (struct sample){ b->who, b->sig, (uint16_t)sub, value };
	f->n_rows += b->values[sub] != value;
	b->values[sub] = value;
	b->now[sub / 64] |= UINT64_C(1) << (sub % 64);
}

/* The owner has written all it has: what it did not write in this tick is gone. */
void ledger_seal(struct ledger *l, struct frame *f, uint16_t owner);

/* The other direction: what a frame says, done to a ledger. */
void ledger_apply(struct ledger *l, const struct frame *f);

static inline bool block_has(const struct block *b, unsigned sub)
{
	return sub < b->n && (b->now[sub / 64] >> (sub % 64) & 1);
}
