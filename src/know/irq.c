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

/* clang-format off */
static const struct indicator indicators[] = {
	{ .signal = "irq.log.affinity_broken", .how = SENSE_EVENT, .role = CONTEXT, .origin = THRESHOLD },
	{ .signal = "irq.log.no_handler", .how = SENSE_EVENT, .role = LINK, .origin = HARDWARE,
	  .title = "an interrupt arrived that no handler is there for",
	  .check = "dmesg | grep vector",
	  .fix = "update the firmware of the host",
	  .source = "any" },
	{ .signal = "irq.log.bogus_return", .how = SENSE_EVENT, .role = LINK, .origin = HARDWARE,
	  .title = "a handler answered nonsense",
	  .check = "dmesg | grep bogus",
	  .fix = "update the driver",
	  .source = "any" },
	{ .signal = "irq.affinity.wanted", .how = SENSE_CHANGE, .role = CAUSE, .origin = CHANGED,
	  .title = "the interrupt was moved to other CPUs",
	  .check = "cat /proc/irq/%s/smp_affinity_list",
	  .fix = "write the old list back; see what irqbalance does",
	  .source = "any" },
	{ .signal = "irq.affinity.effective", .how = SENSE_CHANGE, .role = LINK, .origin = CHANGED,
	  .title = "the interrupt arrives at other CPUs",
	  .check = "cat /proc/irq/%s/effective_affinity_list",
	  .fix = "write the old list back; see what irqbalance does",
	  .source = "any" },
	{ .signal = "irq.cpu.time", .how = SENSE_SHARE, .role = LINK, .origin = THRESHOLD, .floor = 0.3 },
	{ .signal = "irq.psi.irq.full.total", .how = SENSE_SHARE, .role = LINK, .origin = THRESHOLD, .floor = 0.1 },
	{ .signal = "irq.log.nobody_cared", .how = SENSE_EVENT, .role = CAUSE, .origin = HARDWARE,
	  .title = "an interrupt that no driver claims was switched off",
	  .check = "cat /proc/irq/*/spurious",
	  .fix = "update driver and firmware; look for a device that shares it",
	  .source = "any" },
	{ .signal = "irq.log.disabled", .how = SENSE_EVENT, .role = LINK, .origin = HARDWARE,
	  .title = "the kernel switched an interrupt off",
	  .check = "dmesg | grep IRQ",
	  .fix = "reload the driver of its device",
	  .source = "any" },
};

static const struct group groups[] = {
	{ "@irq.load",
	  "irq.cpu.time irq.psi.irq.full.total softirq.cpu.time" },
	{ "@irq.moved",
	  "irq.affinity.wanted irq.affinity.effective" },
};

static const struct rule rules[] = {
	{ .from = "irq.affinity.wanted", .to = "irq.affinity.effective", .where = SAME_DEVICE | IRQ_CPU | SAME_CPU, .lag_min_ms = -2000, .lag_max_ms = 5000,
	  .because = "the kernel moves it with its next interrupt",
	  .source = "kernel/irq/manage.c" },
	{ .from = "@irq.moved", .to = "@softirq.loss", .where = IRQ_CPU | SAME_CPU, .lag_min_ms = -2000, .lag_max_ms = 10000, .sticky = true,
	  .because = "one CPU has to take the frames of all queues",
	  .source = "Documentation/networking/scaling.rst" },
	{ .from = "@irq.moved", .to = "@nic.rx.lost", .where = SAME_DEVICE, .lag_min_ms = -2000, .lag_max_ms = 10000, .sticky = true,
	  .because = "one CPU has to take the frames of all queues",
	  .source = "Documentation/networking/scaling.rst" },
	{ .from = "@irq.moved", .to = "@moved", .where = SAME_DEVICE, .lag_min_ms = -2000, .lag_max_ms = 10000, .sticky = true, .shortcut = true,
	  .because = "one CPU has to take the frames of all queues",
	  .source = "Documentation/networking/scaling.rst" },
	{ .from = "@irq.moved", .to = "softirq.cpu.time", .where = IRQ_CPU | SAME_CPU, .lag_min_ms = -2000, .lag_max_ms = 10000, .sticky = true,
	  .because = "the work of the device follows its interrupt",
	  .source = "Documentation/core-api/irq/irq-affinity.rst" },
	{ .from = "irq.log.nobody_cared", .to = "irq.log.disabled", .where = ANYWHERE, .lag_min_ms = -1000, .lag_max_ms = 1000,
	  .because = "what nobody claims 99,900 times of 100,000 is switched off",
	  .source = "kernel/irq/spurious.c" },
	{ .from = "irq.log.disabled", .to = "@nic.timeout", .where = SAME_DEVICE | ANYWHERE, .lag_min_ms = 0, .lag_max_ms = 20000, .sticky = true,
	  .because = "without its interrupt a device is not served",
	  .source = "kernel/irq/spurious.c" },
	{ .from = "irq.log.disabled", .to = "@moved", .where = SAME_DEVICE, .lag_min_ms = 0, .lag_max_ms = 5000, .sticky = true,
	  .because = "without its interrupt a device is not served",
	  .source = "kernel/irq/spurious.c" },
};
/* clang-format on */

const struct knowledge irq_knowledge = {
	.layer = "irq",
	INDICATORS(indicators),
	GROUPS(groups),
	RULES(rules),
	WATCHES(watches),
	COUNTS(counts),
	.gap = "storms, skew over a device's queues, wanted against effective affinity",
};
