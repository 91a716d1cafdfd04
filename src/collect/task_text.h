/* Texts about tasks and the memory of their cgroups, taken apart. Pure. */
#pragma once

#include "base/cpus.h"
#include "collect/near.h"

enum {
	TASK_COMM = 64,
	TASK_PATH = 1024,
	TASK_TICK_NS = 10000000, /* times in .../stat are told in hundredths of a second */
};

struct task_stat {
	char comm[TASK_COMM];
	uint32_t cpu; /* the last it ran on */
	int64_t start, ticks;
};
struct node_memory {
	int64_t bytes[NEAR_NODES];
	uint64_t has; /* one bit a node */
};

/* 0 or -EBADMSG, the output is then untouched. /proc/PID/task/TID/stat */
int task_text_stat(str text, struct task_stat *ret);
int task_text_allowed(str status, struct cpus *ret); /* CPUs it may run on, from .../status */
int task_text_memory(str numa_stat, struct node_memory *ret); /* anonymous and shared memory */
/* Of cgroup v2, from /proc/PID/cgroup: "/system.slice/x.service", or "" where it cannot be told. */
void task_text_cgroup(str text, char ret[static TASK_PATH]);
/* Where cgroup v2 is mounted, from /proc/mounts, without the first slash; "": it is not. */
void task_text_mount(str mounts, char ret[static TASK_PATH]);
