/* What the kernel's log says about interrupts: handlers that are missing, lost or broken. */
#include "log/pattern.h"

/* clang-format off */
static const struct signal signals[] = {
	{ "irq.log.affinity_broken", "no longer affine",          EVENT, ONE, IRQ, NONE, FREE, "an interrupt was moved because its CPU went away", 0, WRAPS },
	{ "irq.log.bogus_return",    "bogus return value",        EVENT, ONE, IRQ, NONE, FREE, "a driver's interrupt handler returned nonsense", 0, WRAPS },
	{ "irq.log.conflict",        "Flags mismatch",            EVENT, ONE, IRQ, NONE, FREE, "two drivers want one interrupt in different ways: the second got none", 0, WRAPS },
	{ "irq.log.disabled",        "Disabling IRQ",             EVENT, ONE, IRQ, NONE, FREE, "the kernel switched the interrupt off: its device is polled or dead from now on", 0, WRAPS },
	{ "irq.log.no_handler",      "No irq handler for vector", EVENT, ONE, CPU, NONE, FREE, "a CPU got an interrupt that nothing is set up for", 0, WRAPS },
	{ "irq.log.nobody_cared",    "nobody cared",              EVENT, ONE, IRQ, NONE, FREE, "an interrupt came again and again and no driver said that it was its own", 0, WRAPS },
};

static const struct pattern patterns[] = {
	{ "irq.log.nobody_cared",
	  "^irq (?<irq>\\d+): nobody cared ",
	  EVENT_CRITICAL,
	  "irq 16: nobody cared (try booting with the \"irqpoll\" option)",
	  "6.1 kernel/irq/spurious.c",
	  "irq 16: Affinity broken due to vector space exhaustion." },
	{ "irq.log.disabled",
	  "^Disabling IRQ #(?<irq>\\d+)$",
	  EVENT_CRITICAL,
	  "Disabling IRQ #16",
	  "6.1 kernel/irq/spurious.c",
	  "ACPI: Disabling IRQ routing" },
	{ "irq.log.bogus_return",
	  "^irq event (?<irq>\\d+): bogus return value [0-9a-f]+",
	  EVENT_WARNING,
	  "irq event 24: bogus return value 3f",
	  "6.1 kernel/irq/spurious.c",
	  "irq event stamp: 123456" },
	{ "irq.log.no_handler",
	  "^(?:do_IRQ|__common_interrupt|common_interrupt): (?<cpu>\\d+)\\.\\d+ No irq handler for vector",
	  EVENT_WARNING,
	  "__common_interrupt: 3.35 No irq handler for vector",
	  "6.1 arch/x86/kernel/irq.c",
	  "common_interrupt: 3.35 handled" },
	{ "irq.log.conflict",
	  "^genirq: Flags mismatch irq (?<irq>\\d+)\\. ",
	  EVENT_WARNING,
	  "genirq: Flags mismatch irq 16. 00000000 (mei_me) vs. 00000080 (i801_smbus)",
	  "6.1 kernel/irq/manage.c",
	  "genirq: irq_chip INTC1057:00 did not update eff. affinity mask of irq 116" },
	{ "irq.log.affinity_broken",
	  "^(?:IRQ|irq) ?(?<irq>\\d+): (?:no longer affine to CPU\\d+|set affinity failed\\(-?\\d+\\)|Affinity broken due to vector space exhaustion)",
	  EVENT_INFO,
	  "IRQ 45: no longer affine to CPU3",
	  "6.1 kernel/irq/cpuhotplug.c",
	  "IRQ 45: type mismatch, failed to map hwirq-5 for gpio!" },
};
/* clang-format on */

const struct pattern_table irq_patterns = { "irq", EVENT_SIGNALS(signals), PATTERNS(patterns) };
