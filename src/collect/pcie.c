/* What each PCI function is, which driver has it, and where it hangs, from /sys/bus/pci/devices. */
#include <errno.h>

#include "collect/keyed.h"
#include "collect/pci.h"

enum { NUMA_NODE, DRIVER, PATH };

/* clang-format off */
static const struct signal signals[] = {
	[NUMA_NODE] = { "pcie.numa_node",    "numa_node",    FACT, ONE,  PCI, NONE, CHEAP, "NUMA node next to this function as the firmware told it; -1: it told none" },
	[DRIVER]    = { "pcie.driver",       "driver",       FACT, TEXT, PCI, NONE, CHEAP, "driver that is bound to this function" },
	[PATH]      = { "pcie.path",         NULL,           FACT, TEXT, PCI, NONE, CHEAP, "host bridge, ports and switches above this function, and itself, as /sys/devices has them" },
		      { "pcie.class",        "class",        FACT, TEXT, PCI, NONE, CHEAP, "class code: 0x0200xx Ethernet, 0x0207xx InfiniBand, 0x03xxxx display, 0x0604xx bridge or port" },
		      { "pcie.vendor",       "vendor",       FACT, TEXT, PCI, NONE, CHEAP, "vendor id: 0x15b3 is NVIDIA (Mellanox), 0x8086 Intel, 0x14e4 Broadcom" },
		      { "pcie.device",       "device",       FACT, TEXT, PCI, NONE, CHEAP, "device id, given by the vendor" },
		      { "pcie.enable",       "enable",       FACT, ONE,  PCI, NONE, CHEAP, "how many users have enabled this function; 0: it answers nobody" },
		      { "pcie.reset_method", "reset_method", FACT, TEXT, PCI, NONE, CHEAP, "ways to reset this function; the first that works is taken (5.15 and later)" },
};
/* clang-format on */

enum { TEXT_UPSTREAM, TEXT_DRIVER, TEXT_NUMA_NODE, TEXT_NVME };

static const struct text_source texts[] = {
	[TEXT_UPSTREAM] = { .path = "sys/bus/pci/devices/*",
		.who = "pci:%1",
		.kind = LINK_TEXT,
		.may_be_silent = true,
		.absent = "no PCI bus" },
	[TEXT_DRIVER] = { .path = "sys/bus/pci/devices/*/driver",
		.who = "pci:%1",
		.kind = LINK_TEXT,
		.absent = "no driver is bound to any PCI function" },
	[TEXT_NUMA_NODE] = { .path = "sys/bus/pci/devices/*/numa_node",
		.who = "pci:%1",
		.absent = "a kernel without NUMA, or no PCI bus" },
	[TEXT_NVME] = { .path = "sys/class/nvme/*",
		.who = "disk:%1",
		.kind = LINK_TEXT,
		.may_be_silent = true },
	{ .path = "sys/bus/pci/devices/*/class", .who = "pci:%1", .absent = "no PCI bus" },
	{ .path = "sys/bus/pci/devices/*/vendor", .who = "pci:%1", .absent = "no PCI bus" },
	{ .path = "sys/bus/pci/devices/*/device", .who = "pci:%1", .absent = "no PCI bus" },
	{ .path = "sys/bus/pci/devices/*/enable", .who = "pci:%1", .absent = "no PCI bus" },
	{ .path = "sys/bus/pci/devices/*/reset_method",
		.who = "pci:%1",
		.may_be_silent = true,
		.absent = "no function here can be reset, or a kernel before 5.15" },
};

/*
 * ".../pci0000:00/0000:00:02.0/0000:01:00.0": what stands before the function is the port above it.
 */
static void parse_upstream(struct emit *out, str link)
{
	str above, path = str_trim(link);
	uint32_t upstream;

	while (str_starts(path, STR("../")))
		path = str_from(path, 3);
	if (str_starts(path, STR("devices/")))
		emit_text(out, PATH, out->who, str_from(path, 8));
	if (!str_cut_last(path, '/', &above, NULL))
		return;
	upstream = pci_of_path(out, above);
	if (upstream != ENTITY_NONE)
		emit_relation(out, out->who, VIA_UPSTREAM, upstream);
}

/* ".../0000:00:1e.0/0000:05:00.0/nvme/nvme0"; over a fabric there is no function. */
static void parse_nvme(struct emit *out, str link)
{
	str name, rest = str_trim(link);
	uint32_t function = ENTITY_NONE;

	while (function == ENTITY_NONE && str_cut_last(rest, '/', &rest, &name))
		function = pci_of_path(out, name);
	if (function != ENTITY_NONE)
		emit_relation(out, out->who, VIA_PCI, function);
}

static int parse_node(struct emit *out, str from)
{
	int64_t node;

	if (str_i64(str_trim(from), &node) < 0)
		return -EBADMSG;
	emit(out, NUMA_NODE, node);
	if (node >= 0)
		emit_relation(out, out->who, VIA_NODE, emit_numbered(out, NODE, (uint64_t)node));
	return 0;
}

static int parse(struct emit *out, unsigned text, str from)
{
	switch (text) {
	case TEXT_UPSTREAM:
		parse_upstream(out, from);
		return 0;
	case TEXT_DRIVER:
		emit_text(out, DRIVER, out->who, str_base(str_trim(from)));
		return 0;
	case TEXT_NUMA_NODE:
		return parse_node(out, from);
	case TEXT_NVME:
		parse_nvme(out, from);
		return 0;
	default:
		return parse_one_value(out, text, from);
	}
}

const struct collector pcie_collector = {
	.name = "pcie",
	.about = "PCI functions: what they are, their drivers and their place",
	.pace = RARE,
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse,
};
