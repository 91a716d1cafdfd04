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
	{
		.signal = "numa.rdma.task.outside",
		.how = IS_ABOVE,
		.level = 0.1,
		.only_if = "numa.rdma.bound",
		.severity = WARNING,
		.title =
			"a process works with an RDMA device of the other socket, and is bound to stay there",
		.check = "taskset -acp %p; rdma resource show qp | grep 'pid %p '; faultline topo",
		.fix = "bind it to CPUs of the device's node (numactl --cpunodebind, or the cpuset of "
		       "its cgroup), or have it use a device of its own node; faultline topo shows "
		       "both",
		.source =
			"Documentation/mm/numa.rst: time and bandwidth of an access depend on how "
			"far CPU or I/O bus are from the memory; a tenth of a CPU, the level is ours",
	},
	{
		.signal = "numa.nic.task.outside",
		.how = IS_ABOVE,
		.level = 0.1,
		.only_if = "numa.nic.bound",
		.severity = WARNING,
		.title =
			"a process moves data over an interface of the other socket, and is bound to stay there",
		.check = "taskset -acp %p; ss -tnp | grep 'pid=%p,'; faultline topo",
		.fix = "bind it to CPUs of the interface's node (numactl --cpunodebind, or the cpuset of "
		       "its cgroup), or have it use an interface of its own node; faultline topo shows "
		       "both",
		.source =
			"Documentation/mm/numa.rst: time and bandwidth of an access depend on how "
			"far CPU or I/O bus are from the memory; a tenth of a CPU, the level is ours",
	},
	{
		.signal = "numa.gpu.task.outside",
		.how = IS_ABOVE,
		.level = 0.1,
		.only_if = "numa.gpu.bound",
		.severity = WARNING,
		.title =
			"a process works with a GPU of the other socket, and is bound to stay there",
		.check =
			"taskset -acp %p; ls -l /proc/%p/fd | grep -E 'nvidia|render'; faultline topo",
		.fix = "bind it to CPUs of the GPU's node (numactl --cpunodebind, or the cpuset of its "
		       "cgroup), or have it use a GPU of its own node; faultline topo shows both",
		.source =
			"Documentation/mm/numa.rst: time and bandwidth of an access depend on how "
			"far CPU or I/O bus are from the memory; a tenth of a CPU, the level is ours",
	},
	{
		.signal = "numa.rdma.memory.outside",
		.how = IS_ABOVE,
		.level = 0.5,
		.only_if = "numa.rdma.memory.bound",
		.severity = WARNING,
		.title =
			"processes are bound near their RDMA device, and their memory is on the other "
			"socket",
		.check = "grep -E '^(anon|shmem) ' /sys/fs/cgroup%s/memory.numa_stat; numastat; "
			 "faultline topo",
		.fix = "bind memory where the CPUs are (numactl --membind, cpuset.mems), and see "
		       "whether that node was full: what is registered with a device cannot move",
		.source =
			"Documentation/mm/numa.rst: time and bandwidth of an access depend on how "
			"far CPU or I/O bus are from the memory; more than half, the level is ours",
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
	{ .signal = "numa.rdma.outside", .how = SENSE_GAUGE, .role = LINK, .origin = THRESHOLD, .floor = 0.3,
	  .title = "the processes of the RDMA device run on the other socket",
	  .check = "rdma resource show qp; taskset -acp PID; faultline topo",
	  .fix = "bind them to CPUs of the device's node",
	  .source = "three tenths over what is usual; the level is ours" },
	{ .signal = "numa.rdma.memory.outside", .how = SENSE_GAUGE, .role = LINK, .origin = THRESHOLD, .floor = 0.3,
	  .title = "memory of processes with queue pairs is on the other socket than their RDMA device" },
	{ .signal = "numa.rdma.cpus", .how = SENSE_CHANGE, .role = CAUSE, .origin = CHANGED,
	  .title = "a process with queue pairs was bound to other CPUs",
	  .check = "taskset -acp %p",
	  .fix = "bind it as it was before; see its cpuset, and what placed it",
	  .source = "any" },
	{ .signal = "numa.nic.task.outside", .how = SENSE_GAUGE, .role = LINK, .origin = THRESHOLD, .floor = 0.3,
	  .title = "a process that moves data over the interface runs on the other socket",
	  .check = "taskset -acp %p; ss -tnp | grep 'pid=%p,'; faultline topo",
	  .fix = "bind it to CPUs of the interface's node",
	  .source = "three tenths of a CPU over what is usual; the level is ours" },
	{ .signal = "numa.nic.cpus", .how = SENSE_CHANGE, .role = CAUSE, .origin = CHANGED,
	  .title = "a process that moves data over TCP was bound to other CPUs",
	  .check = "taskset -acp %p",
	  .fix = "bind it as it was before; see its cpuset, and what placed it",
	  .source = "any" },
	{ .signal = "numa.gpu.task.outside", .how = SENSE_GAUGE, .role = LINK, .origin = THRESHOLD, .floor = 0.3,
	  .title = "a process that holds the GPU runs on the other socket",
	  .check = "taskset -acp %p; ls -l /proc/%p/fd | grep -E 'nvidia|render'; faultline topo",
	  .fix = "bind it to CPUs of the GPU's node",
	  .source = "three tenths of a CPU over what is usual; the level is ours" },
	{ .signal = "numa.gpu.cpus", .how = SENSE_CHANGE, .role = CAUSE, .origin = CHANGED,
	  .title = "a process that holds a GPU was bound to other CPUs",
	  .check = "taskset -acp %p",
	  .fix = "bind it as it was before; see its cpuset, and what placed it",
	  .source = "any" },
};

static const struct rule rules[] = {
	{ .from = "numa.irq.outside", .to = "@nic.rx.lost", .where = SAME_DEVICE, .lag_min_ms = -2000, .lag_max_ms = 10000,
	  .because = "descriptors and frames cross the link between sockets, and the ring is emptied later",
	  .source = "Documentation/networking/scaling.rst" },
	{ .from = "numa.irq.outside", .to = "@moved", .where = SAME_DEVICE, .lag_min_ms = -2000, .lag_max_ms = 10000,
	  .because = "descriptors and frames cross the link between sockets",
	  .source = "Documentation/networking/scaling.rst" },
	{ .from = "numa.rdma.cpus", .to = "numa.rdma.outside", .where = ANYWHERE, .lag_min_ms = -2000, .lag_max_ms = 20000, .sticky = true,
	  .because = "the process runs where it may run, and that is the other socket now",
	  .source = "sched_setaffinity(2)" },
	{ .from = "numa.rdma.outside", .to = "@moved", .where = SAME_DEVICE, .lag_min_ms = -2000, .lag_max_ms = 10000,
	  .because = "each completion and each doorbell crosses the link between sockets",
	  .source = "Documentation/mm/numa.rst" },
	{ .from = "numa.nic.cpus", .to = "numa.nic.task.outside", .where = SAME_TASK, .lag_min_ms = -2000, .lag_max_ms = 20000, .sticky = true,
	  .because = "the process runs where it may run, and that is the other socket now",
	  .source = "sched_setaffinity(2)" },
	{ .from = "numa.nic.task.outside", .to = "@moved", .where = SAME_DEVICE, .lag_min_ms = -2000, .lag_max_ms = 10000,
	  .because = "what is received is copied from the memory of the other socket, and the connection is served later",
	  .source = "Documentation/networking/scaling.rst: RFS" },
	{ .from = "numa.gpu.cpus", .to = "numa.gpu.task.outside", .where = SAME_TASK, .lag_min_ms = -2000, .lag_max_ms = 20000, .sticky = true,
	  .because = "the process runs where it may run, and that is the other socket now",
	  .source = "sched_setaffinity(2)" },
	{ .from = "numa.gpu.task.outside", .to = "@moved", .where = ANYWHERE, .lag_min_ms = -2000, .lag_max_ms = 10000,
	  .because = "each command to the GPU crosses the link between sockets, and what it computes is sent later",
	  .source = "Hostping, NSDI 2023" },
	{ .from = "numa.rdma.memory.outside", .to = "@moved", .where = ANYWHERE, .lag_min_ms = -2000, .lag_max_ms = 10000,
	  .because = "the device reads and writes this memory over the link between sockets",
	  .source = "Hostping, NSDI 2023" },
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
	.gap = "processes with TCP in other network namespaces, which of several GPUs a process works with, and where "
	       "memory of a single process lies",
};
