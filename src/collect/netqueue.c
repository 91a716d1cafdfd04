/*
 * The queues of each network interface: timeouts, limits, and who serves them. What is on its way to
 * the wire is in bql.c.
 */
#include <errno.h>

#include "collect/keyed.h"

/* clang-format off */
static const struct signal signals[] = {
	{ "nic.queue.tx_timeout",   "tx_timeout",   COUNTER, ONE,   QUEUE, NONE, FREE,  "times the watchdog found the transmit queue stuck" },
	{ "nic.queue.limit",        "limit",        GAUGE,   BYTES, QUEUE, NONE, FREE,  "bytes that may be given to the device at once, as the kernel tunes it" },
	{ "nic.queue.limit_max",    "limit_max",    FACT,    BYTES, QUEUE, NONE, FREE,  "the most the kernel may tune that to" },
	{ "nic.queue.hold_time",    "hold_time",    FACT,    MSEC,  QUEUE, NONE, FREE,  "how long the kernel waits before it lowers the limit" },
	{ "nic.queue.stall_cnt",    "stall_cnt",    COUNTER, ONE,   QUEUE, NONE, FREE,  "stalls longer than the threshold between giving and reporting (6.9 and later)" },
	{ "nic.queue.stall_max",    "stall_max",    GAUGE,   MSEC,  QUEUE, NONE, FREE,  "longest stall so far (6.9 and later)" },
	{ "nic.queue.xps_cpus",     "xps_cpus",     FACT,    TEXT,  QUEUE, NONE, CHEAP, "CPUs that send through this queue" },
	{ "nic.queue.tx_maxrate",   "tx_maxrate",   FACT,    MEGABITS, QUEUE, NONE, FREE, "most that this transmit queue may send (0: no limit)" },
	{ "nic.queue.traffic_class", "traffic_class", FACT,  TEXT,  QUEUE, NONE, FREE,  "traffic class of this transmit queue" },
	{ "nic.queue.rps_cpus",     "rps_cpus",     FACT,    TEXT,  QUEUE, NONE, FREE,  "CPUs this receive queue is spread over in software (all 0: off)" },
	{ "nic.queue.rps_flow_cnt", "rps_flow_cnt", FACT,    ONE,   QUEUE, NONE, FREE,  "flows this receive queue may steer to their readers (0: off)" },
};
/* clang-format on */

#define NO_BQL "driver without byte queue limits"
#define NO_STALLS "kernel before 6.9, or driver without byte queue limits"
enum { LIST };
static const struct text_source texts[] = {
	[LIST] = { .path = "sys/class/net/*/queues",
		.who = "netdev:%1",
		.kind = LIST_TEXT,
		.may_be_silent = true },
	{ .path = "sys/class/net/*/queues/tx-*/tx_timeout", .who = "queue:%1/tx-%2" },
	{ .path = "sys/class/net/*/queues/tx-*/byte_queue_limits/limit",
		.who = "queue:%1/tx-%2",
		.absent = NO_BQL },
	{ .path = "sys/class/net/*/queues/tx-*/byte_queue_limits/limit_max",
		.who = "queue:%1/tx-%2",
		.absent = NO_BQL },
	{ .path = "sys/class/net/*/queues/tx-*/byte_queue_limits/hold_time",
		.who = "queue:%1/tx-%2",
		.absent = NO_BQL },
	{ .path = "sys/class/net/*/queues/tx-*/byte_queue_limits/stall_cnt",
		.who = "queue:%1/tx-%2",
		.absent = NO_STALLS },
	{ .path = "sys/class/net/*/queues/tx-*/byte_queue_limits/stall_max",
		.who = "queue:%1/tx-%2",
		.absent = NO_STALLS },
	{ .path = "sys/class/net/*/queues/tx-*/xps_cpus", .who = "queue:%1/tx-%2" },
	{ .path = "sys/class/net/*/queues/tx-*/tx_maxrate", .who = "queue:%1/tx-%2" },
	{ .path = "sys/class/net/*/queues/tx-*/traffic_class",
		.who = "queue:%1/tx-%2",
		.normal_error = -EINVAL }, /* of no class */
	{ .path = "sys/class/net/*/queues/rx-*/rps_cpus",
		.who = "queue:%1/rx-%2",
		.absent = "kernel without CONFIG_RPS" },
	{ .path = "sys/class/net/*/queues/rx-*/rps_flow_cnt",
		.who = "queue:%1/rx-%2",
		.absent = "kernel without CONFIG_RPS" },
};

/* "rx-0/", "tx-0/": each belongs to the interface, whatever can be read of it. */
static int parse_list(struct emit *out, str from)
{
	char name[ENTITY_NAME];
	str interface = out->match[0], line;

	while (str_next_line(&from, &line)) {
		if (str_ends(line, STR("/")))
			line.n--;
		if ((!str_starts(line, STR("rx-")) && !str_starts(line, STR("tx-"))) ||
			interface.n + 1 + line.n > sizeof(name))
			continue;
		memcpy(name, interface.p, interface.n);
		name[interface.n] = '/';
		memcpy(name + interface.n + 1, line.p, line.n);
		emit_relation(out,
			emit_global_entity(out, QUEUE, (str){ name, interface.n + 1 + line.n }),
			VIA_NETDEV, out->who);
	}
	return 0;
}

static int parse(struct emit *out, unsigned text, str from)
{
	return text == LIST ? parse_list(out, from) : parse_one_value(out, text, from);
}

const struct collector netqueue_collector = {
	.name = "netqueue",
	.about = "the queues of each network interface",
	.pace = SLOW,
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse,
};
