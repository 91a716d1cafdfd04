/* Which NUMA nodes are near to which, and on which the RDMA devices sit, from what other collectors said. */
#pragma once

#include "base/cpus.h"
#include "model/session.h"

enum { NEAR_NODES = 64 };

/* Sets of nodes are one bit a node. */
struct near {
	struct cpus cpus[NEAR_NODES];
	uint64_t with_cpus;
	uint64_t far_of[NEAR_NODES]; /* what is known to lie behind the link between sockets */
};

void near_find(const struct session *s, struct near *ret);
bool near_is_several(const struct near *n); /* more than one node has CPUs */
/* The node of a device ("rdma:mlx5_0"), or of the interface that software made it of; -1: not known. */
int near_node_of(const struct session *s, uint32_t device);
/* The CPUs of these nodes; one that belongs to no node is never among them. */
void near_cpus_of(const struct near *n, uint64_t nodes, struct cpus *ret);
