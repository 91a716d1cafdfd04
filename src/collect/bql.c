/*
 * Bytes on their way to the wire, queue by queue: one small file each, apart from what else is known
 * of queues, because they say within a tick what waits.
 */
#include "collect/keyed.h"

static const struct signal signals[] = {
	{ "nic.queue.inflight", "inflight", GAUGE, BYTES, QUEUE, NONE, FREE,
		"bytes given to the device and not yet reported as sent" },
};

static const struct text_source texts[] = {
	{ .path = "sys/class/net/*/queues/tx-*/byte_queue_limits/inflight",
		.who = "queue:%1/tx-%2",
		.absent = "driver without byte queue limits" },
};

const struct collector bql_collector = {
	.name = "bql",
	.about = "bytes on their way to the wire, queue by queue",
	.fast = 3,
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse_one_value,
};
