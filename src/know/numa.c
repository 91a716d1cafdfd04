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
};

static const struct count counts[] = {
	{ "numa.hit", "node", "nodes" },
};

const struct knowledge numa_knowledge = {
	.layer = "numa",
	WATCHES(watches),
	COUNTS(counts),
	.gap = "where a device, its interrupts and the tasks that use it sit",
};
