/*
 * Network interfaces: one rtnetlink dump per network namespace; in trees also /proc/net/dev and
 * sysfs.
 */
#include <errno.h>
#include <net/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stddef.h>

#include "base/netlink.h"
#include "collect/interfaces.h"
#include "collect/keyed.h"
#include "collect/pci.h"

enum row {
	RX_BYTES,
	RX_PACKETS,
	RX_ERRORS,
	RX_DROPPED,
	RX_MISSED,
	RX_OVER,
	RX_FIFO,
	RX_CRC,
	RX_FRAME,
	RX_LENGTH,
	RX_NOHANDLER,
	RX_MULTICAST,
	TX_BYTES,
	TX_PACKETS,
	TX_ERRORS,
	TX_DROPPED,
	TX_FIFO,
	TX_CARRIER,
	TX_ABORTED,
	TX_WINDOW,
	TX_HEARTBEAT,
	TX_COLLISIONS,
	OPERSTATE,
	CARRIER,
	CARRIER_CHANGES,
	CARRIER_UP,
	CARRIER_DOWN,
	ADMIN_UP,
	MTU,
	TXQLEN,
	QUEUES_RX,
	QUEUES_TX,
	IFINDEX,
	QDISC,
	KIND,
	MASTER,
	LINK,
	SPEED,
	DUPLEX,
};

/* clang-format off */
static const struct signal signals[] = {
	[RX_BYTES]        = { "nic.rx.bytes",        "rx_bytes",            COUNTER, BYTES,    NETDEV, NONE, FREE, "bytes received (RDMA traffic is not in it)" },
	[RX_PACKETS]      = { "nic.rx.packets",      "rx_packets",          COUNTER, PACKETS,  NETDEV, NONE, FREE, "packets received" },
	[RX_ERRORS]       = { "nic.rx.errors",       "rx_errors",           COUNTER, PACKETS,  NETDEV, NONE, FREE, "bad packets received, of all kinds" },
	[RX_DROPPED]      = { "nic.rx.dropped",      "rx_dropped",          COUNTER, PACKETS,  NETDEV, NONE, FREE, "packets received and dropped by the stack or driver (with those missed, where only /proc/net/dev is there)" },
	[RX_MISSED]       = { "nic.rx.missed",       "rx_missed_errors",    COUNTER, PACKETS,  NETDEV, NONE, FREE, "packets the device dropped because the host had given it no buffers: the ring was full" },
	[RX_OVER]         = { "nic.rx.over",         "rx_over_errors",      COUNTER, PACKETS,  NETDEV, NONE, FREE, "packets that overran the device's own buffer" },
	[RX_FIFO]         = { "nic.rx.fifo",         "rx_fifo_errors",      COUNTER, PACKETS,  NETDEV, NONE, FREE, "packets lost to a full receive FIFO of the device" },
	[RX_CRC]          = { "nic.rx.crc",          "rx_crc_errors",       COUNTER, PACKETS,  NETDEV, NONE, FREE, "packets received with a wrong checksum: cable, optics, connector" },
	[RX_FRAME]        = { "nic.rx.frame",        "rx_frame_errors",     COUNTER, PACKETS,  NETDEV, NONE, FREE, "packets received that were not aligned (with length, over and crc, where only /proc/net/dev is there)" },
	[RX_LENGTH]       = { "nic.rx.length",       "rx_length_errors",    COUNTER, PACKETS,  NETDEV, NONE, FREE, "packets received with a wrong length" },
	[RX_NOHANDLER]    = { "nic.rx.nohandler",    "rx_nohandler",        COUNTER, PACKETS,  NETDEV, NONE, FREE, "packets received by an inactive port of a bond or team" },
	[RX_MULTICAST]    = { "nic.rx.multicast",    "multicast",           COUNTER, PACKETS,  NETDEV, NONE, FREE, "multicast packets received" },
	[TX_BYTES]        = { "nic.tx.bytes",        "tx_bytes",            COUNTER, BYTES,    NETDEV, NONE, FREE, "bytes sent (RDMA traffic is not in it)" },
	[TX_PACKETS]      = { "nic.tx.packets",      "tx_packets",          COUNTER, PACKETS,  NETDEV, NONE, FREE, "packets sent" },
	[TX_ERRORS]       = { "nic.tx.errors",       "tx_errors",           COUNTER, PACKETS,  NETDEV, NONE, FREE, "packets that could not be sent, of all kinds" },
	[TX_DROPPED]      = { "nic.tx.dropped",      "tx_dropped",          COUNTER, PACKETS,  NETDEV, NONE, FREE, "packets dropped on their way out" },
	[TX_FIFO]         = { "nic.tx.fifo",         "tx_fifo_errors",      COUNTER, PACKETS,  NETDEV, NONE, FREE, "packets lost because the device ran out of data while it sent" },
	[TX_CARRIER]      = { "nic.tx.carrier",      "tx_carrier_errors",   COUNTER, PACKETS,  NETDEV, NONE, FREE, "packets lost because the carrier went away" },
	[TX_ABORTED]      = { "nic.tx.aborted",      "tx_aborted_errors",   COUNTER, PACKETS,  NETDEV, NONE, FREE, "packets given up after too many collisions" },
	[TX_WINDOW]       = { "nic.tx.window",       "tx_window_errors",    COUNTER, PACKETS,  NETDEV, NONE, FREE, "packets lost to late collisions" },
	[TX_HEARTBEAT]    = { "nic.tx.heartbeat",    "tx_heartbeat_errors", COUNTER, PACKETS,  NETDEV, NONE, FREE, "packets sent without the transceiver's heartbeat" },
	[TX_COLLISIONS]   = { "nic.tx.collisions",   "collisions",          COUNTER, PACKETS,  NETDEV, NONE, FREE, "collisions: the other end is half duplex" },
	[OPERSTATE]       = { "nic.operstate",       "operstate",           STATE,   TEXT,     NETDEV, NONE, FREE, "operational state: up, down, lowerlayerdown, dormant, ..." },
	[CARRIER]         = { "nic.carrier",         "carrier",             STATE,   ONE,      NETDEV, NONE, FREE, "1: the link has a carrier" },
	[CARRIER_CHANGES] = { "nic.carrier.changes", "carrier_changes",     COUNTER, ONE,      NETDEV, NONE, FREE, "times the carrier came or went", 32 },
	[CARRIER_UP]      = { "nic.carrier.up",      "carrier_up_count",    COUNTER, ONE,      NETDEV, NONE, FREE, "times the carrier came", 32 },
	[CARRIER_DOWN]    = { "nic.carrier.down",    "carrier_down_count",  COUNTER, ONE,      NETDEV, NONE, FREE, "times the carrier went", 32 },
	[ADMIN_UP]        = { "nic.admin_up",        "flags",               STATE,   ONE,      NETDEV, NONE, FREE, "1: somebody has set the interface up" },
	[MTU]             = { "nic.mtu",             "mtu",                 FACT,    BYTES,    NETDEV, NONE, FREE, "largest packet the interface sends" },
	[TXQLEN]          = { "nic.tx_queue_len",    "tx_queue_len",        FACT,    PACKETS,  NETDEV, NONE, FREE, "length of the default queue in front of the device" },
	[QUEUES_RX]       = { "nic.queues.rx",       NULL,                  FACT,    ONE,      NETDEV, NONE, FREE, "receive queues the driver has laid out" },
	[QUEUES_TX]       = { "nic.queues.tx",       NULL,                  FACT,    ONE,      NETDEV, NONE, FREE, "transmit queues the driver has laid out" },
	[IFINDEX]         = { "nic.ifindex",         "ifindex",             FACT,    ONE,      NETDEV, NONE, FREE, "number of the interface, as kernel log records name it" },
	[QDISC]           = { "nic.qdisc",           NULL,                  FACT,    TEXT,     NETDEV, NONE, FREE, "queueing discipline at the root" },
	[KIND]            = { "nic.kind",            NULL,                  FACT,    TEXT,     NETDEV, NONE, FREE, "kind of a virtual interface: veth, bond, vlan, bridge, ..." },
	[MASTER]          = { "nic.master",          NULL,                  FACT,    TEXT,     NETDEV, NONE, FREE, "bond, bridge or team the interface is a port of" },
	[LINK]            = { "nic.link",            NULL,                  FACT,    TEXT,     NETDEV, NONE, FREE, "interface below a VLAN or macvlan; the other end of a veth in the same namespace" },
	[SPEED]           = { "nic.speed",           "speed",               STATE,   MEGABITS, NETDEV, NONE, FIRMWARE, "speed of the link; -1: the driver does not know" },
	[DUPLEX]          = { "nic.duplex",          "duplex",              STATE,   TEXT,     NETDEV, NONE, FIRMWARE, "full, half or unknown" },
};

enum { ASK, DEV, CARRIER_FILE, FLAGS = CARRIER_FILE + 7, FIRST_EXACT, PLACE = FIRST_EXACT + 11, SPEED_FILE, DUPLEX_FILE };
static const struct text_source texts[] = {
	[ASK] = { .path = "ask/rtnl/link", .who = "host" },
	/* when there is no answer of rtnetlink */
	[DEV] = { .path = "proc/net/dev", .who = "host", .each_namespace = true },
	[CARRIER_FILE] =
	{ .path = "sys/class/net/*/carrier", .who = "netdev:%1", .normal_error = -EINVAL }, /* not set up */
	{ .path = "sys/class/net/*/carrier_changes", .who = "netdev:%1" },
	{ .path = "sys/class/net/*/carrier_up_count", .who = "netdev:%1" },
	{ .path = "sys/class/net/*/carrier_down_count", .who = "netdev:%1" },
	{ .path = "sys/class/net/*/operstate", .who = "netdev:%1" },
	{ .path = "sys/class/net/*/mtu", .who = "netdev:%1" },
	{ .path = "sys/class/net/*/tx_queue_len", .who = "netdev:%1" },
	[FLAGS] = { .path = "sys/class/net/*/flags", .who = "netdev:%1" },
	/* what /proc/net/dev adds up or leaves out, exactly */
	[FIRST_EXACT] =
	{ .path = "sys/class/net/*/statistics/rx_dropped", .who = "netdev:%1" },
	{ .path = "sys/class/net/*/statistics/rx_missed_errors", .who = "netdev:%1" },
	{ .path = "sys/class/net/*/statistics/rx_over_errors", .who = "netdev:%1" },
	{ .path = "sys/class/net/*/statistics/rx_crc_errors", .who = "netdev:%1" },
	{ .path = "sys/class/net/*/statistics/rx_frame_errors", .who = "netdev:%1" },
	{ .path = "sys/class/net/*/statistics/rx_length_errors", .who = "netdev:%1" },
	{ .path = "sys/class/net/*/statistics/rx_nohandler", .who = "netdev:%1" },
	{ .path = "sys/class/net/*/statistics/tx_carrier_errors", .who = "netdev:%1" },
	{ .path = "sys/class/net/*/statistics/tx_aborted_errors", .who = "netdev:%1" },
	{ .path = "sys/class/net/*/statistics/tx_window_errors", .who = "netdev:%1" },
	{ .path = "sys/class/net/*/statistics/tx_heartbeat_errors", .who = "netdev:%1" },
	/* what rtnetlink does not say */
	[PLACE] = { .path = "sys/class/net/*", .who = "netdev:%1", .kind = LINK_TEXT, .may_be_silent = true },
	[SPEED_FILE] = { .path = "sys/class/net/*/speed", .who = "netdev:%1", .normal_error = -EINVAL }, /* link down, or no such thing */
	[DUPLEX_FILE] = { .path = "sys/class/net/*/duplex", .who = "netdev:%1", .normal_error = -EINVAL },
};

/* struct rtnl_link_stats64 grows at its end: a field counts when the kernel sent it. */
#define FIELD(name) offsetof(struct rtnl_link_stats64, name)
static const struct {
	size_t offset;
	enum row row;
} fields[] = {
	{ FIELD(rx_packets), RX_PACKETS }, { FIELD(tx_packets), TX_PACKETS },
	{ FIELD(rx_bytes), RX_BYTES }, { FIELD(tx_bytes), TX_BYTES },
	{ FIELD(rx_errors), RX_ERRORS }, { FIELD(tx_errors), TX_ERRORS },
	{ FIELD(rx_dropped), RX_DROPPED }, { FIELD(tx_dropped), TX_DROPPED },
	{ FIELD(multicast), RX_MULTICAST }, { FIELD(collisions), TX_COLLISIONS },
	{ FIELD(rx_length_errors), RX_LENGTH }, { FIELD(rx_over_errors), RX_OVER },
	{ FIELD(rx_crc_errors), RX_CRC }, { FIELD(rx_frame_errors), RX_FRAME },
	{ FIELD(rx_fifo_errors), RX_FIFO }, { FIELD(rx_missed_errors), RX_MISSED },
	{ FIELD(tx_aborted_errors), TX_ABORTED }, { FIELD(tx_carrier_errors), TX_CARRIER },
	{ FIELD(tx_fifo_errors), TX_FIFO }, { FIELD(tx_heartbeat_errors), TX_HEARTBEAT },
	{ FIELD(tx_window_errors), TX_WINDOW }, { FIELD(rx_nohandler), RX_NOHANDLER },
};

static const struct {
	unsigned type;
	enum row row;
	int (*read)(str value, int64_t *ret);
} numbers[] = {
	{ IFLA_MTU, MTU, attribute_u32 },
	{ IFLA_TXQLEN, TXQLEN, attribute_u32 },
	{ IFLA_NUM_RX_QUEUES, QUEUES_RX, attribute_u32 },
	{ IFLA_NUM_TX_QUEUES, QUEUES_TX, attribute_u32 },
	{ IFLA_CARRIER, CARRIER, attribute_u8 },
	{ IFLA_CARRIER_CHANGES, CARRIER_CHANGES, attribute_u32 },
	{ IFLA_CARRIER_UP_COUNT, CARRIER_UP, attribute_u32 },
	{ IFLA_CARRIER_DOWN_COUNT, CARRIER_DOWN, attribute_u32 },
};
/* clang-format on */

/* net/core/net-sysfs.c: operstates[], the words of the sysfs file for the numbers of RFC 2863 */
static const char *const operstates[] = { "unknown", "notpresent", "down", "lowerlayerdown",
	"testing", "dormant", "up" };

enum { KNOWN_ATTRIBUTES = 64, MOST_LOOKUPS = 256 };
_Static_assert((int)IFLA_CARRIER_DOWN_COUNT < (int)KNOWN_ATTRIBUTES,
	"attributes are sorted into an array");

/* The interface that a number stands for is found in the same reply: most have the same master. */
struct lookup {
	uint32_t index;
	str name;
};

struct dump {
	str whole;
	struct lookup master, link;
	unsigned lookups;
};

static bool read_link_message(
	str *rest, struct ifinfomsg *ret_info, str *ret_attributes, int *ret_error)
{
	struct nlmsghdr header;
	str payload;
	int r;

	while ((r = message_next(rest, &header, &payload)) > 0) {
		if (header.nlmsg_type != RTM_NEWLINK)
			continue;
		if (payload.n < sizeof(*ret_info)) {
			*ret_error = -EBADMSG;
			continue;
		}
		memcpy(ret_info, payload.p, sizeof(*ret_info));
		*ret_attributes = str_from(payload, NLMSG_ALIGN(sizeof(*ret_info)));
		return true;
	}
	if (r < 0)
		*ret_error = r;
	return false;
}

/* Bounded: a reply that makes us search for every line of it is not one of a kernel. */
static str find_name(struct dump *dump, struct lookup *memo, int64_t index)
{
	struct ifinfomsg info;
	struct attribute one;
	str rest = dump->whole, attributes;
	int error = 0;

	if (memo->index == index)
		return memo->name;
	if (dump->lookups++ >= MOST_LOOKUPS)
		return (str){ "", 0 };
	*memo = (struct lookup){ (uint32_t)index, { "", 0 } };
	while (read_link_message(&rest, &info, &attributes, &error)) {
		if (info.ifi_index != index)
			continue;
		while (attribute_next(&attributes, &one))
			if (one.type == IFLA_IFNAME && interface_is_name(attribute_text(one.value)))
				memo->name = attribute_text(one.value);
		break;
	}
	return memo->name;
}

static int emit_statistics(struct emit *out, uint32_t who, str statistics)
{
	uint64_t count;

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		if (fields[i].offset + sizeof(count) > statistics.n)
			continue;
		memcpy(&count, statistics.p + fields[i].offset, sizeof(count));
		emit_at(out, fields[i].row, who, 0, (int64_t)count);
	}
	return statistics.n < sizeof(count) ? -EBADMSG : 0;
}

static int emit_numbers(struct emit *out, uint32_t who, const str *attributes)
{
	int64_t value;
	int r = 0;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		str from = attributes[numbers[i].type];

		if (!from.p)
			continue;
		if (numbers[i].read(from, &value) == 0)
			emit_at(out, numbers[i].row, who, 0, value);
		else
			r = -EBADMSG;
	}
	return r;
}

static int emit_texts(struct emit *out, uint32_t who, const str *attributes, str *ret_kind)
{
	str inside[IFLA_INFO_KIND + 1] = { 0 };
	int64_t state;
	int r = 0;

	if (attribute_text(attributes[IFLA_QDISC]).n)
		emit_text(out, QDISC, who, attribute_text(attributes[IFLA_QDISC]));
	if (!attributes_sort(attributes[IFLA_LINKINFO], inside, IFLA_INFO_KIND + 1))
		r = -EBADMSG;
	*ret_kind = attribute_text(inside[IFLA_INFO_KIND]);
	if (ret_kind->n)
		emit_text(out, KIND, who, *ret_kind);
	if (!attributes[IFLA_OPERSTATE].p)
		return r;
	if (attribute_u8(attributes[IFLA_OPERSTATE], &state) < 0)
		return -EBADMSG;
	if (state < (int64_t)(sizeof(operstates) / sizeof(*operstates)))
		emit_text(out, OPERSTATE, who, str_of(operstates[state]));
	return r;
}

/*
 * What lies below what: a VLAN on its interface, a bond on its ports. A veth's link is the other
 * end, which is not below it. With IFLA_LINK_NETNSID the number is one of another namespace.
 */
static int emit_neighbours(
	struct emit *out, uint32_t who, const str *attributes, str kind, struct dump *dump)
{
	int64_t index;
	str name;
	int r = 0;

	if (attributes[IFLA_MASTER].p) {
		r = attribute_u32(attributes[IFLA_MASTER], &index);
		name = r == 0 && index ? find_name(dump, &dump->master, index) : (str){ "", 0 };
		if (name.n) {
			emit_text(out, MASTER, who, name);
			emit_relation(out, emit_entity(out, NETDEV, name), VIA_NETDEV, who);
		}
	}
	if (attributes[IFLA_LINK].p && !attributes[IFLA_LINK_NETNSID].p) {
		if (attribute_u32(attributes[IFLA_LINK], &index) < 0)
			return -EBADMSG;
		name = index ? find_name(dump, &dump->link, index) : (str){ "", 0 };
		if (name.n) {
			emit_text(out, LINK, who, name);
			if (!str_is(kind, "veth"))
				emit_relation(out, who, VIA_NETDEV, emit_entity(out, NETDEV, name));
		}
	}
	return r;
}

static int parse_link(struct emit *out, const struct ifinfomsg *info, str from, struct dump *dump)
{
	str attributes[KNOWN_ATTRIBUTES] = { 0 }, name, kind;
	uint32_t who;
	int r = attributes_sort(from, attributes, KNOWN_ATTRIBUTES) ? 0 : -EBADMSG;

	name = attribute_text(attributes[IFLA_IFNAME]);
	if (!interface_is_name(name))
		return -EBADMSG;
	who = emit_entity(out, NETDEV, name);
	emit_at(out, ADMIN_UP, who, 0, (info->ifi_flags & IFF_UP) != 0);
	emit_at(out, IFINDEX, who, 0, info->ifi_index);
	if (attributes[IFLA_STATS64].p && emit_statistics(out, who, attributes[IFLA_STATS64]) < 0)
		r = -EBADMSG;
	if (emit_numbers(out, who, attributes) < 0)
		r = -EBADMSG;
	if (emit_texts(out, who, attributes, &kind) < 0)
		r = -EBADMSG;
	if (emit_neighbours(out, who, attributes, kind, dump) < 0)
		r = -EBADMSG;
	return r;
}

static int parse_reply(struct emit *out, str from)
{
	struct dump dump = { .whole = from };
	struct ifinfomsg info;
	str attributes;
	int r = 0;

	while (read_link_message(&from, &info, &attributes, &r))
		if (parse_link(out, &info, attributes, &dump) < 0)
			r = -EBADMSG;
	/* what follows the last message is NLMSG_DONE: without it the dump was cut */
	return from.n == 0 ? -EBADMSG : r;
}

/* net/core/net-procfs.c: dev_seq_printf_stats() */
enum { COMPRESSED = -1 };
static const int dev_columns[] = { RX_BYTES, RX_PACKETS, RX_ERRORS, RX_DROPPED, RX_FIFO, RX_FRAME,
	COMPRESSED, RX_MULTICAST, TX_BYTES, TX_PACKETS, TX_ERRORS, TX_DROPPED, TX_FIFO,
	TX_COLLISIONS, TX_CARRIER, COMPRESSED };
enum { DEV_COLUMNS = sizeof(dev_columns) / sizeof(*dev_columns) };

static int parse_dev_line(struct emit *out, str name, str numbers_of)
{
	str words[DEV_COLUMNS];
	uint64_t count;
	unsigned n = 0;
	uint32_t who;
	int r = 0;

	while (n < DEV_COLUMNS && str_next_word(&numbers_of, &words[n]))
		n++;
	if (n < DEV_COLUMNS || !interface_is_name(name))
		return -EBADMSG;
	who = emit_entity(out, NETDEV, name);
	for (unsigned i = 0; i < n; i++) {
		if (dev_columns[i] < 0)
			continue;
		if (str_u64(words[i], &count) == 0)
			emit_at(out, (unsigned)dev_columns[i], who, 0, (int64_t)count);
		else
			r = -EBADMSG;
	}
	return r;
}

/* The last colon ends the name: an alias has one in it, and old kernels put no blank behind it. */
static int parse_dev(struct emit *out, str from)
{
	str line, name, rest;
	int r = 0;

	while (str_next_line(&from, &line)) {
		if (str_has(line, '|') || str_trim(line).n == 0)
			continue;
		if (!str_cut_last(line, ':', &name, &rest) ||
			parse_dev_line(out, str_trim(name), rest) < 0)
			r = -EBADMSG;
	}
	return r;
}

static int parse_flags(struct emit *out, str from)
{
	uint64_t flags;

	if (str_hex(str_trim(from), &flags) < 0)
		return -EBADMSG;
	emit(out, ADMIN_UP, (flags & IFF_UP) != 0);
	return 0;
}

static void parse_place(struct emit *out, str from)
{
	str function = pci_last_of_path(from);

	if (function.n)
		emit_relation(out, out->who, VIA_PCI, emit_global_entity(out, PCI, function));
}

static int parse(struct emit *out, unsigned text, str from)
{
	switch (text) {
	case ASK:
		return parse_reply(out, from);
	case DEV:
		return parse_dev(out, from);
	case FLAGS:
		return parse_flags(out, from);
	case PLACE:
		parse_place(out, from);
		return 0;
	default:
		return parse_one_value(out, text, from);
	}
}

static const struct {
	struct nlmsghdr header;
	struct ifinfomsg info;
} request = {
	.header = {
		.nlmsg_len = sizeof(request),
		.nlmsg_type = RTM_GETLINK,
		.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
	},
};
static const struct host_question question = {
	.key = "rtnl/link",
	.protocol = NETLINK_ROUTE,
	.request = &request,
	.request_size = sizeof(request),
};

static bool could_be_had(int r)
{
	return r == 0 || r == -EBADMSG || r == -ENODATA;
}

/* One that went away since it was found is no failure. */
static void ask_namespaces(struct collect *c)
{
	for (unsigned ns = 1; ns < collect_namespaces(c); ns++) {
		int r = collect_ask(c, ASK, ns, &question);

		if (r < 0 && r != -ENOENT && r != -ESRCH)
			collect_failure(c, ASK,
				entity_add(&collect_emit(c)->session->entities, HOST,
					host_namespace_name(collect_host(c), ns), (str){ "", 0 }),
				r);
	}
}

static int collect(struct collect *c)
{
	int r = collect_ask(c, ASK, 0, &question);
	bool asked = could_be_had(r);

	if (asked)
		ask_namespaces(c);
	else
		collect_spare(c, ASK);
	if (r < 0 && r != -ENOENT)
		collect_failure(c, ASK, ENTITY_NONE, r);
	for (unsigned text = DEV; text < PLACE; text++)
		if (asked)
			collect_spare(c, text);
		else
			collect_declared_one(c, text);
	for (unsigned text = PLACE; text <= DUPLEX_FILE; text++)
		collect_declared_one(c, text);
	return 0;
}

const struct collector netdev_collector = {
	.name = "netdev",
	.about = "network interfaces: traffic, drops, errors, carrier and speed",
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse,
	.collect = collect,
};
