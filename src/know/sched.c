/* What is abnormal in the scheduler. */
#include "model/knowledge.h"

static const struct watch watches[] = {
	{
		.signal = "sched.psi.cpu.some.avg10",
		.how = IS_ABOVE,
		.level = 0.3,
		.alone = true,
		.severity = WARNING,
		.title = "tasks that could run wait for a CPU",
		.check = "cat /proc/pressure/cpu; ps -eo pid,psr,ni,pcpu,comm --sort=-pcpu | "
			 "head",
		.fix = "find who takes the CPU; give the work that matters its own CPUs "
		       "(cpuset, taskset), or less of it",
		.source = "the usual operators' level for cpu.some.avg10; not a kernel constant",
	},
	{
		.signal = "sched.psi.cpu.some.total",
		.how = IS_ABOVE,
		.level = 0.15,
		.severity = WARNING,
		.title = "tasks that could run waited for a CPU",
		.check = "cat /proc/pressure/cpu; ps -eo pid,psr,ni,pcpu,comm --sort=-pcpu | "
			 "head",
		.fix = "find who takes the CPU; give the work that matters its own CPUs "
		       "(cpuset, taskset), or less of it",
		.source = "150 ms in 1 s, the example of Documentation/accounting/psi.rst",
	},
	{
		.signal = "sched.task.run_delay",
		.how = IS_ABOVE,
		.level = 0.5,
		.severity = WARNING,
		.title = "this task could run and waited for a CPU most of the time",
		.check = "cat /proc/%p/schedstat; ps -eLo pid,psr,ni,cls,pcpu,comm --sort=-pcpu "
			 "| head",
		.fix = "see which task on the same CPU has a higher priority; move one of them",
		.source = "half of its time; the level is ours",
	},
	{
		.signal = "sched.cpu.run_delay",
		.how = IS_ABOVE,
		.level = 0.5,
		.severity = WARNING,
		.title = "tasks on this CPU wait for it",
		.check = "grep cpu /proc/schedstat; ps -eLo psr,pid,ni,cls,pcpu,comm "
			 "--sort=-pcpu | head",
		.fix = "move work to other CPUs; see which task on it has the highest priority",
		.source = "half of the time of one task; the level is ours",
	},
	{
		.signal = "sched.cpu.steal",
		.how = IS_ABOVE,
		.level = 0.05,
		.severity = WARNING,
		.title = "the hypervisor gives this CPU's time to others",
		.check = "mpstat -P ALL 1 5",
		.fix = "the virtual machine's host is overcommitted",
		.source = "more than a twentieth of the time; the level is ours",
	},
};

static const struct count counts[] = {
	{ "sched.cpu.idle", "CPU", "CPUs" },
	{ "sched.task.run_delay", "task listed", "tasks listed" },
};

const struct knowledge sched_knowledge = {
	.layer = "sched",
	WATCHES(watches),
	COUNTS(counts),
};
