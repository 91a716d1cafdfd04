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
	{
		.signal = "irq.remote.count",
		.how = IS_ABOVE,
		.level = 100,
		.only_if = "irq.remote",
		.severity = WARNING,
		.title = "a busy device interrupts CPUs of another NUMA node than its own",
		.check = "grep . /proc/irq/%s/node /proc/irq/%s/effective_affinity_list "
			 "/sys/devices/system/node/node*/cpulist",
		.fix = "write CPUs of the device's node (its local_cpulist) to smp_affinity_list, and "
		       "keep irqbalance from moving it; faultline topo shows what is near",
		.source = "more than 100 a second, the level is ours: under load one may stand for "
			  "netdev_budget frames (net/core/dev.c), 300",
	},
	{
		.signal = "irq.isolated.count",
		.how = IS_ABOVE,
		.level = 100,
		.only_if = "irq.isolated",
		.severity = WARNING,
		.title = "a busy device interrupts a CPU that is kept apart, by chance",
		.check =
			"grep . /proc/irq/%s/effective_affinity_list /proc/irq/%s/smp_affinity_list "
			"/sys/devices/system/cpu/isolated /sys/devices/system/cpu/nohz_full",
		.fix = "write CPUs that are not kept apart to smp_affinity_list; boot with "
		       "irqaffinity= of those CPUs",
		.source =
			"Documentation/admin-guide/kernel-parameters.txt: isolcpus= leaves interrupts "
			"where they are; more than 1,000 a second, the level is ours",
	},
	{
		.signal = "irq.affinity.default.free",
		.how = IS_BELOW,
		.level = 1,
		.severity = WARNING,
		.title = "new interrupts may go to CPUs that are kept apart only",
		.check = "cat /proc/irq/default_smp_affinity /sys/devices/system/cpu/isolated "
			 "/sys/devices/system/cpu/nohz_full",
		.fix = "write a mask of the other CPUs to /proc/irq/default_smp_affinity, or boot with "
		       "irqaffinity=",
		.source = "Documentation/core-api/irq/irq-affinity.rst",
	},
	{
		.signal = "irq.spurious.unhandled",
		.how = IS_ABOVE,
		.level = 50000,
		.severity = WARNING,
		.title = "an interrupt comes again and again that no driver claims",
		.check = "cat /proc/irq/%s/spurious; grep ' %s:' /proc/interrupts",
		.fix = "find the device that shares the line; update its driver and firmware",
		.source =
			"kernel/irq/spurious.c: over 99,900 of 100,000 the kernel switches it off; "
			"half of that, the level is ours",
	},
	{
		.signal = "irq.device.count",
		.how = IS_ABOVE,
		.level = 200000,
		.severity = WARNING,
		.title = "a network device interrupts one CPU more often than moderation allows",
		.check = "ls /sys/bus/pci/devices/%s/msi_irqs; cat /proc/interrupts",
		.fix = "turn on adaptive moderation (ethtool -C DEVICE adaptive-rx on), or spread its "
		       "interrupts over more CPUs",
		.source = "ixgbe.h: IXGBE_100K_ITR, 100,000 a second, is the least moderation of a "
			  "line; twice that, the level is ours",
	},
	{
		.signal = "irq.count",
		.how = IS_ABOVE,
		.level = 100000,
		.only_if = "irq.chip",
		.prefix = "IO-APIC",
		.severity = WARNING,
		.title = "an interrupt line storms",
		.check = "grep ' %s:' /proc/interrupts; cat /proc/irq/%s/spurious",
		.fix = "unbind the drivers of the line one by one; look for a device whose firmware "
		       "holds it up",
		.source =
			"kernel/irq/spurious.c judges 100,000 at a time; so many in one second, the "
			"level is ours",
	},
	{
		.signal = "irq.count",
		.how = IS_ABOVE,
		.level = 100000,
		.only_if = "irq.chip",
		.prefix = "IR-IO-APIC",
		.severity = WARNING,
		.title = "an interrupt line storms",
		.check = "grep ' %s:' /proc/interrupts; cat /proc/irq/%s/spurious",
		.fix = "unbind the drivers of the line one by one; look for a device whose firmware "
		       "holds it up",
		.source =
			"kernel/irq/spurious.c judges 100,000 at a time; so many in one second, the "
			"level is ours",
	},
	{
		.signal = "irq.silent",
		.how = IS_ABOVE,
		.level = 0,
		.severity = WARNING,
		.title = "bytes wait to be sent, and the device's interrupts do not come",
		.check =
			"ls /sys/bus/pci/devices/%s/msi_irqs; cat /proc/interrupts; lspci -vv -s %s",
		.fix = "see whether its MSI-X is enabled and not masked, and its bus mastering on; "
		       "reset the device",
		.source =
			"every driver with byte queue limits learns of sent frames by an interrupt",
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
	{ .signal = "irq.balance.tasks", .how = SENSE_CHANGE, .role = CAUSE, .origin = CHANGED,
	  .title = "irqbalance was started or stopped",
	  .check = "systemctl status irqbalance",
	  .fix = "decide who places interrupts: irqbalance, or somebody by hand",
	  .source = "any" },
	{ .signal = "irq.affinity.default", .how = SENSE_CHANGE, .role = CONTEXT, .origin = CHANGED },
	{ .signal = "irq.device.skew", .how = SENSE_GAUGE, .role = LINK, .origin = THRESHOLD, .floor = 0.3,
	  .title = "one CPU takes most of the device's interrupts",
	  .check = "ls /sys/bus/pci/devices/%s/msi_irqs; cat /proc/interrupts",
	  .fix = "spread its lines over the CPUs of its node",
	  .source = "three tenths over what is usual; the level is ours" },
	{ .signal = "irq.silent", .how = SENSE_GAUGE, .role = CONTEXT, .origin = HARDWARE, .floor = 1 },
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
	{ .from = "irq.balance.tasks", .to = "irq.affinity.wanted", .where = ANYWHERE, .lag_min_ms = -2000, .lag_max_ms = 15000, .sticky = true,
	  .because = "irqbalance places interrupts when it has started, and every ten seconds",
	  .source = "irqbalance(1): --interval" },
	{ .from = "@irq.moved", .to = "irq.device.skew", .where = SAME_DEVICE, .lag_min_ms = -2000, .lag_max_ms = 10000, .sticky = true,
	  .because = "lines that go to one CPU are taken by it alone",
	  .source = "Documentation/core-api/irq/irq-affinity.rst" },
	{ .from = "@irq.moved", .to = "numa.irq.outside", .where = SAME_DEVICE, .lag_min_ms = -2000, .lag_max_ms = 10000, .sticky = true,
	  .because = "the lines go to CPUs of another node",
	  .source = "Documentation/core-api/irq/irq-affinity.rst" },
	{ .from = "irq.device.skew", .to = "@softirq.loss", .where = IRQ_CPU, .lag_min_ms = -2000, .lag_max_ms = 10000,
	  .because = "one CPU has to take the frames of all queues",
	  .source = "Documentation/networking/scaling.rst" },
	{ .from = "irq.device.skew", .to = "softirq.cpu.time", .where = IRQ_CPU, .lag_min_ms = -2000, .lag_max_ms = 10000,
	  .because = "the work of the device follows its interrupt",
	  .source = "Documentation/networking/scaling.rst" },
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
};
