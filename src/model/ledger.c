/* The ledger: blocks of cells behind a hash. */
#include "model/ledger.h"

#include <errno.h>

#include "base/names.h"
#include "base/own.h"

enum { LEDGER_BYTES = 256 << 20, FIRST_SLOTS = 4096 }; /* for 2,000 blocks */

int ledger_open(struct ledger *l)
{
	*l = (struct ledger){ 0 };
	if (arena_open(&l->memory, LEDGER_BYTES) < 0)
		return -ENOMEM;
	l->blocks = arena_take(&l->memory, LEDGER_BLOCKS * sizeof(*l->blocks));
	l->n_slots = FIRST_SLOTS;
	l->slots = own_alloc(l->n_slots, sizeof(*l->slots));
	return 0;
}

void ledger_close(struct ledger *l)
{
	arena_close(&l->memory);
	free(l->slots);
	*l = (struct ledger){ 0 };
}

static uint32_t slot_of(const struct ledger *l, uint32_t who, uint16_t sig)
{
	uint32_t slot = (uint32_t)hash_mix((uint64_t)who << 16 | sig) & (l->n_slots - 1);

	for (; l->slots[slot]; slot = (slot + 1) & (l->n_slots - 1)) {
		const struct block *b = &l->blocks[l->slots[slot] - 1];

		if (b->who == who && b->sig == sig)
			break;
	}
	return slot;
}

static void widen(struct ledger *l)
{
	free(l->slots);
	l->n_slots *= 2;
	l->slots = own_alloc(l->n_slots, sizeof(*l->slots));
	for (uint32_t i = 0; i < l->n; i++)
		l->slots[slot_of(l, l->blocks[i].who, l->blocks[i].sig)] = i + 1;
}

static size_t words(unsigned n)
{
	return (n + 63) / 64;
}

/* Values and both bitmaps lie in one piece: most blocks have one cell, and then all of it is one
 * cache line. */
static bool give_room(struct ledger *l, struct block *b, unsigned n)
{
	struct block old = *b;
	size_t n_words;
	int64_t *piece;

	if (n <= b->n)
		return true;
	if (n > UINT16_MAX) {
		l->dropped++;
		return false;
	}
	/* what grows a cell at a time (CPU by CPU) is copied a few times only: the old copies are
	 * never reused */
	if (n < b->n * 2u)
		n = b->n * 2u < UINT16_MAX ? b->n * 2u : UINT16_MAX;
	n_words = words(n);
	piece = arena_take_zeroed(&l->memory, (n + 2 * n_words) * sizeof(*piece));
	if (!piece) {
		l->dropped++;
		return false;
	}
	b->values = piece;
	b->now = (uint64_t *)piece + n;
	b->before = b->now + n_words;
	b->n = (uint16_t)n;
	if (old.n) {
		memcpy(b->values, old.values, old.n * sizeof(*old.values));
		memcpy(b->now, old.now, words(old.n) * sizeof(*old.now));
		memcpy(b->before, old.before, words(old.n) * sizeof(*old.before));
	}
	return true;
}

struct block *ledger_block(struct ledger *l, uint16_t owner, uint32_t who, uint16_t sig, unsigned n)
{
	uint32_t slot = slot_of(l, who, sig);
	struct block *b;

	if (who == UINT32_MAX || sig == UINT16_MAX || owner >= LEDGER_OWNERS ||
		(!l->slots[slot] && l->n == LEDGER_BLOCKS)) {
		l->dropped++;
		return NULL;
	}
	if (!l->slots[slot]) {
		b = &l->blocks[l->n];
		*b = (struct block){
			.who = who, .sig = sig, .owner = owner, .next = l->heads[owner]
		};
		if (!give_room(l, b, n))
			return NULL;
		l->heads[owner] = l->slots[slot] = ++l->n;
		if (l->n * 2 > l->n_slots)
			widen(l);
		return b;
	}
	b = &l->blocks[l->slots[slot] - 1];
	return give_room(l, b, n) ? b : NULL;
}

const struct block *ledger_find(const struct ledger *l, uint32_t who, uint16_t sig)
{
	uint32_t held = l->slots[slot_of(l, who, sig)];

	return held ? &l->blocks[held - 1] : NULL;
}

static void touch(struct ledger *l, struct block *b)
{
	uint64_t *before = b->before;

	if (b->tick == l->tick)
		return;
	b->tick = l->tick;
	b->before = b->now;
	b->now = before;
	for (size_t i = 0; i < words(b->n); i++) /* few: a call of memset takes longer */
		b->now[i] = 0;
}

/* What ledger_write() has no room or no tick for. */
void ledger_write_first(
	struct ledger *l, struct frame *f, struct block *b, unsigned sub, int64_t value)
{
	if (sub >= b->n && !give_room(l, b, sub + 1))
		return;
	touch(l, b);
	if (b->values[sub] != value) {
		/* a row that does not fit leaves the cell absent: it must not show its old value as
		 * new */
		if (!frame_row(f, (struct sample){ b->who, b->sig, (uint16_t)sub, value }))
			return;
		b->values[sub] = value;
	}
	b->now[sub / 64] |= UINT64_C(1) << (sub % 64);
}

/* From `sub` on, the first cell that is in `in` and not in `not_in`; if not `wanted`, the first
 * that is not such a cell. */
static unsigned next_cell(const struct block *b, unsigned sub, const uint64_t *in,
	const uint64_t *not_in, bool wanted)
{
	while (sub < b->n) {
		uint64_t set = in[sub / 64] & ~not_in[sub / 64];
		uint64_t left = (wanted ? set : ~set) >> (sub % 64);

		if (left) {
			sub += (unsigned)__builtin_ctzll(left);
			break;
		}
		sub += 64 - sub % 64;
	}
	return sub < b->n ? sub : b->n;
}

/* What is gone holds no value: when it comes back it begins at 0, as what is new does. */
static void report_runs(struct frame *f, const struct block *b, const uint64_t *in,
	const uint64_t *not_in, bool gone)
{
	unsigned first = 0, end;

	while ((first = next_cell(b, first, in, not_in, true)) < b->n) {
		end = next_cell(b, first, in, not_in, false);
		if (gone)
			memset(b->values + first, 0, (end - first) * sizeof(*b->values));
		frame_span(f, (struct span){
				      b->who, b->sig, (uint16_t)first, (uint16_t)(end - 1), gone });
		first = end;
	}
}

void ledger_seal(struct ledger *l, struct frame *f, uint16_t owner)
{
	for (uint32_t at = l->heads[owner]; at; at = l->blocks[at - 1].next) {
		struct block *b = &l->blocks[at - 1];

		touch(l, b);
		if (b->now[0] == b->before[0] &&
			(b->n <= 64 ||
				memcmp(b->now, b->before, words(b->n) * sizeof(*b->now)) == 0))
			continue;
		report_runs(f, b, b->now, b->before, false);
		report_runs(f, b, b->before, b->now, true);
	}
}

void ledger_apply(struct ledger *l, const struct frame *f)
{
	for (uint32_t i = 0; i < f->n_spans; i++) {
		const struct span *s = &f->spans[i];
		struct block *b = ledger_block(l, 0, s->who, s->sig, s->last + 1u);

		for (unsigned sub = s->first; b && sub <= s->last; sub++) {
			uint64_t bit = UINT64_C(1) << (sub % 64);

			b->now[sub / 64] =
				s->gone ? b->now[sub / 64] & ~bit : b->now[sub / 64] | bit;
			if (s->gone)
				b->values[sub] = 0;
		}
	}
	for (uint32_t i = 0; i < f->n_rows; i++) {
		const struct sample *row = &f->rows[i];
		struct block *b = ledger_block(l, 0, row->who, row->sig, row->sub + 1u);

		if (b)
			b->values[row->sub] = row->value;
	}
}

void ledger_copy_take(const struct ledger *l, struct ledger_copy *ret)
{
	uint32_t total = 0;

	*ret = (struct ledger_copy){ .n = l->n,
		.offsets = own_alloc(l->n + 1, sizeof(*ret->offsets)) };
	for (uint32_t i = 0; i < l->n; i++) {
		ret->offsets[i] = total;
		total += l->blocks[i].n * 2u;
	}
	ret->offsets[l->n] = total;
	ret->values = own_alloc(total, sizeof(*ret->values));
	for (uint32_t i = 0; i < l->n; i++)
		for (unsigned sub = 0; sub < l->blocks[i].n; sub++) {
			ret->values[ret->offsets[i] + 2 * sub] = l->blocks[i].values[sub];
			ret->values[ret->offsets[i] + 2 * sub + 1] = block_has(&l->blocks[i], sub);
		}
}

void ledger_copy_free(struct ledger_copy *copy)
{
	free(copy->values);
	free(copy->offsets);
	*copy = (struct ledger_copy){ 0 };
}

bool ledger_copy_value(const struct ledger_copy *copy, const struct ledger *l,
	const struct block *b, unsigned sub, int64_t *ret)
{
	size_t i = (size_t)(b - l->blocks);
	size_t at;

	if (i >= copy->n)
		return false;
	at = copy->offsets[i] + 2 * (size_t)sub;
	if (at >= copy->offsets[i + 1] || !copy->values[at + 1])
		return false;
	*ret = copy->values[at];
	return true;
}

/* Cells side by side that came, or went, are one span. */
static void add_change(struct frame *out, const struct block *b, unsigned sub, bool gone)
{
	struct span *last = out->n_spans ? &out->spans[out->n_spans - 1] : NULL;

	if (last && last->who == b->who && last->sig == b->sig && last->gone == gone &&
		last->last + 1u == sub)
		last->last++;
	else
		frame_span(
			out, (struct span){ b->who, b->sig, (uint16_t)sub, (uint16_t)sub, gone });
}

static void add_changes(const struct ledger *l, const struct block *b,
	const struct ledger_copy *before, struct frame *out)
{
	for (unsigned sub = 0; sub < b->n; sub++) {
		int64_t value = 0;
		bool was = ledger_copy_value(before, l, b, sub, &value), is = block_has(b, sub);

		if (was != is)
			add_change(out, b, sub, was);
		if (is && b->values[sub] != value)
			frame_row(out,
				(struct sample){ b->who, b->sig, (uint16_t)sub, b->values[sub] });
	}
}

void ledger_changes(const struct ledger *l, const struct ledger_copy *before, struct frame *out)
{
	for (uint32_t i = 0; i < l->n; i++)
		add_changes(l, &l->blocks[i], before, out);
}
