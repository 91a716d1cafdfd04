/* Queues and what waits before them: made replies of the kernel, right, cut and of the largest size. */
#include "run_bench.h"

#include <linux/gen_stats.h>
#include <linux/if_link.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include "made_netlink.h"

extern const struct collector netdev_collector, netdev_queue_collector, qdisc_collector;
static const struct collector *const list[] = { &netdev_collector, &netdev_queue_collector,
	&qdisc_collector };

enum { RX, TX, IFINDEX = 7 };
enum { QUEUE_GET = 10, NAPI_GET = 11, QSTATS_GET = 12 };

static struct made_reply reply;

static void begin(struct bench *b, const char *name)
{
	const struct ifinfomsg info = { .ifi_index = IFINDEX };

	reply.n = 0;
	made_begin(&reply, RTM_NEWLINK, &info, sizeof(info));
	made_text(&reply, IFLA_IFNAME, name);
	made_end(&reply);
	made_done(&reply);
	tree_write(b->dir, "ask/rtnl/link", reply.p, reply.n);
	assert_int_equal(
		run_open(b->host, &b->session, list, 3, &(struct run_options){ 0 }, &b->run), 0);
}

static void put(struct bench *b, const char *key)
{
	tree_write(b->dir, key, reply.p, reply.n);
}

static void tick(struct bench *b)
{
	assert_int_equal(run_tick(b->run, &b->frame), 0);
}

/* -1: nobody says it. */
static int64_t value_of(const struct bench *b, const char *signal, const char *entity)
{
	const struct block *block = ledger_find(&b->session.ledger,
		names_find(&b->session.entities.names, str_of(entity)),
		catalog_find(&b->session.catalog, str_of(signal)));

	return block && block_has(block, 0) ? block->values[0] : -1;
}

static bool related(const struct bench *b, const char *from, const char *to)
{
	uint32_t a = names_find(&b->session.entities.names, str_of(from)), cursor = 0;
	const struct relation *r;

	while (a != NAMES_NONE && (r = relation_next(&b->session.relations, a, VIA_IRQ, &cursor)))
		if (str_is(entity_text(&b->session.entities, r->b), to))
			return true;
	return false;
}

static void put_napi(uint32_t id, uint32_t irq, uint32_t pid)
{
	made_genl(&reply, NAPI_GET);
	made_u32(&reply, 1, IFINDEX);
	made_u32(&reply, 2, id);
	if (irq)
		made_u32(&reply, 3, irq);
	if (pid)
		made_u32(&reply, 4, pid);
	made_u32(&reply, 5, 2);
	made_u32(&reply, 6, 200000);
	made_end(&reply);
}

static void put_queue(uint32_t id, uint32_t type, uint32_t napi)
{
	made_genl(&reply, QUEUE_GET);
	made_u32(&reply, 1, id);
	made_u32(&reply, 3, type);
	made_u32(&reply, 4, napi);
	made_u32(&reply, 2, IFINDEX);
	made_end(&reply);
}

static void a_queue_leads_to_its_interrupt_and_thread(void **state)
{
	struct bench *b = *state;

	begin(b, "a:b");
	reply.n = 0;
	put_napi(513, 44, 0);
	put_napi(514, 0, 1234);
	made_done(&reply);
	put(b, "ask/netdev/napi");
	reply.n = 0;
	put_queue(0, RX, 513);
	put_queue(0, TX, 514);
	put_queue(1, TX, 600); /* of a NAPI that came in between */
	put_queue(2, 9, 513);  /* of a kind that is newer than we are */
	made_done(&reply);
	put(b, "ask/netdev/queue");
	tick(b);
	assert_int_equal(value_of(b, "nic.queue.irq", "queue:a:b/rx-0"), 44);
	assert_true(related(b, "queue:a:b/rx-0", "irq:44"));
	assert_int_equal(value_of(b, "nic.queue.irq", "queue:a:b/tx-0"), -1);
	assert_int_equal(value_of(b, "nic.queue.napi.thread", "queue:a:b/tx-0"), 1234);
	assert_int_equal(value_of(b, "nic.queue.napi.defer_irqs", "queue:a:b/rx-0"), 2);
	assert_int_equal(value_of(b, "nic.queue.napi.flush_timeout", "queue:a:b/rx-0"), 200000);
	assert_int_equal(value_of(b, "nic.queue.napi.defer_irqs", "queue:a:b/tx-1"), -1);
	assert_int_equal(b->frame.n_failures, 0);
}

static void put_statistics(uint32_t number, uint32_t type, uint32_t id, uint64_t count)
{
	made_genl(&reply, QSTATS_GET);
	made_u32(&reply, 1, number);
	made_u32(&reply, 2, type);
	made_u32(&reply, 3, id);
	if (type == RX) {
		made_u32(&reply, 8, (uint32_t)count); /* 4 bytes as long as they do */
		made_u64(&reply, 12, count);
		made_u64(&reply, 14, count + 1);
		made_u64(&reply, 18, count + 2);
	} else {
		made_u64(&reply, 10, count);
		made_u32(&reply, 33, 5);
		made_u32(&reply, 34, 4);
	}
	made_end(&reply);
}

static void what_queues_count_is_read(void **state)
{
	struct bench *b = *state;

	begin(b, "eth0");
	reply.n = 0;
	put_statistics(IFINDEX, RX, 3, 9);
	put_statistics(IFINDEX, TX, 3, UINT64_C(1) << 33);
	put_statistics(IFINDEX + 1, TX, 4, 1); /* of an interface that nobody knows */
	made_done(&reply);
	put(b, "ask/netdev/qstats");
	tick(b);
	assert_int_equal(value_of(b, "nic.queue.rx.packets", "queue:eth0/rx-3"), 9);
	assert_int_equal(value_of(b, "nic.queue.rx.no_memory", "queue:eth0/rx-3"), 9);
	assert_int_equal(value_of(b, "nic.queue.rx.overruns", "queue:eth0/rx-3"), 10);
	assert_int_equal(value_of(b, "nic.queue.rx.csum_bad", "queue:eth0/rx-3"), 11);
	assert_int_equal(value_of(b, "nic.queue.tx.packets", "queue:eth0/tx-3"), 8589934592);
	assert_int_equal(value_of(b, "nic.queue.tx.stops", "queue:eth0/tx-3"), 5);
	assert_int_equal(value_of(b, "nic.queue.tx.wakes", "queue:eth0/tx-3"), 4);
	assert_int_equal(value_of(b, "nic.queue.tx.packets", "queue:eth0/tx-4"), -1);
	assert_int_equal(b->frame.n_failures, 0);
}

/* A card with 4,096 queues: the first have all rows, of the others only what counts. */
static void many_queues_are_bounded(void **state)
{
	struct bench *b = *state;

	begin(b, "eth0");
	reply.n = 0;
	for (uint32_t i = 0; i < 4096; i++)
		put_statistics(IFINDEX, TX, i, i == 4000);
	made_done(&reply);
	put(b, "ask/netdev/qstats");
	reply.n = 0;
	for (uint32_t i = 4096; i > 0; i--) /* the last one that was made comes first */
		put_napi(i, i, 0);
	made_done(&reply);
	put(b, "ask/netdev/napi");
	reply.n = 0;
	for (uint32_t i = 0; i < 4096; i++)
		put_queue(i, RX, i + 1);
	made_done(&reply);
	put(b, "ask/netdev/queue");
	tick(b);
	assert_int_equal(value_of(b, "nic.queue.tx.packets", "queue:eth0/tx-511"), 0);
	assert_int_equal(value_of(b, "nic.queue.tx.packets", "queue:eth0/tx-512"), -1);
	assert_int_equal(value_of(b, "nic.queue.tx.packets", "queue:eth0/tx-4000"), 1);
	assert_true(related(b, "queue:eth0/rx-4095", "irq:4096"));
	assert_int_equal(b->frame.n_failures, 0);
}

/* ---- queueing disciplines ---- */

static void put_qdisc(
	const char *kind, uint32_t handle, uint32_t parent, uint32_t waiting, uint64_t packets)
{
	const struct tcmsg about = {
		.tcm_ifindex = IFINDEX, .tcm_handle = handle, .tcm_parent = parent
	};
	const struct gnet_stats_queue queue = { .qlen = waiting,
		.backlog = waiting * 1500,
		.drops = UINT32_MAX,
		.requeues = 3,
		.overlimits = 4 };
	struct {
		uint64_t bytes;
		uint32_t packets;
	} basic = { packets * 100, (uint32_t)packets };

	made_begin(&reply, RTM_NEWQDISC, &about, sizeof(about));
	made_text(&reply, TCA_KIND, kind);
	made_nest(&reply, TCA_STATS2);
	made_put(&reply, TCA_STATS_BASIC, &basic, sizeof(basic));
	if (packets > UINT32_MAX)
		made_u64(&reply, TCA_STATS_PKT64, packets);
	made_put(&reply, TCA_STATS_QUEUE, &queue, sizeof(queue));
	made_unnest(&reply);
	made_end(&reply);
}

static void the_root_is_the_interface(void **state)
{
	struct bench *b = *state;

	begin(b, "eth0");
	reply.n = 0;
	put_qdisc("htb", 0x10000, TC_H_ROOT, 6, UINT64_C(1) << 32);
	put_qdisc("netem", 0x200000, 0x10001, 5,
		9); /* under a class, which is no queue of the device */
	put_qdisc("ingress", 0xffff0000, TC_H_INGRESS, 0, 12);
	made_done(&reply);
	put(b, "ask/rtnl/qdisc");
	tick(b);
	assert_int_equal(value_of(b, "net.qdisc.waiting", "netdev:eth0"), 6);
	assert_int_equal(value_of(b, "net.qdisc.backlog", "netdev:eth0"), 9000);
	assert_int_equal(value_of(b, "net.qdisc.drops", "netdev:eth0"), UINT32_MAX);
	assert_int_equal(value_of(b, "net.qdisc.requeues", "netdev:eth0"), 3);
	assert_int_equal(value_of(b, "net.qdisc.overlimits", "netdev:eth0"), 4);
	assert_int_equal(value_of(b, "net.qdisc.packets", "netdev:eth0"), UINT64_C(1) << 32);
	assert_int_equal(value_of(b, "net.qdisc.ingress_drops", "netdev:eth0"), UINT32_MAX);
	assert_int_equal(value_of(b, "net.qdisc.queue.waiting", "queue:eth0/tx-0"), -1);
	assert_int_equal(b->frame.n_failures, 0);
}

static void what_hangs_under_mq_is_a_queue(void **state)
{
	struct bench *b = *state;

	begin(b, "eth0");
	reply.n = 0;
	put_qdisc("mq", 0, TC_H_ROOT, 6, 10);
	for (uint32_t i = 1; i <= 4096; i++)
		put_qdisc("fq_codel", 0, i, i == 2 ? 6 : 0, i == 2 ? 10 : 0);
	put_qdisc("sfq", 0x20000, 0x10000 + 3, 8, 8); /* under something else */
	made_done(&reply);
	put(b, "ask/rtnl/qdisc");
	tick(b);
	assert_int_equal(value_of(b, "net.qdisc.waiting", "netdev:eth0"), 6);
	assert_int_equal(value_of(b, "net.qdisc.queue.waiting", "queue:eth0/tx-1"), 6);
	assert_int_equal(value_of(b, "net.qdisc.queue.backlog", "queue:eth0/tx-1"), 9000);
	assert_int_equal(value_of(b, "net.qdisc.queue.packets", "queue:eth0/tx-1"), 10);
	assert_int_equal(value_of(b, "net.qdisc.queue.waiting", "queue:eth0/tx-0"), 0);
	assert_int_equal(value_of(b, "net.qdisc.queue.waiting", "queue:eth0/tx-2"), 0);
	assert_int_equal(b->frame.n_failures, 0);
}

static void what_queues_nothing_has_no_rows(void **state)
{
	struct bench *b = *state;

	begin(b, "lo");
	reply.n = 0;
	put_qdisc("noqueue", 0, TC_H_ROOT, 0, 0);
	made_done(&reply);
	put(b, "ask/rtnl/qdisc");
	tick(b);
	assert_int_equal(value_of(b, "net.qdisc.waiting", "netdev:lo"), -1);
}

/* ---- damage ---- */

static unsigned complaints(struct bench *b, const char *key)
{
	put(b, key);
	tick(b);
	return b->frame.n_failures;
}

static void what_was_cut_is_said(void **state)
{
	static const char *const keys[] = { "ask/netdev/napi", "ask/netdev/queue",
		"ask/netdev/qstats", "ask/rtnl/qdisc" };
	struct bench *b = *state;

	begin(b, "eth0");
	for (unsigned key = 0; key < 4; key++) {
		size_t whole;

		reply.n = 0;
		if (key == 0)
			put_napi(1, 2, 3);
		else if (key == 1)
			put_queue(1, RX, 1);
		else if (key == 2)
			put_statistics(IFINDEX, TX, 1, 1);
		else
			put_qdisc("mq", 0, TC_H_ROOT, 6, 10);
		whole = reply.n;
		made_done(&reply);
		assert_int_equal(complaints(b, keys[key]), 0);
		for (size_t n = 0; n <= whole; n++) {
			reply.n = n;
			assert_int_equal(complaints(b, keys[key]), 1);
			assert_int_equal(b->frame.failures[0].error, -EBADMSG);
		}
		reply.n = whole;
		made_done(&reply);
		assert_int_equal(complaints(b, keys[key]), 0);
	}
}

/* Nothing outside the reply is read (the sanitizer watches), whatever a length says. */
static void lengths_that_lie_stay_inside(void **state)
{
	static const uint16_t lies[] = { 0, 1, 3, 5, 9, 0x7fff, 0xffff };
	struct bench *b = *state;

	begin(b, "eth0");
	for (size_t at = 0; at < 120; at += 4)
		for (unsigned lie = 0; lie < sizeof(lies) / sizeof(*lies); lie++) {
			reply.n = 0;
			put_qdisc("mq", 0, TC_H_ROOT, 6, 10);
			made_done(&reply);
			memcpy(reply.p + at, &lies[lie], sizeof(lies[lie]));
			complaints(b, "ask/rtnl/qdisc");
		}
	reply.n = 0;
	put_qdisc("mq", 0, TC_H_ROOT, 6, 10);
	made_done(&reply);
	memcpy(reply.p + 16 + 20 + 8, &(uint16_t){ 400 }, 2); /* the nest of the counters */
	assert_int_equal(complaints(b, "ask/rtnl/qdisc"), 1);
	assert_int_equal(value_of(b, "net.qdisc.waiting", "netdev:eth0"), -1);
}

#define WITH_BENCH(test) cmocka_unit_test_setup_teardown(test, open_bench, close_bench)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_BENCH(a_queue_leads_to_its_interrupt_and_thread),
		WITH_BENCH(what_queues_count_is_read),
		WITH_BENCH(many_queues_are_bounded),
		WITH_BENCH(the_root_is_the_interface),
		WITH_BENCH(what_hangs_under_mq_is_a_queue),
		WITH_BENCH(what_queues_nothing_has_no_rows),
		WITH_BENCH(what_was_cut_is_said),
		WITH_BENCH(lengths_that_lie_stay_inside),
	};

	return RUN_TESTS(tests);
}
