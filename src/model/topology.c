/* Topology: devices, nodes and interrupts of a session, and what lies between two of them. */
#include "model/topology.h"

#include <errno.h>
#include <stdlib.h>

const char *const device_kind_names[DEVICE_KINDS] = {
	[DEVICE_NIC] = "nic",
	[DEVICE_NVME] = "nvme",
	[DEVICE_GPU] = "gpu",
	[DEVICE_ACCELERATOR] = "accel",
	[DEVICE_DISPLAY] = "vga",
};

const char *const proximity_names[PROXIMITIES] = {
	[PROXIMITY_SELF] = "X",
	[PROXIMITY_PIX] = "PIX",
	[PROXIMITY_PXB] = "PXB",
	[PROXIMITY_PHB] = "PHB",
	[PROXIMITY_NODE] = "NODE",
	[PROXIMITY_SYS] = "SYS",
	[PROXIMITY_UNKNOWN] = "?",
};

const char *const proximity_about[PROXIMITIES] = {
	[PROXIMITY_SELF] = "itself",
	[PROXIMITY_PIX] = "at most one PCIe switch between them",
	[PROXIMITY_PXB] = "several PCIe switches, no host bridge",
	[PROXIMITY_PHB] = "the same PCIe host bridge",
	[PROXIMITY_NODE] = "the same NUMA node",
	[PROXIMITY_SYS] = "another NUMA node, across the link between nodes",
	[PROXIMITY_UNKNOWN] = "not known: no node was told, or it could not be read",
};

static const struct block *said(const struct session *s, uint32_t who, uint16_t sig)
{
	const struct block *b = sig == SIGNAL_NONE ? NULL : ledger_find(&s->ledger, who, sig);

	return b && block_has(b, 0) ? b : NULL;
}

static str text_of(const struct session *s, uint32_t who, const char *signal)
{
	const struct block *b = said(s, who, catalog_find(&s->catalog, str_of(signal)));

	return b ? names_get(&s->texts, (uint32_t)b->values[0]) : STR("");
}

static int node_of(const struct session *s, uint32_t who)
{
	const struct block *b = said(s, who, catalog_find(&s->catalog, STR("pcie.numa_node")));

	if (!b)
		return NODE_UNREAD;
	return b->values[0] < 0 || b->values[0] >= TOPOLOGY_NODES ? NODE_UNTOLD : (int)b->values[0];
}

/* ---- nodes ---- */

static int by_number(const void *a, const void *b)
{
	const struct topology_node *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

static struct topology_node *find_node(const struct topology *t, int number)
{
	for (size_t i = 0; number >= 0 && i < t->n_nodes; i++)
		if (t->nodes[i].number == (unsigned)number)
			return &t->nodes[i];
	return NULL;
}

/* A node is what the kernel counts allocations of; one may have no CPU. */
static size_t count_nodes(const struct session *s, struct topology_node *out, size_t room)
{
	uint16_t sig = catalog_find(&s->catalog, STR("numa.distance"));
	size_t n = 0;

	for (uint32_t i = 0; sig != SIGNAL_NONE && i < s->ledger.n; i++) {
		const struct block *b = &s->ledger.blocks[i];
		unsigned number;

		if (b->sig != sig || !block_is_there(b) ||
			!entity_number(&s->entities, b->who, TOPOLOGY_NODES, &number))
			continue;
		if (out && n < room)
			out[n] = (struct topology_node){ .number = number };
		n++;
	}
	return n;
}

static void add_cpus(struct topology *t)
{
	const struct session *s = t->session;

	for (uint32_t i = 0; i < s->relations.n; i++) {
		const struct relation *r = &s->relations.items[i];
		struct topology_node *node;
		unsigned cpu, number;

		if (r->gone || r->via != VIA_NODE || entity_scope(&s->entities, r->a) != CPU ||
			!entity_number(&s->entities, r->a, CPUS_MOST, &cpu) ||
			!entity_number(&s->entities, r->b, TOPOLOGY_NODES, &number))
			continue;
		node = find_node(t, (int)number);
		if (!node)
			continue;
		cpus_add(&node->cpus, cpu);
		node->has_cpus = true;
	}
}

static int find_nodes(struct topology *t, struct arena *a)
{
	size_t n = count_nodes(t->session, NULL, 0);

	t->nodes = arena_take(a, (n + 1) * sizeof(*t->nodes));
	if (!t->nodes)
		return -ENOMEM;
	t->n_nodes = count_nodes(t->session, t->nodes, n);
	qsort(t->nodes, t->n_nodes, sizeof(*t->nodes), by_number);
	add_cpus(t);
	return 0;
}

/* ---- devices ---- */

/* By PCI class code; GPUs of these makers call themselves VGA where a display can be plugged in. */
static bool kind_of(str class, str vendor, enum device_kind *ret)
{
	static const struct {
		const char *class, *vendor;
		enum device_kind kind;
	} kinds[] = {
		{ "0x02", "", DEVICE_NIC },
		{ "0x0c06", "", DEVICE_NIC },
		{ "0x0108", "", DEVICE_NVME },
		{ "0x0302", "", DEVICE_GPU },
		{ "0x03", "0x10de", DEVICE_GPU },
		{ "0x03", "0x1002", DEVICE_GPU },
		{ "0x03", "0x8086", DEVICE_GPU },
		{ "0x03", "", DEVICE_DISPLAY },
		{ "0x12", "", DEVICE_ACCELERATOR },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (str_starts(class, str_of(kinds[i].class)) &&
			str_starts(vendor, str_of(kinds[i].vendor))) {
			*ret = kinds[i].kind;
			return true;
		}
	return false;
}

static void add_name(struct topology_device *d, str name)
{
	if (d->n_names < TOPOLOGY_NAMES)
		d->names[d->n_names++] = name;
	else
		d->more_names++;
}

/* Views of the function; what software made of an interface (soft-RoCE) stands on it as well. */
static void add_views(const struct session *s, struct topology_device *d)
{
	for (uint32_t i = 0; i < s->relations.n; i++) {
		const struct relation *r = &s->relations.items[i];
		enum scope scope;

		if (r->gone || (r->via != VIA_PCI && r->via != VIA_NETDEV))
			continue;
		scope = entity_scope(&s->entities, r->a);
		d->rdma |= r->via == VIA_PCI && r->b == d->who && scope == RDMA;
		if (r->via == VIA_PCI && r->b == d->who && scope != GPU)
			add_name(d, entity_name(&s->entities, r->a));
		else if (r->via == VIA_NETDEV && scope == RDMA &&
			 !str_has(entity_name(&s->entities, r->a), '/') &&
			 relation_one(&s->relations, r->b, VIA_PCI) == d->who)
			add_name(d, entity_name(&s->entities, r->a));
	}
}

bool topology_irq_cpus(const struct session *s, uint32_t irq, struct cpus *ret)
{
	str list = text_of(s, irq, "irq.affinity.effective");

	if (!list.n)
		list = text_of(s, irq, "irq.affinity.wanted");
	return list.n && cpus_list(list, ret) == 0;
}

/* Without /proc/interrupts nobody knows which lines are in use: then all are. */
static bool is_in_use(const struct session *s, uint32_t irq, uint16_t action)
{
	return action == SIGNAL_NONE || said(s, irq, action);
}

static bool knows_actions(const struct session *s, uint16_t action)
{
	for (uint32_t i = 0; action != SIGNAL_NONE && i < s->ledger.n; i++)
		if (s->ledger.blocks[i].sig == action && block_is_there(&s->ledger.blocks[i]))
			return true;
	return false;
}

static void add_line(const struct session *s, struct topology_device *d, uint32_t irq)
{
	struct cpus cpus;

	d->lines++;
	if (!topology_irq_cpus(s, irq, &cpus)) {
		d->unread_lines++;
		return;
	}
	cpus_join(d->irq_cpus, &cpus);
	d->outside_lines += d->local && !cpus_meet(&cpus, d->local);
}

static void add_lines(const struct session *s, struct topology_device *d, uint16_t action)
{
	uint32_t cursor = 0;
	const struct relation *r;

	while ((r = relation_next(&s->relations, d->who, VIA_IRQ, &cursor)))
		if (is_in_use(s, r->b, action))
			add_line(s, d, r->b);
}

/* On a machine with one node everything is there, whether the firmware says so or not. */
static int place_of(const struct topology *t, const struct topology_device *d)
{
	return d->node < 0 && t->n_nodes == 1 ? (int)t->nodes[0].number : d->node;
}

static bool fill_device(
	struct topology *t, struct arena *a, struct topology_device *d, uint16_t action)
{
	const struct session *s = t->session;
	const struct topology_node *node;

	d->address = entity_name(&s->entities, d->who);
	d->driver = text_of(s, d->who, "pcie.driver");
	d->path = text_of(s, d->who, "pcie.path");
	d->node = node_of(s, d->who);
	node = find_node(t, place_of(t, d));
	d->local = node && node->has_cpus ? &node->cpus : NULL;
	d->irq_cpus = arena_take_zeroed(a, sizeof(*d->irq_cpus));
	if (!d->irq_cpus)
		return false;
	memset(d->irq_cpus, 0, sizeof(*d->irq_cpus));
	add_views(s, d);
	add_lines(s, d, action);
	return true;
}

static void add_device(struct topology *t, uint32_t who, str class)
{
	struct topology_device *d = &t->devices[t->n];
	enum device_kind kind;

	if (!kind_of(class, text_of(t->session, who, "pcie.vendor"), &kind))
		return;
	if (relation_one(&t->session->relations, who, VIA_PF) != ENTITY_NONE) {
		t->virtual_functions++;
		return;
	}
	if (t->n == TOPOLOGY_DEVICES) {
		t->left_out++;
		return;
	}
	*d = (struct topology_device){ .who = who, .kind = kind, .class = class };
	t->n++;
}

static int by_address(const void *a, const void *b)
{
	const struct topology_device *x = a, *y = b;

	return str_order(x->address, y->address);
}

static int find_devices(struct topology *t, struct arena *a)
{
	const struct session *s = t->session;
	uint16_t class = catalog_find(&s->catalog, STR("pcie.class"));
	uint16_t action = catalog_find(&s->catalog, STR("irq.action"));

	t->devices = arena_take(a, (TOPOLOGY_DEVICES + 1) * sizeof(*t->devices));
	if (!t->devices)
		return -ENOMEM;
	for (uint32_t i = 0; i < s->ledger.n; i++) {
		const struct block *b = &s->ledger.blocks[i];

		if (b->sig == class && block_has(b, 0))
			add_device(t, b->who, names_get(&s->texts, (uint32_t)b->values[0]));
	}
	if (!knows_actions(s, action))
		action = SIGNAL_NONE;
	for (size_t i = 0; i < t->n; i++)
		if (!fill_device(t, a, &t->devices[i], action))
			return -ENOMEM;
	qsort(t->devices, t->n, sizeof(*t->devices), by_address);
	return 0;
}

int topology_of(const struct session *s, struct arena *a, struct topology *ret)
{
	int r;

	*ret = (struct topology){ .session = s };
	r = find_nodes(ret, a);
	return r < 0 ? r : find_devices(ret, a);
}

/* ---- proximity ---- */

static bool next_part(str *rest, str *ret)
{
	if (!rest->n)
		return false;
	*ret = *rest;
	if (!str_cut(*rest, '/', ret, rest))
		*rest = (str){ "", 0 };
	return true;
}

static unsigned count_parts(str path)
{
	unsigned n = 0;
	str part;

	while (next_part(&path, &part))
		n++;
	return n;
}

/* "pci0000:00"; a bridge or switch port is an address, "0000:00:1c.0". */
static bool is_host_bridge(str part)
{
	return str_starts(part, STR("pci"));
}

/*
 * Two devices below one switch are two ports apart from it: each hangs under a downstream port whose
 * parent is the switch's upstream port, so at most one port lies between a device and what they share.
 */
enum proximity proximity_of_paths(str a, str b, str *ret_common)
{
	str common = { "", 0 }, x, y;
	bool under_host_bridge = false;

	for (;;) {
		str rest_a = a, rest_b = b;

		if (!next_part(&rest_a, &x) || !next_part(&rest_b, &y) || !str_eq(x, y))
			break;
		under_host_bridge |= is_host_bridge(x);
		common = x;
		a = rest_a;
		b = rest_b;
	}
	if (!under_host_bridge)
		return PROXIMITY_UNKNOWN;
	*ret_common = common;
	if (is_host_bridge(common))
		return PROXIMITY_PHB;
	return count_parts(a) <= 2 && count_parts(b) <= 2 ? PROXIMITY_PIX : PROXIMITY_PXB;
}

static enum proximity by_node(int a, int b)
{
	if (a < 0 || b < 0)
		return PROXIMITY_UNKNOWN;
	return a == b ? PROXIMITY_NODE : PROXIMITY_SYS;
}

enum proximity topology_between(const struct topology *t, size_t a, size_t b)
{
	const struct topology_device *x = &t->devices[a], *y = &t->devices[b];
	enum proximity found;
	str common;

	if (a == b)
		return PROXIMITY_SELF;
	found = proximity_of_paths(x->path, y->path, &common);
	/* one host bridge may be known by the path of both only */
	if (found != PROXIMITY_UNKNOWN || !x->path.n || !y->path.n)
		return found;
	return by_node(place_of(t, x), place_of(t, y));
}

enum proximity topology_to_node(const struct topology *t, size_t device, size_t node)
{
	return by_node(place_of(t, &t->devices[device]), (int)t->nodes[node].number);
}

str topology_common(const struct topology *t, size_t a, size_t b)
{
	str common = { "", 0 };

	proximity_of_paths(t->devices[a].path, t->devices[b].path, &common);
	return common;
}

bool topology_distance(const struct topology *t, size_t from, size_t to, int64_t *ret)
{
	const struct session *s = t->session;
	uint16_t sig = catalog_find(&s->catalog, STR("numa.distance"));
	char name[32];
	const struct block *b;
	uint32_t who;

	snprintf(name, sizeof(name), "node:%u", t->nodes[from].number);
	who = names_find(&s->entities.names, str_of(name));
	b = sig == SIGNAL_NONE || who == ENTITY_NONE ? NULL : ledger_find(&s->ledger, who, sig);
	if (!b || !block_has(b, t->nodes[to].number))
		return false;
	*ret = b->values[t->nodes[to].number];
	return true;
}

/* ---- what is nearest ---- */

bool topology_is_gpu(const struct topology_device *d)
{
	return d->kind == DEVICE_GPU || d->kind == DEVICE_ACCELERATOR;
}

static bool has_rdma(const struct topology *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->devices[i].kind == DEVICE_NIC && t->devices[i].rdma)
			return true;
	return false;
}

static void add_nearest(struct topology_nearest *to, size_t nic, enum proximity proximity)
{
	if (proximity == PROXIMITY_UNKNOWN)
		to->unknown++;
	if (proximity > to->proximity || proximity == PROXIMITY_UNKNOWN)
		return;
	if (proximity < to->proximity) {
		to->proximity = proximity;
		to->n = to->more = 0;
	}
	if (to->n < TOPOLOGY_NEAREST)
		to->nics[to->n++] = nic;
	else
		to->more++;
}

bool topology_nearest_nics(const struct topology *t, size_t gpu, struct topology_nearest *ret)
{
	*ret = (struct topology_nearest){ .proximity = PROXIMITY_UNKNOWN, .rdma = has_rdma(t) };
	for (size_t i = 0; i < t->n; i++)
		if (t->devices[i].kind == DEVICE_NIC && (t->devices[i].rdma || !ret->rdma))
			add_nearest(ret, i, topology_between(t, gpu, i));
	return ret->n || ret->unknown;
}
