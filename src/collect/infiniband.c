/* RDMA devices and ports, their state and what they belong to, from /sys/class/infiniband. */
#include <errno.h>

#include "collect/keyed.h"
#include "collect/pci.h"
#include "collect/run.h"

enum { PORT_STATE, PHYS_STATE, RATE, LINK_LAYER, FIRMWARE_VERSION, NODE_TYPE };

/* clang-format off */
static const struct signal signals[] = {
	[PORT_STATE]       = { "rdma.port.state",      "state",      STATE, ONE,      RDMA, NONE, CHEAP, "1 DOWN, 2 INIT, 3 ARMED, 4 ACTIVE, 5 ACTIVE_DEFER" },
	[PHYS_STATE]       = { "rdma.port.phys_state", "phys_state", STATE, ONE,      RDMA, NONE, CHEAP, "1 Sleep, 2 Polling, 3 Disabled, 4 training, 5 LinkUp, 6 link error recovery" },
	[RATE]             = { "rdma.port.rate",       "rate",       STATE, MEGABITS, RDMA, NONE, CHEAP, "rate of the link now, all its lanes together" },
	[LINK_LAYER]       = { "rdma.port.link_layer", "link_layer", FACT,  TEXT,     RDMA, NONE, CHEAP, "InfiniBand, or Ethernet (RoCE, iWARP, EFA)" },
	[FIRMWARE_VERSION] = { "rdma.fw_ver",          "fw_ver",     FACT,  TEXT,     RDMA, NONE, CHEAP, "firmware version of the device" },
	[NODE_TYPE]        = { "rdma.node_type",       "node_type",  FACT,  TEXT,     RDMA, NONE, CHEAP, "1: CA is InfiniBand or RoCE, 4: RNIC is iWARP" },
};
/* clang-format on */

enum {
	TEXT_STATE,
	TEXT_PHYS_STATE,
	TEXT_RATE,
	TEXT_LINK_LAYER,
	TEXT_FW_VER,
	TEXT_NODE_TYPE,
	TEXT_PCI,
	TEXT_PARENT,
	TEXT_NETDEV
};

#define NO_RDMA "no RDMA device, or its driver is not loaded"

/*
 * An index of the GID table that holds nothing answers -EINVAL. The table has up to 1,024 of them:
 * the first belong to the port's own netdev, those behind it to VLANs above it.
 */
#define NETDEV_OF_GID(index)                                                                                      \
	{                                                                                                         \
		.path = "sys/class/infiniband/*/ports/*/gid_attrs/ndevs/" #index,                                 \
		.who = "rdma:%1/%2", .normal_error = -EINVAL,                                                     \
		.absent =                                                                                         \
			"no netdev behind this GID: InfiniBand, or the interface is down or in another namespace" \
	}

/*
 * drivers/infiniband/core/sysfs.c: state, phys_state and rate are ib_query_port(), a command to the
 * firmware of most devices; one that hangs keeps whoever waits for it.
 */
static const struct text_source texts[] = {
	[TEXT_STATE] = { .path = "sys/class/infiniband/*/ports/*/state",
		.who = "rdma:%1/%2",
		.asks_device = true,
		.absent = NO_RDMA },
	[TEXT_PHYS_STATE] = { .path = "sys/class/infiniband/*/ports/*/phys_state",
		.who = "rdma:%1/%2",
		.absent = NO_RDMA },
	[TEXT_RATE] = { .path = "sys/class/infiniband/*/ports/*/rate",
		.who = "rdma:%1/%2",
		.absent = NO_RDMA },
	[TEXT_LINK_LAYER] = { .path = "sys/class/infiniband/*/ports/*/link_layer",
		.who = "rdma:%1/%2",
		.absent = NO_RDMA },
	[TEXT_FW_VER] = { .path = "sys/class/infiniband/*/fw_ver",
		.who = "rdma:%1",
		.may_be_silent = true,
		.absent = "the driver does not tell its firmware's version" },
	[TEXT_NODE_TYPE] = { .path = "sys/class/infiniband/*/node_type",
		.who = "rdma:%1",
		.absent = NO_RDMA },
	[TEXT_PCI] = { .path = "sys/class/infiniband/*/device",
		.who = "rdma:%1",
		.kind = LINK_TEXT,
		.may_be_silent = true,
		.absent = "an RDMA device without hardware of its own (rxe, siw)" },
	[TEXT_PARENT] = { .path = "sys/class/infiniband/*/parent",
		.who = "rdma:%1",
		.absent = "only software RDMA devices name the interface they are made on" },
	[TEXT_NETDEV] = NETDEV_OF_GID(0),
	NETDEV_OF_GID(1),
	NETDEV_OF_GID(2),
	NETDEV_OF_GID(3),
	NETDEV_OF_GID(4),
	NETDEV_OF_GID(5),
};

/* "4: ACTIVE" */
static int parse_state(struct emit *out, unsigned row, str from)
{
	uint64_t state;
	str number = from;

	str_cut(from, ':', &number, NULL);
	if (str_u64(str_trim(number), &state) < 0)
		return -EBADMSG;
	emit(out, row, (int64_t)state);
	return 0;
}

/* "10 Gb/sec (1X FDR10)", "2.5 Gb/sec (1X SDR)" */
static int parse_rate(struct emit *out, str from)
{
	int64_t rate;
	str number, unit;

	if (!str_next_word(&from, &number) || !str_next_word(&from, &unit) ||
		!str_is(unit, "Gb/sec") || str_fixed(number, 3, &rate) < 0)
		return -EBADMSG;
	emit(out, RATE, rate);
	return 0;
}

static int parse_netdev(struct emit *out, str from)
{
	str name = str_trim(from);

	if (name.n == 0 || str_has(name, '/'))
		return -EBADMSG;
	emit_relation(out, out->who, VIA_NETDEV, emit_entity(out, NETDEV, name));
	return 0;
}

static void parse_device(struct emit *out, str link)
{
	uint32_t function = pci_of_path(out, link);

	if (function != ENTITY_NONE)
		emit_relation(out, out->who, VIA_PCI, function);
}

static int parse(struct emit *out, unsigned text, str from)
{
	switch (text) {
	case TEXT_STATE:
		emit_relation(out, out->who, VIA_PARENT, emit_entity(out, RDMA, out->match[0]));
		return parse_state(out, PORT_STATE, from);
	case TEXT_PHYS_STATE:
		return parse_state(out, PHYS_STATE, from);
	case TEXT_RATE:
		return parse_rate(out, from);
	case TEXT_LINK_LAYER:
	case TEXT_FW_VER:
	case TEXT_NODE_TYPE:
		return parse_one_value(out, text, from);
	case TEXT_PCI:
		parse_device(out, from);
		return 0;
	default:
		return parse_netdev(out, from);
	}
}

/* Read, and said to be absent only if nothing else stands in for it. */
static bool one_of(struct collect *c, unsigned text, bool other)
{
	int r = collect_declared_one(c, text);

	if (r == -ENOENT && other)
		collect_spare(c, text);
	return r == 0;
}

/*
 * Hardware has a PCI function, software a parent, and the first GID tells the netdev of most ports.
 */
static int collect(struct collect *c)
{
	bool hardware, netdev;

	for (unsigned text = 0; text < TEXT_PCI; text++)
		collect_declared_one(c, text);
	hardware = collect_declared_one(c, TEXT_PCI) == 0;
	if (one_of(c, TEXT_PARENT, hardware) && !hardware)
		collect_spare(c, TEXT_PCI);
	netdev = collect_declared_one(c, TEXT_NETDEV) == 0;
	for (unsigned text = TEXT_NETDEV + 1; text < sizeof(texts) / sizeof(*texts); text++)
		one_of(c, text, netdev);
	return 0;
}

const struct collector infiniband_collector = {
	.name = "infiniband",
	.about = "RDMA devices and ports: state, rate, and what they belong to",
	.pace = SOON,
	.may_hang = true,
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse,
	.collect = collect,
};
