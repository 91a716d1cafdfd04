/* Which lines the devices with queues have, and where their CPUs are; for collect/irq_place.c only. */
#pragma once

#include "collect/run.h"
#include "model/topology.h"

enum {
	DEFAULT,
	HOUSEKEEPING,
	BANNED,
	ARGUMENTS,
	HINT,
	OFF_HINT,
	PENDING,
	REMOTE,
	REMOTE_COUNT,
	ISOLATED,
	ISOLATED_COUNT,
	DEVICE_COUNT,
	SKEW,
	OUTSIDE
};

enum {
	MOST_DEVICES = 128,
	MOST_LINES = 4096,
	MOST_HINTS = 256,
	MOST_NODES = 64, /* those that have CPUs */
	FEWEST = 1000,   /* interrupts that a share can be made of */
	ON_APART = -2,
};

struct line {
	uint32_t irq;
	unsigned device;
};

struct device {
	uint32_t who;
	int node;        /* -1: not known, or it has no CPU */
	bool is_nic;     /* or RDMA */
	bool shared_out; /* its lines divide all CPUs of its node among them, and others as well */
	unsigned lines;
	struct cpus covered; /* by the lists of its lines, those left out that say nothing */
	uint64_t listed;     /* CPUs in these lists, counted as often as they are in one */
};

struct state {
	uint16_t count; /* the signal of counts by CPU */
	struct line lines[MOST_LINES];
	unsigned n_lines;
	struct device devices[MOST_DEVICES];
	unsigned n_devices;
	struct cpus nodes[MOST_NODES];
	unsigned n_nodes;            /* that have CPUs */
	uint16_t node_of[CPUS_MOST]; /* its number and 1; 0: not known */
	unsigned n_cpus;
	struct cpus apart; /* isolated, or without a tick */
	unsigned n_apart;
	int64_t sum[CPUS_MOST];
};

/* A list of CPUs that some signal holds as text; false: it does not, or it is none. */
bool place_list(const struct session *s, uint32_t who, const char *signal, struct cpus *ret);

/* All of it again, from what the session knows now. */
void place_find(struct emit *out, struct state *state);
