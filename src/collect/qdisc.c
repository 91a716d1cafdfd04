/* What waits and what is dropped in front of the transmit queues: queueing disciplines, from rtnetlink. */
#include <errno.h>
#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <stddef.h>

#include "base/netlink.h"
#include "collect/interfaces.h"

enum row {
	BACKLOG,
	WAITING,
	DROPS,
	REQUEUES,
	OVERLIMITS,
	PACKETS_SENT,
	BYTES_SENT,
	INGRESS_DROPS,
	QUEUE_KIND,
	QUEUE_BACKLOG,
	QUEUE_WAITING,
	QUEUE_DROPS,
	QUEUE_REQUEUES,
	QUEUE_PACKETS,
};

/* clang-format off */
static const struct signal signals[] = {
	[BACKLOG]        = { "net.qdisc.backlog",       NULL, GAUGE,   BYTES,   NETDEV, NONE, FREE, "bytes that wait in the queueing discipline of the interface" },
	[WAITING]        = { "net.qdisc.waiting",       NULL, GAUGE,   PACKETS, NETDEV, NONE, FREE, "packets that wait there" },
	[DROPS]          = { "net.qdisc.drops",         NULL, COUNTER, PACKETS, NETDEV, NONE, FREE, "packets that the queueing discipline dropped: it was full, or chose to", 32 },
	[REQUEUES]       = { "net.qdisc.requeues",      NULL, COUNTER, PACKETS, NETDEV, NONE, FREE, "packets that the driver gave back: its ring was full", 32 },
	[OVERLIMITS]     = { "net.qdisc.overlimits",    NULL, COUNTER, ONE,     NETDEV, NONE, FREE, "times a packet had to wait for its rate", 32 },
	[PACKETS_SENT]   = { "net.qdisc.packets",       NULL, COUNTER, PACKETS, NETDEV, NONE, FREE, "packets that left the queueing discipline for the driver" },
	[BYTES_SENT]     = { "net.qdisc.bytes",         NULL, COUNTER, BYTES,   NETDEV, NONE, FREE, "bytes that left the queueing discipline for the driver" },
	[INGRESS_DROPS]  = { "net.qdisc.ingress_drops", NULL, COUNTER, PACKETS, NETDEV, NONE, FREE, "received packets that a filter at the entry dropped", 32 },
	[QUEUE_KIND]     = { "net.qdisc.queue.kind",    NULL, FACT,    TEXT,    QUEUE,  NONE, FREE, "queueing discipline in front of this transmit queue" },
	[QUEUE_BACKLOG]  = { "net.qdisc.queue.backlog", NULL, GAUGE,   BYTES,   QUEUE,  NONE, FREE, "bytes that wait in front of this transmit queue" },
	[QUEUE_WAITING]  = { "net.qdisc.queue.waiting", NULL, GAUGE,   PACKETS, QUEUE,  NONE, FREE, "packets that wait there" },
	[QUEUE_DROPS]    = { "net.qdisc.queue.drops",   NULL, COUNTER, PACKETS, QUEUE,  NONE, FREE, "packets dropped in front of this transmit queue", 32 },
	[QUEUE_REQUEUES] = { "net.qdisc.queue.requeues", NULL, COUNTER, PACKETS, QUEUE, NONE, FREE, "packets that this transmit queue gave back: its ring was full", 32 },
	[QUEUE_PACKETS]  = { "net.qdisc.queue.packets", NULL, COUNTER, PACKETS, QUEUE,  NONE, FREE, "packets that left for this transmit queue" },
};
/* clang-format on */

static const struct text_source texts[] = {
	{ .path = "ask/rtnl/qdisc", .who = "host", .may_be_silent = true },
};

/* With more queues than that, only those that count something have rows. */
enum { MANY_QUEUES = 512, KNOWN_ATTRIBUTES = TCA_STATS2 + 1 };

struct state {
	struct interface_numbers numbers; /* of the namespace that is being read */
};

/* The root comes before what hangs under it (net/sched/sch_api.c: tc_dump_qdisc_root()). */
struct root {
	int number;
	uint32_t handle;
	bool by_queue;
};

struct counts {
	uint64_t bytes, packets;
	struct gnet_stats_queue queue;
};

/* Older kernels send less of a struct, newer ones more. */
static void copy_what_is_there(void *to, size_t size, str from)
{
	memcpy(to, from.p, from.n < size ? from.n : size);
}

static int read_counts(str from, struct counts *ret)
{
	str inside[TCA_STATS_PKT64 + 1] = { 0 };
	struct gnet_stats_basic basic = { 0 };

	*ret = (struct counts){ 0 };
	if (!attributes_sort(from, inside, TCA_STATS_PKT64 + 1) ||
		inside[TCA_STATS_BASIC].n < offsetof(struct gnet_stats_basic, packets) + 4 ||
		inside[TCA_STATS_QUEUE].n < sizeof(ret->queue))
		return -EBADMSG;
	copy_what_is_there(&basic, sizeof(basic), inside[TCA_STATS_BASIC]);
	copy_what_is_there(&ret->queue, sizeof(ret->queue), inside[TCA_STATS_QUEUE]);
	ret->bytes = basic.bytes;
	ret->packets = basic.packets;
	if (inside[TCA_STATS_PKT64].n == sizeof(ret->packets))
		memcpy(&ret->packets, inside[TCA_STATS_PKT64].p, sizeof(ret->packets));
	return 0;
}

static void emit_root(struct emit *out, uint32_t who, const struct counts *counts)
{
	emit_at(out, BACKLOG, who, 0, counts->queue.backlog);
	emit_at(out, WAITING, who, 0, counts->queue.qlen);
	emit_at(out, DROPS, who, 0, counts->queue.drops);
	emit_at(out, REQUEUES, who, 0, counts->queue.requeues);
	emit_at(out, OVERLIMITS, who, 0, counts->queue.overlimits);
	emit_at(out, PACKETS_SENT, who, 0, (int64_t)counts->packets);
	emit_at(out, BYTES_SENT, who, 0, (int64_t)counts->bytes);
}

static void emit_queue(
	struct emit *out, uint32_t netdev, unsigned queue, str kind, const struct counts *counts)
{
	const int64_t values[] = {
		[QUEUE_BACKLOG] = counts->queue.backlog,
		[QUEUE_WAITING] = counts->queue.qlen,
		[QUEUE_DROPS] = counts->queue.drops,
		[QUEUE_REQUEUES] = counts->queue.requeues,
		[QUEUE_PACKETS] = (int64_t)counts->packets,
	};
	uint32_t who;

	if (queue >= MANY_QUEUES && !counts->packets && !counts->queue.qlen && !counts->queue.drops)
		return;
	who = interface_queue(out, netdev, "tx", queue);
	if (who == ENTITY_NONE)
		return;
	emit_text(out, QUEUE_KIND, who, kind);
	for (unsigned row = QUEUE_BACKLOG; row <= QUEUE_PACKETS; row++)
		emit_at(out, row, who, 0, values[row]);
}

/* mq and mqprio have a class for each transmit queue, numbered from 1: net/sched/sch_mq.c */
static bool is_by_queue(str kind)
{
	return str_is(kind, "mq") || str_is(kind, "mqprio") || str_is(kind, "taprio");
}

static int parse_qdisc(struct emit *out, const struct tcmsg *about, str from, struct root *root)
{
	const struct state *state = out->state;
	str attributes[KNOWN_ATTRIBUTES] = { 0 }, kind;
	uint32_t who = interface_by_number(&state->numbers, about->tcm_ifindex);
	struct counts counts;

	if (!attributes_sort(from, attributes, KNOWN_ATTRIBUTES) || !attributes[TCA_KIND].n)
		return -EBADMSG;
	kind = attribute_text(attributes[TCA_KIND]);
	if (about->tcm_parent == TC_H_ROOT)
		*root = (struct root){ about->tcm_ifindex, TC_H_MAJ(about->tcm_handle),
			is_by_queue(kind) };
	if (who == ENTITY_NONE || str_is(kind, "noqueue"))
		return 0;
	if (read_counts(attributes[TCA_STATS2], &counts) < 0)
		return -EBADMSG;
	if (about->tcm_parent == TC_H_ROOT)
		emit_root(out, who, &counts);
	else if (about->tcm_parent == TC_H_INGRESS)
		emit_at(out, INGRESS_DROPS, who, 0, counts.queue.drops);
	else if (root->by_queue && root->number == about->tcm_ifindex &&
		 TC_H_MAJ(about->tcm_parent) == root->handle && TC_H_MIN(about->tcm_parent) > 0)
		emit_queue(out, who, TC_H_MIN(about->tcm_parent) - 1, kind, &counts);
	return 0;
}

static int parse(struct emit *out, unsigned text, str from)
{
	struct root root = { 0 };
	struct nlmsghdr header;
	struct tcmsg about;
	str payload;
	int r = 0, next;

	(void)text;
	while ((next = message_next(&from, &header, &payload)) > 0) {
		if (header.nlmsg_type != RTM_NEWQDISC)
			continue;
		if (payload.n < sizeof(about)) {
			r = -EBADMSG;
			continue;
		}
		memcpy(&about, payload.p, sizeof(about));
		if (parse_qdisc(out, &about, str_from(payload, NLMSG_ALIGN(sizeof(about))), &root) <
			0)
			r = -EBADMSG;
	}
	/* what follows the last message is NLMSG_DONE: without it the dump was cut */
	return next < 0 || from.n == 0 ? -EBADMSG : r;
}

static const struct {
	struct nlmsghdr header;
	struct tcmsg about;
} request = {
	.header = {
		.nlmsg_len = sizeof(request),
		.nlmsg_type = RTM_GETQDISC,
		.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
	},
};
static const struct host_question question = {
	.key = "rtnl/qdisc",
	.protocol = NETLINK_ROUTE,
	.request = &request,
	.request_size = sizeof(request),
};

static int collect(struct collect *c)
{
	struct emit *out = collect_emit(c);
	struct state *state = out->state;

	for (unsigned ns = 0; ns < collect_namespaces(c); ns++) {
		const char *name = host_namespace_name(collect_host(c), ns);
		int r;

		interface_numbers_read(out, name, &state->numbers);
		r = collect_ask(c, 0, ns, &question);
		if (r < 0 && !host_absence(r))
			collect_failure(c, 0,
				ns ? entity_add(&out->session->entities, HOST, name, (str){ "", 0 })
				   : ENTITY_NONE,
				r);
	}
	return 0;
}

const struct collector qdisc_collector = {
	.name = "qdisc",
	.about = "what waits and what is dropped in front of the transmit queues",
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse,
	.collect = collect,
	.pace = SOON,
	.state_size = sizeof(struct state),
};
