/* What the drivers of network interfaces count under names of their own, mapped to what it means. */
#include <errno.h>
#include <linux/ethtool.h>
#include <stdio.h>

#include "collect/interfaces.h"
#include "collect/other.h"
#include "model/catalog.h"

/*
 * One meaning, one signal; the words of drivers for it stand behind each other, '#' for a number in
 * them: of a priority or a queue, as the signal has it. Two words of one driver never share a row.
 * The words are those of mlx5, bnxt, ice, i40e, ixgbe, igb, e1000e, ena, virtio_net and vmxnet3.
 */
/* clang-format off */
static const struct signal signals[] = {
	{ "nic.driver",                  NULL,                                      FACT,    TEXT,     NETDEV, NONE, FREE, "driver of the interface's device" },
	/* buffers */
	{ "nic.rx.no_buffer",            "rx_out_of_buffer|pkts rx OOB|rx_no_dma_resources|rx_drops|rx_dropped.nic|port.rx_discards|rx_discards", COUNTER, PACKETS, NETDEV, NONE, FIRMWARE, "packets that found no receive buffer: the host does not empty the ring fast enough" },
	{ "nic.rx.no_descriptor",        "rx_no_buffer_count",                      COUNTER, PACKETS,  NETDEV, NONE, FIRMWARE, "packets that waited in the device because no receive descriptor was free" },
	{ "nic.rx.alloc_failed",         "rx_buff_alloc_err|rx_alloc_fail|rx_buf_errors|alloc_rx_buff_failed", COUNTER, ONE, NETDEV, NONE, FIRMWARE, "receive buffers for which the host had no memory" },
	{ "nic.rx.page_alloc_failed",    "rx_pg_alloc_fail|alloc_rx_page_failed|alloc_rx_page", COUNTER, ONE, NETDEV, NONE, FIRMWARE, "pages for receive buffers that the host had no memory for" },
	{ "nic.rx.steer_missed",         "rx_steer_missed_packets",                 COUNTER, PACKETS,  NETDEV, NONE, FIRMWARE, "packets received that no steering rule of the device wanted" },
	{ "nic.rx.oversize",             "rx_oversize_pkts_buffer",                 COUNTER, PACKETS,  NETDEV, NONE, FIRMWARE, "packets received that were longer than their buffer" },
	/* sending */
	{ "nic.tx.stopped",              "tx_queue_stopped|tx_stopped",             COUNTER, ONE,      NETDEV, NONE, FIRMWARE, "times a transmit queue was full and was stopped" },
	{ "nic.tx.woken",                "tx_queue_wake|tx_restart|tx_restart_queue", COUNTER, ONE,    NETDEV, NONE, FIRMWARE, "times a stopped transmit queue went on" },
	{ "nic.tx.busy",                 "tx_busy",                                 COUNTER, PACKETS,  NETDEV, NONE, FIRMWARE, "packets for which the transmit ring had no room" },
	{ "nic.tx.queue_dropped",        "tx_queue_dropped",                        COUNTER, PACKETS,  NETDEV, NONE, FIRMWARE, "packets the driver dropped because they could not be mapped for DMA or were malformed" },
	{ "nic.tx.timeouts",             "tx_tx_timeouts|tx_timeout_count|port.tx_timeout|tx_timeout.nic|tx_timeout", COUNTER, ONE, NETDEV, NONE, FIRMWARE, "times the driver was told that a transmit queue is stuck" },
	{ "nic.tx.cqe_errors",           "tx_cqe_err",                              COUNTER, ONE,      NETDEV, NONE, FIRMWARE, "completions of sending that were errors" },
	{ "nic.tx.recovered",            "tx_recover",                              COUNTER, ONE,      NETDEV, NONE, FIRMWARE, "times a transmit queue was brought back from an error" },
	{ "nic.rx.recovered",            "rx_recover",                              COUNTER, ONE,      NETDEV, NONE, FIRMWARE, "times a receive queue was brought back from an error" },
	{ "nic.rx.wqe_errors",           "rx_wqe_err",                              COUNTER, ONE,      NETDEV, NONE, FIRMWARE, "receive requests the device could not use" },
	/* pauses of the whole link */
	{ "nic.pause.rx.frames",         "rx_pause_ctrl_phy|rx_flow_control_xoff|port.link_xoff_rx|link_xoff_rx.nic|rx_pause_frames", COUNTER, PACKETS, NETDEV, NONE, FIRMWARE, "frames received that ask us to pause: what we send to is congested" },
	{ "nic.pause.tx.frames",         "tx_pause_ctrl_phy|tx_flow_control_xoff|port.link_xoff_tx|link_xoff_tx.nic|tx_pause_frames", COUNTER, PACKETS, NETDEV, NONE, FIRMWARE, "frames sent that ask the other end to pause: this host does not take what comes" },
	{ "nic.pause.rx.duration",       "rx_global_pause_duration",                COUNTER, USEC,     NETDEV, NONE, FIRMWARE, "how long sending was paused" },
	{ "nic.pause.tx.duration",       "tx_global_pause_duration",                COUNTER, USEC,     NETDEV, NONE, FIRMWARE, "how long the other end was paused by us" },
	{ "nic.pause.storm.warnings",    "tx_pause_storm_warning_events",           COUNTER, ONE,      NETDEV, NONE, FIRMWARE, "times the device paused the other end for longer than it warns of" },
	{ "nic.pause.storm.errors",      "tx_pause_storm_error_events",             COUNTER, ONE,      NETDEV, NONE, FIRMWARE, "times the device paused the other end for so long that it stopped pausing and dropped" },
	/* and of one priority (PFC) */
	{ "nic.pfc.rx.frames",           "rx_prio#_pause|port.rx_priority_#_xoff_rx|port.rx_priority_#_xoff|rx_priority_#_xoff.nic|rx_pfc_ena_frames_pri#|rx_pb_#_pxoff", COUNTER, PACKETS, NETDEV, BY_PRIORITY, FIRMWARE, "frames received that ask us to pause this priority" },
	{ "nic.pfc.tx.frames",           "tx_prio#_pause|port.tx_priority_#_xoff_tx|port.tx_priority_#_xoff|tx_priority_#_xoff.nic|tx_pfc_ena_frames_pri#|tx_pb_#_pxoff", COUNTER, PACKETS, NETDEV, BY_PRIORITY, FIRMWARE, "frames sent that ask the other end to pause this priority" },
	{ "nic.pfc.rx.duration",         "rx_prio#_pause_duration",                 COUNTER, USEC,     NETDEV, BY_PRIORITY, FIRMWARE, "how long sending of this priority was paused" },
	{ "nic.pfc.tx.duration",         "tx_prio#_pause_duration",                 COUNTER, USEC,     NETDEV, BY_PRIORITY, FIRMWARE, "how long this priority of the other end was paused by us" },
	{ "nic.pfc.rx.transitions",      "rx_prio#_pause_transition",               COUNTER, ONE,      NETDEV, BY_PRIORITY, FIRMWARE, "times this priority went from sending to paused" },
	{ "nic.priority.rx.bytes",       "rx_prio#_bytes|rx_bytes_pri#",            COUNTER, BYTES,    NETDEV, BY_PRIORITY, FIRMWARE, "bytes received with this priority, RDMA among them" },
	{ "nic.priority.tx.bytes",       "tx_prio#_bytes|tx_bytes_pri#",            COUNTER, BYTES,    NETDEV, BY_PRIORITY, FIRMWARE, "bytes sent with this priority, RDMA among them" },
	{ "nic.priority.rx.packets",     "rx_prio#_packets|rx_packets_pri#",        COUNTER, PACKETS,  NETDEV, BY_PRIORITY, FIRMWARE, "packets received with this priority" },
	{ "nic.priority.tx.packets",     "tx_prio#_packets|tx_packets_pri#",        COUNTER, PACKETS,  NETDEV, BY_PRIORITY, FIRMWARE, "packets sent with this priority" },
	{ "nic.priority.rx.discards",    "rx_prio#_discards|rx_discard_packets_cos#", COUNTER, PACKETS, NETDEV, BY_PRIORITY, FIRMWARE, "packets of this priority that the device dropped for want of room" },
	{ "nic.priority.rx.buf_discard", "rx_prio#_buf_discard",                    COUNTER, PACKETS,  NETDEV, BY_PRIORITY, FIRMWARE, "packets of this priority dropped because the host took its buffers too slowly" },
	{ "nic.priority.rx.cong_discard", "rx_prio#_cong_discard",                  COUNTER, PACKETS,  NETDEV, BY_PRIORITY, FIRMWARE, "packets of this priority dropped early, by congestion control of the device" },
	{ "nic.priority.rx.marked",      "rx_prio#_marked",                         COUNTER, PACKETS,  NETDEV, BY_PRIORITY, FIRMWARE, "packets of this priority that the device marked as congested" },
	/* the wire */
	{ "nic.phy.rx.discards",         "rx_discards_phy",                         COUNTER, PACKETS,  NETDEV, NONE, FIRMWARE, "packets dropped at the port because the device had no room: its way into the host is congested" },
	{ "nic.phy.tx.discards",         "tx_discards_phy",                         COUNTER, PACKETS,  NETDEV, NONE, FIRMWARE, "packets that could not leave the port" },
	{ "nic.phy.tx.errors",           "tx_errors_phy",                           COUNTER, PACKETS,  NETDEV, NONE, FIRMWARE, "packets the port could not send without an error" },
	{ "nic.phy.rx.crc",              "rx_crc_errors_phy|port.rx_crc_errors|rx_crc_errors.nic|rx_fcs_err_frames|rx_crc_errors", COUNTER, PACKETS, NETDEV, NONE, FIRMWARE, "packets that came with a wrong checksum: cable, optics, connector" },
	{ "nic.phy.rx.symbol_errors",    "rx_symbol_err_phy",                       COUNTER, ONE,      NETDEV, NONE, FIRMWARE, "symbols received that are none" },
	{ "nic.phy.rx.pcs_symbol_errors", "rx_pcs_symbol_err_phy|rx_pcs_symbol_err", COUNTER, ONE,     NETDEV, NONE, FIRMWARE, "symbols that error correction could not mend" },
	{ "nic.phy.rx.corrected_bits",   "rx_corrected_bits_phy|rx_corrected_bits", COUNTER, ONE,      NETDEV, NONE, FIRMWARE, "bits that error correction mended" },
	{ "nic.phy.link_downs",          "link_down_events_phy|link_down_events",   COUNTER, ONE,      NETDEV, NONE, FIRMWARE, "times the port lost its link" },
	{ "nic.phy.local_faults",        "port.mac_local_faults|mac_local_faults.nic", COUNTER, ONE,   NETDEV, NONE, FIRMWARE, "times the port saw no signal it could use" },
	{ "nic.phy.remote_faults",       "port.mac_remote_faults|mac_remote_faults.nic", COUNTER, ONE, NETDEV, NONE, FIRMWARE, "times the other end said that it sees no signal it can use" },
	{ "nic.phy.rx.buffer_passed",    "rx_buffer_passed_thres_phy",              COUNTER, ONE,      NETDEV, NONE, FIRMWARE, "times the buffer of the port was more than 85 % full" },
	/* the way into the host */
	{ "nic.pcie.rx.signal_integrity", "rx_pci_signal_integrity",                COUNTER, ONE,      NETDEV, NONE, FIRMWARE, "times the PCIe link went to recovery because of errors that the device saw" },
	{ "nic.pcie.tx.signal_integrity", "tx_pci_signal_integrity",                COUNTER, ONE,      NETDEV, NONE, FIRMWARE, "times the PCIe link went to recovery because the other end asked for it" },
	{ "nic.pcie.buffer_overflow",    "outbound_pci_buffer_overflow",            COUNTER, PACKETS,  NETDEV, NONE, FIRMWARE, "packets dropped because the host's PCIe took too little" },
	{ "nic.pcie.stalled.read",       "outbound_pci_stalled_rd",                 GAUGE,   SHARE_E4, NETDEV, NONE, FIRMWARE, "share of the last second in which the device had reads and PCIe no credits for them" },
	{ "nic.pcie.stalled.write",      "outbound_pci_stalled_wr",                 GAUGE,   SHARE_E4, NETDEV, NONE, FIRMWARE, "share of the last second in which the device had writes and PCIe no credits for them" },
	{ "nic.pcie.stalled.read_seconds", "outbound_pci_stalled_rd_events",        COUNTER, ONE,      NETDEV, NONE, FIRMWARE, "seconds in which reads had no credits for more than 30 % of the time" },
	{ "nic.pcie.stalled.write_seconds", "outbound_pci_stalled_wr_events",       COUNTER, ONE,      NETDEV, NONE, FIRMWARE, "seconds in which writes had no credits for more than 30 % of the time" },
	{ "nic.internal.queue_oob",      "dev_internal_queue_oob",                  COUNTER, PACKETS,  NETDEV, NONE, FIRMWARE, "packets dropped inside the device: a queue of its own had no buffer" },
	/* the module */
	{ "nic.module.high_temp",        "module_high_temp",                        COUNTER, ONE,      NETDEV, NONE, FIRMWARE, "times the transceiver was too hot" },
	{ "nic.module.unplugged",        "module_unplug",                           COUNTER, ONE,      NETDEV, NONE, FIRMWARE, "times the transceiver was pulled" },
	{ "nic.module.bus_stuck",        "module_bus_stuck",                        COUNTER, ONE,      NETDEV, NONE, FIRMWARE, "times the transceiver could not be asked" },
	{ "nic.module.bad_shorted",      "module_bad_shorted",                      COUNTER, ONE,      NETDEV, NONE, FIRMWARE, "times the cable was bad or shorted" },
	/* RDMA beside the network stack */
	{ "nic.rdma.rx.bytes",           "rx_vport_rdma_unicast_bytes",             COUNTER, BYTES,    NETDEV, NONE, FIRMWARE, "RDMA bytes received, which no other counter of the interface has" },
	{ "nic.rdma.tx.bytes",           "tx_vport_rdma_unicast_bytes",             COUNTER, BYTES,    NETDEV, NONE, FIRMWARE, "RDMA bytes sent, which no other counter of the interface has" },
	{ "nic.rdma.rx.packets",         "rx_vport_rdma_unicast_packets",           COUNTER, PACKETS,  NETDEV, NONE, FIRMWARE, "RDMA packets received" },
	{ "nic.rdma.tx.packets",         "tx_vport_rdma_unicast_packets",           COUNTER, PACKETS,  NETDEV, NONE, FIRMWARE, "RDMA packets sent" },
	/* what a cloud allows */
	{ "nic.allowance.rx_bandwidth",  "bw_in_allowance_exceeded",                COUNTER, PACKETS,  NETDEV, NONE, FIRMWARE, "packets queued or dropped because the instance received more than it may" },
	{ "nic.allowance.tx_bandwidth",  "bw_out_allowance_exceeded",               COUNTER, PACKETS,  NETDEV, NONE, FIRMWARE, "packets queued or dropped because the instance sent more than it may" },
	{ "nic.allowance.packets",       "pps_allowance_exceeded",                  COUNTER, PACKETS,  NETDEV, NONE, FIRMWARE, "packets queued or dropped because there were more a second than the instance may have" },
	{ "nic.allowance.connections",   "conntrack_allowance_exceeded",            COUNTER, PACKETS,  NETDEV, NONE, FIRMWARE, "packets dropped because the instance has more connections than it may" },
	{ "nic.allowance.link_local",    "linklocal_allowance_exceeded",            COUNTER, PACKETS,  NETDEV, NONE, FIRMWARE, "packets dropped because local services were asked more often than the instance may" },
	/* one queue */
	{ "nic.queue.rx.drops",          "rx#_drops|rx_queue_#_drops|[#]: rx_discards|queue_#_rx_empty_rx_ring", COUNTER, PACKETS, QUEUE, NONE, FIRMWARE, "packets this receive queue had no buffer for" },
	{ "nic.queue.rx.alloc_failed",   "rx#_buff_alloc_err|queue_#_rx_page_alloc_fail|rx_queue_#_alloc_failed", COUNTER, ONE, QUEUE, NONE, FIRMWARE, "receive buffers of this queue for which the host had no memory" },
	{ "nic.queue.tx.stopped",        "tx#_stopped|queue_#_tx_queue_stop|tx#_stop", COUNTER, ONE,   QUEUE,  NONE, FIRMWARE, "times this transmit queue was full and was stopped" },
	{ "nic.queue.tx.woken",          "tx#_wake|queue_#_tx_queue_wakeup",        COUNTER, ONE,      QUEUE,  NONE, FIRMWARE, "times this transmit queue went on" },
	{ "nic.queue.tx.cqe_errors",     "tx#_cqe_err",                             COUNTER, ONE,      QUEUE,  NONE, FIRMWARE, "completions of sending of this queue that were errors" },
};
/* clang-format on */
enum { DRIVER_ROW };

static const struct signal like = {
	.kind = COUNTER,
	.unit = ONE,
	.scope = NETDEV,
	.cost = FIRMWARE,
	.about = "a counter of the driver that faultline does not know, under the driver's name",
};

enum { LINK, STATISTICS };
static const struct text_source texts[] = {
	[LINK] = { .path = "sys/class/net/*/device/driver",
		.who = "netdev:%1",
		.kind = LINK_TEXT,
		.asks_device = true,
		.absent = "no interface here has a device of its own" },
	[STATISTICS] = { .path = "ask/ethtool/*/statistics",
		.who = "netdev:%1",
		.may_be_silent = true },
};

enum { PRIORITIES = 8 };

/* ---- one answer ---- */

/*
 * "rx_prio3_pause" is "rx_prio#_pause" of 3. Of several numbers the first counts.
 */
struct word {
	char text[ETH_GSTRING_LEN + 1];
	str pattern;
	uint64_t number;
	size_t at; /* of the number; SIZE_MAX: there is none */
};

static void word_of(str name, struct word *ret)
{
	bool before = false, first = true;
	size_t n = 0;

	*ret = (struct word){ .at = SIZE_MAX };
	for (size_t i = 0; i < name.n && i < ETH_GSTRING_LEN; i++) {
		bool digit = name.p[i] >= '0' && name.p[i] <= '9';

		first = first && (digit || !before);
		if (digit && first && ret->number < UINT32_MAX)
			ret->number = ret->number * 10 + (uint64_t)(name.p[i] - '0');
		if (digit && ret->at == SIZE_MAX)
			ret->at = n;
		if (!digit || !before)
			ret->text[n++] = digit ? '#' : name.p[i];
		before = digit;
	}
	ret->pattern = (str){ ret->text, n };
}

/* Counters of single rings come by the thousand; those that matter have a row, their sums a name of their own. */
static bool is_of_a_ring(const struct word *word)
{
	static const char *const before[] = { "rx", "tx", "ch", "rx_queue_", "tx_queue_", "queue_",
		"[", "rx-", "tx-", "xsk", "ptp_ch", "ptp_rq", "ptp_sq", "qos_tx" };
	str head = { word->text, word->at };

	for (size_t i = 0; word->at != SIZE_MAX && i < sizeof(before) / sizeof(*before); i++)
		if (str_is(head, before[i]))
			return true;
	return false;
}

static void emit_known(
	struct emit *out, unsigned row, uint32_t who, const struct word *word, int64_t value)
{
	const struct signal *signal = &signals[row];
	char queue[IFNAMSIZ + 32];

	if (signal->unit == SHARE_E4)
		value *= 100; /* per cent */
	if (signal->scope == QUEUE) {
		int n = snprintf(queue, sizeof(queue), "%.*s/%s-%llu", STR_ARG(out->match[0]),
			str_starts(str_of(signal->name), STR("nic.queue.rx")) ? "rx" : "tx",
			(unsigned long long)word->number);

		who = emit_entity(out, QUEUE, (str){ queue, (size_t)n });
	}
	if (signal->sub == BY_PRIORITY && word->number >= PRIORITIES)
		return;
	emit_at(out, row, who, signal->sub == BY_PRIORITY ? (unsigned)word->number : 0, value);
}

/* ---- names that come more than once ---- */

/* Some drivers (vmxnet3) say a name once for each ring: what it counts is their sum. */
enum { NAMES = 2048, SLOTS = 2 * NAMES };
struct sum {
	str name;
	int64_t value;
};
struct sums {
	struct sum items[NAMES]; /* in the order in which they came */
	uint16_t slot[SLOTS];    /* item + 1 */
	unsigned n;
};

static struct sum *sum_of(struct sums *sums, str name)
{
	for (uint64_t at = hash_bytes(name.p, name.n);; at++) {
		uint16_t *slot = &sums->slot[at % SLOTS];

		if (*slot && str_eq(sums->items[*slot - 1].name, name))
			return &sums->items[*slot - 1];
		if (*slot)
			continue;
		if (sums->n == NAMES)
			return NULL;
		*slot = (uint16_t)++sums->n;
		sums->items[sums->n - 1] = (struct sum){ .name = name };
		return &sums->items[sums->n - 1];
	}
}

static void emit_statistic(struct emit *out, uint32_t who, const struct sum *sum, unsigned *hint)
{
	struct word word;
	int row;

	word_of(sum->name, &word);
	row = emit_row_of(out, word.pattern, hint);
	if (row >= 0)
		emit_known(out, (unsigned)row, who, &word, sum->value);
	else if (sum->value && !is_of_a_ring(&word))
		emit_other(out, "nic.own", sum->name, &like, who, sum->value);
}

/* Those behind NAMES different names are of single rings, and not added up. */
static void emit_statistics(
	struct emit *out, uint32_t who, const char *names, const char *values, size_t n)
{
	struct sums sums = { 0 };
	unsigned hint = 1;

	for (size_t i = 0; i < n; i++) {
		const char *text = names + i * ETH_GSTRING_LEN;
		struct sum one = { .name = str_trim(
					   (str){ text, strnlen(text, ETH_GSTRING_LEN) }) };
		struct sum *sum = sum_of(&sums, one.name);

		memcpy(&one.value, values + i * sizeof(one.value), sizeof(one.value));
		if (sum)
			sum->value = (int64_t)((uint64_t)sum->value + (uint64_t)one.value);
		else
			emit_statistic(out, who, &one, &hint);
	}
	for (unsigned i = 0; i < sums.n; i++)
		emit_statistic(out, who, &sums.items[i], &hint);
}

static int parse_statistics(struct emit *out, str from)
{
	struct ethtool_gstrings names;
	struct ethtool_stats values;
	size_t n;

	if (from.n < sizeof(names) + sizeof(values))
		return -EBADMSG;
	memcpy(&names, from.p, sizeof(names));
	n = names.len;
	if (n != (from.n - sizeof(names) - sizeof(values)) / (ETH_GSTRING_LEN + sizeof(uint64_t)) ||
		from.n != sizeof(names) + sizeof(values) + n * (ETH_GSTRING_LEN + sizeof(uint64_t)))
		return -EBADMSG;
	memcpy(&values, from.p + sizeof(names) + n * ETH_GSTRING_LEN, sizeof(values));
	if (values.n_stats != n)
		return -EBADMSG;
	emit_statistics(out, emit_entity(out, NETDEV, out->match[0]), from.p + sizeof(names),
		from.p + sizeof(names) + sizeof(values) + n * ETH_GSTRING_LEN, n);
	return 0;
}

/* ---- interfaces ---- */

static int parse(struct emit *out, unsigned text, str from)
{
	if (text == STATISTICS)
		return parse_statistics(out, from);
	emit_text(out, DRIVER_ROW, out->who, str_base(from));
	return interfaces_add(out->state, out->match[0]);
}

static void ask_statistics(struct collect *c, struct interface *one)
{
	char key[IFNAMSIZ + 32];
	const struct host_question question = { .key = key, .device = one->name };

	snprintf(key, sizeof(key), "ethtool/%s/statistics", one->name);
	interface_ask(c, one, 0, STATISTICS, &question);
}

static int collect(struct collect *c)
{
	struct interfaces *all = collect_emit(c)->state;

	interfaces_find(c, all, LINK, STATISTICS, 1);
	for (unsigned i = 0; i < all->n; i++)
		if (all->items[i].here)
			ask_statistics(c, &all->items[i]);
	return 0;
}

const struct collector ethtool_collector = {
	.name = "ethtool",
	.about = "what the drivers of network interfaces count for themselves",
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse,
	.collect = collect,
	.pace = SLOW,
	.may_hang = true,
	.state_size = sizeof(struct interfaces),
};
