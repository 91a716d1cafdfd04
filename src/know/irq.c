/* What is abnormal in interrupts. */
#include "model/knowledge.h"

static const struct watch watches[] = {
	{
		.signal = "irq.count.total",
		.how = IS_RISING,
		.severity = WARNING,
		.title = "interrupts arrive that no device asked for, or are lost",
		.check = "grep -E 'ERR|MIS' /proc/interrupts",
		.fix = "look for a device with broken interrupt routing; see the kernel log",
		.source = "arch/x86/kernel/irq.c: ERR counts spurious ones, MIS those whose end "
			  "was missed",
	},
	{
		.signal = "irq.cpu.time",
		.how = IS_ABOVE,
		.level = 0.3,
		.severity = WARNING,
		.title = "a CPU spends its time in interrupt handlers",
		.check = "mpstat -P ALL 1 5; sort -k2 -n /proc/interrupts | tail",
		.fix = "find the interrupt that storms; see its device's coalescing (ethtool -c)",
		.source = "a third of the time; the level is ours",
	},
	{
		.signal = "irq.psi.irq.full.avg10",
		.how = IS_ABOVE,
		.level = 0.1,
		.alone = true,
		.severity = WARNING,
		.title = "interrupts take the CPU from the work",
		.check = "cat /proc/pressure/irq",
		.fix = "spread the interrupts over more CPUs",
		.source = "a tenth of the time; the level is ours",
	},
	{
		.signal = "irq.psi.irq.full.total",
		.how = IS_ABOVE,
		.level = 0.1,
		.severity = WARNING,
		.title = "interrupts took the CPU from the work",
		.check = "cat /proc/pressure/irq",
		.fix = "spread the interrupts over more CPUs",
		.source = "a tenth of the time; the level is ours",
	},
};

static const struct count counts[] = {
	{ "irq.action", "interrupt in use", "interrupts in use" },
};

const struct knowledge irq_knowledge = {
	.layer = "irq",
	WATCHES(watches),
	COUNTS(counts),
	.gap = "storms, skew over a device's queues, wanted against effective affinity",
};
