/* Sizes of packets along made paths of PCIe functions: which are too long for a port, which could be longer. */
#include "test.h"

#include "tree.h"

#include <linux/pci_regs.h>

#include "collect/run.h"
#include "detect/judge.h"

extern const struct collector pcie_collector, pcie_link_collector, pcie_config_collector;
static const struct collector *const list[] = { &pcie_collector, &pcie_link_collector,
	&pcie_config_collector };

/* A root port, a switch of two ports, two devices behind it; one beside it behind a port of its own. */
static const char root[] = "0000:00:01.0", up[] = "0000:01:00.0", down[] = "0000:02:00.0",
		  other_down[] = "0000:02:01.0", nic[] = "0000:03:00.0", disk[] = "0000:04:00.0",
		  other_root[] = "0000:00:02.0", other[] = "0000:05:00.0";

enum { EXPRESS = 0x40 };

struct made {
	const char *address;
	unsigned type, secondary, subordinate, set, most, request;
};

static const struct made usual[] = {
	{ root, PCI_EXP_TYPE_ROOT_PORT, 1, 4, 256, 512, 512 },
	{ up, PCI_EXP_TYPE_UPSTREAM, 2, 4, 256, 512, 512 },
	{ down, PCI_EXP_TYPE_DOWNSTREAM, 3, 3, 256, 512, 512 },
	{ other_down, PCI_EXP_TYPE_DOWNSTREAM, 4, 4, 256, 512, 512 },
	{ nic, PCI_EXP_TYPE_ENDPOINT, 0, 0, 256, 4096, 4096 },
	{ disk, PCI_EXP_TYPE_ENDPOINT, 0, 0, 256, 512, 512 },
	{ other_root, PCI_EXP_TYPE_ROOT_PORT, 5, 5, 128, 128, 512 },
	{ other, PCI_EXP_TYPE_ENDPOINT, 0, 0, 128, 256, 128 },
};
enum { USUAL = sizeof(usual) / sizeof(*usual) };

struct bench {
	char dir[64];
	struct made made[USUAL];
	struct host *host;
	struct session session;
	struct frame frame;
	struct run *run;
};

static unsigned setting_of(unsigned bytes)
{
	unsigned setting = 0;

	while (128U << setting < bytes)
		setting++;
	return setting;
}

static void put_word(unsigned char *at, unsigned value)
{
	at[0] = (unsigned char)value;
	at[1] = (unsigned char)(value >> 8);
}

/* The header and the capability, each behind its place and length. */
static void write_function(const struct bench *b, const struct made *m, unsigned vendor)
{
	unsigned char reply[4 + 64 + 4 + 0x14 + 4] = { 0 };
	unsigned char *header = reply + 4, *express = header + 64 + 4;
	char path[128];

	put_word(reply + 2, 64);
	put_word(header + PCI_VENDOR_ID, vendor);
	header[PCI_HEADER_TYPE] = m->secondary ? PCI_HEADER_TYPE_BRIDGE | 0x80 : 0;
	header[PCI_SECONDARY_BUS] = (unsigned char)m->secondary;
	header[PCI_SUBORDINATE_BUS] = (unsigned char)m->subordinate;
	put_word(header + 64, EXPRESS);
	put_word(header + 66, 0x14);
	express[0] = PCI_CAP_ID_EXP;
	put_word(express + PCI_EXP_FLAGS, 1 | m->type << 4);
	put_word(express + PCI_EXP_DEVCAP, setting_of(m->most));
	put_word(express + PCI_EXP_DEVCTL, setting_of(m->set) << 5 | setting_of(m->request) << 12);
	snprintf(path, sizeof(path), "ask/pci/%s/config", m->address);
	tree_write(b->dir, path, reply, sizeof(reply));
	snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/power/runtime_status", m->address);
	tree_text(b->dir, path, "active\n");
}

static struct made *made_of(struct bench *b, const char *address)
{
	for (unsigned i = 0; i < USUAL; i++)
		if (strcmp(b->made[i].address, address) == 0)
			return &b->made[i];
	fail_msg("no function is called %s", address);
	return NULL;
}

static void write_all(struct bench *b)
{
	for (unsigned i = 0; i < USUAL; i++)
		write_function(b, &b->made[i], 0x8086);
}

static void tick(struct bench *b)
{
	assert_int_equal(run_tick(b->run, &b->frame), 0);
	assert_int_equal(b->frame.n_failures, 0);
}

static void read_all(struct bench *b)
{
	write_all(b);
	tick(b);
}

static int open_bench(void **state)
{
	struct bench *b = *state = calloc(1, sizeof(*b));
	char path[128];

	tree_make(b->dir);
	memcpy(b->made, usual, sizeof(usual));
	write_all(b);
	snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/driver", nic);
	tree_link(b->dir, path, "../../../bus/pci/drivers/mlx5_core");
	assert_int_equal(host_tree(b->dir, &b->host), 0);
	assert_int_equal(session_open(&b->session) | frame_open(&b->frame), 0);
	assert_int_equal(run_open(b->host, &b->session, list, 3, NULL, &b->run), 0);
	return 0;
}

static int close_bench(void **state)
{
	struct bench *b = *state;

	run_close(b->run);
	frame_close(&b->frame);
	session_close(&b->session);
	host_close(b->host);
	tree_remove(b->dir);
	free(b);
	return 0;
}

/* -1: nobody says it. */
static int64_t value_of(const struct bench *b, const char *signal, const char *function)
{
	char entity[64];
	const struct block *block;

	snprintf(entity, sizeof(entity), "pci:%s", function);
	block = ledger_find(&b->session.ledger,
		names_find(&b->session.entities.names, str_of(entity)),
		catalog_find(&b->session.catalog, str_of(signal)));
	return block && block_has(block, 0) ? block->values[0] : -1;
}

/* How many findings there are of a signal. */
static unsigned findings_of(const struct bench *b, const char *signal)
{
	const struct judge_window window = { .session = &b->session, .frame = &b->frame };
	struct health health;
	struct arena a = { 0 };
	const struct layer_health *layer = &health.layers[layer_find(STR("pcie"))];
	unsigned n = 0;

	assert_int_equal(arena_open(&a, 64 << 20), 0);
	assert_int_equal(judge(&window, knowledge, &a, &health), 0);
	for (size_t i = 0; i < layer->n_findings; i++)
		n += strcmp(layer->findings[i].watch->signal, signal) == 0;
	arena_close(&a);
	return n;
}

static void what_fits_its_path_is_told_and_no_fault(void **state)
{
	struct bench *b = *state;

	read_all(b);
	assert_int_equal(value_of(b, "pcie.payload.above", nic), 256);
	assert_int_equal(value_of(b, "pcie.payload.possible", nic), 512);
	assert_int_equal(value_of(b, "pcie.payload.unused", nic), -1);
	assert_int_equal(value_of(b, "pcie.read_request.small", nic), -1);
	assert_int_equal(findings_of(b, "pcie.payload.above"), 0);
}

static void ports_are_not_judged(void **state)
{
	struct bench *b = *state;

	read_all(b);
	assert_int_equal(value_of(b, "pcie.payload.above", root), -1);
	assert_int_equal(value_of(b, "pcie.payload.above", up), -1);
	assert_int_equal(value_of(b, "pcie.payload.above", down), -1);
}

/* As all functions are that QEMU makes: 128 is all that its ports can. */
static void where_128_is_all_there_is_nothing_is_small(void **state)
{
	struct bench *b = *state;

	read_all(b);
	assert_int_equal(value_of(b, "pcie.payload.above", other), 128);
	assert_int_equal(value_of(b, "pcie.payload.possible", other), 128);
	assert_int_equal(value_of(b, "pcie.payload.unused", other), -1);
	assert_int_equal(value_of(b, "pcie.read_request.small", other), -1);
}

static void packets_that_a_port_far_above_does_not_take_are_a_fault(void **state)
{
	static const char *const ports[] = { root, up, down };
	struct bench *b = *state;

	for (unsigned i = 0; i < 3; i++) {
		memcpy(b->made, usual, sizeof(usual));
		made_of(b, ports[i])->set = 128;
		read_all(b);
		assert_int_equal(value_of(b, "pcie.payload.above", nic), 128);
		assert_int_equal(findings_of(b, "pcie.payload.above"), 1);
	}
	/* of another path */
	memcpy(b->made, usual, sizeof(usual));
	made_of(b, other_down)->set = 128;
	read_all(b);
	assert_int_equal(value_of(b, "pcie.payload.above", nic), 256);
	assert_int_equal(findings_of(b, "pcie.payload.above"), 0);
}

static void without_a_driver_nothing_is_sent(void **state)
{
	struct bench *b = *state;

	made_of(b, disk)->set = 512;
	read_all(b);
	assert_int_equal(value_of(b, "pcie.payload.above", disk), 256);
	assert_int_equal(findings_of(b, "pcie.payload.above"), 0);
}

static void the_least_where_all_could_more_is_told(void **state)
{
	struct bench *b = *state;

	for (unsigned i = 0; i < USUAL; i++)
		b->made[i].set = 128;
	made_of(b, nic)->request = 128;
	read_all(b);
	assert_int_equal(value_of(b, "pcie.payload.unused", nic), 512);
	assert_int_equal(value_of(b, "pcie.payload.unused", disk), 512);
	assert_int_equal(value_of(b, "pcie.read_request.small", nic), 128);
	assert_int_equal(value_of(b, "pcie.read_request.small", disk), -1);
	assert_int_equal(findings_of(b, "pcie.payload.above"), 0);
	assert_int_equal(findings_of(b, "pcie.payload.unused"), 0);
	/* one of its neighbours cannot, and the ports have one setting for both */
	made_of(b, disk)->most = 128;
	read_all(b);
	assert_int_equal(value_of(b, "pcie.payload.possible", nic), 128);
	assert_int_equal(value_of(b, "pcie.payload.unused", nic), -1);
}

static void send_to_sleep(struct bench *b, const char *function)
{
	char path[128];

	snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/power/runtime_status", function);
	tree_text(b->dir, path, "suspended\n");
}

static void what_sleeps_leaves_it_open(void **state)
{
	struct bench *b = *state;

	for (unsigned i = 0; i < USUAL; i++)
		b->made[i].set = 128;
	write_all(b);
	send_to_sleep(b, disk);
	tick(b);
	assert_int_equal(value_of(b, "pcie.payload.above", nic), 128);
	assert_int_equal(value_of(b, "pcie.payload.possible", nic), -1);
	assert_int_equal(value_of(b, "pcie.payload.unused", nic), -1);
	send_to_sleep(b, up);
	tick(b);
	assert_int_equal(value_of(b, "pcie.payload.above", nic), -1);
}

static void a_setting_that_is_reserved_leaves_it_open(void **state)
{
	struct bench *b = *state;

	made_of(b, root)->set = 128 << 7;
	read_all(b);
	assert_int_equal(value_of(b, "pcie.payload.above", nic), -1);
	made_of(b, root)->set = 256;
	made_of(b, disk)->most = 128 << 6;
	read_all(b);
	assert_int_equal(value_of(b, "pcie.payload.above", nic), 256);
	assert_int_equal(value_of(b, "pcie.payload.possible", nic), -1);
}

/* Its own register says 128 and means nothing. */
static void a_virtual_function_is_left_out(void **state)
{
	struct bench *b = *state;

	made_of(b, disk)->most = made_of(b, disk)->set = 128;
	write_all(b);
	write_function(b, made_of(b, disk), 0xffff);
	tick(b);
	assert_int_equal(value_of(b, "pcie.payload.above", disk), -1);
	assert_int_equal(value_of(b, "pcie.payload.possible", nic), 512);
}

static void numbers_of_buses_that_lead_nowhere_end(void **state)
{
	struct bench *b = *state;

	/* ports that nobody set up, or that are above each other */
	made_of(b, root)->secondary = made_of(b, root)->subordinate = 0;
	made_of(b, down)->secondary = 1;
	read_all(b);
	assert_int_equal(value_of(b, "pcie.payload.above", nic), -1);
	assert_int_equal(value_of(b, "pcie.payload.above", disk), -1);
	assert_int_equal(value_of(b, "pcie.payload.above", other), 128);
}

/* The same numbers of buses come again in each domain. */
static void domains_are_apart(void **state)
{
	struct bench *b = *state;

	made_of(b, root)->set = 128;
	write_all(b);
	write_function(b,
		&(struct made){ "10000:00:01.0", PCI_EXP_TYPE_ROOT_PORT, 1, 4, 512, 512, 512 },
		0x8086);
	write_function(b,
		&(struct made){ "10000:01:00.0", PCI_EXP_TYPE_ENDPOINT, 0, 0, 512, 512, 512 },
		0x8086);
	run_rescan(b->run);
	tick(b);
	assert_int_equal(value_of(b, "pcie.payload.above", "10000:01:00.0"), 512);
	assert_int_equal(value_of(b, "pcie.payload.above", nic), 128);
	assert_int_equal(findings_of(b, "pcie.payload.above"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_bench, close_bench)
		TEST(what_fits_its_path_is_told_and_no_fault),
		TEST(ports_are_not_judged),
		TEST(where_128_is_all_there_is_nothing_is_small),
		TEST(packets_that_a_port_far_above_does_not_take_are_a_fault),
		TEST(without_a_driver_nothing_is_sent),
		TEST(the_least_where_all_could_more_is_told),
		TEST(what_sleeps_leaves_it_open),
		TEST(a_setting_that_is_reserved_leaves_it_open),
		TEST(a_virtual_function_is_left_out),
		TEST(numbers_of_buses_that_lead_nowhere_end),
		TEST(domains_are_apart),
	};

	return RUN_TESTS(tests);
}
