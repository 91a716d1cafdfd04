/* Collectors of devices: how devices belong together, what is left asleep, and damaged texts. */
#include "test.h"

#include "tree.h"

#include "collect/run.h"

extern const struct collector gpu_collector, infiniband_collector, infiniband_hw_counters_collector,
	iommu_collector, pcie_aer_collector, pcie_collector, pcie_command_collector,
	pcie_link_collector, sriov_collector;

static const struct collector *const devices[] = { &gpu_collector, &infiniband_collector,
	&infiniband_hw_counters_collector, &iommu_collector, &pcie_aer_collector, &pcie_collector,
	&pcie_link_collector, &pcie_command_collector, &sriov_collector };

struct bench {
	char dir[64];
	struct host *host;
	struct session session;
	struct frame frame;
	struct run *run;
};

static void start(struct bench *b, const char *dir)
{
	assert_int_equal(session_open(&b->session), 0);
	assert_int_equal(frame_open(&b->frame), 0);
	assert_int_equal(host_tree(dir, &b->host), 0);
	assert_int_equal(run_open(b->host, &b->session, devices, sizeof(devices) / sizeof(*devices),
				 NULL, &b->run),
		0);
	assert_int_equal(run_tick(b->run, &b->frame), 0);
}

static void stop(struct bench *b)
{
	run_close(b->run);
	host_close(b->host);
	frame_close(&b->frame);
	session_close(&b->session);
}

static uint32_t entity(const struct bench *b, const char *name)
{
	return names_find(&b->session.entities.names, str_of(name));
}

/* The first that belongs to it this way, "" when there is none. */
static str related(const struct bench *b, const char *name, enum via via)
{
	return entity_text(
		&b->session.entities, relation_one(&b->session.relations, entity(b, name), via));
}

static bool has(const struct bench *b, const char *signal, const char *name, unsigned sub)
{
	const struct block *block = ledger_find(&b->session.ledger, entity(b, name),
		catalog_find(&b->session.catalog, str_of(signal)));

	return block && block_has(block, sub);
}

static int failures(const struct bench *b, int error)
{
	int n = 0;

	for (uint32_t i = 0; i < b->frame.n_failures; i++)
		n += b->frame.failures[i].error == error;
	return n;
}

static void devices_belong_together(void **state)
{
	struct bench b = { 0 };
	uint32_t cursor = 0;
	int netdevs = 0;

	(void)state;
	start(&b, "tests/fixtures/made-mlx5");
	assert_str(related(&b, "pci:0000:04:00.0", VIA_UPSTREAM), "pci:0000:00:02.0");
	assert_str(related(&b, "pci:0000:04:00.2", VIA_UPSTREAM), "pci:0000:00:02.0");
	assert_str(related(&b, "pci:0000:00:02.0", VIA_UPSTREAM), "");
	assert_str(related(&b, "pci:0000:04:00.0", VIA_NODE), "node:0");
	assert_str(related(&b, "pci:0000:04:00.2", VIA_PF), "pci:0000:04:00.0");
	assert_str(related(&b, "pci:0000:04:00.0", VIA_IOMMU), "iommu:group/31");
	assert_str(related(&b, "rdma:mlx5_0", VIA_PCI), "pci:0000:04:00.0");
	assert_str(related(&b, "rdma:mlx5_0/1", VIA_PARENT), "rdma:mlx5_0");
	assert_str(related(&b, "rdma:mlx5_0/1", VIA_NETDEV), "netdev:eth2");
	while (relation_next(
		&b.session.relations, entity(&b, "rdma:mlx5_0/1"), VIA_NETDEV, &cursor))
		netdevs++;
	assert_int_equal(netdevs, 2);
	assert_int_equal(b.frame.n_failures, 0);
	stop(&b);
	start(&b, "tests/fixtures/made-bnxt");
	assert_str(related(&b, "pci:0000:05:00.0", VIA_NODE), "");
	stop(&b);
	start(&b, "tests/fixtures/made-devices");
	assert_str(related(&b, "gpu:0000:41:00.0", VIA_PCI), "pci:0000:41:00.0");
	stop(&b);
}

static void software_devices_have_a_parent(void **state)
{
	struct bench b = { 0 };

	(void)state;
	tree_make(b.dir);
	tree_text(b.dir, "sys/class/infiniband/rxe0/parent", "eth0\n");
	tree_text(b.dir, "sys/class/infiniband/rxe0/fw_ver", "\n");
	tree_text(b.dir, "sys/class/infiniband/rxe0/ports/1/state", "4: ACTIVE\n");
	tree_text(b.dir, "sys/class/infiniband/rxe0/ports/1/rate", "junk\n");
	start(&b, b.dir);
	assert_str(related(&b, "rdma:rxe0", VIA_NETDEV), "netdev:eth0");
	assert_str(related(&b, "rdma:rxe0", VIA_PCI), "");
	assert_true(has(&b, "rdma.port.state", "rdma:rxe0/1", 0));
	assert_false(has(&b, "rdma.port.rate", "rdma:rxe0/1", 0));
	assert_int_equal(b.frame.n_failures, 1); /* the rate, and not the empty firmware version */
	stop(&b);
	tree_remove(b.dir);
}

static void what_sleeps_is_not_woken(void **state)
{
	static const char at[] = "sys/bus/pci/devices/0000:01:00.0/";
	struct bench b = { 0 };
	char path[128];

	(void)state;
	tree_make(b.dir);
	snprintf(path, sizeof(path), "%spower/runtime_status", at);
	tree_text(b.dir, path, "suspended\n");
	snprintf(path, sizeof(path), "%scurrent_link_width", at);
	tree_text(b.dir, path, "8\n");
	snprintf(path, sizeof(path), "%scurrent_link_speed", at);
	tree_text(b.dir, path, "8.0 GT/s PCIe\n");
	snprintf(path, sizeof(path), "%smax_link_width", at);
	tree_text(b.dir, path, "16\n");
	start(&b, b.dir);
	assert_true(has(&b, "pcie.link.width.max", "pci:0000:01:00.0", 0));
	assert_false(has(&b, "pcie.link.width", "pci:0000:01:00.0", 0));
	assert_false(has(&b, "pcie.link.speed", "pci:0000:01:00.0", 0));
	snprintf(path, sizeof(path), "%spower/runtime_status", at);
	tree_text(b.dir, path, "active\n");
	assert_int_equal(run_tick(b.run, &b.frame), 0);
	assert_true(has(&b, "pcie.link.width", "pci:0000:01:00.0", 0));
	assert_true(has(&b, "pcie.link.speed", "pci:0000:01:00.0", 0));
	tree_text(b.dir, path, "suspending\n");
	assert_int_equal(run_tick(b.run, &b.frame), 0);
	assert_false(has(&b, "pcie.link.width", "pci:0000:01:00.0", 0));
	/* an empty slot keeps a speed */
	tree_text(b.dir, path, "active\n");
	snprintf(path, sizeof(path), "%scurrent_link_width", at);
	tree_text(b.dir, path, "0\n");
	assert_int_equal(run_tick(b.run, &b.frame), 0);
	assert_false(has(&b, "pcie.link.width", "pci:0000:01:00.0", 0));
	assert_false(has(&b, "pcie.link.speed", "pci:0000:01:00.0", 0));
	stop(&b);
	tree_remove(b.dir);
}

static void damage_costs_its_own_row(void **state)
{
	struct bench b = { 0 };

	(void)state;
	tree_make(b.dir);
	tree_text(b.dir, "sys/bus/pci/devices/0000:01:00.0/aer_dev_correctable",
		"RxErr 18446744073709551616\nBadTLP\nBadDLLP -1\nRollover 3\nFuture Error x\n\nTOTAL_ERR_COR 3\n");
	tree_text(b.dir, "sys/bus/pci/devices/0000:01:00.0/aer_dev_fatal", "");
	tree_text(b.dir, "sys/bus/pci/devices/0000:01:00.0/numa_node", "99999999999999999999\n");
	tree_text(b.dir, "sys/bus/pci/devices/0000:01:00.0/max_link_speed", "Unknown speed\n");
	tree_text(b.dir, "sys/bus/pci/devices/0000:01:00.0/max_link_width", "x16\n");
	tree_text(b.dir, "sys/class/infiniband/x/ports/1/hw_counters/RNR sent", "7\n");
	tree_text(b.dir, "sys/class/infiniband/x/ports/1/hw_counters/Was ist das?", "8\n");
	tree_text(b.dir, "sys/class/infiniband/x/ports/1/hw_counters/vport_out_of_buffer", "9\n");
	tree_text(b.dir, "sys/class/infiniband/x/ports/1/hw_counters/out_of_sequence", "EINVAL\n");
	start(&b, b.dir);
	assert_false(has(&b, "pcie.aer.correctable", "pci:0000:01:00.0", 0));
	assert_true(has(&b, "pcie.aer.correctable", "pci:0000:01:00.0", 8));
	assert_true(has(&b, "pcie.aer.correctable.messages", "pci:0000:01:00.0", 0));
	assert_false(has(&b, "pcie.numa_node", "pci:0000:01:00.0", 0));
	assert_str(related(&b, "pci:0000:01:00.0", VIA_NODE), "");
	assert_true(has(&b, "rdma.rnr_nak.sent", "rdma:x/1", 0));
	assert_true(has(&b, "rdma.other.was_ist_das_", "rdma:x/1", 0));
	assert_true(has(&b, "rdma.out_of_buffer", "rdma:x/1", 0));
	assert_false(has(&b, "rdma.out_of_sequence", "rdma:x/1", 0));
	assert_int_equal(failures(&b, -EBADMSG), 4); /* correctable, node, width, out_of_sequence */
	assert_int_equal(failures(&b, -ENODATA), 1); /* the empty aer_dev_fatal */
	stop(&b);
	tree_remove(b.dir);
}

/* A header as lspci -x shows one: vendor, command, type. The interrupt line is 10, a line end. */
static void write_config(
	const struct bench *b, unsigned vendor, unsigned command, unsigned type, size_t n)
{
	char header[256] = { 0 };

	header[0] = (char)vendor;
	header[1] = (char)(vendor >> 8);
	header[4] = (char)command;
	header[5] = (char)(command >> 8);
	header[14] = (char)type;
	header[60] = '\n';
	tree_write(b->dir, "sys/bus/pci/devices/0000:01:00.0/config", header, n);
}

static void assert_command(const struct bench *b, const char *signal, int expected)
{
	const struct block *block = ledger_find(&b->session.ledger, entity(b, "pci:0000:01:00.0"),
		catalog_find(&b->session.catalog, str_of(signal)));
	int got = block && block_has(block, 0) ? (int)block->values[0] : -1;

	if (got != expected)
		fail_msg("%s is %d, expected %d", signal, got, expected);
}

static void assert_commands(const struct bench *b, int present, int master, int memory, int intx)
{
	assert_command(b, "pcie.config.present", present);
	assert_command(b, "pcie.command.bus_master", master);
	assert_command(b, "pcie.command.memory", memory);
	assert_command(b, "pcie.command.intx_disabled", intx);
}

static void the_command_register_says_what_a_function_may_do(void **state)
{
	struct bench b = { 0 };
	char ones[64];

	(void)state;
	memset(ones, 0xff, sizeof(ones));
	tree_make(b.dir);
	write_config(&b, 0x8086, 0x0406, 0x80, 256); /* one of several functions; read by root */
	start(&b, b.dir);
	assert_commands(&b, 1, 1, 1, 1);
	write_config(&b, 0x8086, 0x0402, 0, 64);
	assert_int_equal(run_tick(b.run, &b.frame), 0);
	assert_commands(&b, 1, 0, 1, 1);
	write_config(&b, 0x8086, 0x0004, 1, 64); /* a bridge */
	assert_int_equal(run_tick(b.run, &b.frame), 0);
	assert_commands(&b, 1, 1, 0, 0);
	write_config(&b, 0xffff, 0x0004, 0, 64); /* a virtual function */
	assert_int_equal(run_tick(b.run, &b.frame), 0);
	assert_commands(&b, 1, 1, -1, -1);
	write_config(&b, 0x104c, 0x0006, 2, 64); /* CardBus */
	assert_int_equal(run_tick(b.run, &b.frame), 0);
	assert_commands(&b, 1, -1, -1, -1);
	assert_int_equal(b.frame.n_failures, 0);
	tree_write(b.dir, "sys/bus/pci/devices/0000:01:00.0/config", ones, sizeof(ones));
	assert_int_equal(run_tick(b.run, &b.frame), 0);
	assert_commands(&b, 0, -1, -1, -1);
	write_config(&b, 0x8086, 0x0006, 0, 15); /* cut */
	run_tick(b.run, &b.frame);
	assert_commands(&b, -1, -1, -1, -1);
	assert_int_equal(failures(&b, -EBADMSG), 1);
	stop(&b);
	tree_remove(b.dir);
}

static void the_command_of_what_sleeps_is_left_alone(void **state)
{
	struct bench b = { 0 };

	(void)state;
	tree_make(b.dir);
	write_config(&b, 0x8086, 0x0006, 0, 64);
	tree_text(b.dir, "sys/bus/pci/devices/0000:01:00.0/power/runtime_status", "suspended\n");
	start(&b, b.dir);
	assert_commands(&b, -1, -1, -1, -1);
	tree_text(b.dir, "sys/bus/pci/devices/0000:01:00.0/power/runtime_status", "active\n");
	assert_int_equal(run_tick(b.run, &b.frame), 0);
	assert_commands(&b, 1, 1, 1, 0);
	stop(&b);
	tree_remove(b.dir);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(devices_belong_together),
		cmocka_unit_test(software_devices_have_a_parent),
		cmocka_unit_test(what_sleeps_is_not_woken),
		cmocka_unit_test(damage_costs_its_own_row),
		cmocka_unit_test(the_command_register_says_what_a_function_may_do),
		cmocka_unit_test(the_command_of_what_sleeps_is_left_alone),
	};

	return RUN_TESTS(tests);
}
