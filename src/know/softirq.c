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

/* clang-format off */
static const struct indicator indicators[] = {
	{ .signal = "softirq.softnet.dropped", .how = SENSE_NOISY, .role = LINK, .origin = THRESHOLD },
	{ .signal = "softirq.softnet.time_squeeze", .how = SENSE_NOISY, .role = LINK, .origin = THRESHOLD, .floor = 1 },
	{ .signal = "softirq.softnet.flow_limit", .how = SENSE_QUIET, .role = LINK, .origin = THRESHOLD,
	  .title = "frames of a flow that takes the whole backlog are dropped",
	  .check = "cat /proc/net/softnet_stat",
	  .fix = "spread the flow",
	  .source = "any" },
	{ .signal = "softirq.cpu.time", .how = SENSE_SHARE, .role = LINK, .origin = THRESHOLD, .floor = 0.5,
	  .title = "a CPU spends its time in softirqs",
	  .check = "mpstat -P ALL 1 5",
	  .fix = "spread the interrupts of the device; turn on RPS",
	  .source = "half of the time; the level is ours" },
};

static const struct group groups[] = {
	{ "@softirq.loss",
	  "softirq.softnet.dropped softirq.softnet.time_squeeze softirq.softnet.flow_limit" },
	{ "@softirq.drop",
	  "softirq.softnet.dropped softirq.softnet.flow_limit" },
};

static const struct rule rules[] = {
	{ .from = "softirq.cpu.time", .to = "@softirq.loss", .where = SAME_CPU, .lag_min_ms = -2000, .lag_max_ms = 5000,
	  .because = "a CPU that is full takes frames too slowly",
	  .source = "net/core/dev.c: net_rx_action()" },
	{ .from = "softirq.cpu.time", .to = "@nic.rx.lost", .where = IRQ_CPU, .lag_min_ms = -2000, .lag_max_ms = 5000,
	  .because = "the ring is not emptied in time",
	  .source = "net/core/dev.c: net_rx_action()" },
	{ .from = "softirq.softnet.time_squeeze", .to = "@nic.rx.lost", .where = IRQ_CPU, .lag_min_ms = -2000, .lag_max_ms = 5000,
	  .because = "the ring is not emptied in time",
	  .source = "net/core/dev.c: net_rx_action()" },
	{ .from = "softirq.softnet.time_squeeze", .to = "softirq.softnet.dropped", .where = SAME_CPU, .lag_min_ms = -2000, .lag_max_ms = 5000,
	  .because = "the backlog fills while the budget is used up",
	  .source = "net/core/dev.c: enqueue_to_backlog()" },
	{ .from = "@softirq.drop", .to = "@net.loss", .where = ANYWHERE, .lag_min_ms = 0, .lag_max_ms = 5000,
	  .because = "TCP sends again what was dropped, UDP has lost it",
	  .source = "net/core/dev.c: enqueue_to_backlog()" },
	{ .from = "@softirq.drop", .to = "@rdma.loss", .where = ANYWHERE, .lag_min_ms = 0, .lag_max_ms = 5000,
	  .because = "soft-RoCE receives through the same backlog",
	  .source = "drivers/infiniband/sw/rxe/rxe_net.c" },
	{ .from = "@softirq.drop", .to = "@moved", .where = ANYWHERE, .lag_min_ms = -1000, .lag_max_ms = 5000,
	  .because = "senders slow down when frames are lost",
	  .source = "RFC 5681" },
};
/* clang-format on */

const struct knowledge softirq_knowledge = {
	.layer = "softirq",
	INDICATORS(indicators),
	GROUPS(groups),
	RULES(rules),
	WATCHES(watches),
	DERIVES(derives),
	COUNTS(counts),
};
