/* Which CPUs interrupts may go to and do go to, which were nobody's, and whose they are, from
 * /proc/irq and PCI. */
#include <errno.h>

#include "collect/keyed.h"

enum { EFFECTIVE, WANTED, SPURIOUS, UNHANDLED };

/* clang-format off */
static const struct signal signals[] = {
	[EFFECTIVE] = { "irq.affinity.effective", NULL, FACT,  TEXT, IRQ, NONE, CHEAP, "CPUs that the interrupt is sent to" },
	[WANTED]    = { "irq.affinity.wanted",    NULL, FACT,  TEXT, IRQ, NONE, CHEAP, "CPUs that the interrupt may be sent to" },
	[SPURIOUS]  = { "irq.spurious.count",     NULL, GAUGE, ONE,  IRQ, NONE, CHEAP, "interrupts since the unhandled ones were last judged; the kernel starts over at 100,000" },
	[UNHANDLED] = { "irq.spurious.unhandled", NULL, GAUGE, ONE,  IRQ, NONE, CHEAP, "of those, taken by no handler; over 99,900 the kernel turns the interrupt off" },
};
/* clang-format on */

enum { EFFECTIVE_TEXT, WANTED_TEXT, SPURIOUS_TEXT, MSI_TEXT, INTX_TEXT };

/*
 * With 949 interrupts each of these files costs milliseconds a tick, so affinity_hint (a driver's
 * wish, which nobody must follow) and node (the device has it) are not read. The order counts: see
 * struct state.
 */
static const struct text_source texts[] = {
	[EFFECTIVE_TEXT] = { .path = "proc/irq/*/effective_affinity_list",
		.who = "irq:%1",
		.may_be_silent = true,
		.absent = "kernel before 4.15, or none of the interrupt controllers tells" },
	[WANTED_TEXT] = { .path = "proc/irq/*/smp_affinity_list",
		.who = "irq:%1",
		.may_be_silent = true },
	[SPURIOUS_TEXT] = { .path = "proc/irq/*/spurious", .who = "irq:%1" },
	[MSI_TEXT] = { .path = "sys/bus/pci/devices/*/msi_irqs",
		.who = "pci:%1",
		.kind = LIST_TEXT,
		.may_be_silent = true,
		.absent = "no PCI device uses MSI" },
	[INTX_TEXT] = { .path = "sys/bus/pci/devices/*/irq",
		.who = "pci:%1",
		.may_be_silent = true },
};

/* An interrupt that may go to more CPUs than that says nothing about where work is done. */
enum { MOST_CPUS = 8, ENTITY_BITS = ENTITY_LIMIT / 64 };

/* What the texts of this tick said so far. */
struct state {
	int64_t at_ns;
	bool effective;                /* this kernel has the effective list */
	uint64_t has_msi[ENTITY_BITS]; /* by entity */
	uint64_t is_irq[ENTITY_BITS];
};

static void mark(uint64_t *bits, uint32_t who)
{
	if (who < ENTITY_LIMIT)
		bits[who / 64] |= UINT64_C(1) << (who % 64);
}

static bool is_marked(const uint64_t *bits, uint32_t who)
{
	return who < ENTITY_LIMIT && (bits[who / 64] >> (who % 64) & 1);
}

static int relate_cpus(struct emit *out, str from)
{
	struct cpu_list list = { .rest = from };
	unsigned cpus[MOST_CPUS], cpu, n = 0;

	while (cpu_list_next(&list, &cpu)) {
		if (n == MOST_CPUS)
			return 0;
		cpus[n++] = cpu;
	}
	if (list.rest.n)
		return -EBADMSG;
	for (unsigned i = 0; i < n; i++)
		emit_relation(out, out->who, VIA_CPU, emit_numbered(out, CPU, cpus[i]));
	return 0;
}

/* "count 42\nunhandled 0\nlast_unhandled 0 ms": kernel/irq/proc.c, irq_spurious_proc_show() */
static int parse_spurious(struct emit *out, str from)
{
	str line, key, word;
	uint64_t value;
	int r = 0;

	while (str_next_line(&from, &line)) {
		bool is_count;

		if (!str_next_word(&line, &key))
			continue;
		is_count = str_is(key, "count");
		if (!is_count && !str_is(key, "unhandled"))
			continue;
		if (str_next_word(&line, &word) && str_u64(word, &value) == 0)
			emit(out, is_count ? SPURIOUS : UNHANDLED, (int64_t)value);
		else
			r = -EBADMSG;
	}
	return r;
}

static int parse_msi(struct emit *out, str from)
{
	struct state *state = out->state;
	uint64_t irq;
	str name;
	int r = 0;

	while (str_next_line(&from, &name)) {
		if (str_u64(name, &irq) < 0) {
			r = -EBADMSG;
			continue;
		}
		mark(state->has_msi, out->who);
		emit_relation(out, out->who, VIA_IRQ, emit_numbered(out, IRQ, irq));
	}
	return r;
}

/*
 * Firmware leaves a number here for functions that never asked for an interrupt, and a function
 * that uses MSI has one as well: it counts only where /proc/irq has it and no MSI is in use.
 */
static int parse_intx(struct emit *out, str from)
{
	const struct state *state = out->state;
	uint64_t irq;
	uint32_t who;

	if (str_u64(str_trim(from), &irq) < 0)
		return -EBADMSG;
	if (irq == 0 || is_marked(state->has_msi, out->who))
		return 0;
	who = emit_numbered(out, IRQ, irq);
	if (is_marked(state->is_irq, who))
		emit_relation(out, out->who, VIA_IRQ, who);
	return 0;
}

static int parse_affinity(struct emit *out, unsigned text, str from)
{
	struct state *state = out->state;

	from = str_trim(from);
	mark(state->is_irq, out->who);
	emit_text(out, text == EFFECTIVE_TEXT ? EFFECTIVE : WANTED, out->who, from);
	state->effective |= text == EFFECTIVE_TEXT;
	return text == WANTED_TEXT && state->effective ? 0 : relate_cpus(out, from);
}

static int parse(struct emit *out, unsigned text, str from)
{
	struct state *state = out->state;

	if (state->at_ns != out->at_ns)
		*state = (struct state){ .at_ns = out->at_ns };
	switch (text) {
	case SPURIOUS_TEXT:
		return parse_spurious(out, from);
	case MSI_TEXT:
		return parse_msi(out, from);
	case INTX_TEXT:
		return parse_intx(out, from);
	default:
		return parse_affinity(out, text, from);
	}
}

const struct collector irq_affinity_collector = {
	.name = "irq_affinity",
	.about = "which CPUs interrupts may go to and do go to, which were nobody's, and whose "
		 "they are",
	.pace = SLOW,
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse,
	.state_size = sizeof(struct state),
};
