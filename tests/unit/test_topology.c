/* Topology of made trees: two sockets, switches, other domains, devices that nobody placed, many CPUs. */
#include "test.h"

#include "tree.h"

#include "collect/run.h"
#include "model/topology.h"

extern const struct collector infiniband_collector, interrupts_collector, irq_affinity_collector,
	netdev_collector, numa_collector, pcie_collector, sriov_collector;

static const struct collector *const places[] = { &infiniband_collector, &interrupts_collector,
	&irq_affinity_collector, &netdev_collector, &numa_collector, &pcie_collector,
	&sriov_collector };

struct bench {
	char dir[64];
	struct host *host;
	struct session session;
	struct frame frame;
	struct run *run;
	struct arena arena;
	struct topology topology;
};

static void start(struct bench *b)
{
	assert_int_equal(session_open(&b->session), 0);
	assert_int_equal(frame_open(&b->frame), 0);
	assert_int_equal(arena_open(&b->arena, 16 << 20), 0);
	assert_int_equal(host_tree(b->dir, &b->host), 0);
	assert_int_equal(run_open(b->host, &b->session, places, sizeof(places) / sizeof(*places),
				 NULL, &b->run),
		0);
	run_tick(b->run, &b->frame);
	assert_int_equal(topology_of(&b->session, &b->arena, &b->topology), 0);
}

static void stop(struct bench *b)
{
	run_close(b->run);
	host_close(b->host);
	frame_close(&b->frame);
	session_close(&b->session);
	arena_close(&b->arena);
	tree_remove(b->dir);
}

/* A function at a path below /sys/devices; node NULL: no such file. */
static void function(const struct bench *b, const char *path, const char *class, const char *node)
{
	const char *address = strrchr(path, '/') + 1;
	char file[256], target[512];

	snprintf(file, sizeof(file), "sys/devices/%s/class", path);
	tree_text(b->dir, file, class);
	snprintf(file, sizeof(file), "sys/devices/%s/numa_node", path);
	if (node)
		tree_text(b->dir, file, node);
	snprintf(file, sizeof(file), "sys/bus/pci/devices/%s", address);
	snprintf(target, sizeof(target), "../../../devices/%s", path);
	tree_link(b->dir, file, target);
}

static void node(const struct bench *b, unsigned number, const char *cpus, const char *distance)
{
	char file[128];

	snprintf(file, sizeof(file), "sys/devices/system/node/node%u/cpulist", number);
	tree_text(b->dir, file, cpus);
	snprintf(file, sizeof(file), "sys/devices/system/node/node%u/distance", number);
	tree_text(b->dir, file, distance);
}

static size_t at(const struct bench *b, const char *address)
{
	for (size_t i = 0; i < b->topology.n; i++)
		if (str_is(b->topology.devices[i].address, address))
			return i;
	fail_msg("no device %s", address);
	return 0;
}

static void assert_between(
	const struct bench *b, const char *x, const char *y, const char *expected)
{
	size_t i = at(b, x), k = at(b, y);

	assert_string_equal(proximity_names[topology_between(&b->topology, i, k)], expected);
	assert_string_equal(proximity_names[topology_between(&b->topology, k, i)], expected);
}

#define SWITCH "pci0000:00/0000:00:01.0/0000:01:00.0"

/*
 * Socket 0: a switch with a NIC and a GPU, another switch behind it with an NVMe, a card of two functions
 * behind a port of its own. Socket 1: two host bridges.
 */
static void two_sockets(struct bench *b)
{
	tree_make(b->dir);
	tree_text(b->dir, "sys/devices/system/node/online", "0-1\n");
	node(b, 0, "0-47,96-143\n", "10 21\n");
	node(b, 1, "48-95,144-191\n", "21 10\n");
	function(b, "pci0000:00/0000:00:01.0", "0x060400\n", "0\n");
	function(b, SWITCH, "0x060400\n", "0\n");
	function(b, SWITCH "/0000:02:00.0", "0x060400\n", "0\n");
	function(b, SWITCH "/0000:02:00.0/0000:03:00.0", "0x020700\n", "0\n");
	function(b, SWITCH "/0000:02:01.0", "0x060400\n", "0\n");
	function(b, SWITCH "/0000:02:01.0/0000:04:00.0", "0x030200\n", "0\n");
	function(b, SWITCH "/0000:02:02.0", "0x060400\n", "0\n");
	function(b, SWITCH "/0000:02:02.0/0000:05:00.0", "0x060400\n", "0\n");
	function(b, SWITCH "/0000:02:02.0/0000:05:00.0/0000:06:00.0", "0x060400\n", "0\n");
	function(b, SWITCH "/0000:02:02.0/0000:05:00.0/0000:06:00.0/0000:07:00.0", "0x010802\n",
		"0\n");
	/* a bridge on a card behind a port */
	function(b, SWITCH "/0000:02:03.0", "0x060400\n", "0\n");
	function(b, SWITCH "/0000:02:03.0/0000:09:00.0", "0x060400\n", "0\n");
	function(b, SWITCH "/0000:02:03.0/0000:09:00.0/0000:0a:00.0", "0x020000\n", "0\n");
	function(b, "pci0000:00/0000:00:02.0", "0x060400\n", "0\n");
	function(b, "pci0000:00/0000:00:02.0/0000:08:00.0", "0x020000\n", "0\n");
	function(b, "pci0000:00/0000:00:02.0/0000:08:00.1", "0x020000\n", "0\n");
	function(b, "pci0000:40/0000:40:01.0/0000:41:00.0", "0x020000\n", "0\n");
	function(b, "pci0000:80/0000:80:01.0/0000:81:00.0", "0x030200\n", "1\n");
	function(b, "pci0000:c0/0000:c0:01.0/0000:c1:00.0", "0x020000\n", "1\n");
}

static void switches_bridges_and_sockets(void **state)
{
	struct bench b = { 0 };
	int64_t distance;

	(void)state;
	two_sockets(&b);
	start(&b);
	assert_int_equal(b.topology.n, 9);
	assert_between(&b, "0000:03:00.0", "0000:0a:00.0", "PXB");
	assert_between(&b, "0000:03:00.0", "0000:03:00.0", "X");
	assert_between(&b, "0000:03:00.0", "0000:04:00.0", "PIX");
	assert_between(&b, "0000:03:00.0", "0000:07:00.0", "PXB");
	assert_between(&b, "0000:04:00.0", "0000:07:00.0", "PXB");
	assert_between(&b, "0000:08:00.0", "0000:08:00.1", "PIX");
	assert_between(&b, "0000:03:00.0", "0000:08:00.0", "PHB");
	assert_between(&b, "0000:03:00.0", "0000:41:00.0", "NODE");
	assert_between(&b, "0000:81:00.0", "0000:c1:00.0", "NODE");
	assert_between(&b, "0000:03:00.0", "0000:81:00.0", "SYS");
	assert_str(topology_common(&b.topology, at(&b, "0000:03:00.0"), at(&b, "0000:07:00.0")),
		"0000:01:00.0");
	assert_str(
		topology_common(&b.topology, at(&b, "0000:03:00.0"), at(&b, "0000:81:00.0")), "");
	assert_int_equal(b.topology.n_nodes, 2);
	assert_int_equal(topology_to_node(&b.topology, at(&b, "0000:81:00.0"), 1), PROXIMITY_NODE);
	assert_int_equal(topology_to_node(&b.topology, at(&b, "0000:81:00.0"), 0), PROXIMITY_SYS);
	assert_true(topology_distance(&b.topology, 0, 1, &distance));
	assert_int_equal(distance, 21);
	assert_int_equal(cpus_count(b.topology.devices[at(&b, "0000:81:00.0")].local), 96);
	assert_true(cpus_has(b.topology.devices[at(&b, "0000:81:00.0")].local, 191));
	stop(&b);
}

static void other_domains_are_other_places(void **state)
{
	struct bench b = { 0 };

	(void)state;
	tree_make(b.dir);
	tree_text(b.dir, "sys/devices/system/node/online", "0\n");
	node(&b, 0, "0-3\n", "10\n");
	/* behind VMD, and where a hypervisor gives each function a bus of its own */
	function(&b, "pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:06.0/10000:e1:00.0",
		"0x010802\n", "0\n");
	function(&b, "pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:07.0/10000:e2:00.0",
		"0x010802\n", "0\n");
	function(&b, "pci0000:00/0000:00:1d.0/0000:03:00.0", "0x020000\n", "0\n");
	function(&b, "LNXSYSTM:00/VMBUS:00/47505500-0001/pci2bc4:00/2bc4:00:02.0", "0x020000\n",
		"0\n");
	function(&b, "LNXSYSTM:00/VMBUS:00/47505500-0002/pci0000:00/0000:00:02.0", "0x020000\n",
		"-1\n");
	start(&b);
	assert_int_equal(b.topology.n, 5);
	assert_between(&b, "10000:e1:00.0", "10000:e2:00.0", "PHB");
	assert_between(&b, "10000:e1:00.0", "0000:03:00.0", "PHB");
	assert_between(&b, "2bc4:00:02.0", "0000:03:00.0", "NODE");
	/* "pci0000:00" of another parent is another bridge; a single node is where everything is */
	assert_between(&b, "0000:00:02.0", "0000:03:00.0", "NODE");
	stop(&b);
}

static void what_nobody_told_is_unknown(void **state)
{
	struct bench b = { 0 };

	(void)state;
	two_sockets(&b);
	function(&b, "pci0000:20/0000:20:01.0/0000:21:00.0", "0x020000\n", "-1\n");
	function(&b, "pci0000:30/0000:30:01.0/0000:31:00.0", "0x020000\n", NULL);
	/* a tree whose functions are no links tells no path */
	tree_text(b.dir, "sys/bus/pci/devices/0000:51:00.0/class", "0x020000\n");
	tree_text(b.dir, "sys/bus/pci/devices/0000:51:00.0/numa_node", "0\n");
	start(&b);
	assert_int_equal(b.topology.n, 12);
	assert_between(&b, "0000:21:00.0", "0000:03:00.0", "?");
	assert_between(&b, "0000:31:00.0", "0000:03:00.0", "?");
	assert_between(&b, "0000:51:00.0", "0000:03:00.0", "?");
	assert_int_equal(b.topology.devices[at(&b, "0000:21:00.0")].node, NODE_UNTOLD);
	assert_int_equal(b.topology.devices[at(&b, "0000:31:00.0")].node, NODE_UNREAD);
	assert_null(b.topology.devices[at(&b, "0000:21:00.0")].local);
	assert_int_equal(
		topology_to_node(&b.topology, at(&b, "0000:21:00.0"), 0), PROXIMITY_UNKNOWN);
	assert_int_equal(topology_to_node(&b.topology, at(&b, "0000:51:00.0"), 1), PROXIMITY_SYS);
	stop(&b);
}

static void line(const struct bench *b, unsigned irq, const char *effective)
{
	char file[64];

	snprintf(file, sizeof(file), "proc/irq/%u/smp_affinity_list", irq);
	tree_text(b->dir, file, "0-191\n");
	snprintf(file, sizeof(file), "proc/irq/%u/effective_affinity_list", irq);
	tree_text(b->dir, file, effective);
	snprintf(file, sizeof(file), "sys/devices/pci0000:80/0000:80:01.0/0000:81:00.0/msi_irqs/%u",
		irq);
	tree_text(b->dir, file, "msix\n");
}

static void names_and_lines_of_a_device(void **state)
{
	struct bench b = { 0 };
	const struct topology_device *d;

	(void)state;
	two_sockets(&b);
	tree_link(b.dir, "sys/class/nvme/nvme0",
		"../../devices/" SWITCH
		"/0000:02:02.0/0000:05:00.0/0000:06:00.0/0000:07:00.0/nvme/nvme0");
	tree_link(b.dir, "sys/class/nvme/nvme1", "../../devices/virtual/nvme-fabrics/ctl/nvme1");
	tree_link(b.dir, "sys/class/net/ib0",
		"../../devices/" SWITCH "/0000:02:00.0/0000:03:00.0/net/ib0");
	tree_text(b.dir, "proc/interrupts",
		"      CPU0  CPU48 CPU191\n"
		" 40:     1      2      3  PCI-MSIX-0000:81:00.0   0-edge      gpu-0\n"
		" 41:     0      0      0  PCI-MSIX-0000:81:00.0   1-edge      gpu-1\n"
		" 43:     0      0      0  PCI-MSIX-0000:81:00.0   3-edge      gpu-3\n"
		" 42:     0      0      0  PCI-MSIX-0000:81:00.0   2-edge\n");
	line(&b, 40, "191\n");
	line(&b, 41, "0\n");
	line(&b, 42, "1\n"); /* nobody handles it */
	line(&b, 43, "0,48\n");
	start(&b);
	d = &b.topology.devices[at(&b, "0000:07:00.0")];
	assert_int_equal(d->n_names, 1);
	assert_str(d->names[0], "nvme0");
	d = &b.topology.devices[at(&b, "0000:03:00.0")];
	assert_int_equal(d->n_names, 1);
	assert_str(d->names[0], "ib0");
	assert_int_equal(d->lines, 0);
	d = &b.topology.devices[at(&b, "0000:81:00.0")];
	assert_int_equal(d->lines, 3);
	assert_int_equal(d->outside_lines, 1);
	assert_true(cpus_has(d->irq_cpus, 0));
	assert_true(cpus_has(d->irq_cpus, 191));
	assert_false(cpus_has(d->irq_cpus, 1));
	stop(&b);
}

static void virtual_functions_are_left_out(void **state)
{
	struct bench b = { 0 };

	(void)state;
	two_sockets(&b);
	function(&b, "pci0000:00/0000:00:02.0/0000:08:00.2", "0x020000\n", "0\n");
	tree_link(b.dir, "sys/bus/pci/devices/0000:08:00.2/physfn", "../0000:08:00.0");
	start(&b);
	assert_int_equal(b.topology.n, 9);
	assert_int_equal(b.topology.virtual_functions, 1);
	stop(&b);
}

static void assert_nearest(const struct bench *b, const char *gpu, const char *proximity,
	const char *first, unsigned n)
{
	struct topology_nearest nearest;

	assert_true(topology_nearest_nics(&b->topology, at(b, gpu), &nearest));
	assert_string_equal(proximity_names[nearest.proximity], proximity);
	assert_int_equal(nearest.n, n);
	if (n)
		assert_str(b->topology.devices[nearest.nics[0]].address, first);
}

static void the_nearest_nics_of_a_gpu(void **state)
{
	struct bench b = { 0 };

	(void)state;
	two_sockets(&b);
	start(&b);
	assert_true(topology_is_gpu(&b.topology.devices[at(&b, "0000:04:00.0")]));
	assert_false(topology_is_gpu(&b.topology.devices[at(&b, "0000:03:00.0")]));
	assert_nearest(&b, "0000:04:00.0", "PIX", "0000:03:00.0", 1);
	assert_nearest(&b, "0000:81:00.0", "NODE", "0000:c1:00.0", 1);
	stop(&b);
}

static void rdma(const struct bench *b, const char *name, const char *path)
{
	char file[128], target[256];

	snprintf(file, sizeof(file), "sys/class/infiniband/%s/device", name);
	snprintf(target, sizeof(target), "../../../devices/%s", path);
	tree_link(b->dir, file, target);
}

/* A plain NIC is no match for a GPU where others have RDMA; soft-RoCE makes it no better. */
static void nics_with_rdma_are_meant_where_there_are_some(void **state)
{
	struct bench b = { 0 };
	struct topology_nearest nearest;

	(void)state;
	two_sockets(&b);
	function(&b, "pci0000:20/0000:20:01.0/0000:21:00.0", "0x020700\n", "-1\n");
	tree_text(b.dir, "sys/devices/" SWITCH "/0000:02:00.0/0000:03:00.0/net/ib0/mtu", "1\n");
	tree_link(b.dir, "sys/class/net/ib0",
		"../../devices/" SWITCH "/0000:02:00.0/0000:03:00.0/net/ib0");
	tree_text(b.dir, "sys/class/infiniband/rxe0/parent", "ib0\n");
	rdma(&b, "mlx5_0", "pci0000:00/0000:00:02.0/0000:08:00.0");
	rdma(&b, "mlx5_1", "pci0000:00/0000:00:02.0/0000:08:00.1");
	rdma(&b, "mlx5_2", "pci0000:20/0000:20:01.0/0000:21:00.0");
	start(&b);
	assert_false(b.topology.devices[at(&b, "0000:03:00.0")].rdma);
	assert_true(b.topology.devices[at(&b, "0000:08:00.1")].rdma);
	assert_nearest(&b, "0000:04:00.0", "PHB", "0000:08:00.0", 2);
	assert_nearest(&b, "0000:81:00.0", "SYS", "0000:08:00.0", 2);
	topology_nearest_nics(&b.topology, at(&b, "0000:81:00.0"), &nearest);
	assert_true(nearest.rdma);
	assert_int_equal(nearest.unknown, 1);
	stop(&b);
}

static void many_nics_are_as_near(void **state)
{
	struct bench b = { 0 };
	struct topology_nearest nearest;
	char path[64];

	(void)state;
	tree_make(b.dir);
	tree_text(b.dir, "sys/devices/system/node/online", "0-1\n");
	node(&b, 0, "0\n", "10 21\n");
	node(&b, 1, "1\n", "21 10\n");
	function(&b, "pci00ff:00/00ff:00:00.0", "0x030200\n", "0\n");
	start(&b);
	assert_false(topology_nearest_nics(&b.topology, 0, &nearest));
	run_close(b.run);
	host_close(b.host);
	frame_close(&b.frame);
	session_close(&b.session);
	arena_close(&b.arena);
	for (unsigned i = 0; i < TOPOLOGY_NEAREST + 2; i++) {
		snprintf(path, sizeof(path), "pci%04x:00/%04x:00:00.0", i, i);
		function(&b, path, "0x020000\n", "0\n");
	}
	/* another GPU has one that is nearer than all these, and comes last */
	function(&b, "pci00fe:00/00fe:00:00.0", "0x030200\n", "0\n");
	function(&b, "pci00fe:00/00fe:00:01.0", "0x020000\n", "0\n");
	start(&b);
	assert_nearest(&b, "00ff:00:00.0", "NODE", "0000:00:00.0", TOPOLOGY_NEAREST);
	topology_nearest_nics(&b.topology, at(&b, "00ff:00:00.0"), &nearest);
	assert_int_equal(nearest.more, 3);
	assert_nearest(&b, "00fe:00:00.0", "PHB", "00fe:00:01.0", 1);
	topology_nearest_nics(&b.topology, at(&b, "00fe:00:00.0"), &nearest);
	assert_int_equal(nearest.more, 0);
	stop(&b);
}

static void more_devices_than_fit(void **state)
{
	struct bench b = { 0 };
	char path[64];

	(void)state;
	tree_make(b.dir);
	for (unsigned i = 0; i < 300; i++) {
		snprintf(path, sizeof(path), "pci%04x:00/%04x:00:00.0", i, i);
		function(&b, path, "0x020000\n", "0\n");
	}
	start(&b);
	assert_int_equal(b.topology.n, TOPOLOGY_DEVICES);
	assert_int_equal(b.topology.left_out, 300 - TOPOLOGY_DEVICES);
	stop(&b);
}

static void odd_paths(void **state)
{
	str common = { "", 0 };

	(void)state;
	assert_int_equal(proximity_of_paths(STR(""), STR(""), &common), PROXIMITY_UNKNOWN);
	assert_int_equal(proximity_of_paths(STR("///"), STR("//"), &common), PROXIMITY_UNKNOWN);
	assert_int_equal(
		proximity_of_paths(STR("pci0000:00"), STR("pci0000:00/a"), &common), PROXIMITY_PHB);
	/* one name begins as the other does */
	assert_int_equal(proximity_of_paths(STR("pci0000:0/a"), STR("pci0000:00/a"), &common),
		PROXIMITY_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(switches_bridges_and_sockets),
		cmocka_unit_test(other_domains_are_other_places),
		cmocka_unit_test(what_nobody_told_is_unknown),
		cmocka_unit_test(names_and_lines_of_a_device),
		cmocka_unit_test(virtual_functions_are_left_out),
		cmocka_unit_test(the_nearest_nics_of_a_gpu),
		cmocka_unit_test(nics_with_rdma_are_meant_where_there_are_some),
		cmocka_unit_test(many_nics_are_as_near),
		cmocka_unit_test(more_devices_than_fit),
		cmocka_unit_test(odd_paths),
	};

	return RUN_TESTS(tests);
}
