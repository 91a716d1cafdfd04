/* What is abnormal in network interfaces and their queues. */
#include "model/knowledge.h"

static const struct watch watches[] = {
	{
		.signal = "nic.carrier",
		.how = IS_BELOW,
		.level = 1,
		.only_if = "nic.admin_up",
		.physical = true,
		.severity = WARNING,
		.title = "the interface is up and has no link",
		.check = "ip link show dev %s; ethtool %s",
		.fix = "check cable, transceiver and the port of the switch",
		.source = "the interface is administratively up and bound to a PCI function",
	},
	{
		.signal = "nic.carrier.changes",
		.how = IS_RISING,
		.severity = WARNING,
		.title = "the link goes down and up",
		.check = "ip -d link show dev %s; dmesg | grep -i 'link is'",
		.fix = "check cable and transceiver; see the PCIe errors of its function",
		.source = "any change within the window",
	},
	{
		.signal = "nic.rx.crc",
		.how = IS_RISING,
		.severity = WARNING,
		.title = "frames arrive damaged",
		.check = "ip -s -s link show dev %s",
		.fix = "clean or replace cable and transceiver; look at the other end",
		.source = "sustained CRC errors are a bad link",
	},
	{
		.signal = "nic.rx.missed",
		.how = IS_RISING,
		.severity = WARNING,
		.title = "the NIC had no buffer for frames that arrived",
		.check = "ip -s -s link show dev %s",
		.fix = "see who keeps the CPU of the queue busy; enlarge the ring (ethtool -G)",
		.source = "include/uapi/linux/if_link.h: rx_missed_errors, no host buffers",
	},
	{
		.signal = "nic.rx.fifo",
		.how = IS_RISING,
		.severity = WARNING,
		.title = "the NIC's receive FIFO overran",
		.check = "ip -s -s link show dev %s",
		.fix = "look for slow DMA: PCIe errors, link width, IOMMU",
		.source = "include/uapi/linux/if_link.h: rx_fifo_errors",
	},
	{
		.signal = "nic.rx.over",
		.how = IS_RISING,
		.severity = WARNING,
		.title = "the NIC's receiver overran",
		.check = "ip -s -s link show dev %s",
		.fix = "look for slow DMA: PCIe errors, link width, IOMMU",
		.source = "include/uapi/linux/if_link.h: rx_over_errors",
	},
	{
		.signal = "nic.rx.errors",
		.how = IS_RISING,
		.level = 1,
		.severity = WARNING,
		.title = "frames are received in error",
		.check = "ip -s -s link show dev %s",
		.fix = "see which of the counters of its kind rises with it",
		.source = "more than one a second; the level is ours",
	},
	{
		.signal = "nic.tx.errors",
		.how = IS_RISING,
		.level = 1,
		.severity = WARNING,
		.title = "frames could not be sent",
		.check = "ip -s -s link show dev %s",
		.fix = "see which of the counters of its kind rises with it",
		.source = "more than one a second; the level is ours",
	},
	{
		.signal = "nic.queue.tx_timeout",
		.how = IS_RISING,
		.severity = CRITICAL,
		.title = "a transmit queue hung and the driver reset it",
		.check = "dmesg | grep 'NETDEV WATCHDOG'",
		.fix = "look below: PCIe errors, bus mastering, firmware; the DMA of the queue "
		       "stood still",
		.source = "net/sched/sch_generic.c: dev_watchdog()",
	},
	{
		.signal = "nic.queue.stall_cnt",
		.how = IS_RISING,
		.severity = WARNING,
		.title = "a transmit queue stood still longer than its threshold",
		.check = "cat /sys/class/net/*/queues/tx-*/byte_queue_limits/stall_cnt",
		.fix = "see whether its interrupt arrives, and who holds its CPU",
		.source = "lib/dynamic_queue_limits.c: dql_check_stall()",
	},
};

static const struct count counts[] = {
	{ "nic.operstate", "interface", "interfaces" },
	{ "nic.queue.tx_timeout", "transmit queue", "transmit queues" },
};

const struct knowledge nic_knowledge = {
	.layer = "nic",
	WATCHES(watches),
	COUNTS(counts),
	.gap = "the driver's own counters (ethtool -S), pause frames, rings, RSS",
};
