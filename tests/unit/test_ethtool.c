/* Statistics under drivers' own names: made replies, right and wrong. */
#include "test.h"

#include "tree.h"

#include <linux/ethtool.h>

#include "base/own.h"
#include "collect/run.h"
#include "host/pack.h"

extern const struct collector ethtool_collector;
static const struct collector *const list[] = { &ethtool_collector };

struct statistic {
	const char *name;
	uint64_t value;
};

struct bench {
	char dir[64];
	struct host *host;
	struct session session;
	struct frame frame;
	struct run *run;
	struct pack reply;
};

static int open_bench(void **state)
{
	struct bench *b = *state = calloc(1, sizeof(*b));

	tree_make(b->dir);
	tree_link(b->dir, "sys/class/net/eth0/device/driver",
		"../../../../bus/pci/drivers/mlx5_core");
	return 0;
}

static int close_bench(void **state)
{
	struct bench *b = *state;

	run_close(b->run);
	frame_close(&b->frame);
	session_close(&b->session);
	host_close(b->host);
	pack_free(&b->reply);
	tree_remove(b->dir);
	free(b);
	return 0;
}

static void put(struct bench *b, const void *bytes, size_t n)
{
	pack_bytes(&b->reply, (str){ bytes, n });
}

/* As the door gives it: names, then values. */
static void make_reply(struct bench *b, const struct statistic *list_of, uint32_t n)
{
	const struct ethtool_gstrings names = { ETHTOOL_GSTRINGS, ETH_SS_STATS, n };
	const struct ethtool_stats values = { ETHTOOL_GSTATS, n };

	b->reply.n = 0;
	put(b, &names, sizeof(names));
	for (uint32_t i = 0; i < n; i++) {
		char name[ETH_GSTRING_LEN] = { 0 };

		memcpy(name, list_of[i].name, strnlen(list_of[i].name, sizeof(name)));
		put(b, name, sizeof(name));
	}
	put(b, &values, sizeof(values));
	for (uint32_t i = 0; i < n; i++)
		put(b, &list_of[i].value, sizeof(list_of[i].value));
}

static void read_it(struct bench *b)
{
	tree_write(b->dir, "ask/ethtool/eth0/statistics", b->reply.p, b->reply.n);
	if (b->run) {
		run_close(b->run);
		frame_close(&b->frame);
		session_close(&b->session);
		host_close(b->host);
	}
	assert_int_equal(host_tree(b->dir, &b->host), 0);
	assert_int_equal(session_open(&b->session) | frame_open(&b->frame), 0);
	assert_int_equal(
		run_open(b->host, &b->session, list, 1, &(struct run_options){ 0 }, &b->run), 0);
	assert_int_equal(run_tick(b->run, &b->frame), 0);
}

/* -1: nobody says it. */
static int64_t value_of(const struct bench *b, const char *signal, const char *entity, unsigned sub)
{
	const struct block *block = ledger_find(&b->session.ledger,
		names_find(&b->session.entities.names, str_of(entity)),
		catalog_find(&b->session.catalog, str_of(signal)));

	return block && block_has(block, sub) ? block->values[sub] : -1;
}

static void words_of_drivers_become_meanings(void **state)
{
	static const struct statistic statistics[] = {
		{ "rx_out_of_buffer", 7 },
		{ "rx_prio3_pause", 11 },
		{ "rx_prio3_pause_duration", 12 },
		{ "tx_prio0_pause", 13 },
		{ "rx_prio12_pause", 14 }, /* there are eight */
		{ "outbound_pci_stalled_wr", 31 },
		{ "rx5_buff_alloc_err", 2 },
		{ "rx_pci_signal_integrity", 6 },
		{ "[3]: rx_discards", 5 },
		{ "port.rx_priority_4_xoff_rx", 9 },
		{ "rx_65_to_127_bytes_phy", 77 },
		{ "rx_128_to_255_bytes_phy", 0 },
		{ "RNR sent", 4 },
		{ "ch17_poll", 1000 },
		{ "module_bad_shorted", 1 },
	};
	struct bench *b = *state;

	make_reply(b, statistics, sizeof(statistics) / sizeof(*statistics));
	read_it(b);
	assert_int_equal(value_of(b, "nic.rx.no_buffer", "netdev:eth0", 0), 7);
	assert_int_equal(value_of(b, "nic.pfc.rx.frames", "netdev:eth0", 3), 11);
	assert_int_equal(value_of(b, "nic.pfc.rx.duration", "netdev:eth0", 3), 12);
	assert_int_equal(value_of(b, "nic.pfc.tx.frames", "netdev:eth0", 0), 13);
	assert_int_equal(value_of(b, "nic.pfc.rx.frames", "netdev:eth0", 4), 9);
	assert_int_equal(value_of(b, "nic.pfc.rx.frames", "netdev:eth0", 1), -1);
	assert_int_equal(value_of(b, "nic.pcie.stalled.write", "netdev:eth0", 0), 3100);
	assert_int_equal(value_of(b, "nic.queue.rx.alloc_failed", "queue:eth0/rx-5", 0), 2);
	assert_int_equal(value_of(b, "nic.queue.rx.drops", "queue:eth0/rx-3", 0), 5);
	assert_int_equal(value_of(b, "nic.pcie.rx.signal_integrity", "netdev:eth0", 0), 6);
	assert_int_equal(value_of(b, "nic.own.rx_65_to_127_bytes_phy", "netdev:eth0", 0), 77);
	assert_int_equal(value_of(b, "nic.own.rx_128_to_255_bytes_phy", "netdev:eth0", 0), -1);
	assert_int_equal(value_of(b, "nic.own.rnr_sent", "netdev:eth0", 0), 4);
	assert_int_equal(value_of(b, "nic.own.ch17_poll", "netdev:eth0", 0), -1);
	assert_int_equal(value_of(b, "nic.module.bad_shorted", "netdev:eth0", 0), 1);
	assert_int_equal(b->frame.n_failures, 0);
}

/* As vmxnet3 has it: once for each ring, and set in by blanks. */
static void a_name_that_comes_again_is_added_up(void **state)
{
	static const struct statistic statistics[] = {
		{ "Rx Queue#", 0 },
		{ "  pkts rx OOB", 81 },
		{ "  drv dropped rx total", 3 },
		{ "Rx Queue#", 1 },
		{ "  pkts rx OOB", 2 },
		{ "  drv dropped rx total", 0 },
	};
	struct bench *b = *state;

	make_reply(b, statistics, sizeof(statistics) / sizeof(*statistics));
	read_it(b);
	assert_int_equal(value_of(b, "nic.rx.no_buffer", "netdev:eth0", 0), 83);
	assert_int_equal(value_of(b, "nic.own.drv_dropped_rx_total", "netdev:eth0", 0), 3);
}

enum { MANY = 5000 };

/* More names than are added up: those behind them are read all the same. */
static void thousands_of_names_are_all_read(void **state)
{
	static struct statistic statistics[MANY];
	static char names[MANY][ETH_GSTRING_LEN];
	struct bench *b = *state;

	for (unsigned i = 0; i < MANY; i++) {
		snprintf(names[i], sizeof(names[i]), "[%u]: rx_discards", i);
		statistics[i] = (struct statistic){ names[i], i + 1 };
	}
	make_reply(b, statistics, MANY);
	read_it(b);
	assert_int_equal(value_of(b, "nic.queue.rx.drops", "queue:eth0/rx-0", 0), 1);
	assert_int_equal(value_of(b, "nic.queue.rx.drops", "queue:eth0/rx-4095", 0), 4096);
}

/* A reply that lies about how much it has is not read at all. */
static void lengths_that_lie_are_refused(void **state)
{
	static const struct statistic statistics[] = { { "rx_out_of_buffer", 7 },
		{ "tx_queue_stopped", 8 } };
	struct bench *b = *state;
	uint32_t n;

	for (size_t cut = 1; cut < 60; cut++) {
		make_reply(b, statistics, 2);
		b->reply.n -= cut;
		read_it(b);
		assert_int_equal(value_of(b, "nic.rx.no_buffer", "netdev:eth0", 0), -1);
		assert_int_equal(b->frame.n_failures, 1);
		assert_int_equal(b->frame.failures[0].error, -EBADMSG);
	}
	make_reply(b, statistics, 2);
	for (unsigned lie = 0; lie < 4; lie++) {
		n = (uint32_t[]){ 0, 1, 3, UINT32_MAX }[lie];
		memcpy(b->reply.p + offsetof(struct ethtool_gstrings, len), &n, sizeof(n));
		read_it(b);
		assert_int_equal(value_of(b, "nic.tx.stopped", "netdev:eth0", 0), -1);
		assert_int_equal(b->frame.failures[0].error, -EBADMSG);
	}
}

static void a_name_may_fill_its_room(void **state)
{
	const struct statistic statistics[] = { { "a_name_of_thirty_two_characters_", 3 },
		{ "rx_out_of_buffer", 6 } };
	struct bench *b = *state;

	make_reply(b, statistics, 2);
	read_it(b);
	assert_int_equal(
		value_of(b, "nic.own.a_name_of_thirty_two_characters_", "netdev:eth0", 0), 3);
	assert_int_equal(value_of(b, "nic.rx.no_buffer", "netdev:eth0", 0), 6);
}

static uint64_t reads_of_a_tick(struct bench *b)
{
	const struct run_cost *cost;
	uint64_t before;

	assert_int_equal(run_costs(b->run, &cost), 1);
	before = cost->reads;
	run_tick(b->run, &b->frame);
	return cost->reads - before;
}

/* A link to itself stands for a driver that does not answer. */
static void refuse(const struct bench *b)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/ask/ethtool/eth0/statistics", b->dir);
	assert_int_equal(unlink(path), 0);
	tree_link(b->dir, "ask/ethtool/eth0/statistics", "statistics");
}

static void allow(struct bench *b)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/ask/ethtool/eth0/statistics", b->dir);
	assert_int_equal(unlink(path), 0);
	tree_write(b->dir, "ask/ethtool/eth0/statistics", b->reply.p, b->reply.n);
}

/* The link of the driver is one read, and the question the other. */
static void who_refuses_twice_is_asked_no_more_for_a_while(void **state)
{
	static const struct statistic statistics[] = { { "rx_out_of_buffer", 7 } };
	struct bench *b = *state;

	make_reply(b, statistics, 1);
	read_it(b);
	refuse(b);
	assert_int_equal(reads_of_a_tick(b), 2);
	allow(b);
	assert_int_equal(reads_of_a_tick(b), 2); /* once is no refusal */
	assert_int_equal(value_of(b, "nic.rx.no_buffer", "netdev:eth0", 0), 7);
	refuse(b);
	assert_int_equal(reads_of_a_tick(b), 2);
	assert_int_equal(reads_of_a_tick(b), 2);
	assert_int_equal(reads_of_a_tick(b), 1);
	assert_int_equal(b->frame.n_failures, 1); /* and it is said in each tick */
	assert_int_equal(b->frame.failures[0].error, -ELOOP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			words_of_drivers_become_meanings, open_bench, close_bench),
		cmocka_unit_test_setup_teardown(
			a_name_that_comes_again_is_added_up, open_bench, close_bench),
		cmocka_unit_test_setup_teardown(
			thousands_of_names_are_all_read, open_bench, close_bench),
		cmocka_unit_test_setup_teardown(
			lengths_that_lie_are_refused, open_bench, close_bench),
		cmocka_unit_test_setup_teardown(
			who_refuses_twice_is_asked_no_more_for_a_while, open_bench, close_bench),
		cmocka_unit_test_setup_teardown(a_name_may_fill_its_room, open_bench, close_bench),
	};

	return RUN_TESTS(tests);
}
