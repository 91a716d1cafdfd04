/* Relations: a list with a hash over (a, via, b). */
#include "model/relation.h"

#include "base/names.h"
#include "base/own.h"

const char *const via_names[VIAS] = { "upstream", "pci", "netdev", "irq", "cpu", "node", "iommu",
	"parent", "pf", "uses" };

void relations_close(struct relations *rs)
{
	free(rs->items);
	free(rs->slots);
	*rs = (struct relations){ 0 };
}

static uint32_t slot_of(const struct relations *rs, uint32_t a, enum via via, uint32_t b)
{
	uint64_t h = hash_mix(((uint64_t)a << 32 | b) ^ hash_mix(via + 1u));
	uint32_t slot = (uint32_t)h & (rs->n_slots - 1);

	for (; rs->slots[slot]; slot = (slot + 1) & (rs->n_slots - 1)) {
		const struct relation *r = &rs->items[rs->slots[slot] - 1];

		if (r->a == a && r->b == b && r->via == via)
			break;
	}
	return slot;
}

static void widen(struct relations *rs)
{
	free(rs->slots);
	rs->n_slots = rs->n_slots ? rs->n_slots * 2 : 256;
	rs->slots = own_alloc(rs->n_slots, sizeof(*rs->slots));
	for (uint32_t i = 0; i < rs->n; i++) {
		const struct relation *r = &rs->items[i];

		uint32_t slot = slot_of(rs, r->a, r->via, r->b);

		/* the first of a triple is the one that is said; the others are its past */
		if (!rs->slots[slot])
			rs->slots[slot] = i + 1;
	}
}

static struct relation *item_add(struct relations *rs, struct relation r)
{
	if (rs->n == RELATION_LIMIT) {
		rs->dropped++;
		return NULL;
	}
	if (rs->n == rs->cap) {
		rs->cap = rs->cap ? rs->cap * 2 : 128;
		rs->items = own_grow(rs->items, rs->cap, sizeof(*rs->items));
	}
	rs->items[rs->n++] = r;
	return &rs->items[rs->n - 1];
}

/* The interval that ended stands for itself; new relations keep half of the room. */
static void keep_past(struct relations *rs, struct relation ended)
{
	if (rs->keeps_past && rs->n < RELATION_LIMIT / 2)
		item_add(rs, ended);
}

bool relation_say(struct relations *rs, uint32_t a, enum via via, uint32_t b, uint16_t source,
	uint32_t tick, int64_t at_ns)
{
	struct relation *r;
	uint32_t slot;
	bool news;

	if (a == UINT32_MAX || b == UINT32_MAX)
		return false;
	if (rs->n * 2 >= rs->n_slots)
		widen(rs);
	slot = slot_of(rs, a, via, b);
	if (!rs->slots[slot]) {
		if (!item_add(rs,
			    (struct relation){ .a = a, .b = b, .via = (uint8_t)via, .gone = true }))
			return false;
		rs->slots[slot] = rs->n;
		news = true;
	} else {
		news = rs->items[rs->slots[slot] - 1].gone;
		if (news)
			keep_past(rs, rs->items[rs->slots[slot] - 1]);
	}
	r = &rs->items[rs->slots[slot] - 1];
	if (news)
		r->since_ns = at_ns;
	r->gone = false;
	r->source = source;
	r->tick = tick;
	return news;
}

void relation_end(struct relations *rs, uint32_t a, enum via via, uint32_t b, int64_t at_ns)
{
	uint32_t held = rs->n_slots ? rs->slots[slot_of(rs, a, via, b)] : 0;
	struct relation *r = held ? &rs->items[held - 1] : NULL;

	if (!r || r->gone)
		return;
	r->gone = true;
	r->until_ns = at_ns;
}

const struct relation *relation_next(
	const struct relations *rs, uint32_t a, enum via via, uint32_t *cursor)
{
	while (*cursor < rs->n) {
		const struct relation *r = &rs->items[(*cursor)++];

		if (r->a == a && r->via == via && !r->gone)
			return r;
	}
	return NULL;
}

bool relation_leads_to(const struct relations *rs, enum via via, uint32_t b)
{
	for (uint32_t i = 0; i < rs->n; i++)
		if (rs->items[i].b == b && rs->items[i].via == via && !rs->items[i].gone)
			return true;
	return false;
}

uint32_t relation_one(const struct relations *rs, uint32_t a, enum via via)
{
	uint32_t cursor = 0;
	const struct relation *r = relation_next(rs, a, via, &cursor);

	return r ? r->b : UINT32_MAX;
}
