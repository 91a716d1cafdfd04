/* The counters that the InfiniBand standard gives every port, from ports/N/counters. */
#include <errno.h>

#include "collect/keyed.h"
#include "collect/other.h"

/*
 * drivers/infiniband/core/sysfs.c: PORT_PMA_ATTR(). They stop at the end of their width, and anyone
 * who manages the fabric may clear them. Data and packets have 64 bits on every device of the last
 * ten years.
 */
/* clang-format off */
#define ERRORS(name, key, bits, about) { "rdma.port." name, key, COUNTER, ONE, RDMA, NONE, FIRMWARE, about, bits, SATURATES }
#define TRAFFIC(name, key, unit, about) { "rdma.port." name, key, COUNTER, unit, RDMA, NONE, FIRMWARE, about, 64, SATURATES }

static const struct signal signals[] = {
	TRAFFIC("xmit_data", "port_xmit_data", WORDS, "data sent, headers included"),
	TRAFFIC("rcv_data", "port_rcv_data", WORDS, "data received, headers included"),
	TRAFFIC("xmit_packets", "port_xmit_packets", PACKETS, "packets sent"),
	TRAFFIC("rcv_packets", "port_rcv_packets", PACKETS, "packets received"),
	TRAFFIC("unicast_xmit_packets", "unicast_xmit_packets", PACKETS, "packets sent to one receiver"),
	TRAFFIC("unicast_rcv_packets", "unicast_rcv_packets", PACKETS, "packets received that were for this port only"),
	TRAFFIC("multicast_xmit_packets", "multicast_xmit_packets", PACKETS, "packets sent to several receivers"),
	TRAFFIC("multicast_rcv_packets", "multicast_rcv_packets", PACKETS, "packets received that were for several"),
	ERRORS("symbol_error", "symbol_error", 16, "symbols received wrong on some lane: cable, optics, connector"),
	ERRORS("link_error_recovery", "link_error_recovery", 8, "times the link recovered from errors by itself"),
	ERRORS("link_downed", "link_downed", 8, "times the link failed to recover and went down"),
	ERRORS("rcv_errors", "port_rcv_errors", 16, "packets received with an error"),
	ERRORS("rcv_remote_physical_errors", "port_rcv_remote_physical_errors", 16, "packets received that a switch had marked as bad: the fault is farther away"),
	ERRORS("rcv_switch_relay_errors", "port_rcv_switch_relay_errors", 16, "packets a switch could not forward"),
	ERRORS("rcv_constraint_errors", "port_rcv_constraint_errors", 8, "packets refused on receiving (partition keys)"),
	ERRORS("xmit_constraint_errors", "port_xmit_constraint_errors", 8, "packets refused on sending (partition keys)"),
	ERRORS("xmit_discards", "port_xmit_discards", 16, "packets dropped on sending: the port was down or congested"),
	ERRORS("xmit_wait", "port_xmit_wait", 32, "ticks in which there was data to send and the receiver gave no credits: congestion"),
	ERRORS("local_link_integrity_errors", "local_link_integrity_errors", 4, "times the rate of link errors was over its limit"),
	ERRORS("excessive_buffer_overrun_errors", "excessive_buffer_overrun_errors", 4, "times buffers overran again and again"),
	ERRORS("vl15_dropped", "VL15_dropped", 16, "management packets dropped for want of room"),
};
/* clang-format on */

static const struct signal like = { .kind = COUNTER,
	.unit = ONE,
	.scope = RDMA,
	.cost = FIRMWARE,
	.about = "a port counter that faultline does not know, under the kernel's name" };

/* Each is a management packet that the device's firmware answers (process_mad of its driver). */
static const struct text_source texts[] = {
	{ .path = "sys/class/infiniband/*/ports/*/counters/*",
		.who = "rdma:%1/%2",
		.asks_device = true,
		.may_be_silent = true,
		.absent =
			"no RDMA device, or one whose driver has no standard port counters (rxe, siw, irdma, efa, bnxt_re)" },
};

static int parse(struct emit *out, unsigned text, str from)
{
	unsigned hint = 0;

	/* "N/A (no PMA)": older kernels make the files for every device */
	if (str_starts(from, STR("N/A")))
		return 0;
	if (emit_row_of(out, out->leaf, &hint) >= 0)
		return parse_one_value(out, text, from);
	return parse_other(out, "rdma.other.counters", out->leaf, &like, from);
}

const struct collector infiniband_counters_collector = {
	.name = "infiniband_counters",
	.about = "the standard counters of RDMA ports",
	.fast = 4,
	.may_hang = true,
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse,
};
