/*
 * Transmit queues that hold bytes while nothing is sent, and devices whose interrupts do not come
 * meanwhile: made of what other collectors said of two moments.
 */
#include "base/clock.h"
#include "collect/run.h"

enum { HELD, SILENT };

/* clang-format off */
static const struct signal signals[] = {
	[HELD]   = { "nic.queue.held", NULL, GAUGE, MSEC, QUEUE, NONE, FREE, "time for which bytes have stood in this transmit queue and none left, while the interface sent nothing; no row before two readings, nor without a link" },
	[SILENT] = { "irq.silent",     NULL, GAUGE, ONE,  PCI,   NONE, FREE, "1: bytes stand in a transmit queue of this device, and none of its interrupts came since the reading before" },
};
/* clang-format on */

/* What was seen of a queue in the reading before. */
struct queue {
	int64_t bytes, sent, since_ns;
	bool known;
};

struct state {
	struct queue queues[ENTITY_LIMIT];  /* by entity; mostly never touched */
	int64_t taken_before[ENTITY_LIMIT]; /* interrupts, by PCI function */
	bool taken_known[ENTITY_LIMIT];
	/* of this reading */
	int64_t taken[ENTITY_LIMIT];
	bool has_lines[ENTITY_LIMIT];
	uint32_t netdev_of[ENTITY_LIMIT], pci_of[ENTITY_LIMIT]; /* number and 1; 0: none */
	bool waits[ENTITY_LIMIT];                               /* by PCI function */
};

/* What was read in this very tick: an older value says nothing about what moved. */
static const struct block *fresh(const struct session *s, uint32_t who, uint16_t sig)
{
	const struct block *b = sig == SIGNAL_NONE ? NULL : ledger_find(&s->ledger, who, sig);

	return b && b->tick == s->ledger.tick ? b : NULL;
}

static bool sum_of(const struct block *b, int64_t *ret)
{
	*ret = 0;
	for (unsigned sub = 0; b && sub < b->n; sub++)
		if (block_has(b, sub))
			*ret += b->values[sub];
	return b != NULL;
}

static void note_relation(
	struct state *state, const struct session *s, const struct relation *r, uint16_t count)
{
	int64_t taken;

	if (r->via == VIA_NETDEV && entity_scope(&s->entities, r->a) == QUEUE)
		state->netdev_of[r->a] = r->b + 1;
	else if (r->via == VIA_PCI && entity_scope(&s->entities, r->a) == NETDEV)
		state->pci_of[r->a] = r->b + 1;
	else if (r->via == VIA_IRQ && sum_of(fresh(s, r->b, count), &taken)) {
		state->taken[r->a] += taken;
		state->has_lines[r->a] = true;
	}
}

static void note_relations(struct state *state, const struct session *s)
{
	uint16_t count = catalog_find(&s->catalog, STR("irq.count"));
	uint32_t n = s->entities.names.n;

	memset(state->taken, 0, n * sizeof(*state->taken));
	memset(state->has_lines, 0, n * sizeof(*state->has_lines));
	memset(state->netdev_of, 0, n * sizeof(*state->netdev_of));
	memset(state->pci_of, 0, n * sizeof(*state->pci_of));
	memset(state->waits, 0, n * sizeof(*state->waits));
	for (uint32_t i = 0; i < s->relations.n; i++)
		if (!s->relations.items[i].gone && s->relations.items[i].a < ENTITY_LIMIT)
			note_relation(state, s, &s->relations.items[i], count);
}

static bool has_link(const struct session *s, uint32_t netdev)
{
	const struct block *b = session_said_as(s, netdev, STR("nic.carrier"));

	return b && b->values[0] != 0;
}

/*
 * Without a link nothing can leave: that is said elsewhere. Drivers count a frame when they are given it, or when
 * it has left: if neither happened, more bytes than before are still the old ones and others.
 */
static void judge_queue(struct emit *out, const struct block *inflight, uint16_t packets)
{
	struct state *state = out->state;
	const struct session *s = out->session;
	struct queue *q = &state->queues[inflight->who];
	uint32_t netdev = state->netdev_of[inflight->who];
	int64_t bytes = inflight->values[0], sent;
	bool stands;

	if (!netdev || !has_link(s, netdev - 1) || !sum_of(fresh(s, netdev - 1, packets), &sent)) {
		q->known = false;
		return;
	}
	stands = q->known && q->bytes > 0 && bytes >= q->bytes && sent == q->sent;
	if (q->known)
		emit_at(out, HELD, inflight->who, 0,
			stands ? (out->at_ns - q->since_ns) / MS_NS : 0);
	if (stands && state->pci_of[netdev - 1])
		state->waits[state->pci_of[netdev - 1] - 1] = true;
	*q = (struct queue){ bytes, sent, stands ? q->since_ns : out->at_ns, true };
}

static void judge_device(struct emit *out, uint32_t pci)
{
	struct state *state = out->state;

	if (state->taken_known[pci])
		emit_at(out, SILENT, pci, 0,
			state->waits[pci] && state->taken[pci] == state->taken_before[pci]);
	state->taken_before[pci] = state->taken[pci];
	state->taken_known[pci] = true;
	state->has_lines[pci] = false; /* two interfaces may stand on one function */
}

static int collect(struct collect *c)
{
	struct emit *out = collect_emit(c);
	struct state *state = out->state;
	const struct session *s = out->session;
	uint16_t inflight = catalog_find(&s->catalog, STR("nic.queue.inflight"));
	uint16_t packets = catalog_find(&s->catalog, STR("nic.tx.packets"));
	uint32_t n = s->ledger.n;

	note_relations(state, s);
	for (uint32_t i = 0; i < n; i++) {
		const struct block b = s->ledger.blocks[i];

		if (b.sig == inflight && b.tick == s->ledger.tick && block_has(&b, 0))
			judge_queue(out, &b, packets);
	}
	for (uint32_t i = 0; i < s->entities.names.n; i++)
		if (state->pci_of[i] && state->has_lines[state->pci_of[i] - 1])
			judge_device(out, state->pci_of[i] - 1);
	return 0;
}

const struct collector queue_held_collector = {
	.name = "queue_held",
	.about = "transmit queues that hold bytes while nothing is sent and no interrupt comes",
	.pace = SOON,
	SIGNALS(signals),
	.collect = collect,
	.state_size = sizeof(struct state),
};
