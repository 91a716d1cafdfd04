/* Which NUMA nodes are near to which, and on which the RDMA devices sit, from what other collectors said. */
#include "collect/near.h"

#include <stdio.h>

/*
 * include/linux/topology.h: REMOTE_DISTANCE, what ACPI has another socket be at the least. Nodes of one socket
 * (sub-NUMA clusters, nodes per socket) are told as 11 to 16.
 */
enum { REMOTE = 20 };

static void add_cpu(const struct session *s, const struct relation *r, struct near *n)
{
	unsigned cpu, node;

	if (entity_scope(&s->entities, r->a) != CPU ||
		!entity_number(&s->entities, r->a, CPUS_MOST, &cpu) ||
		!entity_number(&s->entities, r->b, NEAR_NODES, &node))
		return;
	cpus_add(&n->cpus[node], cpu);
	n->with_cpus |= UINT64_C(1) << node;
}

static void add_distances(const struct session *s, const struct block *b, struct near *n)
{
	unsigned node;

	if (!entity_number(&s->entities, b->who, NEAR_NODES, &node))
		return;
	for (unsigned other = 0; other < b->n && other < NEAR_NODES; other++)
		if (other != node && block_has(b, other) && b->values[other] >= REMOTE)
			n->far_of[node] |= UINT64_C(1) << other;
}

void near_find(const struct session *s, struct near *ret)
{
	uint16_t distance = catalog_find(&s->catalog, STR("numa.distance"));

	*ret = (struct near){ 0 };
	for (uint32_t i = 0; i < s->relations.n; i++)
		if (!s->relations.items[i].gone && s->relations.items[i].via == VIA_NODE)
			add_cpu(s, &s->relations.items[i], ret);
	for (uint32_t i = 0; distance != SIGNAL_NONE && i < s->ledger.n; i++)
		if (s->ledger.blocks[i].sig == distance)
			add_distances(s, &s->ledger.blocks[i], ret);
}

bool near_is_several(const struct near *n)
{
	return n->with_cpus & (n->with_cpus - 1);
}

int near_node_of(const struct session *s, uint32_t device)
{
	uint32_t netdev = relation_one(&s->relations, device, VIA_NETDEV);
	uint32_t function = relation_one(&s->relations, device, VIA_PCI);
	uint32_t node;
	unsigned number;

	if (function == ENTITY_NONE && netdev != ENTITY_NONE)
		function = relation_one(&s->relations, netdev, VIA_PCI);
	if (function == ENTITY_NONE)
		return -1;
	node = relation_one(&s->relations, function, VIA_NODE);
	return node != ENTITY_NONE && entity_number(&s->entities, node, NEAR_NODES, &number)
		       ? (int)number
		       : -1;
}

void near_cpus_of(const struct near *n, uint64_t nodes, struct cpus *ret)
{
	*ret = (struct cpus){ 0 };
	for (unsigned node = 0; node < NEAR_NODES; node++)
		if (nodes >> node & 1)
			cpus_join(ret, &n->cpus[node]);
}
