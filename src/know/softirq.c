/* What is abnormal in softirqs and the per-CPU backlog. */
#include "model/knowledge.h"

static const struct watch watches[] = {
	{
		.signal = "softirq.share.highest",
		.how = IS_OUTLIER,
		.level = 0.90,
		.rest = 0.40,
		.severity = CRITICAL,
		.title = "one CPU drowns in softirqs while the others have time",
		.check = "mpstat -P ALL 1 5; grep -E 'NET_RX|CPU' /proc/softirqs",
		.fix = "spread the device's interrupts or turn on RPS; look for the flow that "
		       "hashes to this CPU",
		.source = "Meta, TCP Self-Throttling Triggered Overload (2022): one core at 100 %, "
			  "siblings at 20-40 %",
	},
	{
		.signal = "softirq.softnet.dropped",
		.how = IS_RISING,
		.severity = CRITICAL,
		.title = "the CPU's backlog is full and frames are dropped",
		.check = "cat /proc/net/softnet_stat; sysctl net.core.netdev_max_backlog",
		.fix = "raise net.core.netdev_max_backlog; spread the receiving work over more "
		       "CPUs",
		.source = "net/core/dev.c: enqueue_to_backlog(); any drop is loss",
	},
	{
		.signal = "softirq.softnet.time_squeeze",
		.how = IS_RISING,
		.level = 100,
		.severity = WARNING,
		.title = "the receive softirq runs out of its budget with packets left",
		.check = "cat /proc/net/softnet_stat; sysctl net.core.netdev_budget "
			 "net.core.netdev_budget_usecs",
		.fix = "raise net.core.netdev_budget and netdev_budget_usecs, or give the "
		       "interrupt more CPUs",
		.source = "net/core/dev.c: net_rx_action(); some is normal (10/s at steady load), "
			  "the level is ours",
	},
	{
		.signal = "softirq.softnet.flow_limit",
		.how = IS_RISING,
		.severity = WARNING,
		.title = "one large flow is held back to spare the backlog",
		.check = "cat /proc/net/softnet_stat; sysctl net.core.flow_limit_cpu_bitmap",
		.fix = "spread the flow's packets, or raise net.core.flow_limit_table_len",
		.source = "net/core/dev.c: skb_flow_limit()",
	},
};

static const struct derive derives[] = {
	{ "softirq.share.highest", HIGHEST, "softirq.cpu.time",
		"highest softirq share across the CPUs" },
};

static const struct count counts[] = {
	{ "softirq.softnet.processed", "CPU", "CPUs" },
};

const struct knowledge softirq_knowledge = {
	.layer = "softirq",
	WATCHES(watches),
	DERIVES(derives),
	COUNTS(counts),
};
