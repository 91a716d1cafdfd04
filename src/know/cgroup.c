/* What is abnormal in cgroups. */
#include "model/knowledge.h"

static const struct watch watches[] = {
	{
		.signal = "cgroup.memory.events.oom_kill",
		.how = IS_RISING,
		.severity = CRITICAL,
		.title = "a task of the group was killed for memory",
		.check = "cat /sys/fs/cgroup%s/memory.events",
		.fix = "raise memory.max, or find what grew",
		.source = "any kill is a loss",
	},
	{
		.signal = "cgroup.memory.events.max",
		.how = IS_RISING,
		.severity = WARNING,
		.title = "the group is at its memory limit and reclaims on every allocation",
		.check = "cat /sys/fs/cgroup%s/memory.events /sys/fs/cgroup%s/memory.pressure",
		.fix = "raise memory.max, or find what grew",
		.source = "Documentation/admin-guide/cgroup-v2.rst: memory.events, max",
	},
	{
		.signal = "cgroup.memory.events.high",
		.how = IS_RISING,
		.level = 10,
		.severity = WARNING,
		.title = "the group is throttled for being over memory.high",
		.check = "cat /sys/fs/cgroup%s/memory.events /sys/fs/cgroup%s/memory.pressure",
		.fix = "raise memory.high, or find what grew",
		.source = "more than ten a second; the level is ours",
	},
	{
		.signal = "cgroup.psi.memory.full.total",
		.how = IS_ABOVE,
		.level = 0.05,
		.severity = WARNING,
		.title = "all tasks of the group wait for memory",
		.check = "cat /sys/fs/cgroup%s/memory.pressure",
		.fix = "raise its memory limits, or find what grew",
		.source = "50 ms in 1 s, the example of Documentation/accounting/psi.rst",
	},
	{
		.signal = "cgroup.cpu.throttled_time",
		.how = IS_ABOVE,
		.level = 0.1,
		.severity = WARNING,
		.title = "the group stands still because its CPU quota is used up",
		.check = "cat /sys/fs/cgroup%s/cpu.stat /sys/fs/cgroup%s/cpu.max",
		.fix = "raise cpu.max, or spread the work over time",
		.source = "a tenth of the time",
	},
	{
		.signal = "cgroup.pids.events.max",
		.how = IS_RISING,
		.severity = WARNING,
		.title = "forks fail at the group's limit on tasks",
		.check = "cat /sys/fs/cgroup%s/pids.max /sys/fs/cgroup%s/pids.events",
		.fix = "raise pids.max, or find what forks",
		.source = "any fork that fails",
	},
	{
		.signal = "cgroup.dying",
		.how = IS_ABOVE,
		.level = 1000,
		.severity = WARNING,
		.title = "deleted groups are still held and make every reading of memory.stat "
			 "slow",
		.check = "cat /sys/fs/cgroup%s/cgroup.stat",
		.fix = "find what holds their memory (page cache of deleted groups); drop it "
		       "when the host is quiet",
		.source = "GitHub, Debugging network stalls on Kubernetes (2019): over 1,000",
	},
};

static const struct count counts[] = {
	{ "cgroup.cpu.usage", "group", "groups" },
};

const struct knowledge cgroup_knowledge = {
	.layer = "cgroup",
	WATCHES(watches),
	COUNTS(counts),
	.gap = "kills by systemd-oomd and their reasons (journal)",
};
