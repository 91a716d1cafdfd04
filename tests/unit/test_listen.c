/* What listeners understand of messages: made ones, cut ones, and ones that lie. */
#include "test.h"

#include <errno.h>

#include "heard_bytes.h"
#include "listen/clock.h"
#include "listen/devlinks.h"
#include "listen/links.h"
#include "listen/uevent.h"

/* What was noticed, a line each: "ROW SEVERITY SCOPE:NAME COUNT TEXT". */
struct noted {
	char text[4096];
	size_t n;
	struct notices out;
};

static void note(void *self, const struct notice *n)
{
	struct noted *to = self;

	to->n += (size_t)snprintf(to->text + to->n, sizeof(to->text) - to->n,
		"%u %s %s:%.*s %u %.*s\n", n->row, event_severity_names[n->severity],
		scope_names[n->scope], STR_ARG(n->name), n->count, STR_ARG(n->text));
	assert_true(to->n < sizeof(to->text));
}

static struct notices *listen_anew(struct noted *to)
{
	*to = (struct noted){ .out = { .give = note, .self = to } };
	return &to->out;
}

static struct noted noted;

static void hear_uevent(int expected, const char *const *words)
{
	char bytes[HEARD_ROOM];

	assert_int_equal(uevent_parse(tell_uevent(bytes, words), listen_anew(&noted)), expected);
}

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define UEVENT(action, path, ...)                                                                  \
	hear_uevent(0, WORDS(action "@" path, "ACTION=" action, "DEVPATH=" path, __VA_ARGS__))
#define BRIDGE "/devices/pci0000:00/0000:00:1c.0"

static void recovery_is_about_the_function(void **state)
{
	(void)state;
	UEVENT("change", BRIDGE "/0000:04:00.0", "SUBSYSTEM=pci", "DRIVER=mlx5_core",
		"PCI_SLOT_NAME=0000:04:00.0", "ERROR_EVENT=BEGIN_RECOVERY", "DEVICE_ONLINE=0");
	assert_string_equal(noted.text,
		"0 warning pci:0000:04:00.0 0 recovery from a PCIe error begins, driver mlx5_core, online 0\n");
	assert_false(noted.out.rescan);
	UEVENT("change", BRIDGE "/0000:04:00.0", "SUBSYSTEM=pci", "PCI_SLOT_NAME=0000:04:00.0",
		"ERROR_EVENT=SUCCESSFUL_RECOVERY", "DEVICE_ONLINE=1");
	assert_string_equal(
		noted.text, "1 info pci:0000:04:00.0 0 recovered from a PCIe error, online 1\n");
	UEVENT("change", BRIDGE "/0000:04:00.0", "SUBSYSTEM=pci", "PCI_SLOT_NAME=0000:04:00.0",
		"ERROR_EVENT=FAILED_RECOVERY", "DEVICE_ONLINE=0");
	assert_string_equal(noted.text,
		"2 critical pci:0000:04:00.0 0 did not recover from a PCIe error, online 0\n");
	/* a word that a newer kernel may have is a change, not a recovery */
	UEVENT("change", BRIDGE "/0000:04:00.0", "SUBSYSTEM=pci", "PCI_SLOT_NAME=0000:04:00.0",
		"ERROR_EVENT=SOME_RECOVERY");
	assert_string_equal(noted.text, "7 info pci:0000:04:00.0 0 the PCI function changed\n");
}

static void devices_come_and_go(void **state)
{
	(void)state;
	UEVENT("remove", BRIDGE "/0000:04:00.0", "SUBSYSTEM=pci", "PCI_SLOT_NAME=0000:04:00.0");
	assert_string_equal(noted.text, "4 warning pci:0000:04:00.0 0 the PCI function is gone\n");
	assert_true(noted.out.rescan);
	UEVENT("bind", BRIDGE "/0000:04:00.0", "SUBSYSTEM=pci", "DRIVER=ixgbe");
	assert_string_equal(noted.text,
		"5 info pci:0000:04:00.0 0 a driver took the PCI function, driver ixgbe\n");
	assert_false(noted.out.rescan);
	UEVENT("add", BRIDGE "/0000:04:00.0/net/eth7", "SUBSYSTEM=net", "INTERFACE=eth7",
		"IFINDEX=9");
	assert_string_equal(noted.text, "8 info netdev:eth7 0 the interface appeared\n");
	assert_true(noted.out.rescan);
	UEVENT("move", BRIDGE "/0000:04:00.0/net/up0",
		"DEVPATH_OLD=" BRIDGE "/0000:04:00.0/net/eth7", "SUBSYSTEM=net", "INTERFACE=up0");
	assert_string_equal(noted.text,
		"10 info netdev:up0 0 the interface has another name, before at " BRIDGE
		"/0000:04:00.0/net/eth7\n");
	UEVENT("remove", BRIDGE "/0000:04:00.0/infiniband/mlx5_0", "SUBSYSTEM=infiniband",
		"NAME=mlx5_0");
	assert_string_equal(noted.text, "12 warning rdma:mlx5_0 0 the RDMA device is gone\n");
	UEVENT("change", BRIDGE "/0000:03:00.0/drm/card0", "SUBSYSTEM=drm",
		"WEDGED=rebind,bus-reset");
	assert_string_equal(noted.text,
		"14 critical gpu:0000:03:00.0 0 the GPU hangs, recovery by rebind,bus-reset\n");
	UEVENT("offline", "/devices/system/cpu/cpu3", "SUBSYSTEM=cpu");
	assert_string_equal(noted.text, "16 warning cpu:3 0 the CPU is out of use\n");
}

static void what_nobody_knows_is_no_notice(void **state)
{
	(void)state;
	UEVENT("add", "/kernel/slab/:0000128", "SUBSYSTEM=slab");
	assert_string_equal(noted.text, "");
	assert_false(noted.out.rescan);
	UEVENT("change", BRIDGE "/0000:03:00.0/drm/card0", "SUBSYSTEM=drm", "HOTPLUG=1");
	assert_string_equal(noted.text, "");
	UEVENT("add", "/devices/virtual/x", "SUBSYSTEM=pci", "PCI_SLOT_NAME=../../etc");
	assert_string_equal(noted.text, ""); /* about whom? */
	/* udevadm trigger: nothing happened */
	UEVENT("add", BRIDGE "/0000:04:00.0", "SUBSYSTEM=pci", "PCI_SLOT_NAME=0000:04:00.0",
		"SYNTH_UUID=0");
	assert_string_equal(noted.text, "");
	assert_false(noted.out.rescan);
	hear_uevent(-EBADMSG, WORDS("libudev", "ACTION=add"));
	hear_uevent(-EBADMSG, WORDS("add@/x", "ACTION=remove", "SUBSYSTEM=pci"));
	assert_int_equal(uevent_parse((str){ "add@/x", 6 }, listen_anew(&noted)), -EBADMSG);
}

enum { UP = IFF_UP | IFF_RUNNING | IFF_LOWER_UP };

static struct links links;
static const struct told_link eth = { .type = RTM_NEWLINK,
	.index = 4,
	.flags = UP,
	.name = "eth0",
	.mtu = 1500,
	.operstate = 6,
	.carrier = 1,
	.counted = true,
	.up_count = 5,
	.down_count = 4 };

static void hear_link(const struct told_link *told)
{
	char bytes[HEARD_ROOM];

	assert_int_equal(links_parse(&links, tell_link(bytes, told), listen_anew(&noted)), 0);
}

static void begin_with_eth0(void)
{
	char bytes[HEARD_ROOM];

	links_close(&links);
	assert_int_equal(links_parse(&links, tell_link(bytes, &eth), NULL), 0);
	assert_int_equal(links.n, 1);
}

static void only_what_changed_is_told(void **state)
{
	struct told_link told = eth;

	(void)state;
	begin_with_eth0();
	hear_link(&told);
	assert_string_equal(noted.text, "");
	told.mtu = 9000;
	hear_link(&told);
	assert_string_equal(noted.text, "8 info netdev:eth0 0 MTU 9000, before 1500\n");
	told.name = "up0";
	hear_link(&told);
	assert_string_equal(noted.text, "4 info netdev:up0 0 the interface was called eth0\n");
	assert_false(noted.out.rescan);
	links_close(&links);
}

static void carrier_comes_and_goes(void **state)
{
	struct told_link told = eth;

	(void)state;
	begin_with_eth0();
	told.carrier = 0, told.operstate = 2, told.down_count = 5;
	told.flags = IFF_UP;
	hear_link(&told);
	assert_string_equal(noted.text, "0 warning netdev:eth0 1 the carrier is lost\n"
					"7 info netdev:eth0 0 operational state down, before up\n");
	told.flags = 0;
	hear_link(&told);
	assert_string_equal(noted.text, "2 info netdev:eth0 0 somebody set the interface down\n");
	told = eth;
	told.up_count = 6, told.down_count = 5;
	hear_link(&told);
	assert_string_equal(noted.text, "3 info netdev:eth0 0 somebody set the interface up\n"
					"1 info netdev:eth0 1 the carrier is there\n"
					"7 info netdev:eth0 0 operational state up, before down\n");
	links_close(&links);
}

/* A link that flaps faster than the kernel tells of it looks the same before and after. */
static void flaps_are_counted(void **state)
{
	struct told_link told = eth;

	(void)state;
	begin_with_eth0();
	told.up_count = 8, told.down_count = 7;
	hear_link(&told);
	assert_string_equal(noted.text, "0 warning netdev:eth0 3 the carrier is lost\n"
					"1 info netdev:eth0 3 the carrier is there\n");
	/* a driver that begins to count anew */
	told.up_count = 1, told.down_count = 1;
	hear_link(&told);
	assert_string_equal(noted.text, "");
	/* older kernels do not count */
	told.counted = false, told.carrier = 0;
	hear_link(&told);
	assert_string_equal(noted.text, "0 warning netdev:eth0 1 the carrier is lost\n");
	links_close(&links);
}

static void links_appear_and_are_gone(void **state)
{
	struct told_link told = eth, bridge = eth;
	char bytes[HEARD_ROOM];

	(void)state;
	begin_with_eth0();
	told.index = 3, told.name = "a0";
	hear_link(&told);
	assert_string_equal(noted.text, "5 info netdev:a0 0 an interface appeared\n");
	assert_true(noted.out.rescan);
	/* it leaves its bridge, and is still there */
	bridge.type = RTM_DELLINK, bridge.family = 7;
	hear_link(&bridge);
	assert_string_equal(noted.text, "");
	told.type = RTM_DELLINK;
	hear_link(&told);
	assert_string_equal(noted.text, "6 warning netdev:a0 0 the interface is gone from here\n");
	hear_link(&told);
	assert_string_equal(noted.text, "");
	/* a dump that has another one, and not the one we knew */
	links_begin(&links);
	told.type = RTM_NEWLINK, told.index = 9, told.name = "b0";
	assert_int_equal(links_parse(&links, tell_link(bytes, &told), listen_anew(&noted)), 0);
	links_end(&links, &noted.out);
	assert_string_equal(noted.text,
		"5 info netdev:b0 0 an interface appeared\n"
		"6 warning netdev:eth0 0 the interface is gone from here\n");
	assert_int_equal(links.n, 1);
	links_close(&links);
}

static void numbers_in_any_order(void **state)
{
	static const int order[] = { 50, 3, 70, 1, 60, 2 };
	struct told_link told = eth;

	(void)state;
	links_close(&links);
	for (size_t i = 0; i < 6; i++) {
		told.index = order[i];
		hear_link(&told);
	}
	assert_int_equal(links.n, 6);
	told.type = RTM_DELLINK;
	for (size_t i = 6; i-- > 0;) {
		told.index = order[i];
		hear_link(&told);
		assert_int_equal(links.n, i);
	}
	links_close(&links);
}

static void damaged_links_are_refused(void **state)
{
	char bytes[HEARD_ROOM], cut[HEARD_ROOM];
	str whole = tell_link(bytes, &eth);
	struct nlmsghdr header;

	(void)state;
	for (size_t n = 1; n < whole.n; n++) {
		links_close(&links);
		assert_int_equal(
			links_parse(&links, (str){ bytes, n }, listen_anew(&noted)), -EBADMSG);
		/* as long as it says it is, and its attributes are not */
		memcpy(cut, bytes, n);
		memcpy(&header, bytes, sizeof(header));
		header.nlmsg_len = (uint32_t)n;
		memcpy(cut, &header, sizeof(header));
		links_parse(&links, (str){ cut, n }, listen_anew(&noted));
		assert_true(links.n == 0 || strcmp(links.items[0].name, "eth0") == 0);
	}
	/* shorter than what says which link it is about */
	memcpy(&header, bytes, sizeof(header));
	header.nlmsg_len = NLMSG_HDRLEN + 4, header.nlmsg_type = RTM_DELLINK;
	memcpy(cut, &header, sizeof(header));
	assert_int_equal(
		links_parse(&links, (str){ cut, header.nlmsg_len }, listen_anew(&noted)), -EBADMSG);
	/* no name, or one that no kernel gives */
	links_close(&links);
	for (size_t i = 0; i < 3; i++) {
		struct told_link told = eth;

		told.name = (const char *const[]){ "", "a/b", "much-too-long-a-name" }[i];
		assert_int_equal(links_parse(&links, tell_link(bytes, &told), listen_anew(&noted)),
			-EBADMSG);
	}
	assert_int_equal(links.n, 0);
	assert_string_equal(noted.text, "");
	links_close(&links);
}

static struct devlinks known;
static const struct told_devlink tx = { .command = DEVLINK_CMD_HEALTH_REPORTER_RECOVER,
	.bus = "pci",
	.device = "0000:04:00.0",
	.reporter = "tx",
	.of_port = true,
	.port = 65535 };

static void hear_devlink(const struct told_devlink *told)
{
	char bytes[HEARD_ROOM];

	assert_int_equal(devlinks_parse(&known, tell_devlink(bytes, told), listen_anew(&noted)), 0);
}

static void reporters_change(void **state)
{
	struct told_devlink told = tx;
	char bytes[HEARD_ROOM];

	(void)state;
	known = (struct devlinks){ 0 };
	told.errors = 2, told.recoveries = 2;
	assert_int_equal(devlinks_parse(&known, tell_devlink(bytes, &told), NULL), 0);
	hear_devlink(&told);
	assert_string_equal(noted.text, "");
	told.errors = 4, told.state = 1;
	hear_devlink(&told);
	assert_string_equal(noted.text,
		"0 critical reporter:pci/0000:04:00.0/tx 2 the reporter of port 65535 is in error, in all 4 errors, 2 recoveries\n");
	told.recoveries = 3, told.state = 0;
	hear_devlink(&told);
	assert_string_equal(noted.text,
		"1 info reporter:pci/0000:04:00.0/tx 1 the reporter of port 65535 is healthy again, in all 4 errors, 3 recoveries\n");
	told.errors = 5, told.recoveries = 4;
	hear_devlink(&told);
	assert_string_equal(noted.text,
		"0 warning reporter:pci/0000:04:00.0/tx 1 the reporter of port 65535 met an error and recovered, in all 5 errors, 4 recoveries\n");
	/* the driver was loaded again, and counts from the beginning */
	told.errors = told.recoveries = 1;
	hear_devlink(&told);
	assert_true(strstr(noted.text, "0 warning reporter:pci/0000:04:00.0/tx 1 "));
}

static void a_device_takes_its_reporters_along(void **state)
{
	struct told_devlink told = tx, gone = {
		.command = DEVLINK_CMD_DEL, .bus = "pci", .device = "0000:04:00.0"
	};

	(void)state;
	known = (struct devlinks){ 0 };
	told.errors = 1, told.recoveries = 1;
	hear_devlink(&told);
	hear_devlink(&gone);
	assert_string_equal(noted.text,
		"3 warning pci:0000:04:00.0 0 the driver took the device from devlink\n");
	hear_devlink(&told);
	assert_true(strstr(noted.text, "met an error and recovered, in all 1 errors"));
}

static void ports_are_told_once(void **state)
{
	struct told_devlink told = { .command = DEVLINK_CMD_PORT_NEW,
		.bus = "pci",
		.device = "0000:04:00.0",
		.of_port = true,
		.port = 1 };

	(void)state;
	known = (struct devlinks){ 0 };
	hear_devlink(&told);
	assert_string_equal(noted.text, "4 info pci:0000:04:00.0 0 port 1 appeared\n");
	told.netdev = "eth0";
	hear_devlink(&told);
	assert_string_equal(noted.text, "");
	told.command = DEVLINK_CMD_PORT_DEL;
	hear_devlink(&told);
	assert_string_equal(noted.text, "5 warning pci:0000:04:00.0 0 port 1 (eth0) is gone\n");
	hear_devlink(&told);
	assert_string_equal(noted.text, "");
	told = (struct told_devlink){
		.command = DEVLINK_CMD_NEW, .bus = "netdevsim", .device = "netdevsim1"
	};
	hear_devlink(&told);
	assert_string_equal(noted.text,
		"2 info reporter:netdevsim/netdevsim1 0 the driver gave the device to devlink\n");
}

static void damaged_devlink_is_refused(void **state)
{
	char bytes[HEARD_ROOM];
	str whole = tell_devlink(bytes, &tx);
	struct told_devlink told = tx;

	(void)state;
	for (size_t n = 1; n < whole.n; n++) {
		known = (struct devlinks){ 0 };
		assert_int_equal(
			devlinks_parse(&known, (str){ bytes, n }, listen_anew(&noted)), -EBADMSG);
		assert_int_equal(known.n_reporters, 0);
	}
	told.reporter = "";
	assert_int_equal(
		devlinks_parse(&known, tell_devlink(bytes, &told), listen_anew(&noted)), -EBADMSG);
	told.reporter = "tx", told.device = "../x";
	assert_int_equal(
		devlinks_parse(&known, tell_devlink(bytes, &told), listen_anew(&noted)), 0);
	assert_string_equal(noted.text, "");
}

static void a_family_has_its_group(void **state)
{
	char bytes[HEARD_ROOM];
	str reply = tell_family(bytes, 0x1a, 9);
	uint16_t family = 0;
	uint32_t group = 0;

	(void)state;
	assert_int_equal(family_parse(reply, "config", &family, &group), 0);
	assert_int_equal(family, 0x1a);
	assert_int_equal(group, 9);
	assert_int_equal(family_parse(reply, "none", &family, &group), -ENOENT);
	((struct nlmsghdr *)bytes)->nlmsg_type = 0x17; /* of another family */
	assert_int_equal(family_parse(reply, "config", &family, &group), -EBADMSG);
	for (size_t n = 0; n < reply.n; n++)
		assert_int_equal(
			family_parse((str){ bytes, n }, "config", &family, &group), -EBADMSG);
}

static void clocks_against_each_other(void **state)
{
	const struct clocks before = { 1000000000, 2000000000, 3000000000 };
	struct clocks after = { 1500000000, 2500000000, 3500000000 };
	struct clock_change change = clocks_compare(&before, &after);

	(void)state;
	assert_int_equal(change.step_ns, 0);
	assert_int_equal(change.asleep_ns, 0);
	after.wall_ns -= 2000000000; /* somebody set it back */
	change = clocks_compare(&before, &after);
	assert_int_equal(change.step_ns, -2000000000);
	assert_int_equal(change.asleep_ns, 0);
	/* and then it slept for ten seconds: the wall clock went on, which is no step */
	after.wall_ns += INT64_C(12000000000);
	after.boot_ns += INT64_C(10000000000);
	change = clocks_compare(&before, &after);
	assert_int_equal(change.step_ns, 0);
	assert_int_equal(change.asleep_ns, INT64_C(10000000000));
	after = (struct clocks){ 1500000000 + 99999, 2500000000, 3500000000 + 999999 };
	change = clocks_compare(&before, &after);
	assert_int_equal(change.step_ns, 0); /* the time between two readings */
	assert_int_equal(change.asleep_ns, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recovery_is_about_the_function),
		cmocka_unit_test(devices_come_and_go),
		cmocka_unit_test(what_nobody_knows_is_no_notice),
		cmocka_unit_test(only_what_changed_is_told),
		cmocka_unit_test(carrier_comes_and_goes),
		cmocka_unit_test(flaps_are_counted),
		cmocka_unit_test(links_appear_and_are_gone),
		cmocka_unit_test(numbers_in_any_order),
		cmocka_unit_test(damaged_links_are_refused),
		cmocka_unit_test(reporters_change),
		cmocka_unit_test(a_device_takes_its_reporters_along),
		cmocka_unit_test(ports_are_told_once),
		cmocka_unit_test(damaged_devlink_is_refused),
		cmocka_unit_test(a_family_has_its_group),
		cmocka_unit_test(clocks_against_each_other),
	};

	return RUN_TESTS(tests);
}
