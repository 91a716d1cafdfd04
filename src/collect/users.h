/*
 * The processes that use devices, judged by their place: where their threads ran and may run, seen from the NUMA
 * nodes of all these devices. Who uses what is found by the collector.
 */
#pragma once

#include "collect/near.h"
#include "collect/run.h"
#include "collect/task_text.h"

/* A collector's own texts come behind these. */
enum { USERS_STAT, USERS_STATUS, USERS_TEXTS };

enum { USERS_DEVICES = 64, USERS_MOST = 256, USERS_THREADS = 4096 };

struct used_device {
	uint32_t who;
	int node;        /* -1: not known */
	bool bound_near; /* some process that uses it is bound to CPUs that are near */
	int64_t ticks, far_ticks;
};

struct user {
	uint32_t pid, who;
	uint64_t devices,
		far;          /* what it uses, one bit each; nodes that are far from all of these */
	char comm[TASK_COMM]; /* as it was called when it was found */
	bool unplaced;        /* the node of one of its devices is not known */
	bool read, seen_before;
	bool bound_near, bound_far;
	int64_t ticks, far_ticks;
};

struct user_thread {
	uint32_t pid, tid;
	int64_t start, ticks;
};

struct users {
	struct near near;
	struct cpus far_cpus; /* of the one that is being read */
	struct used_device devices[USERS_DEVICES];
	struct user items[USERS_MOST];
	struct user_thread now[USERS_THREADS], before[USERS_THREADS];
	unsigned n_devices, n, n_now, n_before;
	int64_t before_ns;
	bool over;   /* more processes than there is room for */
	bool whole;  /* nobody who uses the devices was left out */
	bool failed; /* something of somebody who is there could not be read */
	/* what was parsed last */
	struct task_stat stat;
	struct cpus allowed;
};

/* A reading begins. False: one node has all CPUs, and nobody is far from anything. */
bool users_begin(struct users *u, const struct session *s);

/* Its number; USERS_DEVICES: there is no room. */
typedef int device_node(const struct session *s, uint32_t device);
unsigned users_device(struct users *u, const struct session *s, uint32_t who, device_node *node_of);
/* "mlx5_0/1/17": the device of a queue pair; USERS_DEVICES as well where nobody knows it. */
unsigned users_device_of_qp(struct users *u, const struct session *s, uint32_t qp);

struct user *users_add(struct users *u, uint32_t pid); /* NULL: there is no room */
void users_use(struct users *u, struct user *p, unsigned device);

int users_parse(struct users *u, unsigned text, str from); /* USERS_STAT or USERS_STATUS */
/*
 * The first thread: u->allowed is then where it may run. False where it has ended, cannot be read, or the number is
 * another process's now.
 */
bool users_read_first(struct collect *c, struct users *u, struct user *p);
void users_read_others(struct collect *c, struct users *u, struct user *p);
void users_note_failure(struct users *u, int r);

/* Once all are read. */
void users_sum(struct users *u);
/* None of its threads may run near, and nobody else who uses one of these devices is bound near. */
bool users_is_bound(const struct users *u, const struct user *p, uint64_t devices);
int64_t users_window_ns(const struct users *u, int64_t at_ns); /* 0: nothing was read before */
int64_t users_share_of_cpu(int64_t ticks, int64_t window_ns);  /* in ten thousandths */
void users_end(struct users *u, int64_t at_ns);
