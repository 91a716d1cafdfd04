/*
 * Where interrupts of network, RDMA and NVMe devices are taken, seen from the device: on its NUMA node or
 * outside, on CPUs that are kept apart, on one CPU or on many; and who moves them. Mostly made of what other
 * collectors said.
 */
#include <errno.h>
#include <stdio.h>

#include "collect/place.h"

/* clang-format off */
static const struct signal signals[] = {
	[DEFAULT]        = { "irq.affinity.default", NULL, FACT,    TEXT,     HOST, NONE,   CHEAP, "CPUs that an interrupt may go to when it is made" },
	[HOUSEKEEPING]   = { "irq.affinity.default.free", NULL, GAUGE, CPUS,  HOST, NONE,   CHEAP, "of those, CPUs that are not kept apart (isolcpus, nohz_full); no row where none is" },
	[BANNED]         = { "irq.balance.banned",   NULL, FACT,    TEXT,     HOST, NONE,   FREE,  "CPUs that irqbalance is told to leave alone, as its settings have them" },
	[ARGUMENTS]      = { "irq.balance.args",     NULL, FACT,    TEXT,     HOST, NONE,   FREE,  "further arguments of irqbalance in its settings" },
	[HINT]           = { "irq.affinity.hint",    NULL, FACT,    TEXT,     IRQ,  NONE,   CHEAP, "CPUs that the driver would like the interrupt to go to; nobody must follow" },
	[OFF_HINT]       = { "irq.affinity.off_hint", NULL, STATE,  ONE,      IRQ,  NONE,   CHEAP, "1: it may go to none of the CPUs that the driver hints at" },
	[PENDING]        = { "irq.affinity.pending", NULL, STATE,   ONE,      IRQ,  NONE,   CHEAP, "1: it goes to a CPU that it may not go to any more; it moves when it comes next" },
	[REMOTE]         = { "irq.remote",           NULL, STATE,   ONE,      IRQ,  NONE,   CHEAP, "1: it goes to CPUs of another NUMA node than its device's, and not because the device has an interrupt for each CPU" },
	[REMOTE_COUNT]   = { "irq.remote.count",     NULL, COUNTER, ONE,      IRQ,  NONE,   CHEAP, "times it was taken by a CPU of another NUMA node than its device's" },
	[ISOLATED]       = { "irq.isolated",         NULL, STATE,   ONE,      IRQ,  NONE,   CHEAP, "1: it goes to a CPU that is kept apart though it may go to others; no row where no CPU is kept apart" },
	[ISOLATED_COUNT] = { "irq.isolated.count",   NULL, COUNTER, ONE,      IRQ,  NONE,   CHEAP, "times it was taken by a CPU that is kept apart; no row where none is" },
	[DEVICE_COUNT]   = { "irq.device.count",     NULL, COUNTER, ONE,      PCI,  BY_CPU, CHEAP, "interrupts of all lines of this network or RDMA device that this CPU took" },
	[SKEW]           = { "irq.device.skew",      NULL, GAUGE,   SHARE_E4, PCI,  NONE,   CHEAP, "share of a network or RDMA device's interrupts that the busiest CPU took, since the reading before; no row for fewer than 1,000 or a single line" },
	[OUTSIDE]        = { "numa.irq.outside",     NULL, GAUGE,   SHARE_E4, PCI,  NONE,   CHEAP, "share of a network or RDMA device's interrupts that CPUs of other nodes took, since the reading before; no row for fewer than 1,000" },
};
/* clang-format on */

enum { DEFAULT_TEXT, HINT_TEXT, DEBIAN_TEXT, REDHAT_TEXT };

static const struct text_source texts[] = {
	[DEFAULT_TEXT] = { .path = "proc/irq/default_smp_affinity", .who = "host", .layer = "irq" },
	[HINT_TEXT] = { .path = "proc/irq/IRQ/affinity_hint",
		.who = "host",
		.layer = "irq",
		.may_be_silent = true },
	[DEBIAN_TEXT] = { .path = "etc/default/irqbalance",
		.who = "host",
		.layer = "irq",
		.may_be_silent = true },
	[REDHAT_TEXT] = { .path = "etc/sysconfig/irqbalance",
		.who = "host",
		.layer = "irq",
		.may_be_silent = true },
};

/* ---- texts ---- */

static void emit_cpus(struct emit *out, unsigned row, uint32_t who, const struct cpus *cpus)
{
	char text[TEXT_BYTES];

	emit_text(out, row, who, cpus_text(cpus, text, sizeof(text)));
}

static int parse_default(struct emit *out, str from)
{
	struct state *state = out->state;
	struct cpus cpus;

	if (cpus_mask(from, &cpus) < 0)
		return -EBADMSG;
	emit_cpus(out, DEFAULT, out->who, &cpus);
	if (!state->n_apart)
		return 0;
	cpus_take_out(&cpus, &state->apart);
	emit(out, HOUSEKEEPING, (int64_t)cpus_count(&cpus));
	return 0;
}

/* No CPU: the driver has no wish. */
static int parse_hint(struct emit *out, str from)
{
	const struct session *s = out->session;
	struct cpus hint, wanted;

	if (cpus_mask(from, &hint) < 0)
		return -EBADMSG;
	if (!cpus_count(&hint))
		return 0;
	emit_cpus(out, HINT, out->who, &hint);
	if (place_list(s, out->who, "irq.affinity.wanted", &wanted))
		emit(out, OFF_HINT, !cpus_meet(&hint, &wanted));
	return 0;
}

/* A file that a shell reads: NAME=value, NAME="value"; '#' begins a comment. */
static int parse_settings(struct emit *out, str from)
{
	static const struct {
		const char *name;
		unsigned row;
	} settings[] = {
		{ "IRQBALANCE_BANNED_CPULIST", BANNED },
		{ "IRQBALANCE_BANNED_CPUS", BANNED }, /* a mask; newer ones leave it aside */
		{ "IRQBALANCE_ARGS", ARGUMENTS },
	};
	str line, name, value;

	while (str_next_line(&from, &line)) {
		line = str_trim(line);
		if (str_starts(line, STR("export ")))
			line = str_trim(str_from(line, 7));
		if (!str_cut(line, '=', &name, &value))
			continue;
		value = str_trim(value);
		if (value.n >= 2 && (value.p[0] == '"' || value.p[0] == '\'') &&
			value.p[value.n - 1] == value.p[0])
			value = (str){ value.p + 1, value.n - 2 };
		for (size_t i = 0; value.n && i < sizeof(settings) / sizeof(*settings); i++)
			if (str_is(name, settings[i].name))
				emit_text(out, settings[i].row, out->who, value);
	}
	return 0;
}

static int parse(struct emit *out, unsigned text, str from)
{
	switch (text) {
	case DEFAULT_TEXT:
		return parse_default(out, from);
	case HINT_TEXT:
		return parse_hint(out, from);
	default:
		return parse_settings(out, from);
	}
}

/* ---- rows ---- */

static const struct block *counts_of(const struct emit *out, uint32_t irq)
{
	const struct state *state = out->state;

	return state->count == SIGNAL_NONE ? NULL
					   : ledger_find(&out->session->ledger, irq, state->count);
}

static int64_t taken(const struct block *counts, const struct state *state, int outside_of)
{
	int64_t sum = 0;

	for (unsigned cpu = 0; counts && cpu < counts->n && cpu < CPUS_MOST; cpu++) {
		bool meant = outside_of == ON_APART
				     ? cpus_has(&state->apart, cpu)
				     : state->node_of[cpu] && state->node_of[cpu] != outside_of + 1;

		if (block_has(counts, cpu) && meant)
			sum += counts->values[cpu];
	}
	return sum;
}

static void emit_remote(struct emit *out, const struct line *line, const struct device *d)
{
	const struct state *state = out->state;
	const struct block *counts = counts_of(out, line->irq);
	struct cpus cpus;

	if (d->node < 0 || state->n_nodes < 2 ||
		!topology_irq_cpus(out->session, line->irq, &cpus) || !cpus_count(&cpus))
		return;
	emit_at(out, REMOTE, line->irq, 0,
		!d->shared_out && !cpus_meet(&cpus, &state->nodes[d->node]));
	if (counts)
		emit_at(out, REMOTE_COUNT, line->irq, 0, taken(counts, state, d->node));
}

/* Somebody who gives it such CPUs only has chosen them; else it came there by chance. */
static void emit_isolated(struct emit *out, const struct line *line)
{
	const struct state *state = out->state;
	const struct block *counts = counts_of(out, line->irq);
	struct cpus cpus, wanted;

	if (!state->n_apart || !topology_irq_cpus(out->session, line->irq, &cpus) ||
		!cpus_count(&cpus) ||
		!place_list(out->session, line->irq, "irq.affinity.wanted", &wanted))
		return;
	emit_at(out, ISOLATED, line->irq, 0,
		cpus_within(&cpus, &state->apart) && !cpus_within(&wanted, &state->apart));
	if (counts)
		emit_at(out, ISOLATED_COUNT, line->irq, 0, taken(counts, state, ON_APART));
}

static void emit_line(struct emit *out, const struct line *line)
{
	const struct state *state = out->state;
	struct cpus effective, wanted;

	if (place_list(out->session, line->irq, "irq.affinity.effective", &effective) &&
		place_list(out->session, line->irq, "irq.affinity.wanted", &wanted) &&
		cpus_count(&effective))
		emit_at(out, PENDING, line->irq, 0, !cpus_within(&effective, &wanted));
	emit_remote(out, line, &state->devices[line->device]);
	emit_isolated(out, line);
}

/* All lines of a device together, by CPU; how many CPUs have a column. */
static unsigned add_up(const struct emit *out, struct state *state, unsigned device)
{
	unsigned n = 0;

	memset(state->sum, 0, sizeof(state->sum));
	for (unsigned i = 0; i < state->n_lines; i++) {
		const struct block *counts = state->lines[i].device == device
						     ? counts_of(out, state->lines[i].irq)
						     : NULL;

		for (unsigned cpu = 0; counts && cpu < counts->n && cpu < CPUS_MOST; cpu++)
			if (block_has(counts, cpu))
				state->sum[cpu] += counts->values[cpu];
		if (counts && counts->n > n)
			n = counts->n < CPUS_MOST ? counts->n : CPUS_MOST;
	}
	return n;
}

/* The block still holds what was written in the reading before. */
static void emit_shares(
	struct emit *out, const struct device *d, const struct block *before, unsigned n)
{
	const struct state *state = out->state;
	int64_t all = 0, most = 0, outside = 0;

	for (unsigned cpu = 0; cpu < n; cpu++) {
		int64_t grown = block_has(before, cpu) ? state->sum[cpu] - before->values[cpu] : 0;

		if (grown < 0)
			return; /* a line is gone, or is another one now */
		all += grown;
		most = grown > most ? grown : most;
		outside += state->node_of[cpu] && state->node_of[cpu] != d->node + 1 ? grown : 0;
	}
	if (all < FEWEST)
		return;
	if (d->lines > 1)
		emit_at(out, SKEW, d->who, 0, most * 10000 / all);
	if (d->node >= 0 && state->n_nodes > 1)
		emit_at(out, OUTSIDE, d->who, 0, outside * 10000 / all);
}

static void emit_device(struct emit *out, unsigned device)
{
	struct state *state = out->state;
	const struct device *d = &state->devices[device];
	const struct block *before;
	struct block *b;
	unsigned n = d->is_nic ? add_up(out, state, device) : 0;

	if (!n)
		return;
	before = ledger_find(
		&out->session->ledger, d->who, (uint16_t)(out->first_signal + DEVICE_COUNT));
	if (before)
		emit_shares(out, d, before, n);
	b = emit_block(out, DEVICE_COUNT, d->who, n);
	for (unsigned cpu = 0; cpu < n; cpu++)
		emit_cell(out, b, cpu, state->sum[cpu]);
}

static void read_hint(struct collect *c, uint32_t irq)
{
	str number = entity_name(&collect_emit(c)->session->entities, irq);
	char path[64];

	if ((size_t)snprintf(path, sizeof(path), "proc/irq/%.*s/affinity_hint", STR_ARG(number)) <
		sizeof(path))
		collect_text(c, HINT_TEXT, irq, path, true);
}

static int collect(struct collect *c)
{
	struct emit *out = collect_emit(c);
	struct state *state = out->state;

	place_find(out, state);
	for (unsigned text = 0; text < sizeof(texts) / sizeof(*texts); text++)
		if (text != HINT_TEXT && collect_declared_one(c, text) == -ENOENT &&
			text > HINT_TEXT)
			collect_spare(c, text); /* a host has one of them, or no irqbalance */
	for (unsigned i = 0; i < state->n_lines; i++) {
		emit_line(out, &state->lines[i]);
		if (i < MOST_HINTS)
			read_hint(c, state->lines[i].irq);
	}
	if (!state->n_lines)
		collect_spare(c, HINT_TEXT);
	for (unsigned i = 0; i < state->n_devices; i++)
		emit_device(out, i);
	return 0;
}

const struct collector irq_place_collector = {
	.name = "irq_place",
	.about = "where interrupts are taken, seen from their device: near or far, spread or not",
	.pace = SLOW,
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse,
	.collect = collect,
	.state_size = sizeof(struct state),
};
