/* What is abnormal in NUMA nodes. */
#include "model/knowledge.h"

static const struct watch watches[] = {
	{
		.signal = "numa.miss",
		.how = IS_RISING,
		.level = 1000,
		.severity = WARNING,
		.title = "allocations meant for another node land on this one",
		.check = "numastat",
		.fix = "the other node is out of memory: see numastat -m, and how tasks are "
		       "bound (numactl --show)",
		.source = "more than 1,000 pages a second; the level is ours",
	},
	{
		.signal = "numa.migrate.fail",
		.how = IS_RISING,
		.level = 1000,
		.severity = WARNING,
		.title = "pages cannot be moved to the node that uses them",
		.check = "grep -E 'numa_|pgmigrate' /proc/vmstat",
		.fix = "pinned memory (RDMA, VFIO) cannot move: bind the task where its memory "
		       "is",
		.source = "more than 1,000 pages a second; the level is ours",
	},
	{
		.signal = "numa.task.outside",
		.how = IS_ABOVE,
		.level = 0.2,
		.severity = WARNING,
		.title =
			"a kernel thread works for a device on another NUMA node than the device's",
		.check = "ps -o pid,psr,pcpu,comm -p %p; taskset -cp %p; faultline topo",
		.fix = "bind the thread to CPUs of the device's node (taskset -cp CPUS PID)",
		.source =
			"Documentation/networking/napi.rst: threaded NAPI is to be pinned; a fifth of "
			"the time, the level is ours",
	},
};

static const struct count counts[] = {
	{ "numa.hit", "node", "nodes" },
};

/* clang-format off */
static const struct indicator indicators[] = {
	{ .signal = "numa.miss", .how = SENSE_NOISY, .role = LINK, .origin = THRESHOLD, .floor = 100,
	  .title = "memory is taken from another node than was wanted",
	  .check = "numastat",
	  .fix = "see which node is full; bind memory and CPUs of the task to the node of its device",
	  .source = "a rate that its past does not explain" },
	{ .signal = "numa.irq.outside", .how = SENSE_GAUGE, .role = LINK, .origin = THRESHOLD, .floor = 0.3,
	  .title = "interrupts of the device are taken on another node than its own",
	  .check = "cat /sys/bus/pci/devices/%s/local_cpulist /proc/interrupts",
	  .fix = "move its lines to CPUs of its node; faultline topo shows what is near",
	  .source = "three tenths over what is usual; the level is ours" },
};

static const struct rule rules[] = {
	{ .from = "numa.irq.outside", .to = "@nic.rx.lost", .where = SAME_DEVICE, .lag_min_ms = -2000, .lag_max_ms = 10000,
	  .because = "descriptors and frames cross the link between sockets, and the ring is emptied later",
	  .source = "Documentation/networking/scaling.rst" },
	{ .from = "numa.irq.outside", .to = "@moved", .where = SAME_DEVICE, .lag_min_ms = -2000, .lag_max_ms = 10000,
	  .because = "descriptors and frames cross the link between sockets",
	  .source = "Documentation/networking/scaling.rst" },
	{ .from = "numa.miss", .to = "@moved", .where = ANYWHERE, .lag_min_ms = 0, .lag_max_ms = 10000,
	  .because = "memory of the other node is slower and crosses the link between sockets",
	  .source = "Hostping, NSDI 2023" },
};
/* clang-format on */

const struct knowledge numa_knowledge = {
	.layer = "numa",
	INDICATORS(indicators),
	RULES(rules),
	WATCHES(watches),
	COUNTS(counts),
	.gap = "where the tasks that use a device and their memory sit",
};
