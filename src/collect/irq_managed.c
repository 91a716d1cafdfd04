/* Interrupts whose CPUs the kernel has chosen for good, from debugfs. */
#include <errno.h>

#include "collect/collector.h"

/* clang-format off */
static const struct signal signals[] = {
	{ "irq.affinity.managed", NULL, FACT, ONE, IRQ, NONE, CHEAP, "1: the kernel spread the device's interrupts over the CPUs, as its driver asked for (NVMe): nobody may move it, and it is shut down with its CPUs" },
};
/* clang-format on */

static const struct text_source texts[] = {
	{ .path = "sys/kernel/debug/irq/irqs/*",
		.who = "irq:%1",
		.absent = "debugfs is not mounted, or a kernel without GENERIC_IRQ_DEBUGFS" },
};

static bool is_indented(str line)
{
	return line.n && (line.p[0] == ' ' || line.p[0] == '\t');
}

/*
 * kernel/irq/debugfs.c, irq_debug_show(): "dstate:   0x31600200", and the names of its bits, each on a line
 * that is indented. Behind them comes the node: what ends before was cut.
 */
static int parse(struct emit *out, unsigned text, str from)
{
	bool was_state = false, in_state = false, managed = false;
	str line;

	(void)text;
	while (str_next_line(&from, &line)) {
		if (is_indented(line)) {
			managed |= in_state && str_is(str_trim(line), "IRQD_AFFINITY_MANAGED");
			continue;
		}
		was_state |= in_state;
		in_state = str_starts(line, STR("dstate:"));
	}
	if (!was_state)
		return -EBADMSG;
	emit(out, 0, managed);
	return 0;
}

const struct collector irq_managed_collector = {
	.name = "irq_managed",
	.about = "interrupts that the kernel has placed for good",
	.pace = RARE,
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse,
};
