/*
 * The queues of network interfaces as the kernel tells of them by generic netlink (family "netdev"):
 * which interrupt and thread serves each, and what it counted under names that all drivers share.
 */
#include <errno.h>
#include <stdlib.h>

#include "collect/genl.h"
#include "collect/interfaces.h"

enum row {
	IRQ_NUMBER,
	THREAD,
	DEFER_IRQS,
	FLUSH_TIMEOUT,
	RX_PACKETS,
	RX_BYTES,
	TX_PACKETS,
	TX_BYTES,
	RX_NO_MEMORY,
	RX_HW_DROPS,
	RX_OVERRUNS,
	RX_LIMITED,
	RX_CSUM_BAD,
	TX_HW_DROPS,
	TX_HW_ERRORS,
	TX_LIMITED,
	TX_STOPS,
	TX_WAKES,
};

/* clang-format off */
static const struct signal signals[] = {
	[IRQ_NUMBER]    = { "nic.queue.irq",           NULL, FACT,    ONE,     QUEUE, NONE, FREE, "interrupt by which the device reports about this queue" },
	[THREAD]        = { "nic.queue.napi.thread",   NULL, FACT,    ONE,     QUEUE, NONE, FREE, "process that polls this queue, where threads do (napi/...)" },
	[DEFER_IRQS]    = { "nic.queue.napi.defer_irqs", NULL, FACT,  ONE,     QUEUE, NONE, FREE, "empty polls after which the interrupt is let in again" },
	[FLUSH_TIMEOUT] = { "nic.queue.napi.flush_timeout", NULL, FACT, NSEC,  QUEUE, NONE, FREE, "how long packets may wait to be merged, and deferred interrupts with them" },
	[RX_PACKETS]    = { "nic.queue.rx.packets",    NULL, COUNTER, PACKETS, QUEUE, NONE, FREE, "packets received by this queue" },
	[RX_BYTES]      = { "nic.queue.rx.bytes",      NULL, COUNTER, BYTES,   QUEUE, NONE, FREE, "bytes received by this queue" },
	[TX_PACKETS]    = { "nic.queue.tx.packets",    NULL, COUNTER, PACKETS, QUEUE, NONE, FREE, "packets sent by this queue" },
	[TX_BYTES]      = { "nic.queue.tx.bytes",      NULL, COUNTER, BYTES,   QUEUE, NONE, FREE, "bytes sent by this queue" },
	[RX_NO_MEMORY]  = { "nic.queue.rx.no_memory",  NULL, COUNTER, ONE,     QUEUE, NONE, FREE, "buffers or packets of this queue for which the host had no memory (rx-alloc-fail)" },
	[RX_HW_DROPS]   = { "nic.queue.rx.hw_drops",   NULL, COUNTER, PACKETS, QUEUE, NONE, FREE, "packets of this queue that came into the device and never left it, for whatever reason (rx-hw-drops)" },
	[RX_OVERRUNS]   = { "nic.queue.rx.overruns",   NULL, COUNTER, PACKETS, QUEUE, NONE, FREE, "of those, dropped because there was no buffer or no time (rx-hw-drop-overruns)" },
	[RX_LIMITED]    = { "nic.queue.rx.limited",    NULL, COUNTER, PACKETS, QUEUE, NONE, FREE, "of those, dropped because of a limit of the device (rx-hw-drop-ratelimits)" },
	[RX_CSUM_BAD]   = { "nic.queue.rx.csum_bad",   NULL, COUNTER, PACKETS, QUEUE, NONE, FREE, "packets of this queue with a wrong checksum (rx-csum-bad)" },
	[TX_HW_DROPS]   = { "nic.queue.tx.hw_drops",   NULL, COUNTER, PACKETS, QUEUE, NONE, FREE, "packets of this queue that came into the device and were never sent (tx-hw-drops)" },
	[TX_HW_ERRORS]  = { "nic.queue.tx.hw_errors",  NULL, COUNTER, PACKETS, QUEUE, NONE, FREE, "of those, dropped because they were malformed (tx-hw-drop-errors)" },
	[TX_LIMITED]    = { "nic.queue.tx.limited",    NULL, COUNTER, PACKETS, QUEUE, NONE, FREE, "of those, dropped because of a limit of the device (tx-hw-drop-ratelimits)" },
	[TX_STOPS]      = { "nic.queue.tx.stops",      NULL, COUNTER, ONE,     QUEUE, NONE, FREE, "times this queue was stopped because it was full (tx-stop)" },
	[TX_WAKES]      = { "nic.queue.tx.wakes",      NULL, COUNTER, ONE,     QUEUE, NONE, FREE, "times it went on (tx-wake)" },
};
/* clang-format on */

/* include/uapi/linux/netdev.h, of 6.8 and later */
enum { CMD_QUEUE_GET = 10, CMD_NAPI_GET = 11, CMD_QSTATS_GET = 12 };
enum { QUEUE_ID = 1, QUEUE_IFINDEX, QUEUE_TYPE, QUEUE_NAPI_ID };
enum {
	NAPI_IFINDEX = 1,
	NAPI_ID,
	NAPI_IRQ,
	NAPI_PID,
	NAPI_DEFER_HARD_IRQS,
	NAPI_GRO_FLUSH_TIMEOUT
};
enum { QSTATS_IFINDEX = 1, QSTATS_QUEUE_TYPE, QSTATS_QUEUE_ID, QSTATS_SCOPE };
enum { SCOPE_QUEUE = 1, KNOWN_ATTRIBUTES = 40 };

/* Types: NETDEV_QUEUE_TYPE_RX, NETDEV_QUEUE_TYPE_TX */
static const char *const ways[] = { "rx", "tx" };

static const struct {
	uint8_t type, row;
} statistics[] = {
	{ 8, RX_PACKETS },
	{ 9, RX_BYTES },
	{ 10, TX_PACKETS },
	{ 11, TX_BYTES },
	{ 12, RX_NO_MEMORY },
	{ 13, RX_HW_DROPS },
	{ 14, RX_OVERRUNS },
	{ 18, RX_CSUM_BAD },
	{ 23, RX_LIMITED },
	{ 24, TX_HW_DROPS },
	{ 25, TX_HW_ERRORS },
	{ 32, TX_LIMITED },
	{ 33, TX_STOPS },
	{ 34, TX_WAKES },
};

/* In the order in which they are asked: queues name their NAPI by number. */
enum { NAPIS, QUEUES, STATISTICS, QUESTIONS };
#define NO_FAMILY "kernel before 6.8"
static const struct text_source texts[] = {
	[NAPIS] = { .path = "ask/netdev/napi",
		.who = "host",
		.may_be_silent = true,
		.absent = NO_FAMILY },
	[QUEUES] = { .path = "ask/netdev/queue",
		.who = "host",
		.may_be_silent = true,
		.absent = NO_FAMILY },
	[STATISTICS] = { .path = "ask/netdev/qstats",
		.who = "host",
		.may_be_silent = true,
		.absent = "kernel before 6.9" },
};
static const struct {
	const char *key;
	uint8_t command;
} questions[] = {
	[NAPIS] = { "netdev/napi", CMD_NAPI_GET },
	[QUEUES] = { "netdev/queue", CMD_QUEUE_GET },
	[STATISTICS] = { "netdev/qstats", CMD_QSTATS_GET },
};

/* With more queues than that, only those that count something have rows. */
enum { MOST_NAPIS = 8192, MANY_QUEUES = 512 };

struct napi {
	int64_t id, irq, pid, defer_irqs, flush_timeout; /* -1: not told */
};

/* Of the namespace that is being read. */
struct state {
	struct interface_numbers numbers;
	struct napi napis[MOST_NAPIS];
	unsigned n_napis;
};

/* ---- one answer ---- */

/* -1 where it is not there. */
static int number_of(const str *attributes, unsigned type, int64_t *ret)
{
	*ret = -1;
	return attributes[type].p ? genl_number(attributes[type], ret) : 0;
}

static int parse_napi(struct emit *out, const str *attributes)
{
	struct state *state = out->state;
	struct napi napi;
	int r = 0;

	r |= number_of(attributes, NAPI_ID, &napi.id);
	r |= number_of(attributes, NAPI_IRQ, &napi.irq);
	r |= number_of(attributes, NAPI_PID, &napi.pid);
	r |= number_of(attributes, NAPI_DEFER_HARD_IRQS, &napi.defer_irqs);
	r |= number_of(attributes, NAPI_GRO_FLUSH_TIMEOUT, &napi.flush_timeout);
	if (r < 0 || napi.id < 0)
		return -EBADMSG;
	if (state->n_napis < MOST_NAPIS)
		state->napis[state->n_napis++] = napi;
	return 0;
}

static int by_id(const void *a, const void *b)
{
	const struct napi *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static const struct napi *napi_of(const struct state *state, int64_t id)
{
	const struct napi wanted = { .id = id };

	return bsearch(&wanted, state->napis, state->n_napis, sizeof(*state->napis), by_id);
}

/* The queue, or ENTITY_NONE: of an interface that came after the others were read, or not at all. */
static uint32_t queue_of(struct emit *out, int64_t number, int64_t type, int64_t id)
{
	const struct state *state = out->state;
	uint32_t netdev = interface_by_number(&state->numbers, number);

	if (netdev == ENTITY_NONE || type < 0 || type > 1 || id < 0)
		return ENTITY_NONE;
	return interface_queue(out, netdev, ways[type], (uint64_t)id);
}

static int parse_queue(struct emit *out, const str *attributes)
{
	const struct napi *napi;
	int64_t id, number, type, napi_id;
	uint32_t who;
	int r = 0;

	r |= number_of(attributes, QUEUE_ID, &id);
	r |= number_of(attributes, QUEUE_IFINDEX, &number);
	r |= number_of(attributes, QUEUE_TYPE, &type);
	r |= number_of(attributes, QUEUE_NAPI_ID, &napi_id);
	if (r < 0 || id < 0 || number < 0 || type < 0)
		return -EBADMSG;
	napi = napi_id < 0 ? NULL : napi_of(out->state, napi_id);
	who = napi ? queue_of(out, number, type, id) : ENTITY_NONE;
	if (who == ENTITY_NONE)
		return 0;
	if (napi->irq > 0) {
		emit_at(out, IRQ_NUMBER, who, 0, napi->irq);
		emit_relation(out, who, VIA_IRQ, emit_numbered(out, IRQ, (uint64_t)napi->irq));
	}
	if (napi->pid > 0)
		emit_at(out, THREAD, who, 0, napi->pid);
	if (napi->defer_irqs >= 0)
		emit_at(out, DEFER_IRQS, who, 0, napi->defer_irqs);
	if (napi->flush_timeout >= 0)
		emit_at(out, FLUSH_TIMEOUT, who, 0, napi->flush_timeout);
	return 0;
}

static int parse_statistics(struct emit *out, const str *attributes)
{
	int64_t id, number, type, value;
	uint32_t who;
	int r = 0;

	r |= number_of(attributes, QSTATS_QUEUE_ID, &id);
	r |= number_of(attributes, QSTATS_IFINDEX, &number);
	r |= number_of(attributes, QSTATS_QUEUE_TYPE, &type);
	if (r < 0 || id < 0 || number < 0 || type < 0)
		return -EBADMSG;
	who = queue_of(out, number, type, id);
	for (size_t i = 0; i < sizeof(statistics) / sizeof(*statistics); i++) {
		if (who == ENTITY_NONE || !attributes[statistics[i].type].p)
			continue;
		if (genl_number(attributes[statistics[i].type], &value) < 0)
			r = -EBADMSG;
		else if (value || id < MANY_QUEUES)
			emit_at(out, statistics[i].row, who, 0, value);
	}
	return r;
}

static int parse(struct emit *out, unsigned text, str from)
{
	static int (*const parse_one[])(struct emit * out, const str *attributes) = {
		[NAPIS] = parse_napi,
		[QUEUES] = parse_queue,
		[STATISTICS] = parse_statistics,
	};
	struct genl_reply reply = { .rest = from };
	str message;

	while (genl_next(&reply, questions[text].command, &message)) {
		str attributes[KNOWN_ATTRIBUTES] = { 0 };

		if (!attributes_sort(message, attributes, KNOWN_ATTRIBUTES) ||
			parse_one[text](out, attributes) < 0)
			reply.error = -EBADMSG;
	}
	return genl_result(&reply);
}

/* ---- asking ---- */

static int ask(struct collect *c, unsigned text, unsigned ns)
{
	const uint32_t scope = SCOPE_QUEUE;
	struct genl_request request;
	const struct host_question q = { .key = questions[text].key,
		.protocol = NETLINK_GENERIC,
		.request = &request,
		.request_size = sizeof(request),
		.family = "netdev" };

	genl_begin(&request, questions[text].command, true);
	if (text == STATISTICS)
		genl_put(&request, QSTATS_SCOPE, &scope, sizeof(scope));
	return collect_ask(c, text, ns, &q);
}

/* A family or a command that this kernel does not have is absent. */
static void ask_all(struct collect *c, unsigned ns)
{
	struct emit *out = collect_emit(c);
	struct state *state = out->state;
	const char *name = host_namespace_name(collect_host(c), ns);

	state->n_napis = 0;
	interface_numbers_read(out, name, &state->numbers);
	for (unsigned text = 0; text < QUESTIONS; text++) {
		int r = ask(c, text, ns);

		if (text == NAPIS)
			qsort(state->napis, state->n_napis, sizeof(*state->napis), by_id);
		if (r < 0 && r != -EOPNOTSUPP && !host_absence(r))
			collect_failure(c, text,
				ns ? entity_add(&out->session->entities, HOST, name, (str){ "", 0 })
				   : ENTITY_NONE,
				r);
	}
}

static int collect(struct collect *c)
{
	for (unsigned ns = 0; ns < collect_namespaces(c); ns++)
		ask_all(c, ns);
	return 0;
}

const struct collector netdev_queue_collector = {
	.name = "netdev_queue",
	.about = "interrupts, threads and counters of the queues of network interfaces",
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse,
	.collect = collect,
	.pace = SLOW,
	.state_size = sizeof(struct state),
};
