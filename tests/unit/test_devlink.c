/* Replies of devlink, made: health reporters, devices and their versions. */
#include "test.h"

#include "tree.h"

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

#include "base/own.h"
#include "collect/run.h"
#include "host/copy.h"
#include "host/pack.h"
#include "model/devlink.h"
#include "show/command.h"

extern const struct collector devlink_collector, devlink_info_collector;
static const struct collector *const list[] = { &devlink_collector, &devlink_info_collector };

struct bench {
	char dir[64];
	struct host *host;
	struct session session;
	struct frame frame;
	struct run *run;
	struct pack health, ports, devices, info;
	_Alignas(8) char message[8192]; /* that is being made */
	struct nlmsghdr *header;
};

static int open_bench(void **state)
{
	struct bench *b = *state = calloc(1, sizeof(*b));

	tree_make(b->dir);
	return 0;
}

static void close_run(struct bench *b)
{
	if (!b->run)
		return;
	b->run = run_close(b->run);
	frame_close(&b->frame);
	session_close(&b->session);
	b->host = host_close(b->host);
}

static int close_bench(void **state)
{
	struct bench *b = *state;

	close_run(b);
	pack_free(&b->health);
	pack_free(&b->ports);
	pack_free(&b->devices);
	pack_free(&b->info);
	tree_remove(b->dir);
	free(b);
	return 0;
}

/* ---- making replies ---- */

static void begin(struct bench *b, uint8_t command, const char *bus, const char *device)
{
	struct genlmsghdr *about;

	b->header = mnl_nlmsg_put_header(b->message);
	b->header->nlmsg_type = 0x17;
	about = mnl_nlmsg_put_extra_header(b->header, sizeof(*about));
	about->cmd = command;
	if (bus)
		mnl_attr_put_strz(b->header, DEVLINK_ATTR_BUS_NAME, bus);
	if (device)
		mnl_attr_put_strz(b->header, DEVLINK_ATTR_DEV_NAME, device);
}

static void end(struct bench *b, struct pack *to)
{
	pack_bytes(to, (str){ b->message, b->header->nlmsg_len });
}

struct made {
	const char *device, *name, *bus;     /* bus NULL: pci */
	int64_t port, grace, recovers, dump; /* -1: none */
	uint8_t state;
	uint64_t errors, recoveries;
};

static void make_reporter(struct bench *b, const struct made *m)
{
	struct nlattr *nest;

	begin(b, DEVLINK_CMD_HEALTH_REPORTER_GET, m->bus ? m->bus : "pci", m->device);
	if (m->port >= 0)
		mnl_attr_put_u32(b->header, DEVLINK_ATTR_PORT_INDEX, (uint32_t)m->port);
	nest = mnl_attr_nest_start(b->header, DEVLINK_ATTR_HEALTH_REPORTER);
	mnl_attr_put_strz(b->header, DEVLINK_ATTR_HEALTH_REPORTER_NAME, m->name);
	mnl_attr_put_u8(b->header, DEVLINK_ATTR_HEALTH_REPORTER_STATE, m->state);
	mnl_attr_put_u64(b->header, DEVLINK_ATTR_HEALTH_REPORTER_ERR_COUNT, m->errors);
	mnl_attr_put_u64(b->header, DEVLINK_ATTR_HEALTH_REPORTER_RECOVER_COUNT, m->recoveries);
	if (m->grace >= 0)
		mnl_attr_put_u64(b->header, DEVLINK_ATTR_HEALTH_REPORTER_GRACEFUL_PERIOD,
			(uint64_t)m->grace);
	if (m->recovers >= 0)
		mnl_attr_put_u8(
			b->header, DEVLINK_ATTR_HEALTH_REPORTER_AUTO_RECOVER, (uint8_t)m->recovers);
	if (m->dump >= 0) {
		mnl_attr_put_u64(b->header, DEVLINK_ATTR_HEALTH_REPORTER_DUMP_TS, 4711);
		mnl_attr_put_u64(
			b->header, DEVLINK_ATTR_HEALTH_REPORTER_DUMP_TS_NS, (uint64_t)m->dump);
	}
	mnl_attr_put_u32(b->header, 4000, 7); /* that nobody knows */
	mnl_attr_nest_end(b->header, nest);
	end(b, &b->health);
}

static void make_port(
	struct bench *b, const char *bus, const char *device, uint32_t port, const char *netdev)
{
	begin(b, DEVLINK_CMD_PORT_GET, bus, device);
	mnl_attr_put_u32(b->header, DEVLINK_ATTR_PORT_INDEX, port);
	if (netdev)
		mnl_attr_put_strz(b->header, DEVLINK_ATTR_PORT_NETDEV_NAME, netdev);
	end(b, &b->ports);
}

static void make_version(struct bench *b, uint16_t kind, const char *name, const char *value)
{
	struct nlattr *nest = mnl_attr_nest_start(b->header, kind);

	if (name)
		mnl_attr_put_strz(b->header, DEVLINK_ATTR_INFO_VERSION_NAME, name);
	mnl_attr_put_strz(b->header, DEVLINK_ATTR_INFO_VERSION_VALUE, value);
	mnl_attr_nest_end(b->header, nest);
}

static void read_all(struct bench *b)
{
	close_run(b);
	tree_write(b->dir, "ask/devlink/health", b->health.p, b->health.n);
	tree_write(b->dir, "ask/devlink/port", b->ports.p, b->ports.n);
	tree_write(b->dir, "ask/devlink/device", b->devices.p, b->devices.n);
	tree_write(b->dir, "ask/devlink/pci,0000:04:00.0/info", b->info.p, b->info.n);
	assert_int_equal(host_tree(b->dir, &b->host), 0);
	assert_int_equal(session_open(&b->session) | frame_open(&b->frame), 0);
	assert_int_equal(
		run_open(b->host, &b->session, list, 2, &(struct run_options){ 0 }, &b->run), 0);
	run_tick(b->run, &b->frame);
}

static uint32_t entity(const struct bench *b, const char *name)
{
	return names_find(&b->session.entities.names, str_of(name));
}

/* -1: nobody says it. */
static int64_t value_of(const struct bench *b, const char *signal, const char *name)
{
	const struct block *block = ledger_find(&b->session.ledger, entity(b, name),
		catalog_find(&b->session.catalog, str_of(signal)));

	return block && block_has(block, 0) ? block->values[0] : -1;
}

static const char *text_of(const struct bench *b, const char *signal, const char *name)
{
	int64_t value = value_of(b, signal, name);

	return value < 0 ? "" : names_get(&b->session.texts, (uint32_t)value).p;
}

static bool leads(const struct bench *b, const char *from, enum via via, const char *to)
{
	uint32_t cursor = 0, who = entity(b, from);
	const struct relation *r;

	while ((r = relation_next(&b->session.relations, who, via, &cursor)))
		if (r->b == entity(b, to))
			return true;
	return false;
}

static const struct made fw = { "0000:04:00.0", "fw", NULL, -1, -1, -1, -1, 1, 3, 0 };
static const struct made tx = { "0000:04:00.0", "tx", NULL, 65535, 500, 1,
	INT64_C(1790000000123456789), 0, 7, 6 };

/* ---- reporters ---- */

static void reporters_become_rows(void **state)
{
	struct bench *b = *state;

	make_reporter(b, &fw);
	make_reporter(b, &tx);
	make_port(b, "pci", "0000:04:00.0", 65535, "eth0");
	read_all(b);
	assert_int_equal(b->frame.n_failures, 0);
	assert_int_equal(value_of(b, "firmware.reporter.state", "reporter:pci/0000:04:00.0/fw"), 1);
	assert_int_equal(
		value_of(b, "firmware.reporter.errors", "reporter:pci/0000:04:00.0/fw"), 3);
	assert_int_equal(
		value_of(b, "firmware.reporter.grace", "reporter:pci/0000:04:00.0/fw"), -1);
	assert_int_equal(value_of(b, "firmware.reporter.port", "reporter:pci/0000:04:00.0/fw"), -1);
	assert_int_equal(
		value_of(b, "firmware.reporter.dump.time", "reporter:pci/0000:04:00.0/fw"), -1);
	assert_int_equal(value_of(b, "firmware.reporter.state", "reporter:pci/0000:04:00.0/tx"), 0);
	assert_int_equal(
		value_of(b, "firmware.reporter.errors", "reporter:pci/0000:04:00.0/tx"), 7);
	assert_int_equal(
		value_of(b, "firmware.reporter.recoveries", "reporter:pci/0000:04:00.0/tx"), 6);
	assert_int_equal(
		value_of(b, "firmware.reporter.grace", "reporter:pci/0000:04:00.0/tx"), 500);
	assert_int_equal(
		value_of(b, "firmware.reporter.auto_recover", "reporter:pci/0000:04:00.0/tx"), 1);
	assert_int_equal(
		value_of(b, "firmware.reporter.auto_dump", "reporter:pci/0000:04:00.0/tx"), -1);
	assert_int_equal(
		value_of(b, "firmware.reporter.port", "reporter:pci/0000:04:00.0/tx"), 65535);
	assert_true(value_of(b, "firmware.reporter.dump.time", "reporter:pci/0000:04:00.0/tx") ==
		    tx.dump);
	assert_true(leads(b, "reporter:pci/0000:04:00.0/fw", VIA_PCI, "pci:0000:04:00.0"));
	assert_true(leads(b, "reporter:pci/0000:04:00.0/tx", VIA_NETDEV, "netdev:eth0"));
	assert_false(leads(b, "reporter:pci/0000:04:00.0/fw", VIA_NETDEV, "netdev:eth0"));
}

/* What is no PCI function has its interfaces from devlink alone; another device's are not its own. */
static void devices_without_a_function_have_interfaces(void **state)
{
	struct made dummy = { "netdevsim1", "dummy", "netdevsim", -1, 0, 1, -1, 1, 1, 0 };
	struct bench *b = *state;

	make_reporter(b, &dummy);
	make_port(b, "netdevsim", "netdevsim1", 0, "eni1np1");
	make_port(b, "netdevsim", "netdevsim1", 1, NULL);
	make_port(b, "netdevsim", "netdevsim11", 0, "eni11np1");
	make_port(b, "netdevsim", "netdevsim1", 2, "a name with blanks");
	read_all(b);
	assert_int_equal(b->frame.n_failures, 0);
	assert_true(leads(b, "reporter:netdevsim/netdevsim1/dummy", VIA_NETDEV, "netdev:eni1np1"));
	assert_int_equal(entity(b, "netdev:a name with blanks"), NAMES_NONE);
	assert_false(
		leads(b, "reporter:netdevsim/netdevsim1/dummy", VIA_NETDEV, "netdev:eni11np1"));
	assert_int_equal(relation_one(&b->session.relations,
				 entity(b, "reporter:netdevsim/netdevsim1/dummy"), VIA_PCI),
		ENTITY_NONE);
}

static void reporters_of_two_ports_add_up(void **state)
{
	struct made one = tx, other = tx;
	struct bench *b = *state;

	one.port = 1;
	other.port = 2, other.state = 1, other.errors = 100, other.recoveries = 40;
	make_reporter(b, &one);
	make_reporter(b, &other);
	read_all(b);
	assert_int_equal(value_of(b, "firmware.reporter.state", "reporter:pci/0000:04:00.0/tx"), 1);
	assert_int_equal(
		value_of(b, "firmware.reporter.errors", "reporter:pci/0000:04:00.0/tx"), 107);
	assert_int_equal(
		value_of(b, "firmware.reporter.recoveries", "reporter:pci/0000:04:00.0/tx"), 46);
	assert_int_equal(value_of(b, "firmware.reporter.port", "reporter:pci/0000:04:00.0/tx"), 2);
}

static bool has_failed(const struct bench *b, int error)
{
	for (uint32_t i = 0; i < b->frame.n_failures; i++)
		if (b->frame.failures[i].error == error)
			return true;
	return false;
}

/* A reply that is cut anywhere, and each length in it that says another number. */
static void damaged_replies_are_refused(void **state)
{
	struct bench *b = *state;
	size_t whole;

	make_reporter(b, &tx);
	whole = b->health.n;
	for (size_t n = 1; n < whole; n++) {
		b->health.n = n;
		read_all(b);
		assert_true(has_failed(b, -EBADMSG));
		assert_int_equal(
			value_of(b, "firmware.reporter.errors", "reporter:pci/0000:04:00.0/tx"),
			-1);
	}
	b->health.n = whole;
	for (size_t at = 0; at + 2 <= whole; at += 2)
		for (unsigned lie = 0; lie < 4; lie++) {
			uint16_t was, now = (uint16_t[]){ 0, 3, 0x7fff, UINT16_MAX }[lie];

			memcpy(&was, b->health.p + at, sizeof(was));
			memcpy(b->health.p + at, &now, sizeof(now));
			read_all(b);
			memcpy(b->health.p + at, &was, sizeof(was));
		}
}

static void a_nest_that_lies_has_no_rows(void **state)
{
	struct bench *b = *state;
	struct nlattr *nest;

	make_reporter(b, &tx);
	b->health.n = 0;
	nest = (struct nlattr *)(void *)(b->message + NLMSG_HDRLEN + GENL_HDRLEN + 8 + 20 + 8);
	assert_int_equal(nest->nla_type & NLA_TYPE_MASK, DEVLINK_ATTR_HEALTH_REPORTER);
	nest->nla_len = (uint16_t)(nest->nla_len - 2); /* into its last attribute */
	end(b, &b->health);
	read_all(b);
	assert_true(has_failed(b, -EBADMSG));
	assert_int_equal(
		value_of(b, "firmware.reporter.errors", "reporter:pci/0000:04:00.0/tx"), -1);
}

static void many_reporters_are_bounded(void **state)
{
	struct bench *b = *state;
	struct made one = tx;
	char name[32];

	one.name = name;
	for (unsigned i = 0; i < 600; i++) {
		snprintf(name, sizeof(name), "reporter%u", i);
		make_reporter(b, &one);
	}
	read_all(b);
	assert_int_equal(b->frame.n_failures, 0);
	assert_int_equal(
		value_of(b, "firmware.reporter.errors", "reporter:pci/0000:04:00.0/reporter599"),
		7);
	for (unsigned i = 600; i < 1100; i++) {
		snprintf(name, sizeof(name), "reporter%u", i);
		make_reporter(b, &one);
	}
	read_all(b);
	assert_true(has_failed(b, -E2BIG));
	assert_int_equal(
		value_of(b, "firmware.reporter.errors", "reporter:pci/0000:04:00.0/reporter1023"),
		7);
	assert_int_equal(
		value_of(b, "firmware.reporter.errors", "reporter:pci/0000:04:00.0/reporter1024"),
		-1);
}

static void odd_names_are_no_entities(void **state)
{
	static const char *const odd[] = { "", "a/b", "a b", "a\nb", "\x7f",
		"a-name-that-is-longer-than-any-that-a-driver-has" };
	struct bench *b = *state;
	struct made one = tx;

	for (unsigned i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		b->health.n = 0;
		one.name = odd[i];
		make_reporter(b, &one);
		one.name = "fw:0"; /* a colon is fine, and stands in each address */
		make_reporter(b, &one);
		read_all(b);
		assert_true(has_failed(b, -EBADMSG));
		assert_int_equal(
			value_of(b, "firmware.reporter.errors", "reporter:pci/0000:04:00.0/fw:0"),
			7);
	}
	b->health.n = 0;
	one.device = "../../etc";
	make_reporter(b, &one);
	read_all(b);
	assert_int_equal(entity(b, "reporter:pci/../../etc/fw:0"), NAMES_NONE);
}

/* A kernel without devlink: not seen, with the reason, and nothing failed. */
static void without_devlink_it_is_absent(void **state)
{
	struct bench *b = *state;
	unsigned absent = 0;

	tree_write(b->dir, "proc/uptime", "1 1\n", 4);
	assert_int_equal(host_tree(b->dir, &b->host), 0);
	assert_int_equal(session_open(&b->session) | frame_open(&b->frame), 0);
	assert_int_equal(
		run_open(b->host, &b->session, list, 2, &(struct run_options){ 0 }, &b->run), 0);
	for (unsigned tick = 0; tick < 3; tick++) {
		run_tick(b->run, &b->frame);
		assert_int_equal(b->frame.n_failures, 0);
		for (uint32_t i = absent = 0; i < b->frame.n_reads; i++)
			absent += b->frame.reads[i].status == -ENOENT &&
				  strstr(b->session.sources[b->frame.reads[i].source].absent,
					  "no devlink");
		assert_int_equal(absent, 4);
	}
}

/* ---- devices and versions ---- */

static void make_device(struct bench *b, const char *device, uint8_t failed)
{
	begin(b, DEVLINK_CMD_GET, "pci", device);
	mnl_attr_put_u8(b->header, DEVLINK_ATTR_RELOAD_FAILED, failed);
	end(b, &b->devices);
}

static void make_info(struct bench *b, const char *stored)
{
	b->info.n = 0;
	begin(b, DEVLINK_CMD_INFO_GET, "pci", "0000:04:00.0");
	mnl_attr_put_strz(b->header, DEVLINK_ATTR_INFO_DRIVER_NAME, "mlx5_core");
	mnl_attr_put_strz(b->header, DEVLINK_ATTR_INFO_SERIAL_NUMBER, "MT2042X00001");
	mnl_attr_put_strz(b->header, DEVLINK_ATTR_INFO_BOARD_SERIAL_NUMBER, "MT2042X00002");
	make_version(b, DEVLINK_ATTR_INFO_VERSION_FIXED, "fw.psid", "MT_0000000012");
	make_version(b, DEVLINK_ATTR_INFO_VERSION_RUNNING, "fw", "16.35.0001");
	make_version(b, DEVLINK_ATTR_INFO_VERSION_RUNNING, "fw.version", "16.35.2000 ");
	make_version(b, DEVLINK_ATTR_INFO_VERSION_STORED, "fw.version", stored);
	make_version(b, DEVLINK_ATTR_INFO_VERSION_STORED, "fw.undi", "1.2");
	end(b, &b->info);
}

static void versions_become_facts(void **state)
{
	struct bench *b = *state;

	make_device(b, "0000:04:00.0", 0);
	make_info(b, "16.36.1010");
	read_all(b);
	assert_int_equal(b->frame.n_failures, 0);
	assert_int_equal(value_of(b, "firmware.reload.failed", "pci:0000:04:00.0"), 0);
	assert_string_equal(text_of(b, "firmware.driver", "pci:0000:04:00.0"), "mlx5_core");
	assert_string_equal(text_of(b, "firmware.version", "pci:0000:04:00.0"), "16.35.2000");
	assert_string_equal(
		text_of(b, "firmware.fixed.fw_psid", "pci:0000:04:00.0"), "MT_0000000012");
	assert_string_equal(
		text_of(b, "firmware.running.fw_version", "pci:0000:04:00.0"), "16.35.2000");
	assert_string_equal(
		text_of(b, "firmware.stored.fw_version", "pci:0000:04:00.0"), "16.36.1010");
	assert_int_equal(value_of(b, "firmware.update.pending", "pci:0000:04:00.0"), 1);
	assert_int_equal(names_find(&b->session.texts, STR("MT2042X00001")), NAMES_NONE);
	assert_int_equal(names_find(&b->session.texts, STR("MT2042X00002")), NAMES_NONE);
	make_info(b, "16.35.2000");
	read_all(b);
	assert_int_equal(value_of(b, "firmware.update.pending", "pci:0000:04:00.0"), 0);
}

static void a_version_without_a_pair_waits_for_nothing(void **state)
{
	struct bench *b = *state;

	make_device(b, "0000:04:00.0", 1);
	begin(b, DEVLINK_CMD_INFO_GET, "pci", "0000:04:00.0");
	make_version(b, DEVLINK_ATTR_INFO_VERSION_STORED, "fw.version", "2");
	make_version(b, DEVLINK_ATTR_INFO_VERSION_RUNNING, "fw.mgmt", "1");
	make_version(b, DEVLINK_ATTR_INFO_VERSION_RUNNING, NULL, "nobody's");
	end(b, &b->info);
	read_all(b);
	assert_int_equal(value_of(b, "firmware.reload.failed", "pci:0000:04:00.0"), 1);
	assert_string_equal(text_of(b, "firmware.version", "pci:0000:04:00.0"), "1");
	assert_int_equal(value_of(b, "firmware.update.pending", "pci:0000:04:00.0"), -1);
	assert_true(has_failed(b, -EBADMSG));
}

/* One device that does not answer costs its own rows. */
static void one_device_does_not_blind_the_others(void **state)
{
	struct bench *b = *state;

	make_device(b, "0000:03:00.0", 0);
	make_device(b, "0000:04:00.0", 0);
	make_info(b, "16.35.2000");
	tree_write(b->dir, "ask/devlink/pci,0000:03:00.0/info", "cut", 3);
	read_all(b);
	assert_true(has_failed(b, -EBADMSG));
	assert_string_equal(text_of(b, "firmware.version", "pci:0000:04:00.0"), "16.35.2000");
}

static bool holds(const struct bench *b, const char *path, const char *what)
{
	char name[256], bytes[4096];
	FILE *file;
	size_t n;

	snprintf(name, sizeof(name), "%s-secret/%s", b->dir, path);
	file = fopen(name, "r");
	assert_non_null(file);
	n = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	return memmem(bytes, n, what, strlen(what)) != NULL;
}

/* Serial numbers name a device: an anonymous snap has none, and all the rest. */
static void serial_numbers_stay_here(void **state)
{
	static const char info[] = "ask/devlink/pci,0000:04:00.0/info";
	struct bench *b = *state;
	char secret[80];

	make_device(b, "0000:04:00.0", 0);
	make_info(b, "16.35.2000");
	for (unsigned cut = 0; cut < 2; cut++) {
		b->info.n -= 3 * cut;
		read_all(b);
		tree_write(b->dir, "rows.tsv", "", 0);
		tree_write(b->dir, "proc/sys/kernel/hostname", "vm\n", 3);
		snprintf(secret, sizeof(secret), "%s-secret", b->dir);
		assert_int_equal(host_anonymize(b->dir, secret, NULL, 0), 0);
		assert_false(holds(b, info, "MT2042X0000"));
		assert_true(holds(b, info, "16.35.2000") == !cut);
		tree_remove(secret);
	}
}

static void commands_name_device_and_reporter(void **state)
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	(void)state;
	print_command(out, "show %d reporter %n, %p, %s", STR("pci/0000:04:00.0/t;x"));
	fclose(out);
	assert_string_equal(text, "show pci/0000:04:00.0 reporter t?x, pci, pci/0000:04:00.0/t?x");
	free(text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_bench, close_bench)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reporters_become_rows),
		TEST(devices_without_a_function_have_interfaces),
		TEST(reporters_of_two_ports_add_up),
		TEST(damaged_replies_are_refused),
		TEST(a_nest_that_lies_has_no_rows),
		TEST(many_reporters_are_bounded),
		TEST(odd_names_are_no_entities),
		TEST(without_devlink_it_is_absent),
		TEST(versions_become_facts),
		TEST(a_version_without_a_pair_waits_for_nothing),
		TEST(one_device_does_not_blind_the_others),
		TEST(serial_numbers_stay_here),
		TEST(commands_name_device_and_reporter),
	};

	return RUN_TESTS(tests);
}
